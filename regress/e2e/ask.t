#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# What a tool may do only when a person says so: the card shows all of it, a
# press runs exactly those bytes once, and every other press, of whoever,
# whenever, runs nothing.
import hashlib
import json
import os
import re
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
import session
import tap
import world
from fakes import text, tool
from family import ADMIN, ANA, BEN, Family, config
from session import PROJECTS

GROUP = -100500
SECRET = "ghp_16C7e42F292c6912E7710c838347Ae178B4a"
tg, api = session.begin()
api.rules(
    {"text": "two ", "reply": [
        tool("Bash", command="echo one >> ran.txt"),
        tool("Edit", file_path="notes.txt", old_string="buy milk",
             new_string="buy oat milk")]},
    {"text": "two ", "result": "", "reply": [text("two done: ${result}")]},
    {"text": "write ", "reply": [tool("Write", file_path="long.txt",
                                      content="a line of it\n" * 600)]},
    {"text": "write ", "result": "", "reply": [text("wrote: ${result}")]},
    {"text": "hidden ", "reply": [tool(
        "Bash", command="echo safe \u202e#txt.nar >>\u200b ran.txt")]},
    {"text": "hidden ", "result": "", "reply": [text("seen: ${result}")]},
    {"text": "secret ", "reply": [tool("Bash", command="echo %s > ran.txt" %
                                       SECRET)]},
    {"text": "secret ", "result": "", "reply": [text("told: ${result}")]},
    {"text": "both ", "reply": [
        tool("Bash", command="echo asked >> ran.txt"),
        tool("Read", file_path="notes.txt")]},
    {"text": "both ", "result": "", "reply": [text("both: ${result}")]},
    {"text": "run ", "reply": [tool("Bash", command="echo ${text} >> "
                                    "ran.txt; exit 2")]},
    {"text": "run ", "result": "", "reply": [text("after: ${result}")]})
RULES = ("ask tool { Bash Edit Write }\n"
         "ask with code tool Bash user %d within 60s\n" % BEN)
conf = config(telegram="stream edit every 300ms\n\tpoll 5s limit 100\n",
              chats=(ANA, BEN, ADMIN, GROUP), top=RULES)
fam = Family(conf, "ask").start()
session.polling(tg, fam)
NAMES = {ANA: "Ana", BEN: "Ben", ADMIN: "Root"}


def ran():
    try:
        with open(PROJECTS + "/ran.txt") as f:
            return f.read().splitlines()
    except OSError:
        return []


def say(chat, what, user=None, **kw):
    user = user or chat
    if chat < 0:
        kw.update(type="supergroup", title="Family")
    return tg.say(chat, what, user=user, name=NAMES.get(user, "Eve"), **kw)


def buttons(m):
    return {b["text"]: b["callback_data"] for row in
            ((m or {}).get("markup") or {}).get("inline_keyboard", [])
            for b in row}


def message(chat, number):
    return next((m for m in tg.chat(chat)["messages"]
                 if m["message_id"] == number), None)


def until(what, timeout=10):
    end = time.time() + timeout
    while True:
        got = what()
        if got or time.time() > end:
            return got
        time.sleep(0.02)


def card(chat, after, count=1, timeout=10):
    """The newest message with a button to deny, so many of them."""
    def find():
        for m in reversed(tg.chat(chat)["messages"]):
            if m["message_id"] > after and m["bot"] and not m["deleted"] and \
                    sum("Deny" in b for b in buttons(m)) == count:
                return m
        return None
    return until(find, timeout)


def ask(chat, what, count=1, user=None, **kw):
    s = say(chat, what, user, **kw)
    c = card(chat, s["message_id"], count)
    if c is None:
        tap.ok(False, "a card for %s" % what, "%s\n%s" % (
            tg.bot_texts(chat, s["message_id"]), fam.log()[-3000:]))
        session.finish("ask", tg, api, fam)
    return s, c


def press(chat, m, data, user=None):
    """What the person is told in an alert, or None."""
    p = tg.post("/press", {"chat": chat, "message_id": m["message_id"],
                           "data": data, "user": user or chat,
                           "name": NAMES.get(user or chat, "Eve")})

    def answered():
        return [r["body"] for r in tg.requests("answerCallbackQuery")
                if r["body"]["callback_query_id"] == p["query"]]
    got = until(answered)
    return got[0].get("text") if got else "NO ANSWER"


def ends(chat, m, words, name, timeout=10):
    """The card says so in the end, and has no button any more."""
    def find():
        n = message(chat, m["message_id"])
        return n if n and words in n["text"] and not buttons(n) else None
    n = until(find, timeout)
    tap.ok(n, name, lambda: "%s\n%s" % (message(chat, m["message_id"]),
                                        fam.log()[-3000:]))
    return n["text"] if n else ""


