#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# What text may not hold: credentials that the model says in pieces, in base64
# or to a tool; credentials that people send; and messages that an observer is
# asked about first, who may warn, talk nonsense, be late or be gone.
import base64
import json
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
import session
import tap
from fakes import text, tool
from family import ADMIN, ANA, BEN, Family, config

CORE = "aB3dE5gH7jK9mN1pQ3sT5vX7zA9cE2gI4kM6"
KEY = "sk-ant-api03-" + CORE
B64 = base64.b64encode(("the key: %s, that was it" % KEY).encode()).decode()
BODY = "MIIEowIBAAKCAQEA" + CORE
PEM = "-----BEGIN RSA PRIVATE KEY-----\n%s\n%s\n-----END RSA PRIVATE KEY-----"
tg, api = session.begin()


def slow(reply, **kw):
    return dict(reply=reply, piece=3, every_ms=25, **kw)


def verdict(word, sure=0.9, why="because"):
    return [text(json.dumps({"classification": word, "confidence": sure,
                             "reason": why}))]


def asked(start, reply, **kw):
    """A rule for the observer's question about a message."""
    return dict(text='"message":"' + start, reply=reply, **kw)


def sent():
    """All that went to Telegram, as it was sent."""
    return "\n".join(json.dumps(r) for r in tg.records() if r["ev"] == "req")


def late(what, ms):
    """The next question about it is answered so much later."""
    api.fault(match="messages", contains=what, delay_ms=ms)


def requests():
    return api.stats()["requests"]


# --- going out ----------------------------------------------------------
api.rules(
    slow([text("Here: %s is it." % KEY)], text="leak-plain"),
    slow([text("So:\n" + PEM % (BODY, BODY) + "\ndone.")], text="leak-pem"),
    slow([text("As base64 %s it is." % B64)], text="leak-b64"),
    slow([text("In pieces %s ok" % " ".join(
        B64[i:i + 4] for i in range(0, len(B64), 4)))], text="leak-parts"),
    slow([text("It is sk-ant-**api03-%s** now" % CORE)], text="leak-bold"),
    slow([text("See [the page](https://e.example/sk&#45;ant\\-api03\\-%s)."
               % CORE)], text="leak-link"),
    slow([text("Token ACME-0123456789ABCDEF is yours.")], text="leak-own"),
    {"text": "leak-tool", "reply": [tool("Bash", command="echo " + KEY)]},
    {"result": "", "reply": [text("the tool is done")]},
    {"text": "plain-talk", "reply": [text("Nothing hidden, key to all.")]})
fam = Family(config(
    telegram="stream edit every 300ms\n\tpoll 5s limit 100",
    top='filter { pattern "acme" "ACME-[0-9A-F]{16}" }\n'), "screen").start()
session.polling(tg, fam)

SAID = (("leak-plain", "Here: [REDACTED:anthropic_api_key] is it."),
        ("leak-pem", "[REDACTED:ssh_private_key]\ndone."),
        ("leak-b64", "[REDACTED:base64(anthropic_api_key)] it is."),
        ("leak-parts", "withheld"),
        ("leak-bold", "[REDACTED:anthropic_api_key]"),
        ("leak-link", "See the page."),
        ("leak-own", "Token [REDACTED:user:acme] is yours."),
        ("leak-tool", "the tool is done"),
        ("plain-talk", "Nothing hidden, key to all."))
for say, want in SAID:
    s = tg.say(ANA, say)
    got = tg.answer(ANA, want, after=s["message_id"], timeout=15)
    tap.ok(got is not None, "%s: what may be said is said" % say,
           lambda: "%s\n%s" % (tg.bot_texts(ANA, s["message_id"]),
                               fam.log()[-1500:]))
out = sent()
for part, name in ((CORE[:8], "of the key nothing was ever sent"),
                   (CORE[-8:], "nor its end"),
                   (BODY[:12], "nor a line of the private key"),
                   (B64[12:24], "nor its base64 behind the first letters"),
                   ("0123456789ABCDEF", "nor the administrator's pattern")):
    tap.ok(part not in out, name,
           lambda: [line for line in out.splitlines() if part in line][:3])

# --- coming in ------------------------------------------------------------
before = requests()
for what, name in ((KEY, "a key"), (B64, "a key in base64"),
                   ("%s" % PEM % (BODY, BODY), "a private key")):
    s = tg.say(ANA, "remember this: " + what)
    got = tg.answer(ANA, "looks like a credential", after=s["message_id"])
    tap.ok(got is not None and CORE[:8] not in str(got),
           "%s that a person sends is refused, and not repeated" % name,
           lambda: fam.log()[-1500:])
    gone = [r for r in tg.requests("deleteMessage")
            if s["message_id"] == r["body"].get("message_id")]
    tap.ok(len(gone) == 1, "and its message is deleted")
tap.ok(requests() == before, "the model heard of none")
with open(session.world.W + "/state/audit/audit.log") as f:
    log = f.read()
tap.ok("infrastructure_secrets:anthropic_api_key" in log and
       "infrastructure_secrets:base64(anthropic_api_key)" in log and
       CORE[:8] not in log, "the audit log has the names and no key")
fam.stop()

# --- the observer ---------------------------------------------------------
session.fresh()
api.rules(
    asked("obs-ok", verdict("ALLOW")),
    asked("obs-edit", verdict("WARN", 0.8, "it edits files")),
    asked("obs-evil", verdict("BLOCK", 0.95, "it wants secrets")),
    asked("obs-doubt", verdict("WARN", 0.2)),
    asked("obs-junk", [text("I would rather not say.")]),
    asked("", verdict("ALLOW")),
    {"text": "obs-", "reply": [text("did ${text}")]},
    {"text": "hello", "reply": [text("did hello")]})
