# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# A family in which one engine is regress/confinement/evilengine.c.  Scripts
# go into its memory and reports come out of it, by root's right: the double
# itself has no channel to the test.
import re
import signal
import struct
import subprocess
import time

import hostile
import session
import tap
import world
from family import ANA, BEN, ADMIN, Family, config

PEERS = {"relay": ("parent", "agent", "runner", "totp", "audit"),
         "egress": ("parent", "audit"),
         "gate": ("parent", "agent", "audit")}
USER = {"relay": "_tcrelay", "egress": "_tcegress", "gate": "_tcgate"}


def _symbol():
    out = subprocess.run(["nm", world.obj() + "/test/evilengine"],
                         capture_output=True, text=True, check=True).stdout
    return int(re.search(r"^([0-9a-f]+) B evil_box$", out, re.M).group(1), 16)


class Double(Family):
    def __init__(self, tg, api, role, extra=""):
        super().__init__(config(top=hostile.TIERS + extra), "evil" + role)
        self.tg, self.api, self.role = tg, api, role
        self.offset = _symbol()
        self.lives = 0
        hostile.place("evilengine", role)

    def start(self):
        self.mark = len(self.log())
        self.proc = subprocess.Popen(
            [world.obj() + self.program, "-d", "-f", self.conf, "-L",
             hostile.DIR], env=self.env, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=open(self.errors, "a"))
        if self.role != "relay":
            session.polling(self.tg, self)
        elif not self.log_wait(" up in ", 15, self.mark):
            raise RuntimeError(self.log())
        self.was = self.pids()
        self.open()
        end = time.time() + 5
        while time.time() < end and not set(PEERS[self.role][1:]) <= set(
                self.script("links", answers=0) or []):
            time.sleep(0.005)
        return self

    def open(self):
        pid = self.pids()[self.role]
        with open("/proc/%d/maps" % pid) as f:
            base = int(f.readline().split("-")[0], 16)
        self.at = base + self.offset
        self.mem = open("/proc/%d/mem" % pid, "r+b", buffering=0)

    def _get(self):
        self.mem.seek(self.at)
        return struct.unpack("I", self.mem.read(4))[0]

    def _put(self, script):
        assert len(script) < 249000
        self.mem.seek(self.at + 4)
        self.mem.write(script.encode() + b"\0")
        self.mem.seek(self.at)
        self.mem.write(struct.pack("I", 1))

    def script(self, text, timeout=10, answers=0.15):
        """What it reports, with what it heard until a moment later; None
        when it died of it."""
        self.mark = len(self.log())
        lines = None
        for part, pause in ((text, 0), ("", answers))[:1 + (answers > 0)]:
            time.sleep(pause)
            end = time.time() + timeout
            try:
                self._put(part)
                while self._get() != 2:
                    if time.time() > end:
                        return None
                    time.sleep(0.002)
                self.mem.seek(self.at + 4)
                lines = self.mem.read(250000).split(b"\0")[0].decode(
                    errors="replace").split("\n")[:-1]
            except (OSError, struct.error):
                return None
        return lines

    def fire(self, text):
        """A script that is not survived."""
        self.mark = len(self.log())
        self._put(text)

    def restart(self):
        self.mem.close()
        # Several hundred lives need no selftest each: the first one had it.
        self.program = "/test/sabparent"
        self.env["TC_SABOTAGE"] = "selftest:all"
        self.proc.send_signal(signal.SIGTERM)
        if self.exited(10) is None:
            self.proc.kill()
            self.proc.wait()
        return self.start()

    def said(self):
        return self.log()[self.mark:]

    def died(self, timeout=5):
        end = time.time() + timeout
        while time.time() < end:
            m = re.search(r"%s died: (.*); starts again in" % self.role,
                          self.said())
            if m:
                return m.group(1)
            time.sleep(0.004)
        return None

    def fallen(self):
        now = self.pids()
        return [e for e in self.was if e not in (self.role, "tools") and
                now.get(e) != self.was[e]]

    def deadly(self, script, words):
        """None when it died of it, so, and nobody else did."""
        if self.lives > 0:
            self.restart()
        self.lives += 1
        self.fire(script)
        why = self.died()
        if why is None or not re.search(words, why):
            return "%s: died %s\n%s" % (script[:80], why, self.said()[-900:])
        if self.fallen():
            return "%s: fallen too: %s" % (script[:80], self.fallen())
        return None

    def all_deadly(self, name, cases):
        bad = [w for w in (self.deadly(s, w) for s, w in cases) if w]
        tap.ok(not bad, "%s: each of %d ends it and nobody else" % (
            name, len(cases)), "\n".join(bad[:8]))
        self.restart()

    def unheard(self, peer, script, name):
        """To a peer that is not believed against this one: either of the
        two ends, and nobody else."""
        if self.lives > 0:
            self.restart()
        self.lives += 1
        self.fire(script)
        end = time.time() + 5
        while time.time() < end:
            if re.search(r"%s(/telegram)? died: says that %s sent %s .*not "
                         r"believed" % (peer, self.role, name), self.said()):
                other = [e for e in self.fallen() if e != peer]
                return "%s: fallen too: %s" % (script, other) if other \
                    else None
            time.sleep(0.004)
        return "%s: nobody died\n%s" % (script, self.said()[-900:])

    def forbidden(self):
        """Every message that is not its own, to each of its peers."""
        for peer in PEERS[self.role]:
            rows = [name for name, senders, receivers, phases in
                    hostile.table()
                    if not (self.role in senders and peer in receivers and
                            phases in ("PH_LIVE", "PH_ANY"))]
            if peer in ("agent", "runner"):
                bad = [w for w in (self.unheard(peer, "raw %s %s 0 0 -" % (
                    peer, name), name) for name in rows) if w]
                tap.ok(not bad, "what is not %s's to say to %s: each of %d "
                       "is refused" % (self.role, peer, len(rows)),
                       "\n".join(bad[:5]))
                self.restart()
                continue
            self.all_deadly("what is not %s's to say to %s" % (
                self.role, peer), [
                ("raw %s %s 0 0 -" % (peer, name),
                 "sent %s( to %s)?, which the table forbids" % (name, peer))
                for name in rows])

    def diag(self):
        return self.said()[-3000:]
