#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# What a hostile tool of each tier tries, in namespaces and without: the rows
# of regress/confinement/attack, run by a tool double or by Bash in real
# sandboxes.  Each row is refused or done as its kind says, and in the end the
# host is seen to be as it was.
import os
import platform
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
import traceback

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, HERE + "/lib")
import tooldrv                                          # noqa: E402
import kernel                                           # noqa: E402
from tooldrv import OBJ, OWNER, Scope, TOOL_UID, tap     # noqa: E402

tooldrv.usable()
SHELL, SETID = OBJ + "/test/toolshell", OBJ + "/test/setid"
OTHERS = OWNER + 1              # users of another scope and of an engine
TIERS = ("read-only", "write-local", "full-access", "social")
NPROC = 80
# What a wall answers; a row may name more.
WALL = {"EPERM", "EACCES", "EROFS", "ENOENT", "EXDEV", "ENOTDIR"}
# What the tools' side must be attacked with; each needs a row and a twin.
ITEMS = ("read another's files", "/proc of others",
         "the host's Unix sockets", "write outside the workspace",
         "READ_ONLY writes", "set-uid and file capabilities", "signals",
         "ptrace", "userns", "io_uring", "bpf", "keyctl", "kernel",
         "abstract sockets", "netlink", "raw and packet sockets",
         "SCM_RIGHTS smuggling", "TIOCSTI", "limits")
PROGRAMS = [("python3", "/usr/bin/python3", "files.py"),
            ("python3", "/usr/bin/python3", "readonly.py"),
            ("python3", "/usr/bin/python3", "kernel.py"),
            ("python3", "/usr/bin/python3", "sockets.py"),
            ("sh", "/bin/bash", "attack.sh"), ("perl", "perl", "attack.pl"),
            ("node", "node", "attack.js")]
tried, twins = {}, {}


