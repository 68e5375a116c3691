/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Markdown to text and entities: what each construct becomes, and properties
 * that hold for anything at all.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <md4c.h>

#include "engines/relay/md/markdown.h"
#include "regress/unit/mdcheck.h"
#include "telclauded/lib/util.h"

static unsigned parses;

int	 __real_md_parse(const MD_CHAR *, MD_SIZE, const MD_PARSER *, void *);
int	 __wrap_md_parse(const MD_CHAR *, MD_SIZE, const MD_PARSER *, void *);

/* What md4c gets ends as it needs it, whatever came in. */
int
__wrap_md_parse(const MD_CHAR *text, MD_SIZE n, const MD_PARSER *p, void *arg)
{
	assert_true(n > 0);
	assert_int_equal(text[n - 1], '\n');
	assert_int_equal(text[n], '\0');
	parses++;
	return (__real_md_parse(text, n, p, arg));
}

/* Text, then each entity as kind@offset+length(=arg). */
static void
shape(const char *src, size_t len, struct buf *b)
{
	struct md_text t;
	const char *why;
	unsigned i;

	buf_init(b);
	assert_int_equal(md_render(src, len, &t), 0);
	if ((why = md_check(&t)) != NULL)
		fail_msg("%s: %s", why, src);
	assert_int_equal(buf_puts(b, t.s), 0);
	for (i = 0; i < t.n; i++)
		assert_int_equal(buf_printf(b, " %s@%u+%u%s%s",
		    md_kind_name(t.e[i].kind), t.e[i].off, t.e[i].len,
		    t.e[i].arg == NULL ? "" : "=",
		    t.e[i].arg == NULL ? "" : t.e[i].arg), 0);
	md_free(&t);
}

static void
is(const char *src, const char *want)
{
	struct buf b;

	shape(src, strlen(src), &b);
	assert_string_equal(b.p, want);
	buf_free(&b);
}

static void
test_spans(void **state)
{
	(void)state;
	is("", "");
	is("plain", "plain");
	is("**bold** and *it* and ~~no~~", "bold and it and no bold@0+4 "
	    "italic@9+2 strikethrough@16+2");
	is("`a < b` x", "a < b x code@0+5");
	is("***both***", "both bold@0+4 italic@0+4");
	is("**a *b* c**", "a b c bold@0+5 italic@2+1");
	is("**see `x` there**", "see x there bold@0+3 code@4+1 bold@6+5");
	is("\xf0\x9f\x98\x80 **a**", "\xf0\x9f\x98\x80 a bold@3+1");
	is("**\xf0\x9f\x98\x80**", "\xf0\x9f\x98\x80 bold@0+2");
	is("a &amp; b &#x41; &nope; &#x202e;", "a & b A &nope; &#x202e;");
	is("line\nnext", "line\nnext");
	is("2 * 3 * 4", "2 * 3 * 4");
	is("snake_case_name", "snake_case_name");
	is("<b>x</b>", "<b>x</b>");
}

static void
test_links(void **state)
{
	(void)state;
	is("[t](https://x.org/a?b=1&amp;c)", "t text_link@0+1="
	    "https://x.org/a?b=1&c");
	is("[t](javascript:alert)", "t (javascript:alert)");
	is("[t](file.c)", "t (file.c)");
	is("[file.c](file.c)", "file.c");
	is("[](https://x.org)", "https://x.org text_link@0+13=https://x.org");
	is("![cat](https://x.org/c.png)", "cat text_link@0+3="
	    "https://x.org/c.png");
	is("[`code`](https://x.org)", "code text_link@0+4=https://x.org");
	is("[**b**](tg://user?id=1)", "b bold@0+1 text_link@0+1="
	    "tg://user?id=1");
	is("<me@x.org>", "me@x.org");
	is("[a ![i](https://i.org) b](https://x.org)", "a i b text_link@0+5="
	    "https://x.org");
}

