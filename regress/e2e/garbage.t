#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# The control socket, and the channels it gives out, in the hands of somebody
# who does not mean well: noise, lengths, descriptors, silence, crowds.  The
# family runs on and serves others meanwhile, and nothing is leaked.
import array
import os
import random
import re
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
import session
import tap
import world
from family import ANA, Family, config, status_of

tg, api = session.begin()
fam = Family(config(), "garbage").start()
session.polling(tg, fam)
SOCK = world.W + "/run/telclauded.sock"
random.seed(1)


def numbers():
    """Message types and roles as the tables count them."""
    text = open(world.TOP + "/imsg/msg.def").read()
    rows = re.findall(r"^M\((\w+),", text[text.index("#define MSG_TABLE"):],
                      re.M)
    return {name: i + 1 for i, name in enumerate(rows)}


T = numbers()
head = open(world.TOP + "/imsg/proc.h").read()
ROLE = {name: i for i, name in enumerate(re.findall(
    r"^\s+R\((\w+),", head[head.index("#define PROC_TABLE"):head.index(
        "enum proc")], re.M))}


def frame(kind, body=b"", rid=0, flags=0, length=None):
    n = 12 + len(body) if length is None else length
    return struct.pack(">IHHI", n & 0xffffffff, kind, flags, rid) + body


HELLO = frame(T["CTL_HELLO"], struct.pack(">I", 1))
SHOW = frame(T["CTL_SHOW"], b"\0", 1)


def connect(timeout=2):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    s.connect(SOCK)
    s.settimeout(timeout)
    return s


def closed(s, timeout=3):
    """The other side hung up, whatever it said before."""
    s.settimeout(timeout)
    try:
        while s.recv(65536):
            pass
        return True
    except socket.timeout:
        return False
    except OSError:
        return True


def fds(pid):
    return len(os.listdir("/proc/%d/fd" % pid))


def engines():
    return {k: v for k, v in fam.pids().items() if k != "tools"}


def settle(pid, most, timeout=3):
    end = time.time() + timeout
    while fds(pid) > most and time.time() < end:
        time.sleep(0.02)
    return fds(pid)


before, parent = engines(), fam.proc.pid
nfds = fds(parent)
rss = int(status_of(parent)["VmRSS"].split()[0])


def served(name):
    t0 = time.time()
    r = fam.ctl("status")
    took = time.time() - t0
    tap.ok(r.returncode == 0 and took < 2, name + ": others are served",
           "status %d after %.1f s\n%s%s\n%s" % (
               r.returncode, took, r.stdout, r.stderr, fam.log()[-1500:]))


# --- what the tables forbid ends the connection -----------------------------------
for name, data in (
        ("a length of nothing", frame(T["CTL_HELLO"], length=0)),
        ("a length below the header", frame(T["CTL_HELLO"], length=11)),
        ("a length of 4 GB", frame(T["CTL_HELLO"], length=0xffffffff)),
        ("a length over the limit", frame(T["CTL_HELLO"], length=32769)),
        ("type 0", frame(0, b"\0\0\0\1")),
        ("a type nobody knows", frame(60000, b"\0\0\0\1")),
        ("an engine's message", frame(T["HELLO"], b"\0\0\0\1")),
        ("a question before the hello", SHOW),
        ("a hello of another release", frame(T["CTL_HELLO"],
                                             b"\0\0\0\x63")),
        ("a hello with too little", frame(T["CTL_HELLO"], b"\0")),
        ("a hello with too much", frame(T["CTL_HELLO"], b"\0\0\0\1\0")),
        ("two hellos", HELLO + HELLO),
        ("flags nobody knows", HELLO + frame(T["CTL_SHOW"], b"\0", 1,
                                             flags=0xfffe)),
        ("a descriptor promised and not sent",
         HELLO + frame(T["CTL_SHOW"], b"\0", 1, flags=1) + SHOW),
        ("a request without a number", HELLO + frame(T["CTL_SHOW"], b"\0")),
        ("an answer to nothing", HELLO + frame(T["CTL_END"],
                                               b"\0\0\0\0\0", 9))):
    s = connect()
    s.sendall(data)
    tap.ok(closed(s), name + ": hung up on", fam.log()[-300:])
    s.close()
ends = []
for i in range(300):
    s = connect()
    try:
        s.sendall((HELLO if i % 2 else b"") +
                  random.randbytes(random.randrange(1, 3000)))
    except OSError:
        pass
    ends.append(s)
    if i % 10 == 9:
        for s in ends:
            s.close()
        ends = []
