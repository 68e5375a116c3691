/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Which requests of the sandboxes exist, and which header fields pass in
 * either direction.  Pure, run by gate; both sides are foreign.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "engines/gate/proxy.h"

#define PREFIX		"/v1/anthropic-proxy"
#define MODEL_ID_MAX	128

static int
model_id(const char *s, size_t n)
{
	size_t i;

	/* Not "." or "..", whatever follows. */
	if (n == 0 || n > MODEL_ID_MAX || s[0] == '.')
		return (0);
	for (i = 0; i < n; i++)
		if (!isalnum((unsigned char)s[i]) &&
		    memchr("-._:", s[i], 4) == NULL)
			return (0);
	return (1);
}

/* Compared byte by byte: nothing is decoded, so nothing hides. */
void
proxy_route(struct route *r, const char *s, size_t n)
{
	static const char models[] = "/v1/models";
	const char *q;
	size_t len;

	memset(r, 0, sizeof(*r));
	r->path = PP_NONE;
	if (n > sizeof(PREFIX) - 1 &&
	    memcmp(s, PREFIX "/", sizeof(PREFIX)) == 0) {
		s += sizeof(PREFIX) - 1;
		n -= sizeof(PREFIX) - 1;
	}
	r->target = s;
	r->ntarget = n;
	if (memchr(s, '#', n) != NULL)
		return;
	q = memchr(s, '?', n);
	len = q == NULL ? n : (size_t)(q - s);
#define IS(x)	(len == sizeof(x) - 1 && memcmp(s, x, len) == 0)
	if (IS("/v1/messages"))
		r->path = PP_MESSAGES;
	else if (IS("/v1/messages/count_tokens"))
		r->path = PP_COUNT;
	else if (IS("/v1/models") || (len > sizeof(models) &&
	    memcmp(s, "/v1/models/", sizeof(models)) == 0 &&
	    model_id(s + sizeof(models), len - sizeof(models))))
		r->path = PP_MODELS;
#undef IS
	r->allow = r->path == PP_MODELS ? "GET" : "POST";
}

/* '_' counts as '-': some servers see no difference. */
static int
same(const char *s, size_t n, const char *name, int prefix)
{
	size_t i;

	for (i = 0; i < n && name[i] != '\0'; i++)
		if (tolower((unsigned char)s[i]) != name[i] &&
		    !(s[i] == '_' && name[i] == '-'))
			return (0);
	return (name[i] == '\0' && (prefix || i == n));
}

static int
listed(const char *s, size_t n, const char *const *names)
{
	size_t len;

	for (; *names != NULL; names++) {
		len = strlen(*names);
		if ((*names)[len - 1] == '*') {
			char stem[32];

			(void)str_copy(stem, *names, sizeof(stem));
			stem[len - 1] = '\0';
			if (same(s, n, stem, 1))
				return (1);
		} else if (same(s, n, *names, 0))
			return (1);
	}
	return (0);
}

/* Between two neighbours only (RFC 9110, 7.6.1). */
static const char *const hop[] = { "connection", "keep-alive", "proxy-*",
    "te", "trailer", "trailers", "transfer-encoding", "upgrade",
    "http2-settings", NULL };
/*
 * Ours to say: credentials, where it goes, how long it is.  And what some
 * servers take for another method, path or host than the one we allowed.
 */
static const char *const ours[] = { "host", "content-length", "expect",
    "authorization", "x-api-key", "cookie*", "x-http-method*",
    "x-method-override", "x-original-*", "x-rewrite-*", "x-forwarded-*",
    "forwarded", NULL };
static const char *const answers[] = { "set-cookie*", "content-length",
    "alt-svc", "clear-site-data", NULL };

/* Does some connection field name it? */
static int
named_hop(const struct httpreq *h, const struct httpreq_field *f)
{
	char name[64];
	unsigned i;

	if (f->nname >= sizeof(name))
		return (0);
	memcpy(name, f->name, f->nname);
	name[f->nname] = '\0';
	for (i = 0; i < h->nf; i++)
		if (httpreq_is(&h->f[i], "connection") &&
		    httpreq_has(&h->f[i], name))
			return (1);
	return (0);
}

