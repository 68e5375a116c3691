/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The parts of fetch: addresses, encodings, references, tags, bounds.  Whole
 * pages are regress/html, the network is regress/confinement/fetch.t.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engines/tool/fetch/fetch.h"

static CURLU *
example(void)
{
	static CURLU *u;

	if (u == NULL) {
		u = curl_url();
		assert_int_equal(curl_url_set(u, CURLUPART_URL,
		    "https://example.org/a/b?c", 0), CURLUE_OK);
	}
	return (u);
}

/* The Markdown of a page. */
static char *
md(const char *html, size_t max)
{
	static struct page page;

	page_free(&page);
	assert_int_equal(html_reduce(html, strlen(html), example(), max,
	    &page), 0);
	(void)buf_add(&page.text, "", 0);
	return (page.text.p);
}

#define MD(html, text)	assert_string_equal(md(html, 100000), text)

/* --- addresses ---------------------------------------------------------- */

static void
good(const char *s, const char *text, const char *host, unsigned port)
{
	const char *why;
	struct url u;

	if (url_parse(&u, s, NULL, &why) == -1)
		fail_msg("%s: %s", s, why);
	assert_string_equal(u.text, text);
	assert_string_equal(u.host, host);
	assert_int_equal(u.port, port);
	url_free(&u);
}

static void
bad(const char *s, const char *word)
{
	const char *why = "";
	struct url u;

	if (url_parse(&u, s, NULL, &why) != -1)
		fail_msg("%s is %s", s, u.text);
	if (strstr(why, word) == NULL)
		fail_msg("%s: %s", s, why);
}

static void
t_url(void **state)
{
	(void)state;
	good("https://Example.ORG", "https://example.org/", "example.org",
	    443);
	good("http://a.b:8080/x?y=z#f", "http://a.b:8080/x?y=z", "a.b", 8080);
	good("https://a.b:443/", "https://a.b:443/", "a.b", 443);
	good("HTTPS://a.b/a b\xc3\xa9", "https://a.b/a%20b%c3%a9", "a.b",
	    443);
	/* However it is written, the proxy hears the plain form. */
	good("http://0x7f000001/", "http://127.0.0.1/", "127.0.0.1", 80);
	good("http://2130706433/", "http://127.0.0.1/", "127.0.0.1", 80);
	good("http://0251.0376.43518/", "http://169.254.169.254/",
	    "169.254.169.254", 80);
	good("http://[::FFFF:7f00:1]/", "http://[::ffff:7f00:1]/",
	    "[::ffff:7f00:1]", 80);
	bad("ftp://a.b/", "only http");
	bad("file:///etc/passwd", "only http");
	bad("https://u@a.b/", "user name");
	bad("https://u:p@a.b/", "user name");
	bad("https://:p@a.b/", "user name");
	bad("a.b", "not an address");
	bad("", "not an address");
	bad("https://[fe80::1%25eth0]/", "");
	bad("https://a_b\\c/", "");
	bad("https://-a.b/", "host");
	bad("https://.a.b/", "host");
	bad("https://a.b:0/", "");
	bad("https://a\x01.b/", "");
}

static int
same(const char *a, const char *b)
{
	const char *why;
	struct url x, y;
	int r;

	assert_int_equal(url_parse(&x, a, NULL, &why), 0);
	assert_int_equal(url_parse(&y, b, &x, &why), 0);
	r = url_same(&x, &y);
	url_free(&x);
	url_free(&y);
	return (r);
}

static void
t_same(void **state)
{
	(void)state;
	assert_true(same("https://a.b/x", "/y"));
	assert_true(same("https://a.b/x", "y?z"));
	assert_true(same("https://a.b/", "https://www.a.b/"));
	assert_true(same("https://www.a.b/", "https://A.B/"));
	assert_true(same("http://a.b/", "https://a.b/"));
	assert_true(same("http://a.b:8080/", "http://a.b:8080/y"));
	assert_false(same("https://a.b/", "//c.d/"));
	assert_false(same("https://a.b/", "https://x.a.b/"));
	assert_false(same("https://a.b/", "https://a.b.c/"));
	assert_false(same("https://a.b/", "https://wwwa.b/"));
	assert_false(same("https://a.b/", "https://a.b:8443/"));
	assert_false(same("http://a.b:8080/", "https://a.b/"));
	assert_false(same("http://a.b:443/", "https://a.b/"));
}