class Place:
    """A host around one workspace, and who lives in it."""

    def __init__(self, name, tier, fallback, real=False):
        self.name, self.tier, self.fb = name, tier, fallback
        self.top = tempfile.mkdtemp(prefix="attacks")
        os.chmod(self.top, 0o755)
        self.files()
        self.listeners()
        args = ["-r", self.read, "-r", self.code, "-W", self.extra, "-n",
                str(NPROC), "-m", str(1 << 30)]
        if tier == "social":
            args.append("-S")
        if fallback:
            args += ["-F", "-R", self.run]
        self.real = real
        self.scope = Scope(self.ws, *args,
                           tool=tooldrv.TOOL if real else SHELL)
        if self.scope.why:
            raise SystemExit(self.scope.why)
        self.people()

    def folder(self, name, uid=OWNER, mode=0o755):
        path = self.top + "/" + name
        os.makedirs(path, exist_ok=True)
        os.chown(path, uid, uid)
        os.chmod(path, mode)
        return path

    def put(self, path, text, uid=OWNER, mode=0o644):
        with open(path, "w") as f:
            f.write(text)
        os.chown(path, uid, uid)
        os.chmod(path, mode)

    def files(self):
        """Open to everybody as files go: the sandbox is what is tried."""
        self.out = self.folder("home")
        self.ws = self.folder("home/ws")
        self.folder("home/d")
        self.put(self.out + "/secret", "SECRET", mode=0o600)
        self.put(self.out + "/f", "the owner's")
        for f in ("victim", "own", "spare", "spare2"):
            self.put(self.ws + "/" + f, "some words of the owner's\n")
        os.symlink(self.out, self.ws + "/way")
        os.chown(self.ws + "/way", OWNER, OWNER, follow_symlinks=False)
        self.extra, self.read = self.folder("extra"), self.folder("read")
        for d in (self.extra, self.read):
            self.put(d + "/f", "given to tools\n")
        self.other = self.folder("other", OTHERS, 0o777)
        self.put(self.other + "/theirs", "another scope's", OTHERS, 0o666)
        self.state = self.folder("state", OTHERS, 0o777)
        self.put(self.state + "/db", "the state", OTHERS, 0o666)
        self.run = self.folder("run", 0)
        self.code = self.folder("code", 0)
        for f in os.listdir(HERE + "/attack"):
            if not f.startswith("__"):
                shutil.copy(HERE + "/attack/" + f, self.code)
        self.programs()

    def programs(self):
        for name, uid, mode in (("plain", OWNER, 0o755),
                                ("suid-root", 0, 0o4755),
                                ("sgid-root", 0, 0o2755),
                                ("suid-owner", OTHERS, 0o4755),
                                ("caps", OWNER, 0o755)):
            path = self.ws + "/" + name
            shutil.copy(SETID, path)
            os.chown(path, uid, uid)
            os.chmod(path, mode)
        # Permitted and effective: cap_dac_override, cap_net_raw.
        os.setxattr(self.ws + "/caps", "security.capability", bytes.fromhex(
            "0100000202200000000000000000000000000000"))

    def listeners(self):
        self.abstract = "tc-attacks-%d-%s" % (os.getpid(), self.name)
        self.socks = []
        for where in (self.top + "/sock", self.ws + "/agent.sock",
                      "\0" + self.abstract):
            for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                path = where + ("" if kind == socket.SOCK_STREAM else ".d")
                s = socket.socket(socket.AF_UNIX, kind)
                s.bind(path)
                if kind == socket.SOCK_STREAM:
                    s.listen(5)
                if path[0] != "\0":
                    os.chmod(path, 0o777)
                s.setblocking(False)
                self.socks.append(s)

    def people(self):
        """Who else runs on the host; in fallback, below the same init."""
        self.procs, pids, via = [], [], []
        pid = self.scope.p.pid
        if self.fb:
            with open("/proc/%d/task/%d/children" % (pid, pid)) as f:
                pid = int(f.read())
            via = ["nsenter", "-t", str(pid), "-p", "-m"]
        for uid in (OWNER, OWNER if self.fb else TOOL_UID, OTHERS, 0):
            p = subprocess.Popen(via + [
                "setpriv", "--reuid", str(uid), "--regid", str(uid),
                "--clear-groups", "sleep", "600"])
            self.procs.append(p)
        end = time.time() + 5
        for p in self.procs:
            q = p.pid
            while time.time() < end:
                kids = [] if not self.fb else open(
                    "/proc/%d/task/%d/children" % (p.pid, p.pid)).read() \
                    .split()
                q = int(kids[0]) if kids else p.pid
                if open("/proc/%d/comm" % q).read() == "sleep\n":
                    break
                time.sleep(0.01)
            with open("/proc/%d/status" % q) as f:
                ns = [ln for ln in f if ln.startswith("NSpid:")][0].split()
            pids.append(int(ns[-1]))
            p.victim = q
        self.parent = 1 if self.fb else pid
        self.pids = pids[:3] + [self.parent]
        self.was = self.lives()

    def lives(self):
        """What of them a stranger could change."""
        out = []
        for p in self.procs:
            pid = p.victim
            try:
                with open("/proc/%d/stat" % pid) as f:
                    st = f.read().rpartition(") ")[2].split()
            except OSError:
                out.append("gone")
                continue
            out.append((st[0] in "SR", st[16], st[38],
                        os.sched_getaffinity(pid),
                        open("/proc/%d/limits" % pid).read(),
                        open("/proc/%d/oom_score_adj" % pid).read()))
        return out

    def env(self, **more):
        e = dict(WS=self.ws, OUT=self.out, OTHER=self.other,
                 STATE=self.state, EXTRA=self.extra, READ=self.read,
                 TIER=self.tier, FB="1" if self.fb else "",
                 PIDS=" ".join(map(str, self.pids)), PARENT=self.parent,
                 SOCK=self.top + "/sock", ABSTRACT=self.abstract,
                 NPROC=NPROC, LEAVE="",
                 X86="1" if platform.machine() == "x86_64" else "",
                 CONV=self.run + "/tmp-%s/%016x" % (
                     "moltbook" if self.tier == "social" else "telegram", 99)
                 if self.fb else "/tmp/theirs")
        e.update(more)
        return " ".join("T_%s='%s'" % kv for kv in e.items())

    def command(self, prog, script, **more):
        return "cd %s; %s PYTHONDONTWRITEBYTECODE=1 %s %s/%s" % (
            self.ws, self.env(**more), prog, self.code, script)

    def bash(self, cmd, **kw):
        return self.scope.bash(cmd, tier=self.tier, **kw)

    def close(self):
        for p in self.procs:
            try:
                os.kill(p.victim, signal.SIGKILL)
            except ProcessLookupError:
                pass
        err = self.scope.close()
        for p in self.procs:
            p.wait()
        for s in self.socks:
            s.close()
        shutil.rmtree(self.top, ignore_errors=True)
        return err


