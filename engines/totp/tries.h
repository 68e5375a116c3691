/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Wrong codes, counted for who tried: a person's name and the number that
 * wrote the code.  Two numbers that share a name do not lock each other out;
 * all numbers of a name together are bounded too, more widely, or whoever
 * invents numbers could try for ever.
 *
 * Times are CLOCK_MONOTONIC and so is the file: setting the clock moves
 * nothing.  After a reboot that clock is smaller than what was written, and
 * no lock is ever taken for longer than it was made for: it may begin anew,
 * and can neither be lost nor stay.
 */
#ifndef TOTP_TRIES_H
#define TOTP_TRIES_H

#include "engines/totp/file.h"

#define TRIES_FILE	"tries"
#define TRIES_ROWS	256

#define TRIES_MAX	5		/* wrong ones of a number in ... */
#define TRIES_MS	60000		/* ... this time; the next waits */
#define LOCK_MS		300000
#define STREAK_MAX	20		/* in a row without a right one: */
#define LONG_MS		3600000		/* each further one costs this */
#define TOTAL_MAX	100		/* of all numbers of a name in ... */
#define TOTAL_MS	86400000	/* ... this: then the same */

#define BY_ALL		0		/* the row of all numbers together */
#define BY_TERMINAL	(-1)		/* telclaudectl, while enrolling */

struct try {
	char		 user[TF_USERLEN];
	int64_t		 by;
	uint32_t	 wrong;		/* since window_ms */
	uint32_t	 streak;	/* since the last right one */
	uint64_t	 window_ms;
	uint64_t	 locked_ms;	/* until then; 0: not */
	uint64_t	 last_ms;
};

struct tries {
	struct try	 row[TRIES_ROWS];
	unsigned	 n;
	uint64_t	 all_ms;	/* nobody may try until then */
	int		 changed;	/* since it was saved */
};

/* 1: not now, wait_s says for how long. */
int	 tries_locked(struct tries *, const char *user, int64_t by,
	    uint64_t now, uint32_t *wait_s);
void	 tries_wrong(struct tries *, const char *user, int64_t by,
	    uint64_t now);
void	 tries_right(struct tries *, const char *user, int64_t by);
void	 tries_forget(struct tries *, const char *user);	/* all rows */
/* For people: seconds this row is locked for. */
uint32_t tries_left(const struct try *, uint64_t now);

#define TRIES_ROWLEN	(TF_USERLEN + 8 + 4 + 4 + 3 * 8)
#define TRIES_FILEMAX	(32 + TRIES_ROWS * TRIES_ROWLEN)
size_t	 tries_encode(const struct tries *, uint8_t out[TRIES_FILEMAX]);
/* -1: not exactly such bytes. */
int	 tries_decode(struct tries *, const uint8_t *, size_t, uint64_t now);

/* No file: nobody tried.  -1: it cannot be read; then all wait LOCK_MS. */
int	 tries_load(struct tries *, int dirfd, uint64_t now);
/* Only when something changed.  0, or -1 with errno: what is in memory
 * holds. */
int	 tries_save(struct tries *, int dirfd);

#endif
