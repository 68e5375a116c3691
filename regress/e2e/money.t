#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# What may be used: messages by the hour, money by the day.  A flood is
# answered once; what a request could cost is set aside before it leaves, for
# the person, the agent and all together; what dies on the way counts.
import json
import os
import re
import signal
import sqlite3
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
import session
import tap
import world
from fakes import text, tool
from family import ADMIN, ANA, BEN, RATES, Family, config

POLL = "poll 5s limit 100\n\tretry 100ms to 1s factor 2.0 jitter 0.1 attempts 0"
LEFT = re.compile(r"could cost (\d+\.\d+) usd; of the (\d+\.\d\d) usd a day for "
                  r"(one person|telegram|all together), (\d+\.\d+) usd are left"
                  r"\. The day ends at 00:00 UTC, in (\d+) h (\d\d) min "
                  r"\((\d+) s\)")


def start(name, **kw):
    session.fresh()
    fam = Family(config(telegram=POLL, **kw), name).start()
    session.polling(tg, fam)
    return fam


def asks():
    return len(api.requests("messages"))


def say(who, words, want=None, timeout=15):
    """The first answer that holds the text, or None."""
    m = tg.say(who, words, user=who)
    got = tg.answer(who, want if want is not None else "echo: " + words,
                    after=m["message_id"], timeout=timeout)
    return got["text"] if got else None


def rows(fam, *words):
    r = fam.ctl("-j", *words)
    return json.loads(r.stdout) if r.returncode == 0 else r.stderr


def usd(fam, user=None):
    return sum(r["microusd"] for r in rows(fam, "usage")
               if user is None or r["user"] == user) / 1e6


def settled(fam, least, user=None, timeout=5):
    end = time.time() + timeout
    while time.time() < end and usd(fam, user) < least:
        time.sleep(0.05)
    return usd(fam, user)


def again(fam, who, was, timeout=15):
    end = time.time() + timeout
    while time.time() < end and fam.pids().get(who, was) == was:
        time.sleep(0.02)


def audited(word):
    with open(world.W + "/state/audit/audit.log") as f:
        return [r for r in map(json.loads, f) if word in json.dumps(r)]


def near_midnight():
    left = 86400 - time.time() % 86400
    if left < 120:
        time.sleep(left + 1)


tg, api = session.begin()
near_midnight()

# --- nobody writes -------------------------------------------------------------
fam = start("idle", top="profile strict\n")
for who in ("gate", "agent", "relay"):
    pid = fam.pids()[who]
    os.kill(pid, signal.SIGKILL)
    again(fam, who, pid)
session.polling(tg, fam)
fam.reload()
fam.log_wait("is in force")
fam.ctl("status")
fam.ctl("selftest")
time.sleep(2)
tap.ok(asks() == 0 and not api.requests("count_tokens") and
       rows(fam, "usage") == [], "a family that nobody writes to asks the "
       "model nothing: not when it starts, when its parts die, or at a reload",
       api.records()[-3:])
fam.stop()

# --- messages ------------------------------------------------------------------
if 3600 - time.time() % 3600 < 60:
    time.sleep(3600 - time.time() % 3600 + 1)
fam = start("rates", rates="rate user any 3/hour\nrate user %d 1000/hour\n" % BEN)
mark = tg.say(ANA, "zero", user=ANA)["message_id"]
for i in range(40):
    tg.say(ANA, "flood-%02d" % i, user=ANA)
tap.ok(say(BEN, "quiet"), "while one floods, another is answered")
no = tg.answer(ANA, "was not taken", after=mark)
m = re.search(r"at most 3 messages an hour for one person, and those are used "
              r"up\. Send it again in (\d+) s\.", no["text"] if no else "")
left = 3600 - time.time() % 3600
tap.ok(m and abs(int(m.group(1)) - left) < 20,
       "the refusal names the line and the seconds to the hour's end",
       (no, left))
