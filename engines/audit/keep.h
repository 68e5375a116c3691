/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The audit engine's own directory: the signing key, the note of the last
 * seal, and the files of the log that are full.
 */
#ifndef AUDIT_KEEP_H
#define AUDIT_KEEP_H

#include "engines/audit/seal.h"
#include "telclauded/lib/secret.h"

#define KEEP_LOG	"audit.log"
#define KEEP_KEY	"seal.key"
#define KEEP_PUB	"seal.pub"
#define KEEP_HEAD	"head"
/* audit-FIRST.log: a full file, by the number of its first line */
#define KEEP_OLD	"audit-%020llu.log"
#define KEEP_OLDLEN	(6 + 20 + 4)

/* The key in locked memory, made when there is none.  1: made, 0: read, -1
 * with words in why: one that is there but is no key is an error. */
int	 keep_key(int dir, struct secret *, char *why, size_t);
/* The note, replaced as a whole.  0, or -1 with errno. */
int	 keep_head(int dir, uint64_t seq, const uint8_t hash[AUDIT_HASHLEN],
	    const struct secret *key);
/* 1: read, 0: there is none, -1: it is no note of this key. */
int	 keep_head_read(int dir, const struct secret *key, uint64_t *seq,
	    uint8_t hash[AUDIT_HASHLEN]);

/* A file of the log that is full gets its name; the log is then a new file,
 * open like the old one.  Its descriptor, or -1 with errno. */
int	 keep_rotate(int dir, uint64_t first);
/* How many full files, from the oldest on, were last written before this
 * time, and the number of the first line of the next; 0: it is the log. */
unsigned keep_expired(int dir, time_t before, uint64_t *kept);
void	 keep_remove(int dir, unsigned files);	/* the oldest so many */
/* The newest full file, to read; -1 with ENOENT: there is none. */
int	 keep_last(int dir);
/* The n-th full file by number, to read: a descriptor and its name, or -1. */
int	 keep_old(int dir, unsigned n, char *name, size_t);

#endif
