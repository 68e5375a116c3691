#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# kill -9 of each process in turn while a chat of TC_CRASH_MESSAGES (200)
# messages goes on.  Every message is answered, no tool and no turn runs
# twice, the person is told of an interrupted turn; a message of ours appears
# twice only when the kill fell between a sendMessage and its answer.
import os
import random
import re
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
import session
import tap
from fakes import text, tool
from family import ANA, ENGINES, Family, config
from session import PROJECTS

N = int(os.environ.get("TC_CRASH_MESSAGES", "200"))
SEED = int(os.environ.get("TC_CRASH_SEED", "1"))
random.seed(SEED)
tg, api = session.begin()
api.rules(
    {"text": "msg-", "reply": [text("On it, ${text}. "), tool(
        "Bash", command="echo run-${text} >> runs.txt; echo done")]},
    {"text": "msg-", "result": "", "reply": [text("answer to ${text}")]})
conf = config(telegram="stream edit every 300ms\n\tpoll 5s limit 100\n"
              "\tretry 200ms to 1s factor 2.0 jitter 0.1 attempts 0")
fam = Family(conf, "crash").start()
session.polling(tg, fam)
tap.note("seed %d, %d messages" % (SEED, N))

# What is killed in the course of message i: every engine in turn, in the
# midst of the turn; the relay also by the fake, inside and outside of the
# sendMessage window.  The parent is last: it takes all down and is started
# again, as systemd would.
plan = {}
victims = [e for e in ENGINES if e != "keeper"] + ["keeper", "parent"]
kinds = ["applied", "received", "replied"]
slots = victims * 2 + ["window"] * 9 if N >= 200 else \
    victims + ["window"] * 3
for k in range(len(slots)):             # spread out, windows between engines
    at = 2 + k * (N - 4) // len(slots)
    plan[at] = slots[(k * 7) % len(slots)]
inside, killed = [], {}
chance = set()                  # a blind kill may have hit the window as well


def pressed(chat, tag):
    """Presses Continue under the notice of this interrupted turn.  One that
    had said all before would be asked once more, under the next message."""
    n = 0
    for m in tg.chat(chat)["messages"]:
        if not m["bot"] or m["message_id"] in seen_buttons or \
                tag not in m["text"]:
            continue
        for b in [b for row in (m.get("markup") or {}).get(
                "inline_keyboard", []) for b in row]:
            if "ontinue" in b["text"]:
                seen_buttons.add(m["message_id"])
                tg.post("/press", {"chat": chat, "data": b["callback_data"],
                                   "message_id": m["message_id"]})
                n += 1
    return n


seen_buttons = set()
notices = 0


def answers(said, tag):
    """After Continue the model is also told that it was interrupted."""
    return re.search(r"answer to (\[.*\])?\s*" + tag, said, re.S)


def settle(tag, timeout):
    """Until the message is answered, or told of as interrupted."""
    global notices
    end = time.time() + timeout
    while time.time() < end:
        tg.wait(0.3, chat=ANA, contains="answer to " + tag)
        if any(answers(t, tag) for t in tg.bot_texts(ANA)):
            return True
        notices += pressed(ANA, tag)
        if fam.proc.poll() is not None:
            return False
    return False


unanswered, relay_kills, hits = [], 0, 0
for i in range(N):
    tag = "msg-%04d" % i
    who = plan.get(i)
    if who in ("window", "relay"):
        relay_kills += 1
    if relay_kills > 3:         # each restart of one waits twice as long
        fam.stop()
        fam.start()
        session.polling(tg, fam)
        relay_kills = 0
    if who == "window":
        pid = fam.pids().get("relay")
        when = kinds[hits % 3]
        hits += 1
        tg.fault(match="sendMessage", do="kill", pid=pid,
                 sig=int(signal.SIGKILL), when=when)
        if when != "replied":
            inside.append(tag)
        # else it falls later, into whatever is under way by then
    tg.say(ANA, tag)
    if who and who != "window":
        time.sleep(random.random() * 0.06)
        pid = fam.pids().get(who)
        if pid:
            os.kill(pid, signal.SIGKILL)
            killed[who] = killed.get(who, 0) + 1
        if who in ("relay", "parent"):
            chance.add(tag)
        if who == "parent":
            fam.proc.wait()
            time.sleep(0.3)
            left = [p for p in session.left_behind() if "process" in p]
            tap.ok(not left, "the parent's death takes all with it",
                   "\n".join(left))
            fam.start()
    if not settle(tag, 25):
        unanswered.append(tag)
        tap.note("%s is not answered (%s, %s): %s" % (
            tag, plan.get(i), inside[-1:], tg.bot_texts(ANA)[-3:]))
        if len(unanswered) > 3:
            break
        if fam.proc.poll() is not None:
            tap.ok(False, "telclauded still runs", fam.log()[-3000:])
            break
    tg.post("/faults/clear")

for who in victims:
    tap.ok(killed.get(who, 0) > 0, "%s was killed, %d times" % (
        who, killed.get(who, 0)))
tap.ok(not unanswered, "no message is lost", "%s\n%s" % (
    unanswered[:20], fam.log()[-4000:]))
with open(PROJECTS + "/runs.txt") as f:
    ran = [m for line in f for m in re.findall(r"msg-\d{4}", line)]
twice = sorted({t for t in ran if ran.count(t) > 1})
tap.ok(not twice, "no tool ran twice", twice)

# A kill after an answer comes 30 ms later: a turn takes less, so it may fall
# into the window of another message.  The server knows which; repeat.t is
# exact about the rest.
records = tg.records()
for k in [r for r in records if r["ev"] == "kill" and r["when"] == 2]:
    for r in records:
        if r["ev"] == "req" and r.get("method") == "sendMessage" and \
                0 <= k["t"] - r["t"] < 60000:
            chance |= set(re.findall(r"msg-\d{4}", str(r["body"])))

texts = [m["text"] for m in tg.chat(ANA)["messages"]
         if m["bot"] and not m["deleted"]]
MARK = "\u21bb sent again"
repeats, unmarked, marks = {}, [], sum(MARK in x for x in texts)
for t in ["msg-%04d" % i for i in range(N)]:
    # What comes after the notice is the continued turn's own word.
    told = [i for i, x in enumerate(texts)
            if "I was restarted" in x and t in x]
    first = [x for x in texts[:told[0] if told else len(texts)]
             if "On it, %s." % t in x]
    for same in (first, [x for x in texts if answers(x, t)]):
        if len(same) > 1:
            repeats[t] = max(len(same), repeats.get(t, 0))
            if sum(MARK in x for x in same) != 1:
                unmarked.append(same)
outside = {t: n for t, n in repeats.items()
           if t not in inside and t not in chance}
tap.ok(not outside, "outside of the window nothing appears twice", outside)
tap.ok(all(n == 2 for n in repeats.values()),
       "inside it, twice at most", repeats)
tap.ok(not unmarked, "and the repeat says so", unmarked)
tap.ok(repeats, "the windows were really hit")
tap.ok(marks <= len(inside) + sum(killed.values()),
       "no more are marked than were in doubt", marks)
tap.note("%d windows hit from inside, %d messages repeated, %d marked, %d "
         "notices of an interrupted turn, %d kills" % (
             len(inside), len(repeats), marks, notices,
             sum(killed.values())))
tap.ok(notices > 0, "interrupted turns were told, and continued")
if os.environ.get("TC_KEEP"):
    os.system("cp -r %s/*.log %s/*.err %s/state/relay %s" % (
        (session.world.W,) * 3 + (os.environ["TC_KEEP"],)))
session.finish("crash", tg, api, fam)
