/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Reads a ClientHello as far as it is readable: records, message, extensions,
 * the server's name.  Used by egress; pure.  Whatever does not add up to the
 * last length is refused, so that no server can read it differently.
 */
#include <string.h>

#include "engines/egress/hello.h"

#define REC_CIPHER	20
#define REC_HANDSHAKE	22
#define REC_DATA	23
#define REC_HEAD	5
#define REC_MAX		16384
#define HS_CLIENT_HELLO	1
#define HS_SERVER_HELLO	2
#define HS_HEAD		4
#define RANDOM_LEN	32
#define EXT_SNI		0x0000
#define EXT_ECH		0xfe0d
#define EXT_ESNI	0xffce
#define EXTS_MAX	128	/* real clients send about twenty */
#define GATHER_BIG	2

/* Bytes not read yet; bad once something did not fit. */
struct cur {
	const uint8_t	*p;
	size_t		 n;
	int		 bad;
};

static unsigned
get(struct cur *c, size_t len)
{
	unsigned	 v = 0;

	if (c->n < len) {
		c->bad = 1;
		c->n = 0;
		return (0);
	}
	c->n -= len;
	while (len-- > 0)
		v = v << 8 | *c->p++;
	return (v);
}

/* What a length of so many bytes says follows. */
static struct cur
get_vec(struct cur *c, size_t lenlen)
{
	struct cur	 v = { NULL, 0, 0 };
	size_t		 len = get(c, lenlen);

	if (c->bad || c->n < len) {
		c->bad = 1;
		return (v);
	}
	v.p = c->p;
	v.n = len;
	c->p += len;
	c->n -= len;
	return (v);
}

static int
same_name(const struct cur *v, const char *host)
{
	size_t	 i;
	uint8_t	 c;

	if (v->n != strlen(host))
		return (0);
	for (i = 0; i < v->n; i++) {
		c = v->p[i];
		if (c >= 'A' && c <= 'Z')
			c = (uint8_t)(c - 'A' + 'a');
		if (c != (uint8_t)host[i])
			return (0);
	}
	return (1);
}

static enum reason
check_sni(struct cur ext, const struct target *t)
{
	struct cur	 list = get_vec(&ext, 2), name;
	unsigned	 type;

	if (ext.bad || ext.n > 0)
		return (WHY_HELLO);
	type = get(&list, 1);
	name = get_vec(&list, 2);
	/* One entry: of two, who knows which the server takes. */
	if (list.bad || list.n > 0 || type != 0 || name.n == 0)
		return (WHY_HELLO);
	return (same_name(&name, t->host) ? WHY_OK : WHY_SNI);
}

static enum reason
check_exts(struct cur exts, const struct target *t)
{
	uint16_t	 seen[EXTS_MAX];
	enum reason	 r = WHY_OK, bad = WHY_OK;
	unsigned	 i, n = 0, type;
	int		 named = 0;
	struct cur	 e;

	while (exts.n > 0 && !exts.bad) {
		type = get(&exts, 2);
		e = get_vec(&exts, 2);
		if (exts.bad || n == EXTS_MAX)
			return (WHY_HELLO);
		for (i = 0; i < n; i++)
			if (seen[i] == type)
				return (WHY_HELLO);
		seen[n++] = (uint16_t)type;
		if (type == EXT_ECH || type == EXT_ESNI)
			r = WHY_ECH;
		if (type == EXT_SNI) {
			named = 1;
			bad = check_sni(e, t);
		}
	}
	if (exts.bad)
		return (WHY_HELLO);
	if (bad == WHY_HELLO)
		return (bad);
	if (r != WHY_OK)
		return (r);
	/* Clients name no server that is an address. */
	return (named ? bad : t->kind == HOST_NAME ? WHY_NOSNI : WHY_OK);
}

/* The message behind its four bytes of head. */
static enum reason
check_body(struct cur c, const struct target *t)
{
	struct cur	 sid, suites, comp, exts;
	unsigned	 version = get(&c, 2);

	if (c.n < RANDOM_LEN)
		return (WHY_HELLO);
	c.p += RANDOM_LEN;
	c.n -= RANDOM_LEN;
	sid = get_vec(&c, 1);
	suites = get_vec(&c, 2);
	comp = get_vec(&c, 1);
	if (c.bad || version >> 8 != 3 || sid.n > 32 || suites.n == 0 ||
	    suites.n % 2 != 0 || comp.n == 0)
		return (WHY_HELLO);
	if (c.n == 0)	/* no extensions at all: older than names */
		return (t->kind == HOST_NAME ? WHY_NOSNI : WHY_OK);
	exts = get_vec(&c, 2);
	if (c.bad || c.n > 0)
		return (WHY_HELLO);
	return (check_exts(exts, t));
}

