/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What an administrator may do with second factors: make one, take one away,
 * take over those of telclaude 0.5, look who has one; and the copy of the
 * file for a backup, which stays sealed.  Run by totp; who is at the other
 * end was let in by the parent, and never sees a secret after its first
 * showing.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engines/common/engine.h"
#include "engines/totp/disk.h"
#include "engines/totp/legacy.h"
#include "engines/totp/totp.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/text.h"
#include "telclauded/lib/util.h"

#define SHOWN_MAX	32	/* numbers of one person */

static void
end(struct link *l, uint32_t id, uint8_t err, const char *why)
{
	struct msg_CTL_END	 m;

	memset(&m, 0, sizeof(m));
	m.err = err;
	m.why = text_of(why, strlen(why));
	(void)msg_send_CTL_END(l, id, -1, &m);
}

static void
row(struct link *l, struct buf *b)
{
	struct msg_CTL_ROW	 m;

	if (!b->failed) {
		m.json = text_of(b->p, b->len);
		(void)msg_send_CTL_ROW(l, 0, -1, &m);
	}
	buf_free(b);
}

/* --- one person ---------------------------------------------------------- */
void
admin_on_enrol(struct link *l, const struct msg_TOTP_ENROL *m,
    struct msg_meta *meta)
{
	struct msg_TOTP_URI	 a;

	totp_load();
	memset(&a, 0, sizeof(a));
	a.result = check_enrol(&tt.check, m->user, a.uri, sizeof(a.uri),
	    now_ms());
	(void)msg_send_TOTP_URI(l, meta->id, -1, &a);
	explicit_bzero(&a, sizeof(a));
}

void
admin_on_confirm(struct link *l, const struct msg_TOTP_CONFIRM *m,
    struct msg_meta *meta)
{
	const struct try_code	 t = { m->user, BY_TERMINAL, m->code,
	    wall_ms() / 1000, now_ms() };
	struct verdict		 v;

	totp_load();
	v = check_confirm(&tt.check, &t);
	if (v.result == TR_OK)
		totp_note(TNO_ENROLLED, m->user);
	totp_answer(l, meta->id, "enrolment", m->user, v);
}

void
admin_on_remove(struct link *l, const struct msg_TOTP_REMOVE *m,
    struct msg_meta *meta)
{
	struct verdict	 v = { TR_BROKEN, 0 };

	totp_load();
	v.result = check_remove(&tt.check, m->user);
	if (v.result == TR_OK)
		totp_note(TNO_REMOVED, m->user);
	totp_answer(l, meta->id, "removal", m->user, v);
}

/* --- telclaude 0.5's file ------------------------------------------------- */
static void
imported(const char *user, int there, void *arg)
{
	struct link	*l = arg;
	struct buf	 b;

	if (!there) {
		log_info("second factor of %s: taken over", user);
		totp_note(TNO_IMPORTED, user);
	}
	if (l == NULL)
		return;
	buf_init(&b);
	(void)buf_puts(&b, "{\"row\":\"import\",\"user\":");
	(void)buf_json_str(&b, user, strlen(user));
	(void)buf_printf(&b, ",\"result\":\"%s\"}", there ?
	    "there already" : "taken over");
	row(l, &b);
}

static int
import_fd(int fd, struct link *l, char *why, size_t whylen)
{
	uint8_t	*buf;
	ssize_t	 n;
	int	 r = -1;

	/* One byte more, so that too much is seen to be that. */
	if ((buf = malloc(LEGACY_MAX + 1)) == NULL)
		(void)str_format(why, whylen, "no memory");
	else if ((n = disk_read_fd(fd, buf, LEGACY_MAX + 1)) == -1)
		(void)str_format(why, whylen, "it cannot be read: %s",
		    errno == EINVAL ? "not a regular file" : strerror(errno));
	else
		r = legacy_import(&tt.store, (char *)buf, (size_t)n, imported,
		    l, why, whylen);
	free(buf);
	return (r);
}

void
admin_on_import(struct link *l, const struct msg_TOTP_IMPORT *m,
    struct msg_meta *meta)
{
	char	 why[512] = "";
	int	 r;

	(void)m;
	totp_load();
	if ((r = import_fd(meta->fd, l, why, sizeof(why))) == -1)
		log_warnx("import: %s", why);
	end(l, meta->id, r == -1, why);
}

