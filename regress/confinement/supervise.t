#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# Engines die in every way there is: the log says why, the engine comes back
# with a backoff, the others run on and get a new channel to it.
import os
import resource
import signal
import socket
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)),
                                "lib"))
import stubs                                            # noqa: E402
from stubs import tap, world                            # noqa: E402

ALL = tuple(stubs.USER)
# Whose siblings say "channel to X" once more, links.def.
TALKS_TO = {"relay": ("agent/telegram", "runner/telegram", "totp", "audit"),
            "agent": ("relay", "gate"), "runner": ("relay",),
            "gate": ("agent/telegram",), "totp": ("relay",),
            "audit": ("relay",), "resolver": (), "keeper": ()}


def log_name(name):
    return name + "/telegram" if name in ("agent", "runner") else name


def die(p, name, how, words):
    before = p.pids()
    at = len(p.log())
    how(before[name])
    new = p.wait_pid(name, before[name], 10)
    said = p.log_wait("%s died: %s" % (log_name(name), words), 5, at)
    p.log_wait("%s: started" % log_name(name), 5, at)
    after = p.pids()
    tap.ok(said, "%s: the log says: %s" % (name, words), p.log()[at:])
    tap.ok(new is not None and name in after, name + ": comes back",
           p.log()[at:])
    tap.ok(all(after.get(n) == before[n] for n in ALL if n != name),
           name + ": the others run on", (before, after))
    rewired = [p.log_wait("%s: channel to %s\n" % (o, name), 2, at)
               for o in TALKS_TO[name]]
    tap.ok(all(rewired), name + ": its siblings have a new channel",
           p.log()[at:])


def sig(s):
    return lambda pid: os.kill(pid, s)


def every_engine(p):
    die(p, "gate", sig(signal.SIGKILL), "signal 9 (Killed)")
    die(p, "agent", sig(signal.SIGQUIT), "signal 3 (Quit)")
    die(p, "resolver", sig(signal.SIGTERM), "signal 15 (Terminated)")
    die(p, "totp", sig(signal.SIGINT),
        "exit status 7; its last line: about to leave")
    tap.ok(p.log_wait("audit: line engine_died: gate: signal 9", 3),
           "each death is audited", p.log())
    die(p, "audit", sig(signal.SIGABRT), "signal 6 (Aborted)")
    tap.ok(p.log_wait("audit: line engine_died: audit: signal 6", 3),
           "the audit engine's own as well, once it is back", p.log())
    die(p, "keeper", sig(signal.SIGKILL), "signal 9 (Killed)")
    tap.ok(len(stubs.tables()) == 1, "a dead keeper costs no rule")
    die(p, "relay", sig(signal.SIGUSR1),
        "sent READY, which the table forbids")


def blocked(p):
    words = "its cage stopped the system call getsid" \
        if os.path.exists("/dev/kmsg") else "its cage stopped a system call"
    at = len(p.log())
    pid = p.pids()["runner"]
    if not stubs.caged(pid):
        tap.skip("a blocked call is named", "built without cages")
        return
    os.kill(pid, signal.SIGUSR2)
    tap.ok(p.log_wait("runner/telegram died: " + words, 5, at),
           "a blocked call is named", p.log()[at:])
    tap.ok(p.wait_pid("runner", pid) is not None, "and the engine is back")


def backoff(p):
    at = len(p.log())
    pid = p.pids()["gate"]
    os.kill(pid, signal.SIGKILL)
    tap.ok(p.log_wait("starts again in 2 s", 5, at),
           "a second death within minutes waits twice as long",
           p.log()[at:])
    t = time.monotonic()
    new = p.wait_pid("gate", pid, 5)
    took = time.monotonic() - t
    tap.ok(new is not None and 1.5 < took < 3, "and does wait",
           "%.2f s" % took)


def told_on(p):
    """The runner sends its sibling nonsense; the relay tells."""
    p.log_wait("runner/telegram: started", 3)
    time.sleep(0.3)
    at = len(p.log())
    pid = p.pids()["runner"]
    relay = p.pids()["relay"]
    os.kill(pid, signal.SIGWINCH)
    tap.ok(p.log_wait("runner/telegram died: sent START to relay", 5, at),
           "who sends a sibling nonsense is killed for it", p.log()[at:])
    tap.ok(p.pids()["relay"] == relay, "who tells is not")


def chatter(p):
    at = len(p.log())
    os.kill(p.pids()["audit"], signal.SIGHUP)
    p.log_wait("chatter 1", 3, at)
    time.sleep(1.2)
    os.kill(p.pids()["audit"], signal.SIGHUP)
    told = p.log_wait("lines were too many and are lost", 3, at)
    n = p.log()[at:].count("audit: chatter")
    tap.ok(told and n < 600, "a chattering engine is cut, and it is said",
           "%d lines" % n)


def names(p):
    log = p.log()
    tap.ok("relay: name 1: err 0, 1 addresses, ttl 30" in log,
           "a name of its row: public address pinned, private one left out",
           log)
    tap.ok("relay: name 2: err 1" in log and "relay: name 3: err 1" in log,
           "another name or port is refused")
    tap.ok("asked for evil.example" not in log,
           "and never reaches a name server")