/*
 * The head of a record, or as much of it as is there: 0 more is needed, 1,
 * -1 it is not one of this type.
 */
static int
record(const uint8_t *p, size_t n, uint8_t type, size_t *len)
{
	if (n > 0 && p[0] != type)
		return (-1);
	if (n > 1 && p[1] != 3)
		return (-1);
	if (n < REC_HEAD)
		return (0);
	*len = (size_t)p[3] << 8 | p[4];
	return (*len == 0 || *len > REC_MAX ? -1 : 1);
}

/*
 * Walks the records until the message in them is whole.  What is there of it
 * is copied to msg; *used counts with the record heads.
 */
static int
gather(const uint8_t *p, size_t n, uint8_t *msg, size_t *msglen, size_t *used)
{
	size_t	 off = 0, have = 0, want = HS_HEAD, len, part;
	int	 r;

	while (have < want) {
		if ((r = record(p + off, n - off, REC_HANDSHAKE, &len)) != 1)
			return (r);
		off += REC_HEAD;
		part = n - off < len ? n - off : len;
		if (have + part > HELLO_MAX)
			return (-1);
		memcpy(msg + have, p + off, part);
		have += part;
		if (have > 0 && msg[0] != HS_CLIENT_HELLO)
			return (-1);
		if (have >= HS_HEAD)
			want = HS_HEAD + ((size_t)msg[1] << 16 |
			    (size_t)msg[2] << 8 | msg[3]);
		if (want > HELLO_MAX)
			return (GATHER_BIG);
		if (part < len)
			return (have > want ? -1 : 0);
		off += len;
	}
	*used = off;
	*msglen = have;
	/* Nothing may follow it in its last record. */
	return (have == want ? 1 : -1);
}

ssize_t
hello_check(const uint8_t *p, size_t n, const struct target *t,
    enum reason *why)
{
	uint8_t		 msg[HELLO_MAX];
	struct cur	 c = { msg + HS_HEAD, 0, 0 };
	size_t		 len = 0, used = 0;
	int		 r = gather(p, n, msg, &len, &used);

	if (r == 0 && n < HELLO_MAX)
		return (0);
	if (r == 0 || r == GATHER_BIG || (r == 1 && used > HELLO_MAX)) {
		*why = WHY_BIGHELLO;
		return (-1);
	}
	if (r == -1) {
		*why = n > 0 && p[0] != REC_HANDSHAKE ? WHY_NOTTLS : WHY_HELLO;
		return (-1);
	}
	c.n = len - HS_HEAD;
	*why = check_body(c, t);
	return (*why == WHY_OK ? (ssize_t)used : -1);
}

ssize_t
hello_again(const uint8_t *p, size_t n, const struct target *t,
    enum reason *why)
{
	size_t	 off = 0, len;
	ssize_t	 hello;
	int	 r;

	while (n > off && (p[off] == REC_CIPHER || p[off] == REC_DATA)) {
		*why = WHY_HELLO;
		if ((r = record(p + off, n - off, p[off], &len)) == -1)
			return (-1);
		if (r == 0 || n - off < REC_HEAD + len) {
			*why = WHY_BIGHELLO;
			return (n >= HELLO_MAX ? -1 : 0);
		}
		off += REC_HEAD + len;
	}
	hello = hello_check(p + off, n - off, t, why);
	if (hello == 0 && n >= HELLO_MAX)
		hello = -1;
	return (hello > 0 ? hello + (ssize_t)off : hello);
}

enum hello_answer
hello_answer(const uint8_t *p, size_t n)
{
	static const uint8_t	 retry[RANDOM_LEN] = {
		0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11,
		0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
		0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e,
		0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
	};
	size_t			 len = 0;
	int			 r = record(p, n, REC_HANDSHAKE, &len);

	/* An alert is no matter of ours. */
	if (r == -1 || (n > REC_HEAD && p[REC_HEAD] != HS_SERVER_HELLO))
		return (HA_OTHER);
	if (n <= REC_HEAD)
		return (HA_MORE);
	if (REC_HEAD + len < HELLO_ANSWER)
		return (HA_BAD);
	if (n < HELLO_ANSWER)
		return (HA_MORE);
	return (memcmp(p + HELLO_ANSWER - RANDOM_LEN, retry,
	    sizeof(retry)) == 0 ? HA_RETRY : HA_OTHER);
}
