/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The events of a streamed answer become blocks.  One event is parsed at a
 * time; text goes out as it comes.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "engines/agent/reply.h"

void
reply_init(struct reply *r, const struct reply_cb *cb, void *ctx)
{
	memset(r, 0, sizeof(*r));
	r->cb = cb;
	r->ctx = ctx;
}

void
reply_free(struct reply *r)
{
	unsigned	 i;

	for (i = 0; i < r->n; i++) {
		buf_free(&r->b[i].text);
		buf_free(&r->b[i].aux);
		free(r->b[i].id);
		free(r->b[i].name);
	}
	free(r->b);
	r->b = NULL;
	r->n = r->cap = 0;
}

static void
fail(struct reply *r, const char *what)
{
	if (r->failed)
		return;
	r->failed = 1;
	(void)str_copy(r->errtype, "broken_stream", sizeof(r->errtype));
	(void)str_copy(r->errmsg, what, sizeof(r->errmsg));
}

/* Text of the server; a NUL would end every C string behind it. */
static void
add(struct reply *r, struct buf *b, const json_t *s)
{
	const char	*p, *z;
	size_t		 n;

	if (!json_is_string(s))
		return;
	p = json_string_value(s);
	n = json_string_length(s);
	if (r->bytes + n > REPLY_BYTES) {
		fail(r, "the answer is larger than its bound");
		return;
	}
	r->bytes += n;
	while ((z = memchr(p, '\0', n)) != NULL) {
		buf_add(b, p, (size_t)(z - p));
		n -= (size_t)(z - p) + 1;
		p = z + 1;
	}
	buf_add(b, p, n);
	if (b->failed)
		fail(r, "out of memory");
}

static void
add_json(struct reply *r, struct buf *b, const json_t *v)
{
	char	*s;
	size_t	 n;

	if ((s = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY)) == NULL) {
		fail(r, "out of memory");
		return;
	}
	n = strlen(s);
	if (r->bytes + n > REPLY_BYTES)
		fail(r, "the answer is larger than its bound");
	else if (buf_add(b, s, n) == -1)
		fail(r, "out of memory");
	r->bytes += n;
	free(s);
}

static void
get_count(const json_t *use, const char *key, uint64_t *out)
{
	const json_t	*v = json_object_get(use, key);

	/* Totals are far below this; a lie must not overflow the price. */
	if (json_is_integer(v) && json_integer_value(v) >= 0 &&
	    json_integer_value(v) < (1LL << 32))
		*out = (uint64_t)json_integer_value(v);
}

static void
get_usage(struct reply *r, const json_t *use)
{
	uint64_t	 n = r->use.searches;

	get_count(use, "input_tokens", &r->use.in);
	get_count(use, "output_tokens", &r->use.out);
	get_count(use, "cache_read_input_tokens", &r->use.cached);
	get_count(use, "cache_creation_input_tokens", &r->use.written);
	get_count(json_object_get(use, "server_tool_use"),
	    "web_search_requests", &n);
	r->use.searches = (uint32_t)MINIMUM(n, 100000);
}

static struct blk *
find(struct reply *r, const json_t *ev)
{
	const json_t	*v = json_object_get(ev, "index");
	unsigned	 i;

	if (!json_is_integer(v))
		return (NULL);
	for (i = r->n; i > 0; i--)
		if (r->b[i - 1].index == json_integer_value(v))
			return (&r->b[i - 1]);
	return (NULL);
}

static struct blk *
new_blk(struct reply *r)
{
	struct blk	*nb;
	unsigned	 cap;

	if (r->n == REPLY_BLOCKS) {
		fail(r, "the answer has too many blocks");
		return (NULL);
	}
	if (r->n == r->cap) {
		cap = r->cap == 0 ? 4 : r->cap * 2;
		nb = reallocarray(r->b, cap, sizeof(*nb));
		if (nb == NULL) {
			fail(r, "out of memory");
			return (NULL);
		}
		r->b = nb;
		r->cap = cap;
	}
	nb = &r->b[r->n++];
	memset(nb, 0, sizeof(*nb));
	buf_init(&nb->text);
	buf_init(&nb->aux);
	nb->open = 1;
	return (nb);
}

