#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# A hostile agent says what it may say, but with hostile content: no tool runs
# beyond the tier of the person, no other chat hears of it, nobody else falls.
# What it may not say at all is in hostilewire.t, its system calls in
# hostilesys.t.
import glob
import os
import sqlite3
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
import hostile
import session
import tap
import world
from hostile import ADMIN, ANA, BEN, Hostile, twin
from session import PROJECTS, project

READ, WRITE, EDIT, BASH, SEARCH = 1, 2, 3, 7, 8
TOOLS = {1: "Read", 2: "Write", 3: "Edit", 4: "MultiEdit", 5: "Glob",
         6: "Grep", 7: "Bash"}
tg, api = session.begin()
api.rules({"text": "twin", "reply": [{"type": "text", "text": "Well."}]})
project("notes.txt", "buy milk\n")
hostile.place()
fam = Hostile(tg, api).start()


def marker(name):
    return PROJECTS + "/" + name


def use(tool, name):
    """The input of a call that leaves a marker file."""
    path = marker(name)
    return {
        WRITE: '{"file_path":"%s","content":"x"}' % path,
        EDIT: '{"file_path":"%s/notes.txt","old_string":"milk",'
              '"new_string":"%s"}' % (PROJECTS, name),
        4: '{"file_path":"%s/notes.txt","edits":[{"old_string":"milk",'
           '"new_string":"%s"}]}' % (PROJECTS, name),
        BASH: '{"command":"touch %s"}' % path,
    }[tool]


def untouched(name):
    with open(marker("notes.txt")) as f:
        return not os.path.lexists(marker(name)) and f.read() == "buy milk\n"


def check(name, good, r=None):
    """An attack's own condition, and what must hold after all of them."""
    fallen = fam.standing()
    tap.ok(good and not fallen and fam.silent(BEN, ADMIN), name,
           lambda: "%s\nfallen: %s\nothers heard nothing: %s\n%s" % (
               r, fallen, fam.silent(BEN, ADMIN), fam.diag()))


def calls(of, verdict="success"):
    return [a for a in fam.audit() if a.get("event") == "tool" and
            a.get("outcome") == verdict and a.get("tool") == of]


# --- the tier of the person -----------------------------------------------------
twin(fam, "before all")
for t in (WRITE, EDIT, 4, BASH):
    for internal in (0, 1):
        before = len(calls(TOOLS[t], "blocked"))
        name = "tier-%d-%d" % (t, internal)
        r = fam.attack(ANA, "call T %d %d %s\nwait 1" % (
            t, internal, use(t, name)))
        check("read-only: %s%s is denied" % (
            TOOLS[t], ", said to be internal," if internal else ""),
            r and "error 1" in r[0] and "tier is read-only" in r[0] and
            untouched(name), r)
        tap.ok(len(calls(TOOLS[t], "blocked")) == before + 1 and
               not calls(TOOLS[t]), "and audited as blocked")
for t in (0, SEARCH, 10, 200, 255):
    r = fam.attack(ANA, 'call T %d 0 {"command":"touch %s"}\nwait 1' % (
        t, marker("unknown")))
    check("tool number %d: there is none" % t,
          r and "error 1" in r[0] and untouched("unknown"), r)
r = fam.attack(BEN, "call T %d 0 %s\nwait 1" % (WRITE, use(WRITE, "ben")))
tap.ok(r and "error 0" in r[0] and os.path.exists(marker("ben")),
       "twin: the same Write runs for who may write",
       lambda: "%s\n%s" % (r, fam.diag()))
r = fam.attack(BEN, 'call T %d 1 {"command":"sleep 2.1"}\nwait 1' % BASH)
shown = [e["body"].get("text", "") for n in ("sendMessage",
         "sendMessageDraft", "editMessageText") for e in tg.requests(n)]
tap.ok(any("sleep 2.1" in x for x in shown),
       "what is said to be internal is shown all the same",
       lambda: "%s\n%s" % (shown[-6:], fam.diag()))

# --- turns that are not its own -----------------------------------------------------
r = fam.attack(ANA, "call P %d 0 %s\ncall 0000000000000000 1 0 {}\n"
               "call ffffffffffffffff %d 0 %s\n"
               'call T 1 0 {"file_path":"%s/notes.txt"}\nwait 1' % (
                   WRITE, use(WRITE, "past"), BASH, use(BASH, "past"),
                   PROJECTS))
check("calls for the turn before (another person's, who may), for 0 and for "
      "2^64-1 are dropped", r and len(r) == 1 and "buy milk" in r[0] and
      untouched("past") and fam.told("does not run", 3), r)