static void
link_is(const char *href, const char *want)
{
	char *s = url_link(example(), href, strlen(href));

	if (want == NULL)
		assert_null(s);
	else {
		assert_non_null(s);
		assert_string_equal(s, want);
	}
	free(s);
}

static void
t_link(void **state)
{
	char *s, big[4000];

	(void)state;
	link_is("x", "https://example.org/a/x");
	link_is("../x", "https://example.org/x");
	link_is("?q", "https://example.org/a/b?q");
	link_is("//o.p/", "https://o.p/");
	link_is(" \n/x\ty ", "https://example.org/xy");
	link_is("/(x)", "https://example.org/%28x%29");
	link_is("http://u:p@o.p/", "http://o.p/");
	link_is("mailto:a@b", "mailto:a@b");
	link_is("#x", NULL);
	link_is("", NULL);
	link_is("javascript:alert(1)", NULL);
	link_is(" java\nscript:alert(1)", NULL);
	link_is("JavaScript:alert(1)", NULL);
	link_is("data:text/html,x", NULL);
	link_is("ftp://o.p/", NULL);
	link_is("tel:+1", NULL);
	link_is("https://[", NULL);
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	link_is(big, NULL);
	s = url_link(NULL, "https://o.p/", 12);
	assert_string_equal(s, "https://o.p/");
	free(s);
	assert_null(url_link(NULL, "x", 1));
}

/* --- encodings ------------------------------------------------------------ */

static void
utf8(int id, const char *in, size_t len, const char *want)
{
	struct buf b;

	buf_init(&b);
	assert_int_equal(charset_utf8(id, in, len, &b), 0);
	(void)buf_add(&b, "", 0);
	assert_string_equal(b.p, want);
	buf_free(&b);
}

static void
t_charset(void **state)
{
	(void)state;
	charset_init();
	assert_int_equal(charset_find("UTF-8", 5), CHARSET_UTF8);
	assert_int_equal(charset_find(" \"utf8\" ", 8), CHARSET_UTF8);
	assert_int_equal(charset_find("ISO-8859-1;x", 12), CHARSET_1252);
	assert_int_equal(charset_find("utf", 3), -1);
	assert_int_equal(charset_find("utf-7", 5), -1);
	assert_int_equal(charset_find("", 0), -1);
	assert_int_equal(charset_find("iso-2022-cn-ext", 15), -1);
	utf8(CHARSET_1252, "a\x80\x81\xe9\0z", 6, "a\xe2\x82\xac\xef\xbf\xbd"
	    "\xc3\xa9z");
	utf8(CHARSET_UTF8, "a\0\xc3\xa9\xff\xed\xa0\x80\xf0\x9f", 10,
	    "a\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
	    "\xef\xbf\xbd\xef\xbf\xbd");
	utf8(charset_find("shift_jis", 9), "\x93\xfa\x93", 3,
	    "\xe6\x97\xa5\xef\xbf\xbd");
	utf8(charset_find("utf-16le", 8), "a\0\0\xd8" "b\0c", 7,
	    "a\xef\xbf\xbd" "b\xef\xbf\xbd");
	utf8(9999, "\xe9", 1, "\xc3\xa9");
	/* Who says what it is: a mark, the server, the page, a look. */
	assert_int_equal(charset_guess("\xef\xbb\xbfx", 4, "latin1", 1),
	    CHARSET_UTF8);
	assert_int_equal(charset_guess("x", 1, "latin1", 1), CHARSET_1252);
	assert_int_equal(charset_guess("<meta charset='koi8-r'>", 23, "", 1),
	    charset_find("koi8-r", 6));
	assert_int_equal(charset_guess("<meta charset='koi8-r'>", 23, "", 0),
	    CHARSET_UTF8);
	assert_int_equal(charset_guess("<meta charset=utf-16>", 21, "", 1),
	    CHARSET_UTF8);
	assert_int_equal(charset_guess("\xe9", 1, "", 1), CHARSET_1252);
	assert_int_equal(charset_guess("", 0, "nonsense", 1), CHARSET_UTF8);
}

/* --- pages ---------------------------------------------------------------- */

