#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# The family against the fakes, in namespaces of its own, told as a chat; it
# ends well only when five facts were observed from outside the family: in
# the model server's record, in errno texts of foreign programs, in counters
# and /proc of the kernel.  -n does not wait for Enter.
import json
import os
import secrets
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "../e2e/lib"))
import world


# --- outside: start the world, then look that nothing is left ------------------
def outer():
    why = world.missing()
    if why:
        sys.exit("demo: " + why)
    rfd, wfd = os.pipe()
    env = dict(os.environ, TC_WORLD="1", TC_REPORT=str(wfd))
    before, old = tables(), files()
    p = subprocess.Popen(
        ["sh", "-c", "TC_OUTER=$$ exec unshare \"$@\"", "sh", "-m", "-n",
         "-p", "-f", "--kill-child", "--mount-proc", sys.executable] +
        sys.argv, env=env, pass_fds=(wfd,))
    os.close(wfd)
    with os.fdopen(rfd) as f:
        told = f.readline().split()         # its namespaces
    try:
        rc = p.wait()
    except KeyboardInterrupt:
        rc = p.wait()
    procs = [pid for pid in filter(str.isdigit, os.listdir("/proc"))
             if told and namespaces(pid) & set(told)]
    new = tables() - before
    left = files() - old
    print("ended: %d processes, %d tables, %d files left" % (
        len(procs), len(new), len(left)))
    sys.exit(rc or (1 if procs or new or left else 0))


def namespaces(pid):
    out = set()
    for kind in ("net", "pid", "mnt"):
        try:
            out.add(os.readlink("/proc/%s/ns/%s" % (pid, kind)))
        except OSError:
            pass
    return out


def files():
    """What lies where the family and its tests could put something."""
    out = set()
    for d in ("/run", "/run/telclaude", "/tmp", "/var/lib"):
        if os.path.isdir(d):
            out |= {d + "/" + f for f in os.listdir(d)
                    if f.startswith(("tc", "telclaud", "firewall"))}
    return out


def tables():
    r = subprocess.run(["nft", "list", "tables"], capture_output=True,
                       text=True)
    return set(r.stdout.splitlines())


if os.environ.get("TC_WORLD") is None:
    outer()

world.enter()
with os.fdopen(int(os.environ.pop("TC_REPORT")), "w") as report:
    print(*namespaces("self"), file=report)

import fakes
import family
import session
from fakes import text, tool
from family import ANA

facts, missed = [], []


def fact(cond, what, seen):
    (facts if cond else missed).append(what)
    if not cond:
        print("    NOT SEEN: %s (%s)" % (what, seen))


def line(who, what, note=""):
    print("  %-7s %-46s %s" % (who, what, note) if note else
          "  %-7s %s" % (who, what))
    sys.stdout.flush()


def die(fam, what):
    print("demo: %s; the log ends:\n%s" % (what, fam.log()[-2500:]))
    fam.stop()
    sys.exit(1)


def round_of(api, since):
    """(the tool results the model server got, ms of the tool round)."""
    recs = [r for r in api.records() if r["t"] > since]
    ends = [r["t"] for r in recs if r.get("what") == "end"]
    for r in recs:
        if r["ev"] == "req" and r["body"]:
            content = r["body"]["messages"][-1]["content"]
            got = [b for b in content if isinstance(b, dict) and
                   b["type"] == "tool_result"]
            if got:
                before = [t for t in ends if t < r["t"]]
                ms = (r["t"] - before[-1]) / 1000 if before else 0
                return got[0], ms
    return None, 0


def ask(tg, api, fam, words, expect, shown, tool_line):
    line("ana", words)
    s = tg.say(ANA, words)
    m = tg.answer(ANA, expect, after=s["message_id"], timeout=15)
    if m is None:
        die(fam, "no answer to \"%s\"" % words)
    res, ms = round_of(api, s["t"])
    body = json.dumps(res.get("content") if res else "")
    line("claude", "▸ %s  %.0f ms" % (tool_line, ms), shown(body, res))
    return m, body, res


