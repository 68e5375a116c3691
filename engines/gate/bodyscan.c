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

/* Digits alone; anything else is UINT64_MAX. */
static uint64_t
whole(enum js_kind kind, const char *v)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; v[i] != '\0' && i < 10 && isdigit((unsigned char)v[i]); i++)
		n = n * 10 + (uint64_t)(v[i] - '0');
	return (kind != JS_NUMBER || v[i] != '\0' || i == 0 ? UINT64_MAX : n);
}

static void
got_max(struct bodyscan *b, enum js_kind kind, const char *v)
{
	uint64_t n = whole(kind, v);

	/* "1000", 1e3 and 1000.0 are numbers to some. */
	if (n == UINT64_MAX)
		b->anymax = 1;
	else
		b->max_tokens = MAXIMUM(b->max_tokens, n);
}

/*
 * Is it a member of the source of a picture: messages[].content[].source, or
 * in the content of a tool's result there?  Nowhere else are long strings
 * anything but text to the server.
 */
static int
in_source(const struct jscan *j, unsigned depth)
{
	static const char *const path[] = { "messages", "[", "content", "[",
	    "content", "[", "source" };
	unsigned i, at = depth == 6 ? 4 : 6;

	if (depth != 6 && depth != 8)
		return (0);
	for (i = 0; i < at; i++)
		if (strcmp(j->key[i], path[i]) != 0)
			return (0);
	return (strcmp(j->key[at], "source") == 0);
}

static void
source(struct bodyscan *b, const struct jscan *j, unsigned depth,
    enum js_kind kind, const char *v)
{
	const char *key = j->key[depth - 1];

	if (strcmp(key, "type") == 0)
		b->notimage |= strcmp(v, "base64") != 0;
	else if (strcmp(key, "media_type") == 0) {
		b->notimage |= strncmp(v, "image/", 6) != 0;
		b->pdfs += strcmp(v, "application/pdf") == 0;
	} else if (strcmp(key, "data") == 0 && kind == JS_LONG) {
		b->files++;
		b->filebytes += j->at - j->from;
	}
}

static void
value(const struct jscan *j, unsigned depth, enum js_kind kind, const char *v,
    void *ctx)
{
	struct bodyscan *b = ctx;

	if (in_source(j, depth))
		source(b, j, depth, kind, v);
	if (depth == 3 && strcmp(j->key[2], "max_uses") == 0 &&
	    strcmp(j->key[0], "tools") == 0) {
		b->bounds++;
		b->searches = MAXIMUM(b->searches, whole(kind, v));
	}
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
	static const char *const tools[] = { "web_fetch_2",
	    "code_execution_2" };	/* and the rest of a date */
	struct bodyscan *b = ctx;
	size_t i;

	b->searchers += strncmp(v, "web_search_2", 12) == 0;
	b->caches |= strcmp(v, "ephemeral") == 0;
	b->hour |= strcmp(v, "1h") == 0;
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
	b->anymodel = b->anymax = b->caches = b->hour = !readable;
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
		b->anymodel = b->anymax = b->points = b->caches =
		    b->hour = 1;
	if (b->searchers > b->bounds)	/* as often as it likes */
		b->points = 1;
	b->searches = b->searchers == 0 ? 0 : MINIMUM(b->searches,
	    (uint64_t)SEARCHES_MAX) * b->searchers;
	if (b->nmodel == 0)
		b->anymodel = 1;
	if (b->max_tokens == 0)
		b->anymax = 1;
}
