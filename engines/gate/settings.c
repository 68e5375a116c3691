/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Bounds of the proxy as the parent sent them: the ones in force, and a slice
 * as it comes in.  Run by gate.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engines/common/engine.h"
#include "engines/common/price.h"
#include "engines/gate/proxy.h"
#include "telclauded/lib/log.h"

static struct proxy_conf	*now, *next;
static struct proxy_times	 times;
static enum scope		 last;	/* whose token comes next */

const struct proxy_conf *
proxy_conf(void)
{
	return (now);
}

const struct proxy_times *
proxy_times(void)
{
	return (&times);
}

static void
conf_free(struct proxy_conf *c)
{
	unsigned i;

	for (i = 0; c != NULL && i < SCOPE_MAX; i++)
		secret_free(&c->s[i].token);
	free(c);
}

void
settings_prepare(void)
{
	conf_free(next);
	next = NULL;
	last = SCOPE_NONE;
}

static struct proxy_conf *
coming(void)
{
	if (next == NULL && (next = calloc(1, sizeof(*next))) == NULL)
		fatalx("out of memory");
	return (next);
}

int
settings_scope(const struct msg_CONF_PROXY *m)
{
	struct scope_conf *s;

	if (m->scope == SCOPE_NONE || m->scope >= SCOPE_MAX)
		return (-1);
	last = m->scope;
	s = &coming()->s[m->scope];
	s->have = 1;
	s->per_minute = m->per_minute;
	s->parallel = m->parallel;
	return (0);
}

void
settings_price(const struct msg_CONF_MODEL *m)
{
	struct proxy_conf *c = coming();
	struct price *p = &c->p[c->np];

	if (c->np == PRICES_MAX) {
		log_warnx("more than %d prices: %s counts as the dearest",
		    PRICES_MAX, m->model);
		return;
	}
	(void)str_copy(p->model, m->model, sizeof(p->model));
	p->in = m->in_nano;
	p->out = m->out_nano;
	p->cached = price_cached(p->in, m->cached_nano);
	p->written = price_written(p->in, m->written_nano);
	c->np++;
}

void
settings_token(int fd)
{
	struct secret *s = &coming()->s[last].token;

	if (last == SCOPE_NONE || s->p != NULL) {
		close(fd);
		log_warnx("a token of nobody");
	} else if (secret_read(s, fd) == -1)
		log_warn("cannot read the token of %s", scope_name(last));
}

void
settings_commit(const struct msg_CONF_GATE *m)
{
	conf_free(now);
	now = coming();
	next = NULL;
	last = SCOPE_NONE;
	times.head_ms = m->head_ms;
	times.body_ms = m->body_ms;
	times.conns = m->conns;
}

int
settings_token_is(enum scope s, const char *p, size_t n)
{
	const struct secret *t = &now->s[s].token;

	if (t->p == NULL || t->len == 0)
		return (0);
	/* Of another length it is compared with itself: as long. */
	if (n != t->len) {
		(void)mem_equal(t->p, t->p, t->len);
		return (0);
	}
	return (mem_equal(t->p, p, n));
}
