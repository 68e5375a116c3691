/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Judges codes.  Run by totp; a user name is the relay's or the
 * administrator's word, a code is a stranger's.  A step is on the disk as
 * used before anyone hears that its code was right.
 */
#include <string.h>

#include <sodium.h>

#include "engines/totp/check.h"
#include "engines/totp/otp.h"
#include "telclauded/lib/util.h"

#define MEM_SIZE	(PENDING_MAX * sizeof(struct store_user))
_Static_assert(MEM_SIZE % 16 == 0, "alignment of the locked table");

int
check_init(struct check *c, struct store *s)
{
	memset(c, 0, sizeof(*c));
	c->store = s;
	if (secret_alloc(&c->mem, MEM_SIZE + 15) == -1)
		return (-1);
	c->pending = (struct store_user *)(void *)c->mem.p;
	return (0);
}

static struct store_user *
pending_find(struct check *c, const char *user, uint64_t now)
{
	struct store_user	*p;
	unsigned		 i;

	for (i = 0; i < PENDING_MAX; i++) {
		p = &c->pending[i];
		if (p->user[0] != '\0' && now - p->last_step > PENDING_MS)
			explicit_bzero(p, sizeof(*p));
		if (p->user[0] != '\0' && strcmp(p->user, user) == 0)
			return (p);
	}
	return (NULL);
}

uint8_t
check_state(struct check *c, const char *user, uint64_t now)
{
	if (c->store->broken)
		return (TS_UNKNOWN);
	if (store_find(c->store, user) != NULL)
		return (TS_ACTIVE);
	return (pending_find(c, user, now) != NULL ? TS_PENDING : TS_NONE);
}

/*
 * Five wrong codes a minute; the sixth try locks, right or wrong, and being
 * locked does not make it longer.
 */
static int
locked(struct store_user *u, uint64_t now, uint32_t *wait_s)
{
	if (u->locked_ms == 0 || now >= u->locked_ms) {
		if (u->locked_ms != 0 || now - u->window_ms >= TRIES_MS) {
			u->wrong = 0;
			u->window_ms = now;
		}
		u->locked_ms = 0;
		if (u->wrong < TRIES_MAX)
			return (0);
		u->locked_ms = now + LOCK_MS;
	}
	*wait_s = (uint32_t)((u->locked_ms - now + 999) / 1000);
	return (1);
}

static struct verdict
wrong(struct store_user *u, uint8_t result)
{
	struct verdict	 v = { result, 0 };

	u->wrong++;
	return (v);
}

struct verdict
check_verify(struct check *c, const char *user, const char *code,
    uint64_t wall_s, uint64_t now)
{
	struct verdict		 v = { TR_BROKEN, 0 };
	struct store_user	*u;
	uint64_t		 step;

	if (c->store->broken)
		return (v);
	if ((u = store_find(c->store, user)) == NULL) {
		v.result = TR_NONE;
		return (v);
	}
	if (locked(u, now, &v.wait_s)) {
		v.result = TR_LOCKED;
		return (v);
	}
	if ((step = otp_match(u->seed, code, wall_s)) == 0)
		return (wrong(u, TR_WRONG));
	if (step <= u->last_step)
		return (wrong(u, TR_USED));
	/* Also in memory when the disk fails: used is used. */
	u->last_step = step;
	if (store_save(c->store) == -1)
		return (v);
	u->wrong = 0;
	v.result = TR_OK;
	return (v);
}

/* Room for a new one: the same person's, a free one, the oldest. */
static struct store_user *
pending_slot(struct check *c, const char *user, uint64_t now)
{
	struct store_user	*p, *best;
	unsigned		 i;

	if ((p = pending_find(c, user, now)) != NULL)
		return (p);
	best = &c->pending[0];
	for (i = 0; i < PENDING_MAX; i++) {
		p = &c->pending[i];
		if (p->user[0] == '\0')
			return (p);
		if (p->last_step < best->last_step)
			best = p;
	}
	return (best);
}

uint8_t
check_enrol(struct check *c, const char *user, char *uri, size_t size,
    uint64_t now)
{
	struct store_user	*p;

	if (c->store->broken)
		return (TR_BROKEN);
	if (user[0] == '\0')
		return (TR_NONE);
	if (store_find(c->store, user) != NULL)
		return (TR_ACTIVE);
	if (c->store->n == TF_USERS)
		return (TR_FULL);
	p = pending_slot(c, user, now);
	explicit_bzero(p, sizeof(*p));
	if (str_copy(p->user, user, sizeof(p->user)) == -1) {
		explicit_bzero(p, sizeof(*p));
		return (TR_NONE);
	}
	randombytes_buf(p->seed, sizeof(p->seed));
	/* A pending one has used no step: the field says when it was made. */
	p->last_step = now;
	if (otp_uri(p->seed, user, uri, size) == -1) {
		explicit_bzero(p, sizeof(*p));
		return (TR_BROKEN);
	}
	return (TR_OK);
}

struct verdict
check_confirm(struct check *c, const char *user, const char *code,
    uint64_t wall_s, uint64_t now)
{
	struct verdict		 v = { TR_NONE, 0 };
	struct store_user	*p, *u;
	uint64_t		 step;

	if (c->store->broken) {
		v.result = TR_BROKEN;
		return (v);
	}
	if (store_find(c->store, user) != NULL) {
		v.result = TR_ACTIVE;
		return (v);
	}
	if ((p = pending_find(c, user, now)) == NULL)
		return (v);
	if (locked(p, now, &v.wait_s)) {
		v.result = TR_LOCKED;
		return (v);
	}
	if ((step = otp_match(p->seed, code, wall_s)) == 0)
		return (wrong(p, TR_WRONG));
	if ((u = store_add(c->store, user, p->seed)) == NULL) {
		v.result = TR_FULL;
		return (v);
	}
	u->last_step = step;
	if (store_save(c->store) == -1) {
		/* Not in force: it would be gone after a restart. */
		store_remove(c->store, u);
		v.result = TR_BROKEN;
		return (v);
	}
	explicit_bzero(p, sizeof(*p));
	v.result = TR_OK;
	return (v);
}
