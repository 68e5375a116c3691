#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# What the kernel says of each engine once it runs (style A.14), and what is
# left when the parent dies: nothing, with the firewall as the last thing.
import os
import signal
import stat
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)),
                                "lib"))
import stubs                                            # noqa: E402
import kernel                                           # noqa: E402
from stubs import tap, world                            # noqa: E402

NONET = ("agent", "runner", "totp", "audit", "keeper")
# Channels to siblings, as in links.def.
SIBLINGS = {"relay": 5, "agent": 2, "runner": 1, "gate": 3, "audit": 3,
            "totp": 1, "resolver": 0, "keeper": 0, "egress": 1}


def fds(pid):
    d = "/proc/%d/fd" % pid
    return {int(n): os.readlink(d + "/" + n) for n in os.listdir(d)}


def limits(pid):
    with open("/proc/%d/limits" % pid) as f:
        return {line[:26].strip(): line[26:].split()[:2] for line in f}


def judge_status(name, pid):
    s = stubs.family.status_of(pid)
    uid = str(stubs.UIDS[stubs.USER[name]])
    tap.ok(s["Uid"].split() == [uid] * 4 and s["Gid"].split() == [uid] * 4,
           name + ": its own user and group, four times",
           s["Uid"] + " " + s["Gid"])
    tap.ok(s["Groups"].strip() == "", name + ": no supplementary groups",
           s["Groups"])
    caps = [s["Cap" + x] for x in ("Inh", "Prm", "Eff", "Bnd", "Amb")]
    tap.ok(all(int(c, 16) == 0 for c in caps),
           name + ": every capability set is empty, the bounding set too",
           caps)
    tap.ok(s["NoNewPrivs"] == "1" and s["Seccomp"] == "2" and
           int(s.get("Seccomp_filters", "2")) == 2,
           name + ": no_new_privs, base filter and its own", s)
    tap.ok(int(s["SigBlk"], 16) == 0, name + ": no signal is blocked")


def judge_fds(name, pid):
    f = fds(pid)
    tap.ok(all(f.get(n) == "/dev/null" for n in (0, 1, 2)) and
           f.get(3, "").startswith("socket:") and
           f.get(4, "").startswith("pipe:"),
           name + ": 0-2 null, 3 the parent, 4 the keeper's pipe", f)
    rest = [v for n, v in sorted(f.items()) if n > 4]
    known = [v for v in rest if v.startswith(
        ("anon_inode:[eventpoll]", "/memfd:", "anon_inode:[eventfd]",
         world.W + "/tls/ca.pem", world.W + "/state/"))]
    # Libevent's own wake-up pipe: both ends are here, so it leads nowhere.
    known += [v for v in rest if v.startswith("pipe:") and
              rest.count(v) == 2 and v != f.get(4)]
    left = [v for v in rest if v not in known]
    socks = [v for v in left if v.startswith("socket:")]
    want = SIBLINGS[name] + (name == "keeper")
    tap.ok(len(socks) == len(left) and len(socks) == want,
           "%s: %d more sockets and nothing unknown" % (name, want), f)


def judge_rest(name, pid, mine):
    with open("/proc/%d/environ" % pid, "rb") as f:
        env = f.read()
    tap.ok(env == b"", name + ": its environment is empty", env)
    lim = limits(pid)
    tap.ok(lim["Max core file size"] == ["0", "0"],
           name + ": no core file", lim)
    tap.ok(int(lim["Max open files"][1]) <= 4096 and
           lim["Max data size"][1] != "unlimited", name + ": bounded", lim)
    root = "/proc/%d/root/" % pid
    seen = sorted(os.listdir(root))
    tap.ok(os.readlink("/proc/%d/ns/mnt" % pid) !=
           os.readlink("/proc/self/ns/mnt") and
           set(seen) <= {"dev", "etc", "lib", "lib32", "lib64", "libx32",
                         "run", "usr"} and
           sorted(os.listdir(root + "dev")) == ["null", "urandom"] and
           not os.path.exists(root + "usr/bin") and
           not os.path.exists(root + world.W + "/run") and
           os.path.exists(root + world.W + "/state"),
           name + ": sees libraries and the state, nothing else", seen)
    net = os.readlink("/proc/%d/ns/net" % pid)
    tap.ok((net != mine) == (name in NONET), name +
           (": a network namespace of its own" if name in NONET else
            ": the host's network, behind the firewall"), net)
    if net != mine:
        with open("/proc/%d/net/dev" % pid) as f:
            devs = [x.split(":")[0].strip() for x in f.readlines()[2:]]
        tap.ok(devs == ["lo"], name + ": with nothing but lo in it", devs)


