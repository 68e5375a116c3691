/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Who has a second factor: the table in memory and the file behind it.
 * What cannot be read is an error, never an empty table.
 */
#ifndef TOTP_STORE_H
#define TOTP_STORE_H

#include "engines/totp/file.h"
#include "telclauded/lib/secret.h"

#define STORE_FILE	"secrets"

struct store_user {
	char		 user[TF_USERLEN];
	uint8_t		 seed[TF_SEEDLEN];
	uint64_t	 last_step;	/* newest step a code was taken for */
};

struct store {
	int			 dirfd;		/* real, not O_PATH */
	int			 broken;
	int			 none;		/* there was no file to load */
	int			 derived;	/* key is made */
	struct secret		 pass;
	struct secret		 mem;		/* users and key live in it */
	struct store_user	*users;
	uint8_t			*key;
	unsigned		 n;
	uint8_t			 salt[TF_SALTLEN];
	uint8_t			 log2n, r, p;
};

/* Takes over dirfd and pass.  0 or -1 with errno (memory, locking it). */
int	 store_init(struct store *, int dirfd, const struct secret *pass);
/* Reads the file.  0, also when there is none yet; -1: it cannot be read, and
 * broken is set; why is for the log. */
int	 store_load(struct store *, char *why, size_t whylen);
struct store_user *store_find(struct store *, const char *user);
/* NULL: full.  Not in the file before store_save(). */
struct store_user *store_add(struct store *, const char *user,
	    const uint8_t seed[TF_SEEDLEN]);
void	 store_remove(struct store *, struct store_user *);
/* Replaces the file: on the disk when it returns 0.  -1 with errno. */
int	 store_save(struct store *);
void	 store_close(struct store *);

#endif
