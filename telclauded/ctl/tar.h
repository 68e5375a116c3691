/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The little of tar that a backup needs: plain files with short names, as
 * POSIX ustar, so that tar(1) reads them.  What is read may come from
 * anybody: everything that a backup of ours does not hold is refused.  Pure.
 */
#ifndef CTL_TAR_H
#define CTL_TAR_H

#include <stddef.h>
#include <stdint.h>

#define TAR_BLOCK	512
#define TAR_NAME	100		/* with its NUL */
#define TAR_SIZE_MAX	((1ULL << 33) - 1)	/* eleven octal digits */

struct tar_member {
	char		 name[TAR_NAME];
	const uint8_t	*p;		/* its bytes */
	uint64_t	 size;
};

/* file or dir/file, of small letters, digits and . _ -, no part hidden. */
int	 tar_name_ok(const char *);
/* A header; -1: a name or a size that cannot be. */
int	 tar_head(uint8_t out[TAR_BLOCK], const char *name, uint64_t size,
	    uint64_t mtime);
/* Bytes that fill the last block. */
size_t	 tar_padding(uint64_t size);
/* The next member of an archive in memory, from *off on: 1, 0 at the end of
 * all of it, or -1 and why. */
int	 tar_next(const uint8_t *, size_t len, size_t *off,
	    struct tar_member *, const char **why);

#endif
