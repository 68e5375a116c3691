/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What kind of message it is: by its structure, by lists of words, by what a
 * second model said.  Pure.
 */
#ifndef SCREEN_VERDICT_H
#define SCREEN_VERDICT_H

#include <stddef.h>
#include <stdint.h>

#include "engines/relay/turn/turn.h"

struct verdict {
	enum screen_class class;
	unsigned	 pct;
	char		 why[200];
};

/* 1: a list or the structure decides; 0: neither does. */
int	 verdict_lists(const char *, size_t, struct verdict *);
/* The same of a text in which own is what the person wrote: the structure is
 * judged of that alone. */
int	 verdict_words(const char *, size_t, const char *own, size_t nown,
	    struct verdict *);

/* The observer's answer, a whole answer of the Messages API.  -1: it cannot
 * be understood, which is a failure and no verdict. */
int	 verdict_answer(const char *, size_t, struct verdict *);
/* A doubtful BLOCK is a WARN, a doubtful WARN nothing. */
void	 verdict_weigh(struct verdict *, unsigned threshold_pct);
/* The question: a request of the Messages API. */
struct buf;
void	 verdict_question(struct buf *, const char *model, const char *tier,
	    const char *text, size_t len);

/* --- breaker.c: whom not to ask for a while ------------------------------ */
enum breaker_state { BR_CLOSED, BR_OPEN, BR_HALF };
struct breaker {
	enum breaker_state state;
	unsigned	 failures;	/* in a row, while closed */
	unsigned	 successes;	/* in a row, while half open */
	uint64_t	 opened;	/* wall clock, ms */
	int		 probing;	/* one is on its way; not stored */
};
#define BREAKER_FAILURES	5
#define BREAKER_SUCCESSES	2
#define BREAKER_OPEN_MS		30000
int	 breaker_may(struct breaker *, uint64_t now);	/* 1: ask */
void	 breaker_ok(struct breaker *);
void	 breaker_fail(struct breaker *, uint64_t now);
void	 breaker_unasked(struct breaker *);	/* nothing came of it */

#endif
