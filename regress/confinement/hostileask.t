#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# A hostile agent and the cards: the bytes a person approved are the bytes
# that run, whatever the agent sends meanwhile, and it cannot flood a chat
# with questions.
import json
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
import hostile
import session
import tap
from family import config
from hostile import ADMIN, ANA, BEN, Hostile
from session import PROJECTS

BASH = 7
tg, api = session.begin()
hostile.place()
fam = Hostile(tg, api, "hostileask")
fam.write(config(top=hostile.TIERS + "ask tool Bash\n"))
fam.start()


def buttons(m):
    return {b["text"]: b["callback_data"] for row in
            (m.get("markup") or {}).get("inline_keyboard", []) for b in row}


def cards(after):
    return [m for m in tg.chat(BEN)["messages"] if m["message_id"] > after and
            any("Deny" in b for b in buttons(m))]


def until(what, timeout=8):
    end = time.time() + timeout
    while not what() and time.time() < end:
        time.sleep(0.02)
    return what()


def last():
    return max([m["message_id"] for m in tg.chat(BEN)["messages"]] or [0])


def press(m, data):
    tg.post("/press", {"chat": BEN, "message_id": m["message_id"],
                       "data": data})


def made(name):
    return os.path.exists(PROJECTS + "/" + name)


def bash(command):
    return json.dumps({"command": command})


def raw(call, command, round_=0, stream="S"):
    """A call under a number of its own, and its input, as frames."""
    b = bash(command).encode()
    return ("raw relay TOOL_CALL 0 0 T%s%02x00%08x%08x%s\n"
            "raw relay STREAM_DATA 0 0 s%04x%s\n"
            "raw relay STREAM_END 0 0 s00\n" % (
                call, BASH, round_, len(b), stream, len(b), b.hex()))


def standing(name, r=None):
    fallen = fam.standing()
    tap.ok(not fallen and fam.silent(ANA, ADMIN), name, lambda: "%s\n%s\n%s" %
           (r, fallen, fam.diag()))


# --- twin: an honest call, allowed ------------------------------------------------
at = last()
fam.attack(BEN, raw("K", "touch good") + "wait 1", timeout=0)
tap.ok(until(lambda: cards(at)), "twin: a call asks", fam.diag())
c = cards(at)[0]
press(c, buttons(c)["Allow once"])
tap.ok(until(lambda: made("good")), "twin: and runs when it is allowed")
until(lambda: tg.answer(BEN, "end ATTACK-1"))

# --- other bytes after the question ---------------------------------------------------
other = bash("touch bad1").encode()
at = last()
fam.attack(BEN, raw("K", "touch asked1") +
           # more on the stream that ended; the same number again; the same
           # number as another tool
           "raw relay STREAM_DATA 0 0 s%04x%s\n" % (len(other), other.hex()) +
           raw("k", "touch bad1") + raw("k", "touch bad2", 1) +
           'raw relay TOOL_CALL 0 0 Tk0200%08x%08xS\n' % (0, 2) +
           "wait 1", timeout=0)
until(lambda: cards(at))
time.sleep(0.3)
all_ = cards(at)
tap.ok(len(all_) == 1 and "touch asked1" in all_[0]["text"] and
       "bad" not in all_[0]["text"], "one card, with the bytes that came "
       "first", all_)
press(all_[0], buttons(all_[0])["Allow once"])
until(lambda: made("asked1"))
m = until(lambda: tg.answer(BEN, "end ATTACK-2", timeout=0.1))
tap.ok(m and made("asked1") and not made("bad1") and not made("bad2"),
       "those ran, and nothing else", lambda: "%s\n%s" % (m, fam.diag()))
standing("others are well")

# --- a number again after its end ------------------------------------------------------
at = last()
fam.attack(BEN, raw("K", "touch once1") + "wait 1\n" +
           raw("k", "touch once2") + "wait 1", timeout=0)
until(lambda: cards(at))
c = cards(at)[0]
press(c, buttons(c)["Allow once"])
until(lambda: made("once1"))
tap.ok(until(lambda: [x for x in cards(at) if "touch once2" in x["text"]]),
       "a number used again asks again", fam.diag())
c2 = [x for x in cards(at) if "touch once2" in x["text"]][0]
tap.ok(not made("once2"), "the first answer is not good for it")
press(c2, buttons(c2)["Deny"])
m = until(lambda: tg.answer(BEN, "end ATTACK-3", timeout=0.1))
tap.ok(m and "denied by the user" in m["text"] and not made("once2"),
       "denied, it does not run", m)

# --- a flood ------------------------------------------------------------------------
at = last()
fam.attack(BEN, "".join(raw("K", "touch flood%d" % i, i) for i in range(40)) +
           "wait 36\nwait 4", timeout=0)
until(lambda: len(cards(at)) >= 4)
time.sleep(1)
n = len(cards(at))
tap.ok(n == 4, "forty questions at once: four cards", n)
for c in cards(at):
    press(c, buttons(c)["Deny"])
m = until(lambda: tg.answer(BEN, "end ATTACK-4", timeout=0.1))
tap.ok(m and not [f for f in os.listdir(PROJECTS) if f.startswith("flood")],
       "the rest is refused unasked; nothing ran", m)
standing("others are well", m)

at = last()
script = "".join("".join(raw("K", "touch many%d" % i, r) for i in range(8)) +
                 "wait 8\n" for r in range(12))
fam.attack(BEN, script, timeout=0)
answered, end = set(), time.time() + 40
while time.time() < end and not tg.answer(BEN, "end ATTACK-5", timeout=0.01):
    for c in cards(at):
        for t, d in buttons(c).items():
            if "Deny" in t and d not in answered:
                answered.add(d)
                press(c, d)
    time.sleep(0.02)
m = tg.answer(BEN, "end ATTACK-5", timeout=5)
tap.ok(m and len(answered) == 64 and "has asked too often" in m["text"],
       "one turn after another of them: sixty-four, then no more",
       lambda: "%d %s\n%s" % (len(answered), m, fam.diag()))
tap.ok(not [f for f in os.listdir(PROJECTS) if f.startswith("many")],
       "nothing of it ran")
standing("others are well")
session.finish("hostileask", tg, api, fam)
