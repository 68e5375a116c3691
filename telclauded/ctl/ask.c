/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Requests that the relay answers: people, limits, approvals.  Run by the
 * administrator; the parent makes the channel, the relay judges the words.
 */
#include <err.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "telclauded/ctl/ctl.h"
#include "telclauded/lib/text.h"
#include "telclauded/lib/util.h"

int
client_ask(struct client *c, enum ctl_ask verb, int64_t a, int64_t b,
    const char *s, const char *t, int fd, client_row_fn fn, void *ctx,
    char *why, size_t whylen)
{
	struct msg_CTL_ASK	 m;
	struct link		*l;

	memset(&m, 0, sizeof(m));
	m.verb = (uint8_t)verb;
	m.a = a;
	m.b = b;
	if (t == NULL)
		t = "";
	m.t = text_of(t, strlen(t));
	if (str_copy(m.s, s == NULL ? "" : s, sizeof(m.s)) == -1) {
		(void)str_format(why, whylen, "a name has at most %zu bytes",
		    sizeof(m.s) - 1);
		if (fd != -1)
			close(fd);
		return (1);
	}
	l = client_rows(c, fn, ctx);
	return (client_answer(c, msg_send_CTL_ASK(l, 0, fd, &m), why, whylen));
}

int
ask_relay(struct ctl *c, enum ctl_ask verb, int64_t a, int64_t b,
    const char *s, const char *t, int fd, struct rows **rows)
{
	struct client	*cl;
	struct rows	*got;
	char		 why[1024] = "";
	int		 down, r = -1;

	if ((cl = client_open(c->socket, &down)) == NULL) {
		if (fd != -1)
			close(fd);
		return (down ? CTL_DOWN : 1);
	}
	if ((got = rows_new()) != NULL &&
	    (r = client_goto(cl, PROC_RELAY, why, sizeof(why))) == 0)
		r = client_ask(cl, verb, a, b, s, t, fd, rows_add, got, why,
		    sizeof(why));
	else if (fd != -1)
		close(fd);
	client_close(cl);
	if (r == 0 && why[0] != '\0' && !c->json)
		printf("%s\n", why);
	if (r == 0 && rows != NULL)
		*rows = got;
	else
		rows_free(got);
	if (r == 0)
		return (0);
	warnx("%s", why[0] == '\0' ? "no answer" : why);
	return (1);
}
