/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Merges the answers to one name.  Run by the resolver; c-ares takes the
 * bytes apart, and nothing it says is believed beyond a bound.
 */
#include <arpa/inet.h>

#include <stdint.h>
#include <string.h>

#include <ares.h>

#include "engines/resolver/answer.h"

void
answer_init(struct answer *a)
{
	memset(a, 0, sizeof(*a));
	a->ttl = UINT32_MAX;
}

static void
take_ttl(struct answer *a, int ttl)
{
	/* RFC 2181 8: a value with the top bit set is zero. */
	uint32_t	 t = ttl < 0 ? 0 : (uint32_t)ttl;

	if (t < a->ttl)
		a->ttl = t;
}

static void
take(struct addrs *to, uint8_t family, const void *addr, size_t len)
{
	struct netaddr	*n;
	unsigned	 i;

	for (i = 0; i < to->n; i++)
		if (memcmp(to->a[i].a, addr, len) == 0)
			return;
	if (to->n == ADDRS_MAX)
		return;
	n = &to->a[to->n++];
	memset(n, 0, sizeof(*n));
	n->family = family;
	memcpy(n->a, addr, len);
}

static int
parse_a(struct answer *a, const unsigned char *p, int len)
{
	struct ares_addrttl	 v[ADDRS_MAX];
	int			 i, n = ADDRS_MAX, status;

	status = ares_parse_a_reply(p, len, NULL, v, &n);
	if (status != ARES_SUCCESS)
		return (status);
	for (i = 0; i < n; i++) {
		take(&a->v4, 4, &v[i].ipaddr, 4);
		take_ttl(a, v[i].ttl);
	}
	return (n > 0 ? ARES_SUCCESS : ARES_ENODATA);
}

static int
parse_aaaa(struct answer *a, const unsigned char *p, int len)
{
	struct ares_addr6ttl	 v[ADDRS_MAX];
	int			 i, n = ADDRS_MAX, status;

	status = ares_parse_aaaa_reply(p, len, NULL, v, &n);
	if (status != ARES_SUCCESS)
		return (status);
	for (i = 0; i < n; i++) {
		take(&a->v6, 6, &v[i].ip6addr, 16);
		take_ttl(a, v[i].ttl);
	}
	return (n > 0 ? ARES_SUCCESS : ARES_ENODATA);
}

void
answer_add(struct answer *a, int family, int status, const unsigned char *p,
    int len)
{
	if (status == ARES_SUCCESS)
		status = family == 4 ? parse_a(a, p, len) :
		    parse_aaaa(a, p, len);
	switch (status) {
	case ARES_SUCCESS:
	case ARES_ENODATA:
	case ARES_ENOTFOUND:
		break;
	case ARES_ENOMEM:
		a->nomem = 1;
		break;
	default:
		a->failed = 1;
		break;
	}
}

uint8_t
answer_finish(const struct answer *a, struct addrs *out, uint32_t *ttl)
{
	unsigned	 i, n4 = a->v4.n;

	memset(out, 0, sizeof(*out));
	*ttl = TTL_MIN;
	/* Neither family may crowd the other out. */
	if (n4 + a->v6.n > ADDRS_MAX && n4 > ADDRS_MAX / 2)
		n4 = a->v6.n >= ADDRS_MAX / 2 ? ADDRS_MAX / 2 :
		    ADDRS_MAX - a->v6.n;
	for (i = 0; i < n4; i++)
		out->a[out->n++] = a->v4.a[i];
	for (i = 0; i < a->v6.n && out->n < ADDRS_MAX; i++)
		out->a[out->n++] = a->v6.a[i];
	if (out->n == 0) {
		if (a->nomem)
			return (NE_BROKEN);
		return (a->failed ? NE_SERVERS : NE_NOTFOUND);
	}
	*ttl = a->ttl < TTL_MIN ? TTL_MIN : a->ttl > TTL_MAX ? TTL_MAX :
	    a->ttl;
	return (NE_OK);
}

/* An address is no name: some server might still have an answer for one. */
static int
all_numeric(const char *s)
{
	return (s[strspn(s, "0123456789.")] == '\0');
}

int
name_valid(const char *s)
{
	size_t	 len = strlen(s), label;

	if (len == 0 || len > 253 || all_numeric(s))
		return (0);
	while (*s != '\0') {
		label = strspn(s, "abcdefghijklmnopqrstuvwxyz"
		    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");
		if (label == 0 || label > 63 || s[0] == '-' ||
		    s[label - 1] == '-')
			return (0);
		s += label;
		if (*s == '\0')
			return (1);
		if (*s != '.')
			return (0);
		s++;
	}
	/* A final dot says the same name. */
	return (1);
}
