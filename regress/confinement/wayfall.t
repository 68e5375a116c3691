#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# The tools' way out where there are no namespaces, in a network of its own
# with the real rules: a tool reaches its own door and nothing else, nobody
# else reaches that door, and each wall stands when another is away.
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)),
                                "lib"))
import tooldrv                                          # noqa: E402
import kernel                                           # noqa: E402
from tooldrv import OBJ, OWNER, PROBE, TOOL_UID, Scope, tap  # noqa: E402

FWTOOL = OBJ + "/test/fwtool"
if os.geteuid() == 0 and "TOOLDRV_NS" not in os.environ:
    os.execvpe("unshare", ["unshare", "--mount", "--net", sys.executable,
                           *sys.argv], dict(os.environ, TOOLDRV_NS="1"))
tooldrv.usable()
if not shutil.which("ip") or not os.path.exists(FWTOOL):
    tap.skip_all("needs ip and fwtool")
TOP = tempfile.mkdtemp(prefix="wayfall")
os.chmod(TOP, 0o755)
OTHER_TOOL = TOOL_UID + 10000
HOST = "192.0.2.1"


def folder(name, uid=OWNER):
    path = os.path.join(TOP, name)
    os.makedirs(path, exist_ok=True)
    os.chown(path, uid, uid)
    return path


class Rules:
    def __init__(self, *lines):
        self.p = subprocess.Popen([FWTOOL], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, text=True)
        for ln in (*lines, "apply"):
            self.p.stdin.write(ln + "\n")
            self.p.stdin.flush()
            if self.p.stdout.readline().strip() != "ok":
                raise SystemExit("fwtool: " + ln)

    def close(self):
        self.p.communicate("close\n")


def serve(addr, port):
    """Somebody who would take what a tool carries out."""
    s = socket.create_server((addr, port))

    def run():
        while True:
            c, _ = s.accept()
            c.sendall(b"elsewhere\n")
            c.close()
    threading.Thread(target=run, daemon=True).start()


def reaches(uid, addr, port):
    """What a process of that uid hears there, or why it does not."""
    r = subprocess.run(["/usr/bin/python3", "-c", (
        "import socket\ntry:\n s = socket.create_connection(('%s', %d), 3)\n"
        " print(s.recv(99).decode().strip())\n"
        "except OSError as e:\n print(type(e).__name__)") % (addr, port)],
        user=uid, group=uid, extra_groups=[], capture_output=True, text=True)
    return r.stdout.strip()


def plan(ws, *lines):
    with open(ws + "/probe.way", "w") as f:
        f.write("\n".join(lines) + "\n")


def results(text):
    got = dict(ln.split(": ", 1) for ln in text.splitlines() if ": " in ln)
    return {k: v.strip() for k, v in got.items()}


TRIES = ("connect 127.77.1.1 3128", "connect 127.77.1.1 8790",
         "connect 127.77.1.1 8791", "connect 127.77.2.1 3128",
         "connect 127.0.0.1 3128", "connect 127.0.0.1 8080",
         "connect %s 3128" % HOST, "connect %s 8080" % HOST,
         "fastopen %s 3128" % HOST, "fastopen %s 8080" % HOST,
         "udp %s 53" % HOST, "bind 127.77.1.1 4000", "listen", "inherited")
REFUSED = ("ECONNREFUSED", "EACCES", "EPERM")


def judge(name, text, doors):
    got = results(text)
    if doors:
        tap.ok(got["connect 127.77.1.1 3128"] ==
               "0 port 3128 job 0 conv 0 turn 0" and
               got["connect 127.77.1.1 8790"] ==
               "0 port 8790 job 0 conv 0 turn 0",
               name + ": both its ports answer", text)
    out = [k for k in got if k.startswith(("connect", "fastopen", "udp")) and
           (k not in TRIES[:2] or not doors) and got[k] not in REFUSED]
    tap.ok(len(got) == len(TRIES) - 1 and not out,
           name + ": nothing else does", out or text)
    tap.ok(got["bind 127.77.1.1 4000"] == "EPERM" and got["listen"] ==
           "EPERM" and "inherited 0" in text,
           name + ": it serves nobody and inherits nothing", text)


def others(name, tool_uid):
    for uid, who in ((OWNER + 1, "a stranger"), (OTHER_TOOL, "another "
                     "scope's tool"), (64990, "an engine"), (0, "root")):
        if uid == tool_uid:
            continue
        got = [reaches(uid, "127.77.1.1", p) for p in (3128, 8790)]
        tap.ok(got == ["ConnectionRefusedError"] * 2,
               "%s: %s does not reach the door" % (name, who), got)
    got = reaches(tool_uid, "127.77.1.1", 3128)
    tap.ok(got.startswith("port 3128"), name + ": whose it is does", got)
    got = reaches(OWNER + 1, HOST, 3128), reaches(0, "127.0.0.1", 3128)
    tap.ok(got == ("elsewhere",) * 2,
           name + ": strangers go where they like besides", got)


