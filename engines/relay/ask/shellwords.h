/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * A command line as the words of its commands, quotes taken off; also of those
 * in $( ), ` `, ( ), loops and conditions.  No shell: variables stay as they
 * are, and what is not understood is a word.  Pure; the input is the model's.
 */
#ifndef ASK_SHELLWORDS_H
#define ASK_SHELLWORDS_H

#include <stddef.h>

struct shell {
	/* For each command, and for each of its redirections before it: 1
	 * ends it all. */
	int	(*fn)(struct shell *, const char **, unsigned);
	int	(*redirect)(struct shell *, char, const char *);
	/* the caller's */
	int	 words;
	char	*why;
	int	 fetched;	/* in the pipeline so far; reset between */
	unsigned depth;
};

/* 1 when one of them ended it. */
int	 shell_run(struct shell *, const char *, size_t);
/* The same of a text inside; as deep as is bearable. */
int	 shell_inner(const struct shell *, const char *, size_t);
/* And of one command, whose words another has among its own. */
int	 shell_command(const struct shell *, const char **, unsigned);
int	 shell_assigns(const char *);	/* NAME=... */

#endif