static void
test_blocks(void **state)
{
	(void)state;
	is("# Head\ntext", "Head\n\ntext bold@0+4");
	is("# A **b** c", "A b c bold@0+5");
	is("a\n\n\n\nb", "a\n\nb");
	is("- a\n- b\n  - c\n- d", "• a\n• b\n  • c\n• d");
	is("3. a\n4. b", "3. a\n4. b");
	is("- [ ] a\n- [x] b", "☐ a\n☑ b");
	is("- a\n\n- b", "• a\n• b");
	is("- a\n  more", "• a\n  more");
	is("-\n- b", "• \n• b");
	is("> q\n> **r**\n\nx", "q\nr\n\nx blockquote@0+3 bold@2+1");
	is("> a\n> > b", "a\n\nb blockquote@0+4");
	is("a\n\n---\n\nb", "a\n\n──────────\n\nb");
	is("```c\nint x;\n  y\n```\nafter", "int x;\n  y\n\nafter "
	    "pre@0+10=c");
	is("```\n  indent\n```", "  indent pre@0+8");
	is("```sh\nunclosed", "unclosed pre@0+8=sh");
	is("> ```\n> x\n> ```", "x blockquote@0+1 pre@0+1");
	is("- a\n  ```\n  x\n  ```\n- b", "• a\nx\n• b pre@4+1");
	is("```\n```\nx", "x");
	is("    not code", "not code");
}

static void
test_tables(void **state)
{
	(void)state;
	is("|a|bb|\n|---|---:|\n|ccc|d|", "a   | bb\n----+---\nccc |  d "
	    "pre@0+26");
	is("|**a**|[x](https://y.org)|\n|---|---|\n|`1`||", "a | x "
	    "(https://y.org)\n--+------------------\n1 | pre@0+47");
	is("|日本|b|\n|---|---|\n|a|b|", "日本 | b\n-----+--\na    | b "
	    "pre@0+24");
}

static void
test_bytes(void **state)
{
	struct buf b;

	(void)state;
	shape("a\0b\xff\xe2\x80\x8b\xe2\x80\xae" "c\r\n\x1b[31md", 19, &b);
	assert_string_equal(b.p, "ab\xef\xbf\xbd" "c\n[31md");
	buf_free(&b);
	/* Surrogates and overlong forms are not UTF-8. */
	shape("\xed\xa0\x80\xc0\x80", 5, &b);
	assert_string_equal(b.p, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
	    "\xef\xbf\xbd\xef\xbf\xbd");
	buf_free(&b);
}

static void
test_limits(void **state)
{
	struct md_text t;
	struct buf b;
	int i;

	(void)state;
	buf_init(&b);
	for (i = 0; i < 300; i++)
		assert_int_equal(buf_puts(&b, "**a** "), 0);
	assert_int_equal(md_render(b.p, b.len, &t), 0);
	assert_int_equal(t.n, 100);
	assert_null(md_check(&t));
	md_free(&t);
	buf_free(&b);
	/* A table that md4c would fill up to a million cells. */
	for (i = 0; i < 1000; i++)
		assert_int_equal(buf_puts(&b, "|a"), 0);
	assert_int_equal(buf_puts(&b, "|\n"), 0);
	for (i = 0; i < 1000; i++)
		assert_int_equal(buf_puts(&b, "|---"), 0);
	assert_int_equal(buf_puts(&b, "|\n"), 0);
	for (i = 0; i < 1000; i++)
		assert_int_equal(buf_puts(&b, "|\n"), 0);
	assert_int_equal(md_render(b.p, b.len, &t), 0);
	assert_true(t.len <= b.len);
	md_free(&t);
	buf_free(&b);
	for (i = 0; i < 3000; i++)
		assert_int_equal(buf_puts(&b, i % 2 ? "> " : "- "), 0);
	assert_int_equal(buf_puts(&b, "deep"), 0);
	assert_int_equal(md_render(b.p, b.len, &t), 0);
	assert_null(md_check(&t));
	assert_non_null(strstr(t.s, "deep"));
	md_free(&t);
	buf_free(&b);
}

/* Three bytes refer to an address of 8,000. */
static void
test_references(void **state)
{
	struct md_text t;
	struct buf b;
	char carry[64];
	int i;

	(void)state;
	buf_init(&b);
	assert_int_equal(buf_puts(&b, "[a]: "), 0);
	for (i = 0; i < 8000; i++)
		assert_int_equal(buf_puts(&b, "x"), 0);
	assert_int_equal(buf_puts(&b, "\n\n"), 0);
	for (i = 0; i < 2400; i++)
		assert_int_equal(buf_puts(&b, "[a]"), 0);
	assert_int_equal(md_render(b.p, b.len, &t), 0);
	assert_null(md_check(&t));
	assert_int_equal(t.len, b.len);		/* as it was written */
	md_free(&t);
	parses = 0;
	assert_true(md_fit(b.p, b.len, 3800, carry, sizeof(carry)) > 0);
	assert_true(parses < 40);
	buf_free(&b);
	is("[a]: x.c\n\n[a] and [a]", "a (x.c) and a (x.c)");
}

