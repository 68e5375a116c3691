/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Expressions of an administrator that text is searched with: which are
 * taken, so that the parser of the configuration and the relay agree.
 */
#ifndef LIB_PATTERN_H
#define LIB_PATTERN_H

#include <stddef.h>
#include <stdint.h>

#define PATTERN_BEHIND	64	/* bytes an expression may look back */

struct pcre2_real_code_8;

struct pattern {
	struct pcre2_real_code_8 *code;
	uint8_t		 first[256];	/* may a match begin with this byte */
	int		 line;		/* only at the start of a line */
};

/* 0, or -1 and why not, in words for who wrote it. */
int	 pattern_compile(struct pattern *, const char *, char *why, size_t);
void	 pattern_free(struct pattern *);

#endif
