#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# The tools' way out: a real tool of each tier finds somebody at its ports and
# nobody elsewhere; who answers is told which call it is; nothing stays.
import os
import shutil
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)),
                                "lib"))
import tooldrv                                          # noqa: E402
from tooldrv import OWNER, PROBE, Scope, tap            # noqa: E402

tooldrv.usable()
TOP = tempfile.mkdtemp(prefix="waytest")
os.chmod(TOP, 0o755)


def folder(name, uid=OWNER):
    path = os.path.join(TOP, name)
    os.makedirs(path, exist_ok=True)
    os.chown(path, uid, uid)
    return path


def plan(ws, *lines):
    with open(ws + "/probe.way", "w") as f:
        f.write("\n".join(lines) + "\n")


def results(text):
    return dict(ln.split(": ", 1) for ln in text.splitlines() if ": " in ln)


def told(s):
    o = s.ask({"told": 1})
    return o["told"], o["fds"]


def each_tier():
    ws = folder("tiers")
    plan(ws, "connect 127.0.0.1 3128", "connect 127.0.0.1 8790",
         "connect 127.0.0.1 8791", "connect 127.0.0.2 3128",
         "connect 192.0.2.1 443", "bind 127.0.0.1 3128",
         "bind 0.0.0.0 8790", "bind 127.0.0.1 3129", "listen", "inherited")
    for tier in ("read-only", "write-local", "full-access"):
        s = Scope(ws, "-L", tool=PROBE)
        n = s.start("Bash", {}, tier=tier, conv=5)
        r = s.finish(n)["text"]
        got = results(r)
        who = "job %d conv 5 turn %d" % (n, n + 1000)
        tap.ok(got.get("connect 127.0.0.1 3128") == "0 port 3128 " + who and
               got.get("connect 127.0.0.1 8790") == "0 port 8790 " + who,
               tier + ": its two ports answer, and know the call", r)
        tap.ok(got.get("connect 127.0.0.1 8791", "").strip() ==
               "ECONNREFUSED" and
               got.get("connect 127.0.0.2 3128", "").strip() ==
               "ECONNREFUSED" and
               got.get("connect 192.0.2.1 443", "").strip() == "ENETUNREACH",
               tier + ": nobody else does", r)
        tap.ok(got.get("bind 127.0.0.1 3128", "").strip() == "EADDRINUSE" and
               got.get("bind 0.0.0.0 8790", "").strip() == "EADDRINUSE" and
               got.get("bind 127.0.0.1 3129", "").strip() == "0" and
               got.get("listen", "").strip() == "0",
               tier + ": it cannot put itself in their place; a server of "
               "its own works", r)
        tap.ok("inherited 0" in r, tier + ": it holds none of them", r)
        s.close()


ASK = "exec 3<>/dev/tcp/127.0.0.1/3128 && cat <&3"


def numbers():
    s = Scope(folder("numbers"), "-L")
    n = s.start("Bash", {"command": ASK}, conv=3)
    r = s.finish(n)
    tap.ok(r["text"] == "port 3128 job %d conv 3 turn %d\n" % (n, n + 1000),
           "a cold start: the call's own numbers", r)
    time.sleep(0.1)
    n = s.start("Bash", {"command": ASK}, conv=3)
    r = s.finish(n)
    tap.ok(r["text"] == "port 3128 job %d conv 3 turn %d\n" % (n, n + 1000),
           "a spare: those of the call, not of its making", r)
    words, _ = told(s)
    tap.ok([w for w in words if w[0] == "unlisten"] ==
           [["unlisten", 1], ["unlisten", 2]] and
           [w for w in words if w[0] == "listen"] ==
           [["listen", 3128, 1], ["listen", 8790, 1],
            ["listen", 3128, 2], ["listen", 8790, 2]],
           "each told once, and taken back after its call", words)
    ids = [s.start("Bash", {"command": "sleep 0.2; " + ASK}, conv=4)
           for i in range(4)]
    texts = [s.finish(i)["text"] for i in ids]
    tap.ok(texts == ["port 3128 job %d conv 4 turn %d\n" % (i, i + 1000)
                     for i in ids],
           "four calls at once do not take one for another", texts)
    told(s)
    n = s.start("Bash", {"command": "sleep 30"}, kill_ms=200)
    s.finish(n)
    words, _ = told(s)
    tap.ok(["unlisten", n] in words, "a killed call's are taken back", words)
    s.close()


def leaks():
    s = Scope(folder("leaks"), "-L")
    for _ in range(3):
        s.bash("true")
    time.sleep(0.1)
    _, before = told(s)
    for i in range(200):
        s.bash("true" if i % 4 else ASK, conv=1)
    time.sleep(0.1)
    words, after = told(s)
    told_jobs = {w[2] for w in words if w[0] == "listen"}
    back = {w[1] for w in words if w[0] == "unlisten"}
    tap.ok(after == before and told_jobs == back,
           "200 calls leave no descriptor behind", (before, after))
    s.close()


def environment():
    s = Scope(folder("env"), "-L")
    r = s.bash("env | grep -i proxy | sort")
    want = sorted(["%s=http://127.0.0.1:3128" % n for n in (
        "http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY",
        "HTTPS_PROXY", "ALL_PROXY")] + ["NODE_USE_ENV_PROXY=1",
        "no_proxy=localhost,127.0.0.1,::1",
        "NO_PROXY=localhost,127.0.0.1,::1"])
    tap.ok(sorted(r["text"].split()) == want,
           "every program finds the way out in its environment", r["text"])
    s.close()
    s = Scope(folder("env"))
    r = s.bash("env | grep -i proxy || " + ASK + " || echo none")
    tap.ok("none" in r["text"] and "proxy" not in r["text"],
           "where there is none, nothing is said of one", r["text"])
    s.close()


def packages():
    if not os.path.isdir("/etc/apt/sources.list.d"):
        tap.skip("apt", "no apt here")
        return
    s = Scope(folder("apt"), "-L")
    r = s.bash("apt-get update -o Acquire::Retries=0; ls -d ~/apt/lists/* "
               "| grep partial", time_ms=20000)
    tap.ok("lists/partial" in r["text"] and "missing" not in r["text"] and
           "Permission denied" not in r["text"],
           "apt has places of its own to work in", r["text"])
    r = s.bash("ls /etc/apt /etc/apt/apt.conf.d")
    tap.ok("auth" not in r["text"] and
           r["text"].rstrip().endswith("/etc/apt/apt.conf.d:"),
           "and sees no password of the host's, nor what its apt does",
           r["text"])
    s.close()


try:
    packages()
    each_tier()
    numbers()
    leaks()
    environment()
finally:
    shutil.rmtree(TOP, ignore_errors=True)
sys.exit(tap.done())
