/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * totp-secrets.json of telclaude 0.5: read strictly, opened with our key,
 * taken over whole or not at all.  Run by totp; the file is an
 * administrator's, and nothing in it is believed.
 */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "engines/totp/legacy.h"
#include "telclauded/lib/util.h"

#define LEGACY_LOG2N	14
#define LEGACY_R	8
#define LEGACY_P	1

/* --- the form ------------------------------------------------------------ */
/* Just these bytes, so many of them. */
static int
bytes(const json_t *o, const char *name, uint8_t *out, size_t want)
{
	const char	*s = json_string_value(json_object_get(o, name));
	uint8_t		 buf[64];
	ssize_t		 n;

	if (s == NULL || (n = b64_decode(s, buf, sizeof(buf))) == -1 ||
	    (size_t)n != want)
		return (-1);
	memcpy(out, buf, want);
	return (0);
}

static int
user_ok(const char *user)
{
	size_t	 i, n = strlen(user);

	for (i = 0; i < n; i++)
		if ((unsigned char)user[i] < ' ' || user[i] == 0x7f)
			return (0);
	return (n > 0 && n < TF_USERLEN);
}

static int
parse_entry(struct legacy *l, const char *user, const json_t *o, char *why,
    size_t whylen)
{
	struct legacy_entry	*e = &l->entry[l->n];

	if (!user_ok(user)) {
		(void)str_format(why, whylen, "entry %u has a name that is "
		    "empty, over %d bytes or not text", l->n + 1,
		    TF_USERLEN - 1);
		return (-1);
	}
	(void)str_copy(e->user, user, sizeof(e->user));
	if (!json_is_object(o) || json_object_size(o) != 3 ||
	    bytes(o, "iv", e->iv, sizeof(e->iv)) == -1 ||
	    bytes(o, "data", e->data, sizeof(e->data)) == -1 ||
	    bytes(o, "tag", e->tag, sizeof(e->tag)) == -1) {
		(void)str_format(why, whylen, "the entry of %s is not iv, "
		    "data and tag in base64 of 12, %d and 16 bytes", user,
		    LEGACY_SEALED);
		return (-1);
	}
	l->n++;
	return (0);
}

static int
parse_root(struct legacy *l, json_t *root, char *why, size_t whylen)
{
	json_t		*all = json_object_get(root, "secrets"), *o;
	const char	*user;

	if (json_object_size(root) != 2 || !json_is_object(all) ||
	    bytes(root, "salt", l->salt, sizeof(l->salt)) == -1) {
		(void)str_format(why, whylen, "not a totp-secrets.json: it "
		    "must hold \"salt\" (16 bytes in base64) and \"secrets\"");
		return (-1);
	}
	if (json_object_size(all) > TF_USERS) {
		(void)str_format(why, whylen, "%zu persons are more than the "
		    "%d there is room for", json_object_size(all), TF_USERS);
		return (-1);
	}
	json_object_foreach(all, user, o)
		if (parse_entry(l, user, o, why, whylen) == -1)
			return (-1);
	return (0);
}

int
legacy_parse(const char *p, size_t len, struct legacy *l, char *why,
    size_t whylen)
{
	json_error_t	 err;
	json_t		*root;
	int		 r;

	memset(l, 0, sizeof(*l));
	if (len > LEGACY_MAX) {
		(void)str_format(why, whylen, "over %d bytes: not a "
		    "totp-secrets.json", LEGACY_MAX);
		return (-1);
	}
	/* Who is there twice would be one of the two. */
	if ((root = json_loadb(p, len, JSON_REJECT_DUPLICATES, &err)) ==
	    NULL) {
		(void)str_format(why, whylen, "not JSON: line %d: %s",
		    err.line, err.text);
		return (-1);
	}
	r = parse_root(l, root, why, whylen);
	json_decref(root);
	return (r);
}

