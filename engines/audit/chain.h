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

#include <sodium.h>

#define AUDIT_HASHLEN	32
#define AUDIT_LINE_MAX	(48u << 10)	/* a longer line is none of ours */
#define AUDIT_REPAIR	"audit_repair"	/* event of a line that mends */

/*
 * Bytes that are no line of ours.  The line that mends them names the hash of
 * the last good line's hash and all of them, with the newlines between: what
 * was before the damage stays bound to what follows it.
 */
struct audit_damage {
	crypto_hash_sha256_state st;
	int		 any;
};

struct audit_tail {
	uint64_t	 seq;		/* of the last whole line; 0: none */
	uint8_t		 hash[AUDIT_HASHLEN];	/* of that line */
	struct audit_damage damage;	/* what comes after it */
	int		 cut;		/* there is no newline at the end */
};

/* 2 * n hexadecimal digits, lower case; 0 or -1. */
int	 hex_decode(const char *, uint8_t *, size_t n);

void	 audit_hash(const char *, size_t, uint8_t out[AUDIT_HASHLEN]);
/* One more damaged line (without newline) after the line of this hash. */
void	 audit_damage(struct audit_damage *,
	    const uint8_t good[AUDIT_HASHLEN], const char *, size_t);
/* What the next line must name, damage or not. */
void	 audit_next(const struct audit_damage *,
	    const uint8_t good[AUDIT_HASHLEN], uint8_t out[AUDIT_HASHLEN]);
/* Is this (without newline) a line of ours?  Its number and the hash it
 * names; 0 or -1. */
int	 audit_parse(const char *, size_t, uint64_t *seq,
	    uint8_t prev[AUDIT_HASHLEN]);
/* What the last bytes of a log say; whole: they are all of it.  0, or -1 when
 * there are bytes and none of them is a line. */
int	 audit_tail(const char *, size_t, int whole, struct audit_tail *);
/* The same from a descriptor; -1 with errno (EILSEQ as above). */
int	 audit_tail_fd(int, struct audit_tail *);

/*
 * The whole log, which may be several files: the oldest first.  Files that
 * are no longer kept are missing at the beginning alone; the first line of a
 * later file says so.
 */
struct audit_report {
	uint64_t	 lines;
	uint64_t	 first;		/* number of the first line */
	uint64_t	 last;		/* number of the last good line */
	uint8_t		 head[AUDIT_HASHLEN];	/* its hash */
	uint64_t	 repairs;	/* damage that a later line names */
	uint64_t	 seals;		/* that are good */
	uint64_t	 sealed;	/* number of the last of them */
	uint64_t	 kept;		/* it may begin there: older ones were
					 * removed in order */
	unsigned	 file;		/* the one that is being read, from 0 */
	uint64_t	 broken;	/* line of that file; 0: none */
	const char	*why;
};
struct audit_walk;
/* Looks for a line of this number on the way: was its hash that one? */
struct audit_witness {
	uint64_t	 seq;		/* 0: none is asked about */
	uint8_t		 hash[AUDIT_HASHLEN];
	int		 seen;		/* found, and the same */
};
/* pubs: whose seals are good, or NULL: they are not checked.  w may be NULL.
 * NULL: no memory. */
struct seal_pubs;
struct audit_walk *audit_walk_new(struct audit_report *,
	    const struct seal_pubs *, struct audit_witness *w);
/* One file to its end: 0 whole, 1 broken (report says where), -1 errno. */
int	 audit_walk_file(struct audit_walk *, int fd);
/* After the last file: is what is missing before the first line gone without
 * a word of the log? */
int	 audit_walk_headless(const struct audit_report *);
void	 audit_walk_free(struct audit_walk *);

/* The number of a file's first line, or 0; for their order. */
uint64_t audit_first(int fd);

#endif
