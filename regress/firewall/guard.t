#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# The daemon notices: chains of others before ours, a table that is gone, and
# a table that stands but no longer refuses.  The table is broken through the
# owner's own socket, which is the only way there is.
import ctypes
import os
import re
import socket
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)),
                                "lib"))
import fwworld                                          # noqa: E402
from fwworld import stubs, tap, world                   # noqa: E402

libc = ctypes.CDLL(None, use_errno=True)
NFNL_BATCH_BEGIN, NFNL_BATCH_END = 16, 17
DELTABLE, DELRULE = 0xa00 + 2, 0xa00 + 8
INET = 1


def owner_socket(pid):
    """A duplicate of the parent's netlink socket that owns the table."""
    pidfd = os.pidfd_open(pid)
    for n in sorted(map(int, os.listdir("/proc/%d/fd" % pid))):
        if "socket:" not in os.readlink("/proc/%d/fd/%d" % (pid, n)):
            continue
        fd = libc.syscall(438, pidfd, n, 0)         # pidfd_getfd
        if fd == -1:
            continue
        s = socket.socket(fileno=fd)
        if s.family == socket.AF_NETLINK:
            return s                # the first one: it is opened first
        s.close()
    return None


def attr(kind, value):
    b = struct.pack("=HH", 4 + len(value), kind) + value
    return b + b"\0" * (-len(b) % 4)


def message(kind, family, body, flags=1, res=0):
    b = struct.pack("=BBH", family, 0, res) + body
    return struct.pack("=IHHII", 16 + len(b), kind, flags, 1, 0) + b


def through(s, kind, *attrs):
    mark = socket.htons(10)
    s.send(message(NFNL_BATCH_BEGIN, 0, b"", res=mark) +
           message(kind, INET, b"".join(attrs)) +
           message(NFNL_BATCH_END, 0, b"", res=mark))


def nft(text):
    return subprocess.run(["nft", "-f", "-"], input=text, text=True,
                          capture_output=True)


FOREIGN = """table ip evil {
	chain out {
		type nat hook output priority -190;
		ip daddr 203.0.113.30 tcp dport 443 dnat to 203.0.113.10:25
	}
}
"""
HARMLESS = """table inet other {
	chain out {
		type filter hook output priority 0;
	}
	chain in {
		type filter hook input priority -300;
	}
}
"""


EQUAL = """table ip mangle1 {
	chain o {
		type route hook output priority -150;
	}
}
"""


def foreign():
    nft(FOREIGN)
    nft(EQUAL)
    p = fwworld.Parent(fwworld.config(), "foreign").start()
    tap.ok("chain out of table ip evil (type nat, priority -190) sees "
           "packets before ours" in p.log(),
           "a foreign chain that is there at start is named",
           p.log()[-2000:])
    tap.ok(p.log_wait("audit: line firewall_foreign: ip evil out type nat "
                      "priority -190"), "and audited", p.log()[-2000:])
    r = p.ctl("status")
    tap.ok(r.returncode == 1 and "chains of others" in r.stdout,
           "status says degraded", r.stdout)
    rows = [o for o in p.rows() if o["row"] == "foreign"]
    tap.ok([(o["family"], o["table"], o["chain"], o["type"], o["priority"])
            for o in rows] == [("ip", "evil", "out", "nat", -190)],
           "show firewall lists it", rows)
    nft("delete table ip evil")
    nft(HARMLESS)
    end = time.time() + 4
    while time.time() < end and any(o["row"] == "foreign"
                                    for o in p.rows()):
        time.sleep(0.05)
    tap.ok(not any(o["row"] == "foreign" for o in p.rows()),
           "gone when it is gone; one behind ours, and one on another hook, "
           "are nobody's matter", p.rows())
    # The kernel puts the later of two of the same priority first.
    at = len(p.log())
    nft(EQUAL.replace("mangle1", "mangle2"))
    tap.ok(p.log_wait("firewall: chain o of table ip mangle2", 4, at) and
           "mangle1" not in p.log(),
           "one of our own priority: only when it comes later",
           p.log()[at:])
    nft("delete table ip mangle2")
    at = len(p.log())
    nft(FOREIGN)
    tap.ok(p.log_wait("firewall: chain out of table ip evil", 4, at),
           "one that comes later is named within seconds", p.log()[at:])
    tap.ok(p.proc.poll() is None, "and nobody was stopped for it")
    nft("delete table ip evil\ndelete table inet other\n"
        "delete table ip mangle1")
    idle()
    tap.ok(p.stop() == 0, "it ends well", p.log()[-1500:])


