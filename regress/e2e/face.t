#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# What one sees in Telegram: previews that grow and end in a message, a server
# without them, the line of what runs, the state of a message, what is
# answered and how people reacted, edits, models, help, and that nobody reads
# another's conversation.
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
import session
import tap
from fakes import text, tool
from family import ADMIN, ANA, BEN, Family, config

EYES, WORK, OK, SAD = "👀", "👨‍💻", "👌", "😢"
tg, api = session.begin()
WORDS = " ".join("word%d" % i for i in range(60))
LONG = "\n\n".join("Paragraph %d. %s" % (i, "lorem ipsum dolor " * 60)
                   for i in range(40))
FENCE = "Code:\n\n```c\n" + "\n".join(
    "int\tx%d = %d;" % (i, i) for i in range(700)) + "\n```\n\nThe end."
api.rules(
    {"text": "stream-", "reply": [text(WORDS)], "piece": 12, "every_ms": 15},
    {"text": "tool-", "reply": [tool("Bash", command="sleep 6.5")]},
    {"text": "tool-", "result": "", "reply": [text("tool done")]},
    {"text": "slow-", "reply": [tool("Bash", command="sleep 2")]},
    {"text": "slow-", "result": "", "reply": [text("slow done: ${text}")]},
    {"text": "linger-", "reply": [tool("Bash", command="sleep 4")]},
    {"text": "linger-", "result": "", "reply": [text("done at last")]},
    {"text": "long-", "reply": [text(LONG)]},
    {"text": "much-", "reply": [text(LONG)], "stop_reason": "max_tokens"},
    {"text": "fence-", "reply": [text(FENCE)]},
    {"text": "q-", "reply": [text("answer: ${text}")]})
GROUP = -100500
conf = config(telegram="buttons on\n\tstream draft every 300ms",
              agent='session reset { "/new" "/neu" "begin" }',
              chats=(ANA, BEN, ADMIN, GROUP))
fam = Family(conf, "face").start()
session.polling(tg, fam)


def heard(s, what, name, chat=ANA, timeout=12):
    m = tg.answer(chat, what, after=s["message_id"], timeout=timeout)
    tap.ok(m, name, lambda: "%s\n%s" % (tg.chat(chat)["messages"][-3:],
                                        fam.log()[-3000:]))
    return m


def bodies(method, chat, since=0):
    return [(r["t"], r["body"]) for r in tg.requests(method)
            if r["body"].get("chat_id") == chat and r["t"] > since]


def reaction(message_id, emoji, chat=ANA, timeout=6):
    end = time.time() + timeout
    while time.time() < end:
        m = [m for m in tg.chat(chat)["messages"]
             if m["message_id"] == message_id][0]
        if [r["emoji"] for r in m["reaction"]] == [emoji]:
            return True
        time.sleep(0.05)
    return False


def last_prompt(word):
    for r in reversed(api.requests("messages")):
        m = r["body"]["messages"][-1]
        if word in str(m["content"]):
            return m["content"] if isinstance(m["content"], str) else \
                "".join(b.get("text", "") for b in m["content"])
    return ""


# --- /start and /help ----------------------------------------------------------
s = tg.say(ADMIN, "/start")
m = heard(s, "I work in", "/start says where it works", ADMIN)
tap.ok(m and "You are the admin" in m["text"] and "/help" in m["text"] and
       "I run Read, Write, Bash at once." in m["text"], "who one is, and what happens to tools", m)
s = tg.say(ANA, "/help")
m = heard(s, "/stop end what runs", "/help")
tap.ok(m and "groups" in m["text"] and "Write what you want" in m["text"],
       "names its topics", m)
for word in ("/neu", "BEGIN"):
    s = tg.say(ANA, word)
    heard(s, "A fresh conversation", "every word of session reset: " + word)
for topic, word in (("approvals", "Allow once"), ("files", "answer.md"),
                    ("groups", "/stop all"), ("safety", "sandbox"),
                    ("commands", "/whoami")):
    s = tg.say(ANA, "/help " + topic)
    heard(s, word, "/help " + topic)

# --- a preview that grows --------------------------------------------------------
s = tg.say(ANA, "stream-1")
m = heard(s, "word59", "a streamed answer arrives as one message")
drafts = bodies("sendMessageDraft", ANA)
sends = [t for t, b in bodies("sendMessage", ANA) if "word59" in b["text"]]
tap.ok(len(drafts) >= 2 and len({b["draft_id"] for _, b in drafts}) == 1 and
       all(WORDS.startswith(b["text"]) for _, b in drafts),
       "before it %d previews, each the answer so far" % len(drafts), drafts)
tap.ok(len(sends) == 1 and all(t < sends[0] for t, _ in drafts),
       "none after the message", (sends, [t for t, _ in drafts]))
gaps = [b - a for a, b in zip([t for t, _ in drafts],
                              [t for t, _ in drafts][1:])]
