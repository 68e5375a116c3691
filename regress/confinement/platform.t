#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# Platforms that lack something, played by a system call filter (without.c)
# and by fewer capabilities: what cannot be replaced is a refused start with
# one line that names it; what can is said at start and in status, and a turn
# with a tool still works.
import json
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)),
                                "../e2e/lib"))
import family
import kernel
import session
import tap
import world
from fakes import text, tool
from family import ANA, Family, config
from session import project

WITHOUT = world.obj() + "/test/without"
# What the seed's compose file gives beside --cap-drop=ALL.
SEED = "-all,+net_admin,+dac_override,+chown,+fowner,+setuid,+setgid"
PID1 = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]

tg, api = session.begin()
api.rules(
    {"text": "who", "reply": [tool("Bash", command="id -u; echo new > g; "
                                   "cat /run/tc/secret; cat /etc/shadow")]},
    {"text": "who", "result": "", "reply": [text("It is: ${result} end")]},
    {"text": "twice", "reply": [
        tool("Bash", command="echo $$ >> order; sleep 0.4; echo end >> order;"
             " echo first-out"),
        tool("Bash", command="echo $$ >> order; sleep 0.4; echo end >> order;"
             " echo second-out")]},
    {"text": "twice", "result": "", "reply": [text("Both done.")]},
    {"text": "ambush", "reply": [
        tool("Bash", command="(sleep 0.2; kill -STOP -1; kill -KILL -1)& "
             "sleep 0.1; kill -STOP -1; kill -KILL -1"),
        tool("Bash", command="sleep 0.6; echo survived")]},
    {"text": "ambush", "result": "", "reply": [text("Over.")]},
    {"text": "sleepers", "reply": [
        tool("Bash", command="sleep 61"), tool("Bash", command="sleep 62")]},
    {"text": "sleepers", "result": "", "reply": [text("Slept.")]},
)
project("f", "x")
family.secret("secret", "not for tools")
os.chown(world.W + "/secret", world.OWNER_UID, world.OWNER_UID)


class On(Family):
    """telclauded behind `via', the words before its own."""

    def __init__(self, name, via, env=None, **kw):
        self.via = via
        session.fresh()
        # Its commands are no accidents.
        super().__init__(config(top="filter {\n\tcareful off\n}\n", **kw), name,
                         env)

    def start(self):
        o = world.obj()
        self.proc = subprocess.Popen(
            self.via + [o + "/bin/telclauded", "-d", "-f", self.conf, "-L",
                        o + "/libexec"], env=self.env,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=open(self.errors, "a"))
        return self

    def stop(self, timeout=10):
        pid = self.proc.pid
        if self.via[:len(PID1)] == PID1 and family.children(pid):
            pid = family.children(pid)[0]
        try:
            os.kill(pid, signal.SIGTERM)
        except ProcessLookupError:
            pass
        return self.exited(timeout)

    def errors_said(self):
        return [line for line in self.log().splitlines()
                if " error: " in line]

    def weaker(self):
        return [line.split(" weaker: ", 1)[1]
                for line in self.log().splitlines() if " weaker: " in line]


def refused(name, via, *words, **kw):
    fam = On("refused", via, **kw)
    open(fam.errors, "w").close()
    fam.start()
    rc = fam.exited(15)
    said = fam.errors_said()
    tap.ok(rc == 1 and len(said) == 1 and all(w in said[0] for w in words),
           name + ": no start, and one line says why",
           "status %s\n%s" % (rc, fam.log()))
    if rc is None:
        fam.proc.kill()
        fam.proc.wait()
    left = session.left_behind()
    tap.ok(not left, name + ": and nothing is left", "\n".join(left))


def ask(fam, what, expect, timeout=10):
    last = max([m["message_id"] for m in tg.chat(ANA)["messages"]] or [0])
    tg.say(ANA, what)
    tg.answer(ANA, expect, after=last, timeout=timeout)
    return "\n".join(tg.bot_texts(ANA, last))


def ours(layers):
    """What the machine itself is weaker by, when these are missing too."""
    return [b for b in BASE if b != "idmap" or "namespaces" not in layers]


