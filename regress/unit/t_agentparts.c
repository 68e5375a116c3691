/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The pure parts of the agent: the event decoder at every split point, the
 * answer's blocks and bounds, money, patience, tools, cache marks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engines/agent/agent.h"

/* The parts under test need no engine around them; what they link to does. */
const struct settings *
settings(void)
{
	static struct settings	 s;

	return (&s);
}

/* --- server-sent events -------------------------------------------------- */
static struct buf	 got;
static int		 stop_after;

static int
on_event(void *ctx, const char *p, size_t n)
{
	(void)ctx;
	buf_add(&got, p, n);
	buf_puts(&got, ";");
	return (--stop_after == 0);
}

static const char *
feed(const char *s, size_t len, size_t first, size_t step)
{
	struct sse	 d;
	size_t		 off, n;

	buf_free(&got);
	buf_init(&got);
	buf_puts(&got, "");
	sse_init(&d, on_event, NULL);
	for (off = 0; off < len; off += n) {
		n = off == 0 && first > 0 ? first : step;
		n = MINIMUM(n, len - off);
		assert_int_equal(sse_feed(&d, s + off, n), 0);
	}
	sse_free(&d);
	return (got.p);
}

static void
sse_splits(void **state)
{
	static const char	 in[] = "\xef\xbb\xbf" "data: one\n\n"
	    ": comment\nevent: x\ndata:two\r\ndata: 2\r\n\r\n"
	    "data: three\r\rid: 7\n\n\ndata\n\ndatax: no\ndata:  four\n\n"
	    "data: never ended";
	size_t			 i, k;

	(void)state;
	for (i = 1; i < sizeof(in) - 1; i++)
		for (k = 1; k < 9; k++)
			assert_string_equal(feed(in, sizeof(in) - 1, i, k),
			    "one;two\n2;three;; four;");
	stop_after = 2;
	assert_string_equal(feed(in, sizeof(in) - 1, 0, 1000),
	    "one;two\n2;");
	stop_after = 0;
}

static void
sse_bounds(void **state)
{
	struct sse	 d;
	char		*big = malloc(1u << 20);
	unsigned	 i;
	int		 r = 0;

	(void)state;
	assert_non_null(big);
	memset(big, 'a', 1u << 20);
	sse_init(&d, on_event, NULL);
	for (i = 0; i < 9 && r == 0; i++)
		r = sse_feed(&d, big, 1u << 20);
	assert_int_equal(r, -1);
	assert_int_equal(sse_feed(&d, "x", 1), -1);
	sse_free(&d);
	/* Many lines of one event. */
	memcpy(big, "data: ", 6);
	big[(1u << 20) - 1] = '\n';
	sse_init(&d, on_event, NULL);
	for (i = 0, r = 0; i < 9 && r == 0; i++)
		r = sse_feed(&d, big, 1u << 20);
	assert_int_equal(r, -1);
	sse_free(&d);
	free(big);
}

/* --- answers ------------------------------------------------------------- */
static struct buf	 said;
static unsigned		 ntools, nthoughts;

static void
r_text(void *ctx, const char *p, size_t n)
{
	(void)ctx;
	buf_add(&said, p, n);
}

static void
r_thinking(void *ctx)
{
	(void)ctx;
	nthoughts++;
}

static void
r_tool(void *ctx, const struct blk *b)
{
	(void)ctx;
	(void)b;
	ntools++;
}

static const struct reply_cb	 cb = { r_text, r_thinking, NULL, r_tool };

static void
give(struct reply *r, ...)
{
	const char	*s;
	va_list		 ap;

	reply_init(r, &cb, NULL);
	buf_free(&said);
	buf_init(&said);
	buf_puts(&said, "");
	ntools = nthoughts = 0;
	va_start(ap, r);
	while ((s = va_arg(ap, const char *)) != NULL)
		if (reply_event(r, s, strlen(s)))
			break;
	va_end(ap);
}

static const char *
content(struct reply *r)
{
	static struct buf	 b;
	json_t			*v;
	int			 n;

	buf_free(&b);
	buf_init(&b);
	buf_puts(&b, "");
	n = reply_content(r, &b);
	if (n > 0) {
		v = json_loadb(b.p, b.len, 0, NULL);
		assert_non_null(v);
		assert_int_equal(json_array_size(v), n);
		json_decref(v);
	}
	reply_free(r);
	return (b.p);
}

#define START	"{\"type\":\"message_start\",\"message\":{\"usage\":{"	\
		"\"input_tokens\":7,\"output_tokens\":1}}}"
