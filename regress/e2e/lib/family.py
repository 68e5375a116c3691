# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# telclauded with its engines, from the build tree, under a configuration of
# the test; what the kernel says of each process.
import os
import signal
import subprocess
import time

import fakes
import world

ENGINES = ("relay", "agent", "runner", "gate", "audit", "keeper", "totp",
           "resolver", "egress")
ANA, BEN, ADMIN = 1001, 1002, 999
# More messages than any test sends.
RATES = "".join("rate %s 1000000/minute\n" % w for w in (
    "total", "tier read-only", "tier write-local", "tier full-access",
    "user any"))


def secret(name, text):
    path = world.W + "/" + name
    with open(path, "w") as f:
        f.write(text + "\n")
    os.chmod(path, 0o600)
    return path


def config(telegram="", agent="", anthropic="", top="", chats=(ANA, BEN, ADMIN),
           workspace=world.W + "/home/ana/projects", rates=RATES):
    token = secret("bot.token", fakes.TOKEN)
    key = secret("api.key", fakes.KEY)
    totp = secret("totp.key", "a passphrase of the test, long enough")
    ca = world.W + "/tls/ca.pem"
    resolver = "" if world.RESOLV_CONF else \
        "firewall { resolver { %s } }\n" % world.DNS_ADDR
    return f"""
state "{world.W}/state"
runtime "{world.W}/run"
log debug to stderr
telegram {{
	token file "{token}"
	allow chat {{ {" ".join(map(str, chats))} }}
	admin {ADMIN}
	api "https://api.telegram.org" ca "{ca}"
	{telegram}
}}
tier write-local user any
{rates}allow tool any
anthropic {{
	key file "{key}"
	api "https://api.anthropic.com" ca "{ca}"
	price "claude-sonnet-5-5" input 3.00 output 15.00 cached 0.30 written 3.75
	{anthropic}
}}
agent telegram {{
	workspace "{workspace}"
	model {{ "claude-sonnet-5-5" "claude-haiku-5-5" }}
	{agent}
}}
totp {{
	key file "{totp}"
}}
{resolver}{top}
"""


def _read(path):
    try:
        with open(path, "rb") as f:
            return f.read()
    except OSError:
        return b""


def status_of(pid):
    return dict(line.split(":\t", 1) for line in
                _read("/proc/%d/status" % pid).decode(errors="replace")
                .splitlines() if ":\t" in line)


class Family:
    program = "/bin/telclauded"

    def __init__(self, conf=None, name="telclauded", env=None):
        self.name = name
        self.conf = world.W + "/" + name + ".conf"
        self.errors = world.W + "/" + name + ".err"
        self.write(conf if conf is not None else config())
        self.env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C"}
        self.env.update(env or {})
        self.proc = None

    def write(self, text):
        with open(self.conf, "w") as f:
            f.write(text)
        os.chmod(self.conf, 0o600)

    def start(self, *args):
        o = world.obj()
        self.started = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        self.proc = subprocess.Popen(
            [o + self.program, "-d", "-f", self.conf, "-L",
             o + "/libexec", *args], env=self.env,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=open(self.errors, "a"))
        return self

    def log(self):
        return _read(self.errors).decode(errors="replace")

    def log_wait(self, text, timeout=5, after=0):
        end = time.time() + timeout
        while time.time() < end:
            if text in self.log()[after:]:
                return True
            time.sleep(0.01)
        return False

    def exited(self, timeout):
        try:
            return self.proc.wait(timeout)
        except subprocess.TimeoutExpired:
            return None

    def stop(self, timeout=10):
        if self.proc is None or self.proc.poll() is not None:
            return self.proc.returncode if self.proc else None
        self.proc.send_signal(signal.SIGTERM)
        rc = self.exited(timeout)
        if rc is None:
            self.proc.kill()
            self.proc.wait()
        return rc

    def reload(self):
        self.proc.send_signal(signal.SIGHUP)

    def ctl(self, *words):
        o = world.obj()
        return subprocess.run(
            [o + "/bin/telclaudectl", "-s", world.W + "/run/telclauded.sock",
             *words], capture_output=True, text=True, timeout=20)

    def pids(self):
        """{engine: pid} of the parent's children; the tools are a list."""
        found = {"parent": self.proc.pid, "tools": []}
        own = os.path.basename(_read("/proc/%d/cmdline" % self.proc.pid)
                               .split(b"\0")[0].decode(errors="replace"))
        for pid in children(self.proc.pid):
            argv = _read("/proc/%d/cmdline" % pid).split(b"\0")
            name = os.path.basename(argv[0].decode(errors="replace"))
            if b"selftest" in argv:
                continue        # a twin, soon gone
            if name in ENGINES:
                found[name] = pid
            elif name and name != own:      # which makes tools
                found["tools"].append(pid)
        return found


def children(pid):
    text = _read("/proc/%d/task/%d/children" % (pid, pid))
    if text:
        return [int(n) for n in text.split()]
    out = []                    # a kernel without that file
    for n in os.listdir("/proc"):
        if n.isdigit() and _read("/proc/%s/stat" % n).rpartition(
                b") ")[2].split()[1:2] == [str(pid).encode()]:
            out.append(int(n))
    return out


def start_all(conf=None, rules=(), poll=True, name="telclauded", args=()):
    """Servers and family, polling; (telegram, anthropic, family)."""
    world.make_tls()
    world.start_dns()
    tg, api = fakes.Telegram(), fakes.Anthropic()
    api.rules(*rules)
    fam = Family(conf, name).start(*args)
    if poll and tg.wait(15, polling=True) is None:
        raise RuntimeError("no poll:\n" + fam.log())
    return tg, api, fam
