/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * See tar.h.
 */
#include <string.h>

#include "telclauded/ctl/tar.h"
#include "telclauded/lib/util.h"

/* Where fields are in a header (POSIX pax, ustar interchange format). */
enum { F_NAME = 0, F_MODE = 100, F_UID = 108, F_GID = 116, F_SIZE = 124,
    F_MTIME = 136, F_SUM = 148, F_TYPE = 156, F_LINK = 157, F_MAGIC = 257,
    F_UNAME = 265, F_GNAME = 297, F_DEV = 329, F_PREFIX = 345, F_END = 500 };

static const char	 magic[8] = "ustar\00000";

int
tar_name_ok(const char *s)
{
	static const char	 set[] = "abcdefghijklmnopqrstuvwxyz"
				    "0123456789._-";
	size_t			 n;
	int			 parts;

	if (strlen(s) >= TAR_NAME)
		return (0);
	for (parts = 1;; parts++) {
		if ((n = strspn(s, set)) == 0 || *s == '.' || *s == '-')
			return (0);
		s += n;
		if (*s == '\0')
			return (parts <= 2);
		if (*s++ != '/')
			return (0);
	}
}

static void
octal(uint8_t *p, size_t width, uint64_t v)
{
	p[--width] = '\0';
	while (width > 0) {
		p[--width] = (uint8_t)('0' + (v & 7));
		v >>= 3;
	}
}

static unsigned
checksum(const uint8_t *h)
{
	unsigned	 i, sum = 0;

	for (i = 0; i < TAR_BLOCK; i++)
		sum += i >= F_SUM && i < F_TYPE ? ' ' : h[i];
	return (sum);
}

int
tar_head(uint8_t h[TAR_BLOCK], const char *name, uint64_t size,
    uint64_t mtime)
{
	if (!tar_name_ok(name) || size > TAR_SIZE_MAX || mtime > TAR_SIZE_MAX)
		return (-1);
	memset(h, 0, TAR_BLOCK);
	memcpy(h + F_NAME, name, strlen(name));
	octal(h + F_MODE, 8, 0600);
	octal(h + F_UID, 8, 0);
	octal(h + F_GID, 8, 0);
	octal(h + F_SIZE, 12, size);
	octal(h + F_MTIME, 12, mtime);
	h[F_TYPE] = '0';
	memcpy(h + F_MAGIC, magic, sizeof(magic));
	memcpy(h + F_UNAME, "root", 4);
	memcpy(h + F_GNAME, "root", 4);
	octal(h + F_DEV, 8, 0);
	octal(h + F_DEV + 8, 8, 0);
	octal(h + F_SUM, 7, checksum(h));
	h[F_SUM + 7] = ' ';
	return (0);
}

size_t
tar_padding(uint64_t size)
{
	return ((size_t)(-size & (TAR_BLOCK - 1)));
}

static int
zero(const uint8_t *p, size_t n)
{
	for (; n > 0; n--)
		if (*p++ != 0)
			return (0);
	return (1);
}

static int
number(const uint8_t *p, size_t width, uint64_t *v)
{
	*v = 0;
	for (; width > 1; width--, p++) {
		if (*p < '0' || *p > '7')
			return (-1);
		*v = *v << 3 | (uint64_t)(*p - '0');
	}
	return (*p == '\0' ? 0 : -1);
}

static const char *
head_why(const uint8_t *h, struct tar_member *m)
{
	uint8_t	 sum[8];

	octal(sum, 7, checksum(h));
	sum[7] = ' ';
	if (memcmp(h + F_SUM, sum, sizeof(sum)) != 0 ||
	    memcmp(h + F_MAGIC, magic, sizeof(magic)) != 0)
		return ("not a header of ours");
	if (h[F_TYPE] != '0' || !zero(h + F_LINK, F_MAGIC - F_LINK))
		return ("not a plain file");
	memcpy(m->name, h + F_NAME, TAR_NAME);
	m->name[TAR_NAME - 1] = '\0';
	if (!tar_name_ok(m->name) || !zero(h + F_NAME + strlen(m->name),
	    TAR_NAME - strlen(m->name)) ||
	    !zero(h + F_PREFIX, TAR_BLOCK - F_PREFIX))
		return ("a name that is not one of a backup");
	if (number(h + F_SIZE, 12, &m->size) == -1)
		return ("a size that is no number");
	return (NULL);
}

int
tar_next(const uint8_t *p, size_t len, size_t *off, struct tar_member *m,
    const char **why)
{
	size_t	 left = len - *off, pad;

	*why = "it ends too soon";
	if (*off > len || left < TAR_BLOCK)
		return (-1);
	if (zero(p + *off, TAR_BLOCK)) {
		/* Two blocks of nothing are the end, and nothing follows. */
		if (left >= (size_t)(2 * TAR_BLOCK))
			*why = "something follows its end";
		return (left == (size_t)(2 * TAR_BLOCK) &&
		    zero(p + *off, left) ? 0 : -1);
	}
	if ((*why = head_why(p + *off, m)) != NULL)
		return (-1);
	*off += TAR_BLOCK;
	left -= TAR_BLOCK;
	*why = "it ends too soon";
	pad = tar_padding(m->size);
	if (m->size > left || pad > left - m->size)
		return (-1);
	m->p = p + *off;
	*why = "something between two members";
	if (!zero(m->p + m->size, pad))
		return (-1);
	*off += (size_t)m->size + pad;
	return (1);
}
