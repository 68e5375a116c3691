#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# 10,000 updates in a burst: every one is answered or its writer is told that
# it was not taken; one chat that floods, and that Telegram slows down, costs
# the others no time and the relay no memory.
import os
import re
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
import session
import tap
from fakes import text
from family import ANA, BEN, Family, config

MANY, EACH, FLOOD = 240, 25, 4000       # 240 x 25 and 4000: 10,000
FLOODER = 7777
chats = [30000 + i for i in range(MANY)]
tg, api = session.begin()
api.rules({"text": "q-", "reply": [text("answer: ${text}")]})
fam = Family(config(chats=[ANA, BEN, FLOODER] + chats).replace(
    "log debug", "log info"), "burst").start()
session.polling(tg, fam)
for c in chats + [FLOODER]:
    tg.chat(c)


def update(chat, msg, what="/whoami"):
    return {"message": {
        "message_id": msg, "date": int(time.time()), "text": what,
        "chat": {"id": chat, "type": "private", "first_name": "Ana"},
        "from": {"id": chat, "is_bot": False, "first_name": "Ana"}}}


def anonymous():
    with open("/proc/%d/smaps_rollup" % fam.pids()["relay"]) as f:
        return [int(line.split()[1]) for line in f
                if line.startswith("Anonymous:")][0]


def answers(chat):
    """(answered, told as not taken) in a chat"""
    texts = tg.bot_texts(chat)
    left = [int(m.group(1)) for m in (
        re.match(r"(\d+) more messages? came faster", t) for t in texts) if m]
    return sum("Tier: " in t or "answer: " in t or "take this one" in t
               for t in texts if "sent again" not in t), sum(left)


pid = fam.pids()["relay"]
tg.fault(match="sendMessage", contains='"chat_id":%d,' % FLOODER,
         do="status", status=429, retry_after=1, count=20)
marks = [tg.say(FLOODER, "q-f%d" % i) for i in range(FLOOD)]
for i in range(EACH):
    tg.post("/push", {"updates": [update(c, 5000 + i) for c in chats]})
most, took = 0, []
for i in range(5):
    t0 = time.time()
    s = tg.say(BEN, "q-%d" % i)
    ok = tg.answer(BEN, "answer: q-%d" % i, after=s["message_id"],
                   timeout=60)
    took.append(time.time() - t0 if ok else 99)
    most = max(most, anonymous())
tap.ok(max(took) < 60, "in the middle of it another chat is answered",
       lambda: "%s\n%s" % (took, fam.log()[-2000:]))
tap.note("answers after %s s" % ["%.2f" % t for t in took])
end = time.time() + 240
while time.time() < end:
    n, left = answers(FLOODER)
    rest = [answers(c) for c in chats]
    if n + left >= FLOOD and all(sum(r) >= EACH for r in rest):
        break
    most = max(most, anonymous())
    time.sleep(0.3)
tap.ok(n + left == FLOOD and left > 0,
       "the chat that floods: each answered, refused or counted", (n, left))
said = [t for t in tg.bot_texts(FLOODER) if "answer: " in t and
        "sent again" not in t]
asked = [str(r["body"]["messages"][-1]["content"])
         for r in api.requests("messages")]
asked = [a for a in asked if "q-f" in a]
tap.ok(len(said) == len(set(said)) and len(asked) == len(set(asked)),
       "and none twice", sorted(t for t in said if said.count(t) > 1))
tap.note("%d answers, %d refusals" % (len(said), n - len(said)))
tap.ok(all(sum(r) == EACH for r in rest), "all others: each", rest)
tap.note("flood: %d answered, %d counted; others counted %d; relay %d kB" % (
    n, left, sum(r[1] for r in rest), most))
tap.ok(n < 400, "few of the flood are answered one by one", n)
made = tg.stats()["made"]
tap.ok(made < 1000, "connections are used again", made)
tap.note("%d connections" % made)
tap.ok(fam.pids()["relay"] == pid, "the relay never had to start again")
s = tg.say(ANA, "q-99")
tap.ok(tg.answer(ANA, "answer: q-99", after=s["message_id"]),
       "and the next message is answered")
session.finish("burst", tg, api, fam)
