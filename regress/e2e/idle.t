#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# A conversation that nobody went on with for as long as `session' says: the
# next message begins afresh, and the model hears nothing of the old one.
import os
import sqlite3
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
import session
import tap
import world
from family import ANA, BEN, Family, config

tg, api = session.begin()
fam = Family(config(agent="session chat idle 2h\n"), "idle").start()
session.polling(tg, fam)


def say(chat, what):
    """The last thing that the model was sent, as text."""
    s = tg.say(chat, what)
    m = tg.answer(chat, "echo: " + what, after=s["message_id"], timeout=20)
    tap.ok(m, "\"%s\" is answered" % what, lambda: "%s\n%s" % (
        tg.bot_texts(chat, s["message_id"]), fam.log()[-3000:]))
    return str(api.requests("messages")[-1]["body"])


def later(hours, conf=None):
    """As if so much time had passed since the last word."""
    fam.stop()
    db = sqlite3.connect(world.W + "/state/relay/relay.db")
    with db:
        n = db.execute("UPDATE lanes SET used = used - ?",
                       (int(hours * 3600000),)).rowcount
    db.close()
    tap.ok(n > 0, "%g hours pass" % hours)
    if conf:
        fam.write(conf)
    fam.start()
    session.polling(tg, fam)


say(ANA, "apple")
say(BEN, "cherry")
later(1.9)
body = say(ANA, "banana")
tap.ok("apple" in body, "shorter than `idle': the conversation goes on", body)
tap.ok("cherry" not in body, "with nothing of another chat", body)
later(2.1)
body = say(ANA, "damson")
tap.ok("apple" not in body and "banana" not in body, "longer: the model hears "
       "nothing of the old one", body)
body = say(ANA, "elder")
tap.ok("damson" in body and "banana" not in body, "and the new one goes on",
       body)
later(2.1)
body = say(BEN, "fig")
tap.ok("cherry" not in body, "each chat has its own pause", body)

# --- one for all chats ----------------------------------------------------------
later(0, config(agent="session global idle 2h\n"))
say(ANA, "grape")
body = say(BEN, "hazel")
tap.ok("grape" in body, "`global': one conversation for all chats", body)
later(1.9)
body = say(ANA, "iris")
tap.ok("hazel" in body, "goes on", body)
later(2.1)
body = say(BEN, "juniper")
tap.ok("grape" not in body and "iris" not in body, "and ends for all", body)

# --- without a word about it ----------------------------------------------------
later(0, config())
say(ANA, "kiwi")
later(0.9)
body = say(ANA, "lemon")
tap.ok("kiwi" in body, "by default it goes on within the hour", body)
later(1.1)
body = say(ANA, "mango")
tap.ok("kiwi" not in body, "and not after one", body)
session.finish("idle", tg, api, fam)