def flags_of(path):
    if shutil.which("lsattr") is None:
        return ""
    r = subprocess.run(["lsattr", "-d", path], capture_output=True, text=True)
    return r.stdout.split(" ")[0] if r.returncode == 0 else ""


def picture(place):
    """The host's files; of the workspace only what no tier may change."""
    seen = {}
    for top, dirs, files in os.walk(place.top):
        if top == place.run:
            dirs[:] = []
        if top == place.ws and place.tier != "read-only":
            dirs[:] = files = []
        if top == place.extra and (place.tier == "full-access" or
                                   place.fb and place.tier != "read-only"):
            dirs[:] = files = []
        for name in dirs + files + ["."]:
            path = os.path.join(top, name)
            st = os.lstat(path)
            body = attrs = b""
            if stat.S_ISREG(st.st_mode):
                with open(path, "rb") as f:
                    body = f.read(100)
                attrs = [(a, os.getxattr(path, a))
                         for a in os.listxattr(path)]
            inside = path in (place.ws, place.ws + "/.", place.extra,
                              place.extra + "/.")
            seen[path] = (st.st_mode, st.st_uid, st.st_gid, st.st_size,
                          0 if inside else st.st_mtime_ns, body, attrs)
    for f in (place.read + "/f", place.out + "/f", place.ws + "/victim"):
        if place.tier == "read-only" or place.ws not in f:
            seen[f + " flags"] = flags_of(f)
    return seen


def good(place, row):
    item, kind, name, r, allowed = row
    refused = r in WALL | set(allowed.split()) or r == "SIGNAL 31"
    ro = place.tier == "read-only"
    if r.startswith("BROKEN"):
        return False
    if kind == "any":
        return True
    if kind == "tmp" and ro and place.fb:
        return True             # its filter refuses modes everywhere
    done = kind in ("twin", "tmp") or (kind == "ro" and not ro) or \
        (kind == "full" and place.tier == "full-access") or \
        (kind == "ns" and not place.fb)
    if done:
        # A tmpfs before Linux 6.6; Python has another name for EOPNOTSUPP.
        return r == "DONE" or ("xattr" in name and r == "ENOTSUP")
    return refused


def rows_of(text):
    rows = [ln.split("|") for ln in text.splitlines()]
    return [r for r in rows if len(r) == 5], \
        [r for r in rows if len(r) != 5]


def judge(place, label, text, least):
    rows, odd = rows_of(text)
    bad = ["|".join(r) for r in rows if not good(place, r)]
    for item, kind, name, r, _ in rows:
        both = kind in ("ro", "full", "ns")
        if kind == "never" or both:
            tried[item] = tried.get(item, 0) + 1
        if r == "DONE" and (kind in ("twin", "tmp") or both):
            twins[item] = twins.get(item, 0) + 1
    tap.ok(len(rows) >= least and not bad and not odd,
           "%s, %s: %d attempts, each refused or done as it should be" %
           (place.name, label, len(rows)),
           "\n".join(bad[:60] + [str(odd)[:1000], text[-300:]]))


