/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Files on their way to a chat, looked through as they are copied.  Run by the
 * relay; the file is a tool's, and its name says nothing.  Text is searched as
 * text.  Pictures, sound, film and other bytes are searched for what is
 * certain, also two bytes a letter.  What hides its text (an archive, what is
 * compressed or encrypted, wherever in it) cannot be searched, so it is not
 * sent.
 */
#include <stdlib.h>
#include <string.h>

#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"
#include "engines/relay/files/sniff.h"
#include "engines/relay/screen/redact.h"

#define FILE_MAX	(10u << 20)
#define FILE_MS		2000	/* of searching; then it takes too long */
#define CHUNK		16384
#define WINDOW		ENTROPY_MAX
#define MIXED_LEAST	64	/* bytes that can be told from others */
#define MIXED_RUN	16384	/* tables of numbers are shorter */

static const struct magic {
	uint8_t		 n;
	const char	*s;
} closed[] = {
#define MAGIC(s)	{ sizeof(s) - 1, s },
	MAGIC("PK\3\4")
	MAGIC("PK\5\6")
	MAGIC("\x1f\x8b")
	MAGIC("\x1f\x9d")
	MAGIC("BZh")
	MAGIC("\xfd" "7zXZ")
	MAGIC("7z\xbc\xaf\x27\x1c")
	MAGIC("Rar!")
	MAGIC("\x28\xb5\x2f\xfd")
	MAGIC("\x04\x22\x4d\x18")
	MAGIC("LZIP\1")
	MAGIC("\x5d\0\0")
	MAGIC("MSCF")
	MAGIC("\xd0\xcf\x11\xe0")
	MAGIC("hsqs")
	MAGIC("Salted__")
	/* Pages whose text is packed say so somewhere. */
	MAGIC("%PDF")
}, armour[] = {
	MAGIC("age-encryption.org/")
	MAGIC("-----BEGIN AGE ENCRYPTED")
	MAGIC("-----BEGIN PGP MESSAGE")
	MAGIC("U2FsdGVkX1")		/* Salted__ in base64 */
#undef MAGIC
};

struct filesearch {
	struct redactor	 r, wide;	/* as it is; without its NULs */
	int		 wider;		/* there are some */
	uint64_t	 n, nul, control;
	uint8_t		 win[WINDOW];
	size_t		 nwin;
	uint64_t	 run, longest;	/* bytes in a row that are mixed */
	uint64_t	 spent;		/* ms */
};

static int
begins(const uint8_t *p, size_t n, const struct magic *m, size_t rows)
{
	size_t	i;

	for (i = 0; i < rows; i++)
		if (n >= m[i].n && memcmp(p, m[i].s, m[i].n) == 0)
			return (1);
	return (0);
}

/* OpenPGP: a session key, by a key or by a passphrase, comes first. */
static int
is_pgp(const uint8_t *p, size_t n)
{
	if (n < 4)
		return (0);
	return ((p[0] == 0x84 && p[2] == 3) || (p[0] == 0x85 && p[3] == 3) ||
	    (p[0] == 0x8c && p[2] >= 4 && p[2] <= 6) ||
	    (p[0] == 0xc1 && (p[2] == 3 || p[3] == 3)) ||
	    (p[0] == 0xc3 && p[2] >= 4 && p[2] <= 6));
}

/* RFC 1950: method 8, and a sum that comes out even. */
static int
is_zlib(const uint8_t *p, size_t n)
{
	return (n > 2 && (p[0] & 0x8f) == 8 && (p[0] << 8 | p[1]) % 31 == 0);
}

static int
is_closed(const struct sniff *s, int text)
{
	const uint8_t	*p = s->head;
	size_t		 n = s->n;

	if (begins(p, n, closed, NELEM(closed)))
		return (1);
	if (!text && (is_pgp(p, n) || is_zlib(p, n)))
		return (1);
	for (; n > 0 && memchr("\xef\xbb\xbf \t\r\n", *p, 7) != NULL; n--)
		p++;
	return (begins(p, n, armour, NELEM(armour)));
}

static int
is_media(const struct sniff *s)
{
	enum ftype	t = sniff_type(s);

	switch (ftype_row(t)->cls) {
	case FC_IMAGE:
	case FC_SOUND:
	case FC_VIDEO:
		return (1);
	default:
		return (t == FT_HEIC || t == FT_TIFF);
	}
}

/*
 * From how many thousandths of bits a byte on so many bytes are spread like
 * those of what is compressed or encrypted: a third of a bit below what is
 * expected of random ones.
 */
