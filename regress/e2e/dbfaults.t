#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# What can be wrong with the databases, through the whole family: a start that
# fails says which file and what to do and leaves the file as it is; in
# service nothing is acknowledged that is not saved, each try says why it
# ends, and all goes on when the cause is gone.
import os
import signal
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
import session
import tap
import world
from family import ANA, Family, config

tg, api = session.begin()
STATE = world.W + "/state"
RELAY = STATE + "/relay/relay.db"
AGENT = STATE + "/agent-telegram/transcript.db"
conf = config(telegram="poll 2s limit 100\n"
              "\tretry 200ms to 1s factor 2.0 jitter 0.1 attempts 0")
fam = Family(conf, "dbfaults")


def say(what, name, timeout=15):
    s = tg.say(ANA, what)
    m = tg.answer(ANA, "echo: " + what, after=s["message_id"],
                  timeout=timeout)
    tap.ok(m, name, lambda: "%s\n%s" % (
        tg.bot_texts(ANA, s["message_id"]), fam.log()[-3000:]))
    return s


def log_from(mark):
    return fam.log()[mark:]


fam.start()
session.polling(tg, fam)
say("before all of it", "a state to begin with")
fam.stop()


def read(path):
    with open(path, "rb") as f:
        return f.read()


def write(path, data):
    """As its engine would, in one step."""
    st = os.stat(os.path.dirname(path))
    with open(path + ".test", "wb") as f:
        f.write(data)
    os.chown(path + ".test", st.st_uid, st.st_gid)
    os.chmod(path + ".test", 0o600)
    os.rename(path + ".test", path)


def gone(path):
    if os.path.exists(path):
        os.unlink(path)


left = [p for p in (RELAY, AGENT) if os.path.exists(p + "-wal") and
        os.stat(p + "-wal").st_size > 0]
tap.ok(not left, "after an ordered end one file holds all", left)
good = {p: read(p) for p in (RELAY, AGENT)}


# --- a start with a file that is wrong --------------------------------------
def no_start(path, data, name, why):
    gone(path + "-wal")
    write(path, data)
    mark = len(fam.log())
    fam.start()
    rc = fam.exited(15)
    log = log_from(mark)
    lines = [x for x in log.splitlines() if path in x and why in x]
    tap.ok(rc == 1 and lines, "%s: no start, and why" % name,
           "%s\n%s" % (rc, log[-3000:]))
    tap.ok(any("telclaudectl restore" in x for x in lines),
           "with what to do about it", log[-1500:])
    tap.ok(read(path) == data and not session.left_behind(),
           "the file is as it was, nothing is left", session.left_behind())
    tap.ok(any("did not start" in x and why in x for x in log.splitlines()),
           "the last word of the start has it", log[-800:])
    fam.stop()
    gone(path + "-wal")
    write(path, good[path])


for path in (RELAY, AGENT):
    which = os.path.basename(path)
    no_start(path, b"", which + " of zero bytes", "is empty, 0 bytes")
    no_start(path, b"q" * 8192, which + " that is text", "not a database")
    data = good[path]
    no_start(path, data[:4096] + b"\xa5" * 4096 + data[8192:],
             which + " with a bad page", "it is damaged")
    no_start(path, data[:60] + b"\0\0\0\x63" + data[64:],
             which + " of a later release", "made by a newer telclauded")

os.rename(RELAY, RELAY + ".away")
with open(RELAY + "-wal", "wb") as f:
    f.write(b"what was written last")
mark = len(fam.log())
fam.start()
tap.ok(fam.exited(15) == 1 and "is missing, but what was written to it last" in
       log_from(mark), "a WAL without its database: no start, and why",
       log_from(mark)[-2000:])
fam.stop()
os.unlink(RELAY + "-wal")
os.rename(RELAY + ".away", RELAY)

other = sqlite3.connect(RELAY, isolation_level=None)
other.execute("BEGIN IMMEDIATE")
mark = len(fam.log())
fam.start()
rc = fam.exited(20)
tap.ok(rc == 1 and "process %d has it open" % os.getpid() in log_from(mark),
       "a database that another process has open: it is named",
       log_from(mark)[-2000:])
fam.stop()
other.execute("ROLLBACK")
other.close()

# --- a disk of its own for the relay ------------------------------------------
def mount_small(path, size):
    st = os.stat(path)
    keep = {f: read(path + "/" + f) for f in os.listdir(path)
            if os.path.isfile(path + "/" + f)}
    world.run("mount", "-t", "tmpfs", "-o", "size=%s,mode=700,uid=%d,gid=%d"
              % (size, st.st_uid, st.st_gid), "small", path)
    for f, data in keep.items():
        with open(path + "/" + f, "wb") as fd:
            fd.write(data)
        os.chown(path + "/" + f, st.st_uid, st.st_gid)
        os.chmod(path + "/" + f, 0o600)


def stuff(path):
    """Fills the file system to the last byte."""
    n = 0
    with open(path + "/ballast", "wb", buffering=0) as f:
        try:
            while True:
                n += f.write(b"\0" * 4096)
        except OSError:
            pass
    return n


