#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# SIGHUP: a good file takes effect in mid-chat without a new process; a bad
# one changes nothing and says why.
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
import session
import tap
from fakes import text, tool
from family import ANA, BEN, Family, config

tg, api = session.begin()
api.rules({"text": "slow", "reply": [text("w" * 400)], "every_ms": 40,
           "piece": 20})
first = config(chats=(ANA,))
fam = Family(first, "reload").start()
session.polling(tg, fam)
s = tg.say(ANA, "slow please")
tap.ok(tg.answer(ANA, "ww", after=s["message_id"]), "an answer streams",
       fam.log()[-3000:])


def engines():
    return {k: v for k, v in fam.pids().items() if k != "tools"}


before = engines()
mark = len(fam.log())
fam.write(first.replace("allow chat { 1001 }", "allow chat { 1001 10x }"))
fam.reload()
tap.ok(fam.log_wait("reload.conf:", 5, mark),
       "a bad file: the log names file and line", lambda: fam.log()[mark:])
tap.ok(fam.proc.poll() is None and engines() == before,
       "and every process is what it was", engines())
s2 = tg.say(BEN, "hello")
tap.ok(fam.log_wait("refused private chat 1002", 5, mark),
       "the old rules hold: another chat is refused",
       lambda: fam.log()[mark:])
mark = len(fam.log())
fam.write(config(chats=(ANA, BEN)))
fam.reload()
end = time.time() + 6
while time.time() < end:
    s3 = tg.say(BEN, "hello now")
    if tg.answer(BEN, "echo: hello now", after=s3["message_id"], timeout=1):
        break
tap.ok(tg.answer(BEN, "echo: hello now", timeout=1),
       "a good file: the new chat is heard", lambda: fam.log()[mark:])
tap.ok(engines() == before, "without a new process", engines())
done = tg.wait(15, chat=ANA, contains="w" * 400)
tap.ok(done, "the answer that streamed meanwhile is whole",
       tg.bot_texts(ANA))
for i in range(10):
    fam.reload()
time.sleep(0.5)
s4 = tg.say(ANA, "after ten")
tap.ok(tg.answer(ANA, "echo: after ten", after=s4["message_id"]),
       "ten reloads at once do no harm", fam.log()[-2000:])
session.finish("reload", tg, api, fam)
