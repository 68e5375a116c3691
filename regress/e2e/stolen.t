#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# A stolen Telegram session: a second client with the same number, which sees
# the whole chat.  It sends and presses again all that it finds there, before
# and after its owner has shown a code anew: no button, no code, no number and
# no command does anything a second time, and none opens the second factor.
import os
import re
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
import phone
import session
import tap
import world
from fakes import text, tool
from family import ADMIN, ANA, BEN, Family, config
from session import PROJECTS

tg, api = session.begin()
api.rules(
    {"text": "run ", "reply": [tool("Bash", command="echo ${text} >> "
                                    "ran.txt")]},
    {"text": "run ", "result": "", "reply": [text("after: ${result}")]},
    {"text": "slow ", "reply": [tool("Bash", command="sleep 555")]})
ASK = "ask tool Bash user %d\n" % BEN
conf = config(chats=(ANA, BEN), telegram="poll 5s limit 100\n\tbuttons on\n",
              top=ASK + "tier full-access user %d\n" % ANA).replace(
    "\tadmin %d\n" % ADMIN, "")
fam = Family(conf, "stolen").start()
session.polling(tg, fam)


def until(what, timeout=10):
    end = time.time() + timeout
    while True:
        got = what()
        if got or time.time() > end:
            return got
        time.sleep(0.02)


def say(chat, what, expect, name):
    s = tg.say(chat, what)
    m = tg.answer(chat, expect, after=s["message_id"], timeout=12)
    tap.ok(m, name, lambda: "%s\n%s" % (
        tg.bot_texts(chat, s["message_id"]), fam.log()[-2500:]))
    return m or {"text": "", "message_id": s["message_id"]}


def buttons(m):
    return [b["callback_data"] for row in
            ((m or {}).get("markup") or {}).get("inline_keyboard", [])
            for b in row]


def press(chat, m, data):
    p = tg.post("/press", {"chat": chat, "message_id": m["message_id"],
                           "data": data})
    got = until(lambda: [r["body"] for r in
                         tg.requests("answerCallbackQuery") if
                         r["body"]["callback_query_id"] == p["query"]])
    return got[0].get("text") if got else "NO ANSWER"


def card(chat, what, verb="a:o:"):
    """A question with its button, and that button's data."""
    s = tg.say(chat, what)

    def find():
        for m in tg.chat(chat)["messages"]:
            for data in buttons(m):
                if m["message_id"] > s["message_id"] and \
                        data.startswith(verb):
                    return m, data
        return None
    got = until(find)
    tap.ok(got, "\"%s\" asks" % what, lambda: fam.log()[-3000:])
    return got or ({"message_id": 0}, verb)


def ran():
    try:
        with open(PROJECTS + "/ran.txt") as f:
            return f.read().splitlines()
    except OSError:
        return []


def standing():
    """All that a replay could have changed."""
    return {"ran": ran(), "asked": api.stats()["requests"],
            "links": fam.ctl("-j", "links").stdout,
            "conversation": old_conversation()}


def old_conversation():
    """The last thing that the model was sent."""
    return str(api.requests("messages")[-1]["body"]["messages"])


def settled():
    """All updates so far were taken in their order, behind this one."""
    s = tg.say(ANA, "/whoami")
    return tg.answer(ANA, "Tier", after=s["message_id"])


# --- what its owner did --------------------------------------------------------
claim = re.search(r"Code (\w{6})", say(ANA, "/claim", "Code ", "a claim")
                  ["text"]).group(1)
fam.ctl("claim", claim)
say(ANA, "/approve " + claim, "You are the admin", "Ana is the admin")
link = fam.ctl("link", "ben").stdout.split()[0]
say(BEN, "/link " + link, "You are \"ben\"", "Ben has a name")
ben = phone.enrolled(BEN)
spent = ben.code()
say(BEN, "/verify-2fa " + spent, "Right.", "and a second factor")
answer = say(BEN, "hello", "echo: hello", "an answer")
models = say(BEN, "/model", "Choose another", "a list of models")
done, allowed = card(BEN, "run once")
why = press(BEN, done, allowed)
tap.ok(why is None and until(lambda: ran() == ["run once"]),
       "a call that was allowed once", (why, ran()))
