/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Seals of the audit log, made by the audit engine and checked by
 * telclaudectl.  Pure.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "engines/audit/line.h"
#include "engines/audit/seal.h"

#define DOMAIN_LINE	"telclauded audit seal 1\n"
#define DOMAIN_NOTE	"telclauded audit head 1\n"
#define MARK_EVENT	"\"event\":\"" SEAL_EVENT "\""
#define MARK_SEAL	",\"seal\":\""
#define MARK_KEPT	",\"kept\":"
#define SIGLEN		crypto_sign_BYTES
#define SIGHEX		(2 * SIGLEN)

_Static_assert(SEAL_PUBLEN == crypto_sign_PUBLICKEYBYTES &&
    SEAL_KEYLEN == crypto_sign_SECRETKEYBYTES, "keys");

int
seal_pubs_parse(struct seal_pubs *v, const char *p, size_t n)
{
	const size_t	 len = 2 * SEAL_PUBLEN + 1;

	v->n = 0;
	for (; n >= len && v->n < SEAL_KEYS && p[len - 1] == '\n' &&
	    hex_decode(p, v->key[v->n], SEAL_PUBLEN) == 0; n -= len, p += len)
		v->n++;
	return (v->n == 0 ? -1 : 0);
}

int
seal_expired(struct buf *b, uint64_t seq, uint64_t now, uint64_t kept,
    unsigned files, const uint8_t prev[AUDIT_HASHLEN])
{
	line_begin(b, seq, now, SEAL_EXPIRED);
	buf_printf(b, ",\"outcome\":\"success\"" MARK_KEPT "%" PRIu64
	    ",\"detail\":\"%u full files before line %" PRIu64 " are removed"
	    "\"", kept, files, kept);
	line_end(b, prev);
	return (b->failed ? -1 : 0);
}

uint64_t
seal_kept(const char *p, size_t n)
{
	static const char	 event[] = "\"event\":\"" SEAL_EXPIRED "\"";
	const char		*s;

	if (memmem(p, n, event, sizeof(event) - 1) == NULL ||
	    (s = memmem(p, n, MARK_KEPT, sizeof(MARK_KEPT) - 1)) == NULL)
		return (0);
	/* A line of ours has more behind it than digits. */
	return (strtoull(s + sizeof(MARK_KEPT) - 1, NULL, 10));
}

/* What is signed: the line up to its seal, and the hash of the one before,
 * which stands for all lines there are. */
static int
signed_bytes(struct buf *b, const char *p, size_t n, const uint8_t *prev)
{
	buf_puts(b, DOMAIN_LINE);
	buf_add(b, p, n);
	buf_add(b, prev, AUDIT_HASHLEN);
	return (b->failed ? -1 : 0);
}

int
seal_line(struct buf *b, uint64_t seq, uint64_t now,
    const uint8_t prev[AUDIT_HASHLEN], const uint8_t key[SEAL_KEYLEN])
{
	struct buf	 m;
	uint8_t		 sig[SIGLEN];
	char		 hex[SIGHEX + 1];
	size_t		 from = b->len;
	int		 ret;

	line_begin(b, seq, now, SEAL_EVENT);
	buf_puts(b, ",\"outcome\":\"success\"");
	buf_init(&m);
	ret = b->failed ? -1 : signed_bytes(&m, b->p + from, b->len - from,
	    prev);
	if (ret == 0)
		ret = crypto_sign_detached(sig, NULL, (uint8_t *)m.p, m.len,
		    key);
	buf_free(&m);
	if (ret != 0)
		return (-1);
	hex_encode(sig, sizeof(sig), hex);
	buf_printf(b, MARK_SEAL "%s\"", hex);
	line_end(b, prev);
	return (b->failed ? -1 : 0);
}

enum seal_verdict
seal_check(const char *p, size_t n, const uint8_t prev[AUDIT_HASHLEN],
    const uint8_t pub[SEAL_PUBLEN])
{
	struct buf	 m;
	uint8_t		 sig[SIGLEN];
	const char	*s;
	size_t		 head;
	int		 bad;

	/* Quotes inside of values are escaped: this is a member's name. */
	if (memmem(p, n, MARK_EVENT, sizeof(MARK_EVENT) - 1) == NULL)
		return (SEAL_NONE);
	s = memmem(p, n, MARK_SEAL, sizeof(MARK_SEAL) - 1);
	if (s == NULL)
		return (SEAL_BAD);
	head = (size_t)(s - p);
	s += sizeof(MARK_SEAL) - 1;
	if ((size_t)(s - p) + SIGHEX >= n ||
	    hex_decode(s, sig, SIGLEN) == -1 || s[SIGHEX] != '"')
		return (SEAL_BAD);
	if (pub == NULL)
		return (SEAL_GOOD);
	buf_init(&m);
	bad = signed_bytes(&m, p, head, prev) == -1 ||
	    crypto_sign_verify_detached(sig, (uint8_t *)m.p, m.len, pub) != 0;
	buf_free(&m);
	return (bad ? SEAL_BAD : SEAL_GOOD);
}

static int
note_head(struct buf *b, uint64_t seq, const uint8_t *hash)
{
	char	 hex[2 * AUDIT_HASHLEN + 1];

	hex_encode(hash, AUDIT_HASHLEN, hex);
	return (buf_printf(b, DOMAIN_NOTE "%" PRIu64 " %s\n", seq, hex));
}

int
seal_note(struct buf *b, uint64_t seq, const uint8_t hash[AUDIT_HASHLEN],
    const uint8_t key[SEAL_KEYLEN])
{
	uint8_t	 sig[SIGLEN];
	char	 hex[SIGHEX + 1];

	if (note_head(b, seq, hash) == -1 || crypto_sign_detached(sig, NULL,
	    (uint8_t *)b->p, b->len, key) != 0)
		return (-1);
	hex_encode(sig, sizeof(sig), hex);
	return (buf_printf(b, "%s\n", hex));
}

int
seal_note_parse(const char *p, size_t n, const uint8_t pub[SEAL_PUBLEN],
    uint64_t *seq, uint8_t hash[AUDIT_HASHLEN])
{
	uint8_t		 sig[SIGLEN];
	char		 text[SEAL_HEADMAX];
	char		*end;
	size_t		 d = sizeof(DOMAIN_NOTE) - 1, sign;

	/* The signature and the hash end it: both have fixed lengths. */
	if (n >= sizeof(text) ||
	    n < d + 2 + 2 * AUDIT_HASHLEN + 1 + SIGHEX + 1 ||
	    memchr(p, '\0', n) != NULL)
		return (-1);
	memcpy(text, p, n);
	text[n] = '\0';
	sign = n - SIGHEX - 1;
	if (memcmp(text, DOMAIN_NOTE, d) != 0 || text[n - 1] != '\n' ||
	    hex_decode(text + sign, sig, SIGLEN) == -1 ||
	    crypto_sign_verify_detached(sig, (uint8_t *)text, sign, pub) != 0)
		return (-1);
	*seq = strtoull(text + d, &end, 10);
	return (*end == ' ' && end + 1 + 2 * AUDIT_HASHLEN + 1 ==
	    text + sign ? hex_decode(end + 1, hash, AUDIT_HASHLEN) : -1);
}