def weaker(name, via, layers, more=None, uid=None, **kw):
    """It starts, says this of these layers, and a turn with a tool works."""
    fam = On("weaker", via, **kw)
    open(fam.errors, "w").close()
    fam.start()
    # The bot's last poll was another family's.
    tg.wait(0.01, polling=True)
    fam.log_wait(" up in ", 15)
    said = fam.weaker()
    found = [w.split(":")[0] for w in said]
    # Whether cgroups may be made is another matter than all these.
    rest = sorted(w for w in found if w != "cgroup")
    tap.ok("up in" in fam.log() and rest == sorted(
        w for w in layers + ours(layers) if w != "cgroup") and
           ("cgroup" in found or "cgroup" not in layers),
           name + ": starts, and says what is weaker",
           lambda: "%s\n%s" % (found, fam.log()[-3000:]))
    r = fam.ctl("-j", "status")
    try:
        st = json.loads(r.stdout)["sandbox"]["weaker"]
    except (ValueError, KeyError):
        st = []
    tap.ok(["%s: %s" % (o["layer"], o["means"]) for o in st] == said,
           name + ": status says the same", "%s%s" % (r.stdout, r.stderr))
    r = fam.ctl("status")
    tap.ok(all("weaker     " + w in r.stdout for w in said) and
           r.stdout.count("\nweaker ") == len(said),
           name + ": and in words", r.stdout)
    got = ask(fam, "who", " end")
    tap.ok("It is:" in got and (uid is None or str(uid) in got) and
           "not for tools" not in got and "root:" not in got and
           os.path.exists(session.PROJECTS + "/g"),
           name + ": a tool works in the workspace, and there alone",
           lambda: "%s\n%s" % (got, fam.log()[-3000:]))
    if more is not None:
        more(fam, name)
    rc = fam.stop()
    tap.ok(rc == 0, name + ": SIGTERM ends it with status 0",
           "%s\n%s" % (rc, fam.log()[-2000:]))
    left = session.left_behind()
    tap.ok(not left, name + ": and nothing is left", "\n".join(left))
    if rc is None:
        fam.proc.kill()
        fam.proc.wait()
    return said


def order(fam):
    path = session.PROJECTS + "/order"
    if os.path.exists(path):
        os.unlink(path)
    got = ask(fam, "twice", "Both done.")
    last = [r["body"]["messages"][-1] for r in api.requests("messages")][-1]
    whole = "first-out" in str(last) and "second-out" in str(last)
    try:
        lines = open(path).read().split()
    except FileNotFoundError:
        lines = []
    return "Both done." in got and whole and len(lines) == 4, lines


# --- what this machine itself is weaker by -------------------------------------
BASE = []
fam = On("base", [])
fam.start()
session.polling(tg, fam)
BASE = [w.split(":")[0] for w in fam.weaker()]
tap.note("this machine: " + (", ".join(fam.weaker()) or "nothing is weaker"))
fam.proc.send_signal(signal.SIGTERM)
tap.ok(fam.exited(10) == 0, "the machine as it is", fam.log()[-3000:])
LOW = [b for b in BASE if b == "landlock"]
BARE = kernel.no_fallback()


def bare(name, *args, **kw):
    """What is left without namespaces, where that is enough for tools."""
    if BARE is not None:
        tap.skip(name, BARE)
    else:
        weaker(name, *args, **kw)



# --- refused ---------------------------------------------------------------------
w = [WITHOUT]
refused("no netlink to nftables", w + ["-N"], "firewall:", "no nf_tables")
refused("no CAP_NET_ADMIN", ["setpriv", "--bounding-set=-net_admin"],
        "CAP_NET_ADMIN", "--cap-add")
refused("IPv6 up, no filter for it", w + ["-6"], "IPv6 is up",
        "ipv6 open", "TELCLAUDE_IPV6_FAIL_CLOSED=0")
refused("no seccomp", w + ["-e", "seccomp=EINVAL"], "seccomp:",
        "CONFIG_SECCOMP_FILTER")
refused("no KILL_PROCESS", w + ["-e", "seccomp:2=EOPNOTSUPP"], "seccomp:",
        "KILL_PROCESS")
