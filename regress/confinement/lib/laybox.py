# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# Families that lack one layer, everywhere (layers.t): all engines and the
# tool are doubles (evilengine.c, laytool.c) behind the real walls but one,
# made by a parent that can leave it out (sabparent.c).  Scripts go into their
# memory and reports come out of it, by root's right.
import os
import re
import shutil
import struct
import subprocess
import time

import stubs
from stubs import world

STRANGER = 7777                 # sabparent.c: who one is without a user
ENGINES = stubs.family.ENGINES
NONET = ("keeper", "audit", "totp", "runner", "agent")
TIERS = {"read-only": 2, "write-local": 3, "full-access": 4}

# Column: what sabparent calls it, the doubles' suffix, what a refusal says.
LAYERS = {
    "firewall": ("fw", "whole", "firewall: "),
    "user": ("uid", "whole", "user: "),
    "base filter": ("base", "whole", "base filter: "),
    "filter": ("none", "filter", ".*system call filter"),
    "Landlock": ("none", "landlock", "Landlock: "),
    "network": ("netns", "whole", "network namespace: "),
    "view": ("view", "whole", "(file system view|empty root): "),
    "processes": ("pidns", "whole", "process namespace: "),
}


def has(layer, proc):
    """Does this process stand behind that layer at all?"""
    tool = proc.startswith("tool")
    return {"network": tool or proc in NONET,
            "processes": tool}.get(layer, True)


def double(name, kind):
    """The program for it; what lives in an empty root is static."""
    return "%s/test/lay%s_%s" % (world.obj(), {
        "tool": "tool", "totp": "s", "resolver": "s"}.get(name, ""), kind)


class Box:
    def __init__(self, pid, program):
        self.pid = pid
        out = subprocess.run(["nm", program], capture_output=True, text=True,
                             check=True)
        self.at = int(re.search(r"^([0-9a-f]+) B evil_box$", out.stdout,
                                re.M).group(1), 16)
        with open("/proc/%d/maps" % pid) as f:
            self.at += min(int(line.split("-")[0], 16) for line in f
                           if "[v" not in line and " 00:00 " not in line)
        self.mem = open("/proc/%d/mem" % pid, "r+b", buffering=0)

    def do(self, script, timeout=10):
        """One line a command; None when it did not live to tell."""
        try:
            self.mem.seek(self.at + 4)
            self.mem.write(script.encode() + b"\0")
            self.mem.seek(self.at)
            self.mem.write(struct.pack("I", 1))
            end = time.time() + timeout
            while True:
                self.mem.seek(self.at)
                if struct.unpack("I", self.mem.read(4))[0] == 2:
                    break
                if time.time() > end:
                    return None
                time.sleep(0.002)
            self.mem.seek(self.at + 4)
            return self.mem.read(65536).split(b"\0")[0].decode(
                errors="replace").split("\n")[:-1]
        except (OSError, struct.error):
            return None


class Lacking(stubs.family.Family):
    """A family of doubles without this layer; None: with all of them."""
    def __init__(self, layer):
        self.layer = layer
        hole, self.kind, _ = LAYERS.get(layer, ("none", "whole", ""))
        super().__init__(stubs.config(), "lacks-" + hole + self.kind,
                         env={"TC_SABOTAGE": hole + ":*"})
        self.dir = world.W + "/doubles-" + self.kind
        if not os.path.exists(self.dir):
            os.mkdir(self.dir)
            o = world.obj()
            shutil.copy(o + "/libexec/fetch", self.dir)
            for name in ENGINES:
                shutil.copy(double(name, self.kind), self.dir + "/" + name)
            shutil.copy(double("tool", self.kind), self.dir + "/tool")
        self.boxes = {}
        self.jobs = 0

    def start(self):
        self.proc = subprocess.Popen(
            [world.obj() + "/test/sabparent", "-d", "-f", self.conf, "-L",
             self.dir], env=self.env, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=open(self.errors, "a"))
        if not self.log_wait(" up in ", 15):
            raise RuntimeError(self.log())
        pids = self.pids()
        if not stubs.caged(pids["relay"]):
            return None
        for e in ENGINES:
            self.boxes[e] = Box(pids[e], double(e, self.kind))
        return self

    def tool(self, tier):
        """A call of that tier; its box, and the job's number."""
        self.jobs += 1
        before = set(self.pids()["tools"])
        self.boxes["relay"].do("grant %d 7 1 %d 600000" % (
            self.jobs, TIERS[tier]))
        end = time.time() + 5
        while time.time() < end:
            for pid in set(self.pids()["tools"]) - before:
                argv = stubs.family._read("/proc/%d/cmdline" % pid)
                if argv.startswith(b"tool\0") and \
                        b"\0%s\0" % tier.encode() in argv:
                    return Box(pid, double("tool", self.kind)), self.jobs
            time.sleep(0.003)
        raise RuntimeError("no tool of tier %s\n%s" % (tier, self.log()))

    def kill(self, job):
        self.boxes["relay"].do("raw parent TOOL_KILL 0 0 %016x00" % job)