def heard(chat, s, words, name, timeout=15):
    m = tg.answer(chat, words, after=s["message_id"], timeout=timeout)
    tap.ok(m, name, lambda: "%s\n%s" % (tg.bot_texts(chat, s["message_id"]),
                                        fam.log()[-3000:]))
    return m["text"] if m else ""


def audit():
    d = world.W + "/state/audit/"
    out = []
    for f in sorted(os.listdir(d)):
        with open(d + f, errors="replace") as fd:
            for line in fd:
                try:
                    out.append(json.loads(line))
                except ValueError:
                    pass
    return out


# --- allow once --------------------------------------------------------------
session.project("notes.txt", "buy milk\n")
s, c = ask(ANA, "run first")
b = buttons(c)
tap.ok(c["text"].startswith("Bash, in " + PROJECTS + ", write-local, nothing "
                            "from outside read\n") and
       "echo run first >> ran.txt; exit 2" in c["text"] and
       re.search(r"[45]:\d\d left$", c["text"]), "the card says what, where, "
       "with which rights, and how long", c["text"])
tap.ok(list(b) == ["Allow once", "Allow Bash for 1 h here", "Deny"] and
       all(len(d) <= 64 for d in b.values()), "and has three buttons", b)
tap.ok(tg.answer(ANA, "asks", after=s["message_id"]), "the live line says "
       "that it asks", lambda: tg.bot_texts(ANA, s["message_id"]))
tap.ok(not ran(), "nothing ran yet")
why = press(ANA, c, b["Allow once"])
tap.ok(why is None, "pressed", why)
t = ends(ANA, c, " s, exit 2", "the card tells how it ended")
tap.ok(re.search(r"✓ allowed by Ana \d\d:\d\d:\d\d UTC, ran \d+\.\d s, "
                 "exit 2$", t), "in one line", t)
heard(ANA, s, "after: ", "the turn goes on")
tap.ok(ran() == ["run first"], "it ran, once", ran())
lines = [x for x in audit() if x.get("event") in ("approval", "tool") and
         x.get("tool") == "Bash"]
tap.ok([(x["event"], x["outcome"]) for x in lines] == [
    ("approval", "pending"), ("approval", "success"), ("tool", "success")] and
    len({x["digest"] for x in lines}) == 1 and lines[0]["digest"] in [
        hashlib.sha256(json.dumps({"command": "echo run first >> ran.txt; "
                                   "exit 2"}, separators=p).encode())
        .hexdigest() for p in ((",", ":"), (", ", ": "))],
    "asked, allowed, run: each with the SHA-256 of the input", lines)
why = press(ANA, c, b["Allow once"])
tap.ok(why and "allowed by Ana" in why, "pressed again: told what it was",
       why)
s, c2 = ask(ANA, "run first")
tap.ok(buttons(c2)["Allow once"] != b["Allow once"], "the same once more "
       "asks once more")
why = press(ANA, c2, b["Allow once"])
tap.ok(why and ran() == ["run first"], "the button of the old card allows "
       "nothing on the new", (why, ran()))
press(ANA, c2, buttons(c2)["Deny"])
ends(ANA, c2, "✗ denied by Ana", "denied")
heard(ANA, s, "after: denied by the user", "and the model is told so")
tap.ok(ran() == ["run first"], "nothing ran")

# --- one card for what the model says at once, a diff, foreign presses ----------
s, c = ask(ANA, "two of them", 2)
b = buttons(c)
tap.ok(c["text"].startswith("2 calls, in ") and "1 Bash\n" in c["text"] and
       "2 Edit\nfile_path: notes.txt\n-buy milk\n+buy oat milk" in c["text"] and
       list(b)[0] == "1: Allow once" and list(b)[-1] == "2: Deny",
       "two calls: one card, one row of buttons each, a small diff", c)
press(ANA, c, b["2: Allow once"])
until(lambda: "oat" in open(PROJECTS + "/notes.txt").read())
why = press(ANA, c, b["1: Deny"])
ends(ANA, c, "1 Bash — ✗ denied by Ana", "each has its own answer")
heard(ANA, s, "two done: ", "and the turn goes on")
tap.ok("oat" in open(PROJECTS + "/notes.txt").read() and
       ran() == ["run first"], "the edit was made, the command was not")

s, c = ask(GROUP, "run in-a-group", user=ANA)
b = buttons(c)
why = press(GROUP, c, b["Allow once"], user=BEN)
tap.ok(why and "Only Ana can answer" in why, "another of the group: refused, "
       "in words", why)