tg.answer(BEN, "after: ", after=done["message_id"])
slow, go = card(BEN, "slow one")
press(BEN, slow, go)
until(lambda: any(x == "sleep 555" for x in session.processes().values()))
tg.say(BEN, "run held")
stop = say(BEN, "/stop", "1 message waiting", "and one that waits behind "
           "/stop")
tap.ok([d[:2] for d in buttons(stop)] == ["r:", "d:"],
       "with buttons to run or drop it", stop)
# --- what a thief does with it --------------------------------------------------
PRESSES = [(done, allowed), (done, allowed.replace("a:o", "a:h")),
           (slow, go), (stop, buttons(stop)[0]), (answer, "action:new"),
           (models, buttons(models)[-1])]
WORDS = ["/new", "/model claude-haiku-5-5", "/link " + link,
         "/approve " + claim, "/claim", "/unlink", "/verify-2fa " + spent,
         spent, "/disable-2fa " + spent, "/force-reauth", "/2fa-logout",
         "/setup-2fa", "run mine"]
r = fam.ctl("force-reauth", str(BEN))
tap.ok(r.returncode == 0, "the owner is asked for the second factor anew", r)
until(settled)
was = standing()


def unchanged(name):
    until(settled)
    now = standing()
    tap.ok(now == was, name, lambda: "\n".join(
        "%s: %s, was %s" % (k, now[k], was[k]) for k in was
        if now[k] != was[k]))


for m, data in PRESSES:
    press(BEN, m, data)
    unchanged("pressed again without the factor: %s" % data)
for words in WORDS:
    s = tg.say(BEN, words)
    until(settled)
    heard = " ".join(tg.bot_texts(BEN, s["message_id"]))
    tap.ok("second factor" in heard or "used already" in heard or
           "waits for a code" in heard, "\"%s\" is asked for it" %
           words.split()[0], heard)
    unchanged("and does nothing")

# --- and when its owner has shown a code ----------------------------------------
say(BEN, "/whoami", "for a code", "the newest of it waits for the owner's code")
say(BEN, "/verify-2fa " + ben.code(), "Tier: write-local", "which comes: only "
    "that newest is answered")
unchanged("of all before it nothing is done now")
for m, data in PRESSES[:3]:
    why = press(BEN, m, data)
    tap.ok(why and "allowed by " in why, "an old card's button only tells",
           why)
    unchanged("what it was: %s" % data)
for words, want in (("/link " + link, "no code that waits"),
                    ("/approve " + claim, "No request waits"),
                    ("/claim", "has an owner"),
                    ("/disable-2fa " + spent, "That code ")):
    say(BEN, words, want, "\"%s\" a second time" % words.split()[0])
    unchanged("does nothing")
say(ANA, "/unlink", "telclaudectl unlink", "nor does the admin's chat "
    "give that up without a factor")
unchanged("so it did not")
until(settled)
was = standing()
tap.ok(was["ran"] == ["run once"], "in all this one call ran, once",
       was["ran"])

# --- the numbers of the strict profile -------------------------------------------
fam.stop()
fam.write(conf.replace(ASK, "profile strict\nfilter {\n\tobserver off\n}\n")
          .replace("full-access user %d" % ANA, "full-access user %d" % BEN))
fam.start()
session.polling(tg, fam)


def request(what):
    m = say(BEN, what, "waits for approval", "strict: \"%s\" waits" % what)
    return (re.findall(r"/approve ([0-9a-f]{16})\n", m["text"]) or ["0"])[0]


say(BEN, "/approve " + request("run strict"), "after: ", "is approved")
number = request("run later")
until(settled)
r = fam.ctl("force-reauth", str(BEN))
was = standing()
tap.ok(was["ran"] == ["run once", "run strict"] and r.returncode == 0,
       "and ran; another one waits, the second factor is asked for anew",
       was["ran"])
say(BEN, "/approve " + number, "second factor", "its number alone is not "
    "enough")
unchanged("and runs nothing")
say(BEN, "/deny", "for a code", "nor can the thief drop it")
tap.ok('"request"' in fam.ctl("-j", "approvals").stdout, "it still waits")
session.finish("stolen", tg, api, fam)
