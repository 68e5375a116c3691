#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# Second factors that others made, and their end: totp-secrets.json taken over
# with the key from the environment, tries that a restart does not forget, a
# person who gives theirs up, an administrator who takes one away.
import json
import os
import re
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
import phone
import session
import tap
import world
from family import ADMIN, ANA, BEN, Family, config, secret

KEY = "c3BlYy10ZXN0LWtleQ=="
STATE = world.W + "/state/totp/"
SALT = "AAECAwQFBgcICQoLDA0ODw=="
FIRST = ("AAECAwQFBgcICQoL", "FP8TGUtvho4yVn2rX+K/GAt8l6/ALR0SXCWhlKGVJKE=",
         "B0D5a8ZG8iuJSEv/sSL7qQ==")
SECOND = ("EBESExQVFhcYGRob", "MHkfILlmwYGWONMARMD0Cbk335rt3vv+w8UBagK3BiY=",
          "bSgV4OKAUlu2Ev6YYmygxw==")
OTHERKEY = ("AAECAwQFBgcICQoL",
            "Dtd739IXkd6beaDl+u/L/m9oDA2iJtg6mcbJtz+98j0=",
            "6nhD+rXckLco3bHDxh8+Lg==")


def legacy(**people):
    return json.dumps({"salt": SALT, "secrets": {
        k.lstrip("_"): dict(zip(("iv", "data", "tag"), v))
        for k, v in people.items()}}, indent=2)


tg, api = session.begin()
conf = config(telegram='poll 5s limit 100\n')
bare = re.sub(r'\tkey file "[^"]*totp.key"\n', "", conf)
fam = Family(bare, "totpadm", {"TOTP_ENCRYPTION_KEY": KEY})
used = []


def start():
    fam.start()
    session.polling(tg, fam)


def say(chat, what, expect, name, timeout=6):
    s = tg.say(chat, what)
    m = tg.answer(chat, expect, after=s["message_id"], timeout=timeout)
    tap.ok(m, name, lambda: "%s\n%s" % (
        tg.bot_texts(chat, s["message_id"]), fam.log()[-2500:]))
    return s["message_id"]


def deleted(chat, number):
    end = time.time() + 3
    while time.time() < end:
        if any(m["message_id"] == number and m["deleted"]
               for m in tg.chat(chat)["messages"]):
            return True
        time.sleep(0.02)
    return False


def put(name, text):
    path = STATE + name
    with open(path, "w") as f:
        f.write(text)
    os.chmod(path, 0o600)
    os.chown(path, os.stat(STATE).st_uid, -1)
    return path


def import_(text, name="given.json"):
    path = world.W + "/" + name
    with open(path, "w") as f:
        f.write(text)
    return fam.ctl("totp", "import", path)


def shown():
    r = fam.ctl("-j", "show", "totp")
    return {o["user"]: o for o in json.loads(r.stdout)} \
        if r.returncode == 0 else r.stderr


def audited(event):
    with open(world.W + "/state/audit/audit.log") as f:
        return [json.loads(x) for x in f if '"%s"' % event in x]


# --- found in the state directory ---------------------------------------------------
start()
tap.ok(shown() == {}, "the key is the environment's; nobody has one", shown())
tap.ok("nobody has a second factor" in fam.ctl("show", "totp").stdout,
       "and a person reads that")
say(BEN, "good day", "echo: good day", "nobody is asked")
fam.stop()
put("totp-secrets.json", legacy(_1002=OTHERKEY))
start()
tap.ok(fam.log_wait("entry of 1002 does not open with this key"),
       "a file of another key is an error, by name", fam.log()[-2500:])
say(BEN, "still there?", "cannot be checked", "and nobody passes")
tap.ok("cannot be read" in shown(), "nor is it shown as empty", shown())
r = fam.ctl("totp", "enrol", str(ANA))
tap.ok(r.returncode == 1, "nor is anybody enrolled over it", r)
tap.ok(sorted(os.listdir(STATE)) == ["totp-secrets.json"],
       "the file stays, alone", os.listdir(STATE))
fam.stop()
for what, text in (("empty", ""), ("half of it",
                                   legacy(_1002=FIRST)[:150]),
                   ("an array", "[]")):
    put("totp-secrets.json", text)
    start()
    say(BEN, "and now?", "cannot be checked", "%s: nobody passes" % what)
    fam.stop()
whole = legacy(_1002=FIRST)
put("totp-secrets.json", whole)
start()
tap.ok(list(shown()) == ["1002"] and shown()["1002"]["state"] == "active",
       "one of our key is taken over", shown())
with open(STATE + "totp-secrets.json.imported") as f:
    tap.ok(f.read() == whole and sorted(os.listdir(STATE)) ==
           ["secrets", "totp-secrets.json.imported"],
           "the file is set aside, as it was", os.listdir(STATE))
