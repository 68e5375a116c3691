#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# What the servers can do wrong, and how the family bears it.
import base64
import json
import os
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
import fakes
import session
import tap
from fakes import text, tool
from family import ANA, Family, config, secret
from session import PROJECTS

tg, api = session.begin()
api.rules(
    {"text": "count ", "reply": [tool("Bash", command="echo x >> runs.txt; "
                                      "wc -l < runs.txt")]},
    {"text": "count ", "result": "", "reply": [text("counted ${result}")]})
SHORT = "stream edit every 300ms\n\tpoll 2s limit 100\n" \
    "\tretry 200ms to 1s factor 2.0 jitter 0.1 attempts 0"


def say(what, expect, name, timeout=10):
    s = tg.say(ANA, what)
    m = tg.answer(ANA, expect, after=s["message_id"], timeout=timeout)
    tap.ok(m, name, lambda: "%s\n%s" % (
        tg.bot_texts(ANA, s["message_id"]), fam.log()[-3000:]))
    return m


def runs():
    try:
        with open(PROJECTS + "/runs.txt") as f:
            return len(f.readlines())
    except FileNotFoundError:
        return 0


# --- a token that was never good ------------------------------------------
for status, what in ((401, "401"), (404, "404")):
    session.fresh()
    tg.fault(match="getMe", do="status", status=status, count=99)
    bad = Family(config(telegram=SHORT), "bad%d" % status).start()
    rc = bad.exited(8)
    tap.ok(rc == 1, "getMe answers %s: exit status 1" % what,
           "%s\n%s" % (rc, bad.log()))
    lines = [line for line in bad.log().splitlines() if "token" in line]
    tap.ok(len(lines) == 1, "with one line about the token", bad.log())
    tap.ok(not session.left_behind(), "and nothing left",
           session.left_behind())
    bad.stop()
    tg.post("/faults/clear")

session.fresh()
fam = Family(config(telegram=SHORT), "faults").start()
session.polling(tg, fam)
say("hello", "echo: ", "the family answers")
relay = fam.pids().get("relay")

# --- a token revoked while it runs ------------------------------------------
tg.post("/token", {"revoked": True})
tap.ok(fam.log_wait("token", 8), "a revoked token is in the log", fam.log())
time.sleep(1)
n = tg.stats()["counts"].get("getUpdates", 0)
time.sleep(2)
n = tg.stats()["counts"].get("getUpdates", 0) - n
tap.ok(n == 0 and not tg.stats()["polling"], "polling stops", n)
tap.ok(fam.pids().get("relay") == relay, "without a respawn", fam.pids())
r = fam.ctl("status")
tap.ok(r.returncode == 1 and "token" in r.stdout,
       "status is degraded and says why",
       "%d %s%s" % (r.returncode, r.stdout, r.stderr))
mark = len(fam.log())
os.kill(relay, signal.SIGKILL)
tap.ok(fam.log_wait("refuses the bot token", 10, after=mark),
       "a relay that comes back finds the same and says so",
       lambda: fam.log()[-2000:])
new = "700100200:AAnew-token_9876543210zyxwvutsrq"
tg.post("/token", {"token": new, "revoked": False})
secret("bot.token", new)
fam.reload()
session.polling(tg, fam)
say("hello new token", "echo: ", "a reload with a new token resumes")
relay = fam.pids().get("relay")

# --- getUpdates goes wrong ---------------------------------------------------
tg.fault(match="getUpdates", do="status", status=409, count=2)
say("after 409", "echo: after 409", "409 twice, then it goes on")
tg.fault(match="getUpdates", do="status", status=502, count=2,
         body="<html>502 Bad Gateway</html>")
say("after 502", "echo: after 502", "502 twice, then it goes on")
tg.fault(match="getUpdates", do="status", status=429, retry_after=1, count=1)
say("after 429", "echo: after 429", "429, then it goes on")
tg.fault(match="getUpdates", do="close", count=2)
say("after close", "echo: after close", "closed connections")
tg.fault(match="getUpdates", cut=9, count=2)
say("after cut", "echo: after cut", "answers cut short")
tg.fault(match="getUpdates", slow_n=7, slow_ms=2)
say("slowly", "echo: slowly", "an answer in drops")


def foul(name, body):
    tg.fault(match="getUpdates", do="body", count=1,
             base64=base64.b64encode(body).decode())
    say("after " + name, "echo: after " + name, "getUpdates with " + name)


foul("no JSON", b"<!doctype html>")
foul("a truncated body", b'{"ok":true,"result":[{"update_id":')
foul("deep nesting", b'{"ok":true,"result":' + b"[" * 200000)
foul("bytes that are not UTF-8",
     b'{"ok":true,"result":[{"update_id":1,"message":{"text":"\xff\xfe"}}]}')
foul("wrong types", b'{"ok":true,"result":[{"update_id":"x","message":7},3,'
     b'null,{"update_id":1e99},{"update_id":5,"message":{"chat":{"id":{}}}}]}')
foul("40 MB", b'{"ok":true,"result":"' + b"x" * 40000000 + b'"}')
tap.ok(fam.pids().get("relay") == relay, "the relay is still the same process",
       fam.pids())

# --- duplicates and disorder ----------------------------------------------------
before = api.stats()["requests"]
s = tg.say(ANA, "only once")
tg.answer(ANA, "echo: only once", after=s["message_id"])
upd = {"update_id": s["update_id"], "message": {
    "message_id": s["message_id"], "date": 1, "text": "only once",
    "chat": {"id": ANA, "type": "private", "first_name": "Ana"},
    "from": {"id": ANA, "is_bot": False, "first_name": "Ana"}}}
