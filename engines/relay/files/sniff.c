/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What a file is by its bytes: a table of signatures, and text is what is
 * UTF-8 to the end.  Nothing is unpacked.  Linked by the relay; pure; trusts
 * nothing.
 */
#include <string.h>

#include "telclauded/lib/util.h"
#include "engines/relay/files/sniff.h"

static const struct ftype_row rows[FT_MAX] = {
#define T(id, words, ext, mime, cls)					\
	[FT_##id] = { #id, words, ext, mime, FC_##cls },
	FTYPES(T)
#undef T
};

/* The first row that fits; the second part may be empty. */
static const struct {
	enum ftype	 type;
	const char	*first;
	size_t		 firstlen;
	size_t		 off;
	const char	*then;
	size_t		 thenlen;
} signatures[] = {
#define ONE(t, s)		{ t, s, sizeof(s) - 1, 0, "", 0 }
#define TWO(t, s, o, u)		{ t, s, sizeof(s) - 1, o, u, sizeof(u) - 1 }
	ONE(FT_JPEG, "\xff\xd8\xff"),
	TWO(FT_PNG, "\x89PNG\r\n\x1a\n", 12, "IHDR"),
	ONE(FT_GIF, "GIF87a"), ONE(FT_GIF, "GIF89a"),
	TWO(FT_WEBP, "RIFF", 8, "WEBPVP8"),
	TWO(FT_WAV, "RIFF", 8, "WAVE"),
	TWO(FT_AVI, "RIFF", 8, "AVI "),
	ONE(FT_TIFF, "II*\0"), ONE(FT_TIFF, "MM\0*"),
	ONE(FT_PDF, "%PDF-"),
	TWO(FT_OPUS, "OggS\0", 28, "OpusHead"),
	TWO(FT_OGG, "OggS\0", 28, "\x01vorbis"),
	ONE(FT_MP3, "ID3\x02"), ONE(FT_MP3, "ID3\x03"), ONE(FT_MP3, "ID3\x04"),
	ONE(FT_FLAC, "fLaC"),
	TWO(FT_ODT, "PK\x03\x04", 30, "mimetypeapplication/vnd.oasis."
	    "opendocument.text"),
	TWO(FT_ODS, "PK\x03\x04", 30, "mimetypeapplication/vnd.oasis."
	    "opendocument.spreadsheet"),
	TWO(FT_ODP, "PK\x03\x04", 30, "mimetypeapplication/vnd.oasis."
	    "opendocument.presentation"),
	ONE(FT_ZIP, "PK\x03\x04"), ONE(FT_ZIP, "PK\x05\x06"),
	ONE(FT_GZIP, "\x1f\x8b\x08"),
	ONE(FT_XZ, "\xfd" "7zXZ\0"),
	ONE(FT_ZSTD, "\x28\xb5\x2f\xfd"),
	ONE(FT_SQLITE, "SQLite format 3\0"),
	ONE(FT_WEBM, "\x1a\x45\xdf\xa3"),
#undef ONE
#undef TWO
};

const struct ftype_row *
ftype_row(enum ftype t)
{
	return (&rows[(unsigned)t < FT_MAX ? t : FT_BIN]);
}

enum ftype
ftype_byname(const char *name)
{
	int	i;

	for (i = 0; i < FT_MAX; i++)
		if (strcmp(rows[i].name, name) == 0)
			return ((enum ftype)i);
	return (FT_BIN);
}

void
sniff_init(struct sniff *s)
{
	memset(s, 0, sizeof(*s));
}

/* What is cut off at the end waits for the next bytes. */
static void
feed_text(struct sniff *s, const char *p, size_t n)
{
	char	join[8];
	size_t	take, whole;

	if (s->ntail > 0) {
		take = MINIMUM(n, sizeof(join) - s->ntail);
		memcpy(join, s->tail, s->ntail);
		memcpy(join + s->ntail, p, take);
		/* Bytes that end the sequence: those that continue one. */
		for (whole = s->ntail; whole < s->ntail + take &&
		    ((unsigned char)join[whole] & 0xc0) == 0x80; whole++)
			continue;
		if (whole == s->ntail + take && whole < 4 &&
		    utf8_whole(join, whole) == 0) {
			memcpy(s->tail, join, whole);
			s->ntail = whole;
			return;
		}
		if (!str_isutf8(join, whole)) {
			s->nottext = 1;
			return;
		}
		p += whole - s->ntail;
		n -= whole - s->ntail;
		s->ntail = 0;
	}
	whole = utf8_whole(p, n);
	if (n - whole >= sizeof(s->tail) || !str_isutf8(p, whole)) {
		s->nottext = 1;
		return;
	}
	s->ntail = n - whole;
	memcpy(s->tail, p + whole, s->ntail);
}

void
sniff_feed(struct sniff *s, const void *p, size_t n)
{
	size_t	take = MINIMUM(n, sizeof(s->head) - s->n);

	memcpy(s->head + s->n, p, take);
	s->n += take;
	s->all += n;
	if (!s->nottext && memchr(p, '\0', n) != NULL)
		s->nottext = 1;
	if (!s->nottext)
		feed_text(s, p, n);
}

static int
has(const struct sniff *s, size_t off, const char *p, size_t n)
{
	return (off + n <= s->n && memcmp(s->head + off, p, n) == 0);
}

/* MPEG: a brand says what is in the box. */
static enum ftype
ftyp(const struct sniff *s)
{
	static const char *const images[] = { "heic", "heix", "hevc", "mif1",
	    "msf1", "avif", "avis" };
	size_t	i;

	if (has(s, 8, "M4A ", 4) || has(s, 8, "M4B ", 4))
		return (FT_M4A);
	if (has(s, 8, "qt  ", 4))
		return (FT_MOV);
	for (i = 0; i < NELEM(images); i++)
		if (has(s, 8, images[i], 4))
			return (FT_HEIC);
	return (FT_MP4);
}

static enum ftype
zip(const struct sniff *s)
{
	static const struct { const char *dir; enum ftype t; } office[] = {
		{ "word/", FT_DOCX }, { "xl/", FT_XLSX }, { "ppt/", FT_PPTX },
	};
	size_t	i;

	if (!has(s, 30, "[Content_Types].xml", 19) && !has(s, 30, "_rels/", 6))
		return (FT_ZIP);
	for (i = 0; i < NELEM(office); i++)
		if (memmem(s->head, s->n, office[i].dir,
		    strlen(office[i].dir)) != NULL)
			return (office[i].t);
	return (FT_ZIP);
}

/* A frame of MPEG layer III, with values that such a frame may have. */
static int
mp3(const struct sniff *s)
{
	return (s->n >= 4 && s->head[0] == 0xff &&
	    (s->head[1] & 0xe6) == 0xe2 && (s->head[1] & 0x18) != 0x08 &&
	    (s->head[2] & 0xf0) != 0xf0 && (s->head[2] & 0xf0) != 0 &&
	    (s->head[2] & 0x0c) != 0x0c);
}

/* The same of AAC: no layer, and a rate that there is. */
static int
adts(const struct sniff *s)
{
	return (s->n >= 7 && s->head[0] == 0xff &&
	    (s->head[1] & 0xf6) == 0xf0 && (s->head[2] & 0x3c) < 13 << 2);
}

enum ftype
sniff_type(const struct sniff *s)
{
	enum ftype	t;
	size_t		i;

	if (s->all == 0)
		return (FT_EMPTY);
	for (i = 0; i < NELEM(signatures); i++) {
		if (!has(s, 0, signatures[i].first, signatures[i].firstlen) ||
		    !has(s, signatures[i].off, signatures[i].then,
		    signatures[i].thenlen))
			continue;
		t = signatures[i].type;
		if (t == FT_ZIP)
			return (zip(s));
		/* The kind of it stands in the first element. */
		if (t == FT_WEBM && memmem(s->head, MINIMUM(s->n, 64), "webm",
		    4) == NULL)
			return (memmem(s->head, MINIMUM(s->n, 64), "matroska",
			    8) != NULL ? FT_MKV : FT_BIN);
		return (t);
	}
	if (s->nottext && has(s, 4, "ftyp", 4))
		return (ftyp(s));
	if (mp3(s))
		return (FT_MP3);
	if (adts(s))
		return (FT_AAC);
	return (s->nottext || s->ntail > 0 ? FT_BIN : FT_TEXT);
}
