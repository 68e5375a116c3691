#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# The family's figures over TLS at the real names, with the fakes as clocks:
# both stamp what they see with one monotonic clock.  TC_BENCH_SECONDS scales
# the parts that wait.  What misses its limit says NO; exit status 1 when a
# server saw a broken request.  -j: JSON.
#
# Baselines: the claude program (cold, later turn, tool round, memory), and
# the Node systems of the same job, measured on one machine with these fakes;
# bash by plain fork and exec, and bwrap, measured here and now.
#
# The log is at its default level.  The model thinks THINK_MS before its first
# byte, as no real one is faster: spares are made meanwhile, and that time is
# in no figure.  State lies on a tmpfs: no disk is measured.
import json
import os
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "../e2e/lib"))
sys.path.insert(0, HERE)
import world

if os.environ.get("TC_WORLD") is None and world.missing():
    sys.exit("bench: " + world.missing())
world.enter()

import egress
import fakes
import family
import session
import state
from fakes import text, tool
from family import ANA
from figures import Records, Table, own_pss, quantile, smaps, wakeups

SECONDS = int(os.environ.get("TC_BENCH_SECONDS", "20"))
STARTS, TURNS, CHATS = 12, 60, 50
EDIT_MS = 300
THINK_MS = 30
SPARE_S = 60                    # then a sandbox that waits is dropped
FIRST_CHAT = 20000
table = Table()


def now():
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000


def start(tg, conf, env=None):
    fam = family.Family(conf, "bench", env)
    if env:
        fam.program = "/test/sabparent"
    seen = len(tg.requests("getUpdates"))
    fam.start()
    session.polling(tg, fam)
    first = tg.requests("getUpdates")[seen]["t"]
    return fam, (first - fam.started) / 1000


def bench_start(tg, conf):
    took, bare = [], []
    for _ in range(STARTS):
        fam, ms = start(tg, conf)
        took.append(ms)
        fam.stop()
        # The same program, told to leave it out: one after the other, so
        # that what else the machine does falls upon both.
        fam, ms = start(tg, conf, {"TC_SABOTAGE": "selftest:all"})
        bare.append(ms)
        fam.stop()
    table.add("start: exec to first getUpdates on the wire, ms",
              quantile(took, .5), quantile(took, .95),
              "Node relay 1753; one TLS process 18.6", 1753, 100,
              quantile(took, .5))
    adds = quantile(took, .5) - quantile(bare, .5)
    table.add("start: what the selftest adds to it, ms", adds,
              quantile(took, .95) - quantile(bare, .95),
              "without it %.1f" % quantile(bare, .5), None, 40, adds)


def bench_idle(fam, api):
    time.sleep(3)
    pids = fam.pids()
    pids.pop("tools")
    asked = api.stats()["requests"]
    before = {p: wakeups(p) for p in pids.values()}
    t0 = time.time()
    time.sleep(SECONDS)
    rate = {n: (wakeups(p) - before[p]) / (time.time() - t0)
            for n, p in pids.items()}
    pss = own_pss(pids)
    anon = {n: smaps(p, "Anonymous") for n, p in pids.items()}
    total = sum(pss.values()) / 1024
    table.add("idle: PSS, shared pages in full and once, MiB", total, None,
              "claude 190; Node relay 256; OpenClaw 743", 256, 16, total)
    light = [anon[n] for n in anon if n not in ("relay", "gate", "parent")]
    table.add("idle: anonymous, the most of an engine without libcurl, MiB",
              max(light) / 1024, None, "", None, 0.5, max(light) / 1024)
    table.add("idle: wake-ups a second, the whole family",
              sum(rate.values()), None, "Node relay 0.3; OpenClaw 84", None,
              2, sum(rate.values()))
    n = api.stats()["requests"] - asked
    table.add("idle: requests to the model", n, None, "", None, 0, n)
    return ["  %-9s PSS %6.2f MiB  anonymous %5.2f MiB  wake-ups %.2f/s" % (
        n, pss[n] / 1024, anon[n] / 1024, rate[n]) for n in pss]


