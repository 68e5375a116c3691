/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What the fields of a request mean for a proxy, and the head as it goes to
 * the server.  Used by egress; pure.
 */
#include <string.h>
#include <strings.h>

#include "engines/egress/headint.h"
#include "telclauded/lib/util.h"

enum known { K_NONE, K_HOST, K_LENGTH, K_TE, K_CONNECTION, K_UPGRADE,
    K_EXPECT, K_HOP, K_MAX };

static const struct {
	const char	*name;
	enum known	 k;
} names[] = {
	{ "host", K_HOST },
	{ "content-length", K_LENGTH },
	{ "transfer-encoding", K_TE },
	{ "connection", K_CONNECTION },
	{ "upgrade", K_UPGRADE },
	{ "expect", K_EXPECT },
	{ "keep-alive", K_HOP },
	{ "te", K_HOP },
	{ "trailer", K_HOP },
	{ "http2-settings", K_HOP },
};

static int
span_is(const char *s, size_t n, const char *word)
{
	return (n == strlen(word) && strncasecmp(s, word, n) == 0);
}

static enum known
known(const char *s, size_t n)
{
	size_t	 i;

	if (n >= 6 && strncasecmp(s, "proxy-", 6) == 0)
		return (K_HOP);
	for (i = 0; i < NELEM(names); i++)
		if (span_is(s, n, names[i].name))
			return (names[i].k);
	return (K_NONE);
}

static enum reason
judge_host(const struct head *h, const char *s, size_t n)
{
	struct target	 t;

	/* Some clients leave the port out after CONNECT. */
	if (host_authority(&t, s, n, h->connect ? h->to.port : 80) == -1 ||
	    !host_same(&t, &h->to))
		return (WHY_HOST);
	return (WHY_OK);
}

static enum reason
judge_length(struct head *h, const char *s, size_t n)
{
	size_t	 i;

	if (n == 0 || n > 18)
		return (WHY_FRAMING);
	for (i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return (WHY_FRAMING);
		h->length = h->length * 10 + (uint64_t)(s[i] - '0');
	}
	h->body = BODY_LENGTH;
	return (WHY_OK);
}

/* Fields that this one names are between the client and us. */
static enum reason
judge_connection(struct head *h, const char *p, const char *s, size_t n)
{
	struct field	*f;
	const char	*comma;
	size_t		 len, used;
	unsigned	 i;

	for (; n > 0; s += used, n -= used) {
		comma = memchr(s, ',', n);
		len = comma == NULL ? n : (size_t)(comma - s);
		used = comma == NULL ? n : len + 1;
		for (; len > 0 && (*s == ' ' || *s == '\t'); used--, n--) {
			s++;
			len--;
		}
		while (len > 0 && (s[len - 1] == ' ' || s[len - 1] == '\t'))
			len--;
		if (len == 0)
			continue;
		if (!head_token(s, len))
			return (WHY_SYNTAX);
		switch (known(s, len)) {
		case K_HOST:
		case K_LENGTH:
		case K_TE:
			return (WHY_FRAMING);
		default:
			break;
		}
		for (i = 0; i < h->nfields; i++) {
			f = &h->fields[i];
			if (f->name.len == len && strncasecmp(p + f->name.off,
			    s, len) == 0)
				f->drop = 1;
		}
	}
	return (WHY_OK);
}

static enum reason
judge_field(struct head *h, const char *p, struct field *f)
{
	const char	*s = p + f->value.off;
	size_t		 n = f->value.len;

	switch (f->known) {
	case K_HOST:
		return (judge_host(h, s, n));
	case K_LENGTH:
		return (judge_length(h, s, n));
	case K_TE:
		if (n != 7 || memcmp(s, "chunked", 7) != 0 || h->minor == 0)
			return (WHY_FRAMING);
		h->body = BODY_CHUNKED;
		return (WHY_OK);
	case K_CONNECTION:
		return (judge_connection(h, p, s, n));
	case K_UPGRADE:
		return (h->connect ? WHY_OK : WHY_UPGRADE);
	case K_EXPECT:
		h->expect = 1;
		return (span_is(s, n, "100-continue") ? WHY_OK : WHY_EXPECT);
	default:
		return (WHY_OK);
	}
}

enum reason
head_judge(struct head *h, const char *p)
{
	unsigned	 i, count[K_MAX] = { 0 };
	struct field	*f;
	enum reason	 r;

	for (i = 0; i < h->nfields; i++) {
		f = &h->fields[i];
		f->known = (uint8_t)known(p + f->name.off, f->name.len);
		f->drop = f->known == K_HOST || f->known == K_CONNECTION ||
		    f->known == K_HOP;
		count[f->known]++;
	}
	if (count[K_HOST] > 1 || (count[K_HOST] == 0 && h->minor == 1 &&
	    !h->connect))
		return (WHY_HOST);
	if (count[K_LENGTH] + count[K_TE] > 1)
		return (WHY_FRAMING);
	for (i = 0; i < h->nfields; i++)
		if ((r = judge_field(h, p, &h->fields[i])) != WHY_OK)
			return (r);
	/* What follows CONNECT is a ClientHello and nothing else. */
	if (h->connect && (h->body == BODY_CHUNKED || h->length > 0))
		return (WHY_FRAMING);
	if (h->connect || h->length == 0)
		h->body = h->body == BODY_CHUNKED ? h->body : BODY_NONE;
	return (WHY_OK);
}

/* --- writing ----------------------------------------------------------- */
struct out {
	char	*p;
	size_t	 n, size;
};

static void
put(struct out *o, const char *s, size_t n)
{
	if (n > o->size - o->n)
		n = o->size - o->n;
	memcpy(o->p + o->n, s, n);
	o->n += n;
}

static void
puts_(struct out *o, const char *s)
{
	put(o, s, strlen(s));
}

size_t
head_rewrite(const struct head *h, const char *p, char *dst, size_t size)
{
	struct out		 o = { dst, 0, size };
	char			 auth[AUTH_MAX + 1];
	const struct field	*f;
	unsigned		 i;

	put(&o, p + h->method.off, h->method.len);
	puts_(&o, " ");
	if (h->path.len == 0)
		puts_(&o, span_is(p + h->method.off, h->method.len,
		    "OPTIONS") ? "*" : "/");
	else if (p[h->path.off] == '?')
		puts_(&o, "/");
	put(&o, p + h->path.off, h->path.len);
	puts_(&o, h->minor == 0 ? " HTTP/1.0\r\nHost: " :
	    " HTTP/1.1\r\nHost: ");
	host_format(&h->to, 80, auth, sizeof(auth));
	puts_(&o, auth);
	puts_(&o, "\r\n");
	for (i = 0; i < h->nfields; i++) {
		f = &h->fields[i];
		if (f->drop)
			continue;
		put(&o, p + f->name.off, f->name.len);
		puts_(&o, ": ");
		put(&o, p + f->value.off, f->value.len);
		puts_(&o, "\r\n");
	}
	puts_(&o, "Connection: close\r\n\r\n");
	return (o.n);
}
