/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The audit log as a file: lines are added at its end, sealed at intervals,
 * and a full file makes room for the next.
 */
#ifndef AUDIT_FILE_H
#define AUDIT_FILE_H

#include "engines/audit/keep.h"
#include "engines/audit/line.h"

struct event_base;

struct alog {
	int			 fd;	/* O_RDWR | O_APPEND */
	int			 dir;	/* its own directory, or -1 */
	int			 own;	/* the log lies in it */
	struct audit_tail	 tail;
	uint64_t		 first;	/* number of the file's first line */
	uint64_t		 from;	/* of the file before: not yet said */
	uint32_t		 month;	/* of its first line, UTC: years * 12 */
	uint64_t		 bytes;
	struct secret		 key;
	uint64_t		 sealed, sealed_ms;
	uint64_t		 turned_ms;	/* tried in vain, or 0 */
	uint64_t		 copied_ms;	/* a part went out, or 0 */
	struct event		*sync;
	int			 dirty;
	int			 full;	/* the last write failed: said once */
};

/* The log is open: reads its end and the note, makes what is missing.  0, or
 * -1 with words in why. */
int	 file_begin(struct alog *, struct event_base *, char *why, size_t);
/* Adds a line (mends what was cut before it).  0 or -1. */
int	 file_add(struct alog *, const struct msg_AUDIT_LINE *);
/* A line of our own. */
int	 file_say(struct alog *, const char *event, enum audit_verdict,
	    const char *detail);
/* Signs what was added since the last seal, if anything was. */
void	 file_seal(struct alog *);
/* Another month, or too large: the next file.  Cheap when neither. */
void	 file_turn(struct alog *);
/* Full files last written before so many seconds go. */
void	 file_expire(struct alog *, uint32_t keep_s);
void	 file_sync(struct alog *);

#endif
