#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# Reload in two phases, starts that fail, the background, and what a service
# manager hears.
import os
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)),
                                "lib"))
import stubs                                            # noqa: E402
from stubs import tap, world                            # noqa: E402

HOST2 = "https://other.telegram.org"


def same(p, before, but=()):
    after = p.pids()
    return all(after.get(n) == pid for n, pid in before.items()
               if n not in but + ("tools",))


def reload(p, conf):
    at = len(p.log())
    p.write(conf)
    p.reload()
    return at


def good(p):
    before = p.pids()
    at = reload(p, stubs.config(HOST2))
    tap.ok(p.log_wait("is in force", 5, at) and
           p.log_wait("relay: committed, api " + HOST2, 5, at),
           "a new file is in force", p.log()[at:])
    log = p.log()[at:]
    tap.ok(all("%s: committed" % e in log for e in
               ("relay", "gate", "agent/telegram", "runner/telegram",
                "audit", "totp", "resolver")), "for every engine", log)
    tap.ok(same(p, before), "and nobody was started anew")


def refused(p, conf, words, name):
    before = p.pids()
    at = reload(p, conf)
    tap.ok(p.log_wait("the old configuration stays in force", 12, at) and
           words in p.log()[at:], name, p.log()[at:])
    tap.ok("committed" not in p.log()[at:] and same(p, before),
           name + ": nobody switched")


def engine_set(p):
    text = stubs.config(HOST2)
    without = text[:text.index("totp {")] + text[text.index("firewall {"):]
    before = p.pids()
    at = reload(p, without)
    tap.ok(p.log_wait("is in force", 5, at) and
           stubs.gone([before["totp"]]) and same(p, before, ("totp",)),
           "an engine that the new file does not name ends",
           p.log()[at:])
    p.log_wait("totp ended", 2, at)
    at = reload(p, stubs.config(HOST2))
    tap.ok(p.log_wait("totp: started", 5, at) and
           p.log_wait("relay: channel to totp", 5, at),
           "one that it names again is started and wired", p.log()[at:])


def workspace(p):
    new = world.W + "/home/ana/second"
    os.mkdir(new, 0o700)
    os.chown(new, world.OWNER_UID, world.OWNER_UID)
    at = reload(p, stubs.config(HOST2).replace("/projects", "/second"))
    tap.ok(p.log_wait("is in force", 5, at) and
           "workspace " + new in p.log()[at:], "another workspace",
           p.log()[at:])
    if not os.path.exists(stubs.LIBEXEC + "/tool"):
        tap.skip("two reloads in one call", "no tool")
        return
    at = len(p.log())
    os.kill(p.pids()["relay"], signal.SIGURG)
    p.log_wait("err 0, socket", 3, at)
    mid = reload(p, stubs.config(HOST2))
    p.log_wait("is in force", 5, mid)
    tap.ok(": exit" not in p.log()[at:], "a call outlives a reload",
           p.log()[at:])
    mid = reload(p, stubs.config(HOST2).replace("/projects", "/second"))
    p.log_wait("is in force", 5, mid)
    tap.ok(p.log_wait("relay: job 1: exit", 2, mid) and
           p.log_wait("runner/telegram: job 1: exit", 2, mid),
           "the second one ends it, and both hear of it", p.log()[mid:])


def start_fails(conf, words, name):
    p = stubs.Parent(conf, "fails").start(wait=None)
    rc = p.exited(20)
    log = p.log()
    errors = [x for x in log.splitlines() if "error:" in x and
              "telclauded:" in x]
    tap.ok(rc == 1 and words in log, name, log)
    tap.ok(len(errors) == 1, name + ": one line says why", log)
    tap.ok(stubs.tables() == [] and not os.path.exists(stubs.SENTINEL) and
           stubs.left() == [], name + ": nothing is left", stubs.left())
    os.unlink(p.errors)


def bad_starts():
    start_fails(stubs.config("https://refused.telegram.org"),
                "Telegram refuses the bot token", "a refused token")
    start_fails(stubs.config("https://nolockin.telegram.org"),
                "relay did not start", "an engine that cannot lock in")
    start_fails(stubs.config().replace("/projects", "/missing"),
                "workspace", "a workspace that is not there")
    ws = world.W + "/home/ana/projects"
    os.chown(ws, stubs.UIDS["_tcgate"], stubs.UIDS["_tcgate"])
    start_fails(stubs.config(), "the user of an engine",
                "a workspace of an engine's user")
    os.chown(ws, world.OWNER_UID, world.OWNER_UID)
    os.rename(stubs.LIBEXEC + "/gate", stubs.LIBEXEC + "/gone")
    start_fails(stubs.config(), "-L names the directory",
                "an engine that is not there")
    with open(stubs.LIBEXEC + "/gate", "w") as f:
        f.write("no program\n")
    os.chmod(stubs.LIBEXEC + "/gate", 0o755)
    start_fails(stubs.config(), "gate did not start: exec",
                "an engine that is no program")
    os.unlink(stubs.LIBEXEC + "/gate")
    os.rename(stubs.LIBEXEC + "/gone", stubs.LIBEXEC + "/gate")
    with open("/etc/passwd") as f:
        passwd = f.read()
    with open("/etc/passwd", "w") as f:
        f.write(passwd.replace("_tcgate:", "_tcghost:"))
    start_fails(stubs.config(), "no user _tcgate: run systemd-sysusers",
                "a user that is not there")
    with open("/etc/passwd", "w") as f:
        f.write(passwd)
    run = world.W + "/run"
    os.chmod(run, 0o777)
    start_fails(stubs.config(), "can be written by others",
                "a runtime directory of everybody's")
    os.chmod(run, 0o755)