why = press(GROUP, c, b["Deny"], user=BEN)
tap.ok(why and "Only Ana" in why, "he cannot deny either", why)
why = press(GROUP, c, b["Allow once"], user=ADMIN)
tap.ok(why and "Only Ana" in why, "nor can the admin allow", why)
why = press(ANA, {"message_id": say(ANA, "/help")["message_id"]},
            b["Allow once"])
tap.ok(why and "no button of mine" in why, "not from another chat", why)
tap.ok(len(ran()) == 1, "nothing ran")
why = press(GROUP, c, b["Deny"], user=ADMIN)
ends(GROUP, c, "✗ denied by Root", "but the admin may deny")
heard(GROUP, s, "after: denied by the user", "and the turn goes on")

# --- forged, of nobody listed ---------------------------------------------------
s, c = ask(ANA, "run forged")
for data in ("a:o:0000000000000000", "a:o:" + "f" * 16, "a:", "a:o:",
             "a:x:" + "0" * 16, "a:o:" + "g" * 16, "a:p:%s:99" % ("0" * 16),
             b["Allow once"] + "0", b["Allow once"].upper(),
             b["Allow once"].replace("a:o", "a:h"),
             buttons(c)["Allow once"].replace("a:o:", "a:o: "),
             buttons(c)["Allow once"] + ":1"):
    why = press(ANA, c, data)
    tap.ok(why and len(ran()) == 1, "forged %r runs nothing" % data, why)


def silent(chat, m, data, name):
    """No answer at all, and nothing runs."""
    p = tg.post("/press", {"chat": chat, "message_id": m["message_id"],
                           "data": data})
    mark = say(ADMIN, "/whoami")        # updates are taken in their order
    tg.answer(ADMIN, "Tier", after=mark["message_id"])
    time.sleep(0.2)
    got = [r["body"] for r in tg.requests("answerCallbackQuery")
           if r["body"]["callback_query_id"] == p["query"]]
    tap.ok(not got and len(ran()) == 1, name, got)


once = buttons(c)["Allow once"]
silent(5005, say(5005, "hello"), once, "nor does one from a chat that is not "
       "listed, and it hears nothing")
fam.ctl("ban", str(ANA))
silent(ANA, c, once, "banned meanwhile: no more")
tap.ok(until(lambda: json.loads(fam.ctl("-j", "approvals").stdout) == []),
       "for its turn is ended, and nobody is asked")
fam.ctl("unban", str(ANA))
why = press(ANA, c, once)
tap.ok(why and "This request ended at" in why and len(ran()) == 1,
       "nor when the ban is lifted", why)
s, c = ask(ANA, "run unlisted")
once = buttons(c)["Allow once"]
fam.write(conf.replace("chat { %d" % ANA, "chat {"))
mark = len(fam.log())
fam.reload()
fam.log_wait("is in force", 5, after=mark)
silent(ANA, c, once, "taken off the list meanwhile: no more")
fam.write(conf)
fam.reload()
until(lambda: tg.answer(ANA, "Tier", after=say(ANA, "/whoami")["message_id"],
                        timeout=0.5))
tap.ok(len(ran()) == 1, "nothing ran", ran())
why = press(ANA, c, once)
tap.ok(why and "This request ended at" in why and len(ran()) == 1,
       "nor when it is listed again: its turn was ended", why)

# --- words instead of a button ---------------------------------------------------
before = api.stats()["requests"]
s, c = ask(ANA, "run by-words")
w = say(ANA, "no, put it into other.txt")
heard(ANA, s, "after: denied by the user: no, put it into other.txt",
      "words deny, and are the reason")
ends(ANA, c, "✗ denied by Ana", "the card says so")
time.sleep(0.5)
tap.ok(len(ran()) == 1 and api.stats()["requests"] == before + 2 and
       not tg.answer(ANA, "echo: no, put", after=w["message_id"],
                     timeout=0.2),
       "nothing ran, and they are no message of their own as well",
       api.stats())
s, c = ask(GROUP, "run foreign-words", user=ANA)
w = say(GROUP, "my own words", user=BEN)
time.sleep(0.5)
tap.ok(buttons(message(GROUP, c["message_id"])), "another's words deny "
       "nothing")
r = say(GROUP, "/status", user=ANA)
heard(GROUP, r, "asks since", "a command still works, and sees the card")
r = fam.ctl("-j", "approvals")
rows = json.loads(r.stdout or "[]")
tap.ok([x["kind"] for x in rows] == ["call"] and rows[0]["tool"] == "Bash" and
       len(rows[0]["digest"]) == 64, "telclaudectl approvals sees it", r)