r = fam.attack(ANA, "raw relay TURN_BEGUN 0 0 PS\n"
               "raw relay STREAM_DATA 0 0 s0005z5.\n"
               "raw relay STREAM_END 0 0 s00\n"
               "raw relay TURN_NOTE 0 0 P0500000000\n"
               "raw relay TURN_DONE 0 0 P00" + "00" * 44 + "0000")
check("text, a note and an end for a turn that is over reach nobody",
      r == [], r)
r = fam.attack(ANA, "raw relay TURN_BEGUN 0 0 TS\n"
               "raw relay STREAM_DATA 0 0 s0005z5.\n"
               "raw relay STREAM_END 0 0 s00")
check("TURN_BEGUN twice: the second stream is dropped",
      r == [] and not any("AAAAA" in t for t in tg.bot_texts(ANA)), r)
r = fam.attack(ANA, "done\ncall P 1 0 {}\ncall P %d 0 %s\n"
               "raw relay TURN_DONE 0 0 P00" % (BASH, use(BASH, "late")) +
               "00" * 44 + "0000", timeout=1)
check("calls after the end of their turn are dropped",
      r is None and untouched("late") and
      fam.log_wait("does not run", after=fam.mark), r)
r = fam.attack(ANA, "call T 1 0 {}\ndone\n", timeout=1)
check("a turn that ends before its calls takes them along", r is None, r)

# One agent serves all chats of its scope, so it may answer each that waits for
# it; what it asks for under a turn is judged and written down as that turn's.
mark = len(tg.chat(BEN)["messages"])
tg.say(BEN, "hang")
end = time.time() + 3
while time.time() < end and not any(
        e["body"].get("chat_id") == BEN for e in
        tg.requests("sendChatAction")[-3:]):
    time.sleep(0.02)
r = fam.attack(ANA, "raw relay TURN_BEGUN 0 0 OS\n"
               "raw relay STREAM_DATA 0 0 s0005z5.\n"
               "raw relay STREAM_END 0 0 s00\n"
               "call T %d 0 %s\nwait 1" % (WRITE, use(WRITE, "mixed")))
check("while one who may write has a turn, another's stays read-only, and "
      "its text has one stream", r and "tier is read-only" in r[0] and
      untouched("mixed"), r)
r = fam.attack(ANA, "call O %d 0 %s\nwait 1" % (WRITE, use(WRITE, "bens")))
line = (calls("Write") or [{}])[-1]
check("a call under that turn is audited as that person's",
      r and line.get("telegramUserId") == str(BEN), (r, line))
tg.say(BEN, "/stop")
tg.wait(5, chat=BEN, after=tg.chat(BEN)["messages"][-1]["message_id"])
time.sleep(0.3)
twin(fam, "after forged turns")

# --- the words of a call ------------------------------------------------------------
START = "raw relay TOOL_CALL 0 0 TK%02x0000000000%08xS\n"
DATA = "raw relay STREAM_DATA 0 0 s%04x%s\n"
END = "raw relay STREAM_END 0 0 s00\nwait 1"
for what, script, words in (
    ("more bytes than announced", START % (READ, 2) + DATA % (5, "z5."),
     "damaged"),
    ("fewer bytes than announced", START % (READ, 9) + DATA % (5, "z5."),
     "damaged"),
    ("4 GB announced", START % (READ, 0xffffffff), "over"),
    ("100 MB of input", START % (READ, 100 << 20) +
     "rep 6400 " + DATA % (16384, "z16384."), "over"),
    ("100 MB of input, 10 announced", START % (READ, 10) +
     "rep 6400 " + DATA % (16384, "z16384."), "damaged"),
    ("no input", START % (READ, 0), "not a JSON object"),
    ("no JSON", START % (READ, 5) + DATA % (5, "z5."), "not a JSON"),
    ("an array", START % (READ, 2) + DATA % (2, "5b5d"), "not a JSON"),
    ("a NUL in a path", START % (READ, 24) + DATA % (24, (
        b'{"file_path":"/a\\u0000"}').hex()), ""),
    ("no UTF-8", START % (READ, 20) + DATA % (20, (
        b'{"file_path":"/\xff\xfe\xc0"}').hex()), ""),
    ("4 MB of nested arrays", START % (READ, 4 << 20) +
     "rep 256 " + DATA % (16384, "5b" * 1 + "z16383."), "not a JSON"),
):
    r = fam.attack(ANA, script + END, timeout=20)
    check("a call with %s" % what, r and len(r) == 1 and
          "error 1" in r[0] and words in r[0], r)
r = fam.attack(ANA, START % (READ, 4) + "raw relay TOOL_CALL 0 0 TK010000000000"
               "00000004s\n" + DATA % (4, "z4.") +
               "raw relay STREAM_END 0 0 s00\nwait 2")
