/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Files of chats, the pure parts: what a file is by its bytes, what a name may
 * look like, and lists of files as they are stored.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engines/relay/files/attach.h"
#include "engines/relay/files/sniff.h"
#include "telclauded/lib/util.h"

static enum ftype
type_of(const void *p, size_t n, size_t piece)
{
	struct sniff	 s;
	const char	*c = p;
	size_t		 k;

	sniff_init(&s);
	for (; n > 0; c += k, n -= k) {
		k = MINIMUM(n, piece);
		sniff_feed(&s, c, k);
	}
	return (sniff_type(&s));
}

#define TYPE(s)	type_of(s, sizeof(s) - 1, sizeof(s))

static void
t_types(void **st)
{
	(void)st;
	assert_int_equal(TYPE("\xff\xd8\xff\xe0 JFIF"), FT_JPEG);
	assert_int_equal(TYPE("\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), FT_PNG);
	assert_int_equal(TYPE("GIF89a...."), FT_GIF);
	assert_int_equal(TYPE("RIFF\1\0\0\0WEBPVP8 "), FT_WEBP);
	assert_int_equal(TYPE("RIFF\1\0\0\0WAVEfmt "), FT_WAV);
	assert_int_equal(TYPE("%PDF-1.4\n"), FT_PDF);
	assert_int_equal(TYPE("\0\0\0\x20" "ftypisom\0"), FT_MP4);
	assert_int_equal(TYPE("\0\0\0\x20" "ftypM4A \0"), FT_M4A);
	assert_int_equal(TYPE("\0\0\0\x20" "ftypheic\0"), FT_HEIC);
	assert_int_equal(TYPE("ID3\x03\0\0\0\0\0\0"), FT_MP3);
	assert_int_equal(TYPE("\xff\xfb\x90\x44\0\0"), FT_MP3);
	assert_int_equal(TYPE("OggS\0\2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
	    "\0\0\1\x13OpusHead"), FT_OPUS);
	assert_int_equal(TYPE("\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm"),
	    FT_WEBM);
	assert_int_equal(TYPE("\x1a\x45\xdf\xa3\x9f\x42\x82\x88matroska"),
	    FT_MKV);
	assert_int_equal(TYPE("PK\3\4\24\0\6\0\10\0\0\0!\0\1\2\3\4\1\0\0\0\1"
	    "\0\0\0\23\0\0\0[Content_Types].xml....PK\3\4 word/document.xml"),
	    FT_DOCX);
	assert_int_equal(TYPE("PK\3\4\24\0\6\0\10\0\0\0!\0\1\2\3\4\1\0\0\0\1"
	    "\0\0\0\5\0\0\0word/"), FT_ZIP);
	assert_int_equal(TYPE("\x1f\x8b\x08\0"), FT_GZIP);
	assert_int_equal(type_of("", 0, 1), FT_EMPTY);
}

/* What only looks like it, and what programs would run or draw. */
static void
t_lies(void **st)
{
	(void)st;
	assert_int_equal(TYPE("<svg xmlns='x'><script/></svg>"), FT_TEXT);
	assert_int_equal(TYPE("<html><body>"), FT_TEXT);
	assert_int_equal(TYPE("#!/bin/sh\nrm -rf /\n"), FT_TEXT);
	assert_int_equal(TYPE("ID3 is a word"), FT_TEXT);
	assert_int_equal(TYPE("see ftypisom"), FT_TEXT);
	assert_int_equal(TYPE("RIFF\1\0\0\0????"), FT_BIN);
	assert_int_equal(TYPE("\x7f" "ELF\2\1\1\0"), FT_BIN);
	assert_int_equal(TYPE("MZ\x90\0\3"), FT_BIN);
	assert_int_equal(TYPE("\xff\xfe" "a\0b\0"), FT_BIN);
	assert_int_equal(TYPE("latin \xe9 one"), FT_BIN);
	assert_int_equal(TYPE("a NUL\0 in text"), FT_BIN);
	assert_int_equal(TYPE("cut \xe2\x82"), FT_BIN);
	assert_int_equal(TYPE("\x89PNG\r\n"), FT_BIN);
}

/* Text is text however it is cut. */
static void
t_pieces(void **st)
{
	static const char	s[] = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"
				    "\xf0\x9f\x98\x80z";
	size_t			piece, n;

	(void)st;
	for (piece = 1; piece < sizeof(s); piece++)
		assert_int_equal(type_of(s, sizeof(s) - 1, piece), FT_TEXT);
	/* Cut off inside of any character it is none. */
	for (n = 2; n < sizeof(s) - 1; n++)
		for (piece = 1; piece <= n; piece++)
			assert_int_equal(type_of(s, n, piece),
			    str_isutf8(s, n) ? FT_TEXT : FT_BIN);
}

static void
t_names(void **st)
{
	static const struct { const char *from, *to; } v[] = {
		{ "report 2026.pdf", "report 2026.pdf" },
		{ "/etc/passwd", "passwd" }, { "..\\..\\boot.ini", "boot.ini" },
		{ ".hidden", "hidden" }, { "...", "" }, { "", "" },
		{ "a\nb\r\t\"c\"]['`$(x)", "abc(x)" },
		{ "x\xe2\x80\xaegpj.exe", "xgpj.exe" },
		{ "\xe2\x80\x8b\xef\xbb\xbf.x", "x" },
		{ "Gr\xc3\xbc\xc3\x9f" "e \xf0\x9f\x98\x80.txt",
		    "Gr\xc3\xbc\xc3\x9f" "e \xf0\x9f\x98\x80.txt" },
		{ "bad \xff utf8", "" }, { "  a   b  ", "a b" },
	};
	char	got[ATTACH_NAME], tiny[6];
	size_t	i;

	(void)st;
	for (i = 0; i < NELEM(v); i++) {
		attach_clean(got, sizeof(got), v[i].from);
		assert_string_equal(got, v[i].to);
	}
	attach_clean(tiny, sizeof(tiny), "ab\xe2\x82\xac\xe2\x82\xac");
	assert_string_equal(tiny, "ab\xe2\x82\xac");
}

static void
t_lists(void **st)
{
	struct attach	a[2], b[2];
	struct buf	j;
	char		size[24];

	(void)st;
	memset(a, 0, sizeof(a));
	a[0].kind = AT_VOICE;
	(void)str_copy(a[0].id, "AwACAgI-x_Y", sizeof(a[0].id));
	(void)str_copy(a[0].name, "\xc3\xbc.ogg", sizeof(a[0].name));
	a[0].size = 12345;
	a[0].seconds = 7;
	a[1].kind = AT_PHOTO;
	(void)str_copy(a[1].id, "B", sizeof(a[1].id));
	(void)str_copy(a[1].why, "it is gone", sizeof(a[1].why));
	buf_init(&j);
	assert_int_equal(attach_encode(a, 2, &j), 0);
	assert_int_equal(attach_decode(j.p, b, 2), 2);
	assert_memory_equal(a, b, sizeof(a));
	assert_int_equal(attach_decode(j.p, b, 1), -1);
	assert_int_equal(attach_decode("", b, 2), 0);
	assert_int_equal(attach_decode("[{}]", b, 2), 0);
	assert_int_equal(attach_decode("{", b, 2), -1);
	buf_free(&j);
	assert_true(attach_id_ok("AwACAgI-x_Y"));
	assert_false(attach_id_ok("a/../b"));
	assert_false(attach_id_ok("a\"b"));
	assert_false(attach_id_ok(""));
	assert_string_equal(attach_size(999, size, sizeof(size)), "999 bytes");
	assert_string_equal(attach_size(34567, size, sizeof(size)), "35 kB");
	assert_string_equal(attach_size(20 << 20, size, sizeof(size)),
	    "20.9 MB");
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(t_types), cmocka_unit_test(t_lies),
		cmocka_unit_test(t_pieces), cmocka_unit_test(t_names),
		cmocka_unit_test(t_lists),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
