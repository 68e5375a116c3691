#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# A hostile agent says what the table forbids, on each of its links: every
# message that is not its own, broken frames, descriptors where none belong.
# Each ends it, is named in the log, and touches nobody else.  A family a life:
# the parent would wait longer and longer before it starts the agent again.
import os
import re
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
import hostile
import session
import tap
from hostile import ADMIN, ANA, BEN, Hostile, table, twin

tg, api = session.begin()
session.project("notes.txt", "buy milk\n")
hostile.place()
fam = Hostile(tg, api).start()
lives = 0


def deadly(script, words):
    """None when it died of it and nobody else did; else what is wrong."""
    global lives
    if lives > 0:
        fam.restart()
    lives += 1
    fam.attack(ANA, script, timeout=0)
    why = fam.died(timeout=5)
    if why is None or not re.search(words, why):
        return "%s: died %s\n%s" % (script[:80], why, fam.diag())
    if fam.standing():
        return "%s: fallen too: %s" % (script[:80], fam.standing())
    if not fam.silent(BEN, ADMIN):
        return "%s: other chats heard of it" % script[:80]
    return None


def back(name):
    end = time.time() + 5
    while time.time() < end and "agent" not in fam.pids():
        time.sleep(0.05)
    twin(fam, name)


def all_deadly(name, cases):
    bad = [w for w in (deadly(s, w) for s, w in cases) if w]
    tap.ok(not bad, "%s: each of %d ends the agent and nobody else" % (
        name, len(cases)), "\n".join(bad[:8]))


twin(fam, "before all")
rows = table()
tap.ok(len(rows) > 60, "the table is read", len(rows))
for peer in ("parent", "relay", "gate"):
    cases = []
    for name, senders, receivers, phases in rows:
        if "agent" in senders and peer in receivers and \
                phases in ("PH_LIVE", "PH_ANY"):
            continue
        cases.append(("raw %s %s 0 0 -" % (peer, name),
                      "sent %s( to %s)?, which the table forbids" % (
                          name, peer)))
    all_deadly("every message that is not an agent's to %s" % peer, cases)
    back("the agent is back")

BAD = "which the table forbids"
for peer, own in (("parent", "LOG"), ("relay", "TURN_NOTE"),
                  ("gate", "API_ABORT")):
    # A LOG needs level and text, a note turn, note and wait, an abort req.
    body = {"LOG": "010001z1.", "TURN_NOTE": "T0000000000",
            "API_ABORT": "00000001"}[own]
    raw = "raw %s %s " % (peer, own)
    all_deadly("broken frames to " + peer, [
        ("raw %s 0 0 0 -" % peer, BAD),
        ("raw %s 4242 0 0 -" % peer, BAD),
        ("raw %s 65535 65535 4294967295 -" % peer, BAD),
        ("len %s 1 %s" % (peer, own), "wrong length"),
        ("len %s 11 %s" % (peer, own), "wrong length"),
        ("len %s 32769 %s" % (peer, own), "wrong length"),
        ("len %s 4294967295 %s" % (peer, own), "wrong length"),
        ("bytes %s z64." % peer, BAD),
        (raw + "0 7 " + body, own),
        (raw + "2 0 " + body, own),
        (raw + "0 0 -", own),
        (raw + "0 0 " + body + "00", own),
        (raw + "0 0 " + body[:-2] if own != "LOG" else raw + "0 0 01ffff",
         own)])
    all_deadly("descriptors to " + peer, [
        (raw + "1 0 " + body, own),
        ("fds %s 1 4 %s 1 %s" % (peer, own, body), own),
        ("fds %s 1 3 %s 0 %s" % (peer, own, body), BAD),
        ("fds %s 16 0 %s 0 %s" % (peer, own, body), BAD),
        ("fds %s 17 0 %s 0 %s" % (peer, own, body), BAD),
        ("fds %s 32 4 %s 1 %s" % (peer, own, body), BAD),
        ("fds %s 1 3 CONF_LINK 1 0100" % peer, "CONF_LINK"),
        ("fds %s 1 4 TOOL_OUT 1 z8." % peer, "TOOL_OUT")])
back("the agent is back")

BEGIN = "raw gate API_REQ 0 0 00000001%s%s"
all_deadly("fields and credit", [
    (BEGIN % ("00", "00000002S000361" + "0d0a" + "00" * 16), "API_REQ"),
    (BEGIN % ("00", "00000002S0200z512." + "00" * 16), "API_REQ"),
    # the first takes the room there is: the second has credit for little
    ("raw gate API_REQ 0 0 000000020002000000S0000" + "00" * 16 + "\n" +
     BEGIN % ("00", "02000000S0000" + "00" * 16) +
     "\nrep 40 raw gate STREAM_DATA 0 0 s4000z16384.", "credit"),
    ("raw relay STREAM_DATA 0 0 000000014001z16385.", "STREAM_DATA"),
    ("raw relay TURN_DONE 0 0 T00" + "00" * 44 + "0201z513.", "TURN_DONE"),
    ("raw parent LOG 0 0 010401z1025.", "LOG"),
    ("raw parent LOG 0 0 ff0001z1.", "unknown level")])
back("the agent is back")

# --- accusations, and who does not read -----------------------------------------------
PROCS = ["parent", "relay", "agent", "runner", "tool", "gate", "audit",
         "keeper", "totp", "resolver", "ctl", "egress"]
bad = []
for i, name in enumerate(PROCS + ["number 12", "number 255"]):
    for scope in (0, 1):
        fam.restart()
        fam.attack(ANA, "raw parent MISBEHAVED 0 0 %02x%02x000103" % (
            i if i < 12 else int(name[7:]), scope), timeout=0.3)
        if fam.standing():
            bad.append("%s: fallen: %s" % (name, fam.standing()))
tap.ok(not bad, "accusing others ends none of them", "\n".join(bad))
fam.restart()
fam.attack(ANA, "raw parent MISBEHAVED 0 0 0101000103", timeout=0)
tap.ok(fam.died("is not believed"), "who accuses the relay is ended itself",
       fam.diag())
back("the agent is back")

fam.restart()
fam.attack(ANA, "deaf relay\n" + "rep 1500000 raw relay TOOL_CALL 0 0 "
           "z8.0000000101000000000000000004S", timeout=0)
why = fam.died(timeout=60)
tap.ok(why and "does not read" in why and not fam.standing(),
       "who floods and does not read is ended before memory is",
       lambda: "%s %s\n%s" % (why, fam.standing(), fam.diag()))
back("the agent is back")
session.finish("hostilewire", tg, api, fam)
