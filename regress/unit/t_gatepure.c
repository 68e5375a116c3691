/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The pure parts of the proxy: heads, chunks, what a body and an answer say,
 * prices, limits over days.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engines/gate/proxy.h"

#define DAY	UINT64_C(86400000)

/* In pieces of every size it says the same. */
static void
scan(struct bodyscan *b, const char *s)
{
	struct bodyscan other;
	size_t i, n = strlen(s);

	bodyscan_init(b, 1);
	bodyscan_feed(b, s, n);
	bodyscan_end(b);
	bodyscan_init(&other, 1);
	for (i = 0; i < n; i++)
		bodyscan_feed(&other, s + i, 1);
	bodyscan_end(&other);
	assert_int_equal(b->nmodel, other.nmodel);
	assert_int_equal(b->anymodel, other.anymodel);
	assert_int_equal(b->max_tokens, other.max_tokens);
	assert_int_equal(b->anymax, other.anymax);
	assert_int_equal(b->points, other.points);
	assert_memory_equal(b->model, other.model, sizeof(b->model));
}

static void
test_body(void **st)
{
	static const struct {
		const char	*json, *model;
		uint64_t	 max;
		int		 anymodel, anymax;
	} t[] = {
		{ "{\"model\":\"a\",\"max_tokens\":5}", "a", 5, 0, 0 },
		{ " {\n\"max_tokens\" : 5 ,\t\"model\" : \"a\" } \r\n", "a", 5,
		    0, 0 },
		{ "{\"m\\u006fdel\":\"\\u0061\",\"max\\u005Ftokens\":5}", "a",
		    5, 0, 0 },
		{ "{\"model\":\"a\\/b\",\"max_tokens\":5}", "a/b", 5, 0, 0 },
		/* Somewhere else it means nothing. */
		{ "{\"x\":{\"model\":\"b\",\"max_tokens\":9},\"y\":[{\"model\":"
		    "\"b\"},\"model\",[[]],{}],\"z\":\"\\\"model\\\":\\\"b\\\"\","
		    "\"model\":\"a\",\"max_tokens\":5}", "a", 5, 0, 0 },
		{ "{\"model\\u0000\":\"b\",\"model\":\"a\",\"max_tokens\":5}",
		    "a", 5, 0, 0 },
		{ "{\"Model\":\"b\",\"model\":\"a\",\"max_tokens\":5}", "a", 5,
		    0, 0 },
		/* The largest of several. */
		{ "{\"model\":\"a\",\"max_tokens\":5,\"max_tokens\":7,"
		    "\"max_tokens\":6}", "a", 7, 0, 0 },
		/* Anything odd is the worst. */
		{ "{\"model\":\"a\"}", "a", 0, 0, 1 },
		{ "{\"max_tokens\":5}", "", 5, 1, 0 },
		{ "{\"model\":null,\"max_tokens\":5}", "", 5, 1, 0 },
		{ "{\"model\":[\"a\"],\"max_tokens\":5}", "", 5, 1, 0 },
		{ "{\"model\":\"a\",\"max_tokens\":null}", "a", 0, 0, 1 },
		{ "{\"model\":\"a\",\"max_tokens\":\"5\"}", "a", 0, 0, 1 },
		{ "{\"model\":\"a\",\"max_tokens\":-5}", "a", 0, 0, 1 },
		{ "{\"model\":\"a\",\"max_tokens\":5.0}", "a", 0, 0, 1 },
		{ "{\"model\":\"a\",\"max_tokens\":5e9}", "a", 0, 0, 1 },
		{ "{\"model\":\"a\",\"max_tokens\":0}", "a", 0, 0, 1 },
		{ "{\"model\":\"a\",\"max_tokens\":99999999999999999999}", "a",
		    0, 0, 1 },
		{ "{\"model\":\"a\",\"max_tokens\":9999999999}", "a",
		    9999999999, 0, 0 },
		/* No JSON, or more than one. */
		{ "", "", 0, 1, 1 }, { "x", "", 0, 1, 1 },
		{ "\"model\"", "", 0, 1, 1 }, { "[]", "", 0, 1, 1 },
		{ "\357\273\277{\"model\":\"a\",\"max_tokens\":5}", "", 0, 1,
		    1 },
		{ "{\"model\":\"a\",\"max_tokens\":5", "a", 5, 1, 1 },
		{ "{\"model\":\"a\",\"max_tokens\":5}{}", "a", 5, 1, 1 },
		{ "{\"model\":\"a\",\"max_tokens\":5,}", "a", 5, 1, 1 },
		{ "{\"model\":\"a\",\"max_tokens\":5]", "a", 5, 1, 1 },
		{ "{\"model\":\"a\" /**/,\"max_tokens\":5}", "a", 0, 1, 1 },
		{ "{'model':'a','max_tokens':5}", "", 0, 1, 1 },
		{ "{\"model\":\"a\",\"x\":NaN,\"max_tokens\":5}", "a", 0, 1, 1 },
		{ "{\"model\":\"a\n\",\"max_tokens\":5}", "", 0, 1, 1 },
		{ "{\"model\":\"a\\x\",\"max_tokens\":5}", "", 0, 1, 1 },
		{ "{\"x\":tru,\"model\":\"a\",\"max_tokens\":5}", "", 0, 1, 1 },
	};
	struct bodyscan b;
	size_t i;

	(void)st;
	for (i = 0; i < NELEM(t); i++) {
		scan(&b, t[i].json);
		if (strcmp(b.model[0], t[i].model) != 0 ||
		    b.max_tokens != t[i].max ||
		    !!b.anymodel != t[i].anymodel || !!b.anymax != t[i].anymax)
			fail_msg("%s: %s %llu %d %d", t[i].json, b.model[0],
			    (unsigned long long)b.max_tokens, b.anymodel,
			    b.anymax);
	}
}

