/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * show totp, totp remove, totp import: the totp engine does it, and no secret
 * comes here.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "telclauded/ctl/ctl.h"
#include "telclauded/ctl/view.h"
#include "telclauded/lib/util.h"

static void
fmt_wait(const struct json_t *v, char *out, size_t size)
{
	json_int_t	 s = json_integer_value(v);

	if (s == 0)
		(void)str_copy(out, "-", size);
	else
		fmt_since((uint64_t)s * 1000, out, size);
}

static const struct column totp_columns[] = {
	{ "user", "PERSON", 14, NULL },
	{ "state", "STATE", 7, NULL },
	{ "locked_s", "WAITS", 0, fmt_wait },
};
static const struct column import_columns[] = {
	{ "user", "PERSON", 14, NULL },
	{ "result", "RESULT", 0, NULL },
};

int
cmd_show_totp(struct ctl *c)
{
	struct rows	*r;
	int		 rv;

	if ((rv = view_fetch(c, PROC_TOTP, SHOW_TOTP, &r)) != 0)
		return (rv);
	rows_show(c, r, totp_columns, NELEM(totp_columns),
	    "nobody has a second factor");
	rows_free(r);
	return (0);
}

int
cmd_totp_remove(struct ctl *c)
{
	struct msg_TOTP_REMOVE	 m;
	struct client		*cl;
	char			 why[1024];
	int			 r;

	memset(&m, 0, sizeof(m));
	if (str_copy(m.user, c->argv[0], sizeof(m.user)) == -1) {
		warnx("a name has at most %zu bytes", sizeof(m.user) - 1);
		return (CTL_USAGE);
	}
	if ((cl = totp_open(c, &r)) == NULL)
		return (r);
	r = client_answer(cl, msg_send_TOTP_REMOVE(client_rows(cl, NULL,
	    NULL), 0, -1, &m), why, sizeof(why));
	client_close(cl);
	if (r == TR_OK) {
		(void)str_format(why, sizeof(why), "ok: %s is asked for no "
		    "code any more", c->argv[0]);
		view_done(c, json_string(c->argv[0]), why);
		return (0);
	}
	warnx("%s", r == TR_NONE ? "this person has no second factor" :
	    totp_words(r));
	return (1);
}

static int
import_fd(struct ctl *c, int fd)
{
	struct msg_TOTP_IMPORT	 m;
	struct client		*cl;
	struct rows		*rows;
	struct link		*l;
	char			 why[1024];
	int			 r;

	if ((cl = totp_open(c, &r)) == NULL) {
		close(fd);
		return (r);
	}
	if ((rows = rows_new()) == NULL) {
		close(fd);
		client_close(cl);
		return (1);
	}
	memset(&m, 0, sizeof(m));
	l = client_rows(cl, rows_add, rows);
	r = client_answer(cl, msg_send_TOTP_IMPORT(l, 0, fd, &m), why,
	    sizeof(why));
	client_close(cl);
	if (r == 0)
		rows_show(c, rows, import_columns, NELEM(import_columns),
		    "nobody is in it");
	else
		warnx("%s: %s; nothing was taken over", c->argv[0], why);
	rows_free(rows);
	return (r == 0 ? 0 : 1);
}

int
cmd_totp_import(struct ctl *c)
{
	int	 fd;

	if ((fd = open(c->argv[0], O_RDONLY | O_NONBLOCK | O_CLOEXEC)) ==
	    -1) {
		warnx("%s: %s", c->argv[0], strerror(errno));
		return (1);
	}
	return (import_fd(c, fd));
}