ROWS = ("uid egress 64990 pinned", "uid gate 64991 pinned",
        "uid tool_telegram %d tool" % TOOL_UID,
        "uid tool_moltbook %d tool" % OTHER_TOOL)


def own_user():
    ws, run = folder("own", uid=TOOL_UID), folder("run1", uid=0)
    rules = Rules(*ROWS, "door telegram 127.77.1.1 %d own" % TOOL_UID)
    plan(ws, *TRIES)
    for tier in ("read-only", "write-local", "full-access"):
        s = Scope(ws, "-F", "-L", "-R", run, tool=PROBE)
        r = s.call("Bash", {}, tier=tier)["text"]
        judge("its own user, " + tier, r, True)
        if tier == "write-local":
            others("its own user", TOOL_UID)
        s.close()
    s = Scope(ws, "-F", "-L", "-R", run)
    r = s.bash("env | grep -i _proxy=http | sort -u | cut -d= -f2 | uniq; "
               "exec 3<>/dev/tcp/127.77.1.1/3128; cat <&3")
    tap.ok(r["text"] == "http://127.77.1.1:3128\n"
           "port 3128 job 0 conv 0 turn 0\n",
           "its environment names the door", r["text"])
    s.close()
    # The tools' uid in another skin: nothing of Landlock or a filter.
    s = Scope(ws, "-F", "-L", "-R", run)
    got = [reaches(TOOL_UID, a, p) for a, p in (
        (HOST, 3128), (HOST, 8080), ("127.0.0.1", 3128),
        ("127.77.2.1", 3128))]
    tap.ok(got == ["ConnectionRefusedError"] * 4 and reaches(
        TOOL_UID, "127.77.1.1", 8790).startswith("port"),
        "without Landlock and filter the rules alone hold it", got)
    s.close()
    rules.close()
    s = Scope(ws, "-F", "-L", "-R", run, tool=PROBE)
    got = results(s.call("Bash", {})["text"])
    tap.ok(all(got[k] in REFUSED for k in got if " 8080" in k or "udp" in k),
           "without the rules Landlock and filter still leave it no other "
           "port", got)
    s.close()


def a_person():
    ws, run = folder("person"), folder("run2", uid=0)
    rules = Rules(*ROWS, "door telegram 127.77.1.1 %d person" % OWNER)
    plan(ws, *TRIES)
    for tier in ("read-only", "write-local"):
        s = Scope(ws, "-F", "-L", "-R", run, tool=PROBE)
        r = s.call("Bash", {}, tier=tier)["text"]
        judge("the owner's uid, " + tier, r, True)
        if tier == "write-local":
            others("the owner's uid", OWNER)
        s.close()
    got = (reaches(OWNER, HOST, 8080), reaches(OWNER, "127.0.0.1", 8080),
           reaches(OWNER, HOST, 3128))
    tap.ok(got == ("elsewhere", "elsewhere", "ConnectionRefusedError"),
           "the owner himself goes where he likes, but for these ports", got)
    rules.close()


def no_way():
    ws, run = folder("mute"), folder("run3", uid=0)
    plan(ws, *TRIES)
    s = Scope(ws, "-F", "-R", run, tool=PROBE)
    r = s.call("Bash", {})["text"]
    judge("no way out", r, False)
    s.close()


def taken():
    busy = socket.create_server(("0.0.0.0", 8790))
    s = Scope(folder("own", uid=TOOL_UID), "-F", "-L", "-R",
              folder("run1", uid=0))
    tap.ok(s.why and "127.77.1.1 port 8790" in s.why and "\n" not in s.why,
           "a port that is taken stops the start, naming it", s.why)
    s.close()
    busy.close()


if kernel.no_fallback() is not None:
    tap.skip_all(kernel.no_fallback())
try:
    subprocess.run("ip link set lo up && ip addr add %s/32 dev lo" % HOST,
                   shell=True, check=True)
    for at in ((HOST, 3128), (HOST, 8080), ("127.0.0.1", 3128),
               ("127.0.0.1", 8080), ("127.77.2.1", 3128)):
        serve(*at)
    tap.ok(reaches(OWNER, HOST, 3128) == "elsewhere" and
           reaches(TOOL_UID, "127.77.2.1", 3128) == "elsewhere",
           "without rules everybody reaches everything")
    own_user()
    a_person()
    no_way()
    taken()
finally:
    shutil.rmtree(TOP, ignore_errors=True)
sys.stdout.flush()
code = tap.done()
sys.stdout.flush()
os._exit(code or 0)
