/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The decisions about a code: right, used, too many tries; and enrolment,
 * pending until its first code.
 */
#ifndef TOTP_CHECK_H
#define TOTP_CHECK_H

#include "engines/totp/store.h"
#include "imsg/msg.h"

#define TRIES_MAX	5
#define TRIES_MS	60000
#define LOCK_MS		300000
#define PENDING_MAX	8
#define PENDING_MS	(15 * 60 * 1000)

struct check {
	struct store		*store;
	struct secret		 mem;
	/* PENDING_MAX, in mem; last_step is when it was made */
	struct store_user	*pending;
};

struct verdict {
	uint8_t		 result;	/* enum totp_result */
	uint32_t	 wait_s;
};

int	 check_init(struct check *, struct store *);	/* 0 or -1 */
uint8_t	 check_state(struct check *, const char *user, uint64_t mono_ms);
struct verdict check_verify(struct check *, const char *user,
	    const char *code, uint64_t wall_s, uint64_t mono_ms);
/* TR_OK: uri is filled. */
uint8_t	 check_enrol(struct check *, const char *user, char *uri, size_t size,
	    uint64_t mono_ms);
struct verdict check_confirm(struct check *, const char *user,
	    const char *code, uint64_t wall_s, uint64_t mono_ms);

#endif
