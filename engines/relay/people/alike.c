/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Commands to the eye: letters of other alphabets, characters without width,
 * slashes that are none.  They must not reach the model, where nothing would
 * happen that their writer believes has happened.  The letters are those of
 * Unicode's confusables (UTS 39) that a command can hold.  Linked by the
 * relay; pure.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "telclauded/lib/util.h"
#include "engines/relay/cmd/command.h"
#include "engines/relay/people/alike.h"

#define WORD_MAX	24	/* the longest command has twelve */
#define WILD		'*'	/* some character, nobody knows which */

/* Runs of characters and what each is to the eye, one for one. */
static const struct {
	uint32_t	 from, to;
	const char	*are;	/* NULL: a to z, again and again */
} same[] = {
	{ 0xe0, 0xe5, "aaaaaa" }, { 0xe7, 0xef, "ceeeeiiii" },
	{ 0xf1, 0xf6, "nooooo" }, { 0xf8, 0xfd, "ouuuuy" },
	{ 0xc0, 0xc5, "aaaaaa" }, { 0xc7, 0xcf, "ceeeeiiii" },
	{ 0xd1, 0xd6, "nooooo" }, { 0xd8, 0xdd, "ouuuuy" },
	{ 0x131, 0x131, "i" }, { 0x17f, 0x17f, "s" },
	{ 0x251, 0x251, "a" }, { 0x261, 0x261, "g" }, { 0x269, 0x26a, "ii" },
	{ 0x1c3, 0x1c3, "!" },
	/* Greek */
	{ 0x391, 0x392, "ab" }, { 0x395, 0x397, "ezh" },
	{ 0x399, 0x39a, "ik" }, { 0x39c, 0x39d, "mn" },
	{ 0x39f, 0x39f, "o" }, { 0x3a1, 0x3a1, "p" },
	{ 0x3a4, 0x3a5, "ty" }, { 0x3a7, 0x3a7, "x" },
	{ 0x3b1, 0x3b1, "a" }, { 0x3b3, 0x3b3, "y" }, { 0x3b5, 0x3b5, "e" },
	{ 0x3b7, 0x3b7, "n" }, { 0x3b9, 0x3ba, "ik" },
	{ 0x3bc, 0x3bd, "uv" }, { 0x3bf, 0x3bf, "o" },
	{ 0x3c1, 0x3c1, "p" }, { 0x3c3, 0x3c5, "otu" },
	{ 0x3c7, 0x3c7, "x" }, { 0x3c9, 0x3c9, "w" },
	/* Cyrillic, Armenian */
	{ 0x405, 0x406, "si" }, { 0x408, 0x408, "j" },
	{ 0x410, 0x410, "a" }, { 0x412, 0x412, "b" }, { 0x415, 0x415, "e" },
	{ 0x41a, 0x41a, "k" }, { 0x41c, 0x41e, "mho" },
	{ 0x420, 0x423, "pcty" }, { 0x425, 0x425, "x" },
	{ 0x430, 0x430, "a" }, { 0x432, 0x433, "br" }, { 0x435, 0x435, "e" },
	{ 0x438, 0x438, "u" }, { 0x43a, 0x43a, "k" },
	{ 0x43c, 0x440, "mhonp" }, { 0x441, 0x443, "cty" },
	{ 0x445, 0x445, "x" }, { 0x44c, 0x44c, "b" },
	{ 0x455, 0x456, "si" }, { 0x458, 0x458, "j" },
	{ 0x475, 0x475, "v" }, { 0x4ae, 0x4af, "yy" },
	{ 0x4bb, 0x4bb, "h" }, { 0x4cf, 0x4cf, "l" },
	{ 0x501, 0x501, "d" }, { 0x51b, 0x51d, "qww" },
	{ 0x56f, 0x570, "fh" }, { 0x578, 0x578, "n" },
	{ 0x57d, 0x57d, "u" }, { 0x581, 0x581, "g" }, { 0x585, 0x585, "o" },
	/* dashes, full width, mathematical, in circles */
	{ 0x2010, 0x2015, "------" }, { 0x2212, 0x2212, "-" },
	{ 0xfe63, 0xfe63, "-" }, { 0xff0d, 0xff0d, "-" },
	{ 0xff3f, 0xff3f, "_" }, { 0xff10, 0xff19, "0123456789" },
	{ 0xff20, 0xff20, "@" },
	{ 0xff21, 0xff3a, NULL }, { 0xff41, 0xff5a, NULL },
	{ 0x249c, 0x24b5, NULL }, { 0x24b6, 0x24e9, NULL },
	{ 0x1d400, 0x1d6a3, NULL }, { 0x1f130, 0x1f149, NULL },
	{ 0x1f150, 0x1f169, NULL }, { 0x1f170, 0x1f189, NULL },
	{ 0x1f1e6, 0x1f1ff, NULL },
};

static const uint32_t slashes[] = { '/', '\\', 0x1735, 0x2041, 0x2044, 0x2215,
	0x2571, 0x27cb, 0x29f8, 0x2cc6, 0x2f03, 0x3033, 0x30ce, 0x31d3,
	0x4e3f, 0xff0f, 0xff3c, 0x1d23a };

