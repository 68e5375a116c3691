/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Wrong codes, counted for who tried, and kept over a restart.  Run by totp;
 * a name and a number are the relay's word, so neither alone sets a bound.
 */
#include <errno.h>
#include <string.h>

#include "engines/totp/disk.h"
#include "engines/totp/tries.h"
#include "telclauded/lib/util.h"

static const char magic[] = "telclaude-tries 1\n";
#define MAGICLEN	(sizeof(magic) - 1)

static struct try *
row_find(struct tries *t, const char *user, int64_t by)
{
	unsigned	 i;

	for (i = 0; i < t->n; i++)
		if (t->row[i].by == by && strcmp(t->row[i].user, user) == 0)
			return (&t->row[i]);
	return (NULL);
}

static void
row_drop(struct tries *t, struct try *r)
{
	*r = t->row[--t->n];
	memset(&t->row[t->n], 0, sizeof(*r));
	t->changed = 1;
}

/* A new one, if need be in place of the one that was quiet for longest; what
 * is locked stays. */
static struct try *
row_new(struct tries *t, const char *user, int64_t by, uint64_t now)
{
	struct try	*r, *old = NULL;
	unsigned	 i;

	for (i = 0; i < t->n && t->n == TRIES_ROWS; i++) {
		r = &t->row[i];
		if (now >= r->locked_ms && r->by != BY_ALL &&
		    (old == NULL || r->last_ms < old->last_ms))
			old = r;
	}
	if ((t->n == TRIES_ROWS && old == NULL) ||
	    strlen(user) >= sizeof(r->user))
		return (NULL);
	r = old != NULL ? old : &t->row[t->n];
	memset(r, 0, sizeof(*r));
	(void)str_copy(r->user, user, sizeof(r->user));
	if (old == NULL)
		t->n++;
	r->by = by;
	r->window_ms = now;
	return (r);
}

/* Rows that say nothing any more. */
static void
sweep(struct tries *t, uint64_t now)
{
	unsigned	 i;

	for (i = t->n; i-- > 0;)
		if (now >= t->row[i].locked_ms &&
		    now - t->row[i].last_ms > TOTAL_MS)
			row_drop(t, &t->row[i]);
}

uint32_t
tries_left(const struct try *r, uint64_t now)
{
	return (now >= r->locked_ms ? 0 :
	    (uint32_t)((r->locked_ms - now + 999) / 1000));
}

/*
 * The sixth try of a minute locks, right or wrong, and being locked does not
 * make it longer.
 */
static uint32_t
row_locked(struct tries *t, struct try *r, uint64_t now)
{
	uint64_t	 span = r->by == BY_ALL ? TOTAL_MS : TRIES_MS;

	if (now < r->locked_ms)
		return (tries_left(r, now));
	/* The longer locks end with one try left, which makes the next. */
	if ((r->locked_ms != 0 && r->by != BY_ALL) ||
	    now - r->window_ms >= span) {
		r->wrong = 0;
		r->window_ms = now;
	}
	r->locked_ms = 0;
	if (r->by == BY_ALL || r->wrong < TRIES_MAX)
		return (0);
	r->locked_ms = now + LOCK_MS;
	t->changed = 1;
	return (tries_left(r, now));
}

int
tries_locked(struct tries *t, const char *user, int64_t by, uint64_t now,
    uint32_t *wait_s)
{
	const int64_t	 who[2] = { by, BY_ALL };
	struct try	*r;
	uint32_t	 s;
	unsigned	 i;

	*wait_s = now >= t->all_ms ? 0 :
	    (uint32_t)((t->all_ms - now + 999) / 1000);
	for (i = 0; i < NELEM(who); i++) {
		if ((r = row_find(t, user, who[i])) == NULL)
			continue;
		s = row_locked(t, r, now);
		*wait_s = MAXIMUM(*wait_s, s);
	}
	return (*wait_s > 0);
}

void
tries_wrong(struct tries *t, const char *user, int64_t by, uint64_t now)
{
	const int64_t	 who[2] = { by, BY_ALL };
	struct try	*r;
	unsigned	 i;

	t->changed = 1;
	sweep(t, now);
	for (i = 0; i < NELEM(who); i++) {
		if ((r = row_find(t, user, who[i])) == NULL &&
		    (r = row_new(t, user, who[i], now)) == NULL) {
			/* All rows are locks: this is an attack. */
			t->all_ms = now + LOCK_MS;
			return;
		}
		r->wrong++;
		r->streak++;
		r->last_ms = now;
		if ((r->by == BY_ALL && r->wrong >= TOTAL_MAX) ||
		    (r->by != BY_ALL && r->streak >= STREAK_MAX))
			r->locked_ms = now + LONG_MS;
	}
}

