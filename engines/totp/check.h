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
#include "engines/totp/tries.h"
#include "imsg/msg.h"

#define PENDING_MAX	8
#define PENDING_MS	(15 * 60 * 1000)

struct check {
	struct store		*store;
	struct tries		 tries;
	struct secret		 mem;
	/* PENDING_MAX, in mem; last_step is when it was made */
	struct store_user	*pending;
};

struct verdict {
	uint8_t		 result;	/* enum totp_result */
	uint32_t	 wait_s;
};

/* Who asks for what, with which code. */
struct try_code {
	const char	*user;
	int64_t		 by;		/* the number that wrote it */
	const char	*code;
	uint64_t	 wall_s, mono_ms;
};

int	 check_init(struct check *, struct store *);	/* 0 or -1 */
/* After store_load().  -1: the tries cannot be read, all must wait. */
int	 check_load(struct check *, uint64_t mono_ms);
uint8_t	 check_state(struct check *, const char *user, uint64_t mono_ms);
/* A right code counts once, whatever it was given for. */
struct verdict check_verify(struct check *, const struct try_code *);
struct verdict check_disable(struct check *, const struct try_code *);
/* TR_OK: uri is filled. */
uint8_t	 check_enrol(struct check *, const char *user, char *uri, size_t size,
	    uint64_t mono_ms);
struct verdict check_confirm(struct check *, const struct try_code *);
/* Without a code: the administrator's word. */
uint8_t	 check_remove(struct check *, const char *user);

#endif
