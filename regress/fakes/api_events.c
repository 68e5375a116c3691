/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * From a rule to a Message, and from a Message to its events.  Pure.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "regress/fakes/api_events.h"

static void
add_search(json_t *content, const json_t *b)
{
	char	 id[40];
	json_t	*r, *list = json_array();
	size_t	 i;

	api_id(id, sizeof(id), "srvtoolu_01");
	json_array_append_new(content, json_pack("{s:s,s:s,s:s,s:{s:s}}",
	    "type", "server_tool_use", "id", id, "name", "web_search",
	    "input", "query", jstr(b, "query")));
	json_array_foreach(json_object_get(b, "results"), i, r)
		json_array_append_new(list, json_pack("{s:s,s:s,s:s,s:s,s:n}",
		    "type", "web_search_result", "title", jstr(r, "title"),
		    "url", jstr(r, "url"), "encrypted_content",
		    "EqgfCioIARgBIiQ3YTAwMjY1Mi1mZjM5LTQ1NGUtODgxNC1kNjNj",
		    "page_age"));
	json_array_append_new(content, json_pack("{s:s,s:s,s:o}", "type",
	    "web_search_tool_result", "tool_use_id", id, "content", list));
	api_issued(json_array_get(content, json_array_size(content) - 2));
}

static void
add_block(json_t *content, const json_t *b, int *tools)
{
	const char	*type = jstr(b, "type");
	char		 id[80];
	json_t		*j;

	if (strcmp(type, "tool_use") == 0) {
		api_id(id, sizeof(id), "toolu_01");
		j = json_pack("{s:s,s:s,s:s,s:O}", "type", type, "id", id,
		    "name", jstr(b, "name"), "input",
		    json_object_get(b, "input"));
		api_issued(j);
		*tools = 1;
	} else if (strcmp(type, "thinking") == 0) {
		api_signature(jstr(b, "thinking"), id, sizeof(id));
		j = json_pack("{s:s,s:s,s:s}", "type", type, "thinking",
		    jstr(b, "thinking"), "signature", id);
	} else if (strcmp(type, "web_search") == 0) {
		add_search(content, b);
		return;
	} else
		j = json_pack("{s:s,s:s}", "type", "text", "text",
		    jstr(b, "text"));
	json_array_append_new(content, j);
}

static json_t *
usage_json(const struct usage *u)
{
	return (json_pack("{s:I,s:I,s:I,s:I,s:{s:I,s:i},s:s}",
	    "input_tokens", (json_int_t)u->in, "cache_creation_input_tokens",
	    (json_int_t)u->written, "cache_read_input_tokens",
	    (json_int_t)u->read, "output_tokens", (json_int_t)u->out,
	    "cache_creation", "ephemeral_5m_input_tokens",
	    (json_int_t)u->written, "ephemeral_1h_input_tokens", 0,
	    "service_tier", "standard"));
}

json_t *
api_message(const json_t *body, const json_t *rule)
{
	const char	*stop = jstr(rule, "stop_reason");
	struct usage	 u;
	char		 id[40], *s;
	json_t		*content = json_array(), *b;
	size_t		 i;
	int		 tools = 0;

	json_array_foreach(json_object_get(rule, "reply"), i, b)
		add_block(content, b, &tools);
	if (stop[0] == '\0')
		stop = tools ? "tool_use" : "end_turn";
	api_usage(body, &u);
	s = json_dumps(content, JSON_COMPACT);
	u.out = (int64_t)strlen(s) / 4 + 1;
	free(s);
	api_id(id, sizeof(id), "msg_01");
	return (json_pack("{s:s,s:s,s:s,s:s,s:o,s:s,s:n,s:o}", "id", id,
	    "type", "message", "role", "assistant", "model",
	    jstr(body, "model"), "content", content, "stop_reason", stop,
	    "stop_sequence", "usage", usage_json(&u)));
}

/* Up to n bytes of s, never inside a character. */
static size_t
piece_len(const char *s, size_t n)
{
	size_t	 len = strlen(s);

	if (len <= n)
		return (len);
	while (n < len && ((unsigned char)s[n] & 0xc0) == 0x80)
		n++;
	return (n);
}

