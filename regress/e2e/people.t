#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# Who speaks and to whom: groups and topics, mentions, posts in a chat's name,
# bots, what is passed on or edited, commands of others, buttons pressed by
# the wrong person or where nobody is listed.
import os
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
import session
import tap
from fakes import text, tool
from family import ANA, BEN, Family, config

GROUP, BOT = -100500, "@fake_tc_bot"
tg, api = session.begin()
api.rules(
    {"text": "slow-", "reply": [tool("Bash", command="sleep 1.5")]},
    {"text": "slow-", "result": "", "reply": [text("slow done")]},
    {"text": "q-", "reply": [text("answer: ${text}")]})
fam = Family(config(telegram="require mention\n\tstream edit every 300ms",
                    chats=(ANA, GROUP)), "people").start()
session.polling(tg, fam)


def say(what, user=ANA, **kw):
    return tg.say(GROUP, what, user=user, type="supergroup", title="Family",
                  **kw)


def heard(s, what, name, chat=GROUP, timeout=12):
    m = tg.answer(chat, what, after=s["message_id"], timeout=timeout)
    tap.ok(m, name, lambda: "%s\n%s" % (tg.chat(chat)["messages"][-3:],
                                        fam.log()[-3000:]))
    return m


def quiet(do, name):
    before = api.stats()["requests"]
    s = do()
    chat = GROUP
    mark = say("/whoami" + BOT)     # updates are taken in their order
    tg.answer(GROUP, "Tier", after=mark["message_id"])
    time.sleep(0.2)
    got = [t for t in tg.bot_texts(chat, s["message_id"]) if "Tier" not in t]
    tap.ok(api.stats()["requests"] == before and not got, name, got)


# --- a group ---------------------------------------------------------------
quiet(lambda: say("q-0 to nobody"), "not mentioned: not heard")
quiet(lambda: say("q-0 @fake_tc_bottle"), "another's name is not ours")
s = say("q-1 " + BOT)
m = heard(s, "answer: q-1", "mentioned: answered")
sent = [r["body"] for r in tg.requests("sendMessage")
        if "q-1" in r["body"]["text"]]
tap.ok(sent and sent[0].get("reply_parameters", {}).get("message_id") ==
       s["message_id"], "below the message it answers", sent)
if m:
    s = say("q-2", reply_to=m["message_id"])
    m = heard(s, "q-2", "an answer to the bot is for the bot")
    tap.ok(m and "quoted:" in m["text"] and "answer: q-1" in m["text"],
           "and says to which message", m)
quiet(lambda: say("q-3 " + BOT, user=777000, extra={"sender_chat": {
    "id": -100900, "type": "channel", "title": "News"},
    "is_automatic_forward": True}), "a channel's post is nobody's")
quiet(lambda: say("q-4 " + BOT, extra={"from": {
    "id": 1087968824, "is_bot": True, "first_name": "Group",
    "username": "GroupAnonymousBot"}, "sender_chat": {
        "id": GROUP, "type": "supergroup", "title": "Family"}}),
    "an anonymous admin is nobody")
quiet(lambda: say("q-5 " + BOT, extra={"from": {
    "id": 4711, "is_bot": True, "first_name": "Otto"}}), "a bot is not heard")
quiet(lambda: say("/status@other_bot"), "another bot's command is its own")
quiet(lambda: say("/status@other_bot " + BOT),
      "even where ours is mentioned")
s = say("q-6 " + BOT)
heard(s, "answer: q-6", "a message")
before = api.stats()["requests"]
say("q-6 changed " + BOT, edit=s["message_id"])
heard(s, "I keep to the first version", "edited: told so")
tap.ok(api.stats()["requests"] == before, "and not run again")

# --- topics are chats of their own ------------------------------------------
s7 = say("slow-7 " + BOT, thread=7)
time.sleep(0.3)
s8 = say("q-8 " + BOT, thread=8)
m8 = heard(s8, "answer: q-8", "one topic does not wait for another")
m7 = heard(s7, "slow done", "and that one is answered in its time")
tap.ok(m7 and m8 and m8["message_id"] < m7["message_id"] and
       (m7.get("thread"), m8.get("thread")) == (7, 8),
       "each in its own topic", (m7, m8))

