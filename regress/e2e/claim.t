#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# Claiming a bot that the configuration gives no admin: by a look on the
# machine or by the claim word, and by nothing a stranger sees or guesses;
# never again once there was an admin, until the machine says so.
import json
import os
import re
import signal
import sqlite3
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
import session
import tap
from family import ADMIN, ANA, BEN, Family, config, secret
import world

GROUP = -100500
tg, api = session.begin()
plain = config(chats=(ANA, BEN, GROUP)).replace("\tadmin %d\n" % ADMIN, "")
fam = Family(plain, "claim").start()
session.polling(tg, fam)


def say(chat, what, expect, name, **kw):
    s = tg.say(chat, what, **kw)
    m = tg.answer(chat, expect, after=s["message_id"], timeout=8)
    tap.ok(m, name, lambda: "%s\n%s" % (
        tg.bot_texts(chat, s["message_id"]), fam.log()[-2500:]))
    return m["text"] if m else ""


def code(text):
    m = re.search(r"Code ([A-HJKMNP-Z2-9]{6}), 5 minutes", text)
    return m.group(1) if m else "AAAAAA"


def audit():
    with open(world.W + "/state/audit/audit.log") as f:
        return [json.loads(line) for line in f]


def events(prefix):
    return [(e["event"], e["outcome"], e.get("errorType"))
            for e in audit() if e["event"].startswith(prefix)]


def turns():
    return api.stats()["requests"]


def restart(how=signal.SIGKILL):
    pid = fam.pids()["relay"]
    os.kill(pid, how)
    end = time.time() + 10
    while time.time() < end and fam.pids().get("relay", pid) == pid:
        time.sleep(0.02)
    session.polling(tg, fam)


def minute():
    """As if a minute had passed: the commands of the last do not count."""
    fam.stop()
    db = sqlite3.connect(world.W + "/state/relay/relay.db")
    with db:
        db.execute("DELETE FROM tries WHERE kind=1")
    db.close()
    fam.start()
    session.polling(tg, fam)


# --- nobody owns it ---------------------------------------------------------
say(ANA, "hello", "Nobody owns this bot yet. If you are its owner, send: "
    "/claim", "the first message is answered with how to claim")
say(ANA, "/status", "Nobody owns this bot", "so is a command that tells")
say(GROUP, "hello @fake_tc_bot", "not in a group", "a group cannot",
    user=ANA, type="supergroup", title="Family")
s = tg.say(GROUP, "/claim@fake_tc_bot", user=ANA, type="supergroup")
r = fam.ctl("claim")
tap.ok(r.returncode == 0 and "no claim waits" in r.stdout,
       "nothing to look at yet", r)
tg.say(5555, "/claim", name="Eve")
fam.log_wait("allow chat 5555")
tap.ok(tg.bot_texts(5555) == [], "who is not listed hears nothing")

# --- a code that is seen is not enough ---------------------------------------
first = code(say(ANA, "/claim", "Code ", "/claim makes a code"))
say(ANA, "/approve " + first, "Nobody has looked at that code on the machine",
    "which nobody on the machine has looked at")
say(BEN, "/approve " + first, "No claim of yours waits",
    "nor is it another's")
ben = code(say(BEN, "/claim", "Code ", "another claims too"))
say(BEN, "/approve " + first, "the code of another chat",
    "and cannot finish the first one's")
r = fam.ctl("-j", "claim")
rows = json.loads(r.stdout)
tap.ok([(x["code"], x["user"], x["shown"]) for x in rows] ==
       [(first, ANA, False), (ben, BEN, False)],
       "with two that wait a look is for neither", r)
say(BEN, "/approve " + ben, "Nobody has looked", "so neither is approved")
tap.ok(turns() == 0, "no word of it reached the model")
second = code(say(ANA, "/claim", "still", "claiming again").replace(
    ", still", ", 5 minutes, still"))
tap.ok(second == first, "tells the same code", (first, second))
minute()
say(ANA, "/approve", "Add the code", "without it nothing is tried")
say(ANA, "/approve ABCDEF", "not the code I gave you", "a wrong one is")
restart()
r = fam.ctl("claim", second)
tap.ok(r.returncode == 0 and second in r.stdout,
       "the machine says which, after a kill", r)
say(ANA, "/approve " + second, "You are the admin",
    "and that one is the admin")
say(ANA, "/whoami", "the admin", "as it says")
say(ANA, "good day", "echo: good day", "and the model is asked from now on")
minute()
say(BEN, "/approve " + ben, "", "the other's code")
say(BEN, "/claim", "has an owner", "nor can another claim")
r = fam.ctl("claim")
tap.ok(r.returncode == 1 and "already" in r.stderr, "the machine is told", r)
want = [("admin_claim_group_rejected", "blocked"),
        ("admin_claim_started", "pending"),
        ("admin_claim_failed", "blocked"),
        ("admin_claim_completed", "success")]
