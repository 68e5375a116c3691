/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Files beside the audit log.  Run by the audit engine, whose directory it
 * is; whoever else can write there is root.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "engines/audit/keep.h"
#include "telclauded/lib/util.h"

#define OLD_MAX		4096		/* full files that are looked at */
#define NEW		".new"

/* --- whole files ------- */
static ssize_t
slurp(int dir, const char *name, char *buf, size_t size)
{
	ssize_t	 n;
	int	 fd, e;

	if ((fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC |
	    O_NONBLOCK)) == -1)
		return (-1);
	n = read(fd, buf, size);
	e = errno;
	close(fd);
	errno = e;
	return (n);
}

static int
replace(int dir, const char *name, const char *p, size_t n)
{
	char	 tmp[64];
	ssize_t	 w;
	int	 fd, r;

	(void)str_format(tmp, sizeof(tmp), "%s" NEW, name);
	if ((fd = openat(dir, tmp, O_WRONLY | O_CREAT | O_TRUNC |
	    O_NOFOLLOW | O_CLOEXEC, 0600)) == -1)
		return (-1);
	w = write(fd, p, n);
	if (w >= 0 && w != (ssize_t)n)
		errno = ENOSPC;
	r = w == (ssize_t)n && fsync(fd) == 0 ? 0 : -1;
	close(fd);
	if (r == -1 || renameat(dir, tmp, dir, name) == -1)
		return (-1);
	return (fsync(dir));
}

/* --- the key ------- */
static void
pubs_read(int dir, struct seal_pubs *v)
{
	char	 text[SEAL_PUBTEXT];
	ssize_t	 n;

	v->n = 0;
	if ((n = slurp(dir, KEEP_PUB, text, sizeof(text))) > 0)
		(void)seal_pubs_parse(v, text, (size_t)n);
}

/* In front of those that were there: their seals stay good. */
static int
pub_write(int dir, const uint8_t pub[SEAL_PUBLEN])
{
	const size_t	 line = 2 * SEAL_PUBLEN + 1;
	struct seal_pubs v;
	char		 text[SEAL_PUBTEXT + 1];
	unsigned	 i;

	pubs_read(dir, &v);
	if (v.n > 0 && memcmp(v.key[0], pub, SEAL_PUBLEN) == 0)
		return (0);
	v.n = MINIMUM(v.n, (unsigned)SEAL_KEYS - 1);
	memmove(v.key[1], v.key[0], (size_t)v.n * SEAL_PUBLEN);
	memcpy(v.key[0], pub, SEAL_PUBLEN);
	for (i = 0; i <= v.n; i++) {
		hex_encode(v.key[i], SEAL_PUBLEN, text + i * line);
		text[(i + 1) * line - 1] = '\n';
	}
	return (replace(dir, KEEP_PUB, text, i * line));
}

static int
key_make(int dir, struct secret *s, char *why, size_t len)
{
	uint8_t	 pub[SEAL_PUBLEN];
	char	 hex[2 * SEAL_KEYLEN + 2];
	int	 r;

	crypto_sign_keypair(pub, (uint8_t *)s->p);
	hex_encode((uint8_t *)s->p, SEAL_KEYLEN, hex);
	hex[2 * SEAL_KEYLEN] = '\n';
	r = replace(dir, KEEP_KEY, hex, 2 * SEAL_KEYLEN + 1);
	explicit_bzero(hex, sizeof(hex));
	if (r == 0)
		r = pub_write(dir, pub);
	if (r == -1)
		(void)str_format(why, len, "the signing key of the audit log "
		    "cannot be written: %s", strerror(errno));
	return (r == -1 ? -1 : 1);
}

int
keep_key(int dir, struct secret *s, char *why, size_t len)
{
	uint8_t	 seed[crypto_sign_SEEDBYTES], pub[SEAL_PUBLEN];
	char	 hex[2 * SEAL_KEYLEN + 2];
	ssize_t	 n;
	int	 r = -1;

	if (secret_alloc(s, SEAL_KEYLEN + 1) == -1) {
		(void)str_copy(why, "no locked memory for the signing key of "
		    "the audit log", len);
		return (-1);
	}
	s->len = SEAL_KEYLEN;
	if ((n = slurp(dir, KEEP_KEY, hex, sizeof(hex))) == -1 &&
	    errno == ENOENT)
		return (key_make(dir, s, why, len));
	if (n == 2 * SEAL_KEYLEN + 1 && hex[n - 1] == '\n' &&
	    hex_decode(hex, (uint8_t *)s->p, SEAL_KEYLEN) == 0 &&
	    crypto_sign_ed25519_sk_to_seed(seed, (uint8_t *)s->p) == 0 &&
	    crypto_sign_seed_keypair(pub, (uint8_t *)s->p, seed) == 0)
		r = 0;
	explicit_bzero(hex, sizeof(hex));
	explicit_bzero(seed, sizeof(seed));
	/* It ended before the other half was written, or is another key. */
	if (r == 0)
		(void)pub_write(dir, pub);
	if (r == -1)
		(void)str_format(why, len, KEEP_KEY " is not the signing key "
		    "of an audit log: put the right one there from a backup, "
		    "or move it away, but not " KEEP_PUB ": a new one is "
		    "made, and what the old one sealed stays good");
	return (r);
}