served("300 clients of random bytes")
for what, verb in (("show", T["CTL_SHOW"]), ("do", T["CTL_DO"]),
                   ("open", T["CTL_OPEN"])):
    s = connect()
    s.sendall(HELLO)
    for n in list(range(3, 256)):
        body = bytes([n, 255]) if what == "do" else bytes([n + 3 & 255 or 99])
        if what == "show" and body[0] < 6 or what == "open" and \
                body[0] in (ROLE["RELAY"], ROLE["TOTP"]):
            continue
        try:
            s.sendall(frame(verb, body, n))
        except OSError:
            break
    s.close()
served("every wrong number of %s" % "show, do and open")

# --- descriptors --------------------------------------------------------------------
null = os.open("/dev/null", os.O_RDONLY)
for i in range(60):
    s = connect()
    s.sendall(HELLO)
    try:
        s.sendmsg([frame(T["CTL_SHOW"], b"\0", 1, flags=i % 2)],
                  [(socket.SOL_SOCKET, socket.SCM_RIGHTS,
                    array.array("i", [null] * (1 + i % 3 * 100)))])
        s.sendmsg([b"\0"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS,
                             array.array("i", [null] * 200))])
    except OSError:
        pass
    s.close()
os.close(null)
served("9000 descriptors")
n = settle(parent, nfds)
tap.ok(n <= nfds, "none of them stays with the parent", (n, nfds))

# --- slow and silent ones -------------------------------------------------------------
slow = connect()
slow.sendall(HELLO[:5])
half = connect()
half.sendall(HELLO + frame(T["CTL_SHOW"], b"", 1, length=13))
silent = [connect() for _ in range(5)]
served("seven that say nothing or half of it")
for i in range(5, len(HELLO)):
    slow.sendall(HELLO[i:i + 1])
    time.sleep(0.01)
slow.sendall(SHOW)
slow.settimeout(2)
tap.ok(b'"row":"daemon"' in slow.recv(65536), "byte by byte is understood",
       fam.log()[-300:])
deaf = connect(0.2)
deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
deaf.sendall(HELLO)
asked = 0
try:
    for asked in range(20000):
        deaf.sendall(frame(T["CTL_SHOW"], b"\0", 1 + asked))
except OSError:
    pass
served("one that asks %d times and does not read" % asked)
grown = int(status_of(parent)["VmRSS"].split()[0]) - rss
tap.ok(grown < 8192, "and costs the parent no memory to speak of",
       "%d kB more" % grown)
for s in [slow, half, deaf] + silent:
    s.close()

# --- a crowd --------------------------------------------------------------------------
crowd = []
for i in range(200):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    s.setblocking(False)
    for _ in range(400):
        try:
            s.connect(SOCK)
            break
        except BlockingIOError:
            time.sleep(0.002)
    crowd.append(s)
served("200 connections")
tap.ok(fds(parent) < nfds + 40, "of which a few are kept", fds(parent))
for s in crowd:
    s.close()
n = settle(parent, nfds)
tap.ok(n <= nfds, "and none in the end", (n, nfds))


# --- channels to engines -----------------------------------------------------------------
def channel(role):
    s = connect()
    s.sendall(HELLO + frame(T["CTL_OPEN"], bytes([ROLE[role]]), 1))
    data, got, _, _ = socket.recv_fds(s, 100, 4)
    s.close()
    return socket.socket(fileno=got[0])


for role in ("RELAY", "TOTP"):
    pid = before[role.lower()]
    had = fds(pid)
    for i in range(20):
        c = channel(role)
        c.sendall(random.randbytes(200) if i % 4 else
                  frame(T["CTL_SHOW"], b"\x04" * 9000, 1, length=0x7fffffff))
        c.close()
    many = [channel(role) for _ in range(12)]
    served("noise on channels to %s" % role.lower())
    if role == "RELAY":
        r = fam.ctl("show", "queue")
        tap.ok(r.returncode in (0, 1), "show still answers or says why not",
               r)
    for c in many:
        c.close()
    n = settle(pid, had)
    tap.ok(n <= had, "nothing of it stays there", (n, had))
r = fam.ctl("show", "messages")
tap.ok(r.returncode == 0, "the relay shows", r)
for who in ("x" * 300, "ana", "", "-1", "01", "9" * 20):
    r = fam.ctl("totp", "enrol", who)
    tap.ok(r.returncode == 64 and ("admin, the number" in r.stderr or
                                   "linked to this name" in r.stderr),
           "totp enrol %.9s: nobody" % (who or "''"), r)
s = tg.say(ANA, "still there?")
tap.ok(tg.answer(ANA, "echo: still there?", after=s["message_id"]),
       "the chat goes on", fam.log()[-2000:])
tap.ok(engines() == before, "every process is what it was",
       "%s\n%s\n%s" % (before, engines(), fam.log()[-2000:]))
lines = fam.log().count("\n")
tap.ok(lines < 3000, "the log does not burst", lines)
session.finish("garbage", tg, api, fam)
