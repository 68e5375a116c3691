/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Critical patterns that are encoded and broken into pieces: the beginnings
 * of those that have a fixed one, in base64 and hex, over all that is not a
 * letter of that encoding.  What is in one piece is another file's business.
 * All literals at once, a bit a letter (shift-and).  Behind the dashes of a
 * BEGIN line some more is read: certificates and public keys have it too.
 * Run by the relay; pure.
 */
#include <string.h>

#include "telclauded/lib/util.h"
#include "engines/relay/screen/redact.h"

#define LINE_LEAST	40	/* as in word.c */
#define LANE		256	/* bytes */

/* As base64 has them at each of three places, without what varies; as many
 * letters as fit into one word of bits. */
static const struct literal {
	const char	*s;
	int		 hex;
	const char	*means;
	unsigned	 nacc;		/* a BEGIN line: bits of the B in it */
} literals[] = {
	{ "c2stYW5", 0, "anthropic_api_key", 0 },	/* sk-ant- */
	{ "NrLWFud", 0, "anthropic_api_key", 0 },
	{ "zay1hbn", 0, "anthropic_api_key", 0 },
	{ "736b2d616e", 1, "anthropic_api_key", 0 },
	{ "LS0tLS1", 0, "ssh_private_key", 2 },		/* -----B */
	{ "0tLS0tQ", 0, "ssh_private_key", 6 },
	{ "tLS0tLU", 0, "ssh_private_key", 4 },
	{ "2d2d2d2d2d42", 1, "ssh_private_key", 8 },
};
/* How lines begin that are no secret's; all others may be. */
static const char *const	harmless[] = { "BEGIN CERT", "BEGIN PUBL",
	"BEGIN RSA PU", "BEGIN DSA PU", "BEGIN EC PA", "BEGIN DH PA",
	"BEGIN DSA PA", "BEGIN NEW C", "BEGIN X509", "BEGIN TRUST",
	"BEGIN PGP PU", "BEGIN PGP M", "BEGIN PGP S", "BEGIN PKCS7",
	"BEGIN CMS" };

/* By byte: what may stand next, and whom it does not concern. */
static uint64_t	step[256], stay[256], first, last;
#define STEP(a, c)	((((a) << 1 | first) & step[c]) | ((a) & stay[c]))
static uint8_t	row_of[NELEM(literals)];
static int	pem_row;

static void
add(const struct literal *l, unsigned *bit)
{
	uint32_t	cls = l->hex ? C_HEX : C_B64;
	uint64_t	all;
	size_t		i, n = strlen(l->s);
	int		c;

	all = ((1ULL << n) - 1) << *bit;
	for (c = 0; c < 256; c++)
		if ((shape_class[c] & cls) == 0)
			stay[c] |= all;
	first |= 1ULL << *bit;
	for (i = 0; i < n; i++, (*bit)++) {
		c = (uint8_t)l->s[i];
		step[c] |= 1ULL << *bit;
		if (l->hex && c >= 'a')
			step[c - 32] |= 1ULL << *bit;
	}
	last |= 1ULL << (*bit - 1);
}

void
scatter_init(void)
{
	unsigned	bit = 0, i, r;

	if (first != 0)
		return;
	for (i = 0; i < NELEM(literals); i++) {
		add(&literals[i], &bit);
		for (r = 0; strcmp(shape_name(r), literals[i].means) != 0; r++)
			;
		row_of[i] = (uint8_t)r;
		if (literals[i].nacc != 0)
			pem_row = (int)r;
	}
}

/*
 * Do its letters stand together?  Then others have seen it: words that are
 * decoded, lines of base64 put together, %XX.
 */
static int
together(const struct literal *l, const uint8_t *p, size_t i)
{
	size_t	n = strlen(l->s) - 1, line;

	while (n > 0 && i > 0) {
		i--;
		if (l->hex ? (shape_class[p[i]] & C_HEX) != 0 || p[i] == '%' :
		    (shape_class[p[i]] & C_B64) != 0) {
			n -= p[i] != '%' || !l->hex;
			continue;
		}
		if (l->hex || (p[i] != '\n' && p[i] != '\r'))
			return (0);
		while (i > 0 && p[i - 1] == '\r')
			i--;
		for (line = 0; line < LINE_LEAST && line < i &&
		    (shape_class[p[i - 1 - line]] & C_B64) != 0; line++)
			;
		if (line < LINE_LEAST)
			return (0);
	}
	return (n == 0);
}

/* Which literal ends here, in pieces, or -1. */
static int
ends_here(uint64_t hit, const uint8_t *p, size_t i)
{
	unsigned	bit = 0, k;

	for (k = 0; k < NELEM(literals); k++) {
		bit += (unsigned)strlen(literals[k].s);
		if (((hit >> (bit - 1)) & 1) != 0 &&
		    (shape_class[p[i]] & (literals[k].hex ? C_HEX :
		    C_B64)) != 0 && !together(&literals[k], p, i))
			return ((int)k);
	}
	return (-1);
}