check("a stream's number used twice at once", r and len(r) == 2, r)
r = fam.attack(ANA, "call T 1 0 {}\nraw relay TOOL_CALL 0 0 Tk010000000000"
               "00000000S\nraw relay STREAM_END 0 0 s00\nwait 1")
check("a call's number used twice at once", r and len(r) == 1, r)
twin(fam, "after bad input")

# --- many ---------------------------------------------------------------------------
r = fam.attack(ANA, "rep 40 call T 1 0 {}\nwait 40")
check("40 calls at once: over 16 are told so", r and len(r) > 20 and
      sum("Over 16" in x for x in r) >= 20, r)
r = fam.attack(ANA, 4 * ("rep 2500 call T %d 0 {}\nwait 2500\n" % SEARCH),
               timeout=30)
check("10,000 calls", r is not None, r)
r = fam.attack(ANA, "rep 10000 raw relay TOOL_CALL 0 0 TK010000000000ffffffffS\n",
               timeout=30)
check("10,000 calls at once, and nobody waits for the answers",
      r is not None, r)
r = fam.attack(ANA, "rep 5000 raw relay TOOL_CALL 0 0 TK01000000000000000004S\n",
               timeout=20)
check("5,000 calls that never send their input", r is not None, r)
r = fam.attack(ANA, "rep 20000 raw relay TURN_NOTE 0 0 Tff00000000",
               timeout=20)
check("20,000 notes of an unknown kind", r == [], r)
twin(fam, "after floods")

# --- the model, through gate ------------------------------------------------------
REQ = "raw gate API_REQ 0 0 %08x%02x%08xS%s" + "00" * 16 + "\n"
for what, args, words in (
    ("path 2", (1, 2, 64, "0000"), "no such request"),
    ("path 255", (1, 255, 64, "0000"), "no such request"),
    ("no body", (1, 0, 0, "0000"), "no such request"),
    ("4 GB of body", (1, 0, 0xffffffff, "0000"), "no such request"),
    ("a beta that is a header", (1, 0, 64, "0005" + b"x: y!".hex()),
     "cannot make this request"),
):
    asked = len(api.requests("messages"))
    r = fam.attack(ANA, REQ % args + "wait 1")
    check("a request with %s is refused by gate" % what,
          r and words in r[0] and len(api.requests("messages")) == asked, r)
r = fam.attack(ANA, REQ % (7, 0, 64, "0000") + REQ % (7, 0, 64, "0000") +
               "wait 1\nraw gate API_ABORT 0 0 00000007")
check("a request's number used twice at once",
      r and len(r) == 1 and "running already" in r[0], r)
r = fam.attack(ANA, "raw gate API_ABORT 0 0 00000007\n"
               "rep 20000 raw gate API_ABORT 0 0 K\n"
               "raw gate STREAM_CREDIT 0 0 00001000ffffffff\n"
               "raw gate STREAM_END 0 0 0000100000")
check("aborts, credit and ends of what is not there", r == [], r)
for at in range(100, 424, 36):  # a message is not long enough for all
    r = fam.attack(ANA, "".join(REQ % (at + i, 0, 64, "0000")
                                for i in range(36)) +
                   ("wait 4" if at == 388 else ""))
check("324 requests at once: 320 at most", r and len(r) == 4 and
      all("too many" in x for x in r), r)
for at in range(100, 424, 81):
    fam.attack(ANA, "".join("raw gate API_ABORT 0 0 %08x\n" % (at + i)
                            for i in range(81)))
body = (b'{"model":"claude-sonnet-5-5","max_tokens":64,"stream":true,'
        b'"messages":[{"role":"user","content":"twin"}]}')
r = fam.attack(ANA, REQ % (9, 0, len(body), "0000") +
               "raw gate STREAM_DATA 0 0 s%04x%s\n" % (
                   len(body), body.hex()) +
               "raw gate STREAM_END 0 0 s00\nwait 1")
check("twin: a whole request is answered", r and "status 200" in r[0] and
      "done 0" in r[1], r)

# --- the log ------------------------------------------------------------------------
LOG = "raw parent LOG 0 0 03%04x%s\n"
line = "x\n00:00:00 relay: forged\r\x1b[2J\x9b1m\0\u202eend".encode()
fam.attack(ANA, LOG % (len(line), line.hex()))
fam.log_wait("forged", after=fam.mark)
lines = [x for x in fam.said().split("\n") if "forged" in x]
check("control characters make no line of the log their own",
      len(lines) == 1 and "agent/telegram: error: x" in lines[0] and
      not set("\x1b\r\0\x9b\u202e") & set(lines[0]), lines)
r = fam.attack(ANA, "rep 100000 " + LOG % (4, "7370616d") + "\n", timeout=30)
fam.log_wait(": spam", after=fam.mark)
spam = fam.said().count(": spam")
check("of 100,000 lines the log takes few", r == [] and 0 < spam < 2000,
      spam)
