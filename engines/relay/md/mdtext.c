/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Characters of the Markdown renderer: what may be shown, character
 * references, widths.  Pure, run by the relay on the model's bytes.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engines/relay/md/mdint.h"

/* Length of the valid sequence at s, 0 when there is none; its character. */
static size_t
sequence(const unsigned char *s, size_t n, uint32_t *cp)
{
	size_t k, i;

	if (s[0] < 0x80) {
		*cp = s[0];
		return (1);
	}
	k = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
	if (s[0] < 0xc2 || s[0] > 0xf4 || n < k)
		return (0);
	*cp = s[0] & (0xffu >> (k + 1));
	for (i = 1; i < k; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return (0);
		*cp = *cp << 6 | (s[i] & 0x3fu);
	}
	if ((k == 3 && (*cp < 0x800 || (*cp >= 0xd800 && *cp <= 0xdfff))) ||
	    (k == 4 && (*cp < 0x10000 || *cp > 0x10ffff)))
		return (0);
	return (k);
}

/* Zero width, direction and control characters can hide or reorder text. */
static int
visible(uint32_t cp)
{
	if (cp < 0x20)
		return (cp == '\n' || cp == '\t');
	return (!(cp >= 0x7f && cp <= 0x9f) && cp != 0x61c &&
	    cp != 0xad && cp != 0x34f && cp != 0x180e &&
	    !(cp >= 0xfe00 && cp <= 0xfe0f) &&
	    !(cp >= 0x200b && cp <= 0x200f) && cp != 0x2028 && cp != 0x2029 &&
	    !(cp >= 0x202a && cp <= 0x202e) &&
	    !(cp >= 0x2060 && cp <= 0x206f) &&
	    cp != 0xfeff && !(cp >= 0xe0000 && cp <= 0xe0fff));
}

/*
 * What nobody sees but changes how its neighbours look: joiners, without which
 * Persian and Indic words are misspelt and families fall apart; how an emoji
 * is drawn; the tags of a region's flag.  Never beside what tokens and commands
 * are made of, so it cannot break one in two.  p: before it, or 0.
 */
static int
shapes(uint32_t cp, uint32_t p, int flag, const unsigned char *s, size_t n)
{
	uint32_t next = 0;

	if (n > 0 && sequence(s, n, &next) == 0)
		next = 0;
	if (cp == 0x200c || cp == 0x200d)
		return (p > 0x7f && next > 0x7f && visible(next));
	if (cp >= 0xfe00 && cp <= 0xfe0f)	/* or a key's cap */
		return (p > 0x7f || (p != 0 && next == 0x20e3));
	return (flag && cp >= 0xe0020 && cp <= 0xe007f);
}

char *
md_clean(const char *src, size_t len, size_t *outlen)
{
	const unsigned char *s = (const unsigned char *)src;
	uint32_t cp = 0, before = 0;
	size_t i, k, o = 0;
	int flag = 0;
	char *out;

	if (len > SIZE_MAX / 4 || (out = malloc(len * 3 + 2)) == NULL)
		return (NULL);
	for (i = 0; i < len; i += k == 0 ? 1 : k) {
		k = sequence(s + i, len - i, &cp);
		if (k == 0) {
			memcpy(out + o, "\xef\xbf\xbd", 3);
			o += 3;
			before = 0;
			flag = 0;
		} else if (visible(cp)) {
			memcpy(out + o, src + i, k);
			o += k;
			before = cp;
			flag = cp == 0x1f3f4;
		} else if (shapes(cp, before, flag, s + i + k, len - i - k)) {
			memcpy(out + o, src + i, k);
			o += k;
			flag = flag && cp != 0xe007f;
		}
	}
	memset(out + o, 0, 2);
	*outlen = o;
	return (out);
}