/* md4c before 0.5.0 read behind the end of these. */
static void
test_ends(void **state)
{
	(void)state;
	is("\xa9##r[](r[](", "\xef\xbf\xbd##r[](r[](");
	is("# h1\n#*#####\n6", "h1\n\n#*#####\n6 bold@0+2");
	is("- [x] ", "☑");
	is("a\n6", "a\n6");
	is("a|b\n-|:", "a|b\n-|:");
	is("[a](<b", "[a](<b");
	is("[a](b \"c", "[a](b \"c");
	is("<!--", "<!--");
}

static void
fits(const char *src, uint32_t max, size_t want, const char *carry)
{
	char c[64];

	assert_int_equal(md_fit(src, strlen(src), max, c, sizeof(c)), want);
	assert_string_equal(c, carry);
}

static void
test_fit(void **state)
{
	(void)state;
	fits("short", 100, 5, "");
	fits("aaaa bbbb cccc dddd", 10, 10, "");
	fits("aaaaaaa\n\nbbbbbbb", 10, 9, "");
	fits("aaaa aaaa aaaa. bbbb bbbb", 17, 16, "");
	fits("aaaaaaaaaa", 4, 4, "");
	fits("\xf0\x9f\x98\x80\xf0\x9f\x98\x80", 3, 4, "");
	fits("\xf0\x9f\x98\x80", 1, 0, "");
	fits("```py\naaaa\nbbbb\ncccc\n```\n", 9, 16, "```py\n");
	fits("~~~~\naaaa\nbbbb\n~~~~\n", 5, 10, "~~~~\n");
	/* In front of a link, code or strong text, not in it. */
	fits("aaaa bbbb [cc dd](https://example.org/) eeee", 14, 10, "");
	fits("aaaa bbbb `cc dd` eeee ffff", 14, 10, "");
	fits("aaaa bbbb **cc dd** eeee ffff", 14, 10, "");
	fits("aaaa bbbb cc* dd eeee ffff", 14, 14, "");
	fits("**aaaa bbbb cccc dddd**", 12, 12, "");
	/* What is hidden does not count. */
	fits("[text](https://example.org/a/long/path)", 4, 39, "");
}

/* A table goes on under its head. */
static void
test_fit_table(void **state)
{
	static const char head[] = "|a|b|\n|-|-|\n";
	struct buf b;
	char c[64];
	size_t n;
	int i;

	(void)state;
	buf_init(&b);
	assert_int_equal(buf_puts(&b, head), 0);
	for (i = 0; i < 100; i++)
		assert_int_equal(buf_printf(&b, "|c%d|d|\n", i), 0);
	n = md_fit(b.p, b.len, 200, c, sizeof(c));
	assert_in_range(n, sizeof(head), b.len - 1);
	assert_int_equal(b.p[n], '|');
	assert_string_equal(c, head);
	/* Too long a head is not repeated. */
	n = md_fit(b.p, b.len, 40, c, sizeof(c));
	assert_in_range(n, sizeof(head), b.len - 1);
	assert_string_equal(c, "");
	buf_free(&b);
}

static uint32_t seed = 1;

static unsigned
dice(unsigned n)
{
	seed = seed * 1664525u + 1013904223u;
	return ((seed >> 8) % n);
}

/* Markup without URLs: all of its letters are to be seen. */
static void
compose(struct buf *b, unsigned pieces)
{
	static const char *const parts[] = { "word ", "more words. ", "**",
	    "*", "`", "~~", "\n", "\n\n", "# ", "- ", "  - ", "1. ", "> ",
	    "```c\n", "\n```\n", "|a|b|\n|---|---|\n|c|d|\n", "\xf0\x9f\x98\x80",
	    "\xe2\x82\xac ", "Zeile ", "a_b_c ", "---\n", "    ", "Ende! ",
	    "aVeryLongWordWithoutAnySpaceInIt", "\\", "~~~\n" };

	while (pieces-- > 0)
		assert_int_equal(buf_puts(b, parts[dice(NELEM(parts))]), 0);
}

