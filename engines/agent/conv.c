/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The list of conversations in memory and the rules of their messages.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "engines/agent/conv.h"
#include "engines/agent/store.h"
#include "telclauded/lib/log.h"

#define FINAL		2	/* in the place of user: 0, 1 */

TAILQ_HEAD(convlist, conv);
static struct convlist	 convs = TAILQ_HEAD_INITIALIZER(convs);

static void
conv_free(struct conv *c)
{
	unsigned	 i;

	TAILQ_REMOVE(&convs, c, entry);
	for (i = 0; i < c->n; i++)
		buf_free(&c->m[i].c);
	free(c->m);
	free(c);
}

static struct cmsg *
push(struct conv *c, uint32_t seq, int user, const char *p, size_t n)
{
	struct cmsg	*m;
	unsigned	 cap;

	if (c->n == c->cap) {
		cap = c->cap == 0 ? 8 : c->cap * 2;
		m = reallocarray(c->m, cap, sizeof(*m));
		if (m == NULL)
			return (NULL);
		c->m = m;
		c->cap = cap;
	}
	m = &c->m[c->n];
	m->seq = seq;
	m->user = user;
	m->final = 0;
	buf_init(&m->c);
	if (buf_add(&m->c, p, n) == -1) {
		buf_free(&m->c);
		return (NULL);
	}
	c->n++;
	c->bytes += n;
	c->nextseq = seq + 1;
	return (m);
}

static void
pop(struct conv *c)
{
	struct cmsg	*m = &c->m[--c->n];

	c->bytes -= m->c.len;
	buf_free(&m->c);
}

static int
loaded(void *ctx, uint32_t seq, int user, const char *p, size_t n)
{
	struct conv	*c = ctx;

	int		 final = user == FINAL;

	user = user == 1;
	/* "[]" at least; and roles alternate from a user message on. */
	if (n < 4 || user != (c->n % 2 == 0)) {
		log_warnx("transcript: conversation %llu is broken at message"
		    " %u; the rest of it is left out",
		    (unsigned long long)c->id, seq);
		c->nextseq = seq;
		return (1);
	}
	if (push(c, seq, user, p, n) == NULL)
		return (-1);
	c->m[c->n - 1].final = final;
	return (0);
}

int
conv_is_results(const struct cmsg *m)
{
	static const char	 start[] = "[{\"type\":\"tool_result\"";

	return (m->user && m->c.len > sizeof(start) &&
	    memcmp(m->c.p, start, sizeof(start) - 1) == 0);
}

/* The results of calls nobody answered, as a content array. */
static int
conv_lost(const char *content, size_t len, struct buf *o)
{
	json_t		*a, *b;
	const char	*id, *type;
	size_t		 i;
	int		 n = 0;

	if ((a = json_loadb(content, len, JSON_ALLOW_NUL, NULL)) == NULL)
		return (-1);
	json_array_foreach(a, i, b) {
		type = json_string_value(json_object_get(b, "type"));
		id = json_string_value(json_object_get(b, "id"));
		if (type == NULL || id == NULL ||
		    strcmp(type, "tool_use") != 0)
			continue;
		buf_puts(o, n++ == 0 ? "[" : ",");
		buf_puts(o, "{\"type\":\"tool_result\",\"tool_use_id\":");
		buf_json_str(o, id, strlen(id));
		buf_puts(o, ",\"is_error\":true,\"content\":\"" CONV_LOST
		    "\"}");
	}
	if (n > 0)
		buf_puts(o, "]");
	json_decref(a);
	return (o->failed ? -1 : n);
}

/* A process that died in the middle left calls without results. */
static int
repair(struct conv *c)
{
	struct cmsg	*last;
	struct buf	 b;
	int		 r = 0;

	if (c->n == 0 || (last = &c->m[c->n - 1])->user)
		return (0);
	buf_init(&b);
	r = conv_lost(last->c.p, last->c.len, &b);
	if (r > 0)
		r = conv_user(c, b.p, b.len);
	else if (r == -1) {
		log_warnx("transcript: the last answer of conversation %llu "
		    "cannot be read and is left out",
		    (unsigned long long)c->id);
		c->nextseq = last->seq;
		pop(c);
		r = store_drop_from(c->id, c->nextseq);
	}
	buf_free(&b);
	return (r);
}

struct conv *
conv_get(uint64_t id)
{
	struct conv	*c;
	int		 r;

	TAILQ_FOREACH(c, &convs, entry)
		if (c->id == id)
			break;
	if (c == NULL) {
		if ((c = calloc(1, sizeof(*c))) == NULL) {
			log_warn("conversation");
			return (NULL);
		}
		c->id = id;
		TAILQ_INSERT_HEAD(&convs, c, entry);
		if ((r = store_load(id, loaded, c)) == -1 ||
		    (r == 1 && store_drop_from(id, c->nextseq) == -1) ||
		    repair(c) == -1) {
			conv_free(c);
			return (NULL);
		}
		c->fresh = c->n == 0;
	}
	TAILQ_REMOVE(&convs, c, entry);
	TAILQ_INSERT_HEAD(&convs, c, entry);
	c->refs++;
	return (c);
}

void
conv_put(struct conv *c)
{
	c->refs--;
	c->used = now_ms();
	c->marked = c->replying = c->fresh = 0;
	if (c->stale && c->refs == 0)
		conv_free(c);
}

uint32_t
conv_expire(uint64_t now)
{
	struct conv	*c, *next;
	uint64_t	 first = 0;
	size_t		 kept = 0;

	for (c = TAILQ_FIRST(&convs); c != NULL; c = next) {
		next = TAILQ_NEXT(c, entry);
		if (c->refs > 0)
			continue;
		kept += c->bytes;
		if (now - c->used >= CONV_IDLE_MS || kept > CONV_CACHE) {
			kept -= c->bytes;
			conv_free(c);
		} else if (first == 0 || c->used < first)
			first = c->used;
	}
	return (first == 0 ? 0 : (uint32_t)(first + CONV_IDLE_MS - now) + 1);
}