/* What a body points to costs, too, and is not in it. */
static void
test_body_points(void **st)
{
	static const struct { const char *json; int points; } t[] = {
		{ "{\"messages\":[{\"content\":[{\"source\":{\"type\":"
		    "\"url\",\"url\":\"https://a.test/\"}}]}]}", 1 },
		{ "[[[[[[[[[[{\"typ\\u0065\" : \"ur\\u006c\"}]]]]]]]]]]", 1 },
		{ "{\"type\":\"text\",\"type\":\"file\"}", 1 },
		{ "{\"tools\":[{\"type\":\"web_fetch_20250910\"}]}", 1 },
		{ "{\"type\":\"url\"", 1 }, { "{\"a\":1,}", 1 },
		{ "{\"type\":\"text\",\"url\":\"url\"}", 0 },
		{ "{\"type\":{\"a\":\"url\"},\"x\":[\"url\"]}", 0 },
		{ "{\"type\":[\"url\"],\"type\":1,\"b\":\"file\"}", 0 },
		{ "{\"types\":\"url\",\"type\":\"urls\"}", 0 },
		{ "{\"text\":\"{\\\"type\\\":\\\"url\\\"}\"}", 0 },
		{ "[{\"type\":\"web_search_tool_result\"}]", 0 },
	};
	struct bodyscan b;
	size_t i;

	(void)st;
	for (i = 0; i < NELEM(t); i++) {
		scan(&b, t[i].json);
		if (!!b.points != t[i].points)
			fail_msg("row %zu: %d", i, b.points);
	}
	scan(&b, "{\"model\":\"cheap\",\"max_tokens\":100,\"x\":"
	    "{\"type\":\"url\"}}");
	assert_false(b.anymodel || b.anymax);
}

