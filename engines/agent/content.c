/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The blocks of an answer as the content array that goes into the transcript
 * and back to the server.  What the server would refuse is left out.
 */
#include <jansson.h>
#include <string.h>

#include "engines/agent/reply.h"

#define INPUT_DEPTH	64

static int
blank(const struct buf *b)
{
	size_t	 i;

	for (i = 0; i < b->len; i++)
		if (strchr(" \t\r\n", b->p[i]) == NULL)
			return (0);
	return (1);
}

/* A search that was cut off from its answer cannot be sent back. */
static int
answered(const struct reply *r, const struct blk *call)
{
	unsigned	 i;

	for (i = 0; i < r->n; i++)
		if (r->b[i].type == BLK_RAW && !r->b[i].open &&
		    r->b[i].id != NULL && call->id != NULL &&
		    strcmp(r->b[i].id, call->id) == 0)
			return (1);
	return (0);
}

static int
usable(const struct reply *r, const struct blk *b)
{
	switch (b->type) {
	case BLK_TEXT:
		return (!blank(&b->text));
	case BLK_THINKING:
		return (!b->open && b->aux.len > 0);
	case BLK_REDACTED:
	case BLK_RAW:
		return (!b->open && b->text.len > 0);
	case BLK_TOOL:
		return (!b->open && b->id != NULL && b->name != NULL);
	case BLK_SERVER:
		return (!b->open && !b->bad && b->id != NULL &&
		    b->name != NULL &&
		    (r->stop == SR_PAUSE || answered(r, b)));
	case BLK_SKIP:
		break;
	}
	return (0);
}

/* The server takes no answer that ends in thoughts. */
static unsigned
last_said(const struct reply *r)
{
	unsigned	 i, n = 0;

	for (i = 0; i < r->n; i++)
		if (usable(r, &r->b[i]) && r->b[i].type != BLK_THINKING &&
		    r->b[i].type != BLK_REDACTED)
			n = i + 1;
	return (n);
}

static void
put(struct buf *o, const struct blk *b)
{
	switch (b->type) {
	case BLK_TEXT:
		buf_puts(o, "{\"type\":\"text\",\"text\":");
		buf_json_str(o, b->text.p, b->text.len);
		/* One that is still open was cut: so may be its citations. */
		if (b->aux.len > 0 && !b->open) {
			buf_puts(o, ",\"citations\":[");
			buf_add(o, b->aux.p, b->aux.len);
			buf_puts(o, "]");
		}
		break;
	case BLK_THINKING:
		buf_puts(o, "{\"type\":\"thinking\",\"thinking\":");
		buf_json_str(o, b->text.len > 0 ? b->text.p : "", b->text.len);
		buf_puts(o, ",\"signature\":");
		buf_json_str(o, b->aux.p, b->aux.len);
		break;
	case BLK_REDACTED:
		buf_puts(o, "{\"type\":\"redacted_thinking\",\"data\":");
		buf_json_str(o, b->text.p, b->text.len);
		break;
	case BLK_RAW:
		buf_add(o, b->text.p, b->text.len);
		return;
	case BLK_TOOL:
	case BLK_SERVER:
		buf_puts(o, b->type == BLK_TOOL ? "{\"type\":\"tool_use\"" :
		    "{\"type\":\"server_tool_use\"");
		buf_puts(o, ",\"id\":");
		buf_json_str(o, b->id, strlen(b->id));
		buf_puts(o, ",\"name\":");
		buf_json_str(o, b->name, strlen(b->name));
		buf_puts(o, ",\"input\":");
		if (b->bad)
			buf_puts(o, "{}");
		else
			buf_add(o, b->text.p, b->text.len);
		break;
	case BLK_SKIP:
		return;
	}
	buf_puts(o, "}");
}

int
reply_content(const struct reply *r, struct buf *o)
{
	unsigned	 i, end = last_said(r);
	int		 n = 0;

	if (end == 0)
		return (0);
	buf_puts(o, "[");
	for (i = 0; i < end; i++) {
		if (!usable(r, &r->b[i]))
			continue;
		if (n++ > 0)
			buf_puts(o, ",");
		put(o, &r->b[i]);
	}
	buf_puts(o, "]");
	return (o->failed ? -1 : n);
}

int
reply_calls(const struct reply *r)
{
	unsigned	 i;
	int		 n = 0;

	for (i = 0; i < r->n; i++)
		n += r->b[i].type == BLK_TOOL && usable(r, &r->b[i]);
	return (n);
}

static int
is_deep(const struct buf *b)
{
	size_t	 i;
	int	 quoted = 0, depth = 0, most = 0;

	for (i = 0; i < b->len; i++) {
		if (quoted && b->p[i] == '\\')
			i++;
		else if (b->p[i] == '"')
			quoted = !quoted;
		else if (!quoted && (b->p[i] == '{' || b->p[i] == '[')) {
			depth++;
			most = MAXIMUM(most, depth);
		} else if (!quoted && (b->p[i] == '}' || b->p[i] == ']'))
			depth--;
	}
	return (most > INPUT_DEPTH);
}

/* Duplicate keys are refused: two readers could take different ones.  So is
 * what is nested deeper than every reader down the line takes. */
int
reply_input_ok(const struct buf *b)
{
	json_t	*v;
	int	 ok;

	if (b->len == 0 || is_deep(b))
		return (0);
	v = json_loadb(b->p, b->len, JSON_REJECT_DUPLICATES, NULL);
	ok = json_is_object(v);
	json_decref(v);
	return (ok);
}