/* --- the content --------------------------------------------------------- */
static int
base32(const uint8_t *p, size_t n, uint8_t *out)
{
	static const char	 abc[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	const char		*c;
	uint32_t		 bits = 0;
	unsigned		 have = 0;

	for (; n > 0; n--, p++) {
		if (*p == '\0' || (c = strchr(abc, *p)) == NULL)
			return (-1);
		bits = bits << 5 | (uint32_t)(c - abc);
		have += 5;
		if (have < 8)
			continue;
		have -= 8;
		*out++ = (uint8_t)(bits >> have);
	}
	return (0);
}

static int
open_entry(const struct legacy_entry *e, const uint8_t key[SEAL_KEYLEN],
    uint8_t seed[TF_SEEDLEN], char *why, size_t whylen)
{
	const struct gcm_sealed	 g = { e->iv, NULL, e->data, e->tag, 0,
	    sizeof(e->data) };
	uint8_t			 text[LEGACY_SEALED];
	int			 r;

	if (gcm_open(&g, key, text) == -1) {
		(void)str_format(why, whylen, "the entry of %s does not open "
		    "with this key: it was made with another one, or is "
		    "damaged", e->user);
		return (-1);
	}
	r = base32(text, sizeof(text), seed);
	explicit_bzero(text, sizeof(text));
	if (r == -1)
		(void)str_format(why, whylen, "the entry of %s holds no "
		    "secret in base32", e->user);
	return (r);
}

static int
legacy_key(const struct legacy *l, const struct secret *pass,
    uint8_t key[SEAL_KEYLEN])
{
	struct tf	*f;
	int		 r;

	if ((f = calloc(1, sizeof(*f))) == NULL)
		return (-1);
	memcpy(f->salt, l->salt, sizeof(f->salt));
	f->log2n = LEGACY_LOG2N;
	f->r = LEGACY_R;
	f->p = LEGACY_P;
	r = seal_derive(f, pass->p, pass->len, key);
	free(f);
	return (r);
}

/* One more in the table, unless that contradicts what is there. */
static int
add_one(struct store *s, const char *user, const uint8_t seed[TF_SEEDLEN],
    char *why, size_t whylen)
{
	const struct store_user	*u;
	unsigned		 i;

	for (i = 0; i < s->n; i++) {
		u = &s->users[i];
		if ((strcmp(u->user, user) == 0) ==
		    mem_equal(u->seed, seed, TF_SEEDLEN))
			continue;
		if (strcmp(u->user, user) == 0)
			(void)str_format(why, whylen, "%s has another second "
			    "factor here already: take that away first "
			    "(telclaudectl totp remove)", user);
		else
			(void)str_format(why, whylen, "%s and %s have the "
			    "same secret: one was copied from the other",
			    u->user, user);
		return (-1);
	}
	if (store_find(s, user) != NULL || store_add(s, user, seed) != NULL)
		return (0);
	(void)str_format(why, whylen, "no room for %s: %d persons at most",
	    user, TF_USERS);
	return (-1);
}

/* In memory; with -1 the caller takes out what was added. */
static int
add_all(struct store *s, const struct legacy *l,
    const uint8_t key[SEAL_KEYLEN], char *why, size_t whylen)
{
	uint8_t		 seed[TF_SEEDLEN];
	unsigned	 i;
	int		 r = 0;

	for (i = 0; i < l->n && r == 0; i++)
		if ((r = open_entry(&l->entry[i], key, seed, why,
		    whylen)) == 0)
			r = add_one(s, l->entry[i].user, seed, why, whylen);
	explicit_bzero(seed, sizeof(seed));
	return (r);
}

static int
import_all(struct store *s, const struct legacy *l, legacy_fn fn, void *ctx,
    char *why, size_t whylen)
{
	uint8_t		 key[SEAL_KEYLEN];
	unsigned	 i, was = s->n, k;
	int		 r = -1, there;

	if (legacy_key(l, &s->pass, key) == -1)
		(void)str_format(why, whylen, "no memory to derive the key");
	else if (add_all(s, l, key, why, whylen) == 0 &&
	    (r = store_save(s)) == -1)
		(void)str_format(why, whylen, "the file of second factors "
		    "cannot be written");
	explicit_bzero(key, sizeof(key));
	while (r == -1 && s->n > was)
		store_remove(s, &s->users[s->n - 1]);
	for (i = 0; r == 0 && i < l->n; i++) {
		for (k = 0, there = 0; k < was; k++)
			there |= strcmp(s->users[k].user,
			    l->entry[i].user) == 0;
		fn(l->entry[i].user, there, ctx);
	}
	return (r);
}

int
legacy_import(struct store *s, const char *p, size_t len, legacy_fn fn,
    void *ctx, char *why, size_t whylen)
{
	struct legacy	*l;
	int		 r = -1;

	if (s->broken) {
		(void)str_format(why, whylen, "the file of second factors "
		    "cannot be read; see the log");
		return (-1);
	}
	if ((l = malloc(sizeof(*l))) == NULL)
		(void)str_format(why, whylen, "no memory");
	else if (legacy_parse(p, len, l, why, whylen) == 0)
		r = import_all(s, l, fn, ctx, why, whylen);
	free(l);
	return (r);
}