# --- what is passed on --------------------------------------------------------
s = tg.say(ANA, "/new q-9", extra={"forward_origin": {
    "type": "hidden_user", "sender_user_name": "Eve", "date": 1}})
m = heard(s, "/new q-9", "a forwarded command goes to the model", ANA)
tap.ok(m and "somebody else wrote this" in m["text"], "and is marked as another's words", m)

# --- commands -------------------------------------------------------------------
for what in ("  /whoami", "/WhoAmI now", "/whoami" + BOT):
    s = tg.say(ANA, what)
    heard(s, "Tier", "%r is a command" % what, ANA)

# --- buttons ----------------------------------------------------------------------
s = tg.say(5555, "hello", name="Eve")
tg.post("/press", {"chat": 5555, "message_id": s["message_id"],
                   "data": "r:"})
s = tg.say(ANA, "/status")
heard(s, "Model", "what came behind it was answered", ANA)
said = [r["body"].get("text") for r in tg.requests("answerCallbackQuery")]
tap.ok(said == [] and tg.bot_texts(5555) == [],
       "a button in an unlisted chat gets no answer at all", said)
s = say("slow-10 " + BOT)
end = time.time() + 5
while time.time() < end and not any(
        line.endswith("sleep 1.5") for line in session.processes().values()):
    time.sleep(0.02)
os.kill(fam.pids()["agent"], signal.SIGKILL)
m = heard(s, "I was restarted", "an interrupted turn is told of")


def press(user):
    tg.post("/press", {"chat": GROUP, "message_id": m["message_id"],
                       "user": user, "data":
                       m["markup"]["inline_keyboard"][0][0]["callback_data"]})


if m:
    n = len(said)
    press(BEN)
    end = time.time() + 5
    while time.time() < end and len(said) == n:
        said = [r["body"].get("text")
                for r in tg.requests("answerCallbackQuery")]
        time.sleep(0.05)
    tap.ok(said[-1] == "Only who wrote the message can continue it.",
           "Continue is for who wrote the message", said)
    press(ANA)
    m = heard(m, "slow done", "who may press it, and the turn goes on")

# --- what waits is for who wrote it ---------------------------------------------
s = say("slow-11 " + BOT)
end = time.time() + 5
while time.time() < end and not any(
        line.endswith("sleep 1.5") for line in session.processes().values()):
    time.sleep(0.02)
say("q-12 " + BOT)
m = heard(say("/stop" + BOT), "1 message waiting", "stopped with one waiting")


def choose(user):
    n = len(tg.requests("answerCallbackQuery"))
    tg.post("/press", {"chat": GROUP, "message_id": m["message_id"],
                       "user": user, "data": m["markup"]
                       ["inline_keyboard"][0][0]["callback_data"]})
    end = time.time() + 5
    while time.time() < end:
        got = tg.requests("answerCallbackQuery")
        if len(got) > n:
            return got[-1]["body"].get("text")
        time.sleep(0.02)


if m:
    tap.ok(choose(BEN) == "Only who wrote what waits can say.",
           "another's press runs nothing")
    tap.ok(choose(ANA) is None, "its writer's does")
    heard(m, "answer: q-12", "and it runs")

# --- a group becomes a supergroup -----------------------------------------------
s = say("/whoami" + BOT)
heard(s, "Tier", "the group is heard")
tg.post("/push", {"updates": [{"message": {
    "message_id": s["message_id"] + 1000, "date": 1,
    "chat": {"id": GROUP, "type": "group", "title": "Family"},
    "from": {"id": ANA, "is_bot": False, "first_name": "Ana"},
    "migrate_to_chat_id": -1001234567890}}]})
tap.ok(fam.log_wait("write allow chat -1001234567890 in place of %d" % GROUP),
       "its new number, and what to do, is in the log",
       lambda: fam.log()[-2000:])
session.finish("people", tg, api, fam)
