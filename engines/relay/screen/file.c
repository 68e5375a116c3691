/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Files on their way to a chat.  Run by the relay; the file is a tool's, and
 * its name says nothing.  Text is searched as text.  Pictures, sound, film
 * and other bytes are searched for what is certain, also two bytes a letter.
 * What hides its text (an archive, what is compressed or encrypted) cannot be
 * searched, so it is not sent.
 */
#include <sys/stat.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "telclauded/lib/util.h"
#include "engines/relay/screen/redact.h"

#define FILE_MAX	(10u << 20)
#define FILE_MS		2000	/* then it takes too long */
#define CHUNK		65536
#define LOOK		8192	/* what kind of file it is */
#define MIXED		7600	/* thousandths of bits a byte: no more text */

enum kind { K_TEXT, K_MEDIA, K_OTHER, K_CLOSED };

static const struct magic {
	uint16_t	 at;
	uint8_t		 n;
	const char	*s;
	enum kind	 kind;
} magics[] = {
#define MAGIC(at, s, kind)	{ at, sizeof(s) - 1, s, kind },
	MAGIC(0, "\x89PNG\r\n\x1a\n", K_MEDIA)
	MAGIC(0, "\xff\xd8\xff", K_MEDIA)
	MAGIC(0, "GIF8", K_MEDIA)
	MAGIC(8, "WEBP", K_MEDIA)
	MAGIC(8, "WAVE", K_MEDIA)
	MAGIC(8, "AVI ", K_MEDIA)
	MAGIC(0, "OggS", K_MEDIA)
	MAGIC(0, "fLaC", K_MEDIA)
	MAGIC(0, "ID3", K_MEDIA)
	MAGIC(0, "\xff\xfb", K_MEDIA)
	MAGIC(0, "\xff\xf3", K_MEDIA)
	MAGIC(0, "\xff\xf1", K_MEDIA)
	MAGIC(4, "ftyp", K_MEDIA)
	MAGIC(0, "\x1a\x45\xdf\xa3", K_MEDIA)
	MAGIC(0, "PK\3\4", K_CLOSED)
	MAGIC(0, "PK\5\6", K_CLOSED)
	MAGIC(0, "\x1f\x8b", K_CLOSED)
	MAGIC(0, "\x1f\x9d", K_CLOSED)
	MAGIC(0, "BZh", K_CLOSED)
	MAGIC(0, "\xfd" "7zXZ", K_CLOSED)
	MAGIC(0, "7z\xbc\xaf\x27\x1c", K_CLOSED)
	MAGIC(0, "Rar!", K_CLOSED)
	MAGIC(0, "\x28\xb5\x2f\xfd", K_CLOSED)
	MAGIC(0, "\x04\x22\x4d\x18", K_CLOSED)
	MAGIC(0, "MSCF", K_CLOSED)
	MAGIC(0, "\xd0\xcf\x11\xe0", K_CLOSED)
	MAGIC(0, "hsqs", K_CLOSED)
	MAGIC(0, "age-encryption.org/", K_CLOSED)
	MAGIC(0, "-----BEGIN AGE ENCRYPTED", K_CLOSED)
#undef MAGIC
};

/* NULs, or many control bytes, make no text. */
static int
is_binary(const uint8_t *p, size_t n)
{
	size_t	i, nul = 0, control = 0;

	for (i = 0; i < n; i++) {
		nul += p[i] == 0;
		control += p[i] < ' ' && p[i] != '\n' && p[i] != '\r' &&
		    p[i] != '\t' && p[i] != '\f' && p[i] != 0x1b;
	}
	return (nul * 100 > n || control * 10 >= n);
}

static enum kind
kind_of(const uint8_t *p, size_t n)
{
	size_t	i;

	for (i = 0; i < NELEM(magics); i++)
		if (n >= (size_t)magics[i].at + magics[i].n &&
		    memcmp(p + magics[i].at, magics[i].s, magics[i].n) == 0)
			return (magics[i].kind);
	/* Pages whose text is packed say so somewhere. */
	if (n > 4 && memcmp(p, "%PDF", 4) == 0)
		return (K_CLOSED);
	return (is_binary(p, n) ? K_OTHER : K_TEXT);
}

struct search {
	enum kind	 kind;
	struct redactor	 r, wide;	/* as it is; without its NULs */
	uint32_t	 count[256];
	size_t		 n;
};

