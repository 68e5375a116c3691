#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# The whole chain at the real names and port 443: a message becomes a model
# request, tools run in their sandbox, the answer comes back.
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
import session
import tap
from fakes import text, tool
from family import ANA, BEN, Family, config
from session import PROJECTS, project

tg, api = session.begin()
long_lines = "\n\n".join("Paragraph %03d of a long answer, "
                         "with words enough to fill a line." % i
                         for i in range(240))
api.rules(
    {"text": "good morning", "reply": [text("Good morning, Ana.")]},
    {"text": "notes", "reply": [text("I look."),
                                tool("Read", file_path=PROJECTS +
                                     "/notes.txt")]},
    {"text": "notes", "result": "", "reply": [text("It says: ${result}")]},
    {"text": "run it", "reply": [tool("Bash", command="echo out-$((6*7)); "
                                      "id -u; pwd")]},
    {"text": "run it", "result": "", "reply": [text("Ran: ${result}")]},
    {"text": "write it", "reply": [tool("Write", file_path=PROJECTS +
                                        "/new.txt", content="fresh\n")]},
    {"text": "write it", "result": "", "reply": [text("Wrote it.")]},
    {"text": "both at once", "reply": [
        tool("Bash", command="sleep 0.4; echo first-out"),
        tool("Bash", command="sleep 0.4; echo second-out")]},
    {"text": "both at once", "result": "", "reply": [text("Both done.")]},
    {"text": "sleep now", "reply": [tool("Bash", command="sleep 61")]},
    {"text": "sleep now", "result": "", "reply": [text("Woke up.")]},
    {"text": "a long one", "reply": [text(long_lines)], "piece": 400},
    {"text": "dressed up", "reply": [text(
        "Some **bold 😀 text**, `code`, [a link](https://example.org/x) and\n"
        "\n```c\nint x;\n```\nend")]},
    {"text": "show shadow", "reply": [tool("Read",
                                           file_path="/etc/shadow")]},
    {"text": "show shadow", "result": "", "reply": [text("Got: ${result}")]},
)
project("notes.txt", "buy milk\n")
fam = Family(config(telegram="stream edit every 500ms"), "chain").start()
session.polling(tg, fam)

# --- texts, commands, typing ---------------------------------------------
tg.wait(5, method="setMyCommands")
cmds = tg.requests("setMyCommands")
names = {c["command"] for r in cmds for c in r["body"]["commands"]}
tap.ok({"stop", "status", "help", "new", "whoami"} <= names,
       "the commands are registered", names)
tg.say(ANA, "good morning")
m = tg.answer(ANA, "Good morning, Ana.")
tap.ok(m, "a text is answered", fam.log()[-4000:])
tap.ok(len(api.requests("messages")) == 1, "with one request to the model")
if m is None:
    session.finish("chain", tg, api, fam)


def ask(what, expect, name, chat=ANA, timeout=10):
    last = max(m["message_id"] for m in tg.chat(chat)["messages"])
    tg.say(chat, what)
    found = tg.answer(chat, expect, after=last, timeout=timeout)
    tap.ok(found, name, lambda: "%s\n%s" % (
        tg.bot_texts(chat, last), fam.log()[-3000:]))
    return found


# --- tools ----------------------------------------------------------------
ask("what is in notes", "buy milk", "Read shows a file of the workspace")
m = ask("run it please", "out-42", "Bash runs")
if m:
    m = tg.answer(ANA, PROJECTS, after=m["message_id"] - 1)
    tap.ok(m, "in the workspace", lambda: tg.bot_texts(ANA))
ask("write it", "Wrote it.", "Write writes")
try:
    st = os.stat(PROJECTS + "/new.txt")
    tap.ok(st.st_uid == os.stat(PROJECTS).st_uid,
           "and the file is its owner's", st.st_uid)
except FileNotFoundError as e:
    tap.ok(False, "and the file is its owner's", e)
t0 = time.time()
ask("both at once", "Both done.", "two tools of one reply")
tap.ok(time.time() - t0 < 0.78, "run side by side", time.time() - t0)
last = [r["body"]["messages"][-1] for r in api.requests("messages")][-1]
tap.ok([b["type"] for b in last["content"]] == ["tool_result"] * 2 and
       "first-out" in str(last["content"][0]) and
       "second-out" in str(last["content"][1]),
       "both results go back in one message, in order", last)
m = ask("show shadow", "Got: ", "a read outside the workspace is refused")
tap.ok(m and "root:" not in m["text"], "and shows nothing of the file", m)

# --- commands overtake, the queue is bounded, /stop kills -------------------
before = len(tg.chat(ANA)["messages"])
tg.say(ANA, "sleep now")
end = time.time() + 5
while time.time() < end and not any(
        line.endswith("sleep 61") for line in session.processes().values()):
    time.sleep(0.02)
tap.ok(any(line.endswith("sleep 61")
           for line in session.processes().values()), "a long tool runs")


