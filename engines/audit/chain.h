/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The audit log as a chain: each line has a number and the SHA-256 of the
 * line before it.  Read back at start, and checked whole by telclaudectl.
 * Pure but for reading a descriptor; the file may have been damaged.
 */
#ifndef AUDIT_CHAIN_H
#define AUDIT_CHAIN_H

#include <stddef.h>
#include <stdint.h>

#define AUDIT_HASHLEN	32
#define AUDIT_LINE_MAX	(48u << 10)	/* a longer line is none of ours */
#define AUDIT_REPAIR	"audit_repair"	/* event of a line that mends */

struct audit_tail {
	uint64_t	 seq;		/* of the last whole line; 0: none */
	uint8_t		 hash[AUDIT_HASHLEN];	/* of the last bytes */
	int		 damaged;	/* what comes last is no line of ours */
	int		 cut;		/* there is no newline at the end */
};

void	 audit_hash(const char *, size_t, uint8_t out[AUDIT_HASHLEN]);
/* Is this (without newline) a line of ours?  Its number and the hash it
 * names; 0 or -1. */
int	 audit_parse(const char *, size_t, uint64_t *seq,
	    uint8_t prev[AUDIT_HASHLEN]);
/* What the last bytes of a log say; whole: they are all of it.  0, or -1 when
 * there are bytes and none of them is a line. */
int	 audit_tail(const char *, size_t, int whole, struct audit_tail *);
/* The same from a descriptor; -1 with errno (EILSEQ as above). */
int	 audit_tail_fd(int, struct audit_tail *);

struct audit_report {
	uint64_t	 lines;
	uint64_t	 last;		/* number of the last good line */
	uint64_t	 repairs;	/* damage that a later line names */
	uint64_t	 broken;	/* line of the file; 0: none */
	const char	*why;
};
/* Reads the whole log: 0 whole, 1 broken (report says where), -1 errno. */
int	 audit_verify(int, struct audit_report *);

#endif