static void
search_more(struct search *s, const uint8_t *p, size_t n)
{
	uint8_t	some[CHUNK];
	size_t	i, k = 0;

	redact_feed(&s->r, (const char *)p, n, NULL);
	s->n += n;
	if (s->kind == K_TEXT)
		return;
	for (i = 0; i < n; i++) {
		s->count[p[i]]++;
		if (p[i] != 0)
			some[k++] = p[i];
	}
	redact_feed(&s->wide, (const char *)some, k, NULL);
}

/* Bytes that are spread like those of what is compressed or encrypted. */
static int
is_mixed(const struct search *s)
{
	uint8_t	sample[ENTROPY_MAX];
	size_t	i, k = 0, m;

	if (s->n < ENTROPY_MAX)
		return (0);
	/* as many of each as its share of them all */
	for (i = 0; i < 256; i++) {
		m = (size_t)((uint64_t)s->count[i] * ENTROPY_MAX / s->n);
		m = MINIMUM(m, sizeof(sample) - k);
		memset(sample + k, (int)i, m);
		k += m;
	}
	return (k > 0 && entropy_over(sample, k, BITS(MIXED), 0));
}

/* The row that forbids it, or -1. */
static int
search_end(struct search *s)
{
	uint64_t	set = 0, all;
	unsigned	row;
	int		f;

	redactor_run(&s->r, 1, NULL);
	redactor_run(&s->wide, 1, NULL);
	for (f = 0; f < FORM_MAX; f++)
		set |= s->r.found[f] | s->wide.found[f];
	if (s->kind == K_TEXT)
		return (set == 0 ? -1 : __builtin_ctzll(set));
	for (all = set & ~(1ULL << FOUND_USER); all != 0; all &= all - 1) {
		row = (unsigned)__builtin_ctzll(all);
		if (shape_severity(row) == SEV_CRITICAL)
			return ((int)row);
	}
	return (-1);
}

static int
refuse(char *why, size_t size, const char *text)
{
	(void)str_copy(why, text, size);
	return (-1);
}

static int
search_all(struct search *s, int fd, char *why, size_t size)
{
	uint8_t		b[CHUNK];
	uint64_t	start = now_ms();
	off_t		at = 0;
	ssize_t		n;

	for (;; at += n) {
		n = pread(fd, b, sizeof(b), at);
		if (n == -1 && errno == EINTR) {
			n = 0;
			continue;
		}
		if (n == -1)
			return (refuse(why, size, "it cannot be read"));
		if (n == 0)
			return (0);
		if (at + n > (off_t)FILE_MAX)
			return (refuse(why, size, "it is over 10 MB, too "
			    "large to be searched for credentials"));
		if (at == 0)
			s->kind = kind_of(b, MINIMUM((size_t)n, LOOK));
		if (s->kind == K_CLOSED)
			return (refuse(why, size, "its text is packed or "
			    "encrypted and cannot be searched for "
			    "credentials; unpack it and send what is in it"));
		search_more(s, b, (size_t)n);
		if (now_ms() - start > FILE_MS)
			return (refuse(why, size, "it takes too long to "
			    "search it for credentials"));
	}
}

int
filter_file(int fd, const char *name, char *why, size_t size)
{
	static struct search	s;	/* one at a time */
	struct stat		st;
	int			rc, row;

	(void)name;
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode))
		return (refuse(why, size, "it is not a file"));
	if (st.st_size > (off_t)FILE_MAX)
		return (refuse(why, size, "it is over 10 MB, too large to be "
		    "searched for credentials"));
	memset(&s, 0, sizeof(s));
	filter_look(&s.r);
	filter_look(&s.wide);
	if ((rc = search_all(&s, fd, why, size)) == 0) {
		row = search_end(&s);
		if (s.r.withheld || s.wide.withheld)
			row = row == -1 ? 0 : row;
		if (row != -1) {
			(void)str_format(why, size, "it seems to hold a "
			    "credential (%s)", row == FOUND_USER ?
			    "a pattern of this machine" :
			    shape_name((unsigned)row));
			rc = -1;
		} else if (s.kind == K_OTHER && is_mixed(&s))
			rc = refuse(why, size, "its bytes look packed or "
			    "encrypted, so it cannot be searched for "
			    "credentials");
	}
	redactor_free(&s.r);
	redactor_free(&s.wide);
	return (rc);
}