void
tries_right(struct tries *t, const char *user, int64_t by)
{
	struct try	*r = row_find(t, user, by);

	if (r != NULL && by != BY_ALL)
		row_drop(t, r);
}

void
tries_forget(struct tries *t, const char *user)
{
	unsigned	 i;

	for (i = t->n; i-- > 0;)
		if (strcmp(t->row[i].user, user) == 0)
			row_drop(t, &t->row[i]);
}

/* --- the file ------------------------------------------------------------ */
static uint8_t *
put(uint8_t *p, uint64_t v, unsigned bytes)
{
	while (bytes-- > 0)
		*p++ = (uint8_t)(v >> (8 * bytes));
	return (p);
}

static const uint8_t *
get(const uint8_t *p, uint64_t *v, unsigned bytes)
{
	for (*v = 0; bytes-- > 0; p++)
		*v = *v << 8 | *p;
	return (p);
}

size_t
tries_encode(const struct tries *t, uint8_t out[TRIES_FILEMAX])
{
	const struct try	*r;
	uint8_t			*p = out;
	unsigned		 i;

	memcpy(p, magic, MAGICLEN);
	p = put(p + MAGICLEN, t->n, 2);
	for (i = 0; i < t->n; i++) {
		r = &t->row[i];
		memcpy(p, r->user, TF_USERLEN);
		p = put(p + TF_USERLEN, (uint64_t)r->by, 8);
		p = put(p, r->wrong, 4);
		p = put(p, r->streak, 4);
		p = put(p, r->window_ms, 8);
		p = put(p, r->locked_ms, 8);
		p = put(p, r->last_ms, 8);
	}
	return ((size_t)(p - out));
}

static int
row_decode(struct try *r, const uint8_t *p, uint64_t now)
{
	uint64_t	 v;
	size_t		 len;

	memcpy(r->user, p, TF_USERLEN);
	len = strnlen(r->user, TF_USERLEN);
	if (len == 0 || len == TF_USERLEN)
		return (-1);
	memset(r->user + len, 0, TF_USERLEN - len);
	p = get(p + TF_USERLEN, &v, 8);
	r->by = (int64_t)v;
	p = get(p, &v, 4);
	r->wrong = (uint32_t)v;
	p = get(p, &v, 4);
	r->streak = (uint32_t)v;
	p = get(p, &r->window_ms, 8);
	p = get(p, &r->locked_ms, 8);
	(void)get(p, &r->last_ms, 8);
	/* Written before a reboot: what lies ahead begins now. */
	r->window_ms = MINIMUM(r->window_ms, now);
	r->last_ms = MINIMUM(r->last_ms, now);
	r->locked_ms = MINIMUM(r->locked_ms, now + (r->by == BY_ALL ||
	    r->streak >= STREAK_MAX ? LONG_MS : LOCK_MS));
	return (0);
}

int
tries_decode(struct tries *t, const uint8_t *p, size_t len, uint64_t now)
{
	uint64_t	 n;
	unsigned	 i;

	memset(t, 0, sizeof(*t));
	if (len < MAGICLEN + 2 || memcmp(p, magic, MAGICLEN) != 0)
		return (-1);
	p = get(p + MAGICLEN, &n, 2);
	if (n > TRIES_ROWS || len != MAGICLEN + 2 + n * TRIES_ROWLEN)
		return (-1);
	for (i = 0; i < n; i++, p += TRIES_ROWLEN) {
		if (row_decode(&t->row[i], p, now) == -1 ||
		    row_find(t, t->row[i].user, t->row[i].by) != NULL)
			return (-1);
		t->n = i + 1;
	}
	return (0);
}

int
tries_load(struct tries *t, int dirfd, uint64_t now)
{
	static uint8_t	 buf[TRIES_FILEMAX + 1];
	ssize_t		 n;

	memset(t, 0, sizeof(*t));
	n = disk_read(dirfd, TRIES_FILE, buf, sizeof(buf));
	if (n == -1 && errno == ENOENT)
		return (0);
	if (n != -1 && tries_decode(t, buf, (size_t)n, now) == 0)
		return (0);
	memset(t, 0, sizeof(*t));
	t->all_ms = now + LOCK_MS;
	return (-1);
}

int
tries_save(struct tries *t, int dirfd)
{
	static uint8_t	 buf[TRIES_FILEMAX];

	if (!t->changed)
		return (0);
	t->changed = 0;
	return (disk_replace(dirfd, TRIES_FILE, buf, tries_encode(t, buf)));
}
