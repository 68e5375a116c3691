/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The model and the max_tokens a request names, from the top level of its
 * JSON.  Pure, run by gate over a hostile client's bytes: whatever is odd
 * counts as the worst, because the server may read it otherwise than we do.
 */
#include <ctype.h>
#include <string.h>

#include "engines/gate/scan.h"
#include "telclauded/lib/util.h"

static void
got_model(struct bodyscan *b, enum js_kind kind, const char *v)
{
	unsigned i;

	if (kind != JS_STRING || strlen(v) >= SCAN_MODEL) {
		b->anymodel = 1;
		return;
	}
	for (i = 0; i < b->nmodel; i++)
		if (strcmp(b->model[i], v) == 0)
			return;
	if (b->nmodel == SCAN_MODELS) {
		b->anymodel = 1;
		return;
	}
	(void)str_copy(b->model[b->nmodel++], v, SCAN_MODEL);
}

static void
got_max(struct bodyscan *b, enum js_kind kind, const char *v)
{
	uint64_t n = 0;
	size_t i;

	/* "1000", 1e3 and 1000.0 are numbers to some. */
	for (i = 0; v[i] != '\0' && i < 10 && isdigit((unsigned char)v[i]); i++)
		n = n * 10 + (uint64_t)(v[i] - '0');
	if (kind != JS_NUMBER || v[i] != '\0' || i == 0)
		b->anymax = 1;
	else
		b->max_tokens = MAXIMUM(b->max_tokens, n);
}

static void
value(const struct jscan *j, unsigned depth, enum js_kind kind, const char *v,
    void *ctx)
{
	struct bodyscan *b = ctx;

	if (depth != 1)
		return;
	if (strcmp(j->key[0], "model") == 0)
		got_model(b, kind, v);
	else if (strcmp(j->key[0], "max_tokens") == 0)
		got_max(b, kind, v);
}

/*
 * Documents and pictures that lie elsewhere, and tools of the server, which
 * bring in what they find: however short such a body is, it may be read as
 * the largest there is.
 */
static void
type(const char *v, void *ctx)
{
	static const char *const there[] = { "url", "file",
	    "container_upload" };
	static const char *const tools[] = { "web_search_2", "web_fetch_2",
	    "code_execution_2" };	/* and the rest of a date */
	struct bodyscan *b = ctx;
	size_t i;

	for (i = 0; i < NELEM(there); i++)
		b->points |= strcmp(v, there[i]) == 0;
	for (i = 0; i < NELEM(tools); i++)
		b->points |= strncmp(v, tools[i], strlen(tools[i])) == 0;
}

void
bodyscan_init(struct bodyscan *b, int readable)
{
	memset(b, 0, sizeof(*b));
	jscan_init(&b->j, value, b);
	b->j.type = type;
	b->anymodel = b->anymax = !readable;
}

void
bodyscan_feed(struct bodyscan *b, const char *p, size_t n)
{
	jscan_feed(&b->j, p, n);
}

void
bodyscan_end(struct bodyscan *b)
{
	if (!jscan_end(&b->j))
		b->anymodel = b->anymax = b->points = 1;
	if (b->nmodel == 0)
		b->anymodel = 1;
	if (b->max_tokens == 0)
		b->anymax = 1;
}