static uint32_t
mixed_from(size_t n)
{
	static const uint16_t	at[] = { 5400, 6200, 6820, 7240, 7460, 7560,
	    7600 };
	size_t			i = 0, size = MIXED_LEAST;

	for (; i < NELEM(at) - 2 && n >= 2 * size; i++)
		size *= 2;
	return ((uint32_t)(at[i] + (at[i + 1] - at[i]) * (n - size) / size));
}

static void
window_end(struct filesearch *s)
{
	if (s->nwin >= MIXED_LEAST && entropy_over(s->win, s->nwin,
	    BITS(mixed_from(s->nwin)), 0))
		s->run += s->nwin;
	else
		s->run = 0;
	s->longest = MAXIMUM(s->longest, s->run);
	s->nwin = 0;
}

/* A good part of it, or so much that it is no table of a program. */
static int
is_mixed(struct filesearch *s)
{
	/* What is left over is like what it follows. */
	if (s->nwin >= MIXED_LEAST)
		window_end(s);
	return (s->longest >= MIXED_RUN || (s->longest > 0 &&
	    s->longest * 3 >= s->n));
}

static void
chunk(struct filesearch *s, const uint8_t *p, size_t n)
{
	uint8_t	some[CHUNK];
	size_t	i, k = 0;

	for (i = 0; i < n; i++) {
		s->win[s->nwin++] = p[i];
		if (s->nwin == WINDOW)
			window_end(s);
		s->control += p[i] < ' ' && p[i] != '\n' && p[i] != '\r' &&
		    p[i] != '\t' && p[i] != '\f' && p[i] != 0x1b;
		if (p[i] != 0)
			some[k++] = p[i];
	}
	s->n += n;
	s->nul += n - k;
	s->wider |= k < n;
	redact_feed(&s->r, (const char *)p, n, NULL);
	if (s->wider)
		redact_feed(&s->wide, (const char *)some, k, NULL);
}

struct filesearch *
filter_file_new(void)
{
	struct filesearch	*s;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		fatal("filter_file_new");
	filter_look(&s->r);
	filter_look(&s->wide);
	return (s);
}

void
filter_file_feed(struct filesearch *s, const void *p, size_t n)
{
	const uint8_t	*c = p;
	uint64_t	 start = now_ms();
	size_t		 k;

	/* Its end is refused: the rest need not be looked at. */
	for (; n > 0 && s->spent <= FILE_MS && s->n <= FILE_MAX; n -= k) {
		k = MINIMUM(n, (size_t)CHUNK);
		chunk(s, c, k);
		c += k;
	}
	s->spent += now_ms() - start;
}

void
filter_file_drop(struct filesearch *s)
{
	if (s == NULL)
		return;
	redactor_free(&s->r);
	redactor_free(&s->wide);
	explicit_bzero(s->win, sizeof(s->win));
	free(s);
}

/* The row that forbids it, or -1.  plain: guesses count too. */
static int
search_end(struct filesearch *s, int plain)
{
	uint64_t	set = 0;
	unsigned	row;
	int		f;

	redactor_run(&s->r, 1, NULL);
	redactor_run(&s->wide, 1, NULL);
	for (f = 0; f < FORM_MAX; f++)
		set |= s->r.found[f] | s->wide.found[f];
	for (; set != 0; set &= set - 1) {
		row = (unsigned)__builtin_ctzll(set);
		if (plain || row == FOUND_USER || !shape_loose(row))
			return ((int)row);
	}
	return (s->r.withheld || s->wide.withheld ? 0 : -1);
}

static const char *
judge(struct filesearch *s, const struct sniff *sn, char *why, size_t size)
{
	int	text, media, row;

	text = !sn->nottext && sn->ntail == 0;
	media = !text && is_media(sn);
	if (s->n > FILE_MAX)
		return ("it is over 10 MB, too large to be searched for "
		    "credentials");
	if (s->spent > FILE_MS)
		return ("it takes too long to search it for credentials");
	if (is_closed(sn, text))
		return ("its text is packed or encrypted and cannot be "
		    "searched for credentials; unpack it and send what is in "
		    "it");
	/* One byte that is no text does not make words other than words. */
	row = search_end(s, text || (!media && s->nul * 100 <= s->n &&
	    s->control * 10 < s->n));
	if (row != -1) {
		(void)str_format(why, size, "it seems to hold a credential "
		    "(%s)", row == FOUND_USER ? "a pattern of this machine" :
		    shape_name((unsigned)row));
		return (why);
	}
	if (!text && !media && is_mixed(s))
		return ("its bytes look packed or encrypted, so it cannot be "
		    "searched for credentials");
	return (NULL);
}

int
filter_file_end(struct filesearch *s, const struct sniff *sn, char *why,
    size_t size)
{
	const char	*no = judge(s, sn, why, size);

	if (no != NULL && no != why)
		(void)str_copy(why, no, size);
	filter_file_drop(s);
	return (no == NULL ? 0 : -1);
}
