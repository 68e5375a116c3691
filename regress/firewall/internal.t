#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# Hosts of remote lines: looked up at start until they are there, opened to
# the relay with the port of their line, and to nobody and nothing else.
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)),
                                "lib"))
import fwworld                                          # noqa: E402
from fwworld import stubs, tap, world                   # noqa: E402

HOST, PORT, ADDR = "agent-moltbook", "8789", "10.0.0.5"


def remote():
    return 'agent moltbook {\n\tremote "%s" port %s\n\tkey file "%s"\n' \
        '\tpeer file "%s"\n}\n' % (
            HOST, PORT, stubs.family.secret("rk", "0" * 64),
            stubs.family.secret("rp", "0" * 64))


def relay_pins():
    return subprocess.run(["nft", "list", "set", "inet", "telclaude",
                           "relay4"], capture_output=True, text=True).stdout


def state(p):
    return [(o["name"], o["port"], o["state"]) for o in p.rows()
            if o["row"] == "internal"]


def until(fn, timeout=8):
    end = time.time() + timeout
    while time.time() < end:
        if fn():
            return True
        time.sleep(0.05)
    return False


fwworld.begin()
fwworld.dns()
p = fwworld.Parent(fwworld.config(
    'internal { "%s" "nobody-else" } retry 40 delay 200ms' % HOST,
    top=remote()), "internal").start()
tap.ok("internal: no remote line names nobody-else" in p.log(),
       "a host of no remote line gets a warning", p.log()[-1500:])
tap.ok(state(p) == [(HOST, 8789, "asking")], "it asks while there is no such "
       "name", state(p))
tap.ok(ADDR not in relay_pins(), "and nothing is open")
fwworld.dns(**{HOST: [ADDR]})
tap.ok(until(lambda: state(p) == [(HOST, 8789, "open")]),
       "it is found once it is there", lambda: p.log()[-2000:])
tap.ok(ADDR + " . " + PORT in relay_pins() and
       relay_pins().count(ADDR) == 1,
       "its address and port are open to the relay", relay_pins())
tap.ok(not fwworld.pins(p), "and not to egress", fwworld.pins(p))
r = p.ctl("firewall", "test", HOST, PORT, "relay")
tap.ok(r.returncode == 0, "firewall test: the relay may", r.stdout)
for words in ((HOST, "443", "relay"), (HOST, PORT, "gate"),
              (HOST, PORT, "telegram"), ("nobody-else", PORT, "relay")):
    r = p.ctl("firewall", "test", *words)
    tap.ok(r.returncode == 1, "firewall test: not %s %s for %s" % words,
           r.stdout)
tap.ok(p.stop() == 0, "it ends well", lambda: p.log()[-1500:])

for bad in ("169.254.169.254", "127.0.0.1"):
    fwworld.dns(**{HOST: [bad]})
    p = fwworld.Parent(fwworld.config(
        'internal retry 2 delay 100ms', top=remote()), "lie").start()
    tap.ok(until(lambda: state(p) == [(HOST, 8789, "not found")]),
           "an answer of %s opens nothing, and it gives up" % bad,
           lambda: "%s %s" % (state(p), p.log()[-1500:]))
    tap.ok(bad not in relay_pins(), "nothing of it is open", relay_pins())
    tap.ok(p.stop() == 0, "it ends well", lambda: p.log()[-1500:])
tap.done()
