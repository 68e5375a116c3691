#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# Programs inside a sandbox ask the model server through gate: without a key,
# within the scope's money, and each time a line in the audit log.
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
from fakes import KEY, text, tool
from family import ANA, Family, config

BODY = ('{"model":"claude-sonnet-5-5","max_tokens":%d,"stream":%s,'
        '"messages":[{"role":"user","content":"inner-%s"}]}')


def curl(path, body=None, more=""):
    data = "-d '%s'" % body if body else ""
    return ("curl -sN -m 8 -w ' [%%{http_code}]' 'http://127.0.0.1:8790%s' "
            "-H 'content-type: application/json' "
            "-H 'anthropic-version: 2023-06-01' %s %s" % (path, more, data))


def ask(word, *commands):
    api.rules({"text": word, "reply": [tool("Bash",
                                            command="; ".join(commands))]},
              {"text": word, "result": "", "reply": [text(
                  "Said: ${result} end-" + word)]})
    m = tg.say(ANA, word + " please", user=ANA)
    got = tg.answer(ANA, "end-" + word, after=m["message_id"], timeout=20)
    return got["text"] if got else ""


def audited():
    with open(world.W + "/state/audit/audit.log") as f:
        return [r for r in map(json.loads, f)
                if "model_proxy" in json.dumps(r)]


tg, api = session.begin()
fam = Family(config(agent="spend usd 1.30/day\n\trequests 60/minute parallel 2"),
             "proxy").start()
session.polling(tg, fam)

got = ask("one", curl("/v1/messages", BODY % (64, "false", 1),
                      "-H 'x-api-key: sk-evil'"))
tap.ok("echo: inner-1" in got and "[200]" in got,
       "a program asks the model without a key", got or fam.log()[-3000:])
tap.ok(KEY not in got, "and never sees one")
got = ask("two", curl("/v1/anthropic-proxy/v1/messages?beta=true",
                      BODY % (64, "true", 2), "-H 'anthropic-beta: a-1,b-2'"))
tap.ok("message_stop" in got and "[200]" in got, "a stream, by the long path",
       got)
got = ask("three", curl("/v1/files"), curl("//v1/messages", "{}"),
          curl("/v1/messages"))
tap.ok(got.count("[404]") == 2 and "[405]" in got and
       "not_found_error" in got, "other paths and methods are refused", got)
got = ask("four", "env | grep ^ANTHROPIC")
tap.ok("ANTHROPIC_BASE_URL=http://127.0.0.1:8790" in got,
       "programs are told where", got)
rows = audited()
tap.ok(len(rows) == 5 and all("scope=telegram" in json.dumps(r)
                              for r in rows), "each has a line", rows)

got = ask("five", curl("/v1/messages", BODY % (100000, "false", 1)))
left = re.search(r"for telegram, 1\.(\d{4}) usd are left", got)
tap.ok("[429]" in got and left, "more than the day's money is refused", got)
was = fam.pids()["gate"]
os.kill(was, signal.SIGKILL)
end = time.time() + 10
while fam.pids().get("gate", was) == was and time.time() < end:
    time.sleep(0.05)
got = ask("six", curl("/v1/messages", BODY % (100000, "false", 1)))
after = re.search(r"for telegram, 1\.(\d{4}) usd are left", got)
tap.ok(after and left and after.group(0) <= left.group(0),
       "a new gate changes nothing of what was spent", (left, got))
session.finish("proxy", tg, api, fam)
