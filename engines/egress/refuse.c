/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What a client is told that gets no connection.  Part of egress.  Most
 * programs show the status line, some the number alone, a person who looks
 * closer sees the rest.
 */
#include <string.h>

#include "engines/egress/egress.h"
#include "telclauded/lib/util.h"

/* advice, with the host for its %h */
static void
advise(struct buf *b, const char *s, const struct target *to)
{
	const char	*h = strstr(s, "%h");

	if (h == NULL)
		buf_puts(b, s);
	else
		buf_printf(b, "%.*s%s%s", (int)(h - s), s, to->host, h + 2);
}

size_t
refuse_format(char *dst, size_t size, enum reason why, const struct target *to)
{
	const struct reason_row	*r = &reasons[why];
	char			 name[AUTH_MAX + 2] = "", shown[AUTH_MAX];
	struct buf		 body, all;
	size_t			 n = 0;

	if (to->kind != HOST_NONE) {
		host_format(to, 0, shown, sizeof(shown));
		(void)str_format(name, sizeof(name), "%s ", shown);
	}
	buf_init(&body);
	buf_init(&all);
	buf_printf(&body, "telclauded: %s%s.\n", name, r->phrase);
	advise(&body, r->advice, to);
	buf_puts(&body, "\n");
	buf_printf(&all, "HTTP/1.1 %d telclauded: %s%s\r\n"
	    "Content-Type: text/plain\r\nContent-Length: %zu\r\n"
	    "Cache-Control: no-store\r\nConnection: close\r\n"
	    "X-Telclauded: %s\r\n\r\n%s", r->status, name, r->phrase,
	    body.len, r->word, body.p == NULL ? "" : body.p);
	if (!body.failed && !all.failed && all.len <= size) {
		memcpy(dst, all.p, all.len);
		n = all.len;
	}
	buf_free(&body);
	buf_free(&all);
	return (n);
}
