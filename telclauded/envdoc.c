/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Prints the ENVIRONMENT section of telclauded(8) in mdoc from the table that
 * confenv.c obeys.  Runs during the build.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "telclauded/conf.h"
#include "telclauded/confenv.h"
#include "telclauded/lib/util.h"

static const struct env_row rows[] = { ENV_TABLE(ENV_ROW) };

/* "anthropic.key" is the keyword key of the block anthropic. */
static void
keyword(const char *key)
{
	const char	*dot;

	if ((dot = strchr(key, '.')) == NULL)
		printf(".Ic %s .\n", key);
	else
		printf(".Ic %s\nin the block\n.Ic %.*s .\n", dot + 1,
		    (int)(dot - key), key);
}

static void
sentence(const char *s)
{
	printf("%c%s.\n", toupper((unsigned char)s[0]), s + 1);
}

static void
effective(void)
{
	size_t	 i;

	puts(".Bl -tag -width Ds");
	for (i = 0; i < NELEM(rows); i++) {
		if (rows[i].kind == ENV_NONE || rows[i].kind == ENV_NSECRET)
			continue;
		printf(".It Ev %s\n", rows[i].name);
		sentence(rows[i].note);
		if (rows[i].key[0] == '\0')
			continue;
		puts("Sets");
		keyword(rows[i].key);
		if (rows[i].wins == WINS_VAR)
			puts("The variable wins over the file.");
	}
	puts(".El");
}

static void
obsolete(void)
{
	size_t	 i;

	puts(".Bl -tag -width Ds");
	for (i = 0; i < NELEM(rows); i++) {
		if (rows[i].kind != ENV_NONE && rows[i].kind != ENV_NSECRET)
			continue;
		printf(".It Ev %s\n", rows[i].name);
		sentence(rows[i].note);
	}
	puts(".El");
}

int
main(void)
{
	puts(".Sh ENVIRONMENT\n"
	    "A variable that stands for a keyword of\n"
	    ".Xr telclauded.conf 5\n"
	    "completes the file: where the file has the keyword, the file\n"
	    "wins and the start names the variable it overrules, unless\n"
	    "said otherwise here.\n"
	    "With a\n"
	    ".Pa telclauded.conf\n"
	    "a variable adds no engine the file does not ask for.\n"
	    "An empty variable is as one that is not set.\n"
	    "Values of variables that hold secrets are overwritten in the\n"
	    "environment of the running process.");
	effective();
	puts(".Pp\n"
	    "These variables of other implementations have no effect; the\n"
	    "start names each one that is set and what to use instead:");
	obsolete();
	return (0);
}
