#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# Limits that the tools of an agent share, held by control groups: each is
# attacked by spreading over processes, with a twin that stays within; one
# call is ended without another; nothing of a killed run stays.
import fcntl
import os
import re
import shutil
import signal
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)),
                                "lib"))
import tooldrv                                          # noqa: E402
from tooldrv import OWNER, Scope, alive, tap  # noqa: E402

tooldrv.usable()
TOP = tempfile.mkdtemp(prefix="limits")
os.chmod(TOP, 0o755)
MEMORY, PIDS, CPU = 1, 2, 4
RO_MEMORY = 6
V1 = "/sys/fs/cgroup/%s"


def folder(name):
    path = os.path.join(TOP, name)
    os.makedirs(path, exist_ok=True)
    os.chown(path, OWNER, OWNER)
    return path


def scope(name, *args):
    s = Scope(folder(name), *args)
    s.bash("true")          # the first one waits for its groups
    return s


def has(s, ctl, name):
    """Are there control groups for it here?"""
    if s.ask({"running": 1})["limits"] & ctl:
        return True
    tap.skip(name, "no control group holds it on this machine")
    return False


def groups(pid):
    with open("/proc/%d/cgroup" % pid) as f:
        return dict(ln.strip().split(":", 2)[1:] for ln in f)


def wait_for(fn, seconds=20):
    end = time.monotonic() + seconds
    while not fn() and time.monotonic() < end:
        time.sleep(0.02)
    return fn()


def sleepers():
    found = []
    for p in alive():
        try:
            with open("/proc/%d/cmdline" % p) as f:
                found += [p] * f.read().startswith("sleep\x00" "321\x00")
        except OSError:
            pass
    return found


def members():
    s = scope("members")
    a = s.start("Bash", {"command": "sleep 1.5; echo a"})
    b = s.start("Bash", {"command": "setsid sh -c 'sleep 321 & sleep 321'; "
                                    "echo b"}, conv=2, time_ms=8000)
    wait_for(lambda: len(sleepers()) == 2 and len(alive()) >= 5)
    seen = [groups(p) for p in alive()]
    limits = s.ask({"running": 1})["limits"]
    for ctl, name in ((MEMORY, "memory"), (PIDS, "pids"), (CPU, "cpu")):
        if not limits & ctl:
            tap.skip("a member of " + name, "not on this machine")
            continue
        # Version 1 has a line for it, version 2 the empty one.
        where = {g.get(name, g.get("", "")) for g in seen}
        tap.ok(len(seen) >= 4 and all("/telclauded-" in w and "/telegram." in
                                      w for w in where),
               name + ": all processes of all calls are in the scope's group",
               where)
    own = {g.get("", "") for g in seen}
    if all("/telegram." in g for g in own):
        tap.ok(len(own) == 2, "each call has a group of its own", own)
        top = V1 % "unified" if os.path.isdir(V1 % "unified") else V1 % ""
        mine = [groups(p)[""] for p in sleepers()]
        with open(top + mine[0] + "/cgroup.kill", "w") as f:
            f.write("1")
        r = s.finish(b)
        tap.ok(not r["ended"] and r["signal"] == 9,
               "which ends all of it", r)
        r = s.finish(a)
        tap.ok(r["text"] == "a\n", "and nothing of the other", r)
        r = s.bash("echo next", conv=2)
        tap.ok(r["text"] == "next\n", "the next call is not born dead", r)
    else:
        tap.skip("a group a call", "no version 2 to write to here")
        s.finish(a)
        s.finish(b)
    s.close()


EAT = ("import os, sys, time\n"
       "for i in range(%d):\n"
       "  if os.fork() == 0:\n"
       "    os.setsid()\n"
       "    if os.fork() == 0:\n"
       "      b = bytearray(%d << 20)\n"
       "      for j in range(0, len(b), 4096): b[j] = 1\n"
       "      time.sleep(1.5); os._exit(0)\n"
       "    os._exit(os.wait()[1] != 0)\n"
       "bad = [os.wait()[1] for i in range(%d)]\n"
       "sys.exit(137 if any(bad) else 0)")


def memory():
    s = scope("memory", "-m", str(256 << 20), "-s", str(32 << 20))
    if has(s, MEMORY, "memory of many processes"):
        r = s.bash("exec /usr/bin/python3 -c '%s'" % (EAT % (6, 100, 6)))
        tap.ok(r["ended"] and r["error"] and r["outcome"] == RO_MEMORY and
               "used up the memory" in r["note"],
               "6 processes of 100 MB: their sum is limited, and it is said",
               r)
        r = s.bash("echo next")
        tap.ok(r["text"] == "next\n" and r["outcome"] == 0,
               "the next call is none the worse", r)
        r = s.bash("exec /usr/bin/python3 -c '%s' && echo fine" %
                   (EAT % (2, 60, 2)))
        tap.ok(r["outcome"] == 0 and not r["error"],
               "2 processes of 60 MB fit", r)
        # Two calls: who eats most goes, not who came last.
        small = s.start("Bash", {"command": "sleep 2; echo small"}, conv=2)
        r = s.bash("exec /usr/bin/python3 -c '%s'" % (EAT % (6, 100, 6)))
        tap.ok(r["outcome"] == RO_MEMORY and
               s.finish(small)["text"] == "small\n",
               "another call lives through it", r)
        r = s.call("Bash", {"command": "true"})
        tap.ok(r["outcome"] == 0, "and it is said once", r)
    s.close()


def pids_max(pid):
    """The file of the group that holds that process."""
    g = groups(pid)
    base = V1 % "pids" + g["pids"] if "pids" in g else \
        os.path.dirname(V1 % "" + g[""])
    return base + "/pids.max"


