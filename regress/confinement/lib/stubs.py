# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# The real parent and keeper over doubles of the other engines, in a world of
# its own (regress/e2e/lib/world.py): what these tests judge is the parent.
import os
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)),
                                "../../e2e/lib"))
import family                                           # noqa: E402
import tap                                              # noqa: E402
import world                                            # noqa: E402

LIBEXEC = world.W + "/libexec"
DOUBLES = ("relay", "agent", "runner", "gate", "audit", "totp", "resolver",
           "egress")
SENTINEL = world.W + "/run/firewall-active"
UIDS = dict(zip(world.USERS, range(60101, 60101 + len(world.USERS))))
USER = {"relay": "_tcrelay", "agent": "_tctgagent", "runner": "_tctgrunner",
        "gate": "_tcgate", "audit": "_tcaudit", "keeper": "_tckeeper",
        "totp": "_tctotp", "resolver": "_tcdns",
        "egress": "_tcegress"}


def enter():
    why = world.missing()
    if why:
        tap.skip_all(why)
    world.enter()
    os.makedirs(LIBEXEC, exist_ok=True)
    o = world.obj()
    for name in ("keeper", "tool", "fetch"):
        if os.path.exists(o + "/libexec/" + name):
            shutil.copy(o + "/libexec/" + name, LIBEXEC)
    for name in DOUBLES:
        shutil.copy(o + "/test/stub", LIBEXEC + "/" + name)
    os.chmod(LIBEXEC, 0o755)


def config(api="https://api.telegram.org", top="", agent=""):
    ca = world.W + "/tls/ca.pem"
    if not os.path.exists(ca):
        open(ca, "w").close()
    secret = family.secret
    return f"""
state "{world.W}/state"
runtime "{world.W}/run"
log debug to stderr
telegram {{
	token file "{secret("bot.token", "700100200:AAfake-token")}"
	allow chat 1001
	admin 999
	api "{api}" ca "{ca}"
}}
anthropic {{
	key file "{secret("api.key", "sk-ant-api03-fake-key")}"
	api "https://api.anthropic.com" ca "{ca}"
}}
agent telegram {{
	workspace "{world.W}/home/ana/projects"
	model "claude-sonnet-5-5"
	{agent}
}}
totp {{
	key file "{secret("totp.key", "0" * 64)}"
}}
firewall {{ resolver {{ {world.DNS_ADDR} }} }}
{top}
"""


class Parent(family.Family):
    def start(self, *args, wait="telclauded: telclauded", via=()):
        o = world.obj()
        self.started = time.monotonic()
        self.proc = subprocess.Popen(
            [*via, o + "/bin/telclauded", "-d", "-f", self.conf, "-L",
             LIBEXEC, *args], env=self.env, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=open(self.errors, "a"))
        if wait and not self.log_wait(wait, 10):
            tap.note(self.log())
        return self

    def wait_pid(self, name, old, timeout=4):
        """The pid of an engine once it is another than old."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            pid = self.pids().get(name)
            if pid and pid != old:
                return pid
            time.sleep(0.01)
        return None


def tables():
    out = subprocess.run(["nft", "list", "tables"], capture_output=True,
                         text=True).stdout
    return [t for t in out.splitlines() if "telclaude" in t]


def alive(pid):
    try:
        with open("/proc/%d/stat" % pid) as f:
            return f.read().rpartition(") ")[2].split()[0] != "Z"
    except OSError:
        return False


def caged(pid):
    """0 in a build for the sanitizers."""
    return family.status_of(pid)["Seccomp"] == "2"


def left():
    """Processes of the family, anywhere in this world."""
    out = []
    for n in os.listdir("/proc"):
        if n.isdigit() and alive(int(n)):
            argv = family._read("/proc/%s/cmdline" % n).split(b"\0")
            name = os.path.basename(argv[0].decode(errors="replace"))
            if name in USER or name == "telclauded":
                out.append((int(n), name))
    return out


def gone(pids, timeout=3):
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        if not any(alive(p) for p in pids):
            return True
        time.sleep(0.002)
    return False


def kill(pid, sig=signal.SIGKILL):
    os.kill(pid, sig)