#define OPEN(i, b) "{\"type\":\"content_block_start\",\"index\":" #i "," \
		"\"content_block\":{" b "}}"
#define DELTA(i, d) "{\"type\":\"content_block_delta\",\"index\":" #i "," \
		"\"delta\":{" d "}}"
#define CLOSE(i) "{\"type\":\"content_block_stop\",\"index\":" #i "}"
#define T(x)	"\"type\":\"" x "\""

static void
reply_blocks(void **state)
{
	struct reply	 r;

	(void)state;
	give(&r, START, OPEN(0, T("thinking") ",\"thinking\":\"\","
	    "\"signature\":\"\""), DELTA(0, T("thinking_delta")
	    ",\"thinking\":\"a\\\"b\""), DELTA(0, T("signature_delta")
	    ",\"signature\":\"S\""), CLOSE(0),
	    OPEN(1, T("redacted_thinking") ",\"data\":\"D\""), CLOSE(1),
	    OPEN(2, T("text") ",\"text\":\"x\""),
	    DELTA(2, T("text_delta") ",\"text\":\"y\\u0000z\""),
	    DELTA(2, T("from_the_future") ",\"q\":1"), CLOSE(2),
	    "{\"type\":\"from_the_future\"}",
	    OPEN(3, T("from_the_future")), CLOSE(3),
	    "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":"
	    "\"end_turn\"},\"usage\":{\"output_tokens\":9}}",
	    "{\"type\":\"message_stop\"}", NULL);
	assert_int_equal(r.failed, 0);
	assert_int_equal(r.stopped, 1);
	assert_int_equal(r.stop, SR_END);
	assert_int_equal(r.use.in, 7);
	assert_int_equal(r.use.out, 9);
	assert_int_equal(nthoughts, 2);
	assert_int_equal(said.len, 4);
	assert_string_equal(content(&r), "[{\"type\":\"thinking\","
	    "\"thinking\":\"a\\\"b\",\"signature\":\"S\"},"
	    "{\"type\":\"redacted_thinking\",\"data\":\"D\"},"
	    "{\"type\":\"text\",\"text\":\"xyz\"}]");
}

static void
reply_cut(void **state)
{
	struct reply	 r;

	(void)state;
	/* Thoughts alone, white space alone: nothing to send back. */
	give(&r, START, OPEN(0, T("thinking") ",\"thinking\":\"t\","
	    "\"signature\":\"S\""), CLOSE(0), OPEN(1, T("text")
	    ",\"text\":\" \\n\""), NULL);
	assert_string_equal(content(&r), "");
	/* A search without its answer, a call cut in its input. */
	give(&r, START, OPEN(0, T("text") ",\"text\":\"x\""), CLOSE(0),
	    OPEN(1, T("server_tool_use") ",\"id\":\"s\",\"name\":"
	    "\"web_search\",\"input\":{\"query\":\"q\"}"), CLOSE(1),
	    OPEN(2, T("tool_use") ",\"id\":\"t\",\"name\":\"Bash\""),
	    DELTA(2, T("input_json_delta") ",\"partial_json\":\"{\\\"a\""),
	    NULL);
	assert_int_equal(ntools, 0);
	assert_string_equal(content(&r), "[{\"type\":\"text\",\"text\":"
	    "\"x\"}]");
	/* Duplicate keys could be read in two ways. */
	give(&r, START, OPEN(0, T("tool_use") ",\"id\":\"t\",\"name\":\"B\""),
	    DELTA(0, T("input_json_delta") ",\"partial_json\":"
	    "\"{\\\"a\\\":1,\\\"a\\\":2}\""), CLOSE(0), NULL);
	assert_int_equal(ntools, 1);
	assert_int_equal(r.b[0].bad, 1);
	assert_string_equal(content(&r), "[{\"type\":\"tool_use\",\"id\":"
	    "\"t\",\"name\":\"B\",\"input\":{}}]");
}

static void
reply_deep(void **state)
{
	struct reply	 r;
	char		 ev[1024], open[65], close[65];
	int		 n;

	(void)state;
	memset(open, '[', sizeof(open) - 1);
	open[sizeof(open) - 1] = '\0';
	memset(close, ']', sizeof(close) - 1);
	close[sizeof(close) - 1] = '\0';
	for (n = 62; n <= 64; n++) {
		(void)snprintf(ev, sizeof(ev), "{\"type\":"
		    "\"content_block_delta\",\"index\":0,\"delta\":{\"type\":"
		    "\"input_json_delta\",\"partial_json\":\"{\\\"a[{\\\":"
		    "%.*s%.*s}\"}}", n, open, n, close);
		give(&r, START, OPEN(0, T("tool_use") ",\"id\":\"t\","
		    "\"name\":\"B\""), ev, CLOSE(0), NULL);
		assert_int_equal(r.failed, 0);
		assert_int_equal(r.b[0].bad, n == 64);
		reply_free(&r);
	}
}

