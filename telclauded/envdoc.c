/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Prints the items of the ENVIRONMENT section of telclauded(8) in mdoc from
 * the table that confenv.c obeys.  Runs during the build.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "telclauded/conf/conf.h"
#include "telclauded/conf/confenv.h"
#include "telclauded/lib/util.h"

static const struct env_row rows[] = { ENV_TABLE(ENV_ROW) };

/*
 * "firewall { internal retry %r }": the words internal retry in the block
 * firewall; "log %s": the word log.
 */
static void
keyword(const char *text)
{
	const char	*words, *p, *end;

	words = (p = strchr(text, '{')) == NULL || strchr(text, '%') < p ?
	    text : p + 2;
	for (end = p = words; *p >= 'a' && *p <= 'z' &&
	    strncmp(p, "env ", 4) != 0; p = end + (*end == ' '))
		end = p + strcspn(p, " ");
	printf(".Ic %.*s", (int)(end - words), words);
	if (words == text)
		puts(" .");
	else
		printf("\nin the block\n.Ic %.*s .\n", (int)(words - text) -
		    3, text);
}

/* A sentence in lines of bearable length. */
static void
sentence(const char *before, const char *s)
{
	size_t	 col, n;
	int	 c;

	fputs(before, stdout);
	for (col = strlen(before); *s != '\0'; s += n) {
		n = strcspn(s, " ");
		if (col > 0 && before[0] != '\0' && col == strlen(before))
			c = ' ';
		else if (col > 0 && col + n > 70)
			c = '\n';
		else
			c = col > 0 ? ' ' : 0;
		if (c != 0)
			putchar(c);
		if (c == '\n')
			col = 0;
		putchar(col == 0 && c == 0 ? toupper((unsigned char)*s) : *s);
		fwrite(s + 1, 1, n - 1, stdout);
		col += n + 1;
		n += strspn(s + n, " ");
	}
	puts(".");
}

static void
item(const struct env_row *r)
{
	printf(".It Ev %s\n", r->name);
	if (r->kind == ENV_NONE || r->kind == ENV_NSECRET) {
		sentence("No effect:", r->note);
		return;
	}
	sentence("", r->note);
	if (r->key[0] == '\0')
		return;
	puts("Sets");
	keyword(r->stmt);
	if (r->wins == WINS_VAR)
		puts("The variable wins over the file.");
}

int
main(void)
{
	size_t	 i;

	for (i = 0; i < NELEM(rows); i++)
		item(&rows[i]);
	return (0);
}
