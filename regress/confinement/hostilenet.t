#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# A hostile egress, then a hostile gate: what they say, ask and reach ends at
# their rows, and the others go on.
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
import evilbox
import session
import tap
import world
from fakes import text, tool
from family import ADMIN, BEN

tg, api = session.begin()
api.rules({"text": "twin", "reply": [tool("Bash", command="echo well-$((6*7))")]},
          {"text": "twin", "result": "", "reply": [text("Got: ${result}")]},
          {"text": "knock", "reply": [tool("Bash", command=(
              "exec 3<>/dev/tcp/127.0.0.1/3128; "
              "timeout 5 head -c 7 <&3; echo; sleep 1"))]},
          {"text": "knock", "result": "", "reply": [text("Got: ${result}")]})
STATE = world.W + "/state"
LINES = 'firewall { allow domain "example.org" port { 443 } }\n'
ZERO = "00" * 8
fam = None


def check(name, good, r=None):
    tap.ok(good and not fam.fallen(), "%s: %s" % (fam.role, name),
           lambda: "%s\nfallen: %s\n%s" % (r, fam.fallen(), fam.diag()))


def chat(word, expect, name):
    said = tg.say(BEN, word)
    m = tg.answer(BEN, expect, after=said["message_id"], timeout=15)
    check(name, m is not None, m)


def names(cases):
    for host, port, right in cases:
        for scope in (0, 1, 2, 255):
            r = fam.script("need %d %s %d" % (scope, host, port))
            check("%s port %d, scope %d: refused" % (host, port, scope),
                  r and all("err 0" not in x for x in r), r) \
                if not right or scope not in right else \
                check("%s port %d, scope %d: its own" % (host, port, scope),
                      r and any("err 0" in x for x in r), r)


def reach(cases):
    for addr, port, want in cases:
        r = fam.script("reach %s %d" % (addr, port), answers=0)
        check("%s port %d: %s" % (addr, port, want),
              r == ["reach " + want], r)


def files(paths):
    # One life a path where the cage has no open at all.
    fam.all_deadly("files", [("sys openat -100 \"%s 0 0" % p,
                              "its cage stopped") for p in paths])


def line(n):
    """A line of the audit log, raw, with this id."""
    return "raw audit AUDIT_LINE 0 %d %s0005%s00%s%s0000%s%s0000%s000100" \
        "%s" % (
        n, ZERO, b"forge".hex(), ZERO, ZERO, ZERO, ZERO, "00" * 32,
        "00" * 16)


def long_line(n):
    """The same with all it may hold, each byte of which takes six."""
    return line(n)[:-len("000100" + "00" * 16)] + "0fffz4095." + "00" * 16


def flood_audit():
    before = os.path.getsize(STATE + "/audit/audit.log")
    r = fam.script("rep 60000 " + line(9), timeout=60, answers=1)
    grown = os.path.getsize(STATE + "/audit/audit.log") - before
    check("60,000 lines for the audit log: bounded", r is not None and
          0 < grown < 4 << 20, "%d bytes, %s" % (grown, r and r[:3]))
    before = os.path.getsize(STATE + "/audit/audit.log")
    r = fam.script("rep 1000 " + long_line(9), timeout=60, answers=1)
    grown = os.path.getsize(STATE + "/audit/audit.log") - before
    check("1,000 long ones: by their bytes", r is not None and
          0 < grown < 1 << 20, "%d bytes, %s" % (grown, r and r[:3]))


def frames(own):
    bad = "which the table forbids"
    fam.all_deadly("frames, descriptors, accusations", [
        ("len parent 1 LOG", "wrong length"),
        ("len parent 4294967295 LOG", "wrong length"),
        ("bytes parent z64.", bad), ("bytes audit z64.", bad),
        ("raw parent NAME_NEED 0 1 00", bad),
        ("raw parent NAME_NEED 0 1 000003%s01bb" % b"a\nb".hex(), bad),
        ("fds parent 1 4 NAME_NEED 0 00", bad),
        ("fds audit 1 3 AUDIT_LINE 0 00", bad),
        ("raw parent MISBEHAVED 0 0 0600000103", "is not believed"),
        ("deaf parent\nrep 400000 raw parent NAME_NEED 0 9 010010%s01bb" %
         b"api.telegram.org".hex(), "does not read")] + own)


def exhaust():
    r = fam.script("\n".join("need 1 n%d.example.org 443" % i
                             for i in range(3000)), answers=1)
    check("3,000 questions: bounded", r is not None, r and r[:2])
    r = fam.script("alloc 2000000000", answers=0)
    check("2 GB of memory: refused", r == ["alloc refused"], r)


