#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# What a hijacked egress can have opened, with real lookups and packets: names
# by line and port, private endpoints, lies of a name server, every form of
# an address, permissive mode, and what a reload takes back.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)),
                                "lib"))
import fwworld                                          # noqa: E402
from fwworld import pins, tap, world                    # noqa: E402

REFUSED, PRIVATE = 1, 4
LINES = """allow domain { example.org "*.wild.example" }
	allow private "nas" host { nas.lan mixed.lan 192.168.1.0/24 fd12::/64 } port 8443"""
DNS = {"nas.lan": ["192.168.1.9", "fd12::9"],
       "mixed.lan": ["192.168.1.9", world.WEB_ADDR],
       "meta.wild.example": ["169.254.169.254"],
       "half.wild.example": [world.WEB_ADDR, "10.0.0.5"],
       "nat64.wild.example": ["64:ff9b::a9fe:a9fe"],
       "rebind.wild.example": [world.WEB_ADDR],
       "own.wild.example": [world.HOME_ADDR],
       "wild.example": [world.WEB_ADDR],
       "public.example": [world.WEB_ADDR, "2001:db8:30::1"],
       "alias.example": [world.TG_ADDR]}

fwworld.begin()
fwworld.dns(**DNS)
p = fwworld.Parent(fwworld.config(LINES), "names").start()


def refused(name, err, why):
    got = p.ask(name)
    tap.ok(got is not None and got[0] == err and got[1] == 0,
           "%s: %s" % (name, why), lambda: "%s\n%s" % (got,
                                                        p.log()[-1500:]))


def opened(name, addrs, why):
    got = p.ask(name)
    tap.ok(got is not None and got[0] == 0 and
           sorted(got[2]) == sorted((a, "open") for a in addrs),
           "%s: %s" % (name, why), lambda: "%s\n%s" % (got,
                                                        p.log()[-1500:]))


# --- lines
opened("example.org 443", [world.WEB_ADDR], "a line opens it")
refused("example.org 22", REFUSED, "and not another port")
refused("wild.example 443", REFUSED, "*.x is not x itself")
refused("public.example 443", REFUSED, "no line, no name")
n = fwworld.queries("example.org")
opened("example.org 443", [world.WEB_ADDR], "a second time")
tap.ok(fwworld.queries("example.org") == n == 1,
       "without another question to the name server", n)
tap.ok(fwworld.queries("public.example") == 0,
       "a refused name is never looked up")
got = p.ask("outright")
tap.ok(got and [r for _, r in got[2]] == ["refused", "refused"],
       "what was not asked for is refused", got)

# --- private endpoints
opened("nas.lan 8443", ["192.168.1.9", "fd12::9"],
       "an endpoint's name, IPv4 and IPv6")
refused("nas.lan 443", REFUSED, "not on another port")
refused("mixed.lan 8443", PRIVATE, "one address outside refuses it whole")
opened("192.168.1.9 8443", ["192.168.1.9"], "an endpoint's address")
refused("192.168.1.9 443", REFUSED, "not on another port")

# --- lies
refused("meta.wild.example 443", PRIVATE, "an answer that is metadata")
refused("half.wild.example 443", PRIVATE, "one private address of two")
refused("nat64.wild.example 443", PRIVATE, "metadata through NAT64")
got = p.ask("own.wild.example 443")
tap.ok(got and got[2] == [(world.HOME_ADDR, "refused")],
       "a name that leads to this host itself: pinned, and refused", got)
opened("rebind.wild.example 443", [world.WEB_ADDR], "first public")
DNS["rebind.wild.example"] = ["10.0.0.5"]
fwworld.dns(**DNS)
tap.ok(p.again(fwworld.config(LINES)), "a reload forgets answers",
       lambda: p.log()[-1500:])
refused("rebind.wild.example 443", PRIVATE, "then private: refused")
DNS["rebind.wild.example"] = ["169.254.169.254", world.WEB_ADDR]
fwworld.dns(**DNS)
refused("rebind.wild.example 443", PRIVATE, "then metadata: refused")
tap.ok(not any(a.startswith(("10.", "169.")) for a, _ in pins(p)),
       "none of it is in the kernel's sets", pins(p))

# --- classes, and every form of an address
for name in ("api.telegram.org 443", "api.telegram.org. 443",
             "api.anthropic.com 443", "x.claude.ai 443"):
    refused(name, REFUSED, "not a tool's")
