#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# The family behind the walls of its unit: what the settings of
# telclauded.service do is done by hand, from the file itself, since there is
# no systemd to do it here.  Read-only file system, closed homes, hidden
# processes, capabilities and system calls as it says; a turn with a tool
# works, and status can still read what the kernel says of engines.
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)),
                                "../e2e/lib"))
import session
import tap
import world
from fakes import text, tool
from family import ANA, Family, config

SRV = world.W + "/srv/projects"
UNIT = world.TOP + "/dist/telclauded.service"
# What these settings do beside mounts, in systemd.exec(5)'s words.
IMPLIED = {
    "ProtectHostname": ["sethostname=EPERM", "setdomainname=EPERM"],
    "ProtectKernelLogs": ["syslog=EPERM"],
    "LockPersonality": ["personality=EPERM"],
    "RestrictSUIDSGID": ["openat2=ENOSYS"],
    "RestrictNamespaces": ["clone3=ENOSYS"],
}


def unit():
    out = {}
    for line in open(UNIT):
        m = re.match(r"([A-Z]\w+)=(.*)", line.strip())
        if m:
            out.setdefault(m[1], []).append(m[2])
    return out


def calls(group):
    r = subprocess.run(["systemd-analyze", "syscall-filter", group],
                       capture_output=True, text=True)
    found = []
    for line in r.stdout.splitlines():
        word = line.strip()
        if line.startswith("    ") and not word.startswith("#"):
            found += calls(word) if word.startswith("@") else [word]
    return found


def filters(u):
    known = subprocess.run([world.obj() + "/test/without", "-k"],
                           capture_output=True, text=True).stdout.split()
    out = []
    for words in u["SystemCallFilter"]:
        assert words.startswith("~")
        for g in words[1:].split():
            g, _, err = g.partition(":")
            for c in calls(g):
                if c in known:
                    out.append("%s=%s" % (c, err or
                                          u["SystemCallErrorNumber"][0]))
    for key, more in IMPLIED.items():
        assert key in u
        out += more
    return sorted(set(out))


def mounts(u, keep):
    """The shell commands that make the view of the file system."""
    assert u["ProtectSystem"] == ["strict"] and u["PrivateTmp"] == ["yes"]
    assert u["ProtectHome"] == ["yes"] and u["ProcSubset"] == ["pid"]
    sh = ["set -e"]
    assert u["PrivateDevices"] == ["yes"]
    dev = world.W + "/dev"
    sh += ["mkdir -p " + dev, "mount -t tmpfs -o mode=755,nosuid tc " + dev]
    for n in ("null", "zero", "full", "random", "urandom", "tty"):
        sh += ["touch %s/%s" % (dev, n),
               "mount --bind /dev/%s %s/%s" % (n, dev, n)]
    sh += ["mkdir %s/shm %s/pts" % (dev, dev),
           "mount --rbind /dev/pts %s/pts" % dev,
           "mount -t tmpfs -o mode=1777 tc %s/shm" % dev,
           "ln -s /proc/self/fd %s/fd" % dev,
           "mount --rbind %s /dev" % dev]
    sh += ["mount --bind %s %s" % (d, d) for d in keep]
    sh += ["mount -o remount,bind,ro /run", "mount -o remount,bind,ro /"]
    sh += ["mount -t tmpfs -o mode=1777 tc " + d for d in ("/tmp", "/var/tmp")]
    sh += ["mount -t tmpfs -o mode=0,ro tc " + d for d in ("/home", "/root")]
    sh += ["mount -t proc -o hidepid=%s,subset=pid proc /proc" %
           u["ProtectProc"][0]]
    return "\n".join(sh)


def ask(what, expect, timeout=10):
    last = max([m["message_id"] for m in tg.chat(ANA)["messages"]] or [0])
    tg.say(ANA, what)
    tg.answer(ANA, expect, after=last, timeout=timeout)
    return "\n".join(tg.bot_texts(ANA, last))


class Unit(Family):
    def start(self):
        lib = world.W + "/sd"
        state, run = world.W + "/state", world.W + "/run"
        caps = ",".join("+" + c[4:].lower() for w in U["CapabilityBoundingSet"]
                        for c in w.split())
        argv = ["unshare", "--mount", "sh", "-c",
                mounts(U, [state, run, SRV, world.W + "/sd"]) +
                '\numask %s\nexec "$@"' % U["UMask"][0], "sh",
                "setpriv", "--no-new-privs", "--bounding-set=-all," + caps,
                lib + "/without"]
        for f in filters(U):
            argv += ["-e", f]
        self.proc = subprocess.Popen(
            argv + [lib + "/telclauded", "-d", "-f", self.conf, "-L",
                    lib + "/libexec"], env=self.env,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=open(self.errors, "a"))
        return self