static enum blk_type
blk_type(const char *s)
{
	static const struct {
		const char	*name;
		enum blk_type	 type;
	} types[] = {
		{ "text", BLK_TEXT },
		{ "thinking", BLK_THINKING },
		{ "redacted_thinking", BLK_REDACTED },
		{ "tool_use", BLK_TOOL },
		{ "server_tool_use", BLK_SERVER },
		{ "web_search_tool_result", BLK_RAW },
	};
	unsigned	 i;

	for (i = 0; i < NELEM(types); i++)
		if (strcmp(s, types[i].name) == 0)
			return (types[i].type);
	return (BLK_SKIP);
}

static char *
copy_name(const json_t *o, const char *key, size_t max)
{
	const json_t	*v = json_object_get(o, key);

	if (!json_is_string(v) || json_string_length(v) == 0 ||
	    json_string_length(v) > max ||
	    strlen(json_string_value(v)) != json_string_length(v))
		return (NULL);
	return (strdup(json_string_value(v)));
}

static void
start_call(struct reply *r, struct blk *b, const json_t *cb)
{
	const json_t	*in = json_object_get(cb, "input");

	if ((b->id = copy_name(cb, "id", 256)) == NULL ||
	    (b->name = copy_name(cb, "name", 256)) == NULL)
		fail(r, "a tool call without id or name");
	if (b->type == BLK_TOOL && ++r->tools > REPLY_TOOLS)
		fail(r, "too many tool calls in one answer");
	/* Whole at once is allowed too; deltas then do not follow. */
	if (json_is_object(in) && json_object_size(in) > 0)
		add_json(r, &b->text, in);
	if (b->type == BLK_SERVER && r->cb->search != NULL)
		r->cb->search(r->ctx);
}

static void
show(struct reply *r, const json_t *s)
{
	if (json_is_string(s) && json_string_length(s) > 0 && !r->failed)
		r->cb->text(r->ctx, json_string_value(s),
		    json_string_length(s));
}

static void
note_thinking(struct reply *r)
{
	if (r->cb->thinking != NULL)
		r->cb->thinking(r->ctx);
}

static void
block_start(struct reply *r, const json_t *ev)
{
	const json_t	*cb = json_object_get(ev, "content_block");
	const char	*type = json_string_value(json_object_get(cb, "type"));
	const json_t	*idx = json_object_get(ev, "index");
	struct blk	*b;

	if (type == NULL || !json_is_integer(idx) || find(r, ev) != NULL) {
		fail(r, "a block that starts twice or without type");
		return;
	}
	if ((b = new_blk(r)) == NULL)
		return;
	b->index = json_integer_value(idx);
	b->type = blk_type(type);
	switch (b->type) {
	case BLK_TEXT:
		add(r, &b->text, json_object_get(cb, "text"));
		show(r, json_object_get(cb, "text"));
		break;
	case BLK_THINKING:
		add(r, &b->text, json_object_get(cb, "thinking"));
		add(r, &b->aux, json_object_get(cb, "signature"));
		note_thinking(r);
		break;
	case BLK_REDACTED:
		add(r, &b->text, json_object_get(cb, "data"));
		note_thinking(r);
		break;
	case BLK_TOOL:
	case BLK_SERVER:
		start_call(r, b, cb);
		break;
	case BLK_RAW:
		add_json(r, &b->text, cb);
		b->id = copy_name(cb, "tool_use_id", 256);
		break;
	case BLK_SKIP:
		break;
	}
}

static void
block_delta(struct reply *r, const json_t *ev)
{
	const json_t	*d = json_object_get(ev, "delta");
	const char	*type = json_string_value(json_object_get(d, "type"));
	const json_t	*v;
	struct blk	*b;

	if ((b = find(r, ev)) == NULL || !b->open || type == NULL) {
		fail(r, "a delta for a block that is not open");
		return;
	}
	if (strcmp(type, "text_delta") == 0 && b->type == BLK_TEXT) {
		v = json_object_get(d, "text");
		add(r, &b->text, v);
		show(r, v);
	} else if (strcmp(type, "input_json_delta") == 0 &&
	    (b->type == BLK_TOOL || b->type == BLK_SERVER)) {
		add(r, &b->text, json_object_get(d, "partial_json"));
		if (b->text.len > REPLY_INPUT)
			fail(r, "the input of a tool call is too large");
	} else if (strcmp(type, "thinking_delta") == 0 &&
	    b->type == BLK_THINKING)
		add(r, &b->text, json_object_get(d, "thinking"));
	else if (strcmp(type, "signature_delta") == 0 &&
	    b->type == BLK_THINKING)
		add(r, &b->aux, json_object_get(d, "signature"));
	else if (strcmp(type, "citations_delta") == 0 &&
	    b->type == BLK_TEXT &&
	    json_is_object(v = json_object_get(d, "citation"))) {
		if (b->aux.len > 0)
			buf_puts(&b->aux, ",");
		add_json(r, &b->aux, v);
	}
}