def judge_files():
    st = world.W + "/state"
    for d, user in (("relay", "_tcrelay"), ("agent-telegram", "_tctgagent"),
                    ("totp", "_tctotp"), ("audit", "_tcaudit")):
        s = os.stat(st + "/" + d)
        tap.ok(stat.S_IMODE(s.st_mode) == 0o700 and
               s.st_uid == stubs.UIDS[user], "state of %s is its own" % d)
    s = os.stat(world.W + "/run/telclauded.sock")
    tap.ok(stat.S_IMODE(s.st_mode) == 0o660 and s.st_uid == 0,
           "control socket: 0660, root's")


def sentinel(p):
    with open(stubs.SENTINEL) as f:
        pid, start, boot = f.read().split()
    with open("/proc/%d/stat" % p.proc.pid) as f:
        real = f.read().rpartition(") ")[2].split()[19]
    with open("/proc/sys/kernel/random/boot_id") as f:
        booted = f.read().strip()
    tap.ok((int(pid), start, boot) == (p.proc.pid, real, booted),
           "sentinel: pid, start time, boot id")
    tap.ok(locked(), "sentinel: held under flock")


def locked():
    import fcntl
    with open(stubs.SENTINEL) as f:
        try:
            fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def second_one():
    q = stubs.Parent(stubs.config(), "second").start(wait=None)
    tap.ok(q.exited(5) == 1 and "runs already" in q.log(),
           "a second telclauded says that one runs", q.log())


def parent_dies(p):
    pids = p.pids()
    others = [pids[n] for n in stubs.USER if n != "keeper"]
    tap.ok(len(stubs.tables()) == 1, "the table is there")
    stubs.kill(p.proc.pid, signal.SIGSTOP)
    stubs.kill(p.proc.pid, signal.SIGKILL)
    p.proc.wait()
    # Never an instant with an engine alive and no table.
    bare = 0
    while any(stubs.alive(x) for x in others):
        if not stubs.tables() and any(stubs.alive(x) for x in others):
            bare += 1
    tap.ok(bare == 0, "no engine outlives the table")
    tap.ok(stubs.gone(others + [pids["keeper"]]),
           "kill -9 of the parent: everybody is gone")
    tap.ok(stubs.tables() == [], "and the table with the keeper")
    tap.ok(os.path.exists(stubs.SENTINEL) and not locked(),
           "the sentinel left behind is not locked")


def fewer(drop, words):
    """What telclauded says and does without some capability."""
    p = stubs.Parent(stubs.config(), "fewer" + drop)
    p.start(wait=words, via=["setpriv", "--bounding-set=" + drop])
    return p


