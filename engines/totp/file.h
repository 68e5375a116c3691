/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The bytes of the secrets file, before any key is used.  Pure; the file may
 * have been damaged or swapped.
 *
 *	"telclaude-totp 1 ALGORITHM\n"
 *	salt[16] log2N[1] r[1] p[1] id[16] count[2]	big endian
 *	count times: userlen[1] user nonce[NONCE] sealed[28 + 16]
 *
 * Each entry is sealed with all of the above, its index and its user as
 * associated data, and id is new in each version: an entry cannot be moved to
 * another person, dropped, or taken from an older file.
 */
#ifndef TOTP_FILE_H
#define TOTP_FILE_H

#include <stddef.h>
#include <stdint.h>

#define TF_USERS	64
#define TF_USERLEN	64		/* with its NUL */
#define TF_SALTLEN	16
#define TF_IDLEN	16
#define TF_NONCEMAX	24
#define TF_SEEDLEN	20
#define TF_PLAIN	(TF_SEEDLEN + 8)	/* seed, last step used */
#define TF_SEALED	(TF_PLAIN + 16)
#define TF_HEADMAX	(64 + TF_SALTLEN + 3 + TF_IDLEN + 2)
#define TF_MAX		(TF_HEADMAX + TF_USERS *			\
			    (1 + TF_USERLEN + TF_NONCEMAX + TF_SEALED))

enum tf_alg { TFA_AES256GCM, TFA_XCHACHA, TFA_MAX };

struct tf_entry {
	char		 user[TF_USERLEN];
	uint8_t		 nonce[TF_NONCEMAX];
	uint8_t		 sealed[TF_SEALED];
};

struct tf {
	enum tf_alg	 alg;
	uint8_t		 salt[TF_SALTLEN];
	uint8_t		 log2n, r, p;
	uint8_t		 id[TF_IDLEN];
	unsigned	 count;
	struct tf_entry	 entry[TF_USERS];
};

/* Everything before the first entry; its length. */
size_t	 tf_head(const struct tf *, uint8_t out[TF_HEADMAX]);
/* The whole file; its length. */
size_t	 tf_write(const struct tf *, uint8_t out[TF_MAX]);
/* 0, or -1 when these bytes are not exactly such a file. */
int	 tf_read(const uint8_t *, size_t, struct tf *);

#endif
