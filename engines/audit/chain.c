/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Lines of the audit log as links of its chain, and its end, which the audit
 * engine reads at start.  What the file holds is not trusted.
 */
#include <sys/stat.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engines/audit/chain.h"

#define HEAD		"{\"seq\":"
#define PREV		"\"prev\":\""
#define PREV_LEN	(sizeof(PREV) - 1 + 2 * AUDIT_HASHLEN + 2)

void
audit_hash(const char *p, size_t n, uint8_t out[AUDIT_HASHLEN])
{
	crypto_hash_sha256(out, (const unsigned char *)p, n);
}

void
audit_damage(struct audit_damage *d, const uint8_t good[AUDIT_HASHLEN],
    const char *p, size_t n)
{
	static const unsigned char	 nl[] = { '\n' };

	if (!d->any) {
		crypto_hash_sha256_init(&d->st);
		crypto_hash_sha256_update(&d->st, good, AUDIT_HASHLEN);
	} else
		crypto_hash_sha256_update(&d->st, nl, sizeof(nl));
	crypto_hash_sha256_update(&d->st, (const unsigned char *)p, n);
	d->any = 1;
}

void
audit_next(const struct audit_damage *d, const uint8_t good[AUDIT_HASHLEN],
    uint8_t out[AUDIT_HASHLEN])
{
	crypto_hash_sha256_state	 st;

	if (!d->any) {
		memmove(out, good, AUDIT_HASHLEN);
		return;
	}
	st = d->st;
	crypto_hash_sha256_final(&st, out);
}

int
hex_decode(const char *s, uint8_t *out, size_t n)
{
	static const char	 digits[] = "0123456789abcdef";
	const char		*hi, *lo;
	size_t			 i;

	for (i = 0; i < n; i++) {
		if (s[2 * i] == '\0' || s[2 * i + 1] == '\0' ||
		    (hi = strchr(digits, s[2 * i])) == NULL ||
		    (lo = strchr(digits, s[2 * i + 1])) == NULL)
			return (-1);
		out[i] = (uint8_t)((hi - digits) << 4 | (lo - digits));
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
	size_t		 last, end, start, bad = 0;

	memset(t, 0, sizeof(*t));
	if (n == 0)
		return (0);
	t->cut = p[n - 1] != '\n';
	last = t->cut ? n : n - 1;
	for (end = last;; end = start - 1) {
		nl = end > 0 ? memrchr(p, '\n', end) : NULL;
		start = nl == NULL ? 0 : (size_t)(nl - p) + 1;
		/* Whole but for its newline counts as whole.  The first line
		 * of a part may have lost its head: then it does not parse. */
		if (audit_parse(p + start, end - start, &t->seq, prev) == 0) {
			audit_hash(p + start, end - start, t->hash);
			bad = end + 1;
			break;
		}
		if (start == 0)
			break;
	}
	/* Nothing but a cut first line: the log starts again. */
	if (t->seq == 0 && !(whole && t->cut && memchr(p, '\n', n) == NULL))
		return (-1);
	if (bad <= last)
		audit_damage(&t->damage, t->hash, p + bad, last - bad);
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

uint64_t
audit_first(int fd)
{
	uint8_t		 prev[AUDIT_HASHLEN];
	uint64_t	 seq = 0;
	char		*p, *nl;
	ssize_t		 n;

	if ((p = malloc(AUDIT_LINE_MAX)) == NULL)
		return (0);
	n = pread(fd, p, AUDIT_LINE_MAX, 0);
	nl = n > 0 ? memchr(p, '\n', (size_t)n) : NULL;
	if (nl == NULL || audit_parse(p, (size_t)(nl - p), &seq, prev) == -1)
		seq = 0;
	free(p);
	return (seq);
}