def turns(tg, chats, count, gap):
    """Each chat says count things, gap seconds apart; then all is quiet."""
    since = now()
    updates = {}
    t0 = time.time()
    for i in range(count):
        for k, chat in enumerate(chats):
            due = t0 + gap * (i + k / len(chats))
            time.sleep(max(0, due - time.time()))
            s = tg.say(chat, "bench %d-%d." % (chat, i))
            updates["bench %d-%d." % (chat, i)] = s["update_id"]
        if len(chats) == 1:
            tg.wait(10, chat=chats[0], contains="done: bench %d-%d." % (chats[0], i))
    for chat in chats:
        tg.wait(20, chat=chat, contains="done: bench %d-%d." % (chat, count - 1))
    return since, updates


def latencies(tg, api, since, updates):
    rec = Records(tg, api, since)
    left = rec.delivered()
    end, first = rec.sse("end"), rec.sse("text")
    ask, tools, show = [], [], []
    sends = rec.sends()
    open_round = {}
    for r in rec.requests():
        content = r["body"]["messages"][-1]["content"]
        flat = str(content)
        name = next((w for w in updates if w in flat), None)
        if "tool_result" not in flat and name:
            ask.append((r["t"] - left[updates[name]]) / 1000)
            open_round[name] = r["id"]
        elif "tool_result" in flat:
            told = [m for m in r["body"]["messages"] if m["role"] == "user"]
            name = next((w for m in reversed(told) for w in updates
                         if w in str(m["content"])), None)
            if name in open_round and open_round[name] in end:
                tools.append((r["t"] - end[open_round[name]]) / 1000)
            if name and r["id"] in first:
                mine = [s for s in sends if s["t"] > first[r["id"]] and
                        s["body"]["text"].startswith("done: " + name)]
                if mine:
                    show.append((mine[0]["t"] - first[r["id"]]) / 1000)
    return ask, tools, show


def report(tg, api, label, since, updates, p95, plain_ms):
    ask, tools, show = latencies(tg, api, since, updates)
    for what, v, base, ratio, limit in (
            ("update to Messages request", ask,
             "claude 15 (cold 284); Node relay 1329", 15, 3),
            ("tool_use to next request (Bash true)", tools,
             "claude 60; bash -c true alone here %.2f, %.2f" % plain_ms,
             60, 4),
            ("first text byte to first send", show,
             "Node relay 25; OpenClaw 164", 25, 5)):
        q = quantile(v, .95 if p95 else .5)
        table.add("%s: %s, ms (%d)" % (label, what, len(v)),
                  quantile(v, .5), quantile(v, .95), base, ratio, limit, q)


def bench_edit(tg, api):
    since = now()
    s = tg.say(ANA, "stream, please")
    tg.answer(ANA, "word199", after=s["message_id"], timeout=30)
    time.sleep(EDIT_MS / 1000 + .1)
    rec = Records(tg, api, since)
    at = [r["t"] for r in rec.sends()[:1] + rec.sends("editMessageText")]
    late = [(b - a) / 1000 - EDIT_MS for a, b in zip(at, at[1:-1])]
    late = [max(0, x) for x in late]
    table.add("1 chat: an edit falling due to its send, ms (%d)" % len(late),
              quantile(late, .5), quantile(late, .95), "", None, 5,
              quantile(late, .5))


def plain(count):
    """bash by plain fork and exec, in the rhythm of the 50 chats; ms."""
    r = subprocess.run([world.obj() + "/test/plain", str(count), "20000"],
                       capture_output=True, text=True, check=True)
    j = json.loads(r.stdout)
    return j["median"] / 1000, j["p95"] / 1000


def bench_sandbox():
    """What a call's walls cost over plain fork and exec, and bwrap's."""
    r = subprocess.run([world.obj() + "/test/toolbench"], capture_output=True,
                       text=True)
    over = {}
    for line in r.stdout.splitlines():
        if line.startswith("{"):
            j = json.loads(line)
            over[j["name"]] = (j["over"] / 1000, (j["p95"] - j["median"] +
                                                  j["over"]) / 1000)
    bwrap = over.get("bwrap --unshare-all", (None, None))[0]
    for name, limit in (("sandbox warm, to the answer", 0.3),
                        ("sandbox warm", 0.3), ("sandbox cold", 1.2)):
        med, p95 = over.get(name, (None, None))
        table.add(name + ", over fork+exec, ms", med, p95,
                  "bwrap --unshare-all here %s" % (
                      "is missing" if bwrap is None else "%.2f" % bwrap),
                  bwrap, limit, med)
    if not over:
        print("toolbench: " + r.stderr, file=sys.stderr)