ben = phone.Phone("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
say(BEN, "work", "First your second factor", "who was in it is asked")
n = say(BEN, ben.code(), "Right.", "and his phone's codes are right")
tap.ok(tg.answer(BEN, "echo: work", after=n), "what waited runs")
with open(STATE + "secrets", "rb") as f:
    before = f.read()

# --- by hand --------------------------------------------------------------------------
for what, text, words in (
        ("no JSON", "x", "not JSON"),
        ("a person twice", legacy(_1002=FIRST).replace(
            '"secrets": {', '"secrets": {"1002": {},'), "duplicate"),
        ("no base64", legacy(_1001=("*", *FIRST[1:])), "base64"),
        ("another key", legacy(_1001=OTHERKEY), "does not open"),
        ("parts of two entries", legacy(_1001=(SECOND[0], *FIRST[1:])),
         "does not open"),
        ("his own secret for another", legacy(_1001=FIRST), "same secret"),
        ("another secret for him", legacy(_1002=SECOND), "already"),
        ("one good, one bad", legacy(_1001=SECOND, x=OTHERKEY),
         "does not open"),
        ("64 KiB and a bit", legacy(_1001=SECOND) + " " * 65536, "over")):
    r = import_(text)
    tap.ok(r.returncode == 1 and words in r.stderr and
           "nothing was taken over" in r.stderr,
           "import, %s: an error in words" % what, r)
fifo = world.W + "/fifo"
os.mkfifo(fifo)
for path, words in ((fifo, "not a regular file"), ("/", "not a regular"),
                    ("/nowhere", "No such file")):
    r = fam.ctl("totp", "import", path)
    tap.ok(r.returncode == 1 and words in r.stderr, "import %s: an error" %
           path, r)
with open(STATE + "secrets", "rb") as f:
    tap.ok(f.read() == before, "none of them touched our file")
both = legacy(_1002=FIRST, _1001=SECOND)
r = import_(both)
tap.ok(r.returncode == 0 and "taken over" in r.stdout and
       "there already" in r.stdout, "a good one is merged", r)
with open(world.W + "/given.json") as f:
    tap.ok(f.read() == both, "and left as it is")
ana = phone.Phone("MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43U")
say(ANA, "hello", "First your second factor", "she is asked now")
n = say(ANA, ana.code(), "Right.", "and her phone knows")
tap.ok(tg.answer(ANA, "echo: hello", after=n), "what waited runs")
tap.ok([x for x in audited("totp_imported") if "1001" in str(x)],
       "the audit log has it", audited("totp_imported"))

# --- the same key by configuration -----------------------------------------------------
fam.stop()
fam.env.pop("TOTP_ENCRYPTION_KEY")
secret("totp.key", KEY)
fam.write(conf)
start()
tap.ok(set(shown()) == {"1001", "1002"}, "the same key from a file opens it",
       shown())

# --- tries are not forgotten ------------------------------------------------------------
say(BEN, "/2fa-logout", "I ask for a code", "a session can be ended")
say(BEN, "more", "First your second factor", "then he is asked")
for i in range(5):
    s = tg.say(BEN, "/verify-2fa " + ben.wrong())
    tg.answer(BEN, "code is wrong", after=s["message_id"])
say(BEN, "/verify-2fa " + ben.wrong(), "Too many wrong codes",
    "five wrong ones and the next must wait")
os.kill(fam.pids()["totp"], signal.SIGKILL)
time.sleep(1)
say(BEN, "/verify-2fa " + ben.wrong(), "Too many wrong codes",
    "also after the engine was killed")
fam.stop()
start()
s = tg.say(BEN, "/verify-2fa " + ben.wrong())
m = tg.answer(BEN, "Too many wrong codes", after=s["message_id"])
left = int(re.search(r"in (\d+) s", m["text"]).group(1)) if m else 0
tap.ok(0 < left < 300, "and after a restart of all, for what was left",
       tg.bot_texts(BEN, s["message_id"]))
v = shown()
tap.ok(0 < v["1002"]["locked_s"] < 300 and v["1002"]["tries"][0]["number"] ==
       BEN and v["1001"]["locked_s"] == 0, "which is shown", v)
say(ANA, "and I?", "echo: and I?", "others go on")

# --- one is taken away ------------------------------------------------------------------
r = fam.ctl("totp", "remove", "1002")
tap.ok(r.returncode == 0, "the administrator takes one away", r)
tap.ok([x for x in audited("totp_removed") if "1002" in str(x)],
       "which is audited", audited("totp_removed"))
say(BEN, "free", "echo: free", "and he is asked no more")
r = fam.ctl("totp", "remove", "1002")
tap.ok(r.returncode == 1 and "no second factor" in r.stderr,
       "there is nothing to take twice", r)
ben = phone.enrolled(BEN)
say(BEN, "again", "First your second factor", "a new one starts afresh, "
    "without the old wrong codes")
say(BEN, ben.code(), "Right.", "and is right")

# --- or given up -------------------------------------------------------------------------
say(BEN, "/disable-2fa", "takes a code", "giving it up takes a code, though "
    "the session is open")
used.append(ben.wrong())
n = say(BEN, "/disable-2fa " + used[-1], "code is wrong", "a wrong one does "
        "not do")
tap.ok(deleted(BEN, n), "its message is deleted")
used.append(ben.code())
n = say(BEN, "/disable-2fa " + used[-1], "factor is gone",
        "a right one does")
tap.ok(deleted(BEN, n), "and deleted")
say(BEN, "at last", "echo: at last", "nobody asks him")
tap.ok(list(shown()) == ["1001"] and audited("totp_disabled"),
       "it is gone and audited", shown())
say(ANA, "/2fa-logout", "I ask for a code", "she signs out")
say(ANA, "secret", "First your second factor", "is asked")
used.append(ana.code())
n = say(ANA, "/disable-2fa " + used[-1], "factor is gone", "and gives it up "
        "without a session")
tap.ok(tg.answer(ANA, "echo: secret", after=n), "what waited runs")
say(ADMIN, "/force-reauth 1001", "nothing has changed", "an admin may end "
    "others' sessions")
say(ANA, "/force-reauth 1002", "Only the admin", "others may not")
fam.stop()
leaky = []
for top, _, files in os.walk(world.W + "/state"):
    for f in files:
        with open(os.path.join(top, f), "rb") as fd:
            data = fd.read()
        leaky += [(f, c) for c in used if b"disable-2fa " + c.encode() in data]
leaky += [c for c in used if re.search(r"\b%s\b" % c, fam.log())]
tap.ok(not leaky, "no code is in any file or the log", leaky)
start()
session.finish("totpadm", tg, api, fam)