def command(cmd, expect, limit, name):
    s = tg.say(ANA, cmd)
    found = tg.answer(ANA, expect, after=s["message_id"])
    took = (found["t"] - s["t"]) / 1000 if found else None
    tap.ok(found and took < limit, "%s within %d ms" % (name, limit),
           lambda: "%s ms, %s" % (took, tg.bot_texts(ANA, s["message_id"])))
    return found


command("/status", "", 200, "/status answers during a turn")
command("/help", "/stop", 200, "/help")
command("/whoami", "", 200, "/whoami")
s = tg.say(BEN, "good morning")
tap.ok(tg.answer(BEN, "Good morning, Ana."),
       "another chat is answered meanwhile")
for i in range(20):
    s = tg.say(ANA, "queued good morning %d" % i)
q = tg.chat(ANA)
n20 = len(tg.bot_texts(ANA, s["message_id"]))
s = tg.say(ANA, "one too many")
refused = tg.wait(5, chat=ANA, after=s["message_id"])
tap.ok(refused and n20 == 0, "20 messages wait; the 21st is refused",
       tg.bot_texts(ANA, s["message_id"]))
s = tg.say(ANA, "/stop")
found = tg.answer(ANA, "topped", after=s["message_id"], timeout=5)
tap.ok(found and found["t"] - s["t"] < 1000000, "/stop answers in a second",
       lambda: tg.bot_texts(ANA, s["message_id"]))
end = s["t"] / 1e6 + 1
while time.clock_gettime(time.CLOCK_MONOTONIC) < end and any(
        line.endswith("sleep 61") for line in session.processes().values()):
    time.sleep(0.02)
tap.ok(not any(line.endswith("sleep 61")
               for line in session.processes().values()),
       "and the tool with all it started is dead within a second")

# What waits runs on, or waits for a word: with a button, say so.
for m in tg.chat(ANA)["messages"]:
    rows = (m.get("markup") or {}).get("inline_keyboard", [])
    for b in (b for row in rows for b in row):
        if "Drop" in b["text"]:
            tg.post("/press", {"chat": ANA, "message_id": m["message_id"],
                               "data": b["callback_data"]})
            break
end = time.time() + 15
while time.time() < end:
    idle = api.stats()["requests"]
    time.sleep(0.5)
    if api.stats()["requests"] == idle:
        break

# --- what the person sees ----------------------------------------------------
last = max(m["message_id"] for m in tg.chat(ANA)["messages"])
tg.say(ANA, "a long one")
tg.answer(ANA, "Paragraph 239", after=last)
time.sleep(0.7)
got = tg.bot_texts(ANA, last)
tap.ok(len(got) > 1 and all(
    len(t.encode("utf-16-le")) // 2 <= 3800 for t in got),
    "a long answer goes on in further messages",
    lambda: "%s\n%s" % ([(len(t), t[:60]) for t in got],
                        fam.log()[-2000:]))
tap.ok(all(any("Paragraph %03d of" % i in t for t in got)
           for i in range(240)), "and nothing of it is missing")
m = ask("dressed up", "end", "Markdown arrives as entities")
time.sleep(0.7)
m = tg.chat(ANA)["messages"][-1]
kinds = [e["type"] for e in m.get("entities", [])]
tap.ok(set(kinds) >= {"bold", "code", "text_link", "pre"} and
       "**" not in m["text"], "bold, code, a link and a fence", m)

# --- who is not heard -----------------------------------------------------------
mark = len(fam.log())
tg.say(5555, "let me in", name="Eve")
tap.ok(fam.log_wait("allow chat 5555", after=mark),
       "a refused chat is logged with the line that lets it in",
       lambda: fam.log()[mark:])
tap.ok(tg.bot_texts(5555) == [], "and gets no answer")
tg.say(-100777, "hello group", title="Strangers")
tap.ok(tg.wait(5, chat=-100777, left=True), "a refused group is left")

# --- /new, and a conversation that outlives the family ---------------------------
def turn_bodies():
    return [r["body"] for r in api.requests("messages")]


ask("good morning again", "Good morning", "another turn")
before = len(turn_bodies()[-1]["messages"])
tap.ok(before > 1, "the conversation goes on in it", before)
fam.stop()
fam.start()
session.polling(tg, fam)
ask("good morning after all", "Good morning", "an answer after a restart")
tap.ok(len(turn_bodies()[-1]["messages"]) == before + 2,
       "the conversation outlived the restart",
       [len(b["messages"]) for b in turn_bodies()[-3:]])
hits = [r["body"] for r in api.requests("messages")]
s = tg.say(ANA, "/new")
tap.ok(tg.wait(5, chat=ANA, after=s["message_id"]), "/new is answered")
ask("good morning anew", "Good morning", "a turn after /new")
tap.ok(len(turn_bodies()[-1]["messages"]) == 1, "/new forgot the rest",
       len(turn_bodies()[-1]["messages"]))
session.finish("chain", tg, api, fam)