FORMS = ("169.254.169.254 80", "0xa9fea9fe 80", "2852039166 80",
         "0251.0376.0251.0376 80", "::ffff:169.254.169.254 80",
         "fd00:ec2::254 80", "localhost 80")
for name in FORMS:
    refused(name, REFUSED, "no form of it")

# --- what is shown
rows = p.rows()
by = {}
for o in rows:
    by.setdefault(o["row"], []).append(o)
mine = {o["name"]: o for o in by.get("name", []) if o["engine"] == "egress"}
tap.ok(mine.get("example.org", {}).get("asked") == 2 and
       mine["example.org"]["scope"] == "telegram" and
       mine["example.org"]["addresses"] == [world.WEB_ADDR] and
       0 < mine["example.org"]["left_s"] <= 60,
       "show firewall: name, scope, addresses, time left, how often asked",
       mine)
tap.ok(by["firewall"][0]["denied"]["egress"] >= 3 and
       by["firewall"][0]["denied"]["keeper"] == 0,
       "and denials by engine, without those of our own probes",
       by["firewall"])
tap.ok(p.log_wait("audit: line firewall_denied: egress:"),
       "denials are in the audit log", lambda: p.log()[-2000:])
tap.ok(p.log_wait("audit: line name_refused: egress for telegram: port 443 of "
                  "api.anthropic.com: tools never reach names of this class")
       and p.log_wait("audit: line address_refused: egress: mixed.lan"),
       "so are refused names, and why")
table = p.ctl("show", "firewall").stdout
tap.ok("example.org" in table and "OPEN TO" in table and
       "mode restricted" in table, "as a table too", table)


def tested(words, rc, *texts):
    r = p.ctl("firewall", "test", *words.split())
    tap.ok(r.returncode == rc and all(t in r.stdout for t in texts),
           "firewall test " + words, "%d\n%s%s" % (r.returncode, r.stdout,
                                                   r.stderr))


before = pins(p)
tested("example.org 443 telegram", 0, "allowed: example.org",
       "line       allow domain { example.org *.wild.example }",
       "class      none", "address    " + world.WEB_ADDR)
tested("example.org 22 telegram", 1, "denied", "does not have this port")
tested("example.org 443 moltbook", 1, "no agent of that scope")
tested("github.com 443 telegram", 1, "allow domain default",
       "class      tools", "lookup     the name servers know no such name")
tested("mixed.lan 8443 telegram", 1, "denied", 'allow private "nas"',
       world.WEB_ADDR + ", refused")
tested("api.anthropic.com 443 telegram", 1, "class      model")
tested("api.telegram.org 443 relay", 0, "api line", "class      relay")
tested("api.telegram.org 443 gate", 1, "not a name of this engine's row")
tap.ok(pins(p) == before, "a test opens nothing", (before, pins(p)))
for words in ("example.org 0 telegram", "example.org 443 nobody"):
    r = p.ctl("firewall", "test", *words.split())
    tap.ok(r.returncode == 64, "firewall test %s: wrong words" % words,
           r.stderr)

# --- permissive
tap.ok(p.again(fwworld.config("mode permissive\n\t" + LINES)),
       "a reload to permissive", lambda: p.log()[-1500:])
opened("public.example 443", [world.WEB_ADDR, "2001:db8:30::1"],
       "permissive: any public host, IPv4 and IPv6")
refused("public.example 25", REFUSED, "permissive: two ports")
for name in ("api.telegram.org 443", "api.telegram.org. 443",
             "api.anthropic.com 443", "x.claude.ai 443"):
    refused(name, REFUSED, "permissive: not a tool's")
refused("alias.example 443", PRIVATE,
        "permissive: another name for the Bot API's address")
for name in FORMS:
    refused(name, REFUSED, "permissive: no form of it")

# --- what a reload takes back
tap.ok((world.WEB_ADDR, "443") in pins(p) and
       ("192.168.1.9", "8443") in pins(p), "before it, pins are there",
       pins(p))
tap.ok(p.again(fwworld.config("deny domain default")),
       "a reload that opens nothing", lambda: p.log()[-1500:])
tap.ok(not pins(p), "takes all pins of tools back", pins(p))
refused("example.org 443", REFUSED, "and the name")
tap.ok(p.stop() == 0, "it ends well", lambda: p.log()[-1500:])
tap.done()