say(GROUP, "/deny", user=ANA)
ends(GROUP, c, "✗ denied by Ana", "/deny denies")
heard(GROUP, w, "my own words", "and the other's message had its turn")

# --- long and hidden input ---------------------------------------------------------
s, c = ask(ANA, "write it")
b = buttons(c)
tap.ok("page 1 of" in c["text"] and "must all be looked at" in c["text"] and
       not any("Allow" in x for x in b), "a long input has pages, and no "
       "button to allow it yet", (c["text"][-200:], b))
pages = int(re.search(r"page 1 of (\d+)", c["text"]).group(1))
shown = c["text"]
for n in range(2, pages + 1):
    data = next(d for x, d in buttons(message(ANA, c["message_id"])).items()
                if x.startswith("%d/" % n))
    press(ANA, c, data)
    m = until(lambda: (lambda m: m if "page %d of" % n in m["text"] else None)(
        message(ANA, c["message_id"])))
    shown += m["text"] if m else ""
tap.ok(shown.count("a line of it") >= 600, "all of it is shown, page by page",
       shown.count("a line of it"))
m = until(lambda: (lambda m: m if "Allow once" in buttons(m) else None)(
    message(ANA, c["message_id"])))
tap.ok(m, "then it can be allowed", message(ANA, c["message_id"]))
press(ANA, c, buttons(m)["Allow once"])
heard(ANA, s, "wrote: ", "and it was")
ends(ANA, c, "✓ allowed by Ana", "the card says so")
with open(PROJECTS + "/long.txt") as f:
    tap.ok(f.read() == "a line of it\n" * 600, "exactly that was written")
s, c = ask(ANA, "hidden things")
tap.ok("echo safe ⟦U+202E⟧#txt.nar >>⟦U+200B⟧ ran.txt" in c["text"],
       "what hides or turns is shown as what it is", c["text"])
press(ANA, c, buttons(c)["Deny"])
heard(ANA, s, "seen: denied", "denied")

s = say(ANA, "secret into a file")
heard(ANA, s, "told: Denied: a rule asks a person first. Its input holds what "
      "looks like a credential", "a credential is on no card, and what cannot "
      "be shown is not asked")
tap.ok(SECRET not in json.dumps([r["body"] for m in (
    "sendMessage", "editMessageText", "sendMessageDraft") for r in
    tg.requests(m)]) and len(ran()) == 1, "it was in no message; nothing ran")

# --- others of the same message go on; /stop ends all --------------------------------
s, c = ask(ANA, "both at once")
tap.ok(until(lambda: fam.ctl("-j", "approvals").stdout.count('"call"') == 1),
       "what needs no answer does not wait for one")
time.sleep(0.3)
say(ANA, "/stop")
t = ends(ANA, c, "This request ended at", "/stop ends the card")
tap.ok("Nothing ran. Ask again if you still want it." in t, "in words", t)
why = press(ANA, c, buttons(c)["Allow once"])
tap.ok(why and "This request ended at" in why and len(ran()) == 1,
       "pressed late: told when it ended, nothing ran", why)

# --- for an hour --------------------------------------------------------------------
def hour(what, expect):
    s = say(ANA, what)
    m = tg.answer(ANA, "after: ", after=s["message_id"], timeout=1.5) \
        if expect else None
    return s, m or card(ANA, s["message_id"])


s, c = ask(ANA, "run hour-1")
press(ANA, c, buttons(c)["Allow Bash for 1 h here"])
heard(ANA, s, "after: ", "allowed for 1 h")
n = len(ran())
s = say(ANA, "run hour-2")
heard(ANA, s, "after: ", "the next runs at once")
tap.ok(len(ran()) == n + 1, "and did", ran())
r = say(ANA, "/status")
heard(ANA, r, "Bash is allowed here without asking for 60 more min (Ana)",
      "/status lists it")
tap.ok('"rule"' in fam.ctl("-j", "approvals").stdout, "and telclaudectl")
s, c = ask(GROUP, "run hour-there", user=ANA)
tap.ok(c, "not in another chat")
press(GROUP, c, buttons(c)["Deny"], user=ANA)
s, c = ask(ANA, "write hour")
tap.ok(c, "nor for another tool")
press(ANA, c, buttons(c)["Deny"])
heard(ANA, s, "wrote: ", "so it asks")
s, c = ask(ANA, "run forwarded", extra={"forward_origin": {
    "type": "user", "date": 1, "sender_user": {
        "id": 5, "is_bot": False, "first_name": "Eve"}}})