tg.answer(ANA, "flood-01", after=mark)
time.sleep(0.5)
said = tg.bot_texts(ANA, mark)
tap.ok(sum("was not taken" in t for t in said) == 1 and
       sum("echo: " in t for t in said) == 3,
       "40 messages: three are answered, one refusal, then silence", said)
tap.ok(len(audited('"rate_limited"')) == 1 and
       "at most 3 messages" in json.dumps(audited('"rate_limited"')),
       "and one line in the audit log", audited("rate"))
got = rows(fam, "limits")
mine = [r for r in got if r.get("who") == ANA and r["line"] == "user"]
tap.ok(len(mine) == 1 and mine[0]["used"] == 3 and mine[0]["left"] == 0 and
       mine[0]["window"] == "hour", "limits shows it", got)
os.kill(fam.pids()["relay"], signal.SIGKILL)
again(fam, "relay", fam.pids().get("relay"))
session.polling(tg, fam)
mark = tg.say(ANA, "after", user=ANA)["message_id"]
tap.ok(say(BEN, "still") and not tg.bot_texts(ANA, mark),
       "a new relay has counted on, and says nothing twice",
       lambda: tg.bot_texts(ANA, mark))
fam.stop()

# --- profiles ------------------------------------------------------------------
session.fresh()
bad = Family(config(top="profile test\n"), "noenv").start()
tap.ok(bad.exited(10) not in (0, None) and
       "TELCLAUDE_ENABLE_TEST_PROFILE=1" in bad.log(),
       "profile test does not start by its line alone", bad.log()[-800:])
session.fresh()
fam = Family(config(telegram=POLL, top="profile test\n",
                    rates="rate user any 1/hour\n"), "test",
             env={"TELCLAUDE_ENABLE_TEST_PROFILE": "1"}).start()
session.polling(tg, fam)
tap.ok(say(ANA, "t-one") and say(ANA, "t-two"), "with the variable it has no "
       "limits", fam.log()[-2000:])
r = fam.ctl("status")
tap.ok("PROFILE TEST" in fam.log() and r.returncode == 1 and
       "profile test: messages have no limits" in r.stdout and
       audited("profile_test"), "log, status and audit are loud about it",
       r.stdout)
fam.stop()

# --- money: settled --------------------------------------------------------------
api.rules({"text": "slow", "reply": [text("slowly")], "first_ms": 6000})
fam = start("money", top="spend total usd 1.50/day\nspend user any usd 1.10/day\n")
tap.ok(say(ANA, "cheap-1") and say(ANA, "cheap-2"),
       "two requests fit that could not both cost their worst", fam.log()[-900:])
cost = settled(fam, 0.0005)
got = rows(fam, "usage")
tap.ok(0.0005 < cost < 0.3 and len(got) == 1 and got[0]["user"] == ANA and
       got[0]["requests"] == 2 and got[0]["scope"] == "telegram",
       "the answers' own figures are what counts", got)
said = say(ANA, "/usage", "You: today")
tap.ok(said and re.search(r"Left today for you: 1\.\d\d of 1\.10 usd", said) and
       "All together" not in said, "/usage shows one's own", said)
said = say(ADMIN, "/usage", "You: today")
tap.ok(said and "All together: today" in said and
       "Left today for all together" in said, "and the admin all", said)

# --- two at once -----------------------------------------------------------------
n = asks()
slow = tg.say(ANA, "slow-a", user=ANA)["message_id"]
end = time.time() + 5
while asks() == n and time.time() < end:
    time.sleep(0.02)
said = say(BEN, "mine", "are left")
m = LEFT.search(said or "")
tap.ok(m and m.group(3) == "all together" and
       abs(int(m.group(7)) - (86400 - time.time() % 86400)) < 60 and
       int(m.group(5)) == int(m.group(7)) // 3600,
       "what one could take another cannot: how much is left, and when the "
       "day ends", said)
tap.ok(asks() == n + 1, "and that request did not leave")
got = {(r["line"], r["who"]): r for r in rows(fam, "limits")
       if r["limit"] == "spend"}
