#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# A hostile agent spends: with another person's turn, with a turn that is
# over, with a low estimate, with two words for one thing, many at once.  No
# ceiling is passed, and nobody pays who has no turn.
import json
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
import hostile
import session
import tap
import world
from hostile import ANA, BEN, Hostile

tg, api = session.begin()
api.rules({"text": "hold", "reply": [{"type": "text", "text": "late"}],
           "first_ms": 3000})
hostile.place()
fam = Hostile(tg, api, rates="spend total usd 2.50/day\n"
              "spend user any usd 1.00/day\n" + hostile.RATES).start()

MODEL = '"model":"claude-sonnet-5-5"'
LIMIT, OTHER = "done 11", "done 10"


def body(most, words="hi", more=""):
    return ('{%s,"max_tokens":%d,"stream":true,"messages":[{"role":"user",'
            '"content":"%s"}]%s}' % (MODEL, most, words, more)).encode()


def req(n, b, turn="T", said="00" * 8):
    head = "raw gate API_REQ 0 0 %08x00%08xS0000%s%s\n" % (n, len(b), turn,
                                                           said)
    return head + "".join("raw gate STREAM_DATA 0 0 s%04x%s\n" % (
        len(b[i:i + 8000]), b[i:i + 8000].hex())
        for i in range(0, len(b), 8000)) + "raw gate STREAM_END 0 0 s00\n"


def text(b, n):
    """A body whose one text has so many bytes, as a short script."""
    head, tail = b.split(b"hi")
    size = len(head) + len(tail) + n * 16000
    return ("raw gate API_REQ 0 0 00000009" + "00%08xS0000T" % size +
            "00" * 8 + "\nraw gate STREAM_DATA 0 0 s%04x%s\n" % (
                len(head), head.hex()) +
            "rep %d raw gate STREAM_DATA 0 0 s%04xz16000.\n" % (n, 16000) +
            "raw gate STREAM_DATA 0 0 s%04x%s\nraw gate STREAM_END 0 0 s00\n"
            % (len(tail), tail.hex()))


def asks():
    return len(api.requests("messages"))


def usage():
    r = fam.ctl("-j", "usage")
    return {x["user"]: x["microusd"] / 1e6 for x in json.loads(r.stdout)}


def refused(name, script, words, code=LIMIT):
    n = asks()
    r = fam.attack(ANA, script + "wait 1", timeout=20)
    tap.ok(r and code in r[-1] and words in r[-1] and asks() == n and
           not fam.standing(), name, lambda: (r, asks() - n, fam.log()[-900:]))


r = fam.attack(ANA, req(1, body(60000)) + "wait 1")
tap.ok(r and "status 200" in r[0] and "done 0" in r[1],
       "twin: a request that fits leaves", (r, fam.log()[-1500:]))
refused("one that could cost more than a person has does not",
        req(1, body(100000)), "for one person")
dear = body(64).replace(b"sonnet", b"unheard")
for i in range(3):
    r = fam.attack(ANA, req(1, dear) + "wait 1")
fam.log_wait('"claude-unheard-5-5" has no price')  # by way of the parent
said = fam.log().count('"claude-unheard-5-5" has no price')
tap.ok(r and "status 200" in r[0] and said == 1,
       "a model without a price counts as the dearest, and is told of once",
       (r, said))
refused("a second max_tokens behind the first counts",
        req(1, body(1, more=',"max_tokens":100000')), "for one person")
refused("so does a model that is dear behind one that is not",
        req(1, body(100000, more=',"model":"claude-unheard-of"')), "for one")
refused("no max_tokens is as many as there are",
        req(1, b'{' + MODEL.encode() + b'}'), "for one person")
refused("an estimate of 0 for a megabyte of text is not believed",
        text(body(1), 65), "for one person")
refused("one of 2^64-1 is, and helps nobody", req(1, body(1), "T", "ff" * 8),
        "for one person")
refused("a page behind a name is as long as there are pages",
        req(1, body(1, more=',"x":{"type":"url"}')), "for one person")
refused("a turn that is over pays for nothing", req(1, body(1), "P"),
        "does not run")
refused("nor does one that never was", req(1, body(1), "ff" * 8),
        "does not run")

# --- while somebody else has a turn -----------------------------------------------
tg.say(BEN, "hang")
time.sleep(0.5)
refused("while two people have turns, none at all is nobody's",
        req(1, body(1), "00" * 8), "cannot be told whose")
refused("another's turn has that person's ceiling",
        req(1, body(100000), "O"), "for one person")
n, was = asks(), usage()
script = "".join(req(20 + i, body(60000, "hold"), "TO"[i % 2])
                 for i in range(24))
r = fam.attack(ANA, script + "wait 24", timeout=30)
left = asks() - n
tap.ok(r and left == 2 and all(LIMIT in x for x in r),
       "24 at once, under both turns: what both have is two requests",
       lambda: (left, r))
now = usage()
end = time.time() + 5
while time.time() < end and len(now) < 2:
    time.sleep(0.05)
    now = usage()
tap.ok(len(now) == 2 and all(v < 1.0 for v in now.values()),
       "nobody's ceiling was passed", now)

# --- dropped in the middle -----------------------------------------------------------
n = asks()
fam.attack(ANA, req(50, body(30000, "hold"), "O"))
end = time.time() + 5
while time.time() < end and asks() == n:
    time.sleep(0.05)
fam.attack(ANA, "raw gate API_ABORT 0 0 00000032")
end = time.time() + 5
while time.time() < end and usage()[BEN] < now[BEN] + 0.4:
    time.sleep(0.05)
tap.ok(usage()[BEN] >= now[BEN] + 0.4,
       "who drops a request that is out has spent it", lambda: (usage(), now))
session.finish("hostilemoney", tg, api, fam)
