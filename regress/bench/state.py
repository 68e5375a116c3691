# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# What much state costs: a start with 100,000 turns and a transcript of
# 100 MB behind it, and what a chat notices of a backup of all that.
import os
import sqlite3
import subprocess
import threading
import time

import world
from family import ANA
from figures import quantile

TURNS, TEXT_MB, STARTS, ASKED = 100000, 100, 8, 40


def fill():
    """As they are after months: most turns done, their text gone."""
    day = 86400000
    t0 = int(time.time() * 1000) - 60 * day
    d = sqlite3.connect(world.W + "/state/relay/relay.db")
    d.executemany("INSERT INTO turns(id,chat,topic,user,msg,conv,at,resumes,"
                  "grp,state,name,text,ended) VALUES(?,1001,0,1001,?,77,?,0,"
                  "0,2,'Ana','',?)", ((i, 10 ** 7 + i, t0 + i * 50000,
                                       t0 + i)
                                      for i in range(1, TURNS + 1)))
    d.executemany("INSERT OR IGNORE INTO updates VALUES(?,1001,1001,?,0)",
                  ((i, t0 + i * 50000) for i in range(1, 2001)))
    d.executemany("INSERT OR REPLACE INTO spent VALUES(?,?,1,1,2,3,4,5,6)",
                  ((20000 + i // 20, 3000 + i % 20) for i in range(1800)))
    d.commit()
    d.close()
    d = sqlite3.connect(world.W + "/state/agent-telegram/transcript.db")
    text = '[{"type":"text","text":"%s"}]' % ("word " * 1600)
    for c in range(TEXT_MB):
        d.execute("INSERT INTO conversations VALUES(?,?)",
                  (1 << 40 | c, t0 + c))
        d.executemany("INSERT INTO messages VALUES(?,?,?,?)",
                      ((1 << 40 | c, i, i % 2 == 0, text)
                       for i in range(120)))
    d.commit()
    d.close()


def ask(tg, n, pause):
    took = []
    for i in range(n):
        s = tg.say(ANA, "backup %d" % i)
        m = tg.answer(ANA, "echo: backup %d" % i, after=s["message_id"])
        if m is None:
            raise SystemExit("bench: no answer")
        took.append((m["t"] - s["t"]) / 1000)
        time.sleep(pause)
    return took


def starts(tg, conf, start):
    took = []
    for _ in range(STARTS):
        fam, ms = start(tg, conf)
        took.append(ms)
        fam.stop()
    return took


def bench(tg, conf, start, table):
    fam, _ = start(tg, conf)
    ask(tg, 1, 0)
    fam.stop()
    took = starts(tg, conf, start)
    table.add("start with next to nothing, ms", quantile(took, .5),
              quantile(took, .95), "", None, None, None)
    fill()
    took = starts(tg, conf, start)
    table.add("start with %d turns and %d MB of transcripts, ms" % (
        TURNS, TEXT_MB), quantile(took, .5), quantile(took, .95), "", None,
        100, quantile(took, .5))
    fam, _ = start(tg, conf)
    alone = ask(tg, ASKED, 0.02)
    path, out = world.W + "/bench.tar", []

    def backup():
        t = time.time()
        r = subprocess.run([world.obj() + "/bin/telclaudectl", "-s",
                            world.W + "/run/telclauded.sock", "backup", path],
                           capture_output=True, text=True)
        out.append((r, time.time() - t))
    th = threading.Thread(target=backup)
    th.start()
    beside = []
    while th.is_alive():
        beside += ask(tg, 1, 0.02)
    th.join()
    r, secs = out[0]
    if r.returncode != 0:
        raise SystemExit("bench: backup: " + r.stderr)
    table.add("backup: %d MB, written and read back, s" % (
        os.stat(path).st_size >> 20), secs, None, "", None, None, None)
    table.add("message to answer, no backup, ms", quantile(alone, .5),
              quantile(alone, .95), "", None, None, None)
    table.add("message to answer, while one is made, ms",
              quantile(beside, .5), quantile(beside, .95), "", None, None,
              None)
    os.unlink(path)
    fam.stop()
