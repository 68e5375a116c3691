#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# A hostile tool writes to the runner what is no frame, or frames in an order
# and of a size that none has: the call fails in words, the tool is gone, and
# runner, relay and agent go on.
import os
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
import hostile
import session
import tap
from fakes import text, tool
from hostile import ADMIN, ANA, BEN, Hostile

tg, api = session.begin()
hostile.place("eviltool", "tool")
fam = Hostile(tg, api).start()
fam.mark = 0


def frame(kind, body=b"", length=None):
    return (kind + struct.pack(">I", len(body) if length is None else
                               length) + body).hex()


HEAD = frame(b"H", b"\0\0text/plain")
DATA = frame(b"D", b"well said")
END = frame(b"E", b"\0\0\0\0")
n = 0


def call(out, timeout=20):
    """The result as the model gets it, or None."""
    global n
    n += 1
    api.rule([tool("Bash", command="0x" + out)], text="case-%03d" % n)
    api.rule([text("Got: ${result}")], text="case-%03d" % n, result="")
    fam.mark = len(fam.log())
    fam.seen = {c: tg.chat(c)["messages"] for c in (ANA, BEN, ADMIN)}
    said = tg.say(BEN, "case-%03d" % n)
    m = tg.answer(BEN, "Got: ", after=said["message_id"], timeout=timeout)
    last = api.requests("messages")[-1]["body"]["messages"][-1]
    return str(last["content"]) if m else None


def tools():
    return {pid for pid, line in session.processes().items()
            if line.split(" ")[0] == "tool"}


def check(name, good, r):
    now = fam.pids()
    fallen = fam.standing() + [e for e in ("agent",)
                               if now.get(e) != fam.was.get(e)]
    tap.ok(good and not fallen and fam.silent(ANA, ADMIN), name,
           lambda: "%s\n%s\n%s" % (r, fallen, fam.diag()))


r = call(HEAD + DATA + END)
check("twin: right frames are a result", r and "well said" in r, r)
FAILED = ("crashed", "died", "killed", "stopped", "ended with")
for name, out in (
    ("no frame", b"hello, world".hex()),
    ("nothing at all", ""),
    ("an unknown frame", HEAD + frame(b"X", b"x") + END),
    ("data before the head", DATA + HEAD + END),
    ("an end before the head", END),
    ("two heads", HEAD + HEAD + DATA + END),
    ("no end", HEAD + DATA),
    ("a frame cut short", HEAD + frame(b"D", b"x", 100)),
    ("an empty frame", HEAD + frame(b"D") + END),
    ("a frame of 16385", HEAD + frame(b"D", b"x", 16385) + "y16384." + END),
    ("a frame of 4 GB", HEAD + frame(b"D", b"x", 0xffffffff) + "y100000."),
    ("a head of 64 KB", frame(b"H", b"\0", 65536) + "y65535." + END),
    ("a kind of its own", frame(b"H", b"\0\7") + DATA + END),
    ("HTML for an image", frame(b"H", b"\0\1text/html") + DATA + END),
    ("text of another type", frame(b"H", b"\0\0text/html") + DATA + END),
    ("an error of 2", frame(b"H", b"\2\0") + DATA + END),
    ("an outcome of 99", HEAD + frame(b"E", b"\0\143\0\0")),
    ("a note longer than its frame", HEAD + frame(b"E", b"\0\0\xff\xff")),
    ("a directory that is no path", HEAD + frame(b"E", b"\0\0\0\0..")),
    ("a NUL in its directory", HEAD + frame(b"E", b"\0\0\0\0/a\0b")),
):
    r = call(out)
    check(name, r is not None and any(w in r for w in FAILED), r)
r = call(HEAD + DATA + frame(b"E", b"\0\0\0\0/etc/\n\x1b[2J"))
check("control characters in its directory", r and "well said" in r and
      "\x1b" not in fam.said(), r)
# The end is the end: what follows is refused when it comes along with it, and
# never read when it comes later.
r = call(HEAD + DATA + END + frame(b"D", b"an afterthought"))
check("more after the end", r is not None and "afterthought" not in r and
      ("well said" in r or any(w in r for w in FAILED)), r)
before = tools()
r = call(HEAD + DATA + "qq", timeout=2)
during = tools()
tap.ok(r is None and during, "it waits for ever",
       (r, before, during))
tg.say(BEN, "/stop")
end = time.time() + 3
while time.time() < end and during & tools() == during:
    time.sleep(0.02)
tap.ok(during - tools(), "and is gone when a person says so",
       (before, during, tools()))
r = call(HEAD + frame(b"D", b"x", 16384) + "y16383." +
         (frame(b"D", b"x", 16384) + "y16383.") * 400, timeout=30)
check("6 MB of output are cut", r is not None and
      any(w in r[-400:] for w in ("limit", "cut")), r and r[-300:])
r = call(HEAD + DATA + END)
check("twin: and right frames are a result still", r and "well said" in r, r)
session.finish("hostiletool", tg, api, fam)
