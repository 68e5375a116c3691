#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# What a new user types: `make run' with two variables and nothing else, and
# the README's five commands to a first real chat, by the system's trust
# store and name servers.
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
import fakes
import session
import tap
import world
from family import ANA, status_of

tg, api = session.begin()
SECRETS = {"TELEGRAM_BOT_TOKEN": fakes.TOKEN, "ANTHROPIC_API_KEY": fakes.KEY}
RUN = world.TOP + "/regress/demo/run.sh"


def own_etc():
    """A copy of /etc that trusts our servers and knows no user of ours."""
    etc = world.W + "/etc-copy"
    world.run("cp", "-a", "/etc", etc)
    world.run("mount", "--bind", etc, "/etc")
    for name in ("passwd", "shadow", "group", "gshadow"):
        if os.path.exists("/etc/" + name):
            with open("/etc/" + name) as f:
                lines = [line for line in f
                         if not line.startswith(("_tc", "telclaude:"))]
            with open("/etc/" + name, "w") as f:
                f.writelines(lines)
    os.path.lexists("/etc/resolv.conf") and os.unlink("/etc/resolv.conf")
    with open("/etc/resolv.conf", "w") as f:
        f.write("nameserver %s\n" % world.DNS_ADDR)
    shutil.copy(world.W + "/tls/ca.pem",
                os.path.realpath("/etc/ssl/certs/ca-certificates.crt"))
    shutil.rmtree("/etc/telclaude", ignore_errors=True)
    for d in ("/usr/local", "/var/lib"):
        world.run("mount", "-t", "tmpfs", "-o", "mode=755", "tc", d)


own_etc()
session.project("CLAUDE.md", "Be brief.\n")


class Running:
    """run.sh in a process group of its own, as a terminal has it."""
    def __init__(self, **env):
        self.log = world.W + "/run.log"
        self.mark = os.path.getsize(self.log) if os.path.exists(
            self.log) else 0
        self.proc = subprocess.Popen(
            ["sh", RUN], cwd=world.W, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=open(self.log, "a"),
            stderr=subprocess.STDOUT,
            env=dict(env, PATH="/usr/sbin:/usr/bin:/sbin:/bin",
                     OBJ=world.obj(), STATE=world.W + "/run-state"))

    def text(self):
        with open(self.log) as f:
            f.seek(self.mark)
            return f.read()

    def says(self, what, timeout=8):
        end = time.time() + timeout
        while time.time() < end:
            if what in self.text():
                return True
            time.sleep(0.02)
        return False

    def interrupt(self):
        os.killpg(self.proc.pid, signal.SIGINT)
        try:
            return self.proc.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.proc.pid, signal.SIGKILL)
            return None


def family():
    """{pid: command line} of telclauded and what it started."""
    out = {}
    for pid in session.processes():
        try:
            exe = os.readlink("/proc/%d/exe" % pid)
        except OSError:
            continue
        if exe.startswith((world.obj() + "/", "/usr/local/")) and \
                "/test/" not in exe:
            out[pid] = exe
    return out


def shown():
    """Processes whose environment, or command line, has a secret."""
    bad = []
    for pid, line in session.processes().items():
        if "/test/fake" in line:
            continue
        try:
            with open("/proc/%d/environ" % pid, "rb") as f:
                env = f.read()
        except OSError:
            continue
        if any(s.encode() in env or s in line for s in SECRETS.values()):
            bad.append((pid, line, env))
    return bad


def nothing_left(name):
    left = ["%d %s" % p for p in family().items()]
    if "inet telclaude" in session.nft("list", "tables").stdout:
        left.append("the table")
    left += ["/run/" + f for f in os.listdir("/run")
             if f.startswith("telclauded.")]
    if os.path.isdir("/run/telclaude"):
        left += ["/run/telclaude/" + f for f in os.listdir("/run/telclaude")
                 if f != "empty" or os.listdir("/run/telclaude/" + f)]
    left += [line for line in open("/proc/self/mounts")
             if "telclauded" in line]
    tap.ok(not left, name, "\n".join(left))


# --- make run ---------------------------------------------------------------------
r = subprocess.run(["make", "-n", "-s", "run", "OBJ=" + world.obj()],
                   cwd=world.TOP, capture_output=True, text=True)
tap.ok("sh regress/demo/run.sh" in r.stdout, "make run is this script",
       r.stdout[-300:] + r.stderr)
for name in SECRETS:
    env = {k: v for k, v in SECRETS.items() if k != name}
    p = Running(**env)
    rc = p.proc.wait(10)
    tap.ok(rc == 1 and name + " is not set" in p.text(),
           "without %s it says so" % name, p.text())
p = Running(**SECRETS)
if not tg.wait(15, polling=True):
    tap.ok(False, "it starts and polls", p.text()[-4000:])
    p.interrupt()
    session.finish("run", tg, api)
tap.ok(True, "with both it starts and polls")
tap.ok("no chat is listed" in p.text() or "nobody is served" in p.text(),
       "and says that nobody is listed", p.text())
tap.ok(os.stat(world.W + "/workspace").st_uid != 0,
       "it made a workspace, not root's")
tg.say(ANA, "who is there?", name="Ana")
tap.ok(p.says("allow chat %d" % ANA),
       "a stranger's message gives the line that lets him in", p.text())
time.sleep(0.2)
tap.ok(tg.bot_texts(ANA) == [] and not api.requests("messages"),
       "and no answer")
pids = family()
tap.ok(len(pids) >= 8 and not shown(),
       "the secrets are in no environment and no command line of %d "
       "processes" % len(pids), shown())
