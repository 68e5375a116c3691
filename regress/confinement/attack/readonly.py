# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# Attacks in Python on a file that may be read: through descriptors opened to
# read, and by calls newer or odder than those that ask for a mode.  Whoever
# may write in the workspace does the same to a descriptor opened to write.
import ctypes
import mmap
import os

from attack import E, WS, attack, check, libc, one, run_all, sys_

ITEM = "READ_ONLY writes"
V = WS + "/victim"
RO = E["T_TIER"] == "read-only"
BAD = "EBADF EINVAL"
SETFLAGS = 0x40086602


def fd_of(flags=os.O_RDONLY):
    return os.open(V, flags)


def twice(name, fn, allowed=BAD):
    """By a descriptor opened to read, never; to write, the twin."""
    one(ITEM, "never", name + ", descriptor to read", lambda: fn(fd_of()),
        allowed)
    one(ITEM, "ro", name + ", descriptor to write",
        lambda: fn(fd_of(os.O_RDWR)))


def source():
    r, w = os.pipe()
    os.write(w, b"from a pipe")
    return r


def shared(fd):
    m = mmap.mmap(fd, 4, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE)
    m[0:1] = b"v"
    m.close()


def promoted(fd):
    libc.mmap.restype = ctypes.c_void_p
    at = libc.mmap(None, 4096, mmap.PROT_READ, mmap.MAP_SHARED, fd, 0)
    check(libc.mprotect(ctypes.c_void_p(at), 4096,
                        mmap.PROT_READ | mmap.PROT_WRITE))


twice("write", lambda fd: os.write(fd, b"x") and None)
twice("pwritev2", lambda fd: os.pwritev(fd, [b"x"], 0) and None)
twice("ftruncate", lambda fd: os.ftruncate(fd, 8), "EBADF EINVAL")
twice("fallocate", lambda fd: os.posix_fallocate(fd, 0, 16))
twice("mmap shared", shared, "EACCES EBADF")
twice("mprotect of a shared map", promoted)
twice("copy_file_range", lambda fd: os.copy_file_range(
    fd_of(), fd, 2, 0, 4) and None)
twice("sendfile", lambda fd: os.sendfile(fd, fd_of(), 0, 2) and None)
twice("splice", lambda fd: os.splice(source(), fd, 4) and None)
one(ITEM, "ro" if E["T_FB"] == "" else "any", "opened again by /proc",
    lambda: os.close(os.open("/proc/self/fd/%d" % fd_of(), os.O_RDWR)))

for name, fn, allowed in (
        ("fchmod", lambda: os.fchmod(fd_of(), 0o600), ""),
        ("fchmodat by /proc", lambda: os.chmod(
            "/proc/self/cwd/victim", 0o600), ""),
        ("chmod of the directory", lambda: os.chmod(WS, 0o755), ""),
        ("fchown", lambda: os.fchown(fd_of(), os.getuid(), -1), ""),
        ("lchown", lambda: os.lchown(V, os.getuid(), -1), ""),
        ("utimensat of now", lambda: os.utime(V), ""),
        ("futimens", lambda: os.utime(fd_of(), (9, 9)), ""),
        ("utimensat of a link", lambda: os.utime(
            WS + "/way", (9, 9), follow_symlinks=False), ""),
        ("setxattr", lambda: os.setxattr(V, "user.a", b"1"), ""),
        ("fsetxattr", lambda: os.setxattr(fd_of(), "user.a", b"1"), ""),
        ("an access list", lambda: os.setxattr(
            V, "system.posix_acl_access",
            bytes.fromhex("0200000001000600ffffffff04000400ffffffff"
                          "20000400ffffffff")), ""),
        ("removexattr", lambda: os.removexattr(V, "user.a"), ""),
        ("unlink", lambda: os.unlink(WS + "/spare"), ""),
        ("rename over it", lambda: os.rename(WS + "/spare2", V), ""),
        ("creat", lambda: os.close(os.open(
            WS + "/made", os.O_CREAT | os.O_WRONLY, 0o600)), "")):
    one(ITEM, "ro", name, fn, allowed)
for name, fn in (
        ("fchmodat2", lambda: sys_(452, -100, V.encode(), 0o600, 0)),
        ("setxattrat", lambda: sys_(463, -100, V.encode(), 0, b"user.b",
                                    ctypes.create_string_buffer(16), 16)),
        ("file_setattr", lambda: sys_(469, -100, V.encode(),
                                      ctypes.create_string_buffer(24), 24,
                                      0)),
        ("openat2, emptied", lambda: sys_(
            437, -100, V.encode(), (ctypes.c_uint64 * 3)(
                os.O_RDONLY | os.O_TRUNC, 0, 0), 24)),
        ("io_setup", lambda: sys_(206, 4, ctypes.create_string_buffer(8))),
        ("set-user-id", lambda: os.chmod(V, 0o4755)),
        ("set-group-id", lambda: os.chmod(V, 0o2755)),
        ("set-user-id by descriptor", lambda: os.fchmod(fd_of(), 0o4755)),
        ("set-user-id in creat", lambda: os.close(os.open(
            WS + "/made2", os.O_CREAT | os.O_WRONLY, 0o4755))),
        ("set-group-id in mkdir", lambda: os.mkdir(WS + "/made3", 0o2755)),
        ("file capabilities", lambda: os.setxattr(
            V, "security.capability", bytes.fromhex(
                "0100000200200000000000000000000000000000")))):
    one(ITEM, "never", name, fn, "ENOSYS EOPNOTSUPP ENOTSUP")


@attack(ITEM, "ro" if E["T_FB"] == "" else "never",
        "flags by ioctl (FS_IOC_SETFLAGS)", "ENOSYS ENOTTY EOPNOTSUPP ENOTSUP")
def _():
    if E["T_FB"] == "" and not RO:      # its own file, in its own mount
        return
    sys_(16, fd_of(), SETFLAGS, ctypes.create_string_buffer(b"\x40", 8))


run_all()