static void
fails(const char *a, const char *b, const char *c)
{
	struct reply	 r;

	give(&r, a, b, c, NULL);
	assert_int_equal(r.failed, 1);
	assert_true(r.errmsg[0] != '\0');
	reply_free(&r);
}

static void
reply_protocol(void **state)
{
	static char	 big[6000];
	struct reply	 r;
	unsigned	 i;

	(void)state;
	fails("[1]", NULL, NULL);
	fails("{\"type\":5}", NULL, NULL);
	fails("{\"type\":\"ping\"", NULL, NULL);
	fails(OPEN(0, T("text")), NULL, NULL);
	fails(START, START, NULL);
	fails(START, CLOSE(0), NULL);
	fails(START, OPEN(0, "\"text\":\"\""), NULL);
	fails(START, OPEN(0, T("text")), OPEN(0, T("text")));
	fails(START, OPEN(0, T("tool_use") ",\"name\":\"x\""), NULL);
	fails(START, OPEN(0, T("tool_use") ",\"id\":\"a\\u0000b\","
	    "\"name\":\"x\""), NULL);
	fails(START, "{\"type\":\"error\",\"error\":{\"type\":"
	    "\"overloaded_error\",\"message\":\"m\"}}", NULL);
	/* Negative, fractional and absurd counts are not counts. */
	give(&r, "{\"type\":\"message_start\",\"message\":{\"usage\":{"
	    "\"input_tokens\":-5,\"output_tokens\":1.5,"
	    "\"cache_read_input_tokens\":99999999999999}}}", NULL);
	assert_int_equal(r.use.in + r.use.out + r.use.cached, 0);
	reply_free(&r);
	/* More blocks than anybody needs. */
	reply_init(&r, &cb, NULL);
	reply_event(&r, START, strlen(START));
	for (i = 0; i < REPLY_BLOCKS + 5 && !r.failed; i++) {
		(void)snprintf(big, sizeof(big), "{\"type\":"
		    "\"content_block_start\",\"index\":%u,\"content_block\":"
		    "{\"type\":\"text\"}}", i);
		reply_event(&r, big, strlen(big));
	}
	assert_int_equal(i, REPLY_BLOCKS + 1);
	reply_free(&r);
}

/* --- money and patience -------------------------------------------------- */
static void
cost(void **state)
{
	struct msg_CONF_MODEL	 m = { .in_nano = 3000, .out_nano = 15000,
	    .cached_nano = 300, .written_nano = 3750 };
	struct usage		 u = { 1, 0, 0, 0, 0 };
	struct usage		 v = { 1000000, 1000000, 1000000, 1000000, 2 };

	(void)state;
	assert_int_equal(cost_microusd(&u, &m), 3);
	u.in = 0;
	u.cached = 1;
	assert_int_equal(cost_microusd(&u, &m), 1);	/* rounded up */
	usage_add(&u, &v);
	assert_int_equal(u.cached, 1000001);
	assert_int_equal(cost_microusd(&v, &m),
	    3000000 + 15000000 + 300000 + 3750000 + 20000);
	assert_int_equal(cost_microusd(&v, NULL), 20000);
	/* What the line leaves out costs as much as gate takes for it. */
	m.cached_nano = m.written_nano = 0;
	assert_int_equal(cost_microusd(&v, &m),
	    3000000 + 15000000 + 3000000 + 3750000 + 20000);
	m.out_nano = UINT64_MAX;
	assert_true(cost_microusd(&v, &m) > UINT64_MAX / 1001);
}