tap.ok(not any(s in p.text() for s in SECRETS.values()), "nor in the log")
bad = [exe for pid, exe in pids.items() if not exe.endswith("/telclauded") and
       (status_of(pid)["Uid"].split()[0] == "0" or
        status_of(pid)["Seccomp"] != "2")]
tap.ok(not bad, "its engines have users of their own and filters", bad)
rc = p.interrupt()
tap.ok(rc == 0, "Ctrl-C ends it", (rc, p.text()[-2000:]))
nothing_left("and leaves nothing")
p = Running(ALLOW_CHATS=str(ANA), **SECRETS)
last = max(m["message_id"] for m in tg.chat(ANA)["messages"])
tg.wait(15, polling=True)
tg.say(ANA, "and now?")
tap.ok(tg.answer(ANA, "echo: and now?", after=last), "ALLOW_CHATS lets in",
       p.text()[-3000:])
rc = p.interrupt()
tap.ok(rc == 0, "Ctrl-C again", (rc, p.text()[-2000:]))
nothing_left("and nothing is left")

# --- the README's commands ----------------------------------------------------------
ENV = {"PATH": "/usr/local/sbin:/usr/sbin:/usr/local/bin:/usr/bin:/sbin:/bin",
       "OBJ": world.obj(), "EDITOR": "sh " + world.W + "/editor"}
with open(world.W + "/editor", "w") as f:
    f.write("""sed -i -e '/(\\*)/s/^me = [0-9]*/me = %d/' \\
    -e '/(\\*)/s,"/srv/projects","%s",' "$1"\n""" % (ANA, session.PROJECTS))


def sh(line, data=""):
    return subprocess.run(["sh", "-c", line], cwd=world.TOP, env=ENV,
                          input=data, capture_output=True, text=True,
                          timeout=60)


readme = open(world.TOP + "/README.md").read()
block = re.search(r"## To a first real chat\n+```\n(.*?)```", readme, re.S)
lines = block.group(1).splitlines() if block else []
tap.ok(len(lines) == 6 and lines[0] == "sh mk/bootstrap install" and
       lines[5].startswith("telclauded -n && systemctl enable --now"),
       "the README's commands", lines)
lines[0] = "make -s install OBJ=" + shlex.quote(world.obj())
given = {1: fakes.TOKEN + "\n", 2: fakes.KEY + "\n"}
for i, line in enumerate(lines[:5]):
    r = sh(line, given.get(i, ""))
    tap.ok(r.returncode == 0, line[:60].strip(), r.stdout[-1500:] +
           r.stderr[-1500:])
users = [line.split(":") for line in open("/etc/passwd")
         if line.startswith("_tc")]
tap.ok(len(users) == 13 and len({u[2] for u in users}) == 13 and
       all("nologin" in u[6] for u in users), "make install made the users",
       users)
conf = "/etc/telclaude/telclauded.conf"
tap.ok("(*)" in open(conf).read() and "me = %d" % ANA in open(conf).read(),
       "the (*) lines are what had to be edited")
r = sh(lines[5].split(" && ")[0])
tap.ok(r.returncode == 0 and "1 chat listed" in r.stdout,
       "telclauded -n: ok, and what will hold", r.stdout + r.stderr)
unit = open("/etc/systemd/system/telclauded.service").read()
start = re.search(r"^ExecStart=(.*)$", unit, re.M).group(1)
tap.ok(start.startswith("/usr/local/sbin/telclauded"),
       "the unit starts what was installed", start)
log = world.W + "/installed.log"
daemon = subprocess.Popen(shlex.split(start), env={"PATH": ENV["PATH"]},
                          stdin=subprocess.DEVNULL,
                          stdout=open(log, "a"), stderr=subprocess.STDOUT)
if tap.ok(tg.wait(15, polling=True), "it starts and polls",
          lambda: open(log).read()):
    s = tg.say(ANA, "a first real chat")
    tap.ok(tg.answer(ANA, "echo: a first real chat", after=s["message_id"]),
           "the first message is answered", lambda: open(log).read())
    pids = family()
    tap.ok({os.path.basename(exe) for exe in pids.values()} >= {
        "telclauded", "relay", "agent", "runner", "gate", "audit", "keeper",
        "resolver"} and all(exe.startswith(
            ("/usr/local/sbin/", "/usr/local/libexec/telclaude/"))
            for exe in pids.values()), "by the installed programs", pids)
    tap.ok(not shown(), "no secret in any environment", shown())
r = sh("telclaudectl status")
tap.ok(r.returncode == 0 and conf + " loaded" in r.stdout,
       "telclaudectl status: all is well", r.stdout + r.stderr)
r = sh("telclaudectl stop")
try:
    rc = daemon.wait(10)
except subprocess.TimeoutExpired:
    rc = None
    daemon.kill()
tap.ok(r.returncode == 0 and rc == 0, "telclaudectl stop", (r, rc))
nothing_left("and nothing of it runs on")
r = sh("make -s uninstall OBJ=" + shlex.quote(world.obj()))
left = [os.path.join(d, f) for d, _, files in os.walk("/usr/local")
        for f in files] + [f for f in (
            "/etc/systemd/system/telclauded.service",) if os.path.exists(f)]
tap.ok(r.returncode == 0 and not left, "make uninstall takes all away",
       (r.stderr, left))
tap.ok(sorted(os.listdir("/etc/telclaude")) == [
    "anthropic.key", "telclauded.conf", "telegram.token"] and
    os.path.isdir("/var/lib/telclaude"), "but configuration and state",
    os.listdir("/etc/telclaude"))
session.finish("run", tg, api)