mount_small(STATE + "/relay", "2M")
world.run("mount", "-o", "remount,ro", STATE + "/relay")
mark = len(fam.log())
fam.start()
tap.ok(fam.exited(15) == 1 and "read-only" in log_from(mark) and
       RELAY in log_from(mark), "a read-only file system: no start, and why",
       log_from(mark)[-2000:])
fam.stop()
world.run("mount", "-o", "remount,rw", STATE + "/relay")

fam.start()
session.polling(tg, fam)
say("room enough", "with room it serves")
first = fam.pids()
turns = api.stats()["requests"]
mark = len(fam.log())
tap.ok(stuff(STATE + "/relay") > 0, "the disk is filled")
# The WAL of the first lines still has room: write until it has none.
told = []
for i in range(60):
    told.append(tg.say(ANA, "on a full disk %d " % i + "x" * 3000))
    if fam.log_wait("the disk is full", 0.3, after=mark):
        break
tap.ok(fam.log_wait("the disk is full: make room on it; nothing is "
                    "acknowledged that is not saved", 5, after=mark),
       "the relay ends and says why", log_from(mark)[-2000:])
tap.ok(fam.log_wait("relay died", 5, after=mark) and fam.log_wait(
    "starts again in 1 s", 5, after=mark), "it is started again",
       log_from(mark)[-1500:])
tap.ok(fam.log_wait("starts again in 2 s", 8, after=mark),
       "each time later", log_from(mark)[-1500:])
deaths = [x for x in log_from(mark).splitlines() if "relay died" in x]
tap.ok(deaths and all("disk is full" in x for x in deaths),
       "and each death has its reason", deaths)
r = fam.ctl("status")
tap.ok(r.returncode == 1 and "relay" in r.stdout, "status is degraded",
       r.stdout + r.stderr)
now = fam.pids()
tap.ok(all(now.get(e) == first.get(e) for e in first
           if e not in ("relay", "tools")), "the others stay as they are",
       (first, now))
os.unlink(STATE + "/relay/ballast")
for s in told:
    m = tg.answer(ANA, s["text"][:18] if "text" in s else "on a full disk",
                  after=s["message_id"], timeout=30)
tap.ok(m, "with room again every message is answered",
       lambda: "%s\n%s" % (tg.bot_texts(ANA), fam.log()[-3000:]))
time.sleep(1)
ran = api.stats()["requests"] - turns
tap.ok(ran == len(told), "and ran once", (ran, len(told)))

# --- the same for the agent -------------------------------------------------------
fam.stop()
world.run("umount", STATE + "/relay")
mount_small(STATE + "/agent-telegram", "1M")
fam.start()
session.polling(tg, fam)
say("the agent has room", "the agent's own disk")
turns = api.stats()["requests"]
mark = len(fam.log())
stuff(STATE + "/agent-telegram")
for i in range(40):
    s = tg.say(ANA, "agent full %d " % i + "y" * 3000)
    m = tg.wait(10, chat=ANA, after=s["message_id"])
    if m is None or "echo:" not in m["message"]["text"]:
        break
tap.ok(m and "failed on this machine" in m["message"]["text"] and
       "disk full" in m["message"]["text"], "its full disk: the person is "
       "told whose fault it is", m)
tap.ok(any(AGENT in x and "the disk is full" in x
           for x in log_from(mark).splitlines()),
       "and the log says which file", log_from(mark)[-1500:])
tap.ok("agent/telegram died" not in log_from(mark),
       "the agent stays", log_from(mark)[-1500:])
os.unlink(STATE + "/agent-telegram/ballast")
say("the agent has room again", "with room again it answers")

# --- damage that comes while it runs --------------------------------------------
fam.stop()
world.run("umount", STATE + "/agent-telegram")
fam.start()
session.polling(tg, fam)
say("well again", "back on the old disk")
for path, engine in ((RELAY, "relay"), (AGENT, "agent")):
    mark = len(fam.log())
    pid = fam.pids()[engine]
    os.kill(pid, signal.SIGSTOP)
    wal = read(path + "-wal") if os.path.exists(path + "-wal") else b""
    whole = read(path)
    write(path, whole[:4096] + b"\xa5" * (len(whole) - 4096))
    gone(path + "-wal")
    os.kill(pid, signal.SIGKILL)
    tap.ok(fam.log_wait("starts again in 2 s", 10, after=mark) and
           path + ": it is damaged" in log_from(mark),
           "%s damaged while it runs: tried again, later each time, with "
           "its reason" % engine, log_from(mark)[-2500:])
    if engine == "agent":
        s = tg.say(ANA, "without an agent")
        m = tg.wait(10, chat=ANA, after=s["message_id"])
        tap.ok(not m or "echo" not in m["message"]["text"],
               "nothing is answered from an empty store")
    if wal:
        write(path + "-wal", wal)
    write(path, whole)
    end = time.time() + 20
    while time.time() < end and engine not in fam.pids():
        time.sleep(0.1)
    say("after the %s's file" % engine, "put back, it goes on by itself", 30)
session.finish("dbfaults", tg, api, fam)
