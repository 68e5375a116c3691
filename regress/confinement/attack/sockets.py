# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# Attacks in Python by sockets: the host's, abstract ones, other families, raw
# packets, a descriptor left for another call, and terminals.
import array
import ctypes
import errno
import fcntl
import os
import socket
import struct
import time

from attack import E, WS, attack, one, opened, run_all

FB = E["T_FB"] != ""
UNIX, ABSTRACT = "the host's Unix sockets", "abstract sockets"
NETLINK, RAW, SCM, TTY = ("netlink", "raw and packet sockets",
                          "SCM_RIGHTS smuggling", "TIOCSTI")
# Where there is no network at all every socket is EPERM.
ODD = "EAFNOSUPPORT ENOSYS ESOCKTNOSUPPORT EPROTONOSUPPORT"


def sock(*a):
    socket.socket(*a).close()


def pair_connect(kind, addr):
    a, b = socket.socketpair(socket.AF_UNIX, kind)
    try:
        a.connect(addr)
    finally:
        a.close()
        b.close()


def pair_send(kind, addr):
    """To a listener outside: it counts what comes."""
    a, b = socket.socketpair(socket.AF_UNIX, kind)
    try:
        a.sendto(b"IN", addr)
        if b.recv(9) == b"IN":          # its own peer got it
            raise OSError(errno.EISCONN, "peer")
    finally:
        a.close()
        b.close()


def pair_listen():
    a, b = socket.socketpair()
    try:
        a.bind("\0tc-attack-own")
        a.listen(1)
    finally:
        a.close()
        b.close()


for item, where, addr in (
        (UNIX, "of the host", E["T_SOCK"]),
        (UNIX, "in the workspace", WS + "/agent.sock"),
        (ABSTRACT, "of the host", "\0" + E["T_ABSTRACT"])):
    for t in ("STREAM", "DGRAM", "SEQPACKET"):
        kind = getattr(socket, "SOCK_" + t)

        def direct(a=addr, k=kind):
            s = socket.socket(socket.AF_UNIX, k)
            try:
                s.connect(a)
            finally:
                s.close()
        one(item, "never", "%s %s" % (t, where), direct)
        one(item, "never", "%s %s by a pair" % (t, where),
            lambda a=addr, k=kind: pair_connect(k, a),
            "EISCONN EINVAL ENOSYS EPROTOTYPE ECONNREFUSED")
        one(item, "never", "send %s %s by a pair" % (t, where),
            lambda a=addr, k=kind: pair_send(k, a),
            "EISCONN EOPNOTSUPP ENOSYS")
    one(item, "never", "raw pair " + where,
        lambda a=addr: pair_send(socket.SOCK_RAW, a), "ENOSYS")
one(ABSTRACT, "never", "listen on a pair's end", pair_listen,
    "EINVAL EOPNOTSUPP")


@attack(UNIX, "twin", "a pair of its own")
def _():
    a, b = socket.socketpair()
    a.send(b"x")
    if b.recv(1) != b"x":
        raise OSError(errno.EIO, "pair")


one(ABSTRACT, "twin", "a sequenced pair", lambda: [s.close() for s in
    socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)] and None)

# --- netlink ----------------------------------------------------------------------
for n, name in ((2, "usersock"), (4, "sock_diag"), (6, "xfrm"), (9, "audit"),
                (11, "connector"), (12, "netfilter"), (15, "uevent"),
                (16, "generic"), (18, "scsi"), (21, "crypto"), (22, "smc")):
    one(NETLINK, "never", name, lambda n=n: sock(socket.AF_NETLINK,
                                                 socket.SOCK_RAW, n), ODD)


def route(kind, body, flags=0):
    """An rtnetlink request; the errno of the answer."""
    s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
    try:
        s.send(struct.pack("IHHII", 16 + len(body), kind, 5 | flags, 1, 0) +
               body)
        got = s.recv(65536)
        typ = struct.unpack_from("H", got, 4)[0]
        if typ == 2:
            e = -struct.unpack_from("i", got, 16)[0]
            if e:
                raise OSError(e, os.strerror(e))
        return got
    finally:
        s.close()


one(NETLINK, "never", "make an interface", lambda: route(
    16, struct.pack("BBHiII", 0, 0, 0, 0, 0, 0) +
    struct.pack("HH", 20, 18 | 0x8000) + struct.pack("HH", 9, 1) +
    b"dummy\0\0\0" + b"\0" * 4, 0x600) and None)
one(NETLINK, "never", "add an address", lambda: route(
    20, struct.pack("BBBBI", 2, 24, 0, 0, 1) + struct.pack("HH", 8, 2) +
    bytes([10, 9, 9, 9]), 0x600) and None)
