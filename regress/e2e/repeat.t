#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# The one window that stays open in the Bot API: a sendMessage was written and
# its answer was not read.  The server kills the relay exactly there.  What it
# did is repeated exactly once and says so; and once the answer was read,
# nothing is repeated.
import os
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
import session
import tap
from fakes import text
from family import ANA, Family, config

MARK = "\u21bb sent again"
tg, api = session.begin()
whole = "\n\n".join("Part %03d of %s, with words enough to fill a line." %
                    (i, "${text}") for i in range(150))
api.rules({"text": "say-", "reply": [text("answer to ${text}")]},
          {"text": "long-", "reply": [text(whole)]})
fam = Family(config(telegram="stream edit every 300ms\n\tpoll 5s limit 100\n"
                    "\tretry 200ms to 1s factor 2.0 jitter 0.1 attempts 0"),
             "repeat").start()
session.polling(tg, fam)


def killed(say, contains, when):
    """Texts of the bot after the relay was killed at that send."""
    pid = fam.pids()["relay"]
    tg.fault(match="sendMessage", contains=contains, do="kill", pid=pid,
             sig=int(signal.SIGKILL), when=when)
    s = tg.say(ANA, say)
    end = time.time() + 20
    while time.time() < end and fam.pids().get("relay") in (pid, None):
        time.sleep(0.05)
    session.polling(tg, fam)
    # What is sent again is sent before anything else can happen.
    s2 = tg.say(ANA, "/whoami")
    tg.answer(ANA, "Tier", after=s2["message_id"])
    time.sleep(0.3)
    tg.post("/faults/clear")
    return [t for t in tg.bot_texts(ANA, s["message_id"])
            if contains in t and "I was restarted" not in t]


def check(got, copies, marked, name):
    tap.ok(len(got) == copies and sum(MARK in t for t in got) == marked,
           name, lambda: "%s\n%s" % (got, fam.log()[-3000:]))


check(killed("/help", "Write what you want", "applied"), 2, 1,
      "killed after the server sent it: once more, and marked")
check(killed("/help", "Write what you want", "received"), 2, 1,
      "killed when the server had just got it: the same")
check(killed("/help", "Write what you want", "replied"), 1, 0,
      "killed after the answer was read: once, without a mark")
fam.stop()                  # each restart of one waits twice as long
fam.start()
session.polling(tg, fam)
# The last word is held back until the end: it could become a key.
check(killed("say-one", "answer to", "applied"), 2, 1,
      "the first message of an answer: once more, and marked")
got = killed("long-one", "Part 100 of", "applied")
check(got, 2, 1, "a message it rolled over into: once more, and marked")
tap.ok(sum("Part 000 of long-one" in t for t in tg.bot_texts(ANA)) == 1,
       "and the one before it is not repeated")
session.finish("repeat", tg, api, fam)