static void
test_body_bounds(void **st)
{
	struct bodyscan b;
	struct buf s;
	int i;

	(void)st;
	buf_init(&s);
	(void)buf_puts(&s, "{\"max_tokens\":5");
	for (i = 0; i < 6; i++)
		(void)buf_printf(&s, ",\"model\":\"m%d\"", i);
	(void)buf_puts(&s, "}");
	scan(&b, s.p);
	assert_int_equal(b.nmodel, SCAN_MODELS);
	assert_true(b.anymodel);
	buf_free(&s);
	(void)buf_printf(&s, "{\"%0500d\":1,\"model\":\"%0500d\","
	    "\"max_tokens\":5}", 0, 0);
	scan(&b, s.p);
	assert_true(b.anymodel);
	assert_false(b.anymax);
	buf_free(&s);
	(void)buf_puts(&s, "{\"x\":");
	for (i = 0; i < 600; i++)
		(void)buf_puts(&s, "[");
	scan(&b, s.p);
	assert_true(jscan_bad(&b.j));
	buf_free(&s);
}

static int
used(struct usagescan *u, enum usage_form form, const char *s)
{
	struct usagescan other;
	size_t i, n = strlen(s);
	int whole;

	usage_init(u, form);
	usage_feed(u, s, n);
	whole = usage_end(u);
	usage_init(&other, form);
	for (i = 0; i < n; i++)
		usage_feed(&other, s + i, 1);
	assert_int_equal(usage_end(&other), whole);
	assert_memory_equal(&u->u, &other.u, sizeof(u->u));
	return (whole);
}

#define START	"event: message_start\r\ndata: {\"type\":\"message_start\","   \
		"\"message\":{\"model\":\"m\",\"usage\":{\"input_tokens\":7,"  \
		"\"cache_creation_input_tokens\":3,"			       \
		"\"cache_read_input_tokens\":2,\"output_tokens\":1}}}\r\n\r\n"
#define DELTA	"data:{\"type\":\"message_delta\",\"usage\":{\"output_tokens\""\
		":40,\"server_tool_use\":{\"web_search_requests\":2}}}\n\n"
#define STOP	"data: {\"type\":\"message_stop\"}\n\n"

static void
test_usage(void **st)
{
	static const char text[] = "data: {\"type\":\"content_block_delta\","
	    "\"delta\":{\"text\":\"data: {\\\"usage\\\":{\\\"output_tokens\\\":"
	    "99}}\\n\"},\"x\":{\"usage\":{\"output_tokens\":99}}}\n\n";
	struct usagescan u;
	char all[2048];

	(void)st;
	(void)snprintf(all, sizeof(all), "%s: ping\n\n%s%s%s", START, text,
	    DELTA, STOP);
	assert_true(used(&u, UF_SSE, all));
	assert_int_equal(u.u.in, 7);
	assert_int_equal(u.u.out, 40);
	assert_int_equal(u.u.cached, 2);
	assert_int_equal(u.u.written, 3);
	assert_int_equal(u.u.searches, 2);
	assert_string_equal(u.model, "m");
	assert_false(used(&u, UF_SSE, START STOP));	/* no last count */
	assert_false(used(&u, UF_SSE, START DELTA));	/* cut */
	assert_false(used(&u, UF_NONE, START DELTA STOP));
	assert_true(used(&u, UF_JSON, "{\"content\":[{\"usage\":{"
	    "\"output_tokens\":99}}],\"usage\":{\"input_tokens\":1,"
	    "\"output_tokens\":2}}"));
	assert_int_equal(u.u.out, 2);
	assert_false(used(&u, UF_JSON, "{\"usage\":{\"output_tokens\":2}"));
	assert_false(used(&u, UF_JSON, "{\"type\":\"error\"}"));
	assert_int_equal(usage_form("text/event-stream; x", 20, 0), UF_SSE);
	assert_int_equal(usage_form("Application/JSON", 16, 0), UF_JSON);
	assert_int_equal(usage_form("application/json", 16, 1), UF_NONE);
	assert_int_equal(usage_form("text/html", 9, 0), UF_NONE);
}

static struct proxy_conf conf = {
	.s = {
		[SCOPE_TELEGRAM] = { .have = 1 },
		[SCOPE_MOLTBOOK] = { .have = 1 },
	},
	.p = { { "cheap", 1000, 5000, 100, 1250 },
	    { "dear", 10000, 50000, 1000, 12500 } },
	.np = 2,
};