one(NETLINK, "never", "add a route", lambda: route(
    24, struct.pack("BBBBBBBBI", 2, 0, 0, 0, 254, 3, 0, 1, 0) +
    struct.pack("HHI", 8, 4, 1), 0x600) and None)


@attack(NETLINK, "ns", "the interface list")
def _():
    got = route(18, b"\0" * 16, 0x300)
    if b"lo\0" not in got or len(got) > 6000:
        return "more than lo"


# --- raw and packet ------------------------------------------------------------------
for name, a in (("raw ICMP", (2, 3, 1)), ("raw TCP", (2, 3, 6)),
                ("raw anything", (2, 3, 255)), ("raw ICMPv6", (10, 3, 58)),
                ("ping", (2, 2, 1)), ("packet", (17, 3, 0x300)),
                ("packet, cooked", (17, 2, 0x300)), ("vsock", (40, 1, 0)),
                ("alg", (38, 5, 0)), ("smc", (43, 1, 0)), ("xdp", (44, 3, 0)),
                ("mptcp", (2, 1, 262)), ("sctp", (2, 1, 132)),
                ("udplite", (2, 2, 136)), ("bluetooth", (31, 3, 0)),
                ("can", (29, 3, 1)), ("tipc", (30, 1, 0)),
                ("kcm", (41, 5, 0)), ("qipcrtr", (42, 2, 0)),
                ("rds", (21, 5, 0)), ("pppox", (24, 1, 0)),
                ("key", (15, 3, 2)), ("llc", (26, 1, 0))):
    one(RAW, "never", name, lambda a=a: sock(*a), ODD)
one(RAW, "ns", "TCP over lo", lambda: sock(2, 1, 0), ODD)
one(RAW, "ns", "UDP over lo", lambda: sock(10, 2, 17), ODD)


# --- a descriptor for another call ------------------------------------------------------
def name_pair(addr):
    """Gives an end of a pair a name and a descriptor to whoever asks."""
    a, b = socket.socketpair()
    a.bind(addr)
    fd = os.open(WS + "/victim", os.O_RDONLY)
    b.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS,
                        array.array("i", [fd]))])
    if os.fork() == 0:                  # holds it beyond this program
        os.setsid()
        os.closerange(0, 3)             # the call's output ends
        time.sleep(30)
        os._exit(0)


if E["T_LEAVE"]:
    one(SCM, "any", "leave one at an abstract name",
        lambda: name_pair("\0tc-left"))
    one(SCM, "any", "leave one in the workspace",
        lambda: name_pair(WS + "/left.sock"))
else:
    def fetch(addr):
        for kind in (socket.SOCK_STREAM, socket.SOCK_SEQPACKET):
            pair_connect(kind, addr)

    for what, addr in (("at an abstract name", "\0tc-left"),
                       ("in the workspace", WS + "/left.sock")):
        one(SCM, "never", "fetch one left " + what,
            lambda a=addr: fetch(a), "EISCONN EINVAL ECONNREFUSED")
        one(SCM, "never", "fetch it plainly " + what, lambda a=addr:
            socket.socket(socket.AF_UNIX).connect(a))


@attack(SCM, "twin", "to itself")
def _():
    a, b = socket.socketpair()
    fd = os.open(WS + "/victim", os.O_RDONLY)
    a.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS,
                        array.array("i", [fd]))])
    anc = b.recvmsg(1, 64)[1]
    os.close(struct.unpack("i", anc[0][2][:4])[0])


# --- terminals --------------------------------------------------------------------------
for fd in range(10):
    def sti(fd=fd):
        fcntl.ioctl(fd, 0x5412, b"x")
    one(TTY, "never", "TIOCSTI on descriptor %d" % fd, sti,
        "ENOTTY EBADF ENOSYS EIO")


def sti_path(path):
    fd = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    try:
        fcntl.ioctl(fd, 0x5412, b"x")
    finally:
        os.close(fd)


for path in ("/dev/tty", "/dev/console", "/dev/ptmx", "/dev/pts/ptmx",
             "/dev/pts/0", "/dev/tty1", "/dev/vcs", "/dev/kmsg", "/dev/mem",
             "/dev/fuse", "/dev/net/tun", "/dev/kvm", "/dev/loop-control",
             "/dev/vda", "/dev/sda", "/dev/mqueue"):
    one(TTY, "never", path, lambda p=path: sti_path(p), "ENXIO ENODEV")
one(TTY, "never", "TIOCSTI with bits no int has", lambda: ctypes.CDLL(
    None, use_errno=True).syscall(16, 0, ctypes.c_long(0x5412 | 1 << 40),
                                  b"x") == 0 or (_ for _ in ()).throw(
        OSError(ctypes.get_errno() or 25, "")), "ENOTTY ENOSYS")
one(TTY, "twin", "/dev/null", lambda: opened("/dev/null", os.O_RDWR))
run_all()