static void
block_stop(struct reply *r, const json_t *ev)
{
	struct blk	*b;

	if ((b = find(r, ev)) == NULL || !b->open) {
		fail(r, "the end of a block that is not open");
		return;
	}
	b->open = 0;
	if (b->type != BLK_TOOL && b->type != BLK_SERVER)
		return;
	if (b->text.len == 0)
		buf_puts(&b->text, "{}");
	b->bad = !reply_input_ok(&b->text);
	if (b->type == BLK_TOOL && !r->failed)
		r->cb->tool(r->ctx, b);
}

static enum stop_reason
stop_reason(const char *s)
{
	static const struct {
		const char	*name;
		enum stop_reason sr;
	} reasons[] = {
		{ "end_turn", SR_END },
		{ "tool_use", SR_TOOL },
		{ "max_tokens", SR_MAX_TOKENS },
		{ "pause_turn", SR_PAUSE },
		{ "refusal", SR_REFUSAL },
		{ "model_context_window_exceeded", SR_CONTEXT },
		{ "stop_sequence", SR_SEQUENCE },
	};
	unsigned	 i;

	for (i = 0; i < NELEM(reasons); i++)
		if (strcmp(s, reasons[i].name) == 0)
			return (reasons[i].sr);
	return (SR_OTHER);
}

static void
message_delta(struct reply *r, const json_t *ev)
{
	const char	*s;

	s = json_string_value(json_object_get(json_object_get(ev, "delta"),
	    "stop_reason"));
	if (s != NULL)
		r->stop = stop_reason(s);
	get_usage(r, json_object_get(ev, "usage"));
}

static void
error_event(struct reply *r, const json_t *ev)
{
	const json_t	*e = json_object_get(ev, "error");
	const char	*s;

	r->failed = 1;
	s = json_string_value(json_object_get(e, "type"));
	(void)str_copy(r->errtype, s != NULL ? s : "error",
	    sizeof(r->errtype));
	s = json_string_value(json_object_get(e, "message"));
	(void)str_copy(r->errmsg, s != NULL ? s : "no message",
	    sizeof(r->errmsg));
}

static void
event(struct reply *r, const char *type, const json_t *ev)
{
	const json_t	*m;

	if (strcmp(type, "ping") == 0)
		return;
	if (strcmp(type, "error") == 0) {
		error_event(r, ev);
		return;
	}
	if (strcmp(type, "message_start") == 0) {
		if (r->started)
			fail(r, "the answer starts twice");
		r->started = 1;
		m = json_object_get(ev, "message");
		get_usage(r, json_object_get(m, "usage"));
		return;
	}
	if (strncmp(type, "content_block_", 14) != 0 &&
	    strncmp(type, "message_", 8) != 0)
		return;			/* of a later version */
	if (!r->started)
		fail(r, "the answer does not begin with its start");
	else if (strcmp(type, "content_block_start") == 0)
		block_start(r, ev);
	else if (strcmp(type, "content_block_delta") == 0)
		block_delta(r, ev);
	else if (strcmp(type, "content_block_stop") == 0)
		block_stop(r, ev);
	else if (strcmp(type, "message_delta") == 0)
		message_delta(r, ev);
	else if (strcmp(type, "message_stop") == 0)
		r->stopped = 1;
}

int
reply_event(struct reply *r, const char *data, size_t len)
{
	json_error_t	 err;
	json_t		*ev;
	const char	*type;

	if (r->failed || r->stopped)
		return (1);
	if (len == 0)
		return (0);
	ev = json_loadb(data, len, JSON_ALLOW_NUL, &err);
	type = json_string_value(json_object_get(ev, "type"));
	if (type == NULL)
		fail(r, "an event that is not a JSON object with a type");
	else
		event(r, type, ev);
	json_decref(ev);
	return (r->failed || r->stopped);
}