tap.ok("has read: a forwarded message" in c["text"] and
       not any("1 h" in x for x in buttons(c)),
       "nor in a turn that has read from outside, where no hour is offered",
       (c["text"], buttons(c)))
why = press(ANA, c, buttons(c)["Allow once"].replace("a:o", "a:h"))
tap.ok(why and "Not for an hour" in why, "nor taken by a forged button", why)
press(ANA, c, buttons(c)["Deny"])
heard(ANA, s, "after: denied", "denied")
say(ANA, "/new")
s, c = ask(ANA, "run after-new")
tap.ok(c, "/new ends it")
press(ANA, c, buttons(c)["Allow Bash for 1 h here"])
heard(ANA, s, "after: ", "allowed anew")
r = say(ANA, "/stop")
s, c = ask(ANA, "run after-stop")
tap.ok(c, "/stop ends it")
press(ANA, c, buttons(c)["Deny"])
heard(ANA, s, "after: denied", "denied")
ev = [x for x in audit() if x.get("event", "").startswith("rule_")]
tap.ok([x["event"] for x in ev] == ["rule_added", "rule_ended"] * 2,
       "all of it is in the audit log", ev)

# --- the clock ------------------------------------------------------------------------
# Not by waiting: the turn's own time is shorter than the wait for an answer.
fam.stop()
fam.write(conf.replace("workspace ", "limit turn 3s\n\tworkspace "))
fam.start()
session.polling(tg, fam)
s, c = ask(ANA, "run slowly-answered")
time.sleep(4.5)
press(ANA, c, buttons(c)["Allow once"])
heard(ANA, s, "after: ", "while a card is open the turn's clock stands still")
fam.stop()
fam.write(conf)
fam.start()
session.polling(tg, fam)

# --- kill -9 ----------------------------------------------------------------------------
n = len(ran())
s, c = ask(ANA, "run killed-relay")
b = buttons(c)
mark = len(fam.log())
os.kill(fam.pids()["relay"], signal.SIGKILL)
t = ends(ANA, c, "This request ended when the relay was restarted",
         "relay killed: the card says that it ended")
heard(ANA, s, "I was restarted while I worked", "and the turn is told of")
why = press(ANA, c, b["Allow once"])
tap.ok(why and "This request ended before" in why and len(ran()) == n,
       "its button runs nothing", why)
s, c = ask(ANA, "run killed-agent")
os.kill(fam.pids()["agent"], signal.SIGKILL)
ends(ANA, c, "This request ended at", "agent killed: the card ends")
why = press(ANA, c, buttons(c)["Allow once"])
tap.ok(why and len(ran()) == n, "its button runs nothing", why)
heard(ANA, s, "I was restarted while I worked", "and the turn is told of")

# The moment of the answer: what a card says did not run has not.
for i, delay in enumerate((0, 0.003, 0.006)):
    n = len(ran())
    s, c = ask(ANA, "run at-the-answer-%d" % i)
    data = buttons(c)["Allow once"]
    for _ in range(2):          # twice, before anybody could say no
        tg.post("/press", {"chat": ANA, "message_id": c["message_id"],
                           "data": data})
    time.sleep(delay)
    os.kill(fam.pids()["relay"], signal.SIGKILL)
    m = until(lambda: (lambda m: m if m and not buttons(m) else None)(
        message(ANA, c["message_id"])), 15)
    told = until(lambda: [t for t in tg.bot_texts(ANA, s["message_id"]) if
                          "I was restarted" in t or "after: " in t], 15)
    tap.ok(told, "killed %d ms after the answer: told how it ended" % (
        delay * 1000))
    time.sleep(0.2)
    tg.wait(15, polling=True)
    k = len(ran()) - n
    tap.ok(m and k <= ("allowed by Ana" in m["text"]) and
           ("Nothing ran" in m["text"]) != ("allowed by Ana" in m["text"]),
           "it ran %d times, and the card does not deny it" % k,
           lambda: "%s\n%s" % (m, fam.log()[-3000:]))
n = len(ran())
s, c = ask(ANA, "run double")
for _ in range(4):
    tg.post("/press", {"chat": ANA, "message_id": c["message_id"],
                       "data": buttons(c)["Allow once"]})
heard(ANA, s, "after: ", "pressed four times at once")
tap.ok(len(ran()) == n + 1, "it ran once", ran())

bad = [x for x in audit() if x.get("event") == "approval" and not
       x.get("digest")]
tap.ok(not bad, "every question and answer is in the audit log with its "
       "digest", bad)
session.finish("ask", tg, api, fam)
