# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# Attacks in Python on processes and the kernel: whose /proc, memory, signals
# and limits, and what could make a namespace, a program or a key of one's own.
import ctypes
import fcntl
import os
import signal
import struct
import subprocess

from attack import E, WS, attack, check, in_child, libc, one, opened, \
    run_all, sys_

FB = E["T_FB"] != ""
VICTIMS = dict(zip(("its owner's process", "a tool of the same user",
                    "another user's process", "the parent", "process 1"),
                   [int(p) for p in E["T_PIDS"].split()] + [1]))
if not FB:                      # process 1 is the tool's own
    del VICTIMS["process 1"]
PROC, SIG, PTRACE = "/proc of others", "signals", "ptrace"
USERNS, SETID, LIMITS = "userns", "set-uid and file capabilities", "limits"
GONE = "ESRCH"
BUF = ctypes.create_string_buffer(4096)


def zero():
    return ctypes.create_string_buffer(256)


# --- /proc ------------------------------------------------------------------------
for who, pid in VICTIMS.items():
    for f in ("mem", "environ", "maps", "fd", "cwd/", "root/etc/shadow",
              "cmdline", "task", "ns/net", "status", "syscall"):
        # Where the parent is process 1, /proc/self of the tool is its own.
        one(PROC, "never", "%s of %s" % (f, who),
            lambda p="/proc/%d/%s" % (pid, f): opened(p, os.O_RDONLY))
    one(PROC, "never", "write oom_score_adj of " + who,
        lambda p=pid: opened("/proc/%d/oom_score_adj" % p, os.O_WRONLY))
for f in ("kcore", "kmsg", "sysrq-trigger", "sys/kernel/core_pattern",
          "sys/kernel/hostname", "sys/net/ipv4/ip_forward"):
    one(PROC, "never", "/proc/%s for writing" % f,
        lambda f=f: opened("/proc/" + f, os.O_WRONLY))
one(PROC, "twin" if not FB else "ns", "its own",
    lambda: opened("/proc/self/status", os.O_RDONLY))


# --- signals -----------------------------------------------------------------------
def pidfd_signal(pid):
    fd = os.pidfd_open(pid)
    try:
        signal.pidfd_send_signal(fd, signal.SIGTERM)
    finally:
        os.close(fd)


