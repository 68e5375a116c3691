#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# A hostile relay: its row is every tool of every tier, and that is what it
# gets.  It gets no model key, no second factor's secret, no file but its own,
# no host but the Bot API's, and it cannot rewrite what was logged.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
import evilbox
import session
import tap
import world
from session import PROJECTS

tg, api = session.begin()
session.project("notes.txt", "buy milk\n")
fam = evilbox.Double(tg, api, "relay").start()
STATE = world.W + "/state"


def check(name, good, r=None):
    tap.ok(good and not fam.fallen(), name,
           lambda: "%s\nfallen: %s\n%s" % (r, fam.fallen(), fam.diag()))


def grant(job, conv=1, scope=1, tier=3, ms=5000):
    return "grant %d %d %d %d %d" % (job, conv, scope, tier, ms)


def twin(name):
    r = fam.script(grant(7))
    check(name + ": a grant that is right makes a tool process",
          r and any("job 7: err 0, socket" in x for x in r), r)


twin("before all")

# --- grants ---------------------------------------------------------------------
for what, line in (("scope 0", grant(11, scope=0)),
                   ("scope 2, which has no agent here", grant(12, scope=2,
                                                              tier=1)),
                   ("scope 255", grant(13, scope=255)),
                   ("tier 0", grant(14, tier=0)), ("tier 9", grant(15, tier=9)),
                   ("the social tier in the wrong scope", grant(16, tier=1)),
                   ("job 0", grant(0))):
    r = fam.script(line)
    check("a grant of %s is refused" % what,
          r and any("no socket" in x for x in r), r)
r = fam.script(grant(21) + "\n" + grant(21))
check("one job twice: the second is refused",
      r and any("job 21: err 0, socket" in x for x in r) and
      any("job 21: err 17, no socket" in x for x in r), r)
fam.restart()
r = fam.script("\n".join(grant(1000 + i, conv=i) for i in range(200)),
               answers=2)
made = sum("err 0, socket" in x for x in r or [])
check("200 grants at once: bounded, the rest is refused", r and
      0 < made <= 64, "%s made\n%s" % (made, (r or [])[-5:]))
fam.restart()
twin("after the flood")
r = fam.script("rep 20000 raw parent TOOL_KILL 0 0 ffffffffffffffff00\n"
               "rep 20000 raw parent CONV_WIPE 0 0 ffffffffffffffff01\n"
               "rep 20000 raw parent CONV_WIPE 0 0 ffffffffffffffffff\n"
               "rep 2000 raw parent TOOL_SOON 0 0 00000000000000ff0103",
               timeout=30, answers=1)
check("kills, wipes and hints of what is not there", r is not None, r)
r = fam.script("\n".join("raw parent TOOL_SOON 0 0 %016x0103" % i
                         for i in range(3000)), timeout=30, answers=1)
# 64 wait; one that makes room for another is still dying.
check("hints for 3,000 conversations: bounded", r is not None and
      len(fam.pids()["tools"]) <= 66, len(fam.pids()["tools"]))
fam.restart()
twin("after hints")

# --- names and hosts -----------------------------------------------------------------
for host, port, err in (
        ("api.anthropic.com", 443, 1), ("github.com", 443, 1),
        ("example.org", 443, 1), ("api.telegram.org", 80, 1),
        ("127.0.0.1", 443, 1), ("169.254.169.254", 80, 1),
        ("api.telegram.org", 443, 0)):
    for scope in (0, 1, 255):
        r = fam.script("need %d %s %d" % (scope, host, port))
        check("%s port %d, scope %d: %s" % (
            host, port, scope, "its own" if err == 0 else "refused"),
            r and any(("err 0" in x) == (err == 0) and "names:" in x
                      for x in r), r)
r = fam.script("\n".join(["need 0 api.telegram.org 443"] * 3000),
               answers=1)
check("3,000 questions for its name: answered, or busy", r and
      all("err 0" in x or "err 5" in x for x in r), r and r[:3])
