#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# Many chats: what answers of all at once add to each, what chats that are
# silent weigh, and what a burst of updates does to the relay.  Same world and
# fakes as bench.py; exit status 1 when a server saw a broken request.
import os
import sys
import time

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "../e2e/lib"))
sys.path.insert(0, HERE)
import world

if os.environ.get("TC_WORLD") is None and world.missing():
    sys.exit("bench: " + world.missing())
world.enter()

import fakes
import family
import session
from fakes import text
from figures import Records, Table, own_pss, quantile, smaps

CHATS = int(os.environ.get("TC_BENCH_CHATS", "200"))
IDLE, BURST = 1000, 10000
FIRST_CHAT = 20000
# A model's pace: 24 characters each 100 ms, for about ten seconds.
THINK_MS, PIECE, PIECES_MS, WORDS = 300, 24, 100, 340
ROUND_S, ROUNDS = 12, 3
table = Table()


# Sandboxes that waited are gone, and so are connections: those go a minute
# after the last request, when the long poll that shares them has ended.
SETTLED = 130


def now():
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000


def conf(chats):
    c = family.config(chats=chats, agent="requests 100000/minute parallel 256")
    return c.replace("log debug", "log info")


def message(chat, what, msg):
    return {"message": {
        "message_id": msg, "date": int(time.time()), "text": what,
        "chat": {"id": chat, "type": "private", "first_name": "Ana"},
        "from": {"id": chat, "is_bot": False, "first_name": "Ana"}}}


def at_once(tg, chats, what):
    """One message a chat, one after the other; {text: update_id}"""
    return {"%s%d." % (what, c): tg.say(c, "%s%d." % (what, c))["update_id"]
            for c in chats}


def bench_streams(tg, api, chats):
    """Each chat writes again when its answer has ended: in the second round
    and after it, all of them stream while each new message comes."""
    updates = {}
    t0 = time.time()
    for i in range(ROUNDS):
        if i == 1:
            since = now()
        for k, c in enumerate(chats):
            due = t0 + ROUND_S * (i + k / len(chats))
            time.sleep(max(0, due - time.time()))
            s = tg.say(c, "many-%d-%d." % (c, i))
            updates["many-%d-%d." % (c, i)] = s["update_id"]
    for c in chats:
        tg.wait(60, chat=c, contains="word%d" % (WORDS - 1))
    time.sleep(3)
    rec = Records(tg, api, since)
    left, first, end = rec.delivered(), rec.sse("text"), rec.sse("end")
    ask, show = [], []
    sends = {}
    for r in rec.sends("sendMessageDraft") + rec.sends():
        sends.setdefault(r["body"]["chat_id"], []).append(r["t"])
    for r in rec.requests():
        flat = str(r["body"]["messages"][-1]["content"])
        name = next((w for w in updates if w in flat), None)
        if name is None or updates[name] not in left:
            continue
        ask.append((r["t"] - left[updates[name]]) / 1000)
        chat = int(name.split("-")[1])
        late = [t for t in sends.get(chat, []) if t > first.get(r["id"], 0)]
        if r["id"] in first and late:
            show.append((min(late) - first[r["id"]]) / 1000)
    alive = [(first[r["id"]], end[r["id"]]) for r in rec.requests()
             if r["id"] in first and r["id"] in end]
    most = max(sum(a <= t < b for a, b in alive) for t, _ in alive)
    for label, v in (("update to Messages request", ask),
                     ("first text byte to first preview", show)):
        table.add("%d streams at once: %s, ms (%d)" % (most, label, len(v)),
                  quantile(v, .5), quantile(v, .95), "", None, 50,
                  quantile(v, .95))


def weight(fam):
    pids = fam.pids()
    pids.pop("tools")
    return own_pss(pids)


def talk(tg, chats):
    """Each says a word and is answered, twenty at a time."""
    for i in range(0, len(chats), 20):
        part = chats[i:i + 20]
        marks = [tg.say(c, "hi-%d" % c)["message_id"] for c in part]
        for c, m in zip(part, marks):
            tg.wait(60, chat=c, contains="ok", after=m)


def bench_idle(tg, fam, few, many):
    """A thousand turns of few chats, then one of a thousand more: what is
    kept a turn, and what was needed at the peak, is in both."""
    talk(tg, few * (len(many) // len(few)))
    time.sleep(SETTLED)
    before = weight(fam)
    talk(tg, many)
    time.sleep(SETTLED)
    after = weight(fam)
    parts = {n: (after[n] - before[n]) / 1024 for n in after if n in before}
    more = sum(parts.values())
    table.add("%d chats that spoke once and are idle: PSS, added, MiB" %
              len(many), more, None, "before %.1f" % (
                  sum(before.values()) / 1024), None, 2, more)
    for n, m in sorted(parts.items(), key=lambda p: -p[1])[:4]:
        table.add("  of it %s" % n, m, None, "before %.1f" % (
            before[n] / 1024), None, None, None)


def bench_burst(tg, fam, chats):
    """Commands: each has an answer of its own, so that none can be lost."""
    per = BURST // len(chats)
    for c in chats:
        tg.chat(c)
    relay = fam.pids()["relay"]
    before = smaps(relay, "Anonymous") / 1024
    t0, most = time.time(), before
    n0 = tg.stats()["counts"].get("sendMessage", 0)
    for i in range(per):
        tg.post("/push", {"updates": [
            message(c, "/whoami", 5000 + i) for c in chats]})
        most = max(most, smaps(relay, "Anonymous") / 1024)
    while tg.stats()["counts"].get("sendMessage", 0) - n0 < BURST and \
            time.time() - t0 < 300:
        most = max(most, smaps(relay, "Anonymous") / 1024)
        time.sleep(0.05)
    took = time.time() - t0
    got = tg.stats()["counts"].get("sendMessage", 0) - n0
    table.add("burst of %d updates: answered or told, share" % BURST,
              got / BURST, None, "in %.1f s" % took, None, None, None)
    table.add("burst: anonymous memory of the relay at most, MiB", most,
              None, "before %.1f" % before, None, None, None)


def main():
    world.make_tls()
    world.start_dns()
    tg, api = fakes.Telegram(), fakes.Anthropic()
    words = " ".join("word%d" % i for i in range(WORDS))
    api.rules(
        {"text": "many-", "reply": [text(words)], "piece": PIECE,
         "every_ms": PIECES_MS, "first_ms": THINK_MS},
        {"text": "hi-", "reply": [text("ok")]})
    chats = [FIRST_CHAT + i for i in range(CHATS)]
    idle = [FIRST_CHAT + 5000 + i for i in range(IDLE)]
    fam = family.Family(conf(chats + idle), "many").start()
    session.polling(tg, fam)
    # Conversations that stand: what is measured is answering, not the first
    # sandbox of each, which is built while the model thinks.
    for i in range(0, CHATS, 10):
        at_once(tg, chats[i:i + 10], "hi-")
        for c in chats[i:i + 10]:
            tg.wait(20, chat=c, contains="ok")
    time.sleep(2)
    for part in ("streams", "burst", "idle"):
        if len(sys.argv) > 1 and part not in sys.argv[1:]:
            continue
        if part == "streams":
            bench_streams(tg, api, chats)
        elif part == "burst":
            bench_burst(tg, fam, (chats + idle)[:400])
        else:
            bench_idle(tg, fam, chats[:20], idle)
    fam.stop()
    table.show()
    broken = tg.failures() + api.failures()
    for f in broken[:20]:
        print("a server saw a broken request:", f["why"], file=sys.stderr)
    return 1 if broken else 0


sys.exit(main())
