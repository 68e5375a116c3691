#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# kill -9 of each process at each message of a turn.  A turn that goes well is
# watched first, and says which messages each process sends and gets; then
# the process is killed right before it sends one, right after, and right
# after one has arrived.  After each: the message is answered, or told of as
# interrupted and continued; its tool ran once at most; nobody else's chat
# hears anything; what appears twice says so, and only the relay's own death
# may do that.
import collections
import os
import re
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
import session
import tap
import world
from fakes import text, tool
from family import ANA, BEN, Family, config
from session import PROJECTS

QUIET = ("PING", "PONG", "LOG", "POLL_STATE", "API_STATE")
VICTIMS = ("relay", "agent", "runner", "gate", "audit", "parent")
MARK = "\u21bb sent again"

tg, api = session.begin()
api.rules(
    {"text": "msg-", "reply": [text("On it, ${text}. "), tool(
        "Bash", command="echo run-${text} >> runs.txt; echo done")]},
    {"text": "msg-", "result": "", "reply": [text("answer to ${text}")]})
conf = config(telegram="stream edit every 300ms\n\tpoll 5s limit 100\n"
              "\tretry 200ms to 1s factor 2.0 jitter 0.1 attempts 0"
              ).replace("log debug", "log info")
fam = Family(conf, "matrix").start()
session.polling(tg, fam)
pressed, serial = {}, 0         # notices, and when they were pressed
PRESSES = 25                    # a minute: one person has 30


def trip(pid, *words):
    p = subprocess.Popen([world.obj() + "/test/tripper", str(pid), *words],
                         stdout=subprocess.PIPE, text=True)
    if p.stdout.readline() != "ready\n":
        raise RuntimeError("the tracer did not attach")
    return p


def new_tag():
    global serial
    serial += 1
    return "msg-%04d" % serial


def answered(tag):
    return any(re.search(r"answer to (\[.*\])?\s*" + tag, x, re.S)
               for x in tg.bot_texts(ANA))


def press_continue(tag):
    """Under the notice about this message: an older one, of a turn that had
    said all before it was interrupted, would be asked once more."""
    for m in tg.chat(ANA)["messages"]:
        if not m["bot"] or m["message_id"] in pressed or tag not in m["text"]:
            continue
        for b in [b for row in (m.get("markup") or {}).get(
                "inline_keyboard", []) for b in row]:
            if "ontinue" in b["text"]:
                pressed[m["message_id"]] = time.time()
                tg.post("/press", {"chat": ANA, "data": b["callback_data"],
                                   "message_id": m["message_id"]})


def settle(tag, timeout=20):
    end = time.time() + timeout
    while time.time() < end:
        if answered(tag):
            return True
        if fam.proc.poll() is not None:     # the parent was the victim
            fam.start()
        press_continue(tag)
        tg.wait(0.2, chat=ANA, contains="answer to " + tag)
    return False


def fresh():
    """A family that has not died yet: its first respawn takes a second, each
    after that twice as long."""
    while sum(time.time() - t < 62 for t in pressed.values()) >= PRESSES:
        time.sleep(0.5)
    fam.stop()
    fam.start()
    session.polling(tg, fam)


# --- what a turn consists of
seen = {}
for who in VICTIMS:
    t = trip(fam.pids()[who], "list")
    tag = new_tag()
    tg.say(ANA, tag)
    ok = settle(tag)
    time.sleep(0.2)
    t.send_signal(signal.SIGTERM)
    lines = t.communicate()[0].split("\n")
    seen[who] = collections.Counter(
        x for x in lines if x and x.split()[1] not in QUIET)
    tap.ok(ok and seen[who], "a turn with the messages of %s: %d" % (
        who, sum(seen[who].values())), fam.log()[-2000:])
expect = {"relay": "sent TURN_START", "agent": "sent TOOL_CALL",
          "runner": "sent RUN_DONE", "gate": "sent API_HEAD",
          "audit": "sent AUDIT_DONE", "parent": "sent TOOL_JOB"}
tap.ok(all(expect[w] in seen[w] for w in VICTIMS),
       "the tracer sees what the table says", seen)

# --- the matrix
cases = []
for who in VICTIMS:
    for word in sorted(seen[who]):
        way, name = word.split()
        for when in ("before", "after") if way == "sent" else ("got",):
            cases.append((who, when, name))
lost, twice, doubled, missed, tags = [], [], [], [], {}
for who, when, name in cases:
    fresh()
    tag = new_tag()
    tags[tag] = who
    case = "%s %s %s" % (who, when, name)
    t = trip(fam.pids()[who], when, name, "1")
    tg.say(ANA, tag)
    ok = settle(tag)
    try:                    # some come when the answer is there already
        t.wait(5)
    except subprocess.TimeoutExpired:
        t.send_signal(signal.SIGTERM)
    if t.communicate()[0] != "tripped\n":
        missed.append(case)
    if fam.proc.poll() is not None:
        fam.start()
    if not ok:
        lost.append(case)
        tap.note("%s: %s is not answered: %s\n%s" % (
            case, tag, tg.bot_texts(ANA)[-3:], fam.log()[-2500:]))
    if len(lost) > 3:
        break
with open(PROJECTS + "/runs.txt") as f:
    ran = collections.Counter(re.findall(r"msg-\d{4}", f.read()))
texts = tg.bot_texts(ANA)
for tag, who in tags.items():
    if ran[tag] > 1:
        twice.append(tag)
    same = [x for x in texts if re.search(
        r"answer to (\[.*\])?\s*" + tag, x, re.S)]
    marks = sum(MARK in x for x in same)
    if len(same) > 2 or (len(same) == 2 and (
            marks != 1 or who not in ("relay", "parent"))):
        doubled.append((tag, who, same))
tap.note("%d cases: %s" % (len(cases), dict(collections.Counter(
    c[0] for c in cases))))
tap.ok(len(cases) > 60, "every message of every process: %d cases" %
       len(cases))
tap.ok(not missed, "each kill fell where it should", missed)
tap.ok(not lost, "no message is lost", lost)
tap.ok(not twice, "no tool ran twice", twice)
tap.ok(not doubled, "nothing appears twice but marked, after a death of the "
       "relay", doubled)
tap.ok(not tg.bot_texts(BEN), "nobody else's chat hears anything",
       tg.bot_texts(BEN))
session.finish("matrix", tg, api, fam)