STRICT = config(telegram="stream edit every 300ms\n\tpoll 5s limit 100",
                top='profile strict\nfilter { observer model '
                '"claude-haiku-5-5" timeout 3s failure deny }\n')
fam = Family(STRICT, "strict").start()
session.polling(tg, fam)


def outcome(chat, say, want, name, timeout=10):
    s = tg.say(chat, say)
    got = tg.answer(chat, want, after=s["message_id"], timeout=timeout)
    tap.ok(got is not None, name, lambda: "%s\n%s" % (
        tg.bot_texts(chat, s["message_id"]), fam.log()[-2500:]))
    return s


outcome(ANA, "obs-ok please", "did obs-ok please", "allowed: it runs")
seen = [r for r in api.records() if r["ev"] == "req" and
        r["method"] == "messages"]
tap.ok(any("obs-ok" in json.dumps(r) and "haiku" in json.dumps(r)
           for r in seen) or "haiku" in json.dumps(seen),
       "the configured model was asked")
outcome(ANA, "obs-doubt", "did obs-doubt",
        "a doubtful warning is none: it runs")
outcome(ANA, "obs-edit", "/approve", "a warning: a person is asked")
outcome(ANA, "/deny", "", "and denies")
outcome(ANA, "obs-evil", "it wants secrets",
        "what is called dangerous waits for a person too, who reads why")
r = fam.ctl("audit", "search", "observerClassification=BLOCK",
            "observerConfidence=0.95")
tap.ok(r.returncode == 0 and "it wants secrets" in r.stdout,
       "the verdict is in the audit log, as members", r.stdout + r.stderr)
outcome(ANA, "/deny", "", "and denies")
n = requests()
outcome(ANA, "hello", "did hello", "the safe list needs no observer")
tap.ok(requests() == n + 1, "and none was asked")

late("obs-slow first", 1500)
a = tg.say(BEN, "obs-slow first")
time.sleep(0.3)
b = tg.say(BEN, "hello")
first = tg.answer(BEN, "did obs-slow first", after=a["message_id"])
second = tg.answer(BEN, "did hello", after=b["message_id"])
texts = [t for t in tg.bot_texts(BEN, a["message_id"]) if t.startswith("did")]
tap.ok(texts[:2] == ["did obs-slow first", "did hello"],
       "a message does not overtake one that is looked at", texts)
tap.ok(bool(tg.requests("sendChatAction")), "the chat sees typing meanwhile")

late("obs-slow dropped", 1500)
s = tg.say(BEN, "obs-slow dropped")
time.sleep(0.4)
outcome(BEN, "/stop", "had not let on", "/stop drops what is looked at")
time.sleep(1.6)
tap.ok(not any("did obs-slow dropped" in t
               for t in tg.bot_texts(BEN, s["message_id"])),
       "and it does not run")

late("obs-slow kept", 2500)
s = tg.say(BEN, "obs-slow kept")
time.sleep(0.4)
fam.stop()
fam.start()
session.polling(tg, fam)
tap.ok(tg.answer(BEN, "did obs-slow kept", after=s["message_id"],
                 timeout=15) is not None,
       "a restart asks again about what was looked at",
       lambda: fam.log()[-2500:])

late("obs-late", 30000)
outcome(ANA, "obs-late", "gave no verdict",
        "no answer in time: refused, as configured")
for i in range(4):
    outcome(ANA, "obs-junk %d" % i, "gave no verdict",
            "an answer that is none is a failure, not a verdict (%d)" % i)
n = requests()
outcome(ANA, "obs-ok now", "gave no verdict",
        "after five the observer is left alone")
tap.ok(requests() == n, "and was not asked")
fam.stop()
fam.start()
session.polling(tg, fam)
n = requests()
outcome(ANA, "obs-ok then", "gave no verdict", "also after a restart")
tap.ok(requests() == n, "and was not asked")
outcome(ANA, "hello", "did hello", "what needs no observer runs meanwhile")

# --- what a failure does, whose money it is, other profiles ---------------
def again(name, top):
    """Another family; the observer answers obs-junk with no verdict."""
    fam.stop()
    session.fresh()
    f = Family(config(telegram="stream edit every 300ms\n\tpoll 5s limit 100",
                      top=top), name).start()
    session.polling(tg, f)
    return f


OBSERVER = 'filter { observer model "claude-haiku-5-5" timeout 3s failure %s }\n'
fam = again("ask", "profile strict\n" + OBSERVER % "ask")
outcome(ANA, "obs-junk asks", "/approve",
        "failure ask: a person is asked instead")
outcome(ANA, "/deny", "", "and denies")
fam = again("allow", "profile strict\n" + OBSERVER % "allow")
outcome(ANA, "obs-junk passes", "did obs-junk passes",
        "failure allow: it runs")

fam = again("broke", "profile strict\nspend user %d usd 0.0001/day\n" % ANA +
            OBSERVER % "deny")
for i in range(6):
    outcome(ANA, "obs-ok poor %d" % i, "can raise `spend'",
            "no money for the observer: that is what is said (%d)" % i)
outcome(BEN, "obs-ok rich", "did obs-ok rich",
        "and nobody else's messages are refused for it")

fam = again("simple", "profile simple\n" + OBSERVER % "deny")
n = requests()
outcome(ANA, "obs-evil simple", "did obs-evil simple",
        "outside of the strict profile it runs")
tap.ok(requests() == n + 1, "and the observer was not asked", requests() - n)
session.finish("screen", tg, api, fam)