def untouched(place, before):
    after = picture(place)
    diff = ["%s: %s, was %s" % (k, after.get(k), before.get(k))
            for k in sorted(set(before) | set(after))
            if before.get(k) != after.get(k)]
    tap.ok(not diff, place.name + ": no file outside is changed",
           "\n".join(diff))
    came = []
    for s in place.socks:
        try:
            if s.type == socket.SOCK_STREAM:
                s.accept()
            came.append("%s %s" % (s.getsockname(), s.recv(9)))
        except (BlockingIOError, OSError):
            pass
    tap.ok(not came, place.name + ": nobody came to a socket of the host",
           came)
    now = place.lives()
    tap.ok(now == place.was, place.name + ": the others live as they did",
           "%s\nwas\n%s" % (now, place.was))


def run_all(place, programs=PROGRAMS):
    place.bash("echo theirs > ${TMPDIR:-/tmp}/theirs", conv=99)
    before = picture(place)
    for label, prog, script in programs:
        if shutil.which(prog) is None:
            tap.skip("%s, %s" % (place.name, script), prog + " is not here")
            continue
        r = place.bash(place.command(prog, script), time_ms=60000)
        judge(place, script, r["text"], 20)
    untouched(place, before)


def smuggle(place):
    """A descriptor left by one call while the next one looks for it."""
    n = place.scope.start("Bash", {"command": place.command(
        "/usr/bin/python3", "sockets.py", LEAVE="1") + "; echo x >> "
        "$TMPDIR/left; until test -e $TMPDIR/looked; do sleep 0.02; done"},
        tier=place.tier, time_ms=30000)
    r = place.bash("until test -e $TMPDIR/left; do sleep 0.02; done; " +
                   place.command("/usr/bin/python3", "sockets.py") +
                   "; echo x >> $TMPDIR/looked")
    judge(place, "while another call leaves descriptors", r["text"], 20)
    first = place.scope.finish(n)
    rows = [x for x in rows_of(first["text"])[0] if x[1] == "any"]
    tap.ok(len(rows) == 2, place.name + ": which it tried to", first["text"])
    for f in ("left.sock",):
        if os.path.lexists(place.ws + "/" + f):
            os.unlink(place.ws + "/" + f)
    # Along with its output, to the runner.
    drv = place.scope.p.pid
    if place.fb:
        with open("/proc/%d/task/%d/children" % (drv, drv)) as f:
            drv = int(f.read().split()[0])
    place.bash("true")
    time.sleep(0.1)
    fds = len(os.listdir("/proc/%d/fd" % drv))
    place.bash("/usr/bin/python3 -c 'import socket, array, os\n"
               "s = socket.socket(fileno=4)\n"
               "for i in range(50):\n"
               "  s.sendmsg([b\"x\"], [(1, 1, array.array(\"i\", [0] * 200))])"
               "'")
    place.bash("true")
    time.sleep(0.1)
    now = len(os.listdir("/proc/%d/fd" % drv))
    tap.ok(now <= fds + 1, place.name + ": 10000 descriptors sent along "
           "with its output are nobody's", (fds, now))


def race(place):
    """A name in the workspace turns while the file tools write to it."""
    before = picture(place)
    n = place.scope.start("Bash", {"command":
        "cd %s; mkdir -p dir; while :; do ln -sfn %s turn; ln -sfn dir turn; "
        "ln -sfn %s/f file; rm -f file; echo x > file; done" %
        (place.ws, place.out, place.out)}, kill_ms=1000)
    done = 0
    end = time.time() + 0.8
    while time.time() < end:
        for tool, args in (
                ("Write", {"file_path": place.ws + "/turn/f",
                           "content": "RACED"}),
                ("Write", {"file_path": place.ws + "/file",
                           "content": "RACED"}),
                ("Edit", {"file_path": place.ws + "/turn/f",
                          "old_string": "owner", "new_string": "RACED"})):
            done += not place.scope.call(tool, args)["error"]
    place.scope.finish(n)
    after = picture(place)
    tap.ok(before == after and done > 0,
           "%s: links that turn under Write and Edit lead nowhere (%d "
           "writes in the workspace)" % (place.name, done),
           [k for k in after if after[k] != before.get(k)])
    shutil.rmtree(place.ws + "/dir", ignore_errors=True)


