# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# The real parent, keeper and resolver, with doubles of the other engines; the
# one of egress (asker.c) asks for names on a signal.  A real name server,
# whose answers the test writes, and listeners on every address out there.
import json
import os
import re
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)),
                                "../../confinement/lib"))
import stubs                                            # noqa: E402
from stubs import tap, world                            # noqa: E402

NAMES = [line.split('"')[1] + " " + port
         for line, port in re.findall(
             r'(\{ "[^"]+"), (\d+) \}',
             open(os.path.join(os.path.dirname(os.path.realpath(__file__)),
                               "../asker.c")).read())]
OUT4 = ("192.168.1.9", "10.0.0.5", "169.254.169.254")
OUT6 = ("2001:db8:30::1", "fd12::9", "fd00:ec2::254")
_dns = None


def begin():
    stubs.enter()
    if not shutil.which("dnsmasq"):
        tap.skip_all("needs dnsmasq")
    shutil.copy(world.obj() + "/test/asker", stubs.LIBEXEC + "/egress")
    shutil.copy(world.obj() + "/libexec/resolver", stubs.LIBEXEC)
    for a in OUT4:
        world.inside("ip", "addr", "add", a + "/32", "dev", "lo")
    for a in OUT6:
        world.inside("ip", "-6", "addr", "add", a + "/128", "dev", "lo",
                     "nodad")
    world.run("ip", "-6", "addr", "add", "2001:db8:1::1/64", "dev", "f0",
              "nodad")
    world.inside("ip", "-6", "addr", "add", "2001:db8:1::2/64", "dev", "s0",
                 "nodad")
    world.run("ip", "-6", "route", "add", "default", "via", "2001:db8:1::2")
    for port in ("443", "8443", "80", "22", "25", "8080"):
        serve(world.in_servers(), port)
    serve([], "443")


def serve(where, port):
    p = subprocess.Popen([*where, world.obj() + "/test/probe", "0", "serve",
                          "::", port], stdout=subprocess.PIPE, text=True)
    p.stdout.readline()


def dns(**records):
    """A name server with these; one that runs is replaced."""
    global _dns
    if _dns is not None:
        _dns.kill()
        _dns.wait()
    extra = records.pop("extra", [])
    all_ = {"api.telegram.org": [world.TG_ADDR],
            "example.org": [world.WEB_ADDR]}
    all_.update({k.replace("_", "."): v for k, v in records.items()})
    argv = ["dnsmasq", "-k", "-C", "/dev/null", "--no-resolv", "--no-hosts",
            "--user=root", "--pid-file=", "--bind-interfaces",
            "--listen-address=" + world.DNS_ADDR, "--local-ttl=60",
            "--address=/#/", "--log-queries=extra", "--log-facility=" +
            world.W + "/dns.log", *extra]
    for host, addrs in all_.items():
        for a in addrs:
            argv.append("--host-record=%s,%s" % (host, a))
    _dns = subprocess.Popen(world.in_servers(*argv))
    end = time.time() + 5
    while time.time() < end:
        r = subprocess.run(world.in_servers(
            world.obj() + "/test/probe", "0", "tcp", world.DNS_ADDR, "53"),
            capture_output=True, text=True)
        if r.stdout.startswith("ok"):
            return
        time.sleep(0.01)
    raise RuntimeError("dnsmasq does not answer")


def queries(host):
    """How often the name server was asked for it."""
    try:
        text = open(world.W + "/dns.log").read()
    except FileNotFoundError:
        return 0
    return len(re.findall(r"query\[A\] %s from" % re.escape(host), text))


def config(lines="", resolver=True, **kw):
    text = stubs.config(**kw)
    at = text.index("firewall {")
    end = text.index("\n", at)
    return text[:at] + "firewall {\n%s%s\n}" % (
        "resolver { %s }\n" % world.DNS_ADDR if resolver else "",
        lines) + text[end:]


class Parent(stubs.Parent):
    def ask(self, name, timeout=6):
        """(err, number of addresses, [(address, open or refused)])"""
        k = NAMES.index(name) if name != "outright" else len(NAMES)
        at = len(self.log())
        os.kill(self.pids()["egress"], 34 + k)
        if name == "outright":
            k = 99
        m = None
        end = time.time() + timeout
        while m is None and time.time() < end:
            time.sleep(0.01)
            m = re.search(r"egress: name %d err (\d+) n (\d+)" % k,
                          self.log()[at:])
        if m is None:
            return None
        tried = re.findall(r"egress: try %d (\S+) port \d+: (\w+)" % k,
                           self.log()[at:])
        return int(m[1]), int(m[2]), tried

    def rows(self, what="firewall"):
        r = self.ctl("-j", "show", what)
        return json.loads(r.stdout) if r.returncode == 0 else []

    def again(self, text):
        at = len(self.log())
        self.write(text)
        self.reload()
        return self.log_wait("is in force", 8, at)


def pins(fam):
    """Addresses in the kernel's sets of egress."""
    out = set()
    for s in ("egress4", "egress6"):
        t = subprocess.run(["nft", "list", "set", "inet", "telclaude", s],
                           capture_output=True, text=True).stdout
        out |= set(re.findall(r"([0-9a-f.:]+) \. (\d+) timeout", t))
    return out