static void
add_field(struct buf *out, const struct httpreq_field *f, const char *more)
{
	(void)buf_add(out, f->name, f->nname);
	/* libcurl takes "Name:" for a header to leave out. */
	if (f->nvalue == 0 && *more == '\0')
		(void)buf_puts(out, ";");
	else {
		(void)buf_puts(out, ": ");
		(void)buf_add(out, f->value, f->nvalue);
		(void)buf_puts(out, f->nvalue == 0 && *more == ',' ?
		    more + 1 : more);
	}
	(void)buf_add(out, "", 1);
}

int
proxy_fields(const struct httpreq *h, int oauth, struct buf *out)
{
	const struct httpreq_field *f;
	int n = 0, beta = !oauth, accept = 0, type = 0;
	unsigned i;

	for (i = 0; i < h->nf; i++) {
		f = &h->f[i];
		if (listed(f->name, f->nname, hop) ||
		    listed(f->name, f->nname, ours) || named_hop(h, f))
			continue;
		accept |= httpreq_is(f, "accept");
		type |= httpreq_is(f, "content-type");
		if (!beta && httpreq_is(f, "anthropic-beta")) {
			add_field(out, f, "," OAUTH_BETA);
			beta = 1;
		} else
			add_field(out, f, "");
		n++;
	}
	/* libcurl has a mind of its own about these. */
#define LINE(cond, s) do {						\
	if (cond) {							\
		(void)buf_add(out, s, sizeof(s));			\
		n++;							\
	}								\
} while (0)
	LINE(!beta, "anthropic-beta: " OAUTH_BETA);
	LINE(!accept, "Accept:");
	LINE(!type, "Content-Type:");
#undef LINE
	return (out->failed ? -1 : n);
}

static int
field_clean(const char *s, size_t n, const char **colon)
{
	size_t i;

	for (i = 0; i < n && (isalnum((unsigned char)s[i]) || s[i] == '-' ||
	    s[i] == '_'); i++)
		;
	if (i == 0 || i == n || s[i] != ':')
		return (0);
	*colon = s + i;
	for (; i < n; i++)
		if (((unsigned char)s[i] < 0x20 && s[i] != '\t') ||
		    s[i] == 0x7f)
			return (0);
	return (1);
}

void
answer_field(struct answer_head *a, const char *s, size_t n)
{
	const char *colon, *v;
	size_t nn, nv, i;

	if (!field_clean(s, n, &colon))
		return;
	nn = (size_t)(colon - s);
	v = colon + 1;
	nv = n - nn - 1;
	while (nv > 0 && (*v == ' ' || *v == '\t')) {
		v++;
		nv--;
	}
	if (same(s, nn, "content-length", 0)) {
		a->length = 0;
		for (i = 0; i < nv && i < 18 && isdigit((unsigned char)v[i]);
		    i++)
			a->length = a->length * 10 + (uint64_t)(v[i] - '0');
		/* Two of them, or another coding: libcurl knows where the
		 * end is, and we say it in chunks. */
		a->haslen = nv > 0 && i == nv && a->nlen++ == 0 &&
		    !a->chunked;
	}
	if (same(s, nn, "transfer-encoding", 0)) {
		a->chunked = 1;
		a->haslen = 0;
	}
	if (same(s, nn, "content-encoding", 0) &&
	    !(nv == 8 && strncasecmp(v, "identity", 8) == 0))
		a->encoded = 1;
	if (same(s, nn, "content-type", 0) && nv < sizeof(a->type)) {
		memcpy(a->type, v, nv);
		a->type[nv] = '\0';
	}
	if (listed(s, nn, hop) || listed(s, nn, answers))
		return;
	(void)buf_add(&a->fields, s, n);
	(void)buf_puts(&a->fields, "\r\n");
}
