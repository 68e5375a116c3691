/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Reads the whole audit log: numbers, chain, seals.  Run by telclaudectl;
 * what the files hold is not trusted.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engines/audit/chain.h"
#include "engines/audit/seal.h"
#include "telclauded/lib/util.h"

#define WALK_BUF	(256u << 10)

struct audit_walk {
	struct audit_report	*r;
	const struct seal_pubs	*pubs;
	unsigned		 keys;		/* the newest that may still
						 * have sealed: keys - 1 */
	struct audit_witness	*witness;
	uint64_t		 line;		/* of the file */
	uint8_t			 hash[AUDIT_HASHLEN];	/* of the last good */
	uint64_t		 damage;	/* line not yet mended */
	struct audit_damage	 bytes;		/* from there on */
	char			*buf;
};

struct audit_walk *
audit_walk_new(struct audit_report *r, const struct seal_pubs *pubs,
    struct audit_witness *witness)
{
	struct audit_walk	*w;

	if ((w = calloc(1, sizeof(*w))) == NULL ||
	    (w->buf = malloc(WALK_BUF)) == NULL) {
		free(w);
		return (NULL);
	}
	memset(r, 0, sizeof(*r));
	w->r = r;
	w->pubs = pubs;
	w->keys = pubs == NULL ? 0 : pubs->n;
	w->witness = witness;
	return (w);
}

void
audit_walk_free(struct audit_walk *w)
{
	if (w == NULL)
		return;
	free(w->buf);
	free(w);
}

int
audit_walk_headless(const struct audit_report *r)
{
	return (r->first > 1 && r->first > r->kept);
}

static int
is_event(const char *p, size_t n, const char *mark, size_t len)
{
	/* Quotes in values are escaped, so this is a member. */
	return (memmem(p, n, mark, len) != NULL);
}
#define IS(p, n, name)							\
	is_event((p), (n), "\"event\":\"" name "\"",			\
	    sizeof("\"event\":\"" name "\"") - 1)

static int
broken(struct audit_walk *w, uint64_t line, const char *why)
{
	w->r->broken = line;
	w->r->why = why;
	return (1);
}

/* May the log begin with this line?  What was before it is kept no longer. */
static int
begins(const struct audit_walk *w, const char *p, size_t n, uint64_t seq)
{
	return (w->r->lines == 0 && w->r->file == 0 && w->line == 1 &&
	    seq > 1 && IS(p, n, SEAL_OPENED));
}

/* Keys follow each other: the older one seals no more after the newer. */
static enum seal_verdict
seal_any(struct audit_walk *w, const char *p, size_t n, const uint8_t *prev)
{
	enum seal_verdict	 v;
	unsigned		 i;

	if (w->pubs == NULL)
		return (seal_check(p, n, prev, NULL));
	for (i = w->keys; i > 0; i--) {
		v = seal_check(p, n, prev, w->pubs->key[i - 1]);
		if (v == SEAL_GOOD)
			w->keys = i;
		if (v != SEAL_BAD)
			return (v);
	}
	return (SEAL_BAD);
}

static int
walk_seal(struct audit_walk *w, const char *p, size_t n, const uint8_t *prev,
    uint64_t seq)
{
	switch (seal_any(w, p, n, prev)) {
	case SEAL_BAD:
		return (broken(w, w->line, "carries a seal that was not made "
		    "with this log's key"));
	case SEAL_GOOD:
		w->r->seals++;
		w->r->sealed = seq;
		break;
	default:
		break;
	}
	return (0);
}

static void
walk_witness(const struct audit_walk *w, uint64_t seq)
{
	struct audit_witness	*x = w->witness;

	if (x != NULL && x->seq == seq)
		x->seen = memcmp(x->hash, w->hash, sizeof(x->hash)) == 0;
}

/* 1: the chain is broken here. */
static int
walk_line(struct audit_walk *w, const char *p, size_t n)
{
	struct audit_report	*r = w->r;
	uint8_t			 prev[AUDIT_HASHLEN], want[AUDIT_HASHLEN];
	uint64_t		 seq;

	w->line++;
	if (audit_parse(p, n, &seq, prev) == -1) {
		/* Only the line after it can excuse it. */
		if (w->damage == 0)
			w->damage = w->line;
		audit_damage(&w->bytes, w->hash, p, n);
		return (0);
	}
	audit_next(&w->bytes, w->hash, want);
	if (w->damage != 0 && !IS(p, n, AUDIT_REPAIR))
		return (broken(w, w->damage, "is not a line of this log"));
	if (!begins(w, p, n, seq) && memcmp(prev, want, sizeof(prev)) != 0)
		return (broken(w, w->damage != 0 ? w->damage : w->line,
		    "does not follow from the line before it"));
	if (!begins(w, p, n, seq) && seq != r->last + 1)
		return (broken(w, w->line, "has the wrong number"));
	if (walk_seal(w, p, n, prev, seq))
		return (1);
	r->repairs += w->damage != 0;
	if (r->lines++ == 0)
		r->first = seq;
	r->last = seq;
	r->kept = MAXIMUM(r->kept, seal_kept(p, n));
	w->damage = 0;
	w->bytes.any = 0;
	audit_hash(p, n, w->hash);
	memcpy(r->head, w->hash, sizeof(r->head));
	walk_witness(w, seq);
	return (0);
}

/* Takes whole lines out of the buffer; how many bytes are left, or -1:
 * broken. */
static ssize_t
walk_lines(struct audit_walk *w, size_t have)
{
	char	*p = w->buf, *nl;

	while ((nl = memchr(p, '\n', have)) != NULL) {
		if (walk_line(w, p, (size_t)(nl - p)))
			return (-1);
		have -= (size_t)(nl - p) + 1;
		p = nl + 1;
	}
	memmove(w->buf, p, have);
	return ((ssize_t)have);
}

int
audit_walk_file(struct audit_walk *w, int fd)
{
	size_t	 have = 0;
	ssize_t	 n, left;

	if (w->line > 0)
		w->r->file++;
	w->line = 0;
	while ((n = read(fd, w->buf + have, WALK_BUF - have)) > 0) {
		if ((left = walk_lines(w, have + (size_t)n)) == -1)
			return (1);
		have = (size_t)left;
		if (have > AUDIT_LINE_MAX)
			return (broken(w, w->line + 1,
			    "is longer than any line of this log"));
	}
	if (n == -1)
		return (-1);
	if (w->damage != 0)
		return (broken(w, w->damage, "is not a line of this log"));
	return (have == 0 ? 0 : broken(w, w->line + 1, "was cut short"));
}
