#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# The second factor for one action, and the requests of the strict profile:
# each code and each number is good once, for one thing, for one person.
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
import session
import tap
import world
from fakes import text, tool
from family import ADMIN, ANA, BEN, Family, config
from session import PROJECTS

GROUP, EVA = -100500, 1003
tg, api = session.begin()
api.rules(
    {"text": "run ", "reply": [tool("Bash", command="echo ${text} >> "
                                    "ran.txt")]},
    {"text": "run ", "result": "", "reply": [text("after: ${result}")]})
RULES = ("tier full-access user %d\nask with code tool Bash user { %d %d } "
         "within 10s\n" % (BEN, ANA, BEN))
conf = config(telegram="poll 5s limit 100\n", chats=(ANA, BEN, ADMIN, GROUP),
              top=RULES)
fam = Family(conf, "approve").start()
session.polling(tg, fam)
NAMES = {ANA: "Ana", BEN: "Ben", ADMIN: "Root", EVA: "Eva"}


def ran():
    try:
        with open(PROJECTS + "/ran.txt") as f:
            return f.read().splitlines()
    except OSError:
        return []


def say(chat, what, user=None):
    kw = {"type": "supergroup", "title": "Family"} if chat < 0 else {}
    return tg.say(chat, what, user=user or chat, name=NAMES[user or chat],
                  **kw)


def until(what, timeout=10):
    end = time.time() + timeout
    while True:
        got = what()
        if got or time.time() > end:
            return got
        time.sleep(0.02)


def heard(chat, s, words, name, timeout=12):
    m = tg.answer(chat, words, after=s["message_id"], timeout=timeout)
    tap.ok(m, name, lambda: "%s\n%s" % (tg.bot_texts(chat, s["message_id"]),
                                        fam.log()[-3000:]))
    return m


def shown():
    """Telegram said that it has the card that wants a code."""
    return until(lambda: any(x.get("kind") == "code" and x["shown"] for x in
                             json.loads(fam.ctl("-j", "approvals").stdout)))


def buttons(m):
    return {b["text"]: b["callback_data"] for row in
            ((m or {}).get("markup") or {}).get("inline_keyboard", [])
            for b in row}


def message(chat, number):
    return next((m for m in tg.chat(chat)["messages"]
                 if m["message_id"] == number), None)


def press(chat, m, data):
    p = tg.post("/press", {"chat": chat, "message_id": m["message_id"],
                           "data": data})
    got = until(lambda: [r["body"] for r in
                         tg.requests("answerCallbackQuery") if
                         r["body"]["callback_query_id"] == p["query"]])
    return got[0].get("text") if got else "NO ANSWER"


def gone(chat, number):
    return until(lambda: message(chat, number)["deleted"], 3)


def everything():
    """What is on disk and in the log."""
    out = fam.log().encode()
    for top, _, files in os.walk(world.W + "/state"):
        for f in files:
            with open(os.path.join(top, f), "rb") as fd:
                out += fd.read()
    return out