/* Ranges that take no room: marks, joiners, directions, tags, selectors. */
static const uint32_t unseen[][2] = {
	{ 0x01, 0x08 }, { 0x0e, 0x1f }, { 0x7f, 0x84 }, { 0x86, 0x9f },
	{ 0xad, 0xad }, { 0x300, 0x36f }, { 0x483, 0x489 }, { 0x61c, 0x61c },
	{ 0x115f, 0x1160 }, { 0x17b4, 0x17b5 }, { 0x180b, 0x180f },
	{ 0x1ab0, 0x1aff }, { 0x1dc0, 0x1dff }, { 0x200b, 0x200f },
	{ 0x202a, 0x202e }, { 0x2060, 0x206f }, { 0x20d0, 0x20ff },
	{ 0x3164, 0x3164 }, { 0xfe00, 0xfe0f }, { 0xfe20, 0xfe2f },
	{ 0xfeff, 0xfeff }, { 0xffa0, 0xffa0 }, { 0xfff0, 0xfffb },
	{ 0xe0000, 0xe0fff },
};

/* One character; its length.  What is not UTF-8 is a byte of nothing. */
static size_t
next(const char *s, uint32_t *cp)
{
	const uint8_t	*p = (const uint8_t *)s;
	size_t		 n, i;

	n = *p < 0x80 ? 1 : *p >= 0xf0 ? 4 : *p >= 0xe0 ? 3 : *p >= 0xc0 ? 2 :
	    0;
	*cp = n == 1 ? *p : n == 0 ? 0xfffd : *p & (0x7fu >> n);
	for (i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80) {
			*cp = 0xfffd;
			return (i);
		}
		*cp = *cp << 6 | (p[i] & 0x3f);
	}
	return (n == 0 ? 1 : n);
}

static int
is_blank(uint32_t c)
{
	return (c == ' ' || (c >= 0x09 && c <= 0x0d) || c == 0x85 ||
	    c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) ||
	    c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f ||
	    c == 0x2800 || c == 0x3000);
}

static int
is_unseen(uint32_t c)
{
	size_t	 i;

	for (i = 0; i < NELEM(unseen); i++)
		if (c >= unseen[i][0] && c <= unseen[i][1])
			return (1);
	return (0);
}

static int
is_slash(uint32_t c)
{
	size_t	 i;

	for (i = 0; i < NELEM(slashes); i++)
		if (slashes[i] == c)
			return (1);
	return (0);
}

static char
fold(uint32_t c)
{
	size_t	 i;

	if (c >= 'A' && c <= 'Z')
		return ((char)(c - 'A' + 'a'));
	if (c < 0x80)
		return ((char)c);
	if (c >= 0x1d7ce && c <= 0x1d7ff)
		return ((char)('0' + (c - 0x1d7ce) % 10));
	for (i = 0; i < NELEM(same); i++)
		if (c >= same[i].from && c <= same[i].to)
			return (same[i].are != NULL ?
			    same[i].are[c - same[i].from] :
			    (char)('a' + (c - same[i].from) % 26));
	return (WILD);
}

/* What a reader skips: past it; *odd: some of it was not ASCII. */
static const char *
skip(const char *s, int *odd)
{
	uint32_t	 c;
	size_t		 n;

	while (*s != '\0') {
		n = next(s, &c);
		if (!is_blank(c) && !is_unseen(c))
			break;
		*odd |= c >= 0x80 || is_unseen(c);
		s += n;
	}
	return (s);
}

/* The word at s as the eye has it; -1: too long for a command. */
static int
read_word(const char *s, char *word, int *odd)
{
	uint32_t	 c;
	size_t		 n, len = 0;

	for (; *s != '\0'; s += n) {
		n = next(s, &c);
		*odd |= c >= 0x80 || is_unseen(c);
		if (is_blank(c))
			break;
		if (is_unseen(c))
			continue;
		if (len + 1 >= WORD_MAX)
			return (-1);
		word[len] = fold(c);
		if (word[len] == '@')
			break;
		len++;
	}
	word[len] = '\0';
	while (len > 0 && strchr(".,;:!?\"')", word[len - 1]) != NULL)
		word[--len] = '\0';
	return (0);
}

/* Most of it must be known to say that it is this one. */
static int
is_name(const char *word, const char *name)
{
	size_t	 i, known = 0, n = strlen(name);

	if (strlen(word) != n)
		return (0);
	for (i = 0; i < n; i++) {
		if (word[i] == WILD)
			continue;
		if ((word[i] == '_' ? '-' : word[i]) != name[i])
			return (0);
		known++;
	}
	return (known * 2 >= n);
}

enum alike
command_alike(const char *text)
{
	char		 word[WORD_MAX];
	const char	*p;
	uint32_t	 c;
	size_t		 n;
	int		 i, odd = 0, apart;

	p = skip(text, &odd);
	n = next(p, &c);
	if (!is_slash(c))
		return (AL_NO);
	odd |= c >= 0x80;
	text = p + n;
	p = skip(text, &odd);
	apart = p != text;
	if (read_word(p, word, &odd) == -1)
		return (AL_NO);
	for (i = 0; i < CMD_MAX; i++)
		if (is_name(word, command_name((enum command)i)))
			return (odd ? AL_COMMAND : AL_PLAIN);
	/* "/hilfe" in letters of another alphabet; no path. */
	if (c == '/' && !apart && (uint8_t)*p >= 0x80 &&
	    strchr(word, '/') == NULL)
		return (AL_WORD);
	return (AL_NO);
}
