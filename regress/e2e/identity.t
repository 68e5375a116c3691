#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# Who somebody is: numbers linked to names that the configuration speaks of,
# bans, people let in by a code, and in groups the sender and not the chat.
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
import world
from fakes import text, tool
from family import ADMIN, ANA, BEN, Family, config

GROUP, EVE, MAL = -100500, 5555, 6666
tg, api = session.begin()
api.rules({"text": "q-", "reply": [text("answer: ${text}")]})
conf = config(telegram="allow pairing", chats=(ANA, BEN, ADMIN, GROUP)).replace(
    "tier write-local user any", "tier read-only user any\n"
    'tier write-local user { "alice" %d }\n'
    'tier full-access user "carl"' % BEN)
fam = Family(conf, "identity").start()
session.polling(tg, fam)


def ask(chat, what, expect, name, timeout=8, **kw):
    s = tg.say(chat, what, **kw)
    m = tg.answer(chat, expect, after=s["message_id"], timeout=timeout)
    tap.ok(m, name, lambda: "%s\n%s" % (
        tg.bot_texts(chat, s["message_id"]), fam.log()[-2500:]))
    return m


def group(user, what, expect, name):
    return ask(GROUP, what, expect, name, user=user, type="supergroup",
               title="Family", timeout=8)


def minute():
    """As if a minute had passed: the commands of the last do not count."""
    fam.stop()
    db = sqlite3.connect(world.W + "/state/relay/relay.db")
    with db:
        db.execute("DELETE FROM tries WHERE kind=1")
    db.close()
    fam.start()
    session.polling(tg, fam)


def kill():
    pid = fam.pids()["relay"]
    os.kill(pid, signal.SIGKILL)
    end = time.time() + 10
    while time.time() < end and fam.pids().get("relay", pid) == pid:
        time.sleep(0.02)
    session.polling(tg, fam)


def made(*words):
    r = fam.ctl("-j", *words)
    tap.ok(r.returncode == 0, "telclaudectl " + " ".join(words), r)
    return json.loads(r.stdout)[0]["code"] if r.returncode == 0 else "0000"


def silent(do, chat, name, heard=BEN):
    """Nothing is sent there, and no model asked; what came behind it is."""
    asked = api.stats()["requests"]
    last = max([m["message_id"] for m in tg.chat(chat)["messages"]] or [0])
    buttons = len(tg.requests("answerCallbackQuery"))
    got = len([r for r in tg.records() if r["ev"] == "req" and
               r.get("body", {}).get("chat_id") == chat])
    do()
    s = tg.say(heard, "/status")
    tg.answer(heard, "Model", after=s["message_id"])
    now = len([r for r in tg.records() if r["ev"] == "req" and
               r.get("body", {}).get("chat_id") == chat])
    tap.ok(tg.bot_texts(chat, last) == [] and now == got and
           api.stats()["requests"] == asked and
           len(tg.requests("answerCallbackQuery")) == buttons, name,
           lambda: "%s\n%s" % (tg.bot_texts(chat, last), fam.log()[-1500:]))


# --- links ---------------------------------------------------------------------
ask(ANA, "/whoami", "Tier: read-only", "before a link: a number like any")
code = made("link", "alice")
tap.ok(re.fullmatch(r"[0-9A-F]{4}-[0-9A-F]{4}", code), "XXXX-XXXX", code)
m = group(ANA, "/link " + code, "private chat", "a group cannot be linked")
tap.ok(any(x["deleted"] for x in tg.chat(GROUP)["messages"]),
       "and the code is taken out of it")
ask(ADMIN, "/link " + code, "no code that waits",
    "nor can who read it there be linked")
code = made("link", "alice")
ask(ANA, "/link " + code.lower().replace("-", ""), "You are \"alice\"",
    "in a private chat, in small letters, without the dash")
ask(ANA, "/whoami", "knows you as \"alice\"", "the name is known")
ask(ANA, "/whoami", "Tier: write-local", "and its tier")
ask(BEN, "/link " + code, "no code that waits", "a code is good once")
ask(ANA, "/link " + code, "no code that waits", "for its user too")
kill()
ask(ANA, "/whoami", "Tier: write-local", "a link survives a kill")
r = fam.ctl("links")
tap.ok(re.search(r"%d +alice +alice +no" % ANA, r.stdout), "links", r)
minute()
n = 0
for i in range(6):
    s = tg.say(BEN, "/link 0000-000%d" % i)
    n += tg.answer(BEN, "no code that waits", after=s["message_id"],
                   timeout=1) is not None
tap.ok(0 < n <= 5, "guesses end", n)
code = made("link", "carl")
minute()
ask(BEN, "/link " + code, "Too many codes were tried",
    "and after them a right code is not read either")
