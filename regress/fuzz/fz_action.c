/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Cards of any input: what comes out is valid UTF-8 in which nothing hides or
 * turns, every page fits into a message, and only who saw all pages gets the
 * button.  The first byte chooses the tool.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "telclauded/lib/util.h"
#include "engines/relay/ask/cardtext.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
must(int good, const char *why)
{
	if (good)
		return;
	(void)fprintf(stderr, "%s\n", why);
	abort();
}

static void
must_show(const struct buf *b)
{
	const unsigned char	*p = (const unsigned char *)b->p;
	size_t			 i;

	must(!b->failed, "memory");
	if (p == NULL)
		return;
	must(str_isutf8(b->p, b->len), "not UTF-8");
	for (i = 0; i < b->len; i++) {
		must(p[i] >= ' ' || p[i] == '\n' || p[i] == '\t', "control");
		must(p[i] != 0x7f && !(p[i] == 0xc2 && p[i + 1] < 0xa1),
		    "control");
		must(!(p[i] == 0xe2 && p[i + 1] == 0x80 &&
		    p[i + 2] <= 0x8f), "blank or zero width");
		must(!(p[i] == 0xe2 && p[i + 1] == 0x80 &&
		    p[i + 2] >= 0xa8 && p[i + 2] <= 0xaf), "bidi");
		must(!(p[i] == 0xe2 && p[i + 1] == 0x81 &&
		    p[i + 2] >= 0x9f && p[i + 2] <= 0xaf), "bidi");
	}
}

static void
pages(const struct buf *body)
{
	struct cardview	 v = { 0 };
	uint32_t	 units;
	unsigned	 i;

	v.where = "in /w, full-access, nothing from outside read";
	v.n = 2;
	for (i = 0; i < 2; i++) {
		v.line[i].title = "Bash";
		v.line[i].lang = "bash";
		v.line[i].how = "";
		v.line[i].body = body->p == NULL ? "" : body->p;
		v.line[i].len = body->len;
		v.line[i].open = 1;
	}
	do {
		if (card_layout(&v) == -1) {
			card_layout_free(&v);
			return;
		}
		units = (uint32_t)utf16_len(v.text.p, v.text.len);
		must(str_isutf8(v.text.p, v.text.len), "page not UTF-8");
		must(units <= 4096, "page too long");
		for (i = 0; i < v.ne; i++)
			must(v.e[i].len > 0 && v.e[i].off + v.e[i].len <=
			    units, "entity");
		for (i = 0; i < 2; i++)
			must(v.line[i].offered == (v.page >= v.line[i].last),
			    "button too soon or too late");
		card_layout_free(&v);
	} while (++v.page < v.pages);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char	*lang;
	struct buf	 b;

	if (size < 2)
		return (0);
	buf_init(&b);
	visible_add(&b, (const char *)data, size, VIS_TEXT);
	must_show(&b);
	buf_free(&b);
	buf_init(&b);
	if (action_text((enum tool)(1 + data[0] % (TOOL_MAX - 1)),
	    (const char *)data + 1, size - 1, &b, &lang) == 0) {
		must_show(&b);
		pages(&b);
	}
	buf_free(&b);
	return (0);
}