int
admin_legacy(char *why, size_t whylen)
{
	int	 fd, r;

	fd = openat(tt.dirfd, LEGACY_FILE, O_RDONLY | O_NOFOLLOW |
	    O_NONBLOCK | O_CLOEXEC);
	if (fd == -1 && errno == ENOENT)
		return (0);
	if (fd == -1) {
		(void)str_format(why, whylen, "cannot be opened: %s",
		    strerror(errno));
		return (-1);
	}
	r = import_fd(fd, NULL, why, whylen);
	close(fd);
	if (r == -1)
		return (-1);
	if (renameat(tt.dirfd, LEGACY_FILE, tt.dirfd,
	    LEGACY_FILE ".imported") == -1)
		log_warn("%s cannot be renamed; it is not read again",
		    LEGACY_FILE);
	return (1);
}

/* --- who has one --------------------------------------------------------- */
static void
show_tries(struct buf *b, const char *user, uint64_t now)
{
	const struct try	*r;
	uint32_t		 most = 0, n;
	unsigned		 i;
	int			 any = 0;

	(void)buf_puts(b, ",\"tries\":[");
	for (i = 0; i < tt.check.tries.n; i++) {
		r = &tt.check.tries.row[i];
		if (strcmp(r->user, user) != 0)
			continue;
		n = tries_left(r, now);
		most = MAXIMUM(most, n);
		if (r->by > 0 && any < SHOWN_MAX)
			(void)buf_printf(b, "%s{\"number\":%" PRId64
			    ",\"wrong\":%u,\"locked_s\":%u}", any++ ? "," :
			    "", r->by, r->streak, n);
	}
	(void)buf_printf(b, "],\"locked_s\":%u", most);
}

static void
show_user(struct link *l, const char *user, const char *state, uint64_t now)
{
	struct buf	 b;

	buf_init(&b);
	(void)buf_puts(&b, "{\"row\":\"totp\",\"user\":");
	(void)buf_json_str(&b, user, strlen(user));
	(void)buf_printf(&b, ",\"state\":\"%s\"", state);
	show_tries(&b, user, now);
	(void)buf_puts(&b, "}");
	row(l, &b);
}

void
admin_on_show(struct link *l, const struct msg_CTL_SHOW *m,
    struct msg_meta *meta)
{
	uint64_t	 now = now_ms();
	unsigned	 i;

	totp_load();
	if (m->what != SHOW_TOTP) {
		end(l, meta->id, 1, "the totp engine does not show that");
		return;
	}
	if (tt.store.broken) {
		end(l, meta->id, 1, "the file of second factors cannot be "
		    "read; see the log");
		return;
	}
	for (i = 0; i < tt.store.n; i++)
		show_user(l, tt.store.users[i].user, "active", now);
	for (i = 0; i < PENDING_MAX; i++)
		if (check_state(&tt.check, tt.check.pending[i].user, now) ==
		    TS_PENDING)
			show_user(l, tt.check.pending[i].user, "pending",
			    now);
	end(l, meta->id, 0, "");
}

/* --- a backup ------------------------------------------------------------- */
/* The file is replaced, never changed: what is open stays one version. */
void
admin_on_copy(struct link *l, const struct msg_COPY_MAKE *m,
    struct msg_meta *meta)
{
	/* Without the second a restore would lift every lock. */
	static const char *const	 names[] = { STORE_FILE, TRIES_FILE };
	struct msg_COPY_DONE		 d;
	const char			*why;
	int				 fd = -1;

	memset(&d, 0, sizeof(d));
	d.err = CE_END;
	if (m->part < NELEM(names)) {
		(void)str_copy(d.name, names[m->part], sizeof(d.name));
		fd = openat(tt.dirfd, names[m->part], O_RDONLY | O_NOFOLLOW |
		    O_CLOEXEC);
		d.err = fd != -1 ? CE_OK : errno == ENOENT ? CE_ABSENT :
		    CE_FAILED;
	}
	why = d.err == CE_FAILED ? strerror(errno) : "";
	d.why = text_of(why, strlen(why));
	(void)msg_send_COPY_DONE(l, meta->id, fd, &d);
}