tg.post("/push", {"updates": [upd, upd]})
say("afterwards", "echo: afterwards", "an update delivered again, twice")
tap.ok(api.stats()["requests"] == before + 2, "is not run again",
       api.stats()["requests"] - before)

# --- sendMessage goes wrong -------------------------------------------------------
tg.fault(match="sendMessage", do="status", status=429, retry_after=1, count=1)
s = tg.say(ANA, "flooded")
m = tg.answer(ANA, "echo: flooded", after=s["message_id"])
tap.ok(m and m["t"] - s["t"] > 950000, "429 on a send waits as told",
       m and m["t"] - s["t"])
time.sleep(0.5)
tap.ok(len(tg.bot_texts(ANA, s["message_id"])) == 1, "and it comes once",
       tg.bot_texts(ANA, s["message_id"]))

# --- the model goes wrong --------------------------------------------------------------
n = runs()
api.rule([tool("Bash", command="echo x >> runs.txt; wc -l < runs.txt")],
         text="count cut", stop_in="tool_use", stop_how="cut", times=1)
say("count cut", "counted", "a stream cut inside tool_use is asked again", 20)
tap.ok(runs() == n + 1, "and the tool ran once", runs() - n)
api.rule([text("half an answer that breaks off")], text="break",
         stop_in="text", stop_how="error", times=1)
api.rule([text(" and here is the rest")], text="cut off")
say("break in text", "here is the rest", "an error inside the stream", 20)
got = tg.bot_texts(ANA)[-1]
tap.ok(got.startswith("half an answer") and got.endswith("the rest"),
       "the answer goes on where it broke", got)
for status, extra in ((529, {}), (500, {}), (503, {"body": "<html>"}),
                      (429, {"retry_after": 1})):
    api.fault(match="messages", do="status", status=status, count=1, **extra)
    say("count %d" % status, "counted", "the model answers %d once" % status,
        20)
n = runs()
api.fault(match="messages", contains="tool_result", do="close", count=1)
say("count closed", "counted", "a connection closed on the tool result", 20)
tap.ok(runs() == n + 1, "and the tool ran once", runs() - n)
for name, body in (("no JSON", b"<html>hello</html>"),
                   ("deep nesting", b"event: message_start\ndata: " +
                    b'{"a":' * 50000 + b"\n\n"),
                   ("not UTF-8", b"event: message_start\ndata: "
                    b'{"type":"message_start","message":"\xff"}\n\n'),
                   ("8 MB in one line", b"data: " + b"y" * 8000000)):
    api.fault(match="messages", do="body", count=1,
              base64=base64.b64encode(body).decode())
    s = tg.say(ANA, "model " + name)
    m = tg.wait(20, chat=ANA, after=s["message_id"])
    tap.ok(m, "a model answer of %s: the person hears something" % name,
           fam.log()[-2000:])
    api.post("/faults/clear")
say("still there", "echo: still there", "and the next question is answered",
    20)
api.post("/key", {"key": "sk-ant-api03-another"})
s = tg.say(ANA, "key gone")
m = tg.answer(ANA, "key", after=s["message_id"], timeout=10)
tap.ok(m, "a key that is refused is told to the person",
       tg.bot_texts(ANA, s["message_id"]))
n = api.stats()["requests"]
time.sleep(1.5)
tap.ok(api.stats()["requests"] == n, "and not asked again and again",
       api.stats()["requests"] - n)
api.post("/key", {"key": fakes.KEY})

# --- refusals with their own cause and advice -------------------------------


def refused(status, part, advice, **how):
    api.fault(match="messages", do="status", status=status, count=1, **how)
    s = tg.say(ANA, "refused by %d" % status)
    m = tg.answer(ANA, part, after=s["message_id"], timeout=10)
    tap.ok(m, "%d names its cause: %s" % (status, part),
           lambda: "%s\n%s" % (tg.bot_texts(ANA, s["message_id"]),
                               fam.log()[-2000:]))
    r = fam.ctl("status")
    tap.ok((r.returncode == 1 and advice in r.stdout) if advice else
           r.returncode == 0, "and status %s" % (
               "is degraded: " + advice if advice else "is well"),
           "%d %s%s" % (r.returncode, r.stdout, r.stderr))
    say("after %d" % status, "after %d" % status, "an answer makes it good")
    r = fam.ctl("status")
    tap.ok(r.returncode == 0, "also in status", r.stdout + r.stderr)


def error(kind, why):
    return json.dumps({"type": "error", "error": {"type": kind,
                                                  "message": why}})


say("key is back", "echo: key", "the right key again")
refused(404, "does not know the model", "`model' line")
refused(402, "account page", "account page")
refused(403, "account page", "account page")
refused(400, "account page", "", body=error(
    "invalid_request_error", "Your credit balance is too low to access the "
    "Anthropic API."))
# More patience is asked for than a turn has.
refused(429, "rate limit of this machine's own account", "",
        retry_after=3600)
for i in range(3):
    api.fault(match="messages", do="status", status=400, count=1)
    s = tg.say(ANA, "bad %d" % i)
    tg.answer(ANA, "answered with an error", after=s["message_id"])
r = fam.ctl("status")
tap.ok(r.returncode == 1 and "last 3 requests with errors, now 400" in
       r.stdout, "three of another kind in a row are degraded", r.stdout)
say("well again", "well again", "until one is answered")
r = fam.ctl("status")
tap.ok(r.returncode == 0, "then all is well", r.stdout)

# --- a connection that is only half there ------------------------------------------------
tg.post("/freeze")
t0 = time.time()
say("anybody there", "anybody there", "a half-open connection recovers",
    30)
tap.ok(time.time() - t0 < 14, "within two poll periods and their margin",
       time.time() - t0)
session.finish("faults", tg, api, fam)
