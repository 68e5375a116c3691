/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Any bytes as a page: what comes out is valid UTF-8 within its bound, holds
 * no character that a reader does not see, and is the same again.  The first
 * two bytes choose the encoding and the bound.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engines/tool/fetch/html.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const char *const labels[] = { "", "utf-8", "latin1", "utf-16le",
    "shift_jis", "gbk", "koi8-r", "iso-2022-jp", "big5", "euc-kr" };

static void
judge(const struct buf *b, size_t max, const char *what)
{
	size_t i, n;
	const char *why = NULL;

	if (b->len > max)
		why = "over its bound";
	else if (b->len > 0 && !str_isutf8(b->p, b->len))
		why = "not UTF-8";
	for (i = 0; why == NULL && i < b->len; i += n)
		if (clean_drops(utf8_get(b->p + i, b->len - i, &n)))
			why = "something unseen";
	if (why != NULL) {
		(void)fprintf(stderr, "%s: %s\n", what, why);
		abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static CURLU *url;
	struct page one, two;
	struct buf text;
	const char *s;
	size_t max;
	int id;

	if (size < 2)
		return (0);
	if (url == NULL) {
		charset_init();
		if ((url = curl_url()) == NULL || curl_url_set(url,
		    CURLUPART_URL, "https://example.org/a/b", 0) != CURLUE_OK)
			abort();
	}
	max = data[1] < 128 ? data[1] : 100000;
	s = (const char *)data + 2;
	size -= 2;
	buf_init(&text);
	id = charset_guess(s, size, labels[data[0] % NELEM(labels)], 1);
	if (charset_utf8(id, s, size, &text) == -1 ||
	    (text.len > 0 && !str_isutf8(text.p, text.len)) ||
	    html_reduce(text.p, text.len, url, max, &one) == -1 ||
	    html_reduce(text.p, text.len, url, max, &two) == -1)
		abort();
	judge(&one.text, max, "text");
	judge(&one.title, 300, "title");
	if (one.text.len != two.text.len || (one.text.len > 0 &&
	    memcmp(one.text.p, two.text.p, one.text.len) != 0))
		abort();
	page_free(&one);
	page_free(&two);
	buf_free(&text);
	return (0);
}
