/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Foreign bytes to UTF-8.  The encodings of the web and no others: libc knows
 * many that nobody sends but somebody may attack.  Converters are opened
 * before the first foreign byte, as they are files.
 */
#include <errno.h>
#include <iconv.h>
#include <string.h>
#include <strings.h>

#include "engines/tool/fetch/html.h"

#define SNIFF		1024	/* where a page may name its encoding */
#define LOOK		65536	/* what is looked at when it does not */

/* Labels between blanks; 0 and 1 are converted here, the rest by libc. */
static struct charset {
	const char	*name;
	const char	*labels;
	iconv_t		 cd;
	int		 open;
} charsets[] = {
	{ "UTF-8", " utf-8 utf8 unicode-1-1-utf-8 " },
	{ "CP1252", " windows-1252 cp1252 x-cp1252 iso-8859-1 iso8859-1 "
	    "iso_8859-1 latin1 latin-1 l1 ascii us-ascii iso-ir-100 " },
	{ "UTF-16LE", " utf-16 utf-16le unicode ucs-2 " },
	{ "UTF-16BE", " utf-16be unicodefffe " },
	{ "ISO-8859-2", " iso-8859-2 iso8859-2 latin2 " },
	{ "ISO-8859-3", " iso-8859-3 iso8859-3 latin3 " },
	{ "ISO-8859-4", " iso-8859-4 iso8859-4 latin4 " },
	{ "ISO-8859-5", " iso-8859-5 iso8859-5 cyrillic " },
	{ "ISO-8859-6", " iso-8859-6 iso8859-6 arabic " },
	{ "ISO-8859-7", " iso-8859-7 iso8859-7 greek " },
	{ "ISO-8859-8", " iso-8859-8 iso8859-8 iso-8859-8-i hebrew " },
	{ "CP1254", " windows-1254 cp1254 iso-8859-9 iso8859-9 latin5 " },
	{ "ISO-8859-10", " iso-8859-10 latin6 " },
	{ "ISO-8859-13", " iso-8859-13 " },
	{ "ISO-8859-14", " iso-8859-14 " },
	{ "ISO-8859-15", " iso-8859-15 iso8859-15 latin-9 latin9 " },
	{ "ISO-8859-16", " iso-8859-16 " },
	{ "CP1250", " windows-1250 cp1250 " },
	{ "CP1251", " windows-1251 cp1251 " },
	{ "CP1253", " windows-1253 cp1253 " },
	{ "CP1255", " windows-1255 cp1255 " },
	{ "CP1256", " windows-1256 cp1256 " },
	{ "CP1257", " windows-1257 cp1257 " },
	{ "CP1258", " windows-1258 cp1258 " },
	{ "CP874", " windows-874 tis-620 iso-8859-11 " },
	{ "CP866", " ibm866 cp866 " },
	{ "KOI8-R", " koi8-r koi8 koi " },
	{ "KOI8-U", " koi8-u koi8-ru " },
	{ "MACINTOSH", " macintosh mac x-mac-roman " },
	{ "GB18030", " gb18030 gbk gb2312 x-gbk gb_2312-80 chinese " },
	{ "BIG5-HKSCS", " big5 big5-hkscs x-x-big5 cn-big5 " },
	{ "EUC-JP", " euc-jp x-euc-jp " },
	{ "CP932", " shift_jis shift-jis sjis x-sjis windows-31j ms_kanji " },
	{ "ISO-2022-JP", " iso-2022-jp " },
	{ "UHC", " euc-kr korean ks_c_5601-1987 windows-949 " },
};

/* 0x80 to 0x9f of windows-1252; 0 has no character. */
static const uint16_t high[32] = {
	0x20ac, 0, 0x201a, 0x192, 0x201e, 0x2026, 0x2020, 0x2021, 0x2c6,
	0x2030, 0x160, 0x2039, 0x152, 0, 0x17d, 0, 0, 0x2018, 0x2019, 0x201c,
	0x201d, 0x2022, 0x2013, 0x2014, 0x2dc, 0x2122, 0x161, 0x203a, 0x153,
	0, 0x17e, 0x178
};

void
charset_init(void)
{
	size_t i;

	for (i = CHARSET_1252 + 1; i < NELEM(charsets); i++) {
		charsets[i].cd = iconv_open("UTF-8", charsets[i].name);
		charsets[i].open = charsets[i].cd != (iconv_t)-1;
	}
}

int
charset_find(const char *label, size_t len)
{
	char key[40];
	size_t i, n = 0;

	while (len > 0 && strchr(" \t\r\n\f\"'", *label) != NULL) {
		label++;
		len--;
	}
	while (n < len && n < sizeof(key) - 3 && label[n] > ' ' &&
	    strchr("\"';,>", label[n]) == NULL)
		n++;
	if (n == 0)
		return (-1);
	key[0] = ' ';
	for (i = 0; i < n; i++)
		key[i + 1] = label[i] >= 'A' && label[i] <= 'Z' ?
		    (char)(label[i] | 32) : label[i];
	key[n + 1] = ' ';
	key[n + 2] = '\0';
	for (i = 0; i < NELEM(charsets); i++)
		if (strstr(charsets[i].labels, key) != NULL)
			return ((int)i);
	return (-1);
}