def sigio(pid):
    r, w = os.pipe()
    fcntl.fcntl(r, fcntl.F_SETOWN, pid)
    fcntl.fcntl(r, 10, signal.SIGTERM)          # F_SETSIG
    fcntl.fcntl(r, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
    os.write(w, b"x")
    raise PermissionError(1, "seen outside")    # attacks.t looks


for who, pid in VICTIMS.items():
    if FB and pid == 1:
        continue
    one(SIG, "never", "SIGTERM to " + who,
        lambda p=pid: os.kill(p, signal.SIGTERM), GONE)
    one(SIG, "never", "SIGSTOP to the group of " + who,
        lambda p=pid: os.kill(-p, signal.SIGSTOP), GONE)
    one(SIG, "never", "by pidfd to " + who,
        lambda p=pid: pidfd_signal(p), GONE + " EINVAL")
    one(SIG, "never", "tgkill to " + who,
        lambda p=pid: sys_(234, p, p, 15), GONE)
    one(SIG, "never", "rt_sigqueueinfo to " + who,
        lambda p=pid: sys_(129, p, 15, zero()), GONE)
    one(SIG, "never", "SIGIO to " + who, lambda p=pid: sigio(p), GONE)
    one(SIG, "never", "niceness of " + who,
        lambda p=pid: os.setpriority(os.PRIO_PROCESS, p, 15), GONE)
    one(SIG, "never", "processors of " + who,
        lambda p=pid: os.sched_setaffinity(p, {0}), GONE)
    one(SIG, "never", "scheduling of " + who,
        lambda p=pid: os.sched_setscheduler(p, os.SCHED_IDLE,
                                            os.sched_param(0)), GONE)
    one(SIG, "never", "sched_setattr of " + who,
        lambda p=pid: sys_(314, p, ctypes.create_string_buffer(
            struct.pack("IIQiIQQQ", 48, 5, 0, 0, 0, 0, 0, 0)), 0),
        GONE)
    one(SIG, "never", "ioprio_set of " + who,
        lambda p=pid: sys_(251, 1, p, 3 << 13), GONE)
    one(SIG, "never", "limits of " + who,
        lambda p=pid: sys_(302, p, 7, None, zero()), GONE + " ENOSYS")
one(SIG, "never", "niceness of all its user's",
    in_child(lambda: os.setpriority(os.PRIO_USER, 0, 15)
             if FB else (_ for _ in ()).throw(PermissionError(1, "own"))))


@attack(SIG, "twin", "its own child, and its own niceness")
def _():
    pid = os.fork()
    if pid == 0:
        signal.pause()
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    os.setpriority(os.PRIO_PROCESS, 0, os.getpriority(os.PRIO_PROCESS, 0))
    os.sched_setaffinity(0, os.sched_getaffinity(0))


# --- ptrace, and its kin ----------------------------------------------------------
one(PTRACE, "never", "traceme", in_child(lambda: check(
    libc.ptrace(0, 0, 0, 0))))
for who, pid in VICTIMS.items():
    one(PTRACE, "never", "attach to " + who,
        lambda p=pid: check(libc.ptrace(16, p, 0, 0)))
    one(PTRACE, "never", "seize " + who,
        lambda p=pid: check(libc.ptrace(0x4206, p, 0, 0)))
    one(PTRACE, "never", "process_vm_readv of " + who,
        lambda p=pid: sys_(310, p, zero(), 1, zero(), 1, 0))
    one(PTRACE, "never", "process_vm_writev of " + who,
        lambda p=pid: sys_(311, p, zero(), 1, zero(), 1, 0))
    one(PTRACE, "never", "kcmp of " + who,
        lambda p=pid: sys_(312, p, os.getpid(), 0, 0, 0))
one(PTRACE, "never", "pidfd_getfd", lambda: sys_(438, 0, 0, 0))


@attack(PTRACE, "twin", "its own memory by a pointer")
def _():
    BUF.value = b"mine"
    if ctypes.string_at(ctypes.addressof(BUF)) != b"mine":
        raise OSError(14, "memory")


# --- namespaces --------------------------------------------------------------------
for name, flag in (("user", 0x10000000), ("mount", 0x20000), ("pid",
                   0x20000000), ("net", 0x40000000), ("ipc", 0x8000000),
                   ("uts", 0x4000000), ("cgroup", 0x2000000),
                   ("time", 0x80)):
    one(USERNS, "never", "unshare " + name,
        in_child(lambda f=flag: check(libc.unshare(f))))
    if name != "time":
        one(USERNS, "never", "clone " + name, in_child(
            lambda f=flag: sys_(56, f | 17, 0, 0, 0, 0) and None))
one(USERNS, "never", "clone3 user", in_child(lambda: sys_(
    435, ctypes.create_string_buffer(struct.pack("Q", 0x10000000) +
                                     bytes(80)), 88)), "ENOSYS")
one(USERNS, "never", "bits no int has", in_child(lambda: sys_(
    272, 0x10000000 | 1 << 40)), "EINVAL")
one(USERNS, "never", "setns to its own", lambda: sys_(
    308, os.open(WS, os.O_PATH), 0))
one(USERNS, "never", "setuid 0", in_child(lambda: os.setuid(0)))
one(USERNS, "never", "setresuid of the saved one", in_child(
    lambda: os.setresuid(-1, -1, 0)))
one(USERNS, "never", "setgroups", in_child(lambda: os.setgroups([0])))
one(USERNS, "twin", "fork", in_child(lambda: None))

# --- calls of the kernel -------------------------------------------------------------
for item, name, nr, args, allowed in (
        ("io_uring", "setup", 425, (4, zero()), ""),
        ("io_uring", "enter", 426, (0, 1, 0, 0, None, 0), ""),
        ("io_uring", "register", 427, (0, 0, None, 0), ""),
        ("bpf", "map", 321, (0, zero(), 72), ""),
        ("bpf", "program", 321, (5, zero(), 72), ""),
        ("bpf", "object by path", 321, (7, zero(), 72), ""),
        ("bpf", "perf_event_open", 298, (zero(), 0, -1, -1, 0), ""),
        ("keyctl", "describe the session's", 250, (6, -3, zero(), 256), ""),
        ("keyctl", "join a session", 250, (1, 0), ""),
        ("keyctl", "add_key", 248, (b"user", b"x", b"y", 1, -3), ""),
        ("keyctl", "request_key", 249, (b"user", b"x", 0, -3), ""),
        ("kernel", "userfaultfd", 323, (0,), ""),
        ("kernel", "init_module", 175, (zero(), 4, b""), ""),
        ("kernel", "finit_module", 313, (0, b"", 0), ""),
        ("kernel", "kexec_load", 246, (0, 0, None, 0), ""),
        ("kernel", "reboot", 169, (0, 0, 0, None), ""),
        ("kernel", "swapon", 167, (b"/x", 0), ""),
        ("kernel", "acct", 163, (b"/x",), ""),
        ("kernel", "quotactl", 179, (0, None, 0, None), ""),
        ("kernel", "fanotify_init", 300, (0, 0), ""),
        ("kernel", "syslog", 103, (3, zero(), 64), ""),
        ("kernel", "iopl", 172, (3,), ""),
        ("kernel", "modify_ldt", 154, (1, zero(), 16), ""),
        ("kernel", "memfd_secret", 447, (0,), ""),
        ("kernel", "sethostname", 170, (b"x", 1), ""),
        ("kernel", "clock_settime", 227, (0, zero()), ""),
        ("kernel", "personality READ_IMPLIES_EXEC", 135, (0x400000,),
         "ENOSYS"),
        ("kernel", "a call nobody knows", 999, (), "ENOSYS")):
    one(item, "never", name, in_child(
        lambda n=nr, a=args: sys_(n, *a) and None), allowed)
one("io_uring", "twin", "plain pread", lambda: os.pread(
    os.open(WS + "/victim", os.O_RDONLY), 4, 0) and None)
one("bpf", "twin", "memfd_create", lambda: os.close(os.memfd_create("x")))
one("keyctl", "twin", "getrandom", lambda: os.getrandom(8) and None)
one("kernel", "twin", "clock_gettime", lambda: None)


# --- set-id ------------------------------------------------------------------------------
def run(*argv):
    r = subprocess.run(argv, capture_output=True, text=True)
    return r.stdout.strip() or "exit %d" % r.returncode


def as_whom(name):
    out = run(WS + "/" + name)
    mine = "uid %d euid %d egid %d caps 0" % (os.getuid(), os.getuid(),
                                              os.getgid())
    if out == mine:
        raise PermissionError(1, "as itself")
    return out or "nothing"


for name, what in (("suid-root", "root's set-user-id in the workspace"),
                   ("suid-owner", "its owner's set-user-id"),
                   ("sgid-root", "root's set-group-id"),
                   ("caps", "file capabilities")):
    one(SETID, "never", what, lambda n=name: as_whom(n))


@attack(SETID, "never", "su")
def _():
    if run("/bin/su", "root", "-s", "/bin/sh", "-c", "id -u") != "0":
        raise PermissionError(1, "refused")


@attack(SETID, "twin", "a plain program in the workspace")
def _():
    out = run(WS + "/plain")
    return None if out.startswith("uid ") else out


@attack(SETID, "never", "no_new_privs is not taken back", "EINVAL")
def _():
    check(libc.prctl(38, 0, 0, 0, 0))


def other_door(door):
    """Killed for it (SIGSYS), or told that there is none."""
    out = run(WS + "/plain", door) if E["T_X86"] else "ENOSYS"
    if out in ("exit -31", "ENOSYS"):
        raise PermissionError(1, out)
    return out


for door in ("i386", "x32"):
    one(SETID, "never", "a system call by the door of " + door,
        lambda d=door: other_door(d))


# --- limits ------------------------------------------------------------------------------
def limit_up(what):
    sys_(160, what, struct.pack("qq", -1, -1))


for name, what in (("file size", 1), ("data", 2), ("processes", 6),
                   ("open files", 7), ("locked memory", 8), ("core", 4)):
    one(LIMITS, "never", "raise " + name, in_child(
        lambda w=what: limit_up(w)))


@attack(LIMITS, "never", "more processes than allowed, each in a session",
        "EAGAIN")
def _():
    pids = []
    try:
        for _ in range(int(E["T_NPROC"]) + 8):
            pid = os.fork()
            if pid == 0:
                os.setsid()
                signal.pause()
            pids.append(pid)
    finally:
        for p in pids:
            os.kill(p, signal.SIGKILL)
            os.waitpid(p, 0)


@attack(LIMITS, "twin", "some of them")
def _():
    pids = [os.fork() or (os.setsid(), signal.pause())
            for _ in range(10)]
    for p in pids:
        os.kill(p, signal.SIGKILL)
        os.waitpid(p, 0)


@attack(LIMITS, "never", "more memory than allowed", "ENOMEM")
def _():
    libc.mmap.restype = ctypes.c_void_p
    if libc.mmap(None, 2 << 30, 3, 0x22, -1, 0) == ctypes.c_void_p(-1).value:
        raise OSError(ctypes.get_errno(), "mmap")


one(LIMITS, "never", "better than nice 0",
    in_child(lambda: os.setpriority(os.PRIO_PROCESS, 0, -5)))
one(LIMITS, "never", "real time", in_child(lambda: os.sched_setscheduler(
    0, os.SCHED_FIFO, os.sched_param(1))))
run_all()
