/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Seals: lines of the audit log that sign all before them (Ed25519, RFC
 * 8032), and the note of the last one that is kept beside the log, so that a
 * shorter or older log is noticed.  Pure; what is parsed is not trusted.
 */
#ifndef AUDIT_SEAL_H
#define AUDIT_SEAL_H

#include <stddef.h>
#include <stdint.h>

#include "engines/audit/chain.h"

#define SEAL_PUBLEN	32
#define SEAL_KEYLEN	64		/* libsodium's: seed and public key */
#define SEAL_EVENT	"audit_seal"
#define SEAL_OPENED	"audit_opened"	/* first line of a later file */
#define SEAL_EXPIRED	"audit_expired"	/* says where the log begins now */
#define SEAL_KEYS	16		/* the key and retired ones */
#define SEAL_PUBTEXT	(SEAL_KEYS * (2 * SEAL_PUBLEN + 1))
#define SEAL_HEADMAX	512		/* bytes of the note */

struct buf;

/* Public halves, the newest first: a key that was replaced is kept, or what
 * it sealed could be checked no more. */
struct seal_pubs {
	uint8_t		 key[SEAL_KEYS][SEAL_PUBLEN];
	unsigned	 n;
};
/* One a line, in hexadecimal; 0, or -1: the first line is none. */
int	 seal_pubs_parse(struct seal_pubs *, const char *, size_t);

/* Adds the line, with its newline.  0, or -1: no memory. */
int	 seal_line(struct buf *, uint64_t seq, uint64_t now_ms,
	    const uint8_t prev[AUDIT_HASHLEN],
	    const uint8_t key[SEAL_KEYLEN]);

/* That so many files before line kept were too old, and went.  As above. */
int	 seal_expired(struct buf *, uint64_t seq, uint64_t now_ms,
	    uint64_t kept, unsigned files, const uint8_t prev[AUDIT_HASHLEN]);
/* The line a log may begin with by this line of it, or 0. */
uint64_t seal_kept(const char *, size_t);

enum seal_verdict { SEAL_NONE, SEAL_GOOD, SEAL_BAD };
/* Is this line (without newline), which is known to follow from prev, a seal
 * of this key?  pub NULL: every well-formed one is good. */
enum seal_verdict seal_check(const char *, size_t,
	    const uint8_t prev[AUDIT_HASHLEN],
	    const uint8_t pub[SEAL_PUBLEN]);

/* The note: number and hash of the last line that was sealed or sealed it. */
int	 seal_note(struct buf *, uint64_t seq,
	    const uint8_t hash[AUDIT_HASHLEN],
	    const uint8_t key[SEAL_KEYLEN]);
/* 0, or -1: not a note of this key. */
int	 seal_note_parse(const char *, size_t, const uint8_t pub[SEAL_PUBLEN],
	    uint64_t *seq, uint8_t hash[AUDIT_HASHLEN]);

#endif
