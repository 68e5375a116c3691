/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Writes the audit log.  Run by the audit engine, which alone has it open.
 */
#include <sys/stat.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#include "engines/audit/file.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/text.h"
#include "telclauded/lib/util.h"

#define SYNC_MS		1000	/* how long a line may wait for the disk */
#define FILE_FULL	(256u << 20)
#define TURN_MS		60000	/* until it is tried again */
#define COPY_MS		600000	/* no part asked for so long: it is over */

/* --- bytes ------- */
void
file_sync(struct alog *a)
{
	if (a->dirty && fdatasync(a->fd) == -1)
		log_warn("audit log");
	a->dirty = 0;
}

static void
on_sync(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	file_sync(arg);
}

static void
sync_later(struct alog *a)
{
	struct timeval	 tv = { SYNC_MS / 1000, 0 };

	if (a->dirty)
		return;
	a->dirty = 1;
	evtimer_add(a->sync, &tv);
}

/* The disk took only so much of a line. */
static void
note_partial(struct alog *a, const char *p, size_t n)
{
	uint8_t		 prev[AUDIT_HASHLEN];
	uint64_t	 seq;

	a->tail.cut = 1;
	if (audit_parse(p, n, &seq, prev) == -1) {
		audit_damage(&a->tail.damage, a->tail.hash, p, n);
		return;
	}
	a->tail.seq = seq;
	audit_hash(p, n, a->tail.hash);
	a->tail.damage.any = 0;
}

/* One write a line: a crash leaves a whole line or a cut one at the end. */
static int
append(struct alog *a, const struct buf *b)
{
	ssize_t	 n;

	if ((n = write(a->fd, b->p, b->len)) == (ssize_t)b->len) {
		a->bytes += b->len;
		sync_later(a);
		return (0);
	}
	if (!a->full)
		log_error("audit log: %s; what needs a line is refused until "
		    "there is room", n == -1 ? strerror(errno) : "disk full");
	a->full = 1;
	if (n > 0)
		note_partial(a, b->p, (size_t)n);
	return (-1);
}

/* --- lines ------- */
static uint32_t
month_of(uint64_t ms)
{
	struct tm	 tm;
	time_t		 t = (time_t)(ms / 1000);

	if (gmtime_r(&t, &tm) == NULL)
		return (0);
	return ((uint32_t)(tm.tm_year * 12 + tm.tm_mon));
}

/* Appends the line in the buffer, which was made for the number that is
 * next. */
static int
add_made(struct alog *a, struct buf *b)
{
	if (append(a, b) == -1)
		return (-1);
	a->tail.seq++;
	audit_hash(b->p, b->len - 1, a->tail.hash);
	a->tail.damage.any = 0;
	a->full = 0;
	if (a->first == 0) {
		a->first = a->tail.seq;
		a->month = month_of(wall_ms());
	}
	return (0);
}

static int
add_line(struct alog *a, const struct msg_AUDIT_LINE *m)
{
	struct buf	 b;
	uint8_t		 prev[AUDIT_HASHLEN];
	int		 ret;

	audit_next(&a->tail.damage, a->tail.hash, prev);
	buf_init(&b);
	ret = line_format(&b, m, a->tail.seq + 1, wall_ms(), prev);
	if (ret == 0)
		ret = add_made(a, &b);
	buf_free(&b);
	return (ret);
}

static int
add_own(struct alog *a, const char *event, enum audit_verdict v,
    const char *detail)
{
	struct msg_AUDIT_LINE	 m;

	memset(&m, 0, sizeof(m));
	str_copy(m.event, event, sizeof(m.event));
	m.verdict = (uint8_t)v;
	m.detail = text_of(detail, strlen(detail));
	return (add_line(a, &m));
}

/* The first line of a later file: without it the log could not begin there
 * when those before are removed. */
static int
open_file(struct alog *a)
{
	char	 was[96];

	(void)str_format(was, sizeof(was), "goes on from " KEEP_OLD,
	    (unsigned long long)a->from);
	if (add_own(a, SEAL_OPENED, AV_SUCCESS, was) == -1)
		return (-1);
	a->from = 0;
	return (0);
}

/*
 * What was cut stays as it is, and the next line names it together with the
 * last good line: mending by removing would look like tampering.
 */
static int
mend(struct alog *a)
{
	struct buf	 nl;
	int		 ret;

	if (a->tail.cut) {
		buf_init(&nl);
		buf_puts(&nl, "\n");
		ret = append(a, &nl);
		buf_free(&nl);
		if (ret == -1)
			return (-1);
		a->tail.cut = 0;
	}
	if (a->tail.damage.any && add_own(a, AUDIT_REPAIR, AV_ERROR,
	    "the line before was cut short") == -1)
		return (-1);
	return (a->from != 0 ? open_file(a) : 0);
}

int
file_add(struct alog *a, const struct msg_AUDIT_LINE *m)
{
	return (mend(a) == -1 ? -1 : add_line(a, m));
}

int
file_say(struct alog *a, const char *event, enum audit_verdict v,
    const char *detail)
{
	return (mend(a) == -1 ? -1 : add_own(a, event, v, detail));
}

/* --- seals ------- */
/* A seal is on the disk before the note says so: after a crash the note is
 * never ahead of the log. */
static void
note(struct alog *a)
{
	file_sync(a);
	if (a->dir != -1 && keep_head(a->dir, a->tail.seq, a->tail.hash,
	    &a->key) == -1)
		log_warn("audit log: the note of the last seal");
	a->sealed = a->tail.seq;
	a->sealed_ms = wall_ms();
}

