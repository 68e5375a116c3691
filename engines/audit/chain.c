/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Reads the chain of the audit log: its end (by the audit engine at start)
 * or all of it (by telclaudectl).  What the file holds is not trusted.
 */
#include <sys/stat.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "engines/audit/chain.h"

#define HEAD		"{\"seq\":"
#define PREV		"\"prev\":\""
#define PREV_LEN	(sizeof(PREV) - 1 + 2 * AUDIT_HASHLEN + 2)

void
audit_hash(const char *p, size_t n, uint8_t out[AUDIT_HASHLEN])
{
	crypto_hash_sha256(out, (const unsigned char *)p, n);
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return (c - '0');
	if (c >= 'a' && c <= 'f')
		return (c - 'a' + 10);
	return (-1);
}

static int
hex_decode(const char *s, uint8_t *out, size_t n)
{
	size_t	 i;
	int	 hi, lo;

	for (i = 0; i < n; i++) {
		hi = hex_value(s[2 * i]);
		lo = hex_value(s[2 * i + 1]);
		if (hi == -1 || lo == -1)
			return (-1);
		out[i] = (uint8_t)(hi << 4 | lo);
	}
	return (0);
}

/* Our own writer's form and no other: number first, hash last. */
int
audit_parse(const char *p, size_t n, uint64_t *seq,
    uint8_t prev[AUDIT_HASHLEN])
{
	size_t		 i = sizeof(HEAD) - 1;
	uint64_t	 v = 0;

	if (n < i + 2 + PREV_LEN || n > AUDIT_LINE_MAX ||
	    memcmp(p, HEAD, i) != 0 || p[i] == '0')
		return (-1);
	for (; i < n && p[i] >= '0' && p[i] <= '9'; i++) {
		if (v > (UINT64_MAX - 9) / 10)
			return (-1);
		v = v * 10 + (uint64_t)(p[i] - '0');
	}
	if (v == 0 || i >= n || p[i] != ',')
		return (-1);
	p += n - PREV_LEN;
	if (memcmp(p, PREV, sizeof(PREV) - 1) != 0 ||
	    p[PREV_LEN - 2] != '"' || p[PREV_LEN - 1] != '}' ||
	    hex_decode(p + sizeof(PREV) - 1, prev, AUDIT_HASHLEN) == -1)
		return (-1);
	*seq = v;
	return (0);
}

int
audit_tail(const char *p, size_t n, int whole, struct audit_tail *t)
{
	uint8_t		 prev[AUDIT_HASHLEN];
	const char	*nl;
	size_t		 end = n, start;
	int		 last = 1;

	memset(t, 0, sizeof(*t));
	if (n == 0)
		return (0);
	t->cut = p[n - 1] != '\n';
	if (!t->cut)
		end--;
	for (;;) {
		nl = end > 0 ? memrchr(p, '\n', end) : NULL;
		start = nl == NULL ? 0 : (size_t)(nl - p) + 1;
		/* The first line of a part may have lost its head: its hash
		 * would be wrong, but audit_parse() then fails on it. */
		if (last)
			audit_hash(p + start, end - start, t->hash);
		/* Whole but for its newline counts as whole. */
		if (audit_parse(p + start, end - start, &t->seq, prev) == 0)
			break;
		t->damaged = 1;
		last = 0;
		if (start == 0)
			break;
		end = start - 1;
	}
	/* Nothing but a cut first line: the log starts again. */
	if (t->seq == 0 && !(whole && t->cut && memchr(p, '\n', n) == NULL))
		return (-1);
	return (0);
}

int
audit_tail_fd(int fd, struct audit_tail *t)
{
	struct stat	 st;
	char		*p;
	size_t		 want, got = 0;
	ssize_t		 n;
	off_t		 from;
	int		 ret = -1;

	if (fstat(fd, &st) == -1)
		return (-1);
	want = st.st_size < (off_t)(2 * AUDIT_LINE_MAX) ?
	    (size_t)st.st_size : 2 * AUDIT_LINE_MAX;
	from = st.st_size - (off_t)want;
	if ((p = malloc(want + 1)) == NULL)
		return (-1);
	while (got < want) {
		if ((n = pread(fd, p + got, want - got,
		    from + (off_t)got)) == -1)
			goto done;
		if (n == 0)
			break;
		got += (size_t)n;
	}
	if ((ret = audit_tail(p, got, from == 0, t)) == -1)
		errno = EILSEQ;
 done:
	free(p);
	return (ret);
}

/* --- the whole of it ------- */
struct walk {
	struct audit_report	*r;
	uint64_t		 line;		/* of the file */
	uint8_t			 hash[AUDIT_HASHLEN];
	uint64_t		 damage;	/* line not yet mended */
};

static int
is_repair(const char *p, size_t n)
{
	static const char	 mark[] = "\"event\":\"" AUDIT_REPAIR "\"";

	return (memmem(p, n, mark, sizeof(mark) - 1) != NULL);
}

/* 1: the chain is broken here. */
static int
walk_line(struct walk *w, const char *p, size_t n)
{
	uint8_t		 prev[AUDIT_HASHLEN];
	uint64_t	 seq;

	w->line++;
	if (audit_parse(p, n, &seq, prev) == -1) {
		/* Only the line after it can excuse it. */
		if (w->damage == 0)
			w->damage = w->line;
		audit_hash(p, n, w->hash);
		return (0);
	}
	w->r->broken = w->damage != 0 ? w->damage : w->line;
	if (w->damage != 0 && !is_repair(p, n))
		w->r->why = "is not a line of this log";
	else if (memcmp(prev, w->hash, sizeof(prev)) != 0)
		w->r->why = "does not follow from the line before it";
	else if (seq != w->r->last + 1)
		w->r->why = "has the wrong number";
	else {
		w->r->broken = 0;
		w->r->repairs += w->damage != 0;
		w->r->lines++;
		w->r->last = seq;
		w->damage = 0;
		audit_hash(p, n, w->hash);
		return (0);
	}
	return (1);
}

/* Takes whole lines out of buf; how many bytes are left, or -1: broken. */
static ssize_t
walk_lines(struct walk *w, char *buf, size_t have)
{
	char	*p = buf, *nl;

	while ((nl = memchr(p, '\n', have)) != NULL) {
		if (walk_line(w, p, (size_t)(nl - p)))
			return (-1);
		have -= (size_t)(nl - p) + 1;
		p = nl + 1;
	}
	memmove(buf, p, have);
	return ((ssize_t)have);
}

int
audit_verify(int fd, struct audit_report *r)
{
	struct walk	 w;
	char		*buf;
	size_t		 have = 0, cap = 2 * AUDIT_LINE_MAX;
	ssize_t		 n, left;
	int		 ret = -1;

	memset(r, 0, sizeof(*r));
	memset(&w, 0, sizeof(w));
	w.r = r;
	if ((buf = malloc(cap)) == NULL)
		return (-1);
	while ((n = read(fd, buf + have, cap - have)) > 0) {
		if ((left = walk_lines(&w, buf, have + (size_t)n)) == -1) {
			ret = 1;
			goto done;
		}
		have = (size_t)left;
		if (have == cap) {
			r->broken = w.line + 1;
			r->why = "is longer than any line of this log";
			ret = 1;
			goto done;
		}
	}
	if (n == -1)
		goto done;
	ret = have > 0 || w.damage != 0;
	if (ret != 0) {
		r->broken = w.damage != 0 ? w.damage : w.line + 1;
		r->why = have > 0 ? "was cut short" :
		    "is not a line of this log";
	}
 done:
	free(buf);
	return (ret);
}
