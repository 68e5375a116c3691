/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Making room when a conversation has outgrown the model: first the contents
 * of old tool results go, then the oldest exchanges.  Order of roles and the
 * pairing of calls and results stay valid.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "engines/agent/agent.h"
#include "engines/agent/store.h"
#include "telclauded/lib/log.h"

#define RECENT		6	/* last messages, spared at first */
#define SMALL		512	/* not worth dropping */
static const char	 gone[] = "[removed to make room]";
static const char	 note[] = "{\"type\":\"text\",\"text\":\"[Earlier "
    "parts of this conversation were left out to make room.]\"}";

/* The same results with short contents; 1 when that saves something. */
static int
emptied(const struct cmsg *m, struct buf *o)
{
	json_t	*a, *b;
	char	*s = NULL;
	size_t	 i;
	int	 r = 0;

	if ((a = json_loadb(m->c.p, m->c.len, JSON_ALLOW_NUL, NULL)) == NULL)
		return (0);
	json_array_foreach(a, i, b) {
		if (json_object_get(b, "tool_use_id") != NULL)
			json_object_set_new(b, "content", json_string(gone));
	}
	s = json_dumps(a, JSON_COMPACT | JSON_PRESERVE_ORDER);
	json_decref(a);
	if (s == NULL)
		return (-1);
	if (strlen(s) + SMALL < m->c.len)
		r = buf_puts(o, s) == -1 ? -1 : 1;
	free(s);
	return (r);
}

static int
empty_results(struct conv *c, unsigned end)
{
	struct buf	 b;
	unsigned	 i;
	int		 r, any = 0;

	for (i = 0; i < end; i++) {
		if (!conv_is_results(&c->m[i]) || c->m[i].c.len < SMALL)
			continue;
		buf_init(&b);
		if ((r = emptied(&c->m[i], &b)) == 1)
			r = conv_replace(c, i, &b) == -1 ? -1 : 1;
		buf_free(&b);
		if (r == -1)
			return (-1);
		any |= r;
	}
	return (any);
}

/* The first message of an exchange, such that about half goes. */
static unsigned
cut_point(const struct conv *c)
{
	size_t		 before = 0;
	unsigned	 i, last = 0;

	for (i = 0; i < c->n; i++) {
		if (i > 0 && c->m[i].user && !conv_is_results(&c->m[i])) {
			last = i;
			if (before >= c->bytes / 2)
				break;
		}
		before += c->m[i].c.len;
	}
	return (last);
}

static int
drop_oldest(struct conv *c)
{
	struct buf	 b;
	unsigned	 i = cut_point(c);
	int		 r;

	if (i == 0)
		return (0);
	if (conv_drop_before(c, i) == -1)
		return (-1);
	buf_init(&b);
	buf_printf(&b, "[%s,", note);
	buf_add(&b, c->m[0].c.p + 1, c->m[0].c.len - 1);
	r = b.failed || conv_replace(c, 0, &b) == -1 ? -1 : 1;
	buf_free(&b);
	return (r);
}

static int
shrink(struct conv *c)
{
	size_t	 before = c->bytes;
	int	 r;

	if (c->n > RECENT) {
		if ((r = empty_results(c, c->n - RECENT)) == -1)
			return (-1);
		/* Little by little would break the cache every time. */
		if (r == 1 && c->bytes < before - before / 5)
			return (1);
	}
	if ((r = drop_oldest(c)) != 0)
		return (r);
	/* One long exchange: all its results but the newest. */
	r = c->n > 1 ? empty_results(c, c->n - 1) : 0;
	if (r == 0 && c->n > 0 && c->bytes == before)
		r = empty_results(c, c->n);
	return (r == 0 && c->bytes < before ? 1 : r);
}

int
context_shrink(struct conv *c)
{
	size_t	 before = c->bytes;
	int	 r;

	if (store_begin() == -1)
		return (-1);
	if ((r = shrink(c)) == -1 || store_commit() == -1) {
		store_rollback();
		c->stale = 1;
		return (-1);
	}
	if (r == 1)
		log_info("conversation %llu made smaller: %zu to %zu bytes",
		    (unsigned long long)c->id, before, c->bytes);
	return (r);
}