# --- egress -------------------------------------------------------------------
fam = evilbox.Double(tg, api, "egress", extra=LINES).start()
chat("twin", "well-42", "before all: a tool runs")
names((("example.org", 443, (1,)), ("example.org", 80, None),
       ("api.telegram.org", 443, None), ("api.anthropic.com", 443, None),
       ("api.openai.com", 443, None), ("claude.ai", 443, None),
       ("evil.example", 443, None), ("127.0.0.1", 443, None),
       ("169.254.169.254", 80, None), ("localhost", 443, None),
       ("10.0.0.1", 443, None)))
reach(((world.WEB_ADDR, 80, "ECONNREFUSED"), (world.TG_ADDR, 443,
                                              "ECONNREFUSED"),
       (world.API_ADDR, 443, "ECONNREFUSED"), (world.DNS_ADDR, 53,
                                               "ECONNREFUSED"),
       ("127.0.0.1", 22, "ECONNREFUSED"), ("169.254.169.254", 80,
                                           "ECONNREFUSED"),
       ("192.168.1.1", 443, "ECONNREFUSED"), (world.HOME_ADDR, 443,
                                              "ECONNREFUSED"),
       ("::1", 443, "ECONNREFUSED")))
said = tg.say(BEN, "knock")
r = None
for _ in range(200):
    r = fam.script("accept", answers=0)
    if r and r[-1] == "accept done":
        break
m = tg.answer(BEN, "hostile", after=said["message_id"], timeout=15)
check("twin: it may answer the connection of a tool, which reads its bytes",
      m is not None, r)
flood_audit()
exhaust()
chat("twin", "well-42", "after floods: a tool runs, relay and gate are heard")
fam.all_deadly("calls it has no use for", [
    (s, "its cage stopped") for s in (
        "sys socket 1 1 0", "sys socket 2 2 0", "sys socket 2 1 0",
        "sys socket 16 3 0", "sys socket 17 3 0", "sys bind 0 & 16",
        "sys listen 0 1", "sys execve \"/bin/sh & &", "sys kill 1 9",
        "sys clone 17 0 0 0 0", "sys open \"/etc/passwd 0 0",
        "sys setsockopt 0 1 15 & 4", "sys mmap 0 4096 7 34 -1 0",
        "sys sendto 0 & 1 0 & 16", "sys memfd_create \"x 0")])
files(["/etc/passwd", STATE + "/relay", "/proc/self/environ"])
fam.forbidden()
frames([])
chat("twin", "well-42", "at the end: a tool runs")
fam.stop()

# --- gate ---------------------------------------------------------------------
fam = evilbox.Double(tg, api, "gate", extra=LINES).start()
names((("api.anthropic.com", 443, (0, 1, 2, 255)),
       ("api.anthropic.com", 80, None), ("api.telegram.org", 443, None),
       ("example.org", 443, None), ("169.254.169.254", 80, None)))
flood_audit()
exhaust()
r = fam.script("rep 2000 raw parent API_STATE 0 0 ffffff" + "ff" * 8,
               answers=0.3)
check("what it says of itself hurts nobody", r is not None, r)
r = fam.script("rep 6000 raw relay SPEND_NEED 0 9 01" + ZERO + "0000" +
               "ff" * 16 + "\nrep 6000 raw relay SPEND_DONE 0 0 " + "ff" * 48 +
               "\nraw relay SPEND_NEED 0 9 ff" + "ff" * 8 + "0000" + "ff" * 16,
               answers=0.5)
check("6,000 requests of 2^64-1 usd, and as many costs of nothing",
      r is not None, r)
r = fam.script("rep 3000 raw agent API_HEAD 0 0 00000007ffff000000000000S\n"
               "rep 3000 raw agent API_DONE 0 0 00000007ff0000", answers=0.5)
check("answers to what the agent never asked", r is not None, r)
fam.restart()
files(["/etc/passwd", STATE + "/relay"])
fam.forbidden()
frames([])
got = fam.ctl("-j", "usage")
sums = [u["microusd"] + u["tokens"] for u in json.loads(got.stdout or "[{}]")]
tap.ok(sums and all(0 < s < 1 << 62 for s in sums),
       "what it left open when it was stopped counts, within bounds", got)
said = tg.say(ADMIN, "/help")
m = tg.answer(ADMIN, "/", after=said["message_id"], timeout=15)
check("at the end: the relay answers", m is not None, m)
fam.stop()
tap.ok(not session.left_behind(), "nothing is left", session.left_behind())
sys.exit(tap.done())
