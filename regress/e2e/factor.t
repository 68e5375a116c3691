#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# Second factors and who somebody is: a claim, a link, a ban never loses one,
# and telclaudectl makes one under the name that will be asked for.
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
import phone
import session
import tap
from family import ADMIN, ANA, BEN, Family, config

tg, api = session.begin()
fam = Family(config(chats=(ANA, BEN)).replace("\tadmin %d\n" % ADMIN, ""),
             "factor").start()
session.polling(tg, fam)


def ask(chat, what, expect, name):
    s = tg.say(chat, what)
    m = tg.answer(chat, expect, after=s["message_id"], timeout=8)
    tap.ok(m, name, lambda: "%s\n%s" % (
        tg.bot_texts(chat, s["message_id"]), fam.log()[-2500:]))
    return m["text"] if m else ""


# --- a claim ------------------------------------------------------------------
admin = phone.enrolled("admin")
code = re.search(r"Code (\w{6})", ask(ANA, "/claim", "Code ", "a claim"))
fam.ctl("claim", code.group(1) if code else "")
ask(ANA, "/approve " + (code.group(1) if code else ""), "You are the admin",
    "is finished")
before = api.stats()["requests"]
ask(ANA, "hello", "First your second factor", "its admin is asked for it")
tap.ok(api.stats()["requests"] == before, "before the model is")
ask(ANA, "/status", "First your second factor", "and before a command")
r = fam.ctl("ban", str(ANA))
tap.ok(r.returncode == 1, "the admin by a claim cannot be banned", r)
ask(ANA, "/verify-2fa " + admin.code(), "Right.", "the code of admin opens")
ask(ANA, "/whoami", "the admin", "who may now be told")
r = fam.ctl("force-reauth", str(ANA))
tap.ok(r.returncode == 0 and "asked" in r.stdout, "force-reauth", r)
ask(ANA, "hello again", "First your second factor", "asks anew")

# --- a link -------------------------------------------------------------------------
ben = phone.enrolled(BEN)
ask(BEN, "/verify-2fa " + ben.code(), "Right.", "it opens")
code = fam.ctl("link", "alice").stdout.split()[0]
ask(BEN, "/link " + code, "You are \"alice\"", "then its number gets a name")
ask(BEN, "more", "First your second factor", "which is asked for a code,")
r = fam.ctl("links")
tap.ok(re.search(r"%d +alice +%d +no" % (BEN, BEN), r.stdout),
       "under its number still", r)
ask(BEN, "/verify-2fa " + ben.code(), "Right.", "and its own code opens")
r = fam.ctl("ban", str(BEN))
r = fam.ctl("unban", str(BEN))
ask(BEN, "and more", "First your second factor", "a ban ends that")
r = fam.ctl("unlink", str(BEN))
ask(BEN, "and still", "First your second factor", "without the name it is "
    "asked for as well")

# --- names and numbers -----------------------------------------------------------------
r = fam.ctl("unlink", str(ANA))
tap.ok(r.returncode == 0, "the admin is unlinked", r)
code = fam.ctl("link", "carl").stdout.split()[0]
ask(ANA, "/link " + code, "You are \"carl\"", "and gets another name")
t, _, carl = phone.enrol(ANA)
t.type(carl.code())
tap.ok(t.end() == 0 and "has the second factor of: carl" in t.text,
       "a factor for the number is one for the name", t.text)
ask(ANA, "hello", "First your second factor", "and is asked for")
ask(ANA, "/verify-2fa " + carl.code(), "Right.", "and opens")
r = fam.ctl("totp", "enrol", "nobody")
tap.ok(r.returncode == 64 and "nobody is linked" in r.stderr,
       "none for a name that nobody has", r)
session.finish("factor", tg, api, fam)