/* Pictures count by what they show; the rest by its bytes. */
static void
estimates(void **state)
{
#define PICTURE	"{\"type\":\"image\",\"source\":{\"type\":\"base64\","	\
		"\"media_type\":\"image/png\",\"data\":\"%s\"}}"
	struct cmsg	 m[3];
	struct conv	 c = { .m = m, .n = 1 };
	struct usage	 u = { 100, 20, 3, 4, 0 };
	static char	 data[9001], text[10000];

	(void)state;
	memset(m, 0, sizeof(m));
	memset(data, 'A', sizeof(data) - 1);
	assert_int_equal(estimate_next(&c), 0);
	estimate_seen(&c, &u);
	assert_int_equal(estimate_next(&c), 127);
	c.n = 2;
	(void)buf_puts(&m[1].c, "[{\"type\":\"text\",\"text\":\"abc\"}]");
	assert_int_equal(estimate_next(&c), 127 + m[1].c.len / 3 + 1);
	c.n = 3;
	(void)snprintf(text, sizeof(text), "[" PICTURE "]", data);
	(void)buf_puts(&m[2].c, text);
	assert_in_range(estimate_next(&c), 127 + 5000, 127 + 5000 + 50);
	/* A text that looks like one is a text. */
	buf_free(&m[2].c);
	(void)buf_json_str(&m[2].c, text, strlen(text));
	assert_true(estimate_next(&c) > 127 + 3000 && estimate_next(&c) <
	    127 + 3200);
	/* What was left out since makes it unknown. */
	estimate_seen(&c, &u);
	c.n = 2;
	assert_int_equal(estimate_next(&c), 0);
	buf_free(&m[1].c);
	buf_free(&m[2].c);
}

static void
patience(void **state)
{
	uint32_t	 i, ms;

	(void)state;
	for (i = 0; i < 1000; i++) {
		ms = backoff_ms(1, 0, i * 7919);
		assert_in_range(ms, 250, 500);
		ms = backoff_ms(4, 0, i * 7919);
		assert_in_range(ms, 2000, 4000);
		ms = backoff_ms(40, 0, i * 7919);
		assert_in_range(ms, 30000, 60000);
		ms = backoff_ms(1, 20000, i * 7919);
		assert_in_range(ms, 20000, 20250);
		ms = backoff_ms(1, UINT32_MAX, i * 7919);
		assert_in_range(ms, 900000, 900250);
	}
}

static void
verdicts(void **state)
{
	static const struct {
		unsigned		 status;
		const char		*type, *text;
		enum verdict		 v;
		enum turn_outcome	 out;
	} rows[] = {
		{ 429, "", "", V_RETRY, TO_RATE },
		{ 529, "", "", V_RETRY, TO_BUSY },
		{ 500, "api_error", "", V_RETRY, TO_SERVER },
		{ 503, "", "", V_RETRY, TO_BUSY },
		{ 408, "", "", V_RETRY, TO_SERVER },
		{ 401, "", "", V_FATAL, TO_KEY },
		{ 403, "", "", V_FATAL, TO_ACCOUNT },
		{ 402, "", "", V_FATAL, TO_ACCOUNT },
		{ 400, "invalid_request_error", "Your credit balance is too "
		    "low", V_FATAL, TO_ACCOUNT },
		{ 404, "not_found_error", "model", V_FATAL, TO_MODEL },
		{ 400, "invalid_request_error", "no", V_FATAL, TO_SERVER },
		{ 400, "invalid_request_error", "Prompt is too long: 3",
		    V_CONTEXT, TO_CONTEXT },
		{ 413, "", "", V_CONTEXT, TO_CONTEXT },
		{ 302, "", "", V_FATAL, TO_SERVER },
		{ 200, "overloaded_error", "", V_RETRY, TO_BUSY },
		{ 200, "broken_stream", "", V_RETRY, TO_SERVER },
		{ 200, "invalid_request_error", "", V_FATAL, TO_SERVER },
	};
	enum turn_outcome	 out;
	unsigned		 i;

	(void)state;
	for (i = 0; i < NELEM(rows); i++) {
		assert_int_equal(verdict_status(rows[i].status, rows[i].type,
		    rows[i].text, &out), rows[i].v);
		assert_int_equal(out, rows[i].out);
	}
}

/* --- requests ------------------------------------------------------------ */
static void
tool_tables(void **state)
{
	static const size_t	 n[TIER_MAX] = { [TIER_READ_ONLY] = 5,
	    [TIER_WRITE_LOCAL] = 9, [TIER_FULL_ACCESS] = 9,
	    [TIER_SOCIAL] = 9 };
	struct buf		 b;
	json_t			*v, *t;
	size_t			 i;
	int			 tier, marks;

	(void)state;
	for (tier = TIER_SOCIAL; tier < TIER_MAX; tier++) {
		buf_init(&b);
		tools_json(&b, (enum tier)tier, 0);
		v = json_loadb(b.p, b.len, JSON_REJECT_DUPLICATES, NULL);
		assert_int_equal(json_array_size(v), n[tier]);
		marks = 0;
		json_array_foreach(v, i, t) {
			marks += json_object_get(t, "cache_control") != NULL;
			assert_true(json_object_get(t, "type") != NULL ||
			    json_is_object(json_object_get(t,
			    "input_schema")));
		}
		assert_int_equal(marks, 1);
		assert_non_null(json_object_get(json_array_get(v, i - 1),
		    "cache_control"));
		json_decref(v);
		buf_free(&b);
	}
	buf_init(&b);
	tools_json(&b, TIER_FULL_ACCESS, ~(1u << TOOL_READ));
	v = json_loadb(b.p, b.len, JSON_REJECT_DUPLICATES, NULL);
	assert_int_equal(json_array_size(v), 1);
	json_decref(v);
	buf_free(&b);
	buf_init(&b);
	tools_json(&b, TIER_FULL_ACCESS, UINT32_MAX);
	assert_string_equal(b.p, "[]");
	buf_free(&b);
	assert_int_equal(tools_find("Bash"), TOOL_BASH);
	assert_int_equal(tools_find("WebFetch"), TOOL_WEBFETCH);
	assert_int_equal(tools_find("WebSearch"), TOOL_NONE);
	assert_int_equal(tools_find("bash"), TOOL_NONE);
}

