/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * totp-secrets.json of telclaude 0.5: who is in it, and taking them over.
 *
 *	{ "salt": BASE64(16), "secrets": { USER: { "iv": BASE64(12),
 *	  "data": BASE64(32), "tag": BASE64(16) }, ... } }
 *
 * AES-256-GCM without associated data under scrypt(key, salt, N 16384, r 8,
 * p 1); the plaintext is a seed in base32.  Nothing in it binds an entry to
 * its user: whoever could write the file could swap two persons.
 */
#ifndef TOTP_LEGACY_H
#define TOTP_LEGACY_H

#include "engines/totp/seal.h"
#include "engines/totp/store.h"

#define LEGACY_FILE	"totp-secrets.json"
#define LEGACY_MAX	(64 * 1024)
#define LEGACY_SEALED	(TF_SEEDLEN / 5 * 8)

struct legacy_entry {
	char		 user[TF_USERLEN];
	uint8_t		 iv[GCM_NONCELEN];
	uint8_t		 data[LEGACY_SEALED];
	uint8_t		 tag[GCM_TAGLEN];
};
struct legacy {
	uint8_t		 salt[TF_SALTLEN];
	unsigned	 n;
	struct legacy_entry entry[TF_USERS];
};

/* 0, or -1 and why: not exactly such a file. */
int	 legacy_parse(const char *, size_t, struct legacy *, char *why,
	    size_t whylen);

/* there: with the same secret already, and left as it is. */
typedef void (*legacy_fn)(const char *user, int there, void *ctx);
/* All or nobody, and each in the file of our own when it returns 0.  -1 and
 * why. */
int	 legacy_import(struct store *, const char *, size_t, legacy_fn,
	    void *ctx, char *why, size_t whylen);

#endif
