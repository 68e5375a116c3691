#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# The audit log from the administrator's side: tail, search, verify and key
# beside the running family, the relay as a witness, and the daily report.
import json
import os
import re
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
import session
import tap
import world
from fakes import text, tool
from family import ADMIN, ANA, Family, config

tg, api = session.begin()
api.rules({"text": "run", "reply": [tool("Bash", command="echo hi")]},
          {"text": "run", "result": "", "reply": [text("Done.")]})
LOG = world.W + "/state/audit/audit.log"
fam = Family(config(top="audit report daily\n"), "audit").start()
session.polling(tg, fam)


def said(chat, part, timeout=10):
    end = time.time() + timeout
    while time.time() < end:
        for m in tg.bot_texts(chat):
            if part in m:
                return m
        time.sleep(0.05)
    return None


def check(rc, words, name, out="", err=""):
    r = fam.ctl(*words)
    tap.ok(r.returncode == rc and re.search(out, r.stdout) and
           re.search(err, r.stderr), name, lambda: "%s: %d\n%s%s" % (
               words, r.returncode, r.stdout, r.stderr))
    return r


tg.say(ADMIN, "/whoami")        # a bot cannot write first
said(ADMIN, "Tier")
tg.say(ANA, "run it")
tap.ok(said(ANA, "Done."), "a turn with a call", lambda: fam.log()[-2000:])
check(0, ["audit", "tail"], "tail: the call, by whom and where",
      r"#\d+ tool success Bash .*user %d chat %d: Bash echo hi" % (ANA, ANA))
r = check(0, ["-j", "audit", "search", "event=turn", "telegramUserId=%d" %
              ANA], "a turn's line")
turn = json.loads(r.stdout)[-1] if r.stdout else {}
tap.ok(turn.get("messagePreview") == "run it" and
       turn.get("executionTimeMs", 0) > 0 and turn.get("costUsd", 0) > 0,
       "says what was asked, how long it took and what it cost", turn)
check(0, ["audit", "search", "costUsd=%f" % turn.get("costUsd", 0)],
      "and is found by that")
r = check(0, ["-j", "audit", "tail", "2"], "tail -j: an array")
tap.ok(len(json.loads(r.stdout)) == 2, "of as many lines as were asked for")
check(64, ["audit", "tail", "0"], "tail 0 is no number of lines")
check(0, ["audit", "search", "event=tool", "telegramUserId=%d" % ANA],
      "search by members", r"tool success Bash")
check(1, ["audit", "search", "event=tool", "telegramUserId=%d" % ADMIN],
      "search for what is not there")
check(0, ["audit", "key"], "the public key", r"^[0-9a-f]{64}$")
r = check(0, ["audit", "verify"], "verify: whole", r"^whole: lines 1 to \d+")
head = re.search(r"^head (\d+:[0-9a-f]{64})$", r.stdout, re.M).group(1)
check(0, ["audit", "verify", head], "and with its own head")
check(1, ["audit", "verify", "1:" + "0" * 64], "not with another one",
      "BROKEN: line 1 is not the one you noted")
check(64, ["audit", "verify", "nonsense"], "nor with a word that says nothing")
# --- a damaged head does not move its file to another place
first, last = world.W + "/audit-%020d.log" % 1, world.W + "/audit.log"
with open(LOG, "rb") as f:
    lines = f.readlines()
with open(first, "wb") as f:
    f.write(b"X" + b"".join(lines[:2])[1:])
with open(last, "wb") as f:
    f.write(b"".join(lines[2:]))
check(1, ["audit", "verify", last, first], "a damaged first line is named "
      "with its file", r"line 1 of \S*audit-0+1\.log")
# --- somebody puts an older copy in its place, behind the daemon's back
with open(LOG, "rb") as f:
    old = b"".join(f.readlines()[:2])
tg.say(ANA, "run again")
said(ANA, "Done.")
time.sleep(0.5)
fam.stop()
with open(LOG, "wb") as f:
    f.write(old)
before = len(fam.log())
fam.start()
session.polling(tg, fam)
tap.ok(fam.log_wait("was cut or replaced by an older copy", 5, before),
       "an older copy is noticed by the engine and the relay",
       lambda: fam.log()[before:][-3000:])
m = said(ADMIN, "Attention")
tap.ok(m and "telclaudectl audit verify" in m, "and the admin hears of it")
m = said(ADMIN, "Keep this")
tap.ok(m, "the admin is told the head once a day", lambda: fam.log()[-2000:])
tap.ok([r["body"].get("disable_notification") for r in
        tg.requests("sendMessage") if "Keep this" in r["body"]["text"]] ==
       [True], "without a sound")
if m:
    told = re.search(r"audit verify (\d+:[0-9a-f]{64})", m).group(1)
    check(0, ["audit", "verify", told], "and it verifies")
tap.ok(sum("Keep this" in x for x in tg.bot_texts(ADMIN)) == 1, "once")
with open(LOG, "ab") as f:
    f.write(b'{"seq":9,"event":"cut \xff\n')
r = check(0, ["-j", "audit", "tail", "1"], "a line that was cut")
tap.ok(json.loads(r.stdout) == ['{"seq":9,"event":"cut \ufffd'],
       "is a string in the array", r.stdout)
session.finish("audit", tg, api, fam)