def probes():
    """How often our own probe was refused so far."""
    t = subprocess.run(["nft", "list", "counter", "inet", "telclaude",
                        "keeper"], capture_output=True, text=True).stdout
    return int(re.search(r"packets (\d+)", t)[1])


def idle():
    """Others' sets change all the time: no look for each."""
    nft("table ip busy { set s { type ipv4_addr; }; }")
    time.sleep(1.5)
    before = probes()
    for i in range(20):
        nft("add element ip busy s { 192.0.2.%d }" % i)
    time.sleep(1.2)
    tap.ok(probes() == before, "sets of others are no news",
           (before, probes()))
    for i in range(5):
        nft("table ip busy%d { }" % i)
        nft("delete table ip busy%d" % i)
    end = time.time() + 4
    while time.time() < end and probes() == before:
        time.sleep(0.05)
    each = probes() - before
    time.sleep(1.5)
    tap.ok(0 < each and probes() - before <= 3 * each,
           "ten changes of tables are a look or two, not ten",
           (before, each, probes()))
    nft("delete table ip busy")


def fallen(name, how, words):
    p = fwworld.Parent(fwworld.config(), name).start()
    tap.ok(os.path.exists(stubs.SENTINEL), name + ": it stands")
    pids = [pid for n, pid in p.pids().items() if n != "tools"]
    net = [p.pids()[n] for n in ("relay", "gate", "egress", "resolver")]
    s = owner_socket(p.proc.pid)
    tap.ok(s is not None, name + ": the owner's socket is at hand")
    t0 = time.time()
    how(s)
    tap.ok(stubs.gone(net, 3), name + ": who has a network is dead",
           p.log()[-2000:])
    tap.ok(p.exited(10) == 1, name + ": the daemon ends, with status 1",
           p.log()[-2000:])
    tap.note("%s: %.1f s" % (name, time.time() - t0))
    tap.ok(stubs.gone(pids, 3) and not stubs.left(),
           name + ": nobody is left", stubs.left())
    tap.ok(words in p.log(), name + ": the log says why", p.log()[-2500:])
    tap.ok("audit: line firewall_fell" in p.log(), name + ": the audit log "
           "too", p.log()[-2500:])
    tap.ok(not os.path.exists(stubs.SENTINEL), name + ": no sentinel")
    s.close()
    tap.ok(not stubs.tables(), name + ": no table", stubs.tables())


def delete_table(s):
    through(s, DELTABLE, attr(1, b"telclaude\0"))


def empty_decide(s):
    """The table is ours and stands, but decides nothing any more."""
    through(s, DELRULE, attr(1, b"telclaude\0"), attr(2, b"decide\0"))
    time.sleep(0.2)
    nft("table ip nudge { chain c { }; }")
    nft("delete table ip nudge")


def off():
    """The bypass: loud, audited, without a sentinel; never for moltbook."""
    both = {"TELCLAUDE_FIREWALL": "0", "TELCLAUDE_ACCEPT_NO_FIREWALL": "1"}
    text = fwworld.config()
    p = fwworld.Parent(text, "off1", env={"TELCLAUDE_FIREWALL": "0"})
    p.start(wait=None)
    tap.ok(p.exited(5) == 1 and "TELCLAUDE_ACCEPT_NO_FIREWALL=1" in p.log(),
           "off: refused without the second variable", p.log())
    p = fwworld.Parent(text + 'agent moltbook {\n\tworkspace "%s"\n}\n' %
                       (world.W + "/home/ana/projects"), "off2", env=both)
    p.start(wait=None)
    tap.ok(p.exited(5) == 1 and "agent moltbook never runs without the "
           "firewall" in p.log(), "off: refused with moltbook", p.log())
    p = fwworld.Parent(text, "off3", env=both).start()
    tap.ok("THE FIREWALL IS OFF" in p.log(), "off: said loudly", p.log())
    tap.ok(p.log_wait("audit: line firewall_off"), "off: audited", p.log())
    tap.ok(not os.path.exists(stubs.SENTINEL) and not stubs.tables(),
           "off: no sentinel, no table")
    r = p.ctl("status")
    tap.ok(r.returncode == 1 and "the firewall is off" in r.stdout,
           "off: status says degraded", r.stdout)
    tap.ok(p.stop() == 0, "off: ends well", p.log())


fwworld.begin()
fwworld.dns()
foreign()
fallen("deleted", delete_table, "firewall: the table is gone")
fallen("emptied", empty_decide, "that the rules close: the engines are "
       "stopped")
off()
tap.done()