BOMB = ("import os, time\n"
        "n = 0\n"
        "end = time.time() + 20\n"
        "while not os.path.exists(\"go\"): time.sleep(0.02)\n"
        "try:\n"
        "  while n < %d:\n"
        "    if os.fork() == 0:\n"
        "      os.setsid()\n"
        "      if os.fork() == 0: time.sleep(60)\n"
        "      os._exit(0)\n"
        "    n += 1\n"
        "except OSError as e: print(e)\n"
        "print(n)\n"
        "time.sleep(1)")


def processes():
    s = scope("pids", "-n", "200")
    ws = folder("pids")
    if has(s, PIDS, "processes of many sessions"):
        n = s.start("Bash", {"command": "exec /usr/bin/python3 -c '%s'" %
                             (BOMB % 400)})
        wait_for(lambda: len(alive()) >= 1)
        path = pids_max(alive()[0])
        with open(path) as f:
            tap.ok(f.read() == "272\n", "the limit, and room for spares")
        # Lower than the limit of its user, which would act first.
        with open(path, "w") as f:
            f.write("60")
        open(ws + "/go", "w").close()
        most, end = 0, time.monotonic() + 3
        while time.monotonic() < end and not s.waiting:
            most = max(most, len(alive(spares=True)))
            time.sleep(0.05)
        s.send({"running": 1})
        r = s.finish(n)
        tap.ok("Resource temporarily unavailable" in r["text"] and
               20 < most <= 60,
               "a fork bomb of 400 daemons: %d processes" % most, r)
        tap.ok(wait_for(lambda: not alive()), "all gone with its call",
               alive())
        os.unlink(ws + "/go")
        open(ws + "/go", "w").close()
        r = s.bash("exec /usr/bin/python3 -c '%s'" % (BOMB % 15))
        tap.ok("15\n" in r["text"] and "unavailable" not in r["text"],
               "15 daemons fit", r)
    s.close()


# They wait for each other, and the call for all of them: to begin takes long
# with little of a processor.
SPIN = ("rm -f up.* done.*; for i in 1 2 3 4; do (setsid /usr/bin/python3 -c "
        "'import glob, time\n"
        "open(\"up.%d\" % '$i', \"w\")\n"
        "while len(glob.glob(\"up.*\")) < 4: time.sleep(0.02)\n"
        "had, end = time.process_time(), time.time() + 1.5\n"
        "while time.time() < end: pass\n"
        "print(\"cpu\", time.process_time() - had, flush=True)\n"
        "open(\"done.%d\" % '$i', \"w\")' &); done; n=0\n"
        "while [ $n -lt 1000 ] && [ ! -e done.4 -o ! -e done.3 -o ! -e done.2 "
        "-o ! -e done.1 ]; do sleep 0.1; n=$((n + 1)); done")


def used(text):
    return [float(ln.split()[1]) for ln in text.splitlines()
            if ln.startswith("cpu")]


def spin(s):
    r = s.call("Bash", {"command": SPIN}, time_ms=120000)
    return used(r["text"]), r


def cpu():
    s = scope("cpu", "-C", "15")
    if has(s, CPU, "cpu of many processes"):
        slow, r = spin(s)
        tap.ok(len(slow) == 4 and 0 < sum(slow) < 0.9,
               "four that spin for 1.5 s get 15 %% of one processor between "
               "them: %.2f s" % sum(slow), r)
        s.close()
        s = scope("cpu2", "-C", "400")
        fast, r = spin(s)
        tap.ok(len(fast) == 4 and sum(fast) > sum(slow) * 1.5,
               "without that limit more: %.2f s" % sum(fast), r)
    s.close()


def runs():
    """Directories of ours in the control groups."""
    found = set()
    for top, dirs, _ in os.walk("/sys/fs/cgroup"):
        found |= {os.path.join(top, d) for d in dirs
                  if d.startswith("telclauded-")}
        dirs[:] = [d for d in dirs if not d.startswith("telclauded-")]
    return found


def unlocked(path):
    """Is everybody gone who could say it is theirs?"""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    except OSError:
        return False
    finally:
        os.close(fd)


def run_of(text):
    """The directories of the run that /proc/PID/cgroup tells of; those of
    other tests of this machine come and go meanwhile."""
    m = re.search("telclauded-[0-9a-f]+", text)
    return {d for d in runs() if m and d.endswith("/" + m.group())}


def leftovers():
    s = scope("left")
    n = s.start("Bash", {"command": "sleep 300"})
    wait_for(alive)
    with open("/proc/%d/cgroup" % alive()[0]) as f:
        mine = run_of(f.read())
    if not mine:
        tap.skip("what a killed run leaves", "no control groups here")
        s.close()
        return
    os.kill(s.p.pid, signal.SIGKILL)
    s.p.wait()
    # Another run may remove them already.
    tap.ok(wait_for(lambda: not alive(spares=True) and
                    all(map(unlocked, mine & runs()))),
           "a run that is killed leaves empty groups", n)
    other = scope("left")
    tap.ok(not mine & runs(), "which the next one removes", mine & runs())
    third = Scope(folder("left3"))
    r = other.bash("echo here; cat /proc/self/cgroup")
    its = run_of(r["text"])
    tap.ok(r["text"].startswith("here\n") and its,
           "but not those of one that lives", r)
    third.close()
    other.close()
    tap.ok(wait_for(lambda: not its & runs()), "an orderly end leaves none",
           its & runs())


try:
    members()
    memory()
    processes()
    cpu()
    leftovers()
finally:
    shutil.rmtree(TOP, ignore_errors=True)
sys.exit(tap.done())
