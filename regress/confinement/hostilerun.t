#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# A hostile runner, which says what the table forbids, forges results and
# floods; the real agent, relay and tools are the rest of the family.  Tools
# are in hostiletool.t.
import os
import re
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
import hostile
import session
import tap
from fakes import text, tool
from hostile import ADMIN, ANA, BEN, Hostile, table
from session import PROJECTS

tg, api = session.begin()
SCRIPT = PROJECTS + "/script"
api.rules(
    {"text": "go", "reply": [tool("Bash", command="cat script")]},
    {"text": "go", "result": "", "reply": [text("Got: ${result}")]},
    {"text": "twin", "reply": [tool("Bash", command="echo well-$((6*7))")]},
    {"text": "twin", "result": "", "reply": [text("Got: ${result}")]})
hostile.place("evilrunner", "runner")
fam = Hostile(tg, api).start()
lives = 0


def attack(script, timeout=10):
    """The answer that came of it in Ben's chat, who may use Bash."""
    session.project("script", "ATTACK\n" + script + "\n")
    fam.mark = len(fam.log())
    fam.seen = {c: tg.chat(c)["messages"] for c in (ANA, BEN, ADMIN)}
    said = tg.say(BEN, "go")
    if timeout == 0:
        return None
    m = tg.answer(BEN, "Got: ", after=said["message_id"], timeout=timeout)
    return m["text"] if m else None


def standing():
    return [e for e in fam.standing("runner")] + [
        "agent" for _ in (0,) if fam.pids().get("agent") !=
        fam.was.get("agent")]


def check(name, good, r=None):
    tap.ok(good and not standing() and fam.silent(ANA, ADMIN), name,
           lambda: "%s\n%s\n%s" % (r, standing(), fam.diag()))


def twin(name):
    end = time.time() + 5
    while time.time() < end and "runner" not in fam.pids():
        time.sleep(0.05)
    said = tg.say(BEN, "twin")
    m = tg.answer(BEN, "Got: ", after=said["message_id"])
    tap.ok(m and "well-42" in m["text"], name + ": a tool runs",
           lambda: "%s\n%s" % (m, fam.diag()))


def died(words, timeout=5):
    end = time.time() + timeout
    while time.time() < end:
        m = re.search(r"runner/telegram died: (.*); starts again in",
                      fam.said())
        if m:
            return m.group(1) if re.search(words, m.group(1)) else None
        time.sleep(0.004)
    return None


def all_deadly(name, cases):
    global lives
    bad = []
    for script, words in cases:
        if lives > 0:
            fam.restart()
        lives += 1
        attack(script, timeout=0)
        if died(words) is None or standing() or not fam.silent(ANA, ADMIN):
            bad.append("%s: %s\n%s" % (script, standing(), fam.diag()[-600:]))
    tap.ok(not bad, "%s: each of %d ends the runner and nobody else" % (
        name, len(cases)), "\n".join(bad[:5]))
    twin("the runner is back")


twin("before all")

# --- what it may say -------------------------------------------------------------
HEAD = "raw relay RUN_HEAD 0 0 %s%02x%02x%04x%sS\n"
DATA = "raw relay STREAM_DATA 0 0 s%04x%s\n"
END = "raw relay STREAM_END 0 0 s00\n"
for job in ("P", "0000000000000000", "ffffffffffffffff"):
    r = attack(HEAD % (job, 0, 0, 0, "") + DATA % (6, b"forged".hex()) +
               END + "raw relay RUN_DONE 0 0 %s000000000000" % job +
               "00000000")
    check("a result for job %s, which does not run, is no result" % job,
          r and "forged" not in r and "script done" in r, r)
r = attack(HEAD % ("T", 0, 0, 0, "") + HEAD % ("T", 0, 0, 0, "") +
           DATA % (6, b"second".hex()) + END)
check("RUN_HEAD twice: the second is dropped", r is None or "second" not in r,
      r)
fam.restart()
for what, mime in (("no MIME type", b"junk"), ("HTML", b"text/html"),
                   ("quotes in it", b'image/png","x":"')):
    r = attack(HEAD % ("T", 0, 1, len(mime), mime.hex()) +
               DATA % (4, "z4.") + END +
               "raw relay RUN_DONE 0 0 T000000000000" + "00000000\nsilent")
    check("an image of %s is no image" % what, r and "image" in r, r)
for kind in (3, 255):
    r = attack(HEAD % ("T", 0, kind, 0, "") + DATA % (4, "z4.") + END +
               "raw relay RUN_DONE 0 0 T000000000000" + "00000000\nsilent")
    check("output of kind %d is text" % kind, r and "AAAA" in r, r)
r = attack(HEAD % ("T", 0, 0, 0, "") + "rep 6400 " + DATA % (
    16384, "z16384.") + END +
    "raw relay RUN_DONE 0 0 Tff0000000000" + "00000000\nsilent", 30)
check("100 MB of output are bounded, an unknown outcome is a crash",
      r is not None and "died before it was done" in str(
          api.requests("messages")[-1]["body"]["messages"][-1]), r and r[:300])
cwd = b"/../../etc\n\x1b"
r = attack(HEAD % ("T", 0, 0, 0, "") + END + "raw relay RUN_DONE 0 0 "
           "T000000000000%04x%s0000\nsilent" % (len(cwd), cwd.hex()))
check("a working directory of its own choice", r is not None, r)
# It can keep a conversation there, for it says where each call ended.
tg.answer(BEN, "fresh conversation", after=tg.say(BEN, "/new")["message_id"])
r = attack("rep 20000 raw parent TOOL_KILL 0 0 P00\n"
           "rep 20000 raw parent TOOL_KILL 0 0 ffffffffffffffffff")
check("40,000 kills of what does not run", r and "script done" in r, r)
twin("after forged results")

# --- what it may not -----------------------------------------------------------------
for peer in ("parent", "relay"):
    all_deadly("what is not a runner's to %s" % peer, [
        ("raw %s %s 0 0 -" % (peer, name), "sent %s( to %s)?, which" % (
            name, peer)) for name, senders, receivers, phases in table()
        if not ("runner" in senders and peer in receivers and
                phases in ("PH_LIVE", "PH_ANY"))])
all_deadly("calls and accusations", [
    ("raw parent MISBEHAVED 0 0 0101000103", "is not believed"),
    ("fds relay 1 4 RUN_DONE 1 T000000000000" + "00000000", "RUN_DONE"),
    (HEAD % ("T", 0, 0, 2, "0d0a"), "RUN_HEAD"),
    ("sys open \"/etc/passwd 0 0", "its cage stopped"),
    ("sys socket 1 1 0", "its cage stopped"),
    ("sys kill 1 9", "its cage stopped"),
    ("sys execve \"/bin/sh & &", "its cage stopped"),
    ("deaf relay\nrep 1500000 raw relay RUN_HEAD 0 0 "
     "0000000000000007000000" + "00S", "does not read")])
session.finish("hostilerun", tg, api, fam)
