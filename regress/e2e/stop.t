#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# /stop: everything a call started is dead within a second, whatever it did to
# get away; what ran, what was killed and what waits is told; topics apart and
# together; a conversation that chats share.
import os
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
import session
import tap
from fakes import text, tool
from family import ANA, BEN, Family, config

GROUP = -100500
TREE = ("setsid sleep 777 & (sleep 777 & sleep 777 &) & "
        "setsid sh -c '(trap \"\" TERM HUP INT; sleep 777) & exec sleep 777' "
        "& nohup sleep 777 >/dev/null 2>&1 & "
        "(setsid setsid sh -c 'sleep 777 & sleep 777') & sleep 777")
tg, api = session.begin()
api.rules(
    {"text": "tree-", "reply": [tool("Bash", command=TREE)]},
    {"text": "slow-", "reply": [tool("Bash", command="sleep 778")]},
    {"text": "two-", "reply": [tool("Write", file_path="a.txt",
                                    content="x"),
                               tool("Bash", command="exit 2")]},
    {"text": "two-", "result": "", "times": 1,
     "reply": [tool("Bash", command="sleep 778")]},
    {"text": "talk-", "reply": [text("word " * 400)], "piece": 5,
     "every_ms": 30},
    {"text": "q-", "reply": [text("answer: ${text}")]})
fam = Family(config(chats=(ANA, BEN, GROUP)), "stop").start()
session.polling(tg, fam)


def sleepers(n="777"):
    return [pid for pid, line in session.processes().items()
            if line == "sleep " + n]


def until(cond, timeout=6):
    end = time.time() + timeout
    while time.time() < end:
        if cond():
            return True
        time.sleep(0.01)
    return False


def heard(s, what, name, chat=ANA, timeout=6):
    m = tg.answer(chat, what, after=s["message_id"], timeout=timeout)
    tap.ok(m, name, lambda: "%s\n%s" % (tg.chat(chat)["messages"][-3:],
                                        fam.log()[-3000:]))
    return m


def say(topic, what):
    return tg.say(GROUP, what, user=ANA, type="supergroup", title="G",
                  thread=topic)


# --- a tree that runs away ------------------------------------------------------
tg.say(ANA, "tree-1")
tap.ok(until(lambda: len(sleepers()) >= 8), "a tree of processes runs",
       sleepers)
tg.say(ANA, "q-1 waits")
time.sleep(0.1)
t0 = time.time()
s = tg.say(ANA, "/stop")
gone = until(lambda: not sleepers(), 1.0)
took = time.time() - t0
tap.ok(gone, "/stop ends all of it within a second", sleepers)
tap.note("gone after %.0f ms" % (took * 1000))
m = heard(s, "Killed: Bash setsid sleep 777", "says what was killed")
tap.ok(m and "1 message waiting" in m["text"] and
       [b["text"] for b in m["markup"]["inline_keyboard"][0]] ==
       ["Run it", "Drop it"], "and what waits, with two buttons", m)
time.sleep(0.3)
tap.ok(not any("answer: q-1" in x for x in tg.bot_texts(ANA)),
       "which does not run by itself")
relay = fam.pids()["relay"]
os.kill(relay, signal.SIGKILL)
until(lambda: fam.pids().get("relay") not in (relay, None), 20)
session.polling(tg, fam)
s = tg.say(ANA, "/status")
heard(s, "Held since /stop", "nor when the relay was killed")
tap.ok(not any("answer: q-1" in x for x in tg.bot_texts(ANA)),
       "and came back")
if m:
    tg.post("/press", {"chat": ANA, "message_id": m["message_id"],
                       "data": m["markup"]["inline_keyboard"][0][0]
                       ["callback_data"]})
    heard(s, "answer: q-1 waits", "but when it is pressed")

# --- what ran before ----------------------------------------------------------------
tg.say(ANA, "two-1")
until(lambda: sleepers("778"))
s = tg.say(ANA, "/stop")
m = heard(s, "Ran: Write a.txt +1, Bash (exit 2)", "what had run is told as well")
tap.ok(m and "Killed: Bash sleep 778" in m["text"], "beside what was killed",
       m)
tap.ok(until(lambda: not sleepers("778"), 1.0), "and is gone")

# --- in mid-word ---------------------------------------------------------------------
n = len(tg.requests("sendMessageDraft"))
tg.say(ANA, "talk-1")
until(lambda: len(tg.requests("sendMessageDraft")) > n)
s = tg.say(ANA, "/stop")
heard(s, "No tool was running", "while it writes")
time.sleep(0.5)
words = [x for x in tg.bot_texts(ANA) if x.startswith("word")]
tap.ok(len(words) == 1 and len(words[0]) < 1900,
       "what it had said stays, the rest does not come",
       [len(w) for w in words])
s = tg.say(ANA, "/stop")
heard(s, "Nothing runs in this chat", "with nothing to stop")

# --- topics ---------------------------------------------------------------------------
say(7, "slow-7")
say(8, "slow-8")
tap.ok(until(lambda: len(sleepers("778")) == 2), "two topics work")
s = say(7, "/stop")
heard(s, "Killed: Bash sleep 778", "/stop in one", GROUP)
tap.ok(until(lambda: len(sleepers("778")) == 1, 1.0), "leaves the other")
time.sleep(0.3)
say(7, "slow-9")
until(lambda: len(sleepers("778")) == 2)
s = say(8, "/stop all")
m = heard(s, "Topic 7: ", "/stop all names each", GROUP)
tap.ok(m and "Topic 8: " in m["text"], "topic", m)
tap.ok(until(lambda: not sleepers("778"), 1.0), "and ends what runs in all")
fam.stop()

# --- one conversation for all chats ------------------------------------------------------
session.fresh()
fam = Family(config(chats=(ANA, BEN), agent="session global"),
             "stop").start()
session.polling(tg, fam)
tg.say(ANA, "slow-11")
until(lambda: sleepers("778"))
tg.say(BEN, "q-12")
time.sleep(0.2)
s = tg.say(BEN, "/stop")
m = heard(s, "another chat's message", "a shared conversation: /stop is the "
          "own chat's", BEN)
tap.ok(m and "1 message waiting" in m["text"] and sleepers("778"),
       "and another's work goes on", m)
s = tg.say(ANA, "/stop")
heard(s, "Killed: Bash sleep 778", "until who asked for it says so")
tap.ok(until(lambda: not sleepers("778"), 1.0), "and it is gone")
session.finish("stop", tg, api, fam)
