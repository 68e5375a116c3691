/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What a client is told that gets no connection.  Part of egress.  Most
 * programs show the status line, some the number alone, a person who looks
 * closer sees the rest.
 */
#include <string.h>

#include "engines/egress/body.h"
#include "engines/egress/egress.h"
#include "telclauded/lib/util.h"

static void
advise(struct buf *b, enum reason why, const struct target *to)
{
	const char	*s = reasons[why].advice;

	/* Domains are names. */
	if (why == WHY_DENIED && to->kind != HOST_NAME)
		s = DO_PRIVATE;
	for (; *s != '\0'; s++) {
		if (s[0] == '%' && s[1] == 'h') {
			buf_puts(b, to->host);
			s++;
		} else if (s[0] == '%' && s[1] == 'p') {
			if (to->port != 80 && to->port != 443)
				buf_printf(b, " port %u", to->port);
			s++;
		} else
			buf_add(b, s, 1);
	}
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
	advise(&body, why, to);
	buf_puts(&body, "\n");
	buf_printf(&all, "HTTP/1.1 %d telclauded: %s%s\r\n"
	    "Content-Type: text/plain\r\nContent-Length: %zu\r\n"
	    "Cache-Control: no-store\r\nConnection: close\r\n"
	    ANSWER_FIELD ": %s\r\n\r\n%s", r->status, name, r->phrase,
	    body.len, r->word, body.p == NULL ? "" : body.p);
	if (!body.failed && !all.failed && all.len <= size) {
		memcpy(dst, all.p, all.len);
		n = all.len;
	}
	buf_free(&body);
	buf_free(&all);
	return (n);
}
