#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# The fakes refuse what the real servers refuse, one breach after the other,
# and count each; what is right passes.  Plain HTTP on loopback, no root.
import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
import tap
import world



def free_port():
    s = socket.socket()
    s.bind(("127.0.0.1", 0))
    n = s.getsockname()[1]
    s.close()
    return n


TG, API = free_port(), free_port()
BOT = "/bot1:a/"
dir_ = tempfile.TemporaryDirectory(prefix="tcfakes")


def launch(prog, port, *extra):
    return subprocess.Popen(
        [world.obj() + "/test/" + prog, "-p", "127.0.0.1:%d" % port, "-s",
         dir_.name + "/" + prog, "-f", dir_.name + "/" + prog + ".fail",
         *extra], stderr=subprocess.DEVNULL)


def call(port, path, body=None, headers=None, raw=None):
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    h = {"Content-Type": "application/json"}
    h.update(headers or {})
    c.request("POST", path, raw if raw is not None else
              json.dumps(body if body is not None else {}), h)
    r = c.getresponse()
    data = r.read()
    c.close()
    return r.status, data.decode("utf-8", "replace")


def breaches(prog):
    try:
        with open(dir_.name + "/" + prog + ".fail") as f:
            return len(f.readlines())
    except FileNotFoundError:
        return 0


def control(prog, path, arg):
    import fakes
    c = fakes._Unix(dir_.name + "/" + prog, 10)
    c.request("POST", path, json.dumps(arg))
    r = json.loads(c.getresponse().read())
    c.close()
    return r


def refused(prog, what, status, answer, breach=1):
    global told
    ok = answer[0] == status and breaches(prog) == told[prog] + breach
    tap.ok(ok, what, "%s, %d breaches more" % (
        answer, breaches(prog) - told[prog]))
    told[prog] = breaches(prog)


told = {"faketg": 0, "fakeapi": 0}
procs = [launch("faketg", TG, "-T", "1:a"),
         launch("fakeapi", API, "-K", "k")]
for prog in told:
    while not os.path.exists(dir_.name + "/" + prog):
        time.sleep(0.01)


def tg(what, method, body, status=400, breach=1):
    refused("faketg", "tg: " + what, status, call(TG, BOT + method, body),
            breach)


said = control("faketg", "/say", {"chat": 7, "text": "hi"})
mid = said["message_id"]
ent = lambda *e: {"chat_id": 7, "text": "a😀bcdef", "entities": [
    dict(zip(("type", "offset", "length"), x[:3]), **(x[3] if len(x) > 3
                                                     else {})) for x in e]}
tg("an unknown method", "sendMassage", {}, 404)
tg("an unknown field", "sendMessage", {"chat_id": 7, "text": "x", "y": 1})
tg("a missing field", "sendMessage", {"chat_id": 7})
tg("a wrong type", "sendMessage", {"chat_id": 7, "text": 5})
tg("an unknown chat", "sendMessage", {"chat_id": 70, "text": "x"})
tg("an empty text", "sendMessage", {"chat_id": 7, "text": " \n"})
tg("4097 units", "sendMessage", {"chat_id": 7, "text": "😀" * 2048 + "x"})
tg("4096 units are good", "sendMessage", {"chat_id": 7, "text": "😀" * 2048},
   200, 0)
tg("parse_mode", "sendMessage", {"chat_id": 7, "text": "x",
                                 "parse_mode": "HTML"})
tg("an entity past the end", "sendMessage", ent(("bold", 7, 2)))
tg("an entity that cuts a pair", "sendMessage", ent(("bold", 2, 2)))
tg("an empty entity", "sendMessage", ent(("bold", 2, 0)))
tg("entities that overlap", "sendMessage",
   ent(("bold", 0, 4), ("italic", 3, 3)))
tg("code in bold", "sendMessage", ent(("bold", 0, 5), ("code", 0, 3)))
tg("a link without url", "sendMessage", ent(("text_link", 0, 3)))
tg("an unknown entity", "sendMessage", ent(("huge", 0, 3)))
tg("101 entities", "sendMessage", {"chat_id": 7, "text": "x" * 101,
                                   "entities": [{"type": "bold", "offset": i,
                                                 "length": 1}
                                                for i in range(101)]})
tg("entities that nest are good", "sendMessage",
   ent(("bold", 0, 6), ("italic", 1, 3),
       ("text_link", 4, 1, {"url": "https://example.org"})), 200, 0)
tg("a reply to nothing", "sendMessage",
   {"chat_id": 7, "text": "x", "reply_parameters": {"message_id": 9}})
tg("a button of 65 bytes", "sendMessage", {
    "chat_id": 7, "text": "x", "reply_markup": {"inline_keyboard": [[
        {"text": "b", "callback_data": "x" * 65}]]}})
tg("a wrong emoji", "setMessageReaction", {
    "chat_id": 7, "message_id": mid,
    "reaction": [{"type": "emoji", "emoji": "🚀"}]})
for e in "👀👌":
    tg("the emoji " + e, "setMessageReaction", {
        "chat_id": 7, "message_id": mid,
        "reaction": [{"type": "emoji", "emoji": e}]}, 200, 0)
tg("an edit of the user's message", "editMessageText",
   {"chat_id": 7, "message_id": mid, "text": "x"})
tg("an edit of nothing", "editMessageText",
   {"chat_id": 7, "message_id": 5, "text": "x"})
ours = json.loads(call(TG, BOT + "sendMessage", {
    "chat_id": 7, "text": "first"})[1])["result"]["message_id"]
