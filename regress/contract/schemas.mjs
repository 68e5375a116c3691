// Copyright (c) 2026 the telclauded authors
// SPDX-License-Identifier: ISC
//
// JSON Schemas of what others say the two APIs take: every Bot API method's
// parameters and the Messages parameters, from the type declarations of two
// client libraries.  Run in a directory where package.json is installed;
// writes methods.json and messages.json there.
import { readFileSync, writeFileSync } from "node:fs";
import { createGenerator } from "ts-json-schema-generator";
import ts from "typescript";

const types = "node_modules/@grammyjs/types/";
const path = types + "methods.d.ts";

// The generator cannot see through the mapped types around the methods, so
// each method's argument is written out as a plain member (F is a file).
function methods() {
	const text = readFileSync(path, "utf8");
	const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
	const out = [], others = [];
	for (const node of file.statements) {
		if (!ts.isTypeAliasDeclaration(node) ||
		    node.name.text !== "ApiMethods") {
			others.push(node.getText().replace('"./',
			    `"./${types}`));
			continue;
		}
		for (const m of node.type.members) {
			const args = m.parameters ?? m.type.parameters ?? [];
			out.push(`${m.name.getText()}: ${args.length ?
			    args[0].type.getText() : "{}"};`);
		}
	}
	if (out.length < 100)
		throw new Error(`only ${out.length} methods in ${path}`);
	writeFileSync("methods.ts", [...others.filter((t) =>
	    !t.includes("ApiMethods")), "type F = string;",
	    "export interface Methods {", ...out, "}"].join("\n"));
}

function schema(from, type, to) {
	const s = createGenerator({ path: from, type, skipTypeCheck: true,
	    additionalProperties: false }).createSchema(type);
	writeFileSync(to, JSON.stringify(s));
}

methods();
schema("methods.ts", "Methods", "methods.json");
writeFileSync("messages.ts", `import type {
MessageCreateParamsNonStreaming, MessageCreateParamsStreaming
} from "@anthropic-ai/sdk/resources/messages/messages";
export type Messages = MessageCreateParamsNonStreaming |
    MessageCreateParamsStreaming;
`);
schema("messages.ts", "Messages", "messages.json");