if shutil.which("systemd-analyze") is None or \
        shutil.which("systemd-tmpfiles") is None:
    tap.skip_all("no systemd-analyze here to say what its groups hold")
tg, api = session.begin()
U = unit()
api.rules(
    {"text": "who", "reply": [tool(
        "Bash", command="id -un; nice -n 1 echo nice-ran; echo new > g; "
        "cat /run/tc/bot.token; ls /home; python3 -c 'print(6*7)'")]},
    {"text": "who", "result": "", "reply": [text("It is: ${result} end")]},
)
o, lib = world.obj(), world.W + "/sd"
shutil.copytree(o + "/libexec", lib + "/libexec")
for f in ("bin/telclauded", "test/without"):
    shutil.copy(o + "/" + f, lib)
os.mkdir(world.W + "/run")
with open(world.TOP + "/dist/tmpfiles.conf") as f, \
        open(world.W + "/tmpfiles.conf", "w") as g:
    g.write(f.read().replace("/var/lib/telclaude", world.W + "/state")
            .replace("/run/telclaude", world.W + "/run")
            .replace("/etc/telclaude", world.W + "/etc-tc"))
r = subprocess.run(["systemd-tmpfiles", "--create", world.W +
                    "/tmpfiles.conf"], capture_output=True, text=True)
tap.ok(r.returncode == 0, "systemd-tmpfiles makes the state directories",
       r.stderr)
os.makedirs(SRV)
os.chmod(SRV, 0o700)
os.chown(SRV, world.OWNER_UID, world.OWNER_UID)
fam = Unit(config(), "home").start()
tap.ok(fam.exited(10) == 1 and "ProtectHome=" in fam.log(),
       "a workspace below a closed home: no start, and what to do",
       fam.log())
fam = Unit(config(top='control group "telclaude"\n', workspace=SRV),
           "unit").start()
session.polling(tg, fam)
weak = [line for line in fam.log().splitlines() if " weaker: " in line]
bare = [w for w in weak if ": bounding" in w or ": root" in w or
        ": network" in w or ": view" in w or ": namespaces" in w]
tap.ok(not bare, "all layers stand behind the unit's settings",
       "\n".join(bare))
got = ask("who", " end")
tap.ok("tool" in got and "nice-ran" in got and "42" in got and
       os.path.exists(SRV + "/g"),
       "a tool works: nice, python, a new file",
       "%s\n%s" % (got, fam.log()[-3000:]))
tap.ok("fake" not in got and "ana" not in got.split("nice-ran")[1],
       "and sees neither secret nor homes", got)
r = fam.ctl("-j", "status")
st = json.loads(r.stdout or "{}")
seen = [e for e in st.get("engines", []) if "caps" in e]
tap.ok(len(seen) == len(st.get("engines", [])) > 8 and
       all(e["caps"] == 0 for e in seen if e["name"] != "parent"),
       "status reads what the kernel says, though processes are hidden",
       r.stdout + r.stderr)
me = [e for e in seen if e["name"] == "parent"]
tap.ok(me and me[0]["caps"] == 5 and me[0]["capbnd"] == 0,
       "the parent keeps five capabilities", me)
g = os.stat(world.W + "/run/telclauded.sock")
tap.ok(g.st_gid == 60100 and g.st_mode & 0o777 == 0o660,
       "the control socket is its group's", "%d %o" % (g.st_gid, g.st_mode))
pids = fam.pids()
os.kill(pids["relay"], signal.SIGSTOP)
r = fam.stop(15)
tap.ok(r == 0 and not session.left_behind(), "an engine that hangs is killed "
       "without CAP_KILL, and nothing is left", "%s\n%s\n%s" % (
           r, session.left_behind(), fam.log()[-2000:]))
# Of the second start everything is there already, with its owners.
fam.start()
session.polling(tg, fam)
got = ask("who", " end")
tap.ok("nice-ran" in got, "a second start", "%s\n%s" % (
    got, fam.log()[-3000:]))
session.finish("unit", tg, api, fam)