held = got.get(("total", None), {}).get("used", 0)
tap.ok(0.5 < held <= 1.5, "limits shows what is set aside", got)
tap.ok(tg.answer(ANA, "slowly", after=slow, timeout=15) and
       say(BEN, "mine-too"), "when it is settled there is room again")

# --- killed on the way --------------------------------------------------------------
for who in ("gate", "agent", "relay"):
    fam.stop()
    fam = start("kill-" + who, top="spend total usd 2.00/day\n")
    n = asks()
    tg.say(ANA, "slow-" + who, user=ANA)
    end = time.time() + 5
    while asks() == n and time.time() < end:
        time.sleep(0.02)
    pid = fam.pids()[who]
    os.kill(pid, signal.SIGKILL)
    again(fam, who, pid)
    session.polling(tg, fam)
    got = settled(fam, 0.5, ANA)
    tap.ok(got > 0.5, "%s killed with a request under way: it counts as "
           "spent" % who, lambda: (got, fam.log()[-1500:]))

# --- midnight ------------------------------------------------------------------------
fam.stop()
fam = start("midnight", top="spend user any usd 1.20/day\n")
tg.say(ANA, "slow-m", user=ANA)
time.sleep(1)
os.kill(fam.pids()["gate"], signal.SIGKILL)
settled(fam, 0.5, ANA)
said = say(ANA, "more", "are left")
tap.ok(LEFT.search(said or "") and "for one person" in said,
       "a person has a ceiling", said)
tap.ok(say(BEN, "other"), "which is nobody else's")
fam.stop()
db = sqlite3.connect(world.W + "/state/relay/relay.db")
db.execute("UPDATE spent SET day=day-1")
db.commit()
db.close()
fam.start()
session.polling(tg, fam)
tap.ok(say(ANA, "morning", "morning"), "another day (UTC) begins with nothing used")
fam.stop()

# --- a server that hangs up before it answers ------------------------------------------
fam = start("dropped", top="spend total usd 5.00/day\n")
seen = asks()
api.fault(match="messages", do="close", count=3)
said = say(ANA, "dropped", timeout=40)
tap.ok(said and asks() >= seen + 4, "what was dropped is asked again",
       (said, asks() - seen, fam.log()[-2000:]))
settled(fam, 0.0001)
tap.ok(0 < usd(fam) < 0.8, "and costs what was sent, not what an answer could "
       "have", usd(fam))
fam.stop()

# --- programs in the sandbox -----------------------------------------------------------
BODY = ('{"model":"claude-sonnet-5-5","max_tokens":%d,'
        '"messages":[{"role":"user","content":"inner-%s"}]}')
CURL = ("curl -s -m 8 -D - http://127.0.0.1:8790/v1/messages -H "
        "'content-type: application/json' -H 'anthropic-version: 2023-06-01' "
        "-d '%s'")
fam = start("inner", agent="spend usd 1.30/day", top="spend user %d usd "
            "1.40/day\n" % ANA)
api.rules({"text": "small", "reply": [tool("Bash", command=CURL % (
    BODY % (64, "s")))]}, {"text": "small", "result": "", "reply": [
        text("done: ${result} end")]},
          {"text": "large", "reply": [tool("Bash", command=CURL % (
              BODY % (100000, "l")))]},
          {"text": "large", "result": "", "reply": [text(
              "done: ${result} end")]})
said = say(ANA, "small", "end")
tap.ok(said and "200 OK" in said, "a program in the sandbox asks", said)
settled(fam, 0.0001, ANA)
got = rows(fam, "usage")
tap.ok(len(got) == 1 and got[0]["user"] == ANA and got[0]["requests"] == 3,
       "and is counted as the person's whose call it is", got)
said = say(ANA, "large", "end")
tap.ok(said and "429" in said and "x-should-retry: false" in said and
       "for one person" in said and "rate_limit_error" in said,
       "what could pass the ceiling is a 429", said)
said = say(BEN, "large", "end")
tap.ok(said and "for telegram" in said, "the agent has one as well", said)
session.finish("money", tg, api, fam)
