#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# The test world itself: names, trust and both fakes, seen by a foreign client
# from the family's side.
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
import tap
import world

if os.environ.get("TC_WORLD") is None:
    why = world.missing()
    if why:
        tap.skip_all(why)
world.enter()
import fakes

world.make_tls()
world.start_dns()
tg, api = fakes.Telegram(), fakes.Anthropic()


def fetch(url, *args):
    r = subprocess.run(
        [sys.executable, "-c", """
import json, ssl, sys, urllib.request
c = ssl.create_default_context(cafile="%s/tls/ca.pem")
r = urllib.request.Request(sys.argv[1], *(a.encode() for a in sys.argv[2:]),
    headers={"Content-Type": "application/json"})
try:
    print(urllib.request.urlopen(r, context=c, timeout=5).read().decode())
except urllib.error.HTTPError as e:
    print(e.read().decode())
""" % world.W, url, *args], capture_output=True, text=True)
    return r.stdout + r.stderr


bot = "https://api.telegram.org/bot" + fakes.TOKEN
tap.ok("fake_tc_bot" in fetch(bot + "/getMe"), "getMe over TLS by name")
tap.ok("not_found_error" in fetch("https://api.anthropic.com/v1/nothing"),
       "the Messages API over TLS by name")
tap.ok("Unauthorized" in fetch(bot + "x/getMe"), "a wrong token is refused")
tg.say(7, "hello")
tap.ok("chat not found" in fetch(bot + "/sendMessage",
                                 '{"chat_id":8,"text":"x"}'),
       "an unknown chat is refused")
tap.ok("hello" in fetch(bot + "/getUpdates", '{"timeout":1}'),
       "an update is delivered")
tap.ok("cuts a surrogate" in fetch(
    bot + "/sendMessage", '{"chat_id":7,"text":"a\\ud83d\\ude00","entities":'
    '[{"type":"bold","offset":1,"length":1}]}'),
    "an entity inside a surrogate pair is refused")
tap.ok([f["why"] for f in tg.failures()] == [
    "Bad Request: chat not found",
    "Bad Request: entity 0: cuts a surrogate pair"],
    "and each breach is a failure of the test", tg.failures())
tap.ok(len(api.failures()) == 1, "also at the other fake")
sys.exit(tap.done())