def containers():
    bare = kernel.no_fallback()
    if bare is None:
        no_sys_admin()
    else:
        tap.skip("without CAP_SYS_ADMIN", bare)
    ws = world.W + "/home/ana/projects"
    for cap in ("SETPCAP", "KILL", "SYS_CHROOT"):
        if cap == "SYS_CHROOT":     # then there are no namespaces either
            if bare is not None:
                tap.skip("without CAP_SYS_CHROOT", bare)
                continue
            os.chown(ws, stubs.UIDS["_tctgtool"], stubs.UIDS["_tctgtool"])
        p = fewer("-" + cap.lower(), " up in ")
        pids = p.pids()
        tap.ok(set(stubs.USER) <= set(pids) and ("weaker: bounding" in p.log())
               == (cap == "SETPCAP"), "without CAP_%s it runs" % cap, p.log())
        s = stubs.family.status_of(pids["agent"])
        tap.ok(int(s["CapPrm"], 16) == 0 and s["Seccomp"] == "2" and
               s["NoNewPrivs"] == "1" and
               (int(s["CapBnd"], 16) == 0) == (cap != "SETPCAP"),
               "and its engines are confined all the same", s)
        os.kill(pids["agent"], signal.SIGSTOP)  # one that does not end
        tap.ok(p.stop() == 0 and stubs.gone(
            [v for k, v in pids.items() if k != "tools"]),
               "and an engine that hangs is killed at the end", p.log())
    os.chown(ws, world.OWNER_UID, world.OWNER_UID)
    for cap in ("NET_ADMIN", "SETUID"):
        p = fewer("-" + cap.lower(), "error:")
        tap.ok(p.exited(5) == 1 and "CAP_" + cap in p.log(),
               "without CAP_%s: no start, and it says so" % cap, p.log())


def no_sys_admin():
    p = fewer("-sys_admin", "error:")
    tap.ok(p.exited(5) == 1 and "must be process 1" in p.log(),
           "without CAP_SYS_ADMIN, not process 1, tools as the owner: "
           "no start", p.log())
    ws = world.W + "/home/ana/projects"
    os.chmod(world.W + "/home/ana", 0o711)
    os.chown(ws, stubs.UIDS["_tctgtool"], stubs.UIDS["_tctgtool"])
    p = fewer("-sys_admin", " up in ")
    pids = p.pids()
    tap.ok(set(stubs.USER) <= set(pids), "without CAP_SYS_ADMIN it runs",
           p.log())
    s = stubs.family.status_of(pids["agent"])
    tap.ok(int(s["CapBnd"], 16) == 0 and s["Seccomp"] == "2",
           "and its engines are confined all the same", s)
    tap.ok(p.stop() == 0, "and stops", p.log())
    os.chown(ws, world.OWNER_UID, world.OWNER_UID)


def main():
    stubs.enter()
    p = stubs.Parent(stubs.config()).start()
    mine = os.readlink("/proc/self/ns/net")
    pids = p.pids()
    tap.ok(set(stubs.USER) <= set(pids), "all engines run", p.log())
    if not stubs.caged(pids["relay"]):
        p.stop()
        tap.skip("what the kernel says of them", "built without cages")
        return tap.done()
    for name in stubs.USER:
        if name in pids:
            judge_status(name, pids[name])
            judge_fds(name, pids[name])
            judge_rest(name, pids[name], mine)
    log = p.log()
    tap.ok(log.count("environ empty") == len(stubs.DOUBLES),
           "no engine saw an environment", log)
    s = stubs.family.status_of(p.proc.pid)
    tap.ok(int(s["CapBnd"], 16) == 0, "parent: bounding set empty")
    n = bin(int(s["CapEff"], 16)).count("1")
    tap.ok(n <= 9 and int(s["CapEff"], 16) == int(s["CapPrm"], 16),
           "parent: keeps %d capabilities" % n)
    judge_files()
    sentinel(p)
    second_one()
    parent_dies(p)
    containers()
    p = stubs.Parent(stubs.config(), "again").start()
    pids = p.pids()
    tap.ok(p.stop() == 0, "SIGTERM: exit status 0", p.log())
    tap.ok(stubs.gone([v for k, v in pids.items() if k != "tools"]) and
           stubs.tables() == [] and not os.path.exists(stubs.SENTINEL) and
           not os.path.exists(world.W + "/run/telclauded.sock") and
           not os.path.exists(world.W + "/run/telclauded.pid"),
           "nothing is left behind")
    return tap.done()


sys.exit(main())
