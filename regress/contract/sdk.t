#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# The vendor's own client library inside a sandbox, with nothing configured
# but the environment it finds there: it asks through gate.  contract.t has
# installed the library.
import os
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../e2e/lib"))
import session
import tap
import world
from fakes import text, tool
from family import ANA, Family, config

PROGRAM = """
import Anthropic from "@anthropic-ai/sdk";
const c = new Anthropic({ maxRetries: 0 });
const ask = (s, n = 64) => ({ model: "claude-sonnet-5-5", max_tokens: n,
    messages: [{ role: "user", content: s }] });
const m = await c.messages.create(ask("inner-1"));
console.log("plain=" + m.content[0].text);
let n = 0;
const s = c.messages.stream(ask("inner-2")).on("text", () => n++);
const f = await s.finalMessage();
console.log("stream=" + f.content[0].text, n > 0, f.usage.output_tokens > 0);
const all = await Promise.all(["a", "b", "c"].map((x) =>
    c.messages.create(ask("inner-" + x))));
console.log("three=" + all.map((x) => x.content[0].text).join());
const failed = async (what, p) => {
	try { await p; console.log(what + "=no error"); }
	catch (e) { console.log(what + "=" + e.status, e.error?.error?.type); }
};
await failed("files", c.get("/v1/files"));
await failed("money", c.messages.stream(ask("inner-1", 60000)).done());
console.log("end-sdk");
"""
NEEDS = ("@anthropic-ai", "@opentelemetry", "@stablelib", "standardwebhooks",
         "json-schema-to-ts", "fast-sha256", "@babel", "ts-algebra")

lib = world.obj() + "/contract/node_modules"
if os.environ.get("TC_WORLD") is None:
    if not os.path.isdir(lib + "/@anthropic-ai/sdk"):
        tap.skip_all("the library is not installed (contract.t does it)")
    if shutil.which("node", path="/usr/bin:/bin") is None:
        tap.skip_all("no node in /usr/bin")
tg, api = session.begin()
for d in NEEDS:
    if os.path.isdir(lib + "/" + d):
        shutil.copytree(lib + "/" + d,
                        session.PROJECTS + "/node_modules/" + d)
world.run("chown", "-R", world.OWNER, session.PROJECTS + "/node_modules")
session.project("ask.mjs", PROGRAM)
api.rules({"text": "go", "reply": [tool("Bash",
                                        command="node ask.mjs 2>&1")]},
          {"text": "go", "result": "", "reply": [text("Said: ${result}")]})
fam = Family(config(agent="spend usd 0.90/day"), "sdk").start()
session.polling(tg, fam)
m = tg.say(ANA, "go", user=ANA)
a = tg.answer(ANA, "end-sdk", after=m["message_id"], timeout=30)
got = a["text"] if a else "\n".join(tg.bot_texts(ANA))
tap.ok("plain=echo: inner-1" in got, "a message", got)
tap.ok("stream=echo: inner-2 true true" in got, "a stream of events", got)
tap.ok("three=echo: inner-a,echo: inner-b,echo: inner-c" in got,
       "several at once", got)
tap.ok("files=404 not_found_error" in got,
       "what is not there is an error of the library's", got)
tap.ok("money=429 rate_limit_error" in got, "and so is a refusal", got)
session.finish("sdk", tg, api, fam)