static size_t
encode(uint32_t cp, char *o)
{
	if (cp == 0 || cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
		cp = 0xfffd;
	if (cp < 0x80) {
		o[0] = (char)cp;
		return (1);
	}
	if (cp < 0x800) {
		o[0] = (char)(0xc0 | cp >> 6);
		o[1] = (char)(0x80 | (cp & 0x3f));
		return (2);
	}
	if (cp < 0x10000) {
		o[0] = (char)(0xe0 | cp >> 12);
		o[1] = (char)(0x80 | (cp >> 6 & 0x3f));
		o[2] = (char)(0x80 | (cp & 0x3f));
		return (3);
	}
	o[0] = (char)(0xf0 | cp >> 18);
	o[1] = (char)(0x80 | (cp >> 12 & 0x3f));
	o[2] = (char)(0x80 | (cp >> 6 & 0x3f));
	o[3] = (char)(0x80 | (cp & 0x3f));
	return (4);
}

size_t
md_charref(const char *s, size_t n, char *out)
{
	static const struct {
		const char	*name;
		uint32_t	 cp;
	} names[] = {
		{ "amp", '&' }, { "lt", '<' }, { "gt", '>' }, { "quot", '"' },
		{ "apos", '\'' }, { "nbsp", 0xa0 }, { "ndash", 0x2013 },
		{ "mdash", 0x2014 }, { "hellip", 0x2026 }, { "bull", 0x2022 },
		{ "middot", 0xb7 }, { "times", 0xd7 }, { "deg", 0xb0 },
		{ "copy", 0xa9 }, { "reg", 0xae }, { "trade", 0x2122 },
		{ "laquo", 0xab }, { "raquo", 0xbb }, { "lsquo", 0x2018 },
		{ "rsquo", 0x2019 }, { "ldquo", 0x201c }, { "rdquo", 0x201d },
		{ "larr", 0x2190 }, { "uarr", 0x2191 }, { "rarr", 0x2192 },
		{ "darr", 0x2193 }, { "le", 0x2264 }, { "ge", 0x2265 },
		{ "ne", 0x2260 }, { "plusmn", 0xb1 }, { "para", 0xb6 },
		{ "sect", 0xa7 }, { "euro", 0x20ac }, { "pound", 0xa3 },
		{ "frac12", 0xbd }, { "infin", 0x221e }, { "check", 0x2713 },
	};
	char *end;
	unsigned long cp;
	size_t i;

	if (n < 3 || n > 48 || s[0] != '&' || s[n - 1] != ';')
		return (0);
	if (s[1] == '#') {
		i = s[2] == 'x' || s[2] == 'X' ? 3 : 2;
		if (!isxdigit((unsigned char)s[i]))
			return (0);
		cp = strtoul(s + i, &end, i == 3 ? 16 : 10);
		if (end != s + n - 1)
			return (0);
		i = encode(cp > 0x10ffff ? 0 : (uint32_t)cp, out);
		return (visible((uint32_t)cp) ? i : 0);
	}
	for (i = 0; i < NELEM(names); i++)
		if (strlen(names[i].name) == n - 2 &&
		    memcmp(names[i].name, s + 1, n - 2) == 0)
			return (encode(names[i].cp, out));
	return (0);
}

/* East Asian and emoji characters take two columns in a fixed width font. */
static int
wide(uint32_t cp)
{
	return ((cp >= 0x1100 && cp <= 0x115f) || (cp >= 0x2e80 &&
	    cp <= 0xa4cf) || (cp >= 0xac00 && cp <= 0xd7a3) ||
	    (cp >= 0xf900 && cp <= 0xfaff) || (cp >= 0xfe30 && cp <= 0xfe6f) ||
	    (cp >= 0xff00 && cp <= 0xff60) || (cp >= 0x1f300 &&
	    cp <= 0x1faff) || (cp >= 0x20000 && cp <= 0x3fffd));
}

size_t
md_width(const char *s, size_t n)
{
	uint32_t cp = 0;
	size_t i, k, w = 0;

	for (i = 0; i < n; i += k) {
		if ((k = sequence((const unsigned char *)s + i, n - i, &cp)) ==
		    0)
			k = 1;
		if (cp >= 0x300 && cp <= 0x36f)		/* combining */
			continue;
		if (cp >= 0xfe00 && cp <= 0xfe0f)	/* variation */
			continue;
		if (cp == 0x200c || cp == 0x200d)	/* joiners */
			continue;
		w += wide(cp) ? 2 : 1;
	}
	return (w);
}

int
md_linkable(const char *url)
{
	size_t n;

	if (strncasecmp(url, "https://", 8) == 0)
		n = 8;
	else if (strncasecmp(url, "http://", 7) == 0)
		n = 7;
	else if (strncasecmp(url, "tg://", 5) == 0)
		n = 5;
	else
		return (0);
	if (!isalnum((unsigned char)url[n]) && url[n] != '[' &&
	    !((unsigned char)url[n] & 0x80))
		return (0);
	if (strlen(url) > MD_URL)
		return (0);
	for (; *url != '\0'; url++)
		if ((unsigned char)*url <= ' ' || *url == 0x7f)
			return (0);
	return (1);
}

char *
md_attr(const MD_ATTRIBUTE *a)
{
	struct buf b;
	char ref[8];
	size_t from, to, n;
	unsigned i;

	buf_init(&b);
	(void)buf_puts(&b, "");
	for (i = 0; a->text != NULL && a->substr_offsets[i] < a->size; i++) {
		from = a->substr_offsets[i];
		to = a->substr_offsets[i + 1];
		n = 0;
		if (a->substr_types[i] == MD_TEXT_ENTITY)
			n = md_charref(a->text + from, to - from, ref);
		if (n > 0)
			(void)buf_add(&b, ref, n);
		else
			(void)buf_add(&b, a->text + from, to - from);
	}
	if (b.failed) {
		buf_free(&b);
		return (NULL);
	}
	return (b.p);
}

char *
md_language(const MD_ATTRIBUTE *a)
{
	char *s = md_attr(a), *p;

	if (s == NULL)
		return (NULL);
	for (p = s; *p != '\0'; p++)
		if (!isalnum((unsigned char)*p) && strchr("+-#._", *p) == NULL)
			break;
	if (p == s || *p != '\0' || p - s > 32) {
		free(s);
		return (NULL);
	}
	return (s);
}
