#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# The first use of a name by a tool: egress asks, the parent judges, the
# resolver looks it up, the parent pins and answers; beside the answer of the
# name server itself (A and AAAA over UDP).  And the second use.
import os
import re
import statistics
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)),
                                "../firewall/lib"))
import fwworld                                          # noqa: E402
from fwworld import world                               # noqa: E402

LIMIT_US = 1000
SPEED = 34 + len(fwworld.NAMES) + 1


def ask(p):
    at = len(p.log())
    os.kill(p.pids()["egress"], SPEED)
    end = time.time() + 10
    while time.time() < end:
        m = re.search(r"egress: speed( \d+)+\n", p.log()[at:])
        if m:
            return [int(n) for n in m[0].split()[2:]]
        time.sleep(0.05)
    sys.exit("bench: no answer\n" + p.log()[-1500:])


fwworld.begin()
fwworld.dns(extra=["--address=/speed.example/203.0.113.30"])
p = fwworld.Parent(fwworld.config('allow domain "*.speed.example"').replace(
    "log debug", "log info"), "speed").start()
out = subprocess.run([world.obj() + "/test/dnsask", world.DNS_ADDR, "50",
                      "speed.example"], capture_output=True, text=True,
                     check=True).stdout
dns = statistics.median(map(int, out.split()))
first, second = ask(p), ask(p)
p.stop()
over = statistics.median(first) - dns
print("name server alone   %6.0f us (median of 50)" % dns)
print("first use of a name %6.0f us (median of %d), %.0f us over it, limit "
      "%d: %s" % (statistics.median(first), len(first), over, LIMIT_US,
                  "yes" if over <= LIMIT_US else "NO"))
print("used before         %6.0f us (median of %d)" % (
    statistics.median(second), len(second)))