static int
is_utf16(int id)
{
	return (id == CHARSET_1252 + 1 || id == CHARSET_1252 + 2);
}

/* <meta charset=x>, <meta http-equiv=... content="...; charset=x">,
 * <?xml ... encoding="x"?>: what follows these words in the first bytes. */
static int
own_word(const char *p, size_t len)
{
	static const char *const words[] = { "charset", "encoding" };
	size_t i, k, n;
	int id;

	for (i = 0; i < len; i++)
		for (k = 0; k < NELEM(words); k++) {
			n = strlen(words[k]);
			if (len - i <= n || strncasecmp(p + i, words[k], n))
				continue;
			while (i + n < len && (p[i + n] == ' ' ||
			    p[i + n] == '='))
				n++;
			id = charset_find(p + i + n, len - i - n);
			if (id != -1)
				/* If it were UTF-16 we could not read it. */
				return (is_utf16(id) ? CHARSET_UTF8 : id);
		}
	return (-1);
}

int
charset_guess(const char *p, size_t len, const char *label, int is_html)
{
	size_t look = len > LOOK ? utf8_whole(p, LOOK) : len;
	int id;

	if (len >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
		return (CHARSET_UTF8);
	if (len >= 2 && memcmp(p, "\xff\xfe", 2) == 0)
		return (charset_find("utf-16le", 8));
	if (len >= 2 && memcmp(p, "\xfe\xff", 2) == 0)
		return (charset_find("utf-16be", 8));
	if ((id = charset_find(label, strlen(label))) != -1)
		return (id);
	if (is_html && (id = own_word(p, MINIMUM(len, (size_t)SNIFF))) != -1)
		return (id);
	return (str_isutf8(p, look) ? CHARSET_UTF8 : CHARSET_1252);
}

static void
from_1252(const char *p, size_t len, struct buf *b)
{
	size_t i, n, start = 0;
	unsigned char c;
	char out[4];

	for (i = 0; i < len; i++) {
		c = (unsigned char)p[i];
		if (c != 0 && c < 0x80)
			continue;
		(void)buf_add(b, p + start, i - start);
		start = i + 1;
		if (c == 0)
			continue;
		n = utf8_put(c >= 0xa0 ? c : high[c - 0x80] != 0 ?
		    high[c - 0x80] : 0xfffd, out);
		(void)buf_add(b, out, n);
	}
	(void)buf_add(b, p + start, len - start);
}

/* Valid sequences pass, anything else becomes the replacement character. */
static void
from_utf8(const char *p, size_t len, struct buf *b)
{
	size_t i = 0, n, start = 0;

	while (i < len) {
		if (p[i] > 0) {
			i++;
			continue;
		}
		for (n = 2; n <= 4 && (p[i] == 0 || n > len - i ||
		    !str_isutf8(p + i, n)); n++)
			;
		if (n <= 4) {
			i += n;
			continue;
		}
		(void)buf_add(b, p + start, i - start);
		if (p[i] != 0)
			(void)buf_add(b, "\xef\xbf\xbd", 3);
		start = ++i;
	}
	(void)buf_add(b, p + start, i - start);
}

static void
from_libc(struct charset *c, const char *p, size_t len, size_t unit,
    struct buf *b)
{
	char block[4096], *out, in[8192], *q;
	size_t n, left, room, done;

	(void)iconv(c->cd, NULL, NULL, NULL, NULL);
	while (len > 0) {
		/* A copy of a part: iconv(3) wants to write its pointer. */
		n = MINIMUM(len, sizeof(in));
		memcpy(in, p, n);
		q = in;
		left = n;
		out = block;
		room = sizeof(block);
		done = iconv(c->cd, &q, &left, &out, &room);
		(void)buf_add(b, block, sizeof(block) - room);
		p += n - left;
		len -= n - left;
		if (done != (size_t)-1 || errno == E2BIG)
			continue;
		/* Half a character is no error while more follows. */
		if (errno == EINVAL && len > left && left < n)
			continue;
		(void)buf_add(b, "\xef\xbf\xbd", 3);
		n = MINIMUM(len, unit);
		p += n;
		len -= n;
	}
}

int
charset_utf8(int id, const char *p, size_t len, struct buf *b)
{
	struct buf raw;

	if (id == CHARSET_1252 || id < 0 || (size_t)id >= NELEM(charsets) ||
	    (id > CHARSET_1252 && !charsets[id].open)) {
		from_1252(p, len, b);
		return (b->failed ? -1 : 0);
	}
	if (id == CHARSET_UTF8) {
		from_utf8(p, len, b);
		return (b->failed ? -1 : 0);
	}
	buf_init(&raw);
	from_libc(&charsets[id], p, len, is_utf16(id) ? 2 : 1, &raw);
	/* What a converter calls UTF-8 is looked at like anybody's. */
	if (raw.failed || raw.len > 0)
		from_utf8(raw.p, raw.len, b);
	buf_free(&raw);
	return (b->failed ? -1 : 0);
}
