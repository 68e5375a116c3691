/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Secrets in memory: own pages, locked, out of core dumps and forks, with
 * guard pages, wiped when freed.  A secret travels as a sealed memfd.
 */
#ifndef LIB_SECRET_H
#define LIB_SECRET_H

#include <stddef.h>

#define SECRET_MAX	8192

struct secret {
	char	*p;		/* NUL-terminated; never logged */
	size_t	 len;
	void	*map;
	size_t	 maplen;
};

/* 0, or -1 with errno; ENOLCK when the pages could not be locked. */
int	 secret_alloc(struct secret *, size_t);
/* Reads a sealed memfd (or a file) whole, from 0; strips one trailing
 * newline.  Closes fd.  0 or -1. */
int	 secret_read(struct secret *, int fd);
void	 secret_free(struct secret *);
/* A sealed memfd with these bytes, or -1. */
int	 secret_memfd(const char *name, const void *, size_t);
/* As secret_memfd(), copied from a readable descriptor without the bytes
 * ever being parsed; at most SECRET_MAX. */
int	 secret_memfd_from(const char *name, int fd);

#endif