def forever(place):
    """Nothing outlives its call, however it hides."""
    mark = 4321 + place.fb
    r = place.bash("/usr/bin/python3 -c 'import os, time, signal, ctypes\n"
                   "for i in range(12):\n"
                   "  if os.fork() == 0:\n"
                   "    os.setsid()\n"
                   "    if os.fork(): os._exit(0)\n"
                   "    if i %% 2: ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)\n"
                   "    for s in range(1, 65):\n"
                   "      try: signal.signal(s, signal.SIG_IGN)\n"
                   "      except (OSError, ValueError): pass\n"
                   "    os.closerange(0, 4096)\n"
                   "    if i %% 3: ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)\n"
                   "    os.chdir(\"/\"); os.execv(\"/bin/sleep\","
                   " [\"sleep\", \"%d\"])\n"
                   "' ; sleep 0.2; echo left" % mark)
    end = time.time() + 3
    mine = ["x"]
    while mine and time.time() < end:
        time.sleep(0.02)
        mine = [p for p in os.listdir("/proc") if p.isdigit() and
                b"\0%d\0" % mark in read(p) and uid_of(p) in (OWNER, TOOL_UID)]
    tap.ok("left" in r["text"] and not mine, place.name + ": 12 daemons, "
           "detached twice and deaf, end with their call", (r, mine))
    r = place.bash("kill -9 -1; sleep 0.1")
    time.sleep(0.1)
    tap.ok(place.lives() == place.was,
           place.name + ": kill -9 -1 is no harm to others", place.lives())
    r = place.bash("echo still here")
    tap.ok(r["text"] == "still here\n", place.name + ": the next call works",
           r)


def read(pid):
    try:
        with open("/proc/%s/cmdline" % pid, "rb") as f:
            return f.read()
    except OSError:
        return b""


def uid_of(pid):
    try:
        with open("/proc/%s/status" % pid) as f:
            return int([ln for ln in f if ln.startswith("Uid:")][0].split()[1])
    except (OSError, IndexError):
        return -1


def one(tier, fallback, real=False):
    name = tier + (", no namespaces" if fallback else "") + \
        (", by Bash" if real else "")
    place = Place(name, tier, fallback, real)
    try:
        if fallback and place.scope.ask({"running": 1})["landlock"] < 6:
            tap.skip(name, "this kernel's Landlock does not hold signals")
            return
        run_all(place)
        if not real:
            smuggle(place)
        forever(place)
        if real:
            race(place)
    finally:
        place.close()


for f in (SHELL, SETID, "/usr/bin/python3"):
    if not os.path.exists(f):
        tap.skip_all(f + " is not there")


def half(fallback):
    """Their users differ: the halves do not count as each other's."""
    try:
        for t in TIERS:
            one(t, fallback)
        one("write-local", fallback, real=True)
    except BaseException as e:
        tap.ok(False, "the test itself: %r" % e, traceback.format_exc())


BARE = kernel.no_fallback()
if BARE is not None:
    tap.skip("the tiers without namespaces", BARE)
halves = [threading.Thread(target=half, args=(fb,))
          for fb in (False, True)[:2 if BARE is None else 1]]
for h in halves:
    h.start()
for h in halves:
    h.join()
for item in ITEMS:
    tap.ok(tried.get(item) and twins.get(item), "%s: %d attempts, %d twins" %
           (item, tried.get(item, 0), twins.get(item, 0)))
tap.ok(not set(tried) - set(ITEMS), "no row is of no item",
       set(tried) - set(ITEMS))
sys.exit(tap.done())