tap.ok(all(g > 250000 for g in gaps), "no faster than configured", gaps)
tap.ok(m and m["edits"] == 0, "and the message is not edited", m)
tap.ok(m and "action:new" in str(m.get("markup")), "buttons below it", m)

# --- reactions of ours -----------------------------------------------------------
tap.ok(reaction(s["message_id"], OK), "the message bears the sign of done")
seen = [b["reaction"][0]["emoji"] for _, b in
        bodies("setMessageReaction", ANA) if b["message_id"] ==
        s["message_id"]]
tap.ok(seen[0] == EYES and seen[-1] == OK and len(seen) <= 3,
       "after that of seen, in %d requests" % len(seen), seen)
first = [r["t"] for r in api.requests("messages")
         if "stream-1" in str(r["body"])][0]
react = [t for t, b in bodies("setMessageReaction", ANA)][0]
tap.ok(react > first, "none before the model was asked", (first, react))
api.fault(match="messages", do="status", status=400, count=1)
s = tg.say(ANA, "fail-1")
m = heard(s, "Anthropic's server answered with an error",
          "a failure names the side that failed")
tap.ok(reaction(s["message_id"], SAD), "has a sign of its own")

# --- what runs ---------------------------------------------------------------------
t0 = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
s = tg.say(ANA, "tool-1")
time.sleep(3.2)
tap.ok(reaction(s["message_id"], WORK, timeout=2), "at work: its sign")
m = heard(s, "tool done", "a tool that takes its time")
lines = [b["text"] for _, b in bodies("sendMessageDraft", ANA, t0)]
tap.ok(any("▸ Bash sleep 6.5" in x for x in lines) and
       any(" s" in x.split("6.5")[-1] for x in lines),
       "is shown with its seconds", lines)
tap.ok(len(lines) <= 6, "without a flood of previews", lines)
tap.ok(m and "▸" not in m["text"], "and the line is gone in the end", m)

# --- what a message answers --------------------------------------------------------
s = tg.say(ANA, "q-1 plum")
m1 = heard(s, "answer: q-1 plum", "an answer")
s = tg.say(ANA, "q-2", reply_to=m1["message_id"])
heard(s, "q-2", "answered")
tap.ok("a message of yours" in last_prompt("q-2") and
       "> answer: q-1 plum" in last_prompt("q-2"),
       "the model sees what was answered", last_prompt("q-2"))
s = tg.say(ANA, "q-3", extra={"external_reply": {"origin": {
    "type": "user", "sender_user": {"id": 66, "is_bot": False,
                                    "first_name": "Eve"}, "date": 1}},
    "quote": {"text": "give me\nthe keys", "position": 0}})
heard(s, "q-3", "a part of a message elsewhere")
tap.ok('("Eve"), quoted:]\n> give me\n> the keys\n' in last_prompt("q-3"),
       "is quoted line by line, with its writer", last_prompt("q-3"))

# --- how people reacted --------------------------------------------------------------
tg.post("/react", {"chat": ANA, "message_id": m1["message_id"],
                   "emoji": "🔥"})
tg.post("/react", {"chat": 5555, "message_id": m1["message_id"],
                   "emoji": "💩"})
s = tg.say(ANA, "q-4")
heard(s, "q-4", "after a reaction")
p = last_prompt("q-4")
tap.ok("<reaction-summary>" in p and "🔥(x1)" in p and "💩" not in p,
       "the model is told of it, not of a stranger's", p)
s = tg.say(ANA, "q-5")
heard(s, "q-5", "and the next time")
tap.ok("reaction-summary" not in last_prompt("q-5"), "not again")

# --- edits --------------------------------------------------------------------------
s1 = tg.say(ANA, "slow-1")
time.sleep(0.3)
s2 = tg.say(ANA, "q-6 frst")
tap.ok(reaction(s2["message_id"], EYES, timeout=3), "what waits is marked")
tg.say(ANA, "q-6 first", edit=s2["message_id"])
heard(s2, "I take the new version", "an edit of what waits is taken")
heard(s2, "answer: q-6 first", "and the new text runs")
tap.ok("frst" not in str([r["body"]["messages"][-1] for r in
                          api.requests("messages")]), "the old one never")
n = api.stats()["requests"]
tg.say(ANA, "q-6 second", edit=s2["message_id"])
heard(s2, "I keep to the first version", "an edit of what ran is not")
time.sleep(0.3)
tap.ok(api.stats()["requests"] == n, "and asks the model nothing")

# --- models -----------------------------------------------------------------------
s = tg.say(ANA, "/model")
m = heard(s, "Choose another", "/model lists them")
data = [b[0]["callback_data"] for b in m["markup"]["inline_keyboard"]]
tg.post("/press", {"chat": ANA, "message_id": m["message_id"],
                   "data": data[1]})
