/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What an answer says it used: a JSON body, or a stream of events.  Pure, run
 * by gate on the server's bytes on their way to the client.  Text of the
 * model lies inside strings and cannot pass for a count.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "engines/gate/scan.h"
#include "telclauded/lib/util.h"

static const char data[] = "data:";
#define OTHER_LINE	-1
#define IN_DATA		((int)sizeof(data) - 1)

enum usage_form
usage_form(const char *type, size_t n, int encoded)
{
	static const char json[] = "application/json";
	static const char sse[] = "text/event-stream";

	if (encoded)
		return (UF_NONE);
	if (n >= sizeof(sse) - 1 && strncasecmp(type, sse, sizeof(sse) - 1) ==
	    0)
		return (UF_SSE);
	if (n >= sizeof(json) - 1 && strncasecmp(type, json,
	    sizeof(json) - 1) == 0)
		return (UF_JSON);
	return (UF_NONE);
}

static uint64_t
number(enum js_kind kind, const char *v)
{
	uint64_t n = 0;
	size_t i;

	if (kind != JS_NUMBER)
		return (0);
	for (i = 0; isdigit((unsigned char)v[i]) && i < 10; i++)
		n = n * 10 + (uint64_t)(v[i] - '0');
	return (n);
}

/* Counts of a stream are running sums: the largest is the last. */
static void
count(struct usagescan *s, const char *key, uint64_t n)
{
#define IS(name, to)							\
	if (strcmp(key, name) == 0)					\
		s->u.to = MAXIMUM(s->u.to, n)
	IS("input_tokens", in);
	IS("output_tokens", out);
	IS("cache_read_input_tokens", cached);
	IS("cache_creation_input_tokens", written);
	IS("web_search_requests", searches);
	IS("ephemeral_1h_input_tokens", written_1h);
#undef IS
}

static void
value(const struct jscan *j, unsigned depth, enum js_kind kind, const char *v,
    void *ctx)
{
	struct usagescan *s = ctx;
	unsigned at = 0;

	if (depth == 1 && s->form == UF_SSE && kind == JS_STRING &&
	    strcmp(j->key[0], "type") == 0 && strcmp(v, "message_stop") == 0)
		s->stopped = 1;
	/* A message stands alone, or inside of message_start. */
	if (s->form == UF_SSE && depth > 1 && strcmp(j->key[0], "message") ==
	    0)
		at = 1;
	if (depth == at + 1 && kind == JS_STRING &&
	    strcmp(j->key[at], "model") == 0)
		(void)str_copy(s->model, v, sizeof(s->model));
	if (depth < at + 2 || strcmp(j->key[at], "usage") != 0)
		return;
	if (depth == at + 2) {
		count(s, j->key[at + 1], number(kind, v));
		if (at == 0 && strcmp(j->key[1], "output_tokens") == 0)
			s->gotout = 1;
	} else if (depth == at + 3 && at + 3 <= JS_LEVELS &&
	    (strcmp(j->key[at + 1], "server_tool_use") == 0 ||
	    strcmp(j->key[at + 1], "cache_creation") == 0))
		count(s, j->key[at + 2], number(kind, v));
}

void
usage_init(struct usagescan *s, enum usage_form form)
{
	memset(s, 0, sizeof(*s));
	s->form = form;
	jscan_init(&s->j, value, s);
}

static void
sse_feed(struct usagescan *s, const char *p, size_t n)
{
	const char *nl;
	size_t k;

	while (n > 0) {
		if (s->line == IN_DATA || s->line == OTHER_LINE) {
			nl = memchr(p, '\n', n);
			k = nl == NULL ? n : (size_t)(nl - p);
			if (s->line == IN_DATA)
				jscan_feed(&s->j, p, k);
			if (nl == NULL)
				return;
			s->line = 0;
			k++;
		} else {
			k = 1;
			if (*p == '\n' || *p == '\r')
				s->line = 0;
			else if (*p != data[s->line])
				s->line = OTHER_LINE;
			else if (++s->line == IN_DATA)
				jscan_init(&s->j, value, s);
		}
		p += k;
		n -= k;
	}
}

void
usage_feed(struct usagescan *s, const char *p, size_t n)
{
	if (s->form == UF_SSE)
		sse_feed(s, p, n);
	else if (s->form == UF_JSON)
		jscan_feed(&s->j, p, n);
}

int
usage_end(struct usagescan *s)
{
	if (s->form == UF_NONE || !s->gotout)
		return (0);
	return (s->form == UF_SSE ? s->stopped : jscan_end(&s->j));
}
