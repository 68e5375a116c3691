/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * A Messages request, written straight into a buffer.  What stays the same
 * comes first, so that the server's cache finds it: tools, system, messages;
 * four marks say how far it is worth keeping.
 */
#include <string.h>

#include "engines/agent/agent.h"

static void
put_system(struct buf *b, const struct request *r)
{
	buf_puts(b, ",\"system\":[{\"type\":\"text\",\"text\":");
	buf_json_str(b, r->stable, strlen(r->stable));
	buf_puts(b, CACHED "},{\"type\":\"text\",\"text\":");
	buf_json_str(b, r->chat, strlen(r->chat));
	buf_puts(b, "}]");
}

/* Content arrays end in "}]": a mark goes into the last block. */
static void
put_content(struct buf *b, const struct cmsg *m, int cached)
{
	if (!cached || m->c.len < 4) {
		buf_add(b, m->c.p, m->c.len);
		return;
	}
	buf_add(b, m->c.p, m->c.len - 2);
	buf_puts(b, CACHED "}]");
}

static void
put_messages(struct buf *b, const struct conv *c)
{
	unsigned	 i, users = 0, seen = 0;

	for (i = 0; i < c->n; i++)
		users += c->m[i].user != 0;
	buf_puts(b, ",\"messages\":[");
	for (i = 0; i < c->n; i++) {
		if (i > 0)
			buf_puts(b, ",");
		seen += c->m[i].user != 0;
		buf_puts(b, c->m[i].user ? "{\"role\":\"user\",\"content\":" :
		    "{\"role\":\"assistant\",\"content\":");
		put_content(b, &c->m[i], c->m[i].user && seen + 2 > users);
		buf_puts(b, "}");
	}
	buf_puts(b, "]");
}

int
request_build(struct buf *b, const struct request *r)
{
	buf_puts(b, "{\"model\":");
	buf_json_str(b, r->model, strlen(r->model));
	buf_printf(b, ",\"max_tokens\":%d,\"stream\":true", MAX_TOKENS);
	if (r->thinking > 0)
		buf_printf(b, ",\"thinking\":{\"type\":\"enabled\","
		    "\"budget_tokens\":%u}", r->thinking);
	buf_puts(b, ",\"tools\":");
	tools_json(b, r->tier, r->denied);
	put_system(b, r);
	put_messages(b, r->conv);
	return (buf_puts(b, "}"));
}