static void
t_references(void **state)
{
	(void)state;
	MD("&lt;&amp;&gt;&quot;&apos;", "<&>\"'");
	MD("&eacute;&Eacute;&hellip;&rarr;", "\xc3\xa9\xc3\x89\xe2\x80\xa6"
	    "\xe2\x86\x92");
	MD("&amp;lt;", "&lt;");
	MD("&amp &ampx &not", "& &x \xc2\xac");
	MD("&#65;&#x42;&#X43;&#68", "ABCD");
	MD("&#128;&#0;&#xd800;&#x110000;&#99999999999999999999;",
	    "\xe2\x82\xac\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	MD("&nosuch; &; &#; &#x; & &", "&nosuch; &; &#; &#x; & &");
	MD("<a href='/?a=1&copy=2&amp;b=3'>x</a>",
	    "[x](https://example.org/?a=1&copy=2&b=3)");
}

static void
t_unseen(void **state)
{
	(void)state;
	MD("a&#x200b;b&#xad;c&#x202e;d&#x2066;e&#xfeff;f&#xe0041;g&#27;h",
	    "abcdefgh");
	MD("a\xe2\x80\x8d" "b", "a\xe2\x80\x8d" "b");	/* joins emoji */
	MD("<pre>a&#x202e;b\x1b[0m</pre>", "```\nab[0m\n```");
	MD("<title>x&#x202e;</title><p>y", "y");
}

static void
t_tags(void **state)
{
	(void)state;
	MD("a<b", "a");			/* the page ends in a tag */
	MD("a < b <3 </3> c", "a < b <3 c");
	MD("a<!x>b<?y>c<!---->d<!-->e<!--x--!>f<!--y", "abcdef");
	MD("<script>x</script >y", "y");
	MD("<script>x</scripty></SCRIPT\n>y", "y");
	MD("<style>x</style/>y", "y");
	MD("<textarea></p></textarea>y", "y");
	MD("<plaintext>a</plaintext><b>", "a</plaintext><b>");
	MD("<svg/>a<svg><svg></svg>b</svg>c", "ac");
	MD("<a href=x href=y>l</a>", "[l](https://example.org/a/x)");
	MD("<a HREF = 'x'>l</A>", "[l](https://example.org/a/x)");
	MD("<a/href=x>l</a>", "[l](https://example.org/a/x)");
	MD("<a title='>' href=x>l</a>", "[l](https://example.org/a/x)");
	MD("<p hidden=until-found>x", "x");
	MD("<h1>\n a \n</h1>b", "# a\n\nb");
	MD("<ul><li>a<ul><li>b</ul><li>c</ul>", "- a\n  - b\n- c");
	MD("<ol start=99><li>a<li><p>b<p>c</ol>", "99. a\n100. b\n\n"
	    "     c");
	MD("<pre>```\na\n````</pre>", "`````\n```\na\n````\n`````");
	MD("<b> a </b>b<i></i>", "**a** b");
	MD("", "");
}

/* Whatever the bound, it is kept, and no character is cut in two. */
static void
t_bound(void **state)
{
	static const char html[] = "<h1>\xe2\x82\xac\xe2\x82\xac</h1><ul><li>"
	    "<b>\xc3\xa9</b> <a href=/x>\xf0\x9f\x98\x80</a></ul><pre>"
	    "\xe2\x82\xac\n\xe2\x82\xac</pre><table><tr><th>a<th>b<tr><td>"
	    "\xc3\xa9<td>|</table>";
	size_t max, whole = strlen(md(html, 100000));
	struct page p;

	(void)state;
	for (max = 0; max <= whole + 1; max++) {
		assert_int_equal(html_reduce(html, strlen(html), NULL, max,
		    &p), 0);
		assert_true(p.text.len <= max);
		if (p.text.len > 0)
			assert_true(str_isutf8(p.text.p, p.text.len));
		page_free(&p);
	}
	assert_int_equal(html_reduce(html, strlen(html), example(), whole,
	    &p), 0);
	assert_false(p.cut);
	assert_int_equal(p.text.len, whole);
	page_free(&p);
	assert_int_equal(html_reduce(html, strlen(html), example(), whole - 1,
	    &p), 0);
	assert_true(p.cut);
	page_free(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_url),
		cmocka_unit_test(t_same),
		cmocka_unit_test(t_link),
		cmocka_unit_test(t_charset),
		cmocka_unit_test(t_references),
		cmocka_unit_test(t_unseen),
		cmocka_unit_test(t_tags),
		cmocka_unit_test(t_bound),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
