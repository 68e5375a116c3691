/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * How fast the output filter reads: a line each, MB a second, of ordinary
 * text and of texts made to be slow.  With one argument: a file that is taken
 * for ordinary text instead of the made one.  Processor time is counted.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "telclauded/lib/util.h"
#include "engines/relay/relay.h"
#include "engines/relay/screen/filter.h"

#define SIZE	(4u << 20)
#define PIECE	65536
#define ROUNDS	5

static const char	letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmn"
			    "opqrstuvwxyz0123456789+/";
static uint32_t		seed = 2463534242u;

static uint32_t
rnd(uint32_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return (seed % below);
}

static void
repeat(char *p, const char *s)
{
	size_t	n = strlen(s), i;

	for (i = 0; i < SIZE; i++)
		p[i] = s[i % n];
}

static void
prose(char *p)
{
	static const char *const words[] = { "the", "relay", "keeps", "each",
	    "message", "of", "a", "chat,", "and", "its", "key", "is:",
	    "that", "nothing", "is", "lost.\n", "`src/relay/turn.c`", "has",
	    "tests;", "12", "of", "them", "second", "token", "(see", "below)",
	    "https://example.org/doc/index.html", "It", "works", "with",
	    "passing", "results:", "implementation", "HTTP", "3.14" };
	size_t	i = 0, n;
	const char *w;

	while (i + 64 < SIZE) {
		w = words[rnd(NELEM(words))];
		n = strlen(w);
		memcpy(p + i, w, n);
		i += n;
		p[i++] = ' ';
	}
	memset(p + i, '\n', SIZE - i);
}

static void
random_letters(char *p, size_t word)
{
	size_t	i;

	for (i = 0; i < SIZE; i++)
		p[i] = word != 0 && i % word == word - 1 ? ' ' :
		    letters[rnd(64)];
}

static double
once(const char *p, size_t piece)
{
	struct timespec	 a, b;
	struct redactor	*r;
	struct buf	 out;
	size_t		 i;

	buf_init(&out);
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
	if ((r = redact_new()) == NULL)
		exit(1);
	for (i = 0; i < SIZE; i += piece) {
		redact_feed(r, p + i, MINIMUM(piece, SIZE - i), &out);
		out.len = 0;		/* it was sent */
	}
	(void)redact_finish(r, &out);
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
	buf_free(&out);
	return ((double)(b.tv_sec - a.tv_sec) +
	    (double)(b.tv_nsec - a.tv_nsec) / 1e9);
}

/* The best of some: other work of the machine only adds. */
static void
measure(const char *name, const char *p, size_t piece)
{
	double	s, best = 0;
	int	i;

	for (i = 0; i < ROUNDS; i++) {
		s = once(p, piece);
		if (i == 0 || s < best)
			best = s;
	}
	(void)printf("%s\t%.1f\n", name, SIZE / 1e6 / best);
}

static const char *const	hostile[][2] = {
	{ "hostile: beginnings", "sk-ant-sk-ghp_eyJkeytokpasAKIxox" },
	{ "hostile: key=", "key=" },
	{ "hostile: names and values", "token: abc password=x key:y " },
	{ "hostile: colons", ":=:=" },
	{ "hostile: value of 63", "key=aB3dE5gH7jK9mN1pQ3sT5vX7zA9cE2gI4kM6o8"
	    "QaB3dE5gH7jK9mN1pQ3 " },
	{ "hostile: digits", "8123456789:" },
	{ "hostile: capitals", "ABCDEFGHIJKLMNOPQRSTUVWXYZ23456 " },
	{ "hostile: hyphens", "-----BEGIN -----" },
	{ "hostile: labels", "-----BEGIN AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" },
	{ "hostile: JWT heads", " eyJaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" },
	{ "hostile: quotes", "\"type\":\"service_accoun \"private_key\":" },
	{ "hostile: URLs", "postgres://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" },
	{ "hostile: escapes", "%73%6b" },
	{ "hostile: hex", "736b2d616e74" },
	{ "hostile: base64 of keys", "a2V5PWFiYyBrZXk9YWJj" },
	{ "hostile: lines of base64",
	    "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJz\n" },
	{ "hostile: NUL", "\1\2\3" },
	{ "hostile: one letter", "a" },
};

int
main(int argc, char **argv)
{
	static struct settings	set;
	static struct msg_CONF_PATTERN pat[] = {
		{ .name = "acme", .regex = "ACME-[0-9A-F]{32}" },
		{ .name = "badge", .regex = "(?i)\\bbadge\\s+\\d{4,}" },
	};
	char	*p = malloc(SIZE), why[200];
	FILE	*f;
	size_t	 i, n;

	set.screen.entropy = 1;
	set.screen.entropy_millibits = 4500;
	set.screen.entropy_len = 32;
	if (p == NULL || filter_setup(&set, why, sizeof(why)) == -1)
		return (1);
	prose(p);
	if (argc > 1 && (f = fopen(argv[1], "r")) != NULL) {
		n = fread(p, 1, SIZE, f);
		(void)fclose(f);
		for (i = n; n > 0 && i < SIZE; i++)
			p[i] = p[i - n];
	}
	measure("ordinary text", p, PIECE);
	measure("ordinary text in pieces of 64", p, 64);
	set.patterns = pat;
	set.npatterns = NELEM(pat);
	if (filter_setup(&set, why, sizeof(why)) == -1)
		return (1);
	measure("ordinary text, two patterns more", p, PIECE);
	random_letters(p, 0);
	measure("hostile: a long word", p, PIECE);
	random_letters(p, 22);
	measure("hostile: words of 21", p, PIECE);
	for (i = 0; i < NELEM(hostile); i++) {
		repeat(p, hostile[i][1]);
		measure(hostile[i][0], p, PIECE);
	}
	free(p);
	return (0);
}