def daemon(conf, name):
    p = stubs.Parent(conf, name)
    r = subprocess.run([world.obj() + "/bin/telclauded", "-f", p.conf, "-L",
                        stubs.LIBEXEC], env=p.env, timeout=30,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=open(p.errors, "w"))
    return p, r.returncode


def background():
    p, rc = daemon(stubs.config(), "bg")
    with open(world.W + "/run/telclauded.pid") as f:
        pid = int(f.read())
    tap.ok(rc == 0 and stubs.alive(pid),
           "without -d the launcher returns when the family works",
           p.log())
    tap.ok(os.getsid(pid) == pid or os.getsid(pid) != os.getsid(0),
           "in a session of its own")
    os.kill(pid, signal.SIGTERM)
    tap.ok(stubs.gone([pid], 10), "and ends by signal")
    p, rc = daemon(stubs.config("https://refused.telegram.org"), "bg2")
    tap.ok(rc == 1 and "refuses the bot token" in p.log(),
           "and returns 1, saying why, when it does not", p.log())


def heard(s, want, timeout=5):
    s.settimeout(timeout)
    got = []
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        try:
            got.append(s.recv(4096).decode())
        except socket.timeout:
            break
        if want in got[-1]:
            return True
    tap.note(got)
    return False


def manager():
    path = world.W + "/notify"
    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    s.bind(path)
    p = stubs.Parent(stubs.config(), "managed",
                     {"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "600000"})
    p.start()
    tap.ok(heard(s, "READY=1"), "the manager hears READY=1")
    tap.ok(heard(s, "WATCHDOG=1"), "and signs of life")
    p.reload()
    tap.ok(heard(s, "RELOADING=1") and heard(s, "READY=1"),
           "and of a reload, begun and done")
    at = len(p.log())
    stopped = p.pids()["audit"]
    os.kill(stopped, signal.SIGSTOP)
    tap.ok(p.log_wait("audit died: hung", 5, at),
           "an engine that answers no PING is started anew", p.log()[at:])
    os.kill(p.proc.pid, signal.SIGTERM)
    tap.ok(heard(s, "STOPPING=1"), "and of the end")
    tap.ok(p.exited(10) == 0, "which is clean", p.log())


def without_firewall():
    p = stubs.Parent(stubs.config(), "nofw", {"TELCLAUDE_FIREWALL": "0"})
    p.start(wait=None)
    tap.ok(p.exited(5) == 1 and stubs.left() == [],
           "TELCLAUDE_FIREWALL=0 alone: no start", p.log())
    p = stubs.Parent(stubs.config(), "nofw2", {
        "TELCLAUDE_FIREWALL": "0", "TELCLAUDE_ACCEPT_NO_FIREWALL": "1"})
    p.start()
    tap.ok("THE FIREWALL IS OFF" in p.log() and stubs.tables() == [],
           "accepted for testing: loud, no table", p.log())
    tap.ok(p.log_wait("relay: name 1: err 0", 3), "names are still answered")
    tap.ok(p.stop() == 0, "and it stops", p.log())


def check_only():
    p = stubs.Parent(stubs.config(), "check")
    r = subprocess.run([world.obj() + "/bin/telclauded", "-n", "-f", p.conf],
                       env=p.env, capture_output=True, text=True)
    tap.ok(r.returncode == 0 and r.stdout.startswith(
        p.conf + ": ok. 1 chat listed, admin 999"), "-n sums up",
        r.stdout + r.stderr)
    r = subprocess.run([world.obj() + "/bin/telclauded", "-nv", "-f", p.conf],
                       env=p.env, capture_output=True, text=True)
    p.write(r.stdout)
    s = subprocess.run([world.obj() + "/bin/telclauded", "-nv", "-f", p.conf],
                       env=p.env, capture_output=True, text=True)
    tap.ok(r.returncode == 0 and r.stdout == s.stdout and "telegram" in
           s.stdout, "-nv prints what parses to the same",
           r.stdout + r.stderr + s.stdout + s.stderr)
    p.write("one\ntwo three\n")
    r = subprocess.run([world.obj() + "/bin/telclauded", "-n", "-f", p.conf],
                       env=p.env, capture_output=True, text=True)
    tap.ok(r.returncode == 1 and p.conf + ":1:" in r.stderr,
           "-n names file and line of an error", r.stderr)
    r = subprocess.run([world.obj() + "/bin/telclauded", "-x"],
                       env=p.env, capture_output=True, text=True)
    tap.ok(r.returncode == 1 and r.stderr.splitlines()[-1].startswith(
        "usage: telclauded"), "usage", r.stderr)


def main():
    stubs.enter()
    p = stubs.Parent(stubs.config()).start()
    p.log_wait("name 1:", 3)
    good(p)
    refused(p, stubs.config(HOST2) + "nonsense\n", "telclauded.conf:",
            "a file with an error")
    refused(p, stubs.config("https://unloved.telegram.org"),
            "relay: the stub does not love that name",
            "a file that an engine refuses")
    refused(p, stubs.config(HOST2).replace(
        world.W + '/state"', world.W + '/state2"'), "needs a restart",
        "a change that needs a restart")
    refused(p, stubs.config(HOST2).replace("/projects", "/missing"),
            "workspace", "a workspace that is not there")
    engine_set(p)
    workspace(p)
    tap.ok(p.stop() == 0, "stops", p.log())
    bad_starts()
    without_firewall()
    check_only()
    background()
    manager()
    return tap.done()


sys.exit(main())
