/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Tokens to money by the prices of the configuration: pure, run by gate.  A
 * model without a price costs as much as the dearest that has one; where no
 * price is configured at all, the dearest there ever was.
 */
#include <string.h>

#include "engines/common/price.h"
#include "engines/gate/limit.h"
#include "telclauded/lib/util.h"

#define PDF_TOKENS	50000	/* pages are read as text and as pictures */
#define SEARCH_TOKENS	8000	/* that one search usually brings in */

static const struct price dearest = { "", 15000, 75000, 1500, 30000 };

struct worst {
	uint64_t	 in, out, searches;
	int		 caches, hour;
};

static uint64_t
worst_of(const struct price *p, const struct worst *w)
{
	/* All of it may be written to the cache, which costs more. */
	uint64_t in = w->caches ? MAXIMUM(p->in, p->written) : p->in;
	uint64_t n = mul_add(0, w->in, w->caches && w->hour ?
	    MAXIMUM(in, p->in * 2) : in);

	n = mul_add(n, w->out, p->out);
	return (price_micro(mul_add(n, w->searches, SEARCH_NANO)));
}

static uint64_t
used_of(const struct price *p, const struct usage *u)
{
	uint64_t n = mul_add(0, u->searches, SEARCH_NANO);

	n = mul_add(n, u->in, p->in);
	n = mul_add(n, u->out, p->out);
	n = mul_add(n, u->cached, p->cached);
	n = mul_add(n, u->written, p->written);
	/* Kept for an hour it costs twice what reading it does. */
	if (p->in * 2 > p->written)
		n = mul_add(n, MINIMUM(u->written_1h, u->written),
		    p->in * 2 - p->written);
	return (price_micro(n));
}

static const struct price *
price_find(const struct proxy_conf *c, const char *model)
{
	unsigned i;

	for (i = 0; i < c->np; i++)
		if (strcmp(c->p[i].model, model) == 0)
			return (&c->p[i]);
	return (NULL);
}

int
cost_known(const struct proxy_conf *c, const char *model)
{
	return (price_find(c, model) != NULL);
}

static uint64_t
worst_any(const struct proxy_conf *c, const struct worst *w)
{
	uint64_t n, most = c->np == 0 ? worst_of(&dearest, w) : 0;
	unsigned i;

	for (i = 0; i < c->np; i++) {
		n = worst_of(&c->p[i], w);
		most = MAXIMUM(most, n);
	}
	return (most);
}

/* Tokens that go in, as far as bytes tell. */
static uint64_t
tokens_in(const struct bodyscan *b, uint64_t bytes, uint64_t said)
{
	uint64_t n;

	bytes -= MINIMUM(bytes, b->filebytes);
	n = bytes / BYTES_A_TOKEN + 1 + b->searches * SEARCH_TOKENS;
	/* A compressed file holds more text than it has bytes. */
	if (b->notimage)
		n += b->filebytes + b->pdfs * PDF_TOKENS;
	else
		n += b->files * IMAGE_TOKENS;
	return (MAXIMUM(n, said));
}

struct cost
cost_worst(const struct proxy_conf *c, const struct bodyscan *b,
    uint64_t bytes, int readable, uint64_t said)
{
	struct worst w = { .searches = b->searches, .caches = b->caches,
	    .hour = b->hour };
	const struct price *p;
	uint64_t n, most = 0;
	int any = b->anymodel;
	unsigned i;

	w.in = tokens_in(b, bytes, said);
	if (!readable || b->points || w.in > TOKENS_IN_MAX)
		w.in = TOKENS_IN_MAX;
	w.out = b->anymax ? TOKENS_OUT_MAX :
	    MINIMUM(b->max_tokens, (uint64_t)TOKENS_OUT_MAX);
	for (i = 0; i < b->nmodel; i++) {
		if ((p = price_find(c, b->model[i])) == NULL) {
			any = 1;
			continue;
		}
		n = worst_of(p, &w);
		most = MAXIMUM(most, n);
	}
	if (any) {
		n = worst_any(c, &w);
		most = MAXIMUM(most, n);
	}
	return ((struct cost){ most, w.in, w.out });
}

uint64_t
cost_used(const struct proxy_conf *c, const char *model,
    const struct usage *u)
{
	const struct price *p = price_find(c, model);
	uint64_t n, most = 0;
	unsigned i;

	if (p == NULL && c->np == 0)
		p = &dearest;
	if (p != NULL)
		return (used_of(p, u));
	for (i = 0; i < c->np; i++) {
		n = used_of(&c->p[i], u);
		most = MAXIMUM(most, n);
	}
	return (most);
}