ask(BEN, "/whoami", "Tier: write-local", "so nothing is linked")
ask(ANA, "/link " + code, "You are \"carl\"", "another may use it")
ask(ANA, "/whoami", "Tier: full-access", "one name a number: the last")
group(BEN, "/whoami", "Tier: write-local", "in a group: who writes,")
group(ANA, "/whoami", "Tier: full-access", "not where,")
group(7777, "/whoami", "Tier: read-only", "decides the tier")
tap.ok(fam.log().rpartition("relay ready")[2].count("privacy mode") == 1,
       "that Telegram shows it only a part of a group is logged once",
       lambda: fam.log()[-2000:])
ask(ANA, "/unlink", "no more; your tier is read-only", "unlinked in the chat")
r = fam.ctl("unlink", str(ANA))
tap.ok(r.returncode == 1 and "linked to no name" in r.stderr, "once", r)
for bad in ("", "no name", "42", "x" * 64, "a/b"):
    r = fam.ctl("link", bad)
    tap.ok(r.returncode == 1 and "a name has letters" in r.stderr,
           "link %.8r: not a name" % bad, r)

# --- commands of what is not there, and those that only look so -------------------
minute()
ask(ANA, "/otp bank 123456", "No provider is configured", "/otp")
ask(ANA, "/pending", "Only the admin", "/pending is the admin's")
ask(ADMIN, "/promote mem-1", "Moltbook is not configured", "/promote")
before = api.stats()["requests"]
for what, name in (("/аpprove 123", "a Cyrillic letter"),
                   ("/appr\u200bove 123", "a space without width"),
                   ("\u200b/stop", "one before it"),
                   ("\uff0fstop", "a wide slash"),
                   ("/st\u03bfp", "a Greek letter"),
                   ("/ＳＴＯＰ", "wide letters")):
    ask(BEN, what, "looks like a command", name)
for what in ("/ stop", "/stop!", "/frobnicate", "/отмена"):
    ask(BEN, what, "do not know that command", "%r is answered here" % what)
time.sleep(0.2)
tap.ok(api.stats()["requests"] == before, "none of them reached the model")
ask(BEN, "/etc/hosts q-1", "answer: /etc/hosts", "a path is no command")

# --- bans -----------------------------------------------------------------------------
ask(ANA, "q-2", "answer: q-2", "before a ban")
r = fam.ctl("-j", "ban", str(ANA), "too", "loud")
tap.ok(r.returncode == 0 and json.loads(r.stdout)[0]["id"] == ANA, "ban", r)
silent(lambda: tg.say(ANA, "q-3"), ANA, "a banned person hears nothing")
silent(lambda: tg.say(ANA, "/whoami"), ANA, "nor do commands")
last = tg.chat(ANA)["messages"][-1]["message_id"]
silent(lambda: tg.post("/press", {"chat": ANA, "message_id": last,
                                  "data": "r:"}), ANA, "nor buttons")
silent(lambda: tg.say(ANA, "q-4", edit=max(
    m["message_id"] for m in tg.chat(ANA)["messages"] if not m["bot"])), ANA,
    "nor edits")
silent(lambda: tg.say(GROUP, "q-5", user=ANA, type="supergroup"), GROUP,
       "nor what they write in a group")
group(BEN, "q-6", "answer: q-6", "where others are heard")
kill()
silent(lambda: tg.say(ANA, "q-7"), ANA, "a ban survives a kill")
asked = api.stats()["requests"]
api.rule([tool("Bash", command="sleep 5")], text="long-")
s = tg.say(BEN, "long-1")
end = time.time() + 5
while time.time() < end and not any(
        line.endswith("sleep 5") for line in session.processes().values()):
    time.sleep(0.02)
t0 = time.time()
silent(lambda: fam.ctl("ban", str(BEN)), BEN,
       "a ban while something runs: not a word more", heard=ADMIN)
while time.time() < end and any(
        line.endswith("sleep 5") for line in session.processes().values()):
    time.sleep(0.02)
tap.ok(time.time() - t0 < 4 and api.stats()["requests"] == asked + 1,
       "and it is stopped", lambda: "%.1f s, %d requests\n%s" % (
           time.time() - t0, api.stats()["requests"] - asked,
           fam.log()[-1500:]))
fam.ctl("unban", str(BEN))
r = fam.ctl("bans")
tap.ok(str(ANA) in r.stdout and "too loud" in r.stdout, "bans", r)
r = fam.ctl("ban", str(GROUP))
silent(lambda: tg.say(GROUP, "q-8", user=BEN, type="supergroup"), GROUP,
       "a group can be banned")
tap.ok(not tg.chat(GROUP).get("left"), "and is not left: it is listed")
for who in (ANA, GROUP):
    r = fam.ctl("unban", str(who))
    tap.ok(r.returncode == 0, "unban", r)
ask(ANA, "q-9", "answer: q-9", "unbanned: heard again")
r = fam.ctl("ban", str(ADMIN))
tap.ok(r.returncode == 1 and "this is the admin" in r.stderr,
       "the admin cannot be banned by mistake", r)
