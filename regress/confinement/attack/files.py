# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# Attacks on files in Python: other people's, and outside the workspace, by
# every call that opens, makes, moves, links or changes one.
import ctypes
import fcntl
import mmap
import os
import socket
import stat

from attack import (EXTRA, E, OTHER, OUT, READ, STATE, WS, attack, in_child,
                    libc, check, one, opened, run_all, sys_)

READS, WRITES = "read another's files", "write outside the workspace"
TMP = E.get("TMPDIR", "/tmp")
AT_FDCWD, AT_EMPTY_PATH, AT_SYMLINK_FOLLOW = -100, 0x1000, 0x400
RENAME_EXCHANGE = 2
NR = {"open_by_handle_at": 304, "name_to_handle_at": 303, "openat2": 437,
      "fchmodat2": 452, "open_tree": 428, "fsopen": 430, "move_mount": 429,
      "mount_setattr": 442, "setxattrat": 463, "file_setattr": 469}

# --- reading ---------------------------------------------------------------
one(READS, "twin", "read in the workspace",
    lambda: opened(WS + "/victim", os.O_RDONLY))
one(READS, "twin", "read what is given",
    lambda: opened(READ + "/f", os.O_RDONLY))
for what, path in (
        ("/etc/shadow", "/etc/shadow"), ("a private file", OUT + "/secret"),
        ("a public file", OUT + "/f"), ("the state directory", STATE + "/db"),
        ("another scope's workspace", OTHER + "/theirs"),
        ("root's home", "/root/.profile"),
        ("another conversation's /tmp", E["T_CONV"] + "/theirs")):
    one(READS, "never", "open " + what,
        lambda p=path: opened(p, os.O_RDONLY))
    one(READS, "never", "open through /proc/self/root " + what,
        lambda p=path: opened("/proc/self/root" + p, os.O_RDONLY))


def listed(path):
    """The way to the workspace is there, and nothing else of its owner's."""
    if not set(os.listdir(path)) - {"ws", "home", "extra", "read", "code"}:
        raise FileNotFoundError(2, path)


for what, path in (("owner's home", OUT), ("state", STATE),
                   ("other workspace", OTHER), ("/run", "/run"),
                   ("/var/lib", "/var/lib"), ("/root", "/root")):
    one(READS, "never", "list " + what, lambda p=path: listed(p))


@attack(READS, "never", "by a link in the workspace")
def _():
    opened(WS + "/way/secret", os.O_RDONLY)


@attack(READS, "never", "by .. from the workspace")
def _():
    os.chdir(WS)
    opened("../" * 20 + OUT[1:] + "/secret", os.O_RDONLY)


@attack(READS, "never", "by a directory opened for nothing (O_PATH)")
def _():
    d = os.open(OUT, os.O_PATH)
    try:
        opened("secret", os.O_RDONLY, dir_fd=d)
    finally:
        os.close(d)


@attack(READS, "never", "by handle")
def _():
    b = ctypes.create_string_buffer(256)
    sys_(NR["open_by_handle_at"], AT_FDCWD, b, 0)


@attack(READS, "never", "by running a shell on it")
def _():
    r = os.popen(". %s/secret 2>&1; cat %s/secret 2>&1" % (OUT, OUT)).read()
    if "SECRET" not in r:
        raise PermissionError(13, r)


@attack(READS, "ns", "watch the workspace (inotify)", "ENOSYS")
def _():
    fd = check(libc.inotify_init1(0))
    try:
        check(libc.inotify_add_watch(fd, WS.encode(), 0xfff))
    finally:
        os.close(fd)


@attack(READS, "never", "watch a directory of the owner's (inotify)",
        "ENOSYS")
def _():
    fd = check(libc.inotify_init1(0))
    try:
        check(libc.inotify_add_watch(fd, (OUT + "/d").encode(), 0xfff))
    finally:
        os.close(fd)