refused("no Landlock in the kernel", w + ["-e",
        "landlock_create_ruleset=ENOSYS"], "landlock:",
        "CONFIG_SECURITY_LANDLOCK")
refused("Landlock off at boot", w + ["-e",
        "landlock_create_ruleset=EOPNOTSUPP"], "landlock:", "lsm=")
refused("Landlock hidden by a container", w + ["-e",
        "landlock_create_ruleset=EPERM"], "landlock:", "container")
refused("setresuid refused", w + ["-e", "setresuid=EPERM"], "users:",
        "CAP_SETUID")
refused("setgroups refused", w + ["-e", "setgroups=EPERM"], "users:",
        "supplementary groups")
refused("no CAP_SETUID", ["setpriv", "--bounding-set=-setuid"], "CAP_SETUID")
refused("a user namespace that maps root alone",
        ["unshare", "--user", "--map-root-user", "--net"], "users:")
refused("memory files without seals", w + ["-e", "memfd_create=ENOSYS"],
        "memory file")
if os.path.exists("/proc/self/ns/mnt"):
    refused("no namespaces and Landlock 2", PID1 + [
        "setpriv", "--bounding-set=-sys_admin", WITHOUT, "-l", "2"],
        "Landlock 3", "this kernel has 2")

# --- weaker ------------------------------------------------------------------------
LL = {1: 5, 2: 4, 3: 3, 4: 2, 5: 1, 6: 0}
for abi, n in LL.items():
    if LOW:
        tap.skip("Landlock %d" % abi, "this kernel's is too old to play it")
        continue
    weaker("Landlock %d" % abi, w + ["-l", str(abi)], ["landlock"] * n)
if "mdwe" in BASE:
    tap.skip("no MDWE", "this kernel has none to take away")
else:
    weaker("no MDWE", w + ["-e", "prctl:66=EINVAL"], ["mdwe"])
bare("no namespaces by a filter", PID1 + w + ["-n"],
       ["network", "view", "namespaces"], uid=world.OWNER_UID)


def ambush(fam, name):
    """One call signals all it can; the other one comes to its end."""
    got = ask(fam, "ambush", "Over.", 15)
    last = str([r["body"]["messages"][-1]
                for r in api.requests("messages")][-1])
    tap.ok("Over." in got and "survived" in last,
           name + ": a call that signals everybody harms no other",
           "%s\n%s" % (last, fam.log()[-3000:]))


def one_by_one(fam, name):
    ambush(fam, name)
    whole, lines = order(fam)
    tap.ok(whole and lines[1] == lines[3] == "end" and "end" not in
           (lines[0], lines[2]), name + ": two calls run one after the other",
           "%s\n%s" % (lines, fam.log()[-3000:]))
    sleepers(fam, name)


def side_by_side(fam, name):
    ambush(fam, name)
    whole, lines = order(fam)
    tap.ok(whole and "end" not in lines[:2],
           name + ": two calls run side by side",
           "%s\n%s" % (lines, fam.log()[-3000:]))


def sleepers(fam, name):
    """/stop ends what runs and what waits."""
    s = tg.say(ANA, "sleepers")
    end = time.time() + 5
    while time.time() < end and not any(
            line.startswith("sleep 6")
            for line in session.processes().values()):
        time.sleep(0.02)
    n = sum(line.startswith("sleep 6")
            for line in session.processes().values())
    s = tg.say(ANA, "/stop")
    tap.ok(tg.answer(ANA, "topped", after=s["message_id"], timeout=5) and
           n == 1, name + ": /stop answers while one runs and one waits", n)
    time.sleep(1)
    tap.ok(not any(line.startswith("sleep 6")
                   for line in session.processes().values()),
           name + ": and neither runs a second later")
    got = ask(fam, "who", " end")
    tap.ok("It is:" in got, name + ": the next call is served at once",
           "%s\n%s" % (got, fam.log()[-3000:]))


NOADM = PID1 + ["setpriv", "--bounding-set=-sys_admin"]
bare("no CAP_SYS_ADMIN", NOADM, ["network", "view", "namespaces"], side_by_side,
       uid=world.OWNER_UID)