void
file_seal(struct alog *a)
{
	struct buf	 b;
	int		 ret;

	if (a->tail.seq == a->sealed || a->key.p == NULL || mend(a) == -1)
		return;
	buf_init(&b);
	ret = seal_line(&b, a->tail.seq + 1, wall_ms(), a->tail.hash,
	    (const uint8_t *)a->key.p);
	if (ret == 0)
		ret = add_made(a, &b);
	buf_free(&b);
	if (ret == -1)
		log_warnx("audit log: it could not be sealed");
	else
		note(a);
}

/* Nothing moves while parts are handed out: each has its number. */
static int
copying(const struct alog *a)
{
	return (a->copied_ms != 0 && now_ms() - a->copied_ms < COPY_MS);
}

/* Said first: a crash leaves a log with too much, not one whose beginning
 * nothing accounts for. */
void
file_expire(struct alog *a, uint32_t keep_s)
{
	struct buf	 b;
	uint64_t	 kept;
	unsigned	 n;
	int		 ret;

	if (!a->own || keep_s == 0 || copying(a) || (n = keep_expired(a->dir,
	    (time_t)(wall_ms() / 1000) - keep_s, &kept)) == 0 ||
	    mend(a) == -1)
		return;
	if (kept == 0)
		kept = a->first;
	buf_init(&b);
	ret = seal_expired(&b, a->tail.seq + 1, wall_ms(), kept, n,
	    a->tail.hash);
	if (ret == 0)
		ret = add_made(a, &b);
	buf_free(&b);
	if (ret == -1)
		return;
	file_sync(a);
	keep_remove(a->dir, n);
}

void
file_turn(struct alog *a)
{
	uint64_t	 first = a->first;
	int		 fd;

	if (!a->own || first == 0 || (month_of(wall_ms()) == a->month &&
	    a->bytes < FILE_FULL) || copying(a) ||
	    (a->turned_ms != 0 && now_ms() - a->turned_ms < TURN_MS))
		return;
	a->turned_ms = now_ms();
	file_seal(a);
	/* A file that others follow must end whole: nothing can mend it. */
	if (a->full || a->tail.cut || a->tail.damage.any)
		return;
	if ((fd = keep_rotate(a->dir, first)) == -1) {
		log_warn("audit log: the next file");
		return;
	}
	close(a->fd);
	a->fd = fd;
	a->turned_ms = 0;
	a->bytes = a->first = 0;
	a->from = first;
	(void)mend(a);
}

/* --- the beginning ------- */
/* The log against the note of its last seal: is there less than there was?
 * It is said in the log itself and to the administrator; work goes on. */
static void
compare(struct alog *a)
{
	uint8_t		 hash[AUDIT_HASHLEN];
	char		 what[160];
	uint64_t	 seq;
	int		 r;

	if ((r = keep_head_read(a->dir, &a->key, &seq, hash)) == 0)
		return;
	if (r == -1)
		(void)str_copy(what, "the note of the last seal is damaged or "
		    "not ours", sizeof(what));
	else if (seq > a->tail.seq)
		(void)str_format(what, sizeof(what), "the log ends at line "
		    "%llu, but line %llu was sealed: it was cut or replaced "
		    "by an older copy", (unsigned long long)a->tail.seq,
		    (unsigned long long)seq);
	else if (seq == a->tail.seq &&
	    memcmp(hash, a->tail.hash, sizeof(hash)) != 0)
		(void)str_format(what, sizeof(what), "line %llu is not the "
		    "one that was sealed", (unsigned long long)seq);
	else {
		a->sealed = seq;
		return;
	}
	log_error("audit log: %s", what);
	(void)file_say(a, "audit_gap", AV_ERROR, what);
}

/* An empty log beside full files: it stopped between two of them.  It goes on
 * from the last, not from nothing. */
static int
go_on(struct alog *a)
{
	int	 fd, r;

	if (!a->own || (fd = keep_last(a->dir)) == -1)
		return (0);
	r = audit_tail_fd(fd, &a->tail);
	a->from = audit_first(fd);
	close(fd);
	a->tail.cut = 0;	/* of that file; this one has no line yet */
	return (r);
}

int
file_begin(struct alog *a, struct event_base *base, char *why, size_t len)
{
	struct stat	 st;
	int		 made;

	if (audit_tail_fd(a->fd, &a->tail) == -1 || fstat(a->fd, &st) == -1 ||
	    (st.st_size == 0 && go_on(a) == -1)) {
		if (errno == EILSEQ)
			(void)str_copy(why, "the audit log does not end in "
			    "lines of ours: move it away, and a new one is "
			    "begun", len);
		else
			(void)str_format(why, len, "audit log: %s",
			    strerror(errno));
		return (-1);
	}
	a->bytes = (uint64_t)st.st_size;
	if (a->bytes > 0) {
		a->first = audit_first(a->fd);
		/* It is asked about months, so the last line's will do. */
		a->month = month_of((uint64_t)st.st_mtime * 1000);
	}
	if ((a->sync = evtimer_new(base, on_sync, a)) == NULL) {
		(void)str_copy(why, "no memory", len);
		return (-1);
	}
	if (a->dir == -1)
		return (0);
	if ((made = keep_key(a->dir, &a->key, why, len)) == -1)
		return (-1);
	compare(a);
	if (made == 1 && a->tail.seq > 0) {
		log_warnx("audit log: a new signing key was made; seals "
		    "before line %llu are of another one",
		    (unsigned long long)a->tail.seq + 1);
		(void)file_say(a, "audit_key", AV_SUCCESS, "a new signing "
		    "key; seals before are of another one");
	}
	return (0);
}