static void
cache_marks(void **state)
{
	static char	 text[] = "[{\"type\":\"text\",\"text\":\"x\"}]";
	struct cmsg	 m[5];
	struct conv	 c;
	struct request	 r = { .model = "m\"", .tier = TIER_FULL_ACCESS,
	    .stable = "s", .chat = "c", .conv = &c };
	struct buf	 b;
	json_t		*v, *ms;
	unsigned	 i;

	(void)state;
	memset(&c, 0, sizeof(c));
	memset(m, 0, sizeof(m));
	c.m = m;
	c.n = 5;
	for (i = 0; i < 5; i++) {
		m[i].user = i % 2 == 0;
		m[i].c.p = text;
		m[i].c.len = sizeof(text) - 1;
	}
	buf_init(&b);
	assert_int_equal(request_build(&b, &r), 0);
	v = json_loadb(b.p, b.len, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(v);
	assert_string_equal(json_string_value(json_object_get(v, "model")),
	    "m\"");
	assert_null(json_object_get(v, "thinking"));
	ms = json_object_get(v, "system");
	assert_non_null(json_object_get(json_array_get(ms, 0),
	    "cache_control"));
	assert_null(json_object_get(json_array_get(ms, 1), "cache_control"));
	ms = json_object_get(v, "messages");
	for (i = 0; i < 5; i++)
		assert_int_equal(json_object_get(json_array_get(
		    json_object_get(json_array_get(ms, i), "content"), 0),
		    "cache_control") != NULL, i == 2 || i == 4);
	json_decref(v);
	buf_free(&b);
	r.thinking = 2048;
	buf_init(&b);
	assert_int_equal(request_build(&b, &r), 0);
	assert_non_null(strstr(b.p, "\"thinking\":{\"type\":\"enabled\","
	    "\"budget_tokens\":2048}"));
	buf_free(&b);
}

static void
prompts(void **state)
{
	struct buf	 b;

	(void)state;
	buf_init(&b);
	prompt_outbox(&b, "/media/outbox", 0x1f, TIER_READ_ONLY);
	assert_int_equal(b.len, 0);
	prompt_outbox(&b, "/media/outbox", 0x1f, TIER_WRITE_LOCAL);
	assert_non_null(strstr(b.p, "/media/outbox/000000000000001f/"));
	buf_free(&b);
	buf_init(&b);
	prompt_chat(&b, -1001, UINT64_C(1795446000000), 0);
	assert_string_equal(b.p, "<chat-context chat-id=\"-1001\" />\n"
	    "Today is Monday, 2026-11-23 (UTC).");
	buf_free(&b);
	/* Numbers of lines go, whatever mark Read puts behind them. */
	prompt_claude_md("     1\xe2\x86\x92x\n    10\t2 y\nplain 3\tz", 31, 0);
	buf_init(&b);
	prompt_stable(&b, settings());
	assert_non_null(strstr(b.p, "\nx\n2 y\nplain 3\tz\n"));
	buf_free(&b);
	prompt_claude_md("gone", 4, 1);
	buf_init(&b);
	prompt_stable(&b, settings());
	assert_null(strstr(b.p, "CLAUDE.md"));
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test(sse_splits),
		cmocka_unit_test(sse_bounds),
		cmocka_unit_test(reply_blocks),
		cmocka_unit_test(reply_cut),
		cmocka_unit_test(reply_deep),
		cmocka_unit_test(reply_protocol),
		cmocka_unit_test(cost),
		cmocka_unit_test(estimates),
		cmocka_unit_test(patience),
		cmocka_unit_test(verdicts),
		cmocka_unit_test(tool_tables),
		cmocka_unit_test(cache_marks),
		cmocka_unit_test(prompts),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
