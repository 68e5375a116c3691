#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# What the rules let pass and a person may not have meant: a card that says
# what was noticed, in every tier and in groups; the hour, which holds for it;
# and a configuration that denies, or looks away.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
import session
import tap
from fakes import text, tool
from family import ADMIN, ANA, BEN, Family, config
from session import PROJECTS

GROUP = -100500
tg, api = session.begin()
api.rules(
    {"text": "clean", "reply": [tool("Bash", command="cd . && rm junk; "
                                     "echo left")]},
    {"text": "clean", "result": "", "reply": [text("cleaned: ${result}")]},
    {"text": "twin", "reply": [tool("Bash", command="echo rm junk .env")]},
    {"text": "twin", "result": "", "reply": [text("twin: ${result}")]},
    {"text": "peek", "reply": [tool("Read", file_path=".env")]},
    {"text": "peek", "result": "", "reply": [text("read: ${result}")]})
TIERS = "tier read-only user %d\n" % BEN


def start(careful=""):
    fam = Family(config(top=TIERS + careful, chats=(ANA, BEN, ADMIN, GROUP)),
                 "careful").start()
    session.polling(tg, fam)
    return fam


def say(chat, what, user=None):
    return tg.say(chat, what, user=user or chat, **(
        {"type": "supergroup", "title": "Family"} if chat < 0 else {}))


def heard(s, what, name, chat=ANA):
    m = tg.answer(chat, what, after=s["message_id"], timeout=12)
    tap.ok(m, name, lambda: "%s\n%s" % (tg.bot_texts(chat, s["message_id"]),
                                        fam.log()[-3000:]))
    return m or {"text": ""}


def card(s, name, chat=ANA):
    m = heard(s, "Asked because", name, chat)
    rows = (m.get("markup") or {}).get("inline_keyboard", [])
    return m, {b["text"]: b["callback_data"] for r in rows for b in r}


def press(chat, m, data, user=None):
    tg.post("/press", {"chat": chat, "message_id": m["message_id"],
                       "data": data, "user": user or chat})


def junk():
    return os.path.exists(PROJECTS + "/junk")


def cards(chat):
    return sum("Asked because" in b["text"] for b in
               (r["body"] for r in tg.requests("sendMessage"))
               if b["chat_id"] == chat)


session.project("junk", "old\n")
session.project(".env", "COLOUR=blue\n")
fam = start()
s = say(ANA, "clean up")
m, b = card(s, "rm at write-local: a card")
tap.ok("\nAsked because it removes files (rm).\n" in m["text"] and
       "cd . && rm junk; echo left" in m["text"],
       "says what was noticed, above the whole command", m["text"])
tap.ok(junk(), "nothing ran yet")
press(ANA, m, b.get("Allow once", ""))
m = heard(s, "cleaned: ", "allowed once")
tap.ok("left" in m["text"] and not junk(), "it runs", m["text"])
s = say(ANA, "twin")
m = heard(s, "twin: rm junk .env", "the same words as arguments: no card")
tap.ok(cards(ANA) == 1, "none at all", tg.bot_texts(ANA))
session.project("junk", "old\n")
s = say(ANA, "clean again")
m, b = card(s, "once more: asked once more")
press(ANA, m, b.get("Allow Bash for 1 h here", ""))
heard(s, "cleaned: ", "allowed for an hour")
session.project("junk", "old\n")
s = say(ANA, "clean at once")
heard(s, "cleaned: ", "what that allows")
tap.ok(cards(ANA) == 2 and not junk(), "is not asked about", cards(ANA))
s = say(BEN, "peek")
m, b = card(s, "reading .env at read-only: a card", BEN)
tap.ok("Asked because it reads .env." in m["text"] and
       "COLOUR" not in str(api.requests("messages")), "says so", m["text"])
press(BEN, m, b.get("Deny", ""))
heard(s, "read: denied by the user", "denied", BEN)
tap.ok("COLOUR" not in str(api.requests("messages")), "and not read")
session.project("junk", "old\n")
s = say(GROUP, "clean here", ANA)
m, b = card(s, "in a group: a card", GROUP)
tap.ok(junk(), "nothing ran yet")
press(GROUP, m, b.get("Allow once", ""), BEN)
press(GROUP, m, b.get("Deny", ""), ANA)
heard(s, "cleaned: denied by the user", "and it is for who wrote", GROUP)
tap.ok(junk(), "nothing ran")
fam.stop()

fam = start("filter {\n\tcareful deny\n}\n")
s = say(ANA, "clean no more")
heard(s, "cleaned: Denied: it removes files (rm); the configuration says "
      "careful deny", "careful deny: the model is told")
tap.ok(junk(), "nothing ran")
fam.stop()
fam = start("filter {\n\tcareful off\n}\n")
s = say(ANA, "clean as told")
heard(s, "cleaned: ", "careful off: it runs")
tap.ok(not junk(), "unasked")
session.finish("careful", tg, api, fam)