tg("an edit", "editMessageText",
   {"chat_id": 7, "message_id": ours, "text": "second"}, 200, 0)
tg("an edit that changes nothing is an error, no breach", "editMessageText",
   {"chat_id": 7, "message_id": ours, "text": "second"}, 400, 0)
tg("a wrong action", "sendChatAction", {"chat_id": 7, "action": "dance"})
tg("an unknown query", "answerCallbackQuery", {"callback_query_id": "1"})
tg("a bad command", "setMyCommands", {"commands": [
    {"command": "Stop", "description": "x"}]})
tg("leaving a private chat", "leaveChat", {"chat_id": 7})
refused("faketg", "tg: no JSON", 400, call(TG, BOT + "getMe", raw="{"))
refused("faketg", "tg: no UTF-8", 400,
        call(TG, BOT + "sendMessage", raw=b'{"chat_id":7,"text":"\xff"}'))
refused("faketg", "tg: a wrong token", 401, call(TG, "/bot1:b/getMe"), 0)

# --- long poll and offsets ------------------------------------------------
poll = lambda **a: json.loads(call(TG, BOT + "getUpdates", a)[1])
ids = lambda r: [u["update_id"] for u in r["result"]]
one = said["update_id"]
tap.ok(ids(poll()) == [one] and ids(poll()) == [one],
       "an update stays until it is confirmed")
results = {}
t = threading.Thread(target=lambda: results.update(
    a=poll(offset=one + 1, timeout=5)))
t.start()
time.sleep(0.15)
two = control("faketg", "/say", {"chat": 7, "text": "yo"})["update_id"]
t.join()
tap.ok(ids(results["a"]) == [two], "a poll waits for news")
t0 = time.time()
tap.ok(ids(poll(offset=two + 1, timeout=1)) == [] and
       0.9 < time.time() - t0 < 1.5, "and not longer than asked")
tap.ok(ids(poll()) == [], "confirmed updates are gone")
t = threading.Thread(target=lambda: results.update(
    b=poll(offset=two + 1, timeout=5)))
t.start()
time.sleep(0.15)
poll(offset=two + 1)
t.join()
tap.ok(results["b"]["error_code"] == 409, "a second poll ends the first: 409")

# --- the Messages API ---------------------------------------------------------
GOOD = {"x-api-key": "k", "anthropic-version": "2023-06-01"}
BASE = {"model": "claude-sonnet-5-5", "max_tokens": 100,
        "messages": [{"role": "user", "content": "hi"}]}


def api(what, body=None, status=400, breach=1, headers=None, **change):
    refused("fakeapi", "api: " + what, status,
            call(API, "/v1/messages", dict(BASE, **change)
                 if body is None else body, GOOD if headers is None
                 else headers), breach)


def says(*blocks, role="user"):
    return {"role": role, "content": list(blocks)}


block = lambda t="x", **k: dict(k, type="text", text=t)
cc = {"cache_control": {"type": "ephemeral"}}
api("a good request", None, 200, 0)
api("no version", headers={"x-api-key": "k"})
api("no key", status=401, headers={"anthropic-version": "2023-06-01"})
api("a wrong key", status=401, breach=0, headers=dict(GOOD, **{
    "x-api-key": "z"}))
api("no max_tokens", {k: v for k, v in BASE.items() if k != "max_tokens"})
api("no model", {k: v for k, v in BASE.items() if k != "model"})
api("an unknown field", nothing=1)
api("an unknown block field", messages=[says(dict(block(), z=1))])
api("an unknown block", messages=[says({"type": "smell"})])
api("an empty text", messages=[says(block(""))])
api("no messages", messages=[])
api("the assistant first", messages=[says(block(), role="assistant")])
api("two of the user", messages=[says(block()), says(block())])
api("a result without a call", messages=[says(
    {"type": "tool_result", "tool_use_id": "t", "content": "x"})])
api("five breakpoints", messages=[says(*(block(**cc) for _ in range(5)))])
api("four breakpoints are good", None, 200, 0,
    messages=[says(*(block(**cc) for _ in range(4)))])
api("two tools of a name", tools=[{"name": "A", "input_schema": {
    "type": "object"}}] * 2)
api("a budget above max_tokens", thinking={"type": "enabled",
                                           "budget_tokens": 2000})
control("fakeapi", "/rules", [{"text": "hi", "reply": [
    {"type": "tool_use", "name": "A", "input": {"p": 1}},
    {"type": "tool_use", "name": "B", "input": {}}]}])
m = json.loads(call(API, "/v1/messages", BASE, GOOD)[1])
said = [BASE["messages"][0], {"role": "assistant", "content": m["content"]}]
res = [{"type": "tool_result", "tool_use_id": b["id"], "content": "r"}
       for b in m["content"]]
api("calls and their results", None, 200, 0, messages=said + [says(*res)])
api("one result missing", messages=said + [says(res[0])])
api("a result twice", messages=said + [says(res[0], res[0], res[1])])
api("a text before the results",
    messages=said + [says(block(), *res)])
api("a call that was changed", messages=[said[0], {
    "role": "assistant", "content": [dict(m["content"][0], input={"p": 2}),
                                     m["content"][1]]}, says(*res)])
refused("fakeapi", "api: no JSON", 400,
        call(API, "/v1/messages", raw="[", headers=GOOD))
for p in procs:
    p.kill()
    p.wait()
sys.exit(tap.done())
