/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Codes that wait in the store.  All that wait are compared, each in the same
 * time, and who takes one deletes it in the same transaction.  Run by the
 * relay; what is typed is anybody's.
 */
#include <string.h>

#include "telclauded/lib/util.h"
#include "engines/relay/people/code.h"
#include "engines/relay/people/codes.h"

#define CODES_MAX	64

static const char *const alphabets[] = {
	[CODE_LINK] = CODE_HEX,
	[CODE_PAIR] = CODE_CLEAR,
};

struct search {
	const char	*code;
	int64_t		 id;		/* 0: none */
	struct taken	*taken;
	int		 n;
};

static void
search_row(const struct code_row *r, void *arg)
{
	struct search	*s = arg;

	s->n++;
	if (s->code == NULL || !code_equal(r->code, s->code))
		return;
	s->id = r->id;
	s->taken->by = r->by;
	(void)str_copy(s->taken->name, r->name, sizeof(s->taken->name));
}

static int
count(enum code_kind kind)
{
	struct search	s = { 0 };

	store_codes(kind, wall_ms(), CODES_TTL_MS, search_row, &s);
	return (s.n);
}

int
codes_wait(enum code_kind kind)
{
	return (count(kind) > 0);
}

int
codes_make(enum code_kind kind, const char *name, int64_t by, char *show)
{
	struct code_row	 r = { 0 };
	char		 code[CODE_MAX];

	if (count(kind) >= CODES_MAX)
		return (-1);
	code_make(code, alphabets[kind], CODES_LEN);
	r.code = code;
	r.name = name;
	r.until = wall_ms() + CODES_TTL_MS;
	r.by = by;
	store_code_add(kind, &r);
	code_show(code, show);
	return (0);
}

int
codes_take(enum code_kind kind, const char *typed, struct taken *taken)
{
	char		 code[CODE_MAX];
	struct search	 s = { .code = code, .taken = taken };

	if (code_read(typed, alphabets[kind], CODES_LEN, code) == -1)
		return (0);
	store_codes(kind, wall_ms(), CODES_TTL_MS, search_row, &s);
	return (s.id != 0 && store_code_del(s.id));
}