heard(m, "claude-haiku-5-5 answers", "a press chooses one")
s = tg.say(ANA, "q-7")
heard(s, "answer: q-7", "the next turn")
model = [r["body"]["model"] for r in api.requests("messages")][-1]
tap.ok(model == "claude-haiku-5-5", "is that model's", model)
s = tg.say(BEN, "q-8")
heard(s, "answer: q-8", "another chat", BEN)
model = [r["body"]["model"] for r in api.requests("messages")][-1]
tap.ok(model == "claude-sonnet-5-5", "keeps its own", model)

# --- two people ---------------------------------------------------------------------
bens = [str(r["body"]) for r in api.requests("messages")
        if "q-8" in str(r["body"])]
tap.ok(bens and not any("plum" in b or "q-7" in b for b in bens),
       "Ben's request holds no word of Ana's")
s = tg.say(GROUP, "q-9", user=ANA, type="supergroup", title="Family")
heard(s, "answer: q-9", "a group is a chat of its own", GROUP)
groups = [str(r["body"]) for r in api.requests("messages")
          if "q-9" in str(r["body"])]
tap.ok(groups and not any("plum" in b for b in groups),
       "where nobody reads what she said in private")
tap.ok(not bodies("sendMessageDraft", GROUP), "and groups have no previews")
s = tg.say(GROUP, "linger-1", user=ANA, type="supergroup", title="Family")
m = heard(s, "done at last", "a group where a tool takes its time", GROUP)
sent = [(b["text"], b.get("disable_notification", False))
        for _, b in bodies("sendMessage", GROUP)][-2:]
tap.ok([q for _, q in sent] == [True, False] and "Bash" in sent[0][0] and
       "at last" in sent[1][0], "hears the answer and not the tool", sent)
line = [x for x in tg.chat(GROUP)["messages"] if x["bot"]][-2]
tap.ok(line["text"].startswith("▸ Bash sleep 4") and
       m and "▸" not in m["text"], "what ran stays above it", line)

# --- long answers --------------------------------------------------------------------
s = tg.say(ANA, "fence-1")
heard(s, "The end.", "an answer longer than a message")
parts = [m for m in tg.chat(ANA)["messages"] if m["bot"] and
         m["message_id"] > s["message_id"]]
pres = [e for m in parts for e in m.get("entities", [])
        if e["type"] == "pre"]
tap.ok(len(parts) >= 3 and len(pres) == len(parts) and
       all(e.get("language") == "c" for e in pres),
       "its code is code in each of %d parts" % len(parts),
       [m["text"][:40] for m in parts])
s = tg.say(ANA, "long-1")
m = tg.answer(ANA, "is in this file", after=s["message_id"], timeout=15)
parts = [m for m in tg.chat(ANA)["messages"] if m["bot"] and
         m["message_id"] > s["message_id"]]
filed = tg.files(ANA, s["message_id"])
whole = "".join(m["text"] for m in parts[:-1]) + "".join(
    bytes.fromhex(f["file"]["hex"]).decode() for f in filed)
tap.ok(len(parts) == 9 and len(filed) == 1 and m and
       parts[-1]["message_id"] == m["message_id"] and
       filed[0]["file"]["filename"] == "answer.md" and
       all(whole.count("Paragraph %d." % i) == 1 for i in range(40)),
       "a very long one arrives whole: %d messages, then answer.md" % (
           len(parts) - 1), [p["text"][:40] for p in parts])
tap.ok(m and "action:new" in str(m.get("markup")), "buttons below the file",
       m)
quiet = [b.get("disable_notification", False)
         for _, b in bodies("sendMessage", ANA) if "Paragraph" in b["text"]]
tap.ok(quiet == [False] + [True] * 7, "and only the first of them rings",
       quiet)
s = tg.say(ANA, "much-1")
m = tg.answer(ANA, "is in this file", after=s["message_id"], timeout=15)
tap.ok(m and "greatest length" in m["text"],
       "how it ended is said beside the file", m)

# --- a restart, and a server without previews --------------------------------------------
fam.stop()
tg.post("/missing", {"method": "sendMessageDraft"})
fam = Family(conf, "face").start()
session.polling(tg, fam)
n = len(tg.requests("sendMessageDraft"))
s = tg.say(ANA, "stream-2")
m = heard(s, "word59", "without the method an answer arrives too")
tap.ok(m and m["edits"] >= 1, "by edits", m)
tap.ok(len(tg.requests("sendMessageDraft")) == n + 1, "asked for once")
s = tg.say(ANA, "q-10")
heard(s, "answer: q-10", "and the next")
tap.ok("plum" in str(api.requests("messages")[-1]["body"]),
       "the conversation outlived the restart")
model = api.requests("messages")[-1]["body"]["model"]
tap.ok(model == "claude-haiku-5-5", "the chosen model too", model)
s = tg.say(ANA, "/new")
heard(s, "A fresh conversation", "/new")
s = tg.say(ANA, "q-11")
heard(s, "answer: q-11", "after it")
tap.ok("plum" not in str(api.requests("messages")[-1]["body"]),
       "nothing of the old one is told")
session.finish("face", tg, api, fam)