static void
test_cost(void **st)
{
	static struct proxy_conf none;
	struct usage u = { 100, 50, 10, 20, 1 };
	struct bodyscan b;
	struct cost c;

	(void)st;
	scan(&b, "{\"model\":\"cheap\",\"max_tokens\":100}");
	c = cost_worst(&conf, &b, 299, 1, 0);
	assert_int_equal(c.in, 100);
	assert_int_equal(c.out, 100);
	assert_int_equal(c.microusd, 100 + 500);
	/* What the sender says raises it, and never lowers it. */
	c = cost_worst(&conf, &b, 299, 1, 99);
	assert_int_equal(c.in, 100);
	c = cost_worst(&conf, &b, 299, 1, 150);
	assert_int_equal(c.in, 150);
	c = cost_worst(&conf, &b, 299, 1, UINT64_MAX);
	assert_int_equal(c.in, TOKENS_IN_MAX);
	/* Kept in the cache it costs more. */
	scan(&b, "{\"model\":\"cheap\",\"max_tokens\":100,\"x\":"
	    "{\"type\":\"ephemeral\"}}");
	c = cost_worst(&conf, &b, 299, 1, 0);
	assert_int_equal(c.microusd, 125 + 500);
	/* Compressed: nobody knows how many there are. */
	c = cost_worst(&conf, &b, 299, 0, 0);
	assert_int_equal(c.in, TOKENS_IN_MAX);
	scan(&b, "{\"model\":\"cheap\",\"max_tokens\":100,\"x\":"
	    "{\"type\":\"url\"}}");
	c = cost_worst(&conf, &b, 299, 1, 0);
	assert_int_equal(c.in, TOKENS_IN_MAX);
	scan(&b, "{\"model\":\"cheap\",\"model\":\"dear\",\"max_tokens\":100}");
	c = cost_worst(&conf, &b, 299, 1, 0);
	assert_int_equal(c.microusd, 1000 + 5000);
	/* What is kept costs more to send, for an hour the most. */
	scan(&b, "{\"model\":\"cheap\",\"max_tokens\":100,\"a\":{\"type\":"
	    "\"ephemeral\"}}");
	c = cost_worst(&conf, &b, 299, 1, 0);
	assert_int_equal(c.microusd, 125 + 500);
	scan(&b, "{\"model\":\"cheap\",\"max_tokens\":100,\"a\":{\"type\":"
	    "\"ephemeral\",\"\\u0074tl\":\"1\\u0068\"}}");
	c = cost_worst(&conf, &b, 299, 1, 0);
	assert_int_equal(c.microusd, 200 + 500);
	/* A model without a price counts as the dearest. */
	scan(&b, "{\"model\":\"other\",\"max_tokens\":4000000000}");
	c = cost_worst(&conf, &b, 299, 1, 0);
	assert_int_equal(c.out, TOKENS_OUT_MAX);
	assert_int_equal(c.microusd, 1000 + TOKENS_OUT_MAX * 50);
	c = cost_worst(&none, &b, 299, 1, 0);
	assert_int_equal(c.microusd, 1500 + TOKENS_OUT_MAX * 75);
	c = cost_worst(&conf, &b, UINT64_MAX, 1, 0);
	assert_int_equal(c.in, TOKENS_IN_MAX);
	assert_int_equal(cost_used(&conf, "cheap", &u), 100 + 250 + 1 + 25 +
	    10000);
	assert_int_equal(cost_used(&conf, "other", &u), 1000 + 2500 + 10 +
	    250 + 10000);
	/* For an hour: twice the price of reading. */
	u.written_1h = 20;
	assert_int_equal(cost_used(&conf, "cheap", &u), 100 + 250 + 1 + 40 +
	    10000);
	u.in = UINT64_MAX / 2;
	assert_true(cost_used(&conf, "dear", &u) == UINT64_MAX / 1000 + 1);
	assert_true(cost_known(&conf, "dear"));
	assert_false(cost_known(&conf, ""));
}