def bench_tunnel():
    """The tools' tunnel beside the same connections without it."""
    m = egress.measure(world.obj())
    direct, way = (m["connect_us"][k] for k in ("direct", "tunnel"))
    added = m["connect_added_us"] / 1000
    table.add("tunnel: CONNECT to the first TLS byte, added, ms", added,
              (way["p95"] - direct["p50"]) / 1000, "direct %.2f" % (
                  direct["p50"] / 1000), None, 0.5, added)
    for conns, share in (("1", 0.65), ("64", 0.85)):
        lost = 1 - m["share"][conns]
        table.add("tunnel: throughput lost, %s connections, of 1" % conns,
                  lost, None, "direct %d MB/s" % m["mb_s"][conns]["direct"],
                  None, round(1 - share, 2), lost)


def bench_spares(fam):
    """What waits after the load, and that nothing does a minute later."""
    pids = fam.pids()
    waiting = pids.pop("tools")
    alone = sum(own_pss(pids).values())
    pids.update({"tool %d" % p: p for p in waiting})
    more = sum(own_pss(pids).values()) - alone
    table.add("after the load: %d sandboxes wait, PSS of all, MiB" %
              len(waiting), more / 1024, None, "", None, None, None)
    time.sleep(SPARE_S + 3)
    left = len(fam.pids()["tools"])
    table.add("a minute later: sandboxes that wait", left, None, "", None, 0,
              left)


def bench_audit():
    """A million lines, from page cache: what hashing and checking take."""
    log, ctl = world.W + "/long.log", world.obj() + "/bin/telclaudectl"
    key = subprocess.run([world.obj() + "/test/auditload", "1000000", log],
                         capture_output=True, text=True, check=True).stdout
    took = []
    for _ in range(3):
        t = now()
        r = subprocess.run([ctl, "audit", "verify", log, "key=" + key.strip()],
                           capture_output=True, text=True)
        took.append((now() - t) / 1e6)
        if r.returncode != 0:
            sys.exit("bench: audit verify: " + r.stdout + r.stderr)
    os.unlink(log)
    table.add("audit: 1,000,000 lines and 1,000 seals verified, s",
              quantile(took, .5), max(took), "", None, 5, quantile(took, .5))


def bench_policy():
    """A message from its arrival to its queue, in the relay's own code."""
    r = subprocess.run([world.obj() + "/test/policy"], capture_output=True,
                       text=True, check=True)
    j = json.loads(r.stdout)
    table.add("policy pipeline without observer, a message, ms",
              j["median"] / 1000, j["p95"] / 1000, "", None, 0.3,
              j["median"] / 1000)


def main():
    world.make_tls()
    world.start_dns()
    tg, api = fakes.Telegram(), fakes.Anthropic()
    words = " ".join("word%d" % i for i in range(200))
    api.rules(
        {"text": "bench", "reply": [tool("Bash", command="true")],
         "first_ms": THINK_MS},
        {"text": "bench", "result": "", "reply": [text("done: ${text}")],
         "first_ms": THINK_MS},
        {"text": "stream", "reply": [text(words)], "piece": 12,
         "every_ms": 20})
    chats = [FIRST_CHAT + i for i in range(CHATS)]
    conf = family.config(chats=[ANA] + chats, telegram="stream edit every "
                         "%dms\n\treact off" % EDIT_MS,
                         agent="requests 100000/minute parallel 64")
    conf = conf.replace("log debug", "log info")
    bench_start(tg, conf)
    session.fresh()
    fam, _ = start(tg, conf)
    rows = bench_idle(fam, api)
    since, updates = turns(tg, [ANA], TURNS, 0)
    base = plain(100)
    report(tg, api, "1 chat", since, updates, False, base)
    bench_edit(tg, api)
    since, updates = turns(tg, chats, max(3, SECONDS // 2), 1.0)
    report(tg, api, "%d chats" % CHATS, since, updates, True, base)
    bench_spares(fam)
    fam.stop()
    session.fresh()
    state.bench(tg, conf, start, table)
    bench_sandbox()
    bench_tunnel()
    bench_audit()
    bench_policy()
    if "-j" in sys.argv[1:]:
        table.show_json()
    else:
        table.show()
        print("\n" + "\n".join(rows))
    broken = tg.failures() + api.failures()
    for f in broken:
        print("a server saw a broken request:", f["why"], file=sys.stderr)
    shutil.rmtree(world.W + "/state", ignore_errors=True)
    # Figures are for people: what misses its limit says NO above.
    return 1 if broken else 0


sys.exit(main())
