#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# The disk of the state directory is full, and later it is not.  Nothing is
# acknowledged that is not saved: every message is answered in the end, no
# tool runs twice, and what was sent already is not sent again unmarked.
import os
import re
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
import session
import tap
import world
from fakes import text, tool
from family import ANA, BEN, Family, config
from session import PROJECTS

MARK = "\u21bb sent again"
STATE = world.W + "/state"
tg, api = session.begin()
api.rules(
    {"text": "run-", "reply": [tool("Bash", command="echo ${text} >> "
                                    "runs.txt; sleep 1.5")]},
    {"text": "run-", "result": "", "reply": [text("ran ${text}")]},
    {"text": "say-", "reply": [text("answer to ${text}")]})
os.mkdir(STATE)
world.run("mount", "-t", "tmpfs", "-o", "size=4m,mode=755", "tcstate", STATE)
fam = Family(config(telegram="poll 2s limit 100\n\tretry 200ms to 1s factor "
                    "2.0 jitter 0.1 attempts 0"), "full").start()
session.polling(tg, fam)


def fill():
    with open(STATE + "/ballast", "wb", buffering=0) as f:
        try:
            while True:
                f.write(b"x" * 4096)
        except OSError:
            pass


def empty():
    os.unlink(STATE + "/ballast")


def answered(chat, what, timeout=40):
    """Until it is; presses Continue where a turn was interrupted."""
    end, pressed = time.time() + timeout, set()
    while time.time() < end:
        if any(what in t for t in tg.bot_texts(chat)):
            return True
        for m in tg.chat(chat)["messages"]:
            rows = (m.get("markup") or {}).get("inline_keyboard", [])
            for b in (b for row in rows for b in row):
                if "ontinue" in b["text"] and m["message_id"] not in pressed:
                    pressed.add(m["message_id"])
                    tg.post("/press", {"chat": chat,
                                       "message_id": m["message_id"],
                                       "data": b["callback_data"]})
        time.sleep(0.2)
    return False


def once(chat, what, name):
    same = [t for t in tg.bot_texts(chat) if what in t]
    tap.ok(len(same) - sum(MARK in t for t in same) <= 1 and
           1 <= len(same) <= 2, name, same)


tg.say(ANA, "say-before")
tap.ok(answered(ANA, "answer to say-before"), "a message before",
       fam.log()[-3000:])

fill()
tg.say(ANA, "say-one")
tg.say(BEN, "say-two")
tap.ok(fam.log_wait("disk is full", 15), "the log says what is wrong",
       fam.log()[-3000:])
time.sleep(2)
tap.ok(fam.proc.poll() is None, "telclauded goes on", fam.log()[-3000:])
empty()
for chat, tag in ((ANA, "say-one"), (BEN, "say-two")):
    tap.ok(answered(chat, "answer to " + tag), "%s is answered when there is "
           "room" % tag, lambda: fam.log()[-5000:])
    once(chat, "answer to " + tag, "and once")
fam.stop()                  # each restart of one waits twice as long
fam.start()
session.polling(tg, fam)

# In the midst of a turn, while its tool runs.
tg.say(ANA, "run-three")
end = time.time() + 5
while time.time() < end and not os.path.exists(PROJECTS + "/runs.txt"):
    time.sleep(0.02)
fill()
time.sleep(4)
empty()
said = re.compile(r"ran (\[.*\])?\s*run-three", re.S)
end = time.time() + 40
while time.time() < end and not any(
        said.search(t) for t in tg.bot_texts(ANA)):
    answered(ANA, "ran run-three", 1)
    if any("disk full" in t for t in tg.bot_texts(ANA)):
        break
tap.ok(any(said.search(t) or "disk full" in t for t in tg.bot_texts(ANA)),
       "a turn in whose midst it was full ends, or is told of",
       lambda: "%s\n%s" % (tg.bot_texts(ANA)[-4:], fam.log()[-5000:]))
with open(PROJECTS + "/runs.txt") as f:
    ran = f.readlines()
tap.ok(len(ran) == 1, "and its tool ran once", ran)
tg.say(ANA, "say-after")
tap.ok(answered(ANA, "answer to say-after"), "and the next is answered",
       lambda: "%s\n%s" % (tg.bot_texts(ANA)[-4:], fam.log()[-5000:]))
once(ANA, "answer to say-after", "once")
session.finish("full", tg, api, fam)