#define IMAGE(type, media, data) "{\"type\":\"image\",\"source\":{"	\
	"\"type\":\"" type "\",\"media_type\":\"" media "\",\"data\":\""	\
	data "\"}}"
#define LONG	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" \
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define BODYOF(content) "{\"model\":\"cheap\",\"max_tokens\":1,\"messages\""	\
	":[{\"role\":\"user\",\"content\":[" content "]}]}"
#define RESULT(content) "{\"type\":\"tool_result\",\"content\":[" content "]}"

/* Pictures do not count by their bytes; nothing else hides among them. */
static void
test_files(void **st)
{
	static const struct { const char *json; uint64_t in; } t[] = {
		{ BODYOF(IMAGE("base64", "image/png", LONG)), 5000 },
		{ BODYOF(RESULT(IMAGE("base64", "image/png", LONG))), 5000 },
		{ BODYOF(IMAGE("base64", "image/png", LONG) ","
		    IMAGE("base64", "image/jpeg", LONG)), 10000 },
		/* a page, and a text that says it is a picture: by bytes */
		{ BODYOF(IMAGE("base64", "application/pdf", LONG)),
		    50000 },
		{ BODYOF(IMAGE("text", "image/png", LONG)), 0 },
		{ BODYOF(IMAGE("base64", "text/plain", LONG)), 0 },
		{ BODYOF(IMAGE("base64", "image/png", LONG) ","
		    IMAGE("base64", "application/pdf", LONG)), 50000 },
		/* elsewhere it is text */
		{ BODYOF("{\"type\":\"tool_use\",\"input\":{\"source\":{"
		    "\"type\":\"base64\",\"media_type\":\"image/png\","
		    "\"data\":\"" LONG "\"}}}"), 0 },
		{ "{\"model\":\"cheap\",\"max_tokens\":1,\"system\":[{"
		    "\"content\":[{\"source\":{\"media_type\":"
		    "\"image/png\",\"data\":\"" LONG "\"}}]}]}", 0 },
	};
	struct bodyscan b;
	struct cost c;
	uint64_t n;
	size_t i;

	(void)st;
	for (i = 0; i < NELEM(t); i++) {
		n = strlen(t[i].json);
		scan(&b, t[i].json);
		c = cost_worst(&conf, &b, n, 1, 0);
		assert_int_equal(b.filebytes, b.files * sizeof(LONG));
		/* Files that are no pictures count a token a byte. */
		n = (n - b.filebytes) / 3 + 1 + t[i].in +
		    (b.notimage ? b.filebytes : 0);
		if (c.in != n)
			fail_msg("row %zu: %llu, not %llu", i,
			    (unsigned long long)c.in, (unsigned long long)n);
	}
}

/* Each search may bring in so much; without a bound, all there is. */
static void
test_searches(void **st)
{
#define TOOLS(t) "{\"model\":\"cheap\",\"max_tokens\":1,\"tools\":[" t "]}"
#define SEARCH	"{\"type\":\"web_search_20250305\",\"name\":\"web_search\""
	struct bodyscan b;
	struct cost c;

	(void)st;
	scan(&b, TOOLS(SEARCH ",\"max_uses\":8}"));
	c = cost_worst(&conf, &b, 299, 1, 0);
	assert_int_equal(c.in, 100 + 8 * 8000);
	assert_int_equal(c.microusd, 100 + 64000 + 8 * 10000 + 5);
	scan(&b, TOOLS(SEARCH "}"));
	assert_true(b.points);
	scan(&b, TOOLS(SEARCH ",\"max_uses\":8}," SEARCH "}"));
	assert_true(b.points);
	scan(&b, TOOLS(SEARCH ",\"max_uses\":\"8\"}"));
	c = cost_worst(&conf, &b, 299, 1, 0);
	assert_int_equal(c.in, TOKENS_IN_MAX);
	scan(&b, TOOLS("{\"name\":\"x\",\"max_uses\":8}"));
	assert_int_equal(b.searches, 0);
}