for bad in ("0", "x", "12x", ""):
    r = fam.ctl("ban", bad)
    tap.ok(r.returncode == 64, "ban %r" % bad, r)

# --- pairing ---------------------------------------------------------------------------
minute()
silent(lambda: tg.say(EVE, "/pair ABCD-EFGH", name="Eve"), EVE,
       "nobody asked for a code: nothing")
ask(ANA, "/pair", "Only the admin", "a code is the admin's to make")
m = ask(ADMIN, "/pair dora", "lets one person in", "who makes one")
code = re.search(r"/pair (\S+)", m["text"]).group(1)
wrong = code[:-1] + ("A" if code[-1] != "A" else "B")
for what, name in (("/pair " + wrong, "a code one letter off"),
                   ("/pair", "no code"), (code, "the code alone"),
                   ("hello /pair " + code, "the code within words"),
                   ("/pair " + code + " please", "the code and words"),
                   ("/whoami", "a command")):
    silent(lambda: tg.say(EVE, what, name="Eve"), EVE,
           "not let in, nothing told: " + name)
silent(lambda: tg.say(EVE, "/pair " + code, name="Eve", extra={
    "forward_origin": {"type": "hidden_user", "sender_user_name": "X",
                       "date": 1}}), EVE, "nor by a code that was passed on")
tg.say(-100777, "/pair " + code, user=EVE, title="Strangers")
tap.ok(tg.wait(5, chat=-100777, left=True), "a group is left, code or not")
tap.ok(fam.log_wait("To let it in: allow chat %d" % EVE),
       "a refused chat is logged as ever")
s = tg.say(EVE, "/pair " + code.lower(), name="Eve")
tap.ok(tg.answer(EVE, "You are let in as \"dora\"", after=s["message_id"]),
       "exactly the code lets in", lambda: fam.log()[-2000:])
tap.ok(tg.answer(ADMIN, "used your code"), "the admin is told who")
s = tg.say(EVE, "q-10", name="Eve")
tap.ok(tg.answer(EVE, "answer: q-10", after=s["message_id"]),
       "and is heard from then on")
silent(lambda: tg.say(MAL, "/pair " + code, name="Mal"), MAL,
       "a code is good once")
kill()
s = tg.say(EVE, "/whoami", name="Eve")
tap.ok(tg.answer(EVE, "knows you as \"dora\"", after=s["message_id"]),
       "let in also after a kill")
code = made("pair")
for i in range(5):
    tg.say(MAL, "/pair AAAA-AAA" + "ABCDE"[i], name="Mal")
silent(lambda: tg.say(MAL, "/pair " + code, name="Mal"), MAL,
       "who guessed is not let in by the right one either")
r = fam.ctl("pairs")
tap.ok(re.search(r"%d +Eve +dora +yes" % EVE, r.stdout), "pairs", r)
fam.write(conf.replace("allow pairing", ""))
fam.ctl("reload")
silent(lambda: tg.say(EVE, "q-11", name="Eve"), EVE,
       "without `allow pairing' who came so is not heard")
r = fam.ctl("pair")
tap.ok(r.returncode == 1 and "pairing is off" in r.stderr, "nor is one made",
       r)
fam.write(conf)
fam.ctl("reload")
s = tg.say(EVE, "q-12", name="Eve")
tap.ok(tg.answer(EVE, "answer: q-12", after=s["message_id"]), "with it, is")
r = fam.ctl("unpair", str(EVE))
tap.ok(r.returncode == 0, "unpair", r)
silent(lambda: tg.say(EVE, "q-13", name="Eve"), EVE, "takes it back")
tap.ok("dora" not in fam.ctl("links").stdout, "with the name that came so")

# --- an admin by name ---------------------------------------------------------------------
fam.write(conf.replace("admin %d" % ADMIN, 'admin "alice"'))
fam.ctl("reload")
tap.ok(fam.log_wait('nobody is linked to "alice"'), "nobody has the name yet")
minute()
ask(ANA, "/claim", "has an owner", "and nobody can claim")
ask(ADMIN, "/whoami", "Tier: read-only", "the number is the admin no more")
ask(ANA, "/link " + made("link", "alice"), "You are the admin",
    "who gets the name is")
ask(ANA, "/whoami", "Tier: full-access", "with all rights")
fam.write(conf)
fam.ctl("reload")
ask(ADMIN, "/whoami", ", the admin", "and the number again")
with open(world.W + "/state/audit/audit.log") as f:
    audit = f.read()
for event in ("identity_linked", "identity_link_group_rejected", "banned",
              "unbanned", "pair_accepted", "pair_refused", "unpaired"):
    tap.ok('"event":"%s"' % event in audit, "audited: " + event)
tap.ok(code not in audit and code.replace("-", "") not in audit,
       "without the codes")
session.finish("identity", tg, api, fam)
