#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# What a new user types: `make run' with two variables and nothing else, and
# the README's commands to a first real chat, letter by letter, by the system's
# trust store and name servers.
import os
import re
import shlex
import shutil
import signal
import socket
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
    for d in ("/usr/local", "/var/lib", "/srv"):
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
# Who edits takes the # off the lines marked (*), and knows his number.
os.mkdir(world.W + "/bin")
with open(world.W + "/bin/nano", "w") as f:
    f.write("""#!/bin/sh
sed -i -e '/(\\*)/s/^#\\([^ ]\\)/\\1/' -e 's/^me = [0-9]*/me = %d/' "$1"\n""" % ANA)
os.chmod(world.W + "/bin/nano", 0o755)
ENV = {"PATH": world.W + "/bin:/usr/local/sbin:/usr/sbin:/usr/local/bin:"
       "/usr/bin:/sbin:/bin", "OBJ": world.obj()}


def sh(line, data=""):
    return subprocess.run(["sh", "-c", line], cwd=world.TOP, env=ENV,
                          input=data, capture_output=True, text=True,
                          timeout=60)


# As it is shipped: nobody is served, and a wrong workspace is said.
def check_unedited():
    r = sh("telclauded -n")
    tap.ok(r.returncode == 0 and "nobody is served" in r.stdout and
           "no admin" in r.stdout and "workspace" not in r.stderr,
           "the file as shipped serves nobody", r.stdout + r.stderr)
    ws = "/srv/projects"
    st = os.stat(ws)
    os.chown(ws, 0, 0)
    r = sh("telclauded -n")
    tap.ok(r.returncode == 0 and "chown USER:GROUP " + ws in r.stderr,
           "-n says that the workspace is root's", r.stdout + r.stderr)
    os.rename(ws, ws + ".away")
    r = sh("telclauded -n")
    tap.ok(r.returncode == 0 and "install -d -o USER" in r.stderr,
           "and that it is not there", r.stdout + r.stderr)
    r = sh("telclauded -d")
    tap.ok(r.returncode == 1 and "install -d -o USER" in r.stderr,
           "the start refuses it and says what to type", r.stderr[-1500:])
    os.rename(ws + ".away", ws)
    os.chown(ws, st.st_uid, st.st_gid)


# A /dev whose log is ours to read.
def own_dev():
    dev = world.W + "/dev"
    os.mkdir(dev)
    world.run("mount", "-t", "tmpfs", "-o", "mode=755", "tc", dev)
    for n in ("null", "zero", "full", "random", "urandom", "tty"):
        open(dev + "/" + n, "w").close()
        world.run("mount", "--bind", "/dev/" + n, dev + "/" + n)
    os.symlink("/proc/self/fd", dev + "/fd")
    for n in ("shm", "pts"):
        os.mkdir(dev + "/" + n)
    world.run("mount", "--rbind", dev, "/dev")
    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    s.bind("/dev/log")
    return s


# Without -d the log is where the file says.
def logged_elsewhere(text):
    log = "/var/lib/telclauded.log"

    def life(target, heard):
        with open(conf, "w") as f:
            f.write(text + "log info to %s\n" % target)
        r = sh("telclauded")
        said = heard()
        end = sh("telclaudectl stop")
        while family() and end.returncode == 0:
            time.sleep(0.02)
        return (r.returncode, end.returncode, r.stderr, said)

    def datagrams():
        out = []
        s.setblocking(False)
        try:
            while True:
                out.append(s.recv(4096).decode())
        except BlockingIOError:
            return out
    r = life('file "%s"' % log, lambda: open(log).read())
    tap.ok(r[:2] == (0, 0) and re.search(
        r"^[0-9]{4}-.* telclauded: ", r[3], re.M) and
        re.search(" relay: ", r[3]), "log to file", r)
    s = own_dev()
    r = life("syslog local3", datagrams)
    # 19: LOG_LOCAL3, with the priority in the low three bits.
    tap.ok(r[:2] == (0, 0) and r[3] and all(
        int(re.match("<([0-9]+)>", m).group(1)) >> 3 == 19 for m in r[3]) and
        any("]: relay: " in m for m in r[3]), "log to syslog local3", r)
    datagrams()
    r = life("syslog user", datagrams)
    tap.ok(r[:2] == (0, 0) and r[3] and all(
        int(re.match("<([0-9]+)>", m).group(1)) >> 3 == 1 for m in r[3]),
        "log to syslog user", r)
    s.close()


readme = open(world.TOP + "/README.md").read()
block = re.search(r"## To a first real chat\n+```\n(.*?)```", readme, re.S)
lines = block.group(1).splitlines() if block else []
tap.ok(len(lines) == 7 and lines[0] == "sh mk/bootstrap install" and
       lines[6].startswith("telclauded -n && systemctl enable --now"),
       "the README's commands", lines)
lines[0] = "make -s install OBJ=" + shlex.quote(world.obj())
given = {2: fakes.TOKEN + "\n", 3: fakes.KEY + "\n"}
conf = "/etc/telclaude/telclauded.conf"
for i, line in enumerate(lines[:6]):
    if i == 5:
        check_unedited()
    r = sh(line, given.get(i, ""))
    tap.ok(r.returncode == 0, line[:60].strip(), r.stdout[-1500:] +
           r.stderr[-1500:])
users = [line.split(":") for line in open("/etc/passwd")
         if line.startswith("_tc")]
tap.ok(len(users) == 13 and len({u[2] for u in users}) == 13 and
       all("nologin" in u[6] for u in users), "make install made the users",
       users)
tap.ok("(*)" in open(conf).read() and "me = %d" % ANA in open(conf).read(),
       "the (*) lines are what had to be edited")
r = sh(lines[6].split(" && ")[0])
tap.ok(r.returncode == 0 and "1 chat listed, admin %d" % ANA in r.stdout and
       re.search(", [0-9]+ names allowed", r.stdout) and not r.stderr, "telclauded -n: ok, and what will hold",
       r.stdout + r.stderr)
edited = open(conf).read()
with open(conf, "a") as f:
    f.write("log info to syslog local3\n")
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
tap.ok("log to syslog local3: nothing goes there" in open(log).read(),
       "in the unit's way a target of the log is said to be none",
       lambda: open(log).read())
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
logged_elsewhere(edited)
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