seen = {e[:2] for e in events("admin_claim")}
tap.ok(set(want) <= seen, "all of it is in the audit log", seen)
text = json.dumps(audit())
tap.ok(not any(c in text for c in (first, second, ben)),
       "which holds no code")

# --- once there was one ---------------------------------------------------------
say(ANA, "/unlink", "telclaudectl unlink %d" % ANA,
    "without a second factor the chat cannot end it")
r = fam.ctl("links")
tap.ok(re.search(r"%d +admin +admin +yes" % ANA, r.stdout), "links", r)
r = fam.ctl("unlink", str(ANA))
tap.ok(r.returncode == 0 and "claim reset" in r.stdout, "the machine can", r)
say(BEN, "/claim", "had an admin", "that opens nothing for others")
say(BEN, "/approve " + ben, "", "not with an old code either")
restart()
say(BEN, "/claim", "had an admin", "also after a restart")
say(ANA, "/whoami", "Tier: write-local", "nobody is the admin")
tap.ok(fam.log_wait("claim reset opens that"), "the log says so")
fam.write(plain.replace("allow chat", "admin %d\n\tallow chat" % ADMIN))
fam.ctl("reload")
r = fam.ctl("claim", "reset")
tap.ok(r.returncode == 1 and "configuration names the admin" in r.stderr,
       "with an admin in the file there is nothing to claim", r)
r = fam.ctl("link", "admin")
tap.ok(r.returncode == 1 and "make nobody one" in r.stderr,
       "nor to link", r)
fam.write(plain)
fam.ctl("reload")
minute()
say(BEN, "/claim", "had an admin", "not when the line goes again")
r = fam.ctl("claim", "reset")
tap.ok(r.returncode == 0, "claim reset opens it", r)
say(BEN, "hello", "Nobody owns this bot yet", "and nobody owns it again")

# --- attempts ---------------------------------------------------------------------
minute()
mine = code(say(BEN, "/claim", "Code ", "a code"))
guesses = 0
for i in range(8):
    s = tg.say(BEN, "/approve AAAAA" + "ABCDEFGH"[i])
    m = tg.answer(BEN, "not the code", after=s["message_id"], timeout=1.2)
    guesses += m is not None
    if m is None:
        break
tap.ok(0 < guesses <= 5, "few guesses are answered", guesses)
r = fam.ctl("claim")
tap.ok(mine in r.stdout and "none of these can be approved" in r.stdout,
       "a look at the only one", r)
r = fam.ctl("claim", mine)
tap.ok(r.returncode == 0 and mine in r.stdout, "with its code", r)
minute()
s = tg.say(BEN, "/approve " + mine)
tg.answer(BEN, "Too many attempts", after=s["message_id"])
tap.ok(not any("You are the admin" in t for t in tg.bot_texts(BEN)),
       "guessed too often, and a restart gives no more",
       tg.bot_texts(BEN, s["message_id"]))
fam.stop()

# --- the word -------------------------------------------------------------------------
session.fresh()
word = "correct horse 9 battery"
fam = Family(plain.replace("allow chat", "claim secret file \"%s\"\n\tallow "
                           "chat" % secret("claim.word", word)),
             "word").start()
session.polling(tg, fam)
say(ANA, "hello", "/claim WORD", "with a word: how to claim asks for it")
say(ANA, "/claim", "claimed with a word", "without it nothing is")
s = tg.say(ANA, "/claim correct horse")
m = tg.answer(ANA, "not the claim word", after=s["message_id"])
tap.ok(m, "a wrong one", lambda: tg.bot_texts(ANA))
tap.ok(any(x["message_id"] == s["message_id"] and x["deleted"]
           for x in tg.chat(ANA)["messages"]), "its message is deleted")
r = fam.ctl("claim")
tap.ok("claim word is asked for" in r.stdout, "the machine shows no code", r)
n = 0
for i in range(6):
    s = tg.say(BEN, "/claim guess%d" % i)
    if tg.answer(BEN, "not the claim word", after=s["message_id"],
                 timeout=1.5):
        n += 1
tap.ok(n == 5, "five words of one person", n)
say(BEN, "/claim " + word, "Too many attempts. Try again in",
    "then the right one is not taken from them either")
say(ANA, "/claim " + word, "You are the admin", "the right one is enough")
with open(world.W + "/state/relay/relay.db", "rb") as f:
    data = f.read()
try:
    with open(world.W + "/state/relay/relay.db-wal", "rb") as f:
        data += f.read()
except OSError:
    pass
text = json.dumps(audit()) + fam.log()
tap.ok(word.encode() not in data and word not in text,
       "and is in no file of ours")
seen = {e[0] for e in events("admin_claim")}
tap.ok({"admin_claim_secret_required", "admin_claim_secret_invalid",
        "admin_claim_completed"} <= seen, "audited", seen)
session.finish("claim", tg, api, fam)
