/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Loads and replaces the secrets file.  Run by totp, which alone has the key;
 * the file is believed only as far as its seals.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "engines/totp/disk.h"
#include "engines/totp/seal.h"
#include "engines/totp/store.h"
#include "telclauded/lib/util.h"

#define NEW_LOG2N	14		/* 16 MiB for 50 ms, at start only */
#define NEW_R		8
#define NEW_P		1

/* The page ends where the secret does: keep the structs in it aligned. */
#define MEM_SIZE	(TF_USERS * sizeof(struct store_user) + SEAL_KEYLEN)
_Static_assert(MEM_SIZE % 16 == 0, "alignment of the locked table");
_Static_assert(MEM_SIZE + 15 < SECRET_MAX, "table fits the locked pages");

int
store_init(struct store *s, int dirfd, const struct secret *pass)
{
	memset(s, 0, sizeof(*s));
	s->dirfd = dirfd;
	s->pass = *pass;
	if (secret_alloc(&s->mem, MEM_SIZE + 15) == -1)
		return (-1);
	s->users = (struct store_user *)(void *)s->mem.p;
	s->key = (uint8_t *)(s->users + TF_USERS);
	return (0);
}

void
store_close(struct store *s)
{
	secret_free(&s->mem);
	secret_free(&s->pass);
	if (s->dirfd != -1)
		close(s->dirfd);
	memset(s, 0, sizeof(*s));
	s->dirfd = -1;
}

struct store_user *
store_find(struct store *s, const char *user)
{
	unsigned	 i;

	for (i = 0; i < s->n; i++)
		if (strcmp(s->users[i].user, user) == 0)
			return (&s->users[i]);
	return (NULL);
}

struct store_user *
store_add(struct store *s, const char *user, const uint8_t seed[TF_SEEDLEN])
{
	struct store_user	*u;

	if (s->n == TF_USERS)
		return (NULL);
	u = &s->users[s->n];
	memset(u, 0, sizeof(*u));
	if (user[0] == '\0' || str_copy(u->user, user, sizeof(u->user)) == -1)
		return (NULL);
	memcpy(u->seed, seed, sizeof(u->seed));
	s->n++;
	return (u);
}

void
store_remove(struct store *s, struct store_user *u)
{
	*u = s->users[--s->n];
	explicit_bzero(&s->users[s->n], sizeof(*u));
}

static int
derive(struct store *s, const struct tf *f)
{
	if (s->derived)
		return (0);
	if (seal_derive(f, s->pass.p, s->pass.len, s->key) == -1)
		return (-1);
	s->derived = 1;
	return (0);
}

static int
open_entries(struct store *s, const struct tf *f)
{
	struct store_user	*u;
	uint8_t			 plain[TF_PLAIN];
	unsigned		 i, k;

	for (i = 0; i < f->count; i++) {
		if (seal_open(f, i, s->key, plain) == -1)
			break;
		if ((u = store_add(s, f->entry[i].user, plain)) == NULL)
			break;
		for (k = 0; k < 8; k++)
			u->last_step = u->last_step << 8 |
			    plain[TF_SEEDLEN + k];
	}
	explicit_bzero(plain, sizeof(plain));
	return (i == f->count ? 0 : -1);
}

static int
load(struct store *s, struct tf *f, uint8_t *buf, char *why, size_t whylen)
{
	ssize_t	 n;

	n = disk_read(s->dirfd, STORE_FILE, buf, TF_MAX + 1);
	if (n == -1 && errno == ENOENT) {
		s->none = 1;
		s->log2n = NEW_LOG2N;
		s->r = NEW_R;
		s->p = NEW_P;
		randombytes_buf(s->salt, sizeof(s->salt));
		return (0);
	}
	if (n == -1) {
		str_format(why, whylen, "the file of second factors cannot be "
		    "read: %s", strerror(errno));
		return (-1);
	}
	if (tf_read(buf, (size_t)n, f) == -1) {
		str_format(why, whylen, "the file of second factors is "
		    "damaged: put a copy back");
		return (-1);
	}
	if (derive(s, f) == -1) {
		str_format(why, whylen, "no memory to derive the key of the "
		    "second factors");
		return (-1);
	}
	if (open_entries(s, f) == -1) {
		str_format(why, whylen, "the file of second factors does not "
		    "open with this key: the key was changed, or the file was "
		    "damaged");
		return (-1);
	}
	memcpy(s->salt, f->salt, sizeof(s->salt));
	s->log2n = f->log2n;
	s->r = f->r;
	s->p = f->p;
	return (0);
}

int
store_load(struct store *s, char *why, size_t whylen)
{
	struct tf	*f = malloc(sizeof(*f));
	uint8_t		*buf = malloc(TF_MAX + 1);
	int		 ret = -1;

	if (f == NULL || buf == NULL)
		str_format(why, whylen, "no memory for second factors");
	else
		ret = load(s, f, buf, why, whylen);
	free(f);
	free(buf);
	if (ret == -1) {
		sodium_memzero(s->users, TF_USERS * sizeof(*s->users));
		s->n = 0;
		s->broken = 1;
	}
	return (ret);
}

static void
fill(const struct store *s, struct tf *f, uint8_t *plain)
{
	const struct store_user	*u;
	unsigned		 i, k;

	memset(f, 0, sizeof(*f));
	f->alg = seal_choose();
	memcpy(f->salt, s->salt, sizeof(f->salt));
	f->log2n = s->log2n;
	f->r = s->r;
	f->p = s->p;
	f->count = s->n;
	for (i = 0; i < s->n; i++, plain += TF_PLAIN) {
		u = &s->users[i];
		memcpy(f->entry[i].user, u->user, sizeof(u->user));
		memcpy(plain, u->seed, TF_SEEDLEN);
		for (k = 0; k < 8; k++)
			plain[TF_SEEDLEN + k] =
			    (uint8_t)(u->last_step >> (56 - 8 * k));
	}
}

int
store_save(struct store *s)
{
	struct tf	*f = malloc(sizeof(*f));
	uint8_t		*buf = malloc(TF_MAX);
	uint8_t		 plain[TF_USERS * TF_PLAIN];
	int		 ret = -1;

	if (f == NULL || buf == NULL || s->broken)
		goto done;
	fill(s, f, plain);
	if (derive(s, f) == 0) {
		seal_all(f, plain, s->key);
		ret = disk_replace(s->dirfd, STORE_FILE, buf, tf_write(f,
		    buf));
	}
	if (ret == 0)
		s->none = 0;
	explicit_bzero(plain, sizeof(plain));
 done:
	free(f);
	free(buf);
	return (ret);
}