void
conv_flush(void)
{
	struct conv	*c, *next;

	for (c = TAILQ_FIRST(&convs); c != NULL; c = next) {
		next = TAILQ_NEXT(c, entry);
		if (c->refs == 0)
			conv_free(c);
	}
}

int
conv_reset(uint64_t id)
{
	struct conv	*c;

	TAILQ_FOREACH(c, &convs, entry)
		if (c->id == id)
			break;
	if (c != NULL && c->refs > 0)
		return (-1);
	if (c != NULL)
		conv_free(c);
	return (store_reset(id));
}

/* --- changes ------------------------------------------------------------- */
static int
save(struct conv *c, const struct cmsg *m)
{
	if (store_begin() == 0) {
		if (store_touch(c->id, wall_ms()) == 0 &&
		    store_put(c->id, m->seq, m->final ? FINAL : m->user,
		    m->c.p, m->c.len) == 0 && store_commit() == 0)
			return (0);
		store_rollback();
	}
	c->stale = 1;
	return (-1);
}

/* Cut message content back to a length it had: "[...]" again. */
static void
shorten(struct conv *c, struct cmsg *m, size_t len)
{
	c->bytes -= m->c.len - len;
	m->c.len = len;
	m->c.p[len - 1] = ']';
	m->c.p[len] = '\0';
}

static int
extend(struct conv *c, struct cmsg *m, const char *p, size_t n)
{
	size_t	 old = m->c.len;

	m->c.p[old - 1] = ',';
	if (buf_add(&m->c, p + 1, n - 1) == -1) {
		m->c.failed = 0;
		m->c.p[old - 1] = ']';
		return (-1);
	}
	c->bytes += n - 1;
	if (save(c, m) == 0)
		return (0);
	shorten(c, m, old);
	return (-1);
}

static int
append(struct conv *c, int user, const char *p, size_t n)
{
	struct cmsg	*m;

	if ((m = push(c, c->nextseq, user, p, n)) == NULL)
		return (-1);
	if (save(c, m) == 0)
		return (0);
	pop(c);
	return (-1);
}

int
conv_user(struct conv *c, const char *p, size_t n)
{
	c->replying = 0;
	/* Two user messages in a row become one. */
	if (c->n > 0 && c->m[c->n - 1].user)
		return (extend(c, &c->m[c->n - 1], p, n));
	return (append(c, 1, p, n));
}

int
conv_reply(struct conv *c, const char *p, size_t n)
{
	struct cmsg	*m = c->n > 0 ? &c->m[c->n - 1] : NULL;

	if (m == NULL)
		return (-1);	/* an answer to nothing */
	if (!c->replying) {
		/* After a pause the answer goes on in the same message. */
		c->base = m->user ? 0 : m->c.len;
		if (m->user) {
			if (append(c, 0, p, n) == -1)
				return (-1);
		} else if (extend(c, m, p, n) == -1)
			return (-1);
		c->replying = 1;
		return (0);
	}
	if (c->base > 0) {
		shorten(c, m, c->base);
		return (extend(c, m, p, n));
	}
	c->bytes -= m->c.len;
	m->c.len = 0;
	if (buf_add(&m->c, p, n) == -1)
		return (-1);
	c->bytes += n;
	return (save(c, m));
}

void
conv_reply_end(struct conv *c)
{
	c->replying = 0;
}

void
conv_final(struct conv *c)
{
	struct cmsg	*m = c->n > 0 ? &c->m[c->n - 1] : NULL;

	if (m == NULL || m->user)
		return;
	m->final = 1;
	/* Not kept: after a crash it is asked again, that is all. */
	(void)save(c, m);
}

void
conv_mark(struct conv *c)
{
	c->marked = 1;
	c->mark_n = c->n;
	c->mark_len = c->n > 0 ? c->m[c->n - 1].c.len : 0;
}

int
conv_rewind(struct conv *c)
{
	struct cmsg	*m;

	if (!c->marked || c->n < c->mark_n)
		return (-1);
	c->marked = c->replying = 0;
	c->seen = 0;
	while (c->n > c->mark_n)
		pop(c);
	c->nextseq = c->n > 0 ? c->m[c->n - 1].seq + 1 : 0;
	if (store_drop_from(c->id, c->nextseq) == -1)
		return (-1);
	if (c->n == 0)
		return (0);
	m = &c->m[c->n - 1];
	if (m->c.len > c->mark_len)
		shorten(c, m, c->mark_len);
	return (save(c, m));
}

int
conv_replace(struct conv *c, unsigned i, struct buf *b)
{
	struct cmsg	*m = &c->m[i];

	c->marked = 0;
	c->seen = 0;
	if (store_put(c->id, m->seq, m->user, b->p, b->len) == -1)
		return (-1);
	c->bytes = c->bytes - m->c.len + b->len;
	buf_free(&m->c);
	m->c = *b;
	buf_init(b);
	return (0);
}

int
conv_drop_before(struct conv *c, unsigned i)
{
	unsigned	 k;

	c->marked = 0;
	c->seen = 0;
	if (store_drop_before(c->id, c->m[i].seq) == -1)
		return (-1);
	for (k = 0; k < i; k++) {
		c->bytes -= c->m[k].c.len;
		buf_free(&c->m[k].c);
	}
	memmove(c->m, c->m + i, (c->n - i) * sizeof(*c->m));
	c->n -= i;
	return (0);
}