if not LOW:
    weaker("no CAP_SYS_ADMIN, Landlock 5", NOADM + w + ["-l", "5"],
           ["network", "view", "namespaces", "landlock"], one_by_one,
           uid=world.OWNER_UID)
    weaker("no CAP_SYS_ADMIN, Landlock 3", NOADM + w + ["-l", "3"],
           ["network", "view", "namespaces"] + ["landlock"] * 3, one_by_one,
           uid=world.OWNER_UID)


def bounded(fam, name):
    pid = family.children(fam.proc.pid)[0]
    end = time.monotonic() + 2
    while True:                 # one that is being made has them still
        bad = []
        for p in family.children(pid):
            s = family.status_of(p)
            # Who makes tools in their control group is root as we are.
            mine = s.get("Name") == "toolmaker" and int(
                s["CapPrm"], 16) == int(family.status_of(pid)["CapPrm"], 16)
            if "CapEff" in s and (s["NoNewPrivs"] != "1" or (
                    int(s["CapPrm"], 16) and not mine)):
                bad.append(s)
        if not bad or time.monotonic() > end:
            break
        time.sleep(0.02)
    tap.ok(not bad, name + ": every child is without capabilities", bad)
    # It has no CAP_KILL: what it kills, it kills as its user.
    s = family.status_of(pid)
    tap.ok(not int(s["CapEff"], 16) & 1 << 5 and
           s["Uid"].split() == ["0"] * 4, name + ": nor the parent CAP_KILL",
           s)
    sleepers_die(fam, name)


def sleepers_die(fam, name):
    tg.say(ANA, "sleepers")
    end = time.time() + 5
    while time.time() < end and not any(
            line.startswith("sleep 6")
            for line in session.processes().values()):
        time.sleep(0.02)
    s = tg.say(ANA, "/stop")
    found = tg.answer(ANA, "topped", after=s["message_id"], timeout=5)
    time.sleep(1)
    tap.ok(found and not any(line.startswith("sleep 6")
                             for line in session.processes().values()),
           name + ": /stop kills all the same")


# What Docker adds to that: a root that is read only, and a filter.
DOCKER = ["unshare", "--mount", "sh", "-c", "mount -o remount,bind,ro / && "
          "exec 9< %s && mount -t tmpfs tc /tmp && %s exec \"$@\"" % (
              world.TOP, "" if not world.obj().startswith("/tmp/") else
              # What is tested lies there itself.
              "mkdir -p %s && mount -c --bind /proc/self/fd/9 %s && exec 9<&- &&"
              % (world.TOP, world.TOP)), "sh"]
bare("the seed's capabilities", PID1 + DOCKER + [
    "setpriv", "--no-new-privs", "--bounding-set=" + SEED, WITHOUT, "-n",
    "-e", "keyctl=EPERM", "-e", "bpf=EPERM", "-e", "add_key=EPERM"],
       ["network", "view", "namespaces", "bounding", "root"], bounded,
       uid=world.OWNER_UID)
READONLY = ["unshare", "--mount", "sh", "-c", "while read -r _ d t _; do "
            "case $t in cgroup*) mount -o remount,bind,ro \"$d\";; esac; "
            "done < /proc/mounts; exec \"$@\"", "sh"]
weaker("cgroups read-only", READONLY, ["cgroup"])
weaker("IPv6 without a filter, by the owner's word", w + ["-6"], ["ipv6"],
       env={"TELCLAUDE_IPV6_FAIL_CLOSED": "0"})
# A workspace that is not below a closed home needs no more than these.
session.PROJECTS = world.W + "/srv"
os.mkdir(session.PROJECTS)
os.chown(session.PROJECTS, world.OWNER_UID, world.OWNER_UID)
bare("four capabilities", PID1 + [
    "setpriv", "--no-new-privs", "--bounding-set=-all,+net_admin,+setuid,"
    "+setgid,+chown"], ["network", "view", "namespaces", "bounding", "root"],
    bounded, uid=world.OWNER_UID, workspace=session.PROJECTS)
session.finish("platform", tg, api)