/* --- the note ------- */
int
keep_head(int dir, uint64_t seq, const uint8_t hash[AUDIT_HASHLEN],
    const struct secret *key)
{
	struct buf	 b;
	int		 r;

	buf_init(&b);
	r = seal_note(&b, seq, hash, (const uint8_t *)key->p);
	if (r == 0)
		r = replace(dir, KEEP_HEAD, b.p, b.len);
	buf_free(&b);
	return (r);
}

int
keep_head_read(int dir, const struct secret *key, uint64_t *seq,
    uint8_t hash[AUDIT_HASHLEN])
{
	struct seal_pubs v;
	char		 text[SEAL_HEADMAX];
	ssize_t		 n;
	unsigned	 i;

	if ((n = slurp(dir, KEEP_HEAD, text, sizeof(text))) == -1)
		return (errno == ENOENT ? 0 : -1);
	pubs_read(dir, &v);
	if (v.n == 0)
		v.n = 1;
	(void)crypto_sign_ed25519_sk_to_pk(v.key[0], (const uint8_t *)key->p);
	/* Of the last key, where this one made none yet. */
	for (i = 0; i < v.n; i++)
		if (seal_note_parse(text, (size_t)n, v.key[i], seq,
		    hash) == 0)
			return (1);
	return (-1);
}

/* --- full files ------- */
int
keep_rotate(int dir, uint64_t first)
{
	char	 name[64];
	int	 fd, e;

	(void)str_format(name, sizeof(name), KEEP_OLD,
	    (unsigned long long)first);
	if (renameat(dir, KEEP_LOG, dir, name) == -1)
		return (-1);
	fd = openat(dir, KEEP_LOG, O_RDWR | O_APPEND | O_CREAT |
	    O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd == -1) {		/* a full disk: it goes on as the log */
		e = errno;
		(void)renameat(dir, name, dir, KEEP_LOG);
		errno = e;
	}
	return (fd);
}

static int
is_old(const char *s)
{
	return (strlen(s) == KEEP_OLDLEN && strncmp(s, "audit-", 6) == 0 &&
	    strspn(s + 6, "0123456789") == 20 && strcmp(s + 26, ".log") == 0);
}

static int
name_cmp(const void *a, const void *b)
{
	return (strcmp(a, b));
}

/* Names of the full files in order: numbers of 20 digits sort as text. */
static size_t
old_names(int dir, char (**out)[KEEP_OLDLEN + 1])
{
	struct dirent	*d;
	DIR		*h;
	size_t		 n = 0;
	int		 fd;

	*out = calloc(OLD_MAX, sizeof(**out));
	fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*out == NULL || fd == -1 || (h = fdopendir(fd)) == NULL) {
		if (fd != -1)
			close(fd);
		return (0);
	}
	while (n < OLD_MAX && (d = readdir(h)) != NULL)
		if (is_old(d->d_name))
			(void)str_copy((*out)[n++], d->d_name,
			    KEEP_OLDLEN + 1);
	closedir(h);
	qsort(*out, n, sizeof(**out), name_cmp);
	return (n);
}

/* The oldest first, and no further than the first that is young: the log has
 * no holes. */
unsigned
keep_expired(int dir, time_t before, uint64_t *kept)
{
	char		(*names)[KEEP_OLDLEN + 1];
	struct stat	 st;
	size_t		 i, n = old_names(dir, &names);

	for (i = 0; i < n; i++)
		if (fstatat(dir, names[i], &st, AT_SYMLINK_NOFOLLOW) == -1 ||
		    st.st_mtime >= before)
			break;
	*kept = i < n ? strtoull(names[i] + 6, NULL, 10) : 0;
	free(names);
	return ((unsigned)i);
}

void
keep_remove(int dir, unsigned files)
{
	char	(*names)[KEEP_OLDLEN + 1];
	size_t	 i, n = old_names(dir, &names);

	for (i = 0; i < n && i < files; i++)
		if (unlinkat(dir, names[i], 0) == -1)
			break;
	free(names);
}

int
keep_last(int dir)
{
	char	(*names)[KEEP_OLDLEN + 1];
	size_t	 n = old_names(dir, &names);
	int	 fd = -1;

	errno = ENOENT;
	if (n > 0)
		fd = openat(dir, names[n - 1], O_RDONLY | O_NOFOLLOW |
		    O_CLOEXEC | O_NONBLOCK);
	free(names);
	return (fd);
}

int
keep_old(int dir, unsigned k, char *name, size_t len)
{
	char	(*names)[KEEP_OLDLEN + 1];
	size_t	 n = old_names(dir, &names);
	int	 fd = -1;

	if (k < n && str_copy(name, names[k], len) == 0)
		fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC |
		    O_NONBLOCK);
	free(names);
	return (fd);
}
