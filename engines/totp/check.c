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
#include "telclauded/lib/log.h"
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

int
check_load(struct check *c, uint64_t now)
{
	return (tries_load(&c->tries, c->store->dirfd, now));
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

/* What is counted is on the disk before anyone hears of it. */
static void
tries_keep(struct check *c)
{
	if (tries_save(&c->tries, c->store->dirfd) == -1)
		log_warn("wrong codes are counted in memory only: the file "
		    "\"%s\" cannot be written", TRIES_FILE);
}

static struct verdict
wrong(struct check *c, const struct try_code *t, uint8_t result)
{
	struct verdict	 v = { result, 0 };

	tries_wrong(&c->tries, t->user, t->by, t->mono_ms);
	tries_keep(c);
	return (v);
}

/* The step of a right and unused code of this seed, or 0 and the verdict. */
static uint64_t
judge(struct check *c, const struct store_user *u, const struct try_code *t,
    uint64_t last_step, struct verdict *v)
{
	uint64_t	 step;

	if (tries_locked(&c->tries, t->user, t->by, t->mono_ms, &v->wait_s)) {
		v->result = TR_LOCKED;
		tries_keep(c);
		return (0);
	}
	if ((step = otp_match(u->seed, t->code, t->wall_s)) == 0)
		*v = wrong(c, t, TR_WRONG);
	else if (step <= last_step)
		*v = wrong(c, t, TR_USED);
	else
		return (step);
	return (0);
}

/* 0: there is no such person, or no telling. */
static int
known(struct check *c, const char *user, struct store_user **u,
    struct verdict *v)
{
	if (c->store->broken)
		v->result = TR_BROKEN;
	else if ((*u = store_find(c->store, user)) == NULL)
		v->result = TR_NONE;
	else
		return (1);
	return (0);
}

struct verdict
check_verify(struct check *c, const struct try_code *t)
{
	struct verdict		 v = { TR_BROKEN, 0 };
	struct store_user	*u;
	uint64_t		 step;

	if (!known(c, t->user, &u, &v) ||
	    (step = judge(c, u, t, u->last_step, &v)) == 0)
		return (v);
	/* Also in memory when the disk fails: used is used. */
	u->last_step = step;
	if (store_save(c->store) == -1)
		return (v);
	tries_right(&c->tries, t->user, t->by);
	tries_keep(c);
	v.result = TR_OK;
	return (v);
}

/* Out of the table and of the file, or it stays in both. */
static int
take_out(struct check *c, struct store_user *u)
{
	struct store_user	 was = *u;

	store_remove(c->store, u);
	if (store_save(c->store) == 0) {
		tries_forget(&c->tries, was.user);
		tries_keep(c);
		explicit_bzero(&was, sizeof(was));
		return (0);
	}
	if ((u = store_add(c->store, was.user, was.seed)) != NULL)
		u->last_step = was.last_step;
	explicit_bzero(&was, sizeof(was));
	return (-1);
}

struct verdict
check_disable(struct check *c, const struct try_code *t)
{
	struct verdict		 v = { TR_BROKEN, 0 };
	struct store_user	*u;
	uint64_t		 step;

	if (!known(c, t->user, &u, &v) ||
	    (step = judge(c, u, t, u->last_step, &v)) == 0)
		return (v);
	u->last_step = step;
	if (take_out(c, u) == 0)
		v.result = TR_OK;
	return (v);
}

uint8_t
check_remove(struct check *c, const char *user)
{
	struct store_user	*u;
	struct verdict		 v;
	unsigned		 i;
	int			 any = 0;

	for (i = 0; i < PENDING_MAX; i++)
		if (user[0] != '\0' &&
		    strcmp(c->pending[i].user, user) == 0) {
			explicit_bzero(&c->pending[i], sizeof(*c->pending));
			any = 1;
		}
	if (!known(c, user, &u, &v))
		return (v.result == TR_NONE && any ? TR_OK : v.result);
	return (take_out(c, u) == 0 ? TR_OK : TR_BROKEN);
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
check_confirm(struct check *c, const struct try_code *t)
{
	struct verdict		 v = { TR_NONE, 0 };
	struct store_user	*p, *u;
	uint64_t		 step;

	if (c->store->broken || store_find(c->store, t->user) != NULL) {
		v.result = c->store->broken ? TR_BROKEN : TR_ACTIVE;
		return (v);
	}
	if ((p = pending_find(c, t->user, t->mono_ms)) == NULL ||
	    (step = judge(c, p, t, 0, &v)) == 0)
		return (v);
	if ((u = store_add(c->store, t->user, p->seed)) == NULL) {
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
	tries_forget(&c->tries, t->user);
	tries_keep(c);
	v.result = TR_OK;
	return (v);
}