time.sleep(0.2)
fam.attack(ANA, LOG % (1, "78"))
check("and says that lines are lost", fam.log_wait(
    "too many and are lost", after=fam.mark))

# --- the end of a turn ----------------------------------------------------------------
for i in range(3):
    fam.attack(ANA, "raw relay TURN_DONE 0 0 Tff" + "ff" * 40 +
               "ffffffff0008" + b"why\n\x1b[2J".hex(), timeout=0.4)
got = tg.bot_texts(ANA)[-1]
fallen = fam.standing()
fam.stop()
db = sqlite3.connect("file:%s?mode=ro" % glob.glob(
    world.W + "/state/relay/*.db")[0], uri=True)
used = db.execute("SELECT sum(tin), sum(microusd) FROM spent").fetchone()
db.close()
tap.ok("of ours failed" in got and "\x1b" not in got and not fallen and
       0 < used[0] < 100000 and 0 < used[1] < 1000000,
       "its figures of 2^64-1 count for nothing, an unknown outcome is a "
       "failure", (got, used, fallen))
fam.start()

# --- text ------------------------------------------------------------------------------
for what, text in (
    ("no UTF-8", "fffec080eda080f4908080"), ("NULs", "00y50."),
    ("50,000 stars", "2ay50000."), ("20,000 brackets", "5by20000."),
    ("50,000 quotes", "3ey50000."), ("50,000 backquotes", "60y50000."),
    ("one word of 20,000", "z20000."),
    ("marks that turn the text around", "e280aee281a6e281a7")):
    t0 = time.time()
    r = fam.attack(ANA, "text 610a%s0a\n" % text, timeout=15)
    check("text with %s" % what, r is not None and time.time() - t0 < 10, r)
last = max(m["message_id"] for m in tg.chat(ANA)["messages"])
r = fam.attack(ANA, "raw relay TURN_BEGUN 0 0 TS\nflood 1073741824",
               timeout=0)
end = time.time() + 90
while time.time() < end and not any(
        "is in this file" in t for t in tg.bot_texts(ANA, last)[-3:]):
    time.sleep(0.2)
texts = tg.bot_texts(ANA, last)
check("1 GB of text is cut at 1 MB", len(texts) == 9 and
      fam.told("is left out"),
      "%d messages, the last: %s" % (len(texts), texts[-1:]))
twin(fam, "after 1 GB of text")

# --- gone with both streams open ---------------------------------------------------
# A body that is all there and never ends: both streams of its exchange are
# open when the agent breaks the link's rules.
api.rules({"text": "drip", "reply": [{"type": "text", "text": "x" * 400}],
           "piece": 4, "every_ms": 200},
          {"text": "soon", "reply": [{"type": "text", "text": "now"}],
           "first_ms": 700})


def said(n, word, end=""):
    b = body.replace(b"twin", word)
    return REQ % (n, 0, len(b), "0000") + (
        "raw gate STREAM_DATA 0 0 s%04x%s\n" % (len(b), b.hex())) + end


r = fam.attack(ANA, "".join(said(n, b"drip") for n in range(500, 508)) +
               said(510, b"soon", "raw gate STREAM_END 0 0 s00\n") +
               "wait 1")
check("8 bodies without an end: answers begin",
      r and sum("status 200" in x for x in r) == 9, r)
fam.attack(ANA, "raw gate TURN_BEGUN 0 0 00", timeout=0)
died = fam.died()
tap.ok(died and not fam.standing(),
       "and when the agent is stopped then, only the agent falls",
       lambda: (died, fam.standing(), fam.diag()))
end = time.time() + 40
while time.time() < end and "agent" not in fam.pids():
    time.sleep(0.1)
time.sleep(0.5)

# --- its copy for a backup --------------------------------------------------------------
for i in range(6):
    fam.mark = len(fam.log())
    fam.was = fam.pids()
    r = fam.ctl("backup", world.W + "/hostile.tar")
    want = "not a part that can be kept" if i == 5 else "sent no usable copy"
    tap.ok(r.returncode == 1 and want in r.stderr and not fam.standing() and
           not [f for d in (world.W, "/tmp") for f in os.listdir(d)
                if "hostile.tar" in f or f == "evil"] and
           (i == 5 or fam.died("impossible name")),
           "a backup of a hostile agent's state is none (%d)" % i,
           lambda: "%s\n%s\n%s" % (r, fam.standing(), fam.diag()))
    end = time.time() + 40
    while time.time() < end and "agent" not in fam.pids():
        time.sleep(0.1)
    time.sleep(0.5)
session.finish("hostile", tg, api, fam)