static void
test_rate(void **st)
{
	struct scope_conf *s = &conf.s[SCOPE_TELEGRAM];
	uint64_t now = 5000000;
	unsigned i, wait;

	(void)st;
	s->per_minute = 60;
	for (i = 0; i < 60; i++) {
		assert_int_equal(limit_begin(&conf, SCOPE_TELEGRAM, now), 0);
		limit_end(SCOPE_TELEGRAM);
	}
	wait = limit_begin(&conf, SCOPE_TELEGRAM, now);
	assert_in_range(wait, 1, 2);
	/* The other scope has its own. */
	assert_int_equal(limit_begin(&conf, SCOPE_MOLTBOOK, now), 0);
	limit_end(SCOPE_MOLTBOOK);
	assert_int_equal(limit_begin(&conf, SCOPE_TELEGRAM, now +
	    wait * 1000), 0);
	limit_end(SCOPE_TELEGRAM);
	s->per_minute = 0;
	s->parallel = 2;
	assert_int_equal(limit_begin(&conf, SCOPE_TELEGRAM, now), 0);
	assert_int_equal(limit_begin(&conf, SCOPE_TELEGRAM, now), 0);
	assert_int_equal(limit_begin(&conf, SCOPE_TELEGRAM, now), 1);
	limit_end(SCOPE_TELEGRAM);
	assert_int_equal(limit_begin(&conf, SCOPE_TELEGRAM, now), 0);
	limit_end(SCOPE_TELEGRAM);
	limit_end(SCOPE_TELEGRAM);
	/* A scope that nobody configured may nothing. */
	s->have = 0;
	assert_int_equal(limit_begin(&conf, SCOPE_TELEGRAM, now), 60);
	s->have = 1;
	s->parallel = 0;
}

static void
test_head_pieces(void **st)
{
	static const char s[] = "POST /x?y HTTP/1.1\r\nHost: a\r\n"
	    "Connection: keep-alive , Close\r\nX:\t y z \r\n\r\nrest";
	struct httpreq h;
	size_t i, seen = 0;
	ssize_t n = 0;

	(void)st;
	for (i = 1; n == 0; i++)
		n = httpreq_end(s, i, &seen);
	assert_int_equal(n, sizeof(s) - 5);
	assert_int_equal(httpreq_parse(&h, s, (size_t)n), 0);
	assert_string_equal(h.method, "POST");
	assert_int_equal(h.ntarget, 4);
	assert_true(h.close);
	assert_false(h.haslen || h.chunked || h.expect);
	assert_int_equal(h.nf, 3);
	assert_int_equal(h.f[2].nvalue, 3);
	assert_non_null(httpreq_one(&h, "HOST"));
	assert_null(httpreq_one(&h, "hos"));
}

static void
test_chunk_pieces(void **st)
{
	static const char s[] = "3\r\nabc\r\n00A\r\n0123456789\r\n0\r\n\r\nX";
	struct httpchunk c;
	size_t step, at, used_, n, nd;
	const char *d;
	char got[32];
	int r;

	(void)st;
	for (step = 1; step < sizeof(s); step++) {
		memset(&c, 0, sizeof(c));
		for (at = n = 0, r = HC_MORE; r != HC_END; at += used_) {
			assert_true(at < sizeof(s) - 1);
			r = httpchunk_next(&c, s + at, MINIMUM(step,
			    sizeof(s) - 1 - at), &used_, &d, &nd);
			assert_int_not_equal(r, HC_BAD);
			if (r == HC_DATA) {
				memcpy(got + n, d, nd);
				n += nd;
			}
		}
		assert_int_equal(at, sizeof(s) - 2);
		assert_int_equal(n, 13);
		assert_memory_equal(got, "abc0123456789", 13);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_body),
		cmocka_unit_test(test_body_points),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_searches),
		cmocka_unit_test(test_body_bounds),
		cmocka_unit_test(test_usage),
		cmocka_unit_test(test_cost),
		cmocka_unit_test(test_rate),
		cmocka_unit_test(test_head_pieces),
		cmocka_unit_test(test_chunk_pieces),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests_name("gatepure", tests, NULL, NULL));
}