def tool(p):
    if not os.path.exists(stubs.LIBEXEC + "/tool"):
        tap.skip("a tool on the relay's grant", "not built")
        return
    at = len(p.log())
    os.kill(p.pids()["relay"], signal.SIGALRM)
    tap.ok(p.log_wait("relay: job 1: err 0, socket", 3, at) and
           p.log_wait("runner/telegram: output of job 1: socket", 3, at),
           "a grant: job socket to the relay, output socket to the runner",
           p.log()[at:])
    tap.ok(p.log_wait("relay: job 1: exit", 5, at) and
           p.log_wait("runner/telegram: job 1: exit", 5, at),
           "both hear of its end", p.log()[at:])
    tap.ok(p.log_wait("relay: job 1: err 17, no socket", 3, at),
           "a number that is in use is refused", p.log()[at:])


def way_file(job, timeout=4):
    path = world.W + "/home/ana/projects/way.%d" % job
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        if os.path.exists(path) and os.path.getsize(path):
            with open(path) as f:
                return f.read()
        time.sleep(0.02)
    return None


def way(p):
    """Who answers where tools find their way out; job 2 and 3."""
    if not os.path.exists(stubs.LIBEXEC + "/tool"):
        tap.skip("the tools' way out", "no tool")
        return
    at = len(p.log())
    words = "listen scope 1 job 2 conv 1 turn 77 port %d: socket"
    os.kill(p.pids()["relay"], signal.SIGIO)
    tap.ok(p.log_wait("egress: " + words % 3128, 3, at) and
           p.log_wait("gate: " + words % 8790, 3, at),
           "a call's listeners go to egress and gate, with its numbers",
           p.log()[at:])
    tap.ok(way_file(2) == "egress answers job 2",
           "and what egress answers from outside arrives inside",
           p.log()[at:])
    old = p.pids()["egress"]
    os.kill(old, signal.SIGKILL)
    p.log_wait("egress died", 3, at)
    os.kill(p.pids()["relay"], signal.SIGIO)
    tap.ok(p.log_wait("gate: " + (words % 8790).replace("job 2", "job 3"), 3,
                      at),
           "without egress a tool starts all the same", p.log()[at:])
    at = len(p.log())
    p.wait_pid("egress", old)
    tap.ok(p.log_wait("egress: " + words % 3128, 3, at) and
           p.log_wait("egress: " + (words % 3128).replace("job 2", "job 3"),
                      3, at),
           "an egress that starts again hears of all that run",
           p.log()[at:])
    tap.ok(way_file(3) == "egress answers job 3",
           "and answers the connection that waited for it", p.log()[at:])
    tap.ok(p.log_wait("relay: job 3: exit", 8, at) and all(
        p.log_wait("%s: unlisten scope 1 job %d" % (e, n), 3, at)
        for e in ("egress", "gate") for n in (2, 3)),
        "when a call is over both hear it", p.log()[at:])


def fds(p):
    return len(os.listdir("/proc/%d/fd" % p.proc.pid))


def flood(p):
    if not os.path.exists(stubs.LIBEXEC + "/tool"):
        tap.skip("a flood of grants", "no tool")
        return
    before = fds(p)
    os.kill(p.pids()["relay"], signal.SIGTTIN)
    most, end = 0, time.monotonic() + 2.5
    while time.monotonic() < end:
        most = max(most, fds(p))
        time.sleep(0.005)
    tap.ok(5 < most - before < 120, "a relay that asks and does not read "
           "costs %d descriptors at most" % (most - before), p.log()[-3000:])
    tap.ok(p.ctl("status").returncode in (0, 1), "and the parent serves",
           p.log()[-1500:])
    end = time.monotonic() + 5
    while fds(p) > before + 10 and time.monotonic() < end:
        time.sleep(0.02)
    tap.ok(fds(p) <= before + 10, "which are all closed again",
           (before, fds(p)))


def no_descriptors(p):
    pid = p.proc.pid
    soft, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (fds(p), hard))
    s = socket.socket(socket.AF_UNIX)
    s.connect(world.W + "/run/telclauded.sock")
    t0 = cpu(pid)
    time.sleep(1)
    used = cpu(pid) - t0
    tap.ok(used < 20, "a client that cannot be accepted costs no cycles "
           "(%d ticks in 1 s)" % used)
    at = len(p.log())
    os.kill(p.pids()["resolver"], signal.SIGKILL)
    p.log_wait("resolver died", 2, at)
    time.sleep(1.1)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (soft, hard))
    tap.ok(p.log_wait("resolver: started", 5, at),
           "an engine that dies meanwhile is started when it can be",
           p.log()[at:])
    r = p.ctl("status")
    tap.ok(r.returncode in (0, 1), "and is served when it can be", r)
    s.close()


def cpu(pid):
    with open("/proc/%d/stat" % pid) as f:
        v = f.read().rpartition(") ")[2].split()
    return int(v[11]) + int(v[12])


def main():
    stubs.enter()
    p = stubs.Parent(stubs.config()).start()
    p.log_wait("name 1:", 3)
    names(p)
    tool(p)
    way(p)
    flood(p)
    no_descriptors(p)
    every_engine(p)
    blocked(p)
    backoff(p)
    told_on(p)
    chatter(p)
    tap.ok(p.stop() == 0, "still stops in order", p.log())
    return tap.done()


sys.exit(main())