def counter(name):
    r = session.nft("-j", "list", "table", "inet", "telclaude")
    for o in json.loads(r.stdout or '{"nftables":[]}')["nftables"]:
        if o.get("counter", {}).get("name") == name:
            return o["counter"]["packets"]
    return -1


def errno_in(body):
    for words, name in (("Permission denied", "EACCES"),
                        ("No such file", "ENOENT"),
                        ("Network is unreachable", "ENETUNREACH"),
                        ("Connection refused", "ECONNREFUSED"),
                        ("Operation not permitted", "EPERM")):
        if words in body:
            return name
    return None


def kernel_state(fam):
    """Every engine as /proc shows it; (rows, what is wrong)."""
    rows, wrong = 0, []
    pids = fam.pids()
    for name in family.ENGINES:
        st = family.status_of(pids.get(name, 0)) if name in pids else {}
        rows += 1
        uids = set(st.get("Uid", "0").split())
        caps = [st.get(c, "?").strip("0") for c in
                ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")]
        if "0" in uids or any(caps) or st.get("Seccomp") != "2" or \
                st.get("NoNewPrivs") != "1":
            wrong.append("%s: uid %s caps %s seccomp %s nnp %s" % (
                name, st.get("Uid"), caps, st.get("Seccomp"),
                st.get("NoNewPrivs")))
    return rows, wrong


def knock():
    """A connection by the tools' uid, from outside of any sandbox."""
    import pwd
    uid = pwd.getpwnam("_tctgtool").pw_uid
    code = ("import socket\ntry: socket.create_connection(('%s', 443), 3)\n"
            "except OSError as e: print(e.errno)" % world.API_ADDR)
    r = subprocess.run(
        ["setpriv", "--reuid", str(uid), "--regid", str(uid),
         "--clear-groups", sys.executable, "-c", code],
        capture_output=True, text=True)
    return os.strerror(int(r.stdout)) if r.stdout.strip().isdigit() else \
        "connected" if not r.stderr else r.stderr[-200:]


def main():
    P = session.PROJECTS
    word = "buy milk and " + secrets.token_hex(4)
    world.make_tls()
    world.start_dns()
    tg, api = fakes.Telegram(), fakes.Anthropic()
    api.rules(
        {"text": "notes.txt", "reply": [tool("Read",
                                             file_path=P + "/notes.txt")]},
        {"text": "notes.txt", "result": "",
         "reply": [text("It says: \"%s\"." % word)]},
        {"text": "/etc/shadow", "reply": [tool("Bash", command="cat "
                                               "/etc/shadow")]},
        {"text": "/etc/shadow", "result": "",
         "reply": [text("I cannot read that.")]},
        {"text": "example.org", "reply": [tool("Bash", command=(
            "exec 3<>/dev/tcp/%s/80" % world.WEB_ADDR))]},
        {"text": "example.org", "result": "",
         "reply": [text("I cannot reach it.")]},
        {"text": "take a nap", "reply": [tool("Bash", command="sleep 60")]},
        {"text": "take a nap", "result": "", "reply": [text("Awake.")]})
    session.project("notes.txt", word + "\n")
    t0 = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    fam = family.Family(family.config(
        top="control group \"telclaude\"\n"), "demo").start()
    if tg.wait(15, polling=True) is None:
        die(fam, "the family did not come up")
    first = [r["t"] for r in tg.requests("getUpdates")][0]
    rows, wrong = kernel_state(fam)
    print("family up in %d ms: parent %s — %d processes, %d with a "
          "capability outside the parent\n" % (
              (first - t0) / 1000, " ".join(family.ENGINES), rows + 1,
              len(wrong)))

    chat(tg, api, fam, word)
    table(rows, wrong)
    total = len(facts) + len(missed)
    print("\n%d of %d facts seen." % (len(facts), total), end=" ")
    if missed:
        print("Missing: " + "; ".join(missed))
    elif sys.stdin.isatty() and "-n" not in sys.argv:
        stay()
    else:
        print()
    rc = fam.stop()
    left = session.left_behind()
    for f in tg.failures() + api.failures():
        missed.append("a server saw a broken request: " + f["why"])
        print(missed[-1])
    if rc != 0 or left:
        print("demo: the family ended with %s, left: %s" % (rc, left))
        return 1
    return 1 if missed else 0


def chat(tg, api, fam, word):
    m, body, res = ask(tg, api, fam, "what is in notes.txt?", word,
                       lambda b, r: "allowed: inside the workspace",
                       "Read notes.txt")
    line("claude", m["text"])
    fact(word in body, "a tool ran: the file's words reached the model",
         body[:200])
    exists = os.path.exists("/etc/shadow")
    m, body, res = ask(
        tg, api, fam, "now show me /etc/shadow", "cannot",
        lambda b, r: "refused by the kernel: %s" % errno_in(b),
        "Bash cat /etc/shadow")
    fact(exists and errno_in(body) in ("EACCES", "ENOENT", "EPERM") and
         "root:" not in body, "a read outside was refused with an errno",
         body[:200])
    m, body, res = ask(
        tg, api, fam, "fetch http://example.org", "cannot reach",
        lambda b, r: "refused: %s in the tools' namespace" % errno_in(b),
        "Bash connect %s:80" % world.WEB_ADDR)
    inside = errno_in(body) in ("ENETUNREACH", "ECONNREFUSED")
    before = counter("tool_telegram")
    said = knock()
    after = counter("tool_telegram")
    line("", "the same uid, let out of its namespace:", "%s, counter %d → %d"
         % (said, before, after))
    fact(inside and "refused" in said and after > before >= 0,
         "a connection was refused and a counter rose",
         "%s; %s, %d, %d" % (body[:200], said, before, after))
    line("ana", "take a nap", "(a tool sleeps 60 s)")
    s = tg.say(ANA, "take a nap")
    end = time.time() + 5
    while time.time() < end and not any(
            c.endswith("sleep 60") for c in session.processes().values()):
        time.sleep(0.02)
    time.sleep(1)
    line("ana", "/stop")
    s = tg.say(ANA, "/stop")
    m = tg.wait(5, chat=ANA, after=s["message_id"], contains="topped")
    if m is None:
        die(fam, "/stop was not answered")
    line("bot", m["message"]["text"].splitlines()[0])


def table(rows, wrong):
    r = session.nft("-j", "list", "tables")
    mine = [t["table"] for t in json.loads(r.stdout)["nftables"]
            if t.get("table", {}).get("name") == "telclaude"]
    gone = session.nft("delete", "table", "inet", "telclaude")
    owned = bool(mine) and gone.returncode != 0 and \
        "not permitted" in gone.stderr
    print("\n  kernel  table inet telclaude: %s; root's `nft delete table': "
          "%s" % ("present" if mine else "missing",
                  gone.stderr.strip().splitlines()[0].split(": ")[-1]
                  if gone.stderr else "deleted it"))
    fact(owned, "the table is present and owned", r.stdout[:200])
    print("  kernel  %d engines: uid not 0, no capability in any set, "
          "seccomp filter, no new privileges: %d" % (rows, rows - len(wrong)))
    fact(rows == len(family.ENGINES) and not wrong,
         "each process's kernel state", "; ".join(wrong))


def stay():
    print("Now, while it is still up, look yourself in a second terminal:")
    enter = "sudo nsenter -m -n -t " + os.environ["TC_OUTER"]
    print("    %s %s/bin/telclaudectl -s %s/run/telclauded.sock status" % (
        enter, world.obj(), world.W))
    print("    %s nft list table inet telclaude" % enter)
    print("Enter ends the demo.  ▮", end=" ", flush=True)
    sys.stdin.readline()


sys.exit(main())