static void
add_deltas(json_t *ev, size_t idx, const char *type, const char *key,
    const char *s, size_t piece)
{
	size_t	 n;

	for (; *s != '\0'; s += n) {
		n = piece_len(s, piece);
		json_array_append_new(ev, json_pack("{s:s,s:i,s:{s:s,s:s%}}",
		    "type", "content_block_delta", "index", (int)idx,
		    "delta", "type", type, key, s, n));
	}
}

static void
add_start(json_t *ev, size_t idx, json_t *block)
{
	json_array_append_new(ev, json_pack("{s:s,s:i,s:o}", "type",
	    "content_block_start", "index", (int)idx, "content_block",
	    block));
}

static void
add_events(json_t *ev, size_t idx, const json_t *b, size_t piece)
{
	const char	*type = jstr(b, "type");
	json_t		*start = json_copy((json_t *)(uintptr_t)b);
	char		*s;

	if (strcmp(type, "text") == 0) {
		json_object_set_new(start, "text", json_string(""));
		add_start(ev, idx, start);
		add_deltas(ev, idx, "text_delta", "text", jstr(b, "text"),
		    piece);
	} else if (strcmp(type, "thinking") == 0) {
		json_object_set_new(start, "thinking", json_string(""));
		json_object_set_new(start, "signature", json_string(""));
		add_start(ev, idx, start);
		add_deltas(ev, idx, "thinking_delta", "thinking",
		    jstr(b, "thinking"), piece);
		add_deltas(ev, idx, "signature_delta", "signature",
		    jstr(b, "signature"), 4096);
	} else if (json_object_get(b, "input") != NULL) {
		json_object_set_new(start, "input", json_object());
		add_start(ev, idx, start);
		s = json_dumps(json_object_get(b, "input"), 0);
		json_array_append_new(ev, json_pack("{s:s,s:i,s:{s:s,s:s}}",
		    "type", "content_block_delta", "index", (int)idx, "delta",
		    "type", "input_json_delta", "partial_json", ""));
		add_deltas(ev, idx, "input_json_delta", "partial_json", s,
		    piece);
		free(s);
	} else
		add_start(ev, idx, start);
	json_array_append_new(ev, json_pack("{s:s,s:i}", "type",
	    "content_block_stop", "index", (int)idx));
}

json_t *
api_events(const json_t *msg, size_t piece)
{
	json_t	*ev = json_array(), *head, *b, *u;
	size_t	 i;

	head = json_deep_copy(msg);
	json_object_set_new(head, "content", json_array());
	json_object_set_new(head, "stop_reason", json_null());
	json_object_set_new(json_object_get(head, "usage"), "output_tokens",
	    json_integer(1));
	json_array_append_new(ev, json_pack("{s:s,s:o}", "type",
	    "message_start", "message", head));
	json_array_foreach(json_object_get(msg, "content"), i, b) {
		add_events(ev, i, b, piece > 0 ? piece : 1);
		if (i == 0)
			json_array_append_new(ev, json_pack("{s:s}", "type",
			    "ping"));
	}
	u = json_object_get(msg, "usage");
	json_array_append_new(ev, json_pack("{s:s,s:{s:O,s:n},s:{s:O,s:O,s:O,"
	    "s:O}}", "type", "message_delta", "delta", "stop_reason",
	    json_object_get(msg, "stop_reason"), "stop_sequence", "usage",
	    "input_tokens", json_object_get(u, "input_tokens"),
	    "cache_creation_input_tokens",
	    json_object_get(u, "cache_creation_input_tokens"),
	    "cache_read_input_tokens",
	    json_object_get(u, "cache_read_input_tokens"),
	    "output_tokens", json_object_get(u, "output_tokens")));
	json_array_append_new(ev, json_pack("{s:s}", "type",
	    "message_stop"));
	return (ev);
}

const char *
api_event_kind(const json_t *ev)
{
	const char	*t;

	t = jstr(json_object_get(ev, "delta"), "type");
	if (strcmp(t, "text_delta") == 0)
		return ("text");
	if (strcmp(t, "input_json_delta") == 0)
		return ("tool_use");
	return (strcmp(t, "thinking_delta") == 0 ? "thinking" : "");
}
