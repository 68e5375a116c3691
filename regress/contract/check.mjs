// Copyright (c) 2026 the telclauded authors
// SPDX-License-Identifier: ISC
//
// Validates every request in the fakes' records against the schemas:
// check.mjs SCHEMADIR RECORD...; prints TAP.
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { createRequire } from "node:module";

const [dir, ...records] = process.argv.slice(2);
const require = createRequire(dir + "/");
const Ajv = require("ajv").default;
const load = (f) => JSON.parse(readFileSync(`${dir}/${f}`, "utf8"));
const ajv = new Ajv({ strict: false, allErrors: false });
const methods = load("methods.json");
const names = Object.keys(methods.definitions.Methods.properties);
ajv.addSchema(methods, "tg");
const messages = ajv.compile(load("messages.json"));
const compiled = {};

function validator(r) {
	if (r.srv === "api")
		return r.method === "messages" ? messages : null;
	if (!names.includes(r.method))
		return undefined;
	return compiled[r.method] ??= ajv.compile({
	    $ref: `tg#/definitions/Methods/properties/${r.method}` });
}

// What goes as a part of its own (multipart/form-data) is a string for the
// schema: it only knows the form that names such a part.
const attached = (b) => Object.fromEntries(Object.entries(b).map(([k, v]) =>
    [k, v !== null && typeof v === "object" && "filename" in v &&
    "size" in v ? `attach://${k}` : v]));

let n = 0, failed = 0, seen = {};
function ok(cond, name, why) {
	console.log(`${cond ? "ok" : "not ok"} ${++n} - ${name}`);
	if (!cond) {
		failed++;
		console.log(`# ${why}`);
	}
}

// The checker itself: what is wrong must be refused, or it proves nothing.
const bad = (srv, method, body) => !validator({ srv, method })(body);
ok(bad("tg", "sendMessage", { chat_id: 1, text: "x", no_such: 1 }),
    "the schema refuses an unknown field");
ok(bad("tg", "sendMessage", { chat_id: 1 }), "and a missing one");
ok(bad("tg", "setMessageReaction", { chat_id: 1, message_id: 2,
    reaction: [{ type: "emoji", emoji: "x" }] }), "and a wrong emoji");
ok(!validator({ srv: "tg", method: "sendDocument" })({ chat_id: "x" }),
    "and a document without one");
ok(bad("api", "messages", { model: "m", max_tokens: 1, messages: [
    { role: "user", content: [{ type: "text" }] }] }),
    "and a text block without text");
ok(bad("api", "messages", { model: "m", max_tokens: 1, nothing: 1,
    messages: [{ role: "user", content: "x" }] }),
    "and an unknown parameter");

for (const file of records) {
	let count = 0, first = null;
	for (const line of readFileSync(file, "utf8").split("\n")) {
		if (!line.includes('"ev":"req"'))
			continue;
		const r = JSON.parse(line);
		const v = validator(r);
		if (v === null || r.body === null)
			continue;
		count++;
		seen[r.method] = (seen[r.method] ?? 0) + 1;
		if (first === null && (v === undefined ||
		    !v(r.srv === "tg" ? attached(r.body) : r.body)))
			first = `${r.method}: ${v === undefined ?
			    "no such method" : ajv.errorsText(v.errors)} in ` +
			    JSON.stringify(r.body).slice(0, 600);
	}
	ok(first === null, `${basename(file)}: ${count} requests`, first);
}
for (const m of ["getMe", "getUpdates", "setMyCommands", "sendMessage",
    "editMessageText", "sendChatAction", "sendMessageDraft",
    "setMessageReaction", "answerCallbackQuery", "sendDocument", "messages"])
	ok(seen[m] > 0, `${m} was among them, ${seen[m] ?? 0} times`,
	    "no request of this kind: the records prove nothing about it");
console.log(`1..${n}`);
process.exit(failed ? 1 : 0);