fam.restart()
socket4 = "sys socket 2 1 0"
r = fam.script(socket4)
check("twin: it may make a TCP socket", r == ["sys socket done"], r)
fam.all_deadly("what its cage has no use for", [
    (s, "its cage stopped") for s in (
        "sys socket 1 1 0", "sys socket 16 3 0", "sys socket 17 3 0",
        "sys socket 2 2 0", "sys socket 2 3 0", "sys socket 2 1 132",
        "sys socket 40 1 0", "sys bind 0 & 16", "sys listen 0 1",
        "sys execve \"/bin/sh & &", "sys kill 1 9", "sys ptrace 16 1 0 0",
        "sys setsockopt 0 1 26 & 16", "sys clone 17 0 0 0 0",
        "sys mmap 0 4096 7 34 -1 0", "sys memfd_create \"x 0",
        "sys unshare 268435456", "sys io_uring_setup 8 &",
        "sys userfaultfd 0", "sys setuid 0")])

# --- files ------------------------------------------------------------------------
for path in (STATE + "/totp", STATE + "/audit", STATE + "/agent-telegram",
             "/usr/lib", "/etc/ld.so.cache", "/dev/null"):
    r = fam.script("sys openat -100 \"%s 0 0" % path)
    check("%s: refused" % path, r == ["sys openat EACCES"], r)
for path in ("/etc/passwd", "/proc/self/maps", "/proc/1/environ",
             world.W + "/api.key", world.W + "/totp.key",
             world.W + "/home/ana/projects/notes.txt",
             world.W + "/run/telclauded.sock"):
    r = fam.script("sys openat -100 \"%s 0 0" % path)
    check("%s: not there" % path, r == ["sys openat ENOENT"], r)
r = fam.script("sys openat -100 \"%s/relay/own 66 384\n"
               "sys unlink \"%s/relay/own" % (STATE, STATE))
check("twin: its own directory", r == ["sys openat done",
                                       "sys unlink done"], r)

# --- the second factor and the log ---------------------------------------------------
r = fam.script("\n".join("code tg:42 %06d" % i for i in range(60)),
               answers=1)
check("guessing codes of who has none opens nothing",
      r and not any("totp: 0," in x for x in r), r and r[-3:])
before = os.path.getsize(STATE + "/audit/audit.log")
empty = "00" * 8
r = fam.script("raw audit AUDIT_LINE 0 5 %s0005%s00%s%s0000%s%s0000%s0004%s%s" %
               (empty, b"forge".hex(), empty, empty, empty, empty, "00" * 32,
                b"\n{\"x".hex(), "00" * 16), answers=0.5)
with open(STATE + "/audit/audit.log", "rb") as f:
    log = f.read()
check("a line of its own making is one line, after the others",
      len(log) > before and log.endswith(b"\n") and
      b"\n{\"x" not in log[before:], log[before:])

# --- what it may not say --------------------------------------------------------------
fam.forbidden()
BAD = "which the table forbids"
fam.all_deadly("frames, descriptors and accusations", [
    ("len parent 1 LOG", "wrong length"),
    ("len parent 4294967295 LOG", "wrong length"),
    ("bytes parent z64.", BAD), ("raw parent TOOL_GRANT 0 1 00", BAD),
    ("fds parent 1 4 TOOL_GRANT 0 00", BAD),
    ("fds parent 16 0 LOG 0 010001z1.", BAD),
    ("raw parent NAME_NEED 0 1 000003%s01bb" % b"a\nb".hex(), "NAME_NEED"),
    ("raw audit AUDIT_LINE 0 1 00", "AUDIT_LINE"),
    ("deaf parent\nrep 400000 raw parent NAME_NEED 0 9 000010%s01bb" %
     b"api.telegram.org".hex(), "does not read")])
twin("the relay is back")
fam.stop()
tap.ok(not session.left_behind(), "nothing is left", session.left_behind())
sys.exit(tap.done())