# --- writing, by every call ----------------------------------------------------
def outside(kind, name, base, victim):
    """The same calls wherever they are to fail, or are the twin."""
    w = WRITES
    v, new, d = base + "/" + victim, base + "/new", base + "/dir"

    def a(what, fn, allowed=""):
        one(w, kind, "%s: %s" % (name, what), fn, allowed)

    def by_fd(fn):
        fd = os.open(v, os.O_RDONLY)
        try:
            fn(fd)
        finally:
            os.close(fd)
    a("open to write", lambda: opened(v, os.O_WRONLY))
    a("open to read and write", lambda: opened(v, os.O_RDWR))
    a("open to append", lambda: opened(v, os.O_WRONLY | os.O_APPEND))
    a("open, emptied", lambda: opened(v, os.O_RDONLY | os.O_TRUNC))
    a("truncate", lambda: os.truncate(v, 3))
    a("create", lambda: opened(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
    a("unlink", lambda: os.unlink(new))
    a("mkdir", lambda: os.mkdir(d))
    a("rename", lambda: os.rename(d, d + "2"))
    a("rmdir", lambda: os.rmdir(d + "2"))
    a("symlink", lambda: (os.symlink("/etc/passwd", new), os.unlink(new),
                          None)[2])
    a("fifo", lambda: (os.mkfifo(new), os.unlink(new), None)[2])
    a("O_TMPFILE", lambda: opened(base, os.O_TMPFILE | os.O_RDWR))
    a("hard link", lambda: (os.link(v, new), os.unlink(new), None)[2])
    a("descriptor of a socket's name", lambda: bound(new))
    if kind != "never":
        a("mapped shared", lambda: mapped(v))
        if kind == "full" and E["T_FB"] and E["T_TIER"] in (
                "write-local", "social"):
            kind = "any"        # telclauded(8), Without CAP_SYS_ADMIN
        a("chmod", lambda: os.chmod(v, 0o640))
        a("fchmod", lambda: by_fd(lambda fd: os.fchmod(fd, 0o644)))
        a("chown to itself", lambda: os.chown(v, os.getuid(), -1))
        a("utimes", lambda: os.utime(v, (5, 5)))
        a("futimes", lambda: by_fd(lambda fd: os.utime(fd, (5, 5))))
        a("setxattr", lambda: os.setxattr(v, "user.tc", b"1"))
        a("fsetxattr", lambda: by_fd(
            lambda fd: os.setxattr(fd, "user.tc", b"2")))
        a("removexattr", lambda: os.removexattr(v, "user.tc"))


def bound(path):
    a, b = socket.socketpair()
    a.bind(path)
    a.close()
    b.close()
    os.unlink(path)


def mapped(path):
    fd = os.open(path, os.O_RDWR)
    os.write(fd, b"victim")
    m = mmap.mmap(fd, 4)
    m[0:1] = b"V"
    m.close()
    os.close(fd)


outside("ro", "workspace", WS, "victim")
outside("full", "extra path", EXTRA, "f")
os.close(os.open(TMP + "/victim", os.O_WRONLY | os.O_CREAT, 0o600))
outside("tmp", "its /tmp", TMP, "victim")
outside("never", "owner's home", OUT, "f")
outside("never", "read path", READ, "f")
outside("never", "state", STATE, "db")
outside("never", "other scope", OTHER, "theirs")
outside("never", "/usr", "/usr/share", "nothing")
outside("never", "/etc", "/etc", "passwd")
outside("never", "the link in the workspace", WS + "/way", "f")


one(WRITES, "ro", "rename in the workspace", lambda: (
    os.rename(WS + "/own", WS + "/own2"),
    os.rename(WS + "/own2", WS + "/own"), None)[2])
for what, fn in (
        ("rename in", lambda: os.rename(OUT + "/f", WS + "/in")),
        ("rename out", lambda: os.rename(WS + "/own", OUT + "/own")),
        ("exchange", lambda: check(libc.renameat2(
            AT_FDCWD, (WS + "/own").encode(), AT_FDCWD,
            (OUT + "/f").encode(), RENAME_EXCHANGE))),
        ("link in", lambda: os.link(OUT + "/f", WS + "/in")),
        ("link in from what may be read",
         lambda: os.link(READ + "/f", WS + "/in")),
        ("link out", lambda: os.link(WS + "/own", OUT + "/own")),
        ("move the workspace", lambda: os.rename(WS, WS + "2")),
        ("remove a file", lambda: os.unlink(OUT + "/f")),
        ("remove a directory", lambda: os.rmdir(OUT + "/d")),
        ("make a device", lambda: os.mknod(WS + "/dev", 0o666 | stat.S_IFBLK,
                                           os.makedev(254, 0)))):
    one(WRITES, "never", what, fn, "EBUSY")


for what, fn in (
        ("close the conversations' directory",
         lambda: os.chmod(TMP + "/..", 0o700)),
        ("make a conversation's directory",
         lambda: os.mkdir(E["T_CONV"] + "/made")),
        ("move another conversation's", lambda: os.rename(
            E["T_CONV"], TMP + "/moved")),
        ("remove another conversation's", lambda: os.unlink(
            E["T_CONV"] + "/theirs"))):
    one(WRITES, "never", what, fn, "EBUSY")


@attack(WRITES, "never", "by O_PATH and its name in /proc", "EBADF")
def _():
    fd = os.open(OUT + "/f", os.O_PATH)
    try:
        opened("/proc/self/fd/%d" % fd, os.O_WRONLY)
    finally:
        os.close(fd)


@attack(WRITES, "never", "link by descriptor out of what may be read")
def _():
    fd = os.open(READ + "/f", os.O_RDONLY)
    try:
        check(libc.linkat(AT_FDCWD, b"/proc/self/fd/%d" % fd, AT_FDCWD,
                          (WS + "/in").encode(), AT_SYMLINK_FOLLOW))
    finally:
        os.close(fd)


@attack(WRITES, "never", "openat2 where openat is watched", "ENOSYS")
def _():
    how = (ctypes.c_uint64 * 3)(os.O_RDONLY | os.O_TRUNC, 0, 0)
    sys_(NR["openat2"], AT_FDCWD, (READ + "/f").encode(), how, 24)


@attack(WRITES, "never", "/proc/self/mem over a shared mapping",
        "EIO EFAULT")
def _():
    fd = os.open(READ + "/f", os.O_RDONLY)
    m = libc.mmap
    m.restype = ctypes.c_void_p
    at = m(None, 4096, mmap.PROT_READ, mmap.MAP_SHARED, fd, 0)
    os.close(fd)
    mem = os.open("/proc/self/mem", os.O_RDWR)
    os.pwrite(mem, b"X", at)


# --- attributes that no mode says: ioctl on what may only be read --------------
IOCTLS = {"FS_IOC_SETFLAGS": 0x40086602, "FS_IOC_FSSETXATTR": 0x401c5820,
          "FS_IOC_ENABLE_VERITY": 0x40806685, "FS_IOC_SETVERSION": 0x40087602,
          "EXT4_IOC_SETVERSION": 0x40086604,
          "BTRFS_IOC_SUBVOL_CREATE": 0x5000940e, "FITRIM": 0xc0185879,
          "FIFREEZE": 0xc0045877, "FS_IOC_SET_ENCRYPTION_POLICY": 0x400c6613}
ODD = "ENOTTY ENOSYS EOPNOTSUPP ENOTSUP EINVAL EBADF"


def ioctl(path, nr, high=0):
    buf = ctypes.create_string_buffer(256)
    fd = os.open(path, os.O_RDONLY)
    try:
        if nr == IOCTLS["FS_IOC_SETFLAGS"]:     # nodump
            buf[0] = b"\x40"
        sys_(16, fd, nr | high, buf)
    finally:
        os.close(fd)


for what, nr in IOCTLS.items():
    one(WRITES, "never", "ioctl %s on what may be read" % what,
        lambda n=nr: ioctl(READ + "/f", n), ODD)
one(WRITES, "never", "the same with bits no int has",
    lambda: ioctl(READ + "/f", IOCTLS["FS_IOC_SETFLAGS"], 1 << 40), ODD)
one(WRITES, "twin", "ioctl that only asks (FIONREAD)",
    lambda: fcntl.ioctl(os.pipe()[0], 0x541B, b"1234") and None)

# --- mounts ------------------------------------------------------------------------
LOST = "ENOSYS"
one(WRITES, "never", "mount", lambda: check(libc.mount(
    b"none", WS.encode(), b"tmpfs", 0, b"")))
one(WRITES, "never", "bind the root", lambda: check(libc.mount(
    b"/", WS.encode(), b"", 4096, None)))
one(WRITES, "never", "remount for writing", lambda: check(libc.mount(
    b"none", READ.encode(), b"", 32, None)))
one(WRITES, "never", "unmount", lambda: check(libc.umount2(
    WS.encode(), 2)))
one(WRITES, "never", "open_tree", lambda: sys_(
    NR["open_tree"], AT_FDCWD, b"/", 1), LOST)
one(WRITES, "never", "fsopen", lambda: sys_(NR["fsopen"], b"tmpfs", 0), LOST)
one(WRITES, "never", "move_mount", lambda: sys_(
    NR["move_mount"], AT_FDCWD, READ.encode(), AT_FDCWD, WS.encode(), 0),
    LOST)
one(WRITES, "never", "mount_setattr", lambda: sys_(
    NR["mount_setattr"], AT_FDCWD, READ.encode(), 0,
    ctypes.create_string_buffer(32), 32), LOST)
one(WRITES, "never", "chroot", in_child(lambda: os.chroot(WS)))
one(WRITES, "never", "pivot_root", in_child(
    lambda: sys_(155, WS.encode(), WS.encode())))
run_all()