/* --- the word behind BEGIN ----------------------------------------------- */
static unsigned
digit(uint8_t c, int hex)
{
	if (hex)
		return ((unsigned)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10));
	if (c >= 'A' && c <= 'Z')
		return (c - 'A');
	if (c >= 'a' && c <= 'z')
		return (c - 'a' + 26);
	if (c >= '0' && c <= '9')
		return (c - '0' + 52);
	return (c == '+' || c == '-' ? 62 : 63);
}

/* 1: it may be a private key's; 0: not so far. */
static int
label_byte(struct scatter *s, char c)
{
	size_t	k, len;

	s->text[s->len++] = c;
	for (k = 0; k < NELEM(harmless); k++) {
		len = strlen(harmless[k]);
		if (memcmp(harmless[k], s->text, MINIMUM(len, s->len)) != 0)
			continue;
		if (s->len == len)
			s->label = 0;
		return (0);
	}
	s->label = 0;
	return (1);
}

static void
label_begin(struct scatter *s, const struct literal *l)
{
	s->label = 1;
	s->hex = l->hex;
	s->len = 0;
	/* what is known of the B: 01000010 */
	s->acc = 'B' >> (8 - l->nacc);
	s->nacc = l->nacc;
	if (s->nacc == 8) {
		s->nacc = 0;
		(void)label_byte(s, 'B');
	}
}

static int
label_feed(struct scatter *s, uint8_t c)
{
	unsigned	bits = s->hex ? 4 : 6;

	if ((shape_class[c] & (s->hex ? C_HEX : C_B64)) == 0)
		return (0);
	s->acc = (s->acc << bits | digit(c, s->hex)) & 0xffff;
	s->nacc += bits;
	if (s->nacc < 8)
		return (0);
	s->nacc -= 8;
	return (label_byte(s, (char)(s->acc >> s->nacc & 0xff)));
}

/* A literal that is in pieces ends at i: its row, or -1. */
static int
literal_end(struct scatter *s, uint64_t hit, const uint8_t *p, size_t i)
{
	int	k = ends_here(hit, p, i);

	if (k == -1)
		return (-1);
	/* One inside of a label is none of a harmless one. */
	if (literals[k].nacc == 0 || s->label)
		return (row_of[k]);
	label_begin(s, &literals[k]);
	return (-1);
}

/* As it goes on from a state, a byte at a time. */
static int
read_slowly(struct scatter *s, const uint8_t *p, size_t from, size_t n)
{
	uint64_t	a = s->bits;
	size_t		i, label = from;	/* labels are read up to here */
	int		row = -1, r;

	for (i = from; i < n; i++) {
		a = STEP(a, p[i]);
		if ((a & last) == 0)
			continue;
		for (; s->label && label <= i; label++)
			if (label_feed(s, p[label]))
				row = pem_row;
		if ((r = literal_end(s, a & last, p, i)) != -1)
			row = r;
		label = i + 1;
	}
	for (; s->label && label < n; label++)
		if (label_feed(s, p[label]))
			row = pem_row;
	s->bits = a;
	return (row);
}

/*
 * A state before a lane, and the one that the lane alone came to: what goes on
 * from the first is soon nothing.  Every literal that ends is added to *seen.
 */
static uint64_t
carry(const uint8_t *p, uint64_t a, uint64_t lane, uint64_t *seen)
{
	size_t	i;

	for (i = 0; a != 0 && i < LANE; i++) {
		a = (a << 1 & step[p[i]]) | (a & stay[p[i]]);
		*seen |= a;
	}
	return (a | lane);
}

/*
 * Four parts of a block at a time, for a step waits for the one before.  0:
 * no literal ends in it; else nothing is changed, and it must be looked at.
 */
static int
read_block(struct scatter *s, const uint8_t *p)
{
	const uint8_t	*q = p + LANE, *t = q + LANE, *u = t + LANE;
	uint64_t	 a = s->bits, b = 0, c = 0, d = 0, seen = 0;
	size_t		 i;

	for (i = 0; i < LANE; i++) {
		a = STEP(a, p[i]);
		b = STEP(b, q[i]);
		c = STEP(c, t[i]);
		d = STEP(d, u[i]);
		seen |= a | b | c | d;
	}
	b = carry(q, a, b, &seen);
	c = carry(t, b, c, &seen);
	d = carry(u, c, d, &seen);
	if ((seen & last) != 0)
		return (1);
	s->bits = d;
	return (0);
}

int
scatter_feed(struct scatter *s, const uint8_t *p, size_t from, size_t n)
{
	size_t	i, e;
	int	row = -1, r;

	for (i = from; i < n; i = e) {
		e = MINIMUM(n, i + 4 * LANE);
		if (e - i == 4 * LANE && !s->label &&
		    read_block(s, p + i) == 0)
			continue;
		if ((r = read_slowly(s, p, i, e)) != -1)
			row = r;
	}
	return (row);
}