class Phone:
    """A person's second factor, enrolled at a terminal."""
    def __init__(self, who):
        fd, slave = pty.openpty()
        p = subprocess.Popen([world.obj() + "/bin/telclaudectl", "-s",
                              world.W + "/run/telclauded.sock", "totp",
                              "enrol", str(who)], stdin=slave, stdout=slave,
                             stderr=slave)
        os.close(slave)
        seen = ""
        while "code: " not in seen and select.select([fd], [], [], 5)[0]:
            seen += os.read(fd, 65536).decode(errors="replace")
        self.secret = re.search(r"secret=([A-Z2-7]+)", seen).group(1)
        self.step = int(time.time()) // 30 - 2
        os.write(fd, self.code().encode() + b"\n")
        while p.poll() is None and select.select([fd], [], [], 5)[0]:
            try:
                os.read(fd, 65536)
            except OSError:
                break
        p.wait(5)

    def at(self, step):
        return subprocess.run(["oathtool", "--totp", "-b", "-N", "@%d" %
                               (step * 30), self.secret], text=True,
                              capture_output=True).stdout.strip()

    def code(self):
        """The next one that is good and was not used."""
        while True:
            now = time.time()
            self.step = max(self.step + 1, int(now) // 30 - 1)
            if self.step <= int(now) // 30 + 1:
                return self.at(self.step)
            self.step -= 1
            time.sleep(0.2)

    def wrong(self):
        near = int(time.time()) // 30
        good = {self.at(near + d) for d in range(-3, 4)}
        return next(c for c in ("000000", "111111", "222222", "333333",
                                "444444", "555555", "666666", "777777")
                    if c not in good)


# --- a code for one action ------------------------------------------------------
s = say(ANA, "run without-factor")
m = heard(ANA, s, "/setup_2fa", "who has no second factor is told how to get "
          "one")
tap.ok(m and "Nothing ran" in m["text"] and not ran(), "and nothing ran", m)
ben = Phone(BEN)
s = say(BEN, "run coded")
heard(BEN, s, "First your second factor", "enrolled: the gate comes first")
first = ben.code()
s = say(BEN, first)
c = heard(BEN, s, "send the six digits", "then the action asks for its own")
tap.ok(c["text"].startswith("Bash, in ") and "full-access" in c["text"] and
       "echo run coded" in c["text"] and list(buttons(c)) == ["Deny"],
       "the card shows it, and no button allows it", c)
why = press(BEN, c, buttons(c)["Deny"].replace("a:d", "a:o"))
tap.ok(why and "allowed by a code" in why and not ran(),
       "nor does a forged one", why)
why = press(BEN, c, buttons(c)["Deny"].replace("a:d", "a:h"))
tap.ok(why and not ran(), "nor one for an hour", why)
shown()
s = say(BEN, first)
heard(BEN, s, "used already", "the code of the sign-in is not good for it")
s = say(BEN, ben.wrong())
heard(BEN, s, "That code is wrong", "nor is a wrong one")
tap.ok(gone(BEN, s["message_id"]) and not ran() and
       buttons(message(BEN, c["message_id"])), "its message is deleted; the "
       "card waits on")
second = ben.code()
s = say(BEN, second)
tap.ok(until(lambda: ran() == ["run coded"]), "the right one runs it",
       lambda: fam.log()[-3000:])
tap.ok(gone(BEN, s["message_id"]), "its message is deleted")
tap.ok(until(lambda: "✓ allowed by Ben" in message(
    BEN, c["message_id"])["text"]), "the card says so")
heard(BEN, s, "after: ", "the turn goes on")
tap.ok(second not in json.dumps([r["body"] for r in api.requests("messages")])
       and (" " + second + " ").encode() not in everything(),
       "the code is neither kept nor told the model")
s = say(BEN, "run again")
c = heard(BEN, s, "send the six digits", "the next action asks again")
shown()
s2 = say(BEN, second)
heard(BEN, s2, "used already", "the same code is good once")
tap.ok(until(lambda: "This request ended at" in message(
    BEN, c["message_id"])["text"], 15), "`within 10s': then the card ends",
    lambda: message(BEN, c["message_id"]))
heard(BEN, s, "after: Nobody answered in time", "and the model is told")
tap.ok(ran() == ["run coded"], "nothing ran", ran())
s = say(BEN, "123456")
heard(BEN, s, "Nothing waits for a code any more", "six digits that come "
      "late are no message to the model either")
tap.ok(gone(BEN, s["message_id"]), "and are deleted")
s = say(ANA, "123456")
heard(ANA, s, "echo: 123456", "but are one where nobody was asked")

# --- the strict profile ------------------------------------------------------------
fam.stop()
strict = config(telegram="poll 5s limit 100\n",
                chats=(ANA, BEN, ADMIN, EVA, GROUP),
                top="tier full-access user { %d %d }\nprofile strict\n"
                "filter {\n\tobserver off\n}\n" % (ANA, EVA))
fam.write(strict)
fam.start()
session.polling(tg, fam)


def request(chat, what, user=None):
    s = say(chat, what, user)
    m = heard(chat, s, "waits for approval", "strict: \"%s\" waits" % what)
    return s, re.search(r"/approve ([0-9a-f]{16})\n", m["text"]).group(1), m


asked = api.stats()["requests"]
s, nonce, m = request(ANA, "run strict-1")
tap.ok("run strict-1" in m["text"] and "full-access" in m["text"] and
       "Claude decides which commands" in m["text"] and "/deny " + nonce in
       m["text"], "the request, the tier, what it means, both answers", m)
r = say(ANA, "/approve 0123456789abcdef")
heard(ANA, r, "No request waits", "not by another number")
r = say(ADMIN, "/approve " + nonce)
heard(ADMIN, r, "of another chat", "nor from another chat, not by the admin")
s2, nonce2, m = request(ANA, "run strict-2")
tap.ok("one before it was dropped" in m["text"], "a new one replaces it", m)
r = say(ANA, "/approve " + nonce)
heard(ANA, r, "No request waits", "the old number is gone")
j = fam.ctl("-j", "approvals").stdout
tap.ok('"request"' in j and nonce2 not in j, "telclaudectl lists it, without "
       "its number", j)
r = say(ANA, "/deny")
heard(ANA, r, "Denied", "/deny drops it")
r = say(ANA, "/deny")
heard(ANA, r, "Nothing here waits", "once")
r = say(ANA, "/approve " + nonce2)
heard(ANA, r, "No request waits", "and it cannot be approved then")
time.sleep(0.3)
tap.ok(api.stats()["requests"] == asked, "so far the model heard nothing")

s, nonce, m = request(GROUP, "run strict-3", ANA)
r = say(GROUP, "/approve " + nonce, BEN)
heard(GROUP, r, "Only who asked, or the admin", "another member of a group "
      "may not")
r = say(GROUP, "/approve " + nonce, ADMIN)
heard(GROUP, r, "Approved", "the admin may")
heard(GROUP, s, "after: ", "and it runs")
tap.ok(ran()[-1] == "run strict-3", "once", ran())
r = say(GROUP, "/approve " + nonce, ADMIN)
heard(GROUP, r, "No request waits", "a number is good once")
s = say(BEN, "hello strict")
heard(BEN, s, "echo: hello strict", "what is not doubtful needs nobody")
s = say(ADMIN, "run strict-admin")
heard(ADMIN, s, "after: ", "nor does the admin")

# --- over a restart, with fewer rights --------------------------------------------------
n = len(ran())
s, nonce, m = request(EVA, "run strict-4")
os.kill(fam.pids()["relay"], signal.SIGKILL)
until(lambda: tg.wait(1, polling=True))
r = say(EVA, "/approve " + nonce)
heard(EVA, r, "Approved", "it outlives the relay")
heard(EVA, s, "after: ", "and runs, once")
tap.ok(len(ran()) == n + 1, "once", ran())
s, nonce, m = request(EVA, "run strict-5")
fam.write(strict.replace("tier full-access user", "tier read-only user"))
fam.reload()
until(lambda: "read-only" in (tg.answer(EVA, "Tier:", after=say(
    EVA, "/whoami")["message_id"], timeout=1) or {}).get("text", ""))
r = say(EVA, "/approve " + nonce)
heard(EVA, s, "tier is read-only", "what was asked with more rights runs with "
      "those of now")
tap.ok(len(ran()) == n + 1, "so it did nothing", ran())
log = b""
for f in os.listdir(world.W + "/state/audit"):
    with open(world.W + "/state/audit/" + f, "rb") as fd:
        log += fd.read()
tap.ok(b"pending_approval" in log and b"user_denied" in log and not
       [x for x in (nonce, nonce2) if x.encode() in log],
       "the audit log has all of it but the numbers")
session.finish("approve", tg, api, fam)
