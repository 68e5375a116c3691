/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What WebFetch makes of a page:
 *	htmltool [-c CHARSET] [-m MAX] < PAGE
 * as if it were at https://example.org/dir/page.html.  Run by golden.t.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "engines/tool/fetch/html.h"

int
main(int argc, char **argv)
{
	struct buf in, text;
	struct page page;
	const char *label = "";
	size_t n, max = 100000;
	char block[65536];
	CURLU *u = curl_url();
	int ch;

	while ((ch = getopt(argc, argv, "c:m:")) != -1)
		switch (ch) {
		case 'c': label = optarg; break;
		case 'm': max = strtoul(optarg, NULL, 10); break;
		default: return (2);
		}
	charset_init();
	buf_init(&in);
	buf_init(&text);
	while ((n = fread(block, 1, sizeof(block), stdin)) > 0)
		(void)buf_add(&in, block, n);
	(void)buf_add(&in, "", 0);
	if (curl_url_set(u, CURLUPART_URL, "https://example.org/dir/page.html",
	    0) != CURLUE_OK || charset_utf8(charset_guess(in.p, in.len, label,
	    1), in.p, in.len, &text) == -1 ||
	    html_reduce(text.p, text.len, u, max, &page) == -1)
		errx(1, "no memory");
	if (page.title.len > 0)
		printf("Title: %s\n\n", page.title.p);
	printf("%s\n", page.text.len > 0 ? page.text.p : "(no text)");
	if (page.cut)
		printf("[cut]\n");
	page_free(&page);
	buf_free(&in);
	buf_free(&text);
	curl_url_cleanup(u);
	return (0);
}
