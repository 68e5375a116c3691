/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Key derivation and sealing of entries.  Pure but for randomness.  What was
 * sealed where there is hardware for AES opens everywhere.
 */
#ifndef TOTP_SEAL_H
#define TOTP_SEAL_H

#include "engines/totp/file.h"

#define SEAL_KEYLEN	32

/* libsodium, once, before the cage.  0 or -1. */
int	 seal_init(void);
/* The algorithm a new file gets here: AES where there is hardware for it. */
enum tf_alg seal_choose(void);
/* The scrypt key of a file.  0, or -1: no memory. */
int	 seal_derive(const struct tf *, const char *pass, size_t len,
	    uint8_t key[SEAL_KEYLEN]);
/* A new version of the file: id and nonces drawn, entries sealed.  plain is
 * count times TF_PLAIN bytes; users are in the entries already. */
void	 seal_all(struct tf *, const uint8_t *plain,
	    const uint8_t key[SEAL_KEYLEN]);
/* One entry opened; -1: another key, or not what was written. */
int	 seal_open(const struct tf *, unsigned, const uint8_t key[SEAL_KEYLEN],
	    uint8_t plain[TF_PLAIN]);

/* AES-256-GCM as others write it, with or without hardware for it. */
#define GCM_NONCELEN	12
#define GCM_TAGLEN	16
struct gcm_sealed {
	const uint8_t	*nonce, *ad, *data, *tag;
	size_t		 adlen, len;
};
/* len bytes to plain; -1 and nothing there: the tag is of something else. */
int	 gcm_open(const struct gcm_sealed *, const uint8_t key[SEAL_KEYLEN],
	    uint8_t *plain);

#endif