static void
letters(const char *s, struct buf *b)
{
	for (; *s != '\0'; s++)
		if ((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') ||
		    (*s & 0x80))
			assert_int_equal(buf_add(b, s, 1), 0);
}

/* Drops the marks that rendering adds, which a split may add again. */
static void
without(struct buf *b, const char *mark)
{
	char *p;
	size_t n = strlen(mark);

	while ((p = b->p == NULL ? NULL : strstr(b->p, mark)) != NULL) {
		memmove(p, p + n, strlen(p + n) + 1);
		b->len -= n;
	}
}

static void
split_all(const char *src, size_t len, uint32_t max, struct buf *seen)
{
	struct md_text t;
	struct buf rest;
	char carry[64];
	const char *why;
	size_t n;
	int rounds = 0;

	buf_init(&rest);
	assert_int_equal(buf_add(&rest, src, len), 0);
	while (rest.len > 0) {
		assert_true(rounds++ < 10000);
		n = md_fit(rest.p, rest.len, max, carry, sizeof(carry));
		assert_true(n > 0 && n <= rest.len);
		assert_int_equal(md_render(rest.p, n, &t), 0);
		if ((why = md_check(&t)) != NULL)
			fail_msg("%s", why);
		assert_true(t.units <= max);
		letters(t.s, seen);
		md_free(&t);
		buf_drain(&rest, n);
		if (rest.len > 0 && carry[0] != '\0') {
			struct buf next;

			buf_init(&next);
			assert_int_equal(buf_puts(&next, carry), 0);
			/* Only progress counts: the fence is not new text. */
			assert_true(n > strlen(carry));
			assert_int_equal(buf_add(&next, rest.p, rest.len), 0);
			buf_free(&rest);
			rest = next;
		}
	}
	buf_free(&rest);
}

static void
test_properties(void **state)
{
	struct buf b, whole, seen;
	struct md_text t;
	const char *why;
	int i;

	(void)state;
	for (i = 0; i < 3000; i++) {
		buf_init(&b);
		buf_init(&whole);
		buf_init(&seen);
		compose(&b, 1 + dice(60));
		assert_int_equal(md_render(b.p, b.len, &t), 0);
		if ((why = md_check(&t)) != NULL)
			fail_msg("%s: %s", why, b.p);
		letters(t.s, &whole);
		md_free(&t);
		split_all(b.p, b.len, 40 + dice(200), &seen);
		without(&whole, "•");
		without(&seen, "•");
		without(&whole, "─");
		without(&seen, "─");
		buf_free(&b);
		buf_free(&whole);
		buf_free(&seen);
	}
}

/* Without blocks that change their meaning at a cut nothing may be lost. */
static void
test_nothing_lost(void **state)
{
	static const char *const parts[] = { "word ", "Satz. ", "\n\n",
	    "\xf0\x9f\x98\x80", "**fett** ", "`code` ", "\n", "longer-words ",
	    "\n```c\nint x;\nlong line of code here\n```\n" };
	struct buf b, whole, seen;
	struct md_text t;
	int i, k;

	(void)state;
	for (i = 0; i < 1000; i++) {
		buf_init(&b);
		buf_init(&whole);
		buf_init(&seen);
		for (k = (int)dice(80) + 1; k > 0; k--)
			assert_int_equal(buf_puts(&b,
			    parts[dice(NELEM(parts))]), 0);
		assert_int_equal(md_render(b.p, b.len, &t), 0);
		letters(t.s, &whole);
		md_free(&t);
		split_all(b.p, b.len, 60 + dice(100), &seen);
		assert_int_equal(buf_puts(&whole, ""), 0);
		assert_int_equal(buf_puts(&seen, ""), 0);
		if (strcmp(whole.p, seen.p) != 0)
			fail_msg("lost:\n%s\n--\n%s\n--\n%s", b.p, whole.p,
			    seen.p);
		buf_free(&b);
		buf_free(&whole);
		buf_free(&seen);
	}
}

/* The longest answer, whole at once. */
static void
test_long(void **state)
{
	struct buf b, seen;
	clock_t from;
	unsigned i;

	(void)state;
	buf_init(&b);
	buf_init(&seen);
	for (i = 0; b.len < 512000; i++)
		assert_int_equal(buf_printf(&b, "Line %u with **bold**, `code` "
		    "and [a link](https://example.org/%u).%s", i, i,
		    i % 5 == 4 ? "\n\n" : "\n"), 0);
	from = clock();
	split_all(b.p, b.len, 3800, &seen);
	/* For the reader: 0.1 s; 3 s when each cut looked at all the rest. */
	print_message("# %.2f s\n", (double)(clock() - from) / CLOCKS_PER_SEC);
	assert_true(seen.len > 100000);
	buf_free(&b);
	buf_free(&seen);
}

/* Joiners, emoji and flags stay whole; nothing unseen is in a token. */
static void
test_joiners(void **state)
{
	(void)state;
	is("می\u200cروم", "می\u200cروم");
	is("`क्\u200dष`", "क्\u200dष code@0+4");
	is("\U0001f468\u200d\U0001f469\u200d\U0001f467",
	    "\U0001f468\u200d\U0001f469\u200d\U0001f467");
	is("\u2764\ufe0f 1\ufe0f\u20e3 a\ufe0f",
	    "\u2764\ufe0f 1\ufe0f\u20e3 a");
	is("\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e"
	    "\U000e0067\U000e007f x", "\U0001f3f4\U000e0067\U000e0062"
	    "\U000e0065\U000e006e\U000e0067\U000e007f x");
	is("x\U000e0067y\U000e007f", "xy");
	is("sk\u00ad-a\u034fn\u180et-\ufe0fk\u200d\u200ce\u200dé",
	    "sk-ant-keé");
	is("sk&#xad;-a&#xfe0f;b&#x200d;", "sk&#xad;-a&#xfe0f;b&#x200d;");
}

/* A fence behind the mark of an item or a quote is one, too. */
static void
test_fit_marked(void **state)
{
	static const struct { const char *open, *text, *close, *carry; } f[] = {
	    { "- ```sh\n", "  echo line\n", "  ```\n", "```sh\n" },
	    { "1. ```\n", "   echo line\n", "   ```\n", "```\n" },
	    { "> ```sh\n", "> echo line\n", "> ```\n", "> ```sh\n" },
	    { "> - ~~~\n", ">   echo line\n", ">   ~~~\n", "> ~~~\n" } };
	struct buf b;
	char c[MD_CARRY];
	size_t i, k;

	(void)state;
	for (i = 0; i < NELEM(f); i++) {
		buf_init(&b);
		(void)buf_puts(&b, f[i].open);
		for (k = 0; k < 20; k++)
			(void)buf_puts(&b, f[i].text);
		(void)md_fit(b.p, b.len, 60, c, sizeof(c));
		assert_string_equal(c, f[i].carry);
		/* and behind its end there is none */
		b.len = strlen(f[i].open) + 2 * strlen(f[i].text);
		(void)buf_puts(&b, f[i].close);
		for (k = 0; k < 20; k++)
			(void)buf_puts(&b, "\nwords and more");
		(void)md_fit(b.p, b.len, 200, c, sizeof(c));
		assert_string_equal(c, "");
		buf_free(&b);
	}
	/* It ends with what it is in. */
	buf_init(&b);
	(void)buf_puts(&b, "> ```\n> code\n");
	for (k = 0; k < 20; k++)
		(void)buf_puts(&b, "\nwords and more");
	(void)md_fit(b.p, b.len, 200, c, sizeof(c));
	assert_string_equal(c, "");
	buf_free(&b);
}

/* What the server takes no more of begins the next message. */
static void
test_fit_entities(void **state)
{
	struct md_text t;
	struct buf b;
	char c[MD_CARRY];
	size_t at = 0, n;
	unsigned i, all = 0;

	(void)state;
	buf_init(&b);
	for (i = 0; i < 250; i++)
		(void)buf_puts(&b, "a `b` \n");
	for (; at < b.len; at += n) {
		n = md_fit(b.p + at, b.len - at, 3800, c, sizeof(c));
		assert_true(n > 0);
		assert_int_equal(md_render(b.p + at, n, &t), 0);
		assert_int_equal(t.lost, 0);
		all += t.n;
		md_free(&t);
	}
	assert_int_equal(all, 250);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spans),
		cmocka_unit_test(test_links),
		cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_tables),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_references),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_fit),
		cmocka_unit_test(test_fit_table),
		cmocka_unit_test(test_joiners),
		cmocka_unit_test(test_fit_marked),
		cmocka_unit_test(test_fit_entities),
		cmocka_unit_test(test_properties),
		cmocka_unit_test(test_nothing_lost),
		cmocka_unit_test(test_long),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests_name("markdown", tests, NULL, NULL));
}
