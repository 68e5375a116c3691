/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Takes credentials out of a text by their shape.  Run by the audit engine
 * on every detail: a log that many read must not teach a key.  Pure.
 */
#include <stdlib.h>
#include <string.h>

#include "engines/audit/line.h"

#define WORD	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" \
		"0123456789_-"

static const struct shape {
	const char	*name;
	const char	*prefix;
	size_t		 least;		/* bytes of WORD that follow */
} shapes[] = {
	{ "anthropic_key", "sk-ant-", 8 },
	{ "openai_key", "sk-proj-", 16 },
	{ "openai_key", "sk-", 32 },
	{ "github_token", "ghp_", 20 },
	{ "github_token", "gho_", 20 },
	{ "github_token", "ghs_", 20 },
	{ "github_token", "github_pat_", 20 },
	{ "gitlab_token", "glpat-", 16 },
	{ "slack_token", "xoxb-", 16 },
	{ "slack_token", "xoxp-", 16 },
	{ "aws_key", "AKIA", 16 },
	{ "bearer", "Bearer ", 16 },
};
static const char	 pem[] = "PRIVATE KEY-----";

static size_t
word_len(const char *p, size_t n)
{
	size_t	 i = 0;

	while (i < n && p[i] != '\0' && strchr(WORD, p[i]) != NULL)
		i++;
	return (i);
}

static int
is_digit(char c)
{
	return (c >= '0' && c <= '9');
}

/* 123456:AA..., what a bot signs in with */
static size_t
bot_token(const char *p, size_t n)
{
	size_t	 digits = 0, rest;

	while (digits < n && is_digit(p[digits]))
		digits++;
	if (digits < 6 || digits > 14 || digits == n || p[digits] != ':')
		return (0);
	rest = word_len(p + digits + 1, n - digits - 1);
	return (rest >= 30 ? digits + 1 + rest : 0);
}

/* From "-----BEGIN" to the end of the block, or of the text. */
static size_t
pem_block(const char *p, size_t n)
{
	const char	*end;

	if (n < 11 || memcmp(p, "-----BEGIN ", 11) != 0)
		return (0);
	end = memmem(p, n, pem, sizeof(pem) - 1);
	if (end == NULL || end - p > 64)
		return (0);
	end += sizeof(pem) - 1;
	end = memmem(end, n - (size_t)(end - p), pem, sizeof(pem) - 1);
	return (end == NULL ? n : (size_t)(end - p) + sizeof(pem) - 1);
}

/* Bytes of a credential that starts at p, or 0. */
static size_t
match(const char *p, size_t n, const char **name)
{
	size_t	 i, plen, len;

	*name = "bot_token";
	if ((len = bot_token(p, n)) > 0)
		return (len);
	*name = "private_key";
	if ((len = pem_block(p, n)) > 0)
		return (len);
	for (i = 0; i < NELEM(shapes); i++) {
		plen = strlen(shapes[i].prefix);
		if (n < plen || memcmp(p, shapes[i].prefix, plen) != 0)
			continue;
		*name = shapes[i].name;
		len = word_len(p + plen, n - plen);
		if (len >= shapes[i].least)
			return (plen + len);
	}
	return (0);
}

/* Where a word does, a number ("/bot123:..."), or a line of hyphens. */
static int
starts(const char *p, size_t i)
{
	if (i == 0 || p[i - 1] == '_' || p[i - 1] == '-' ||
	    word_len(p + i - 1, 1) == 0)
		return (1);
	return (p[i] == '-' || (is_digit(p[i]) && !is_digit(p[i - 1])));
}

char *
line_redact(const char *p, size_t n, size_t *outlen)
{
	struct buf	 b;
	const char	*name;
	size_t		 i = 0, len, from = 0;

	buf_init(&b);
	buf_add(&b, "", 0);
	while (i < n) {
		if (!starts(p, i) ||
		    (len = match(p + i, n - i, &name)) == 0) {
			i++;
			continue;
		}
		buf_add(&b, p + from, i - from);
		buf_printf(&b, "[REDACTED:%s]", name);
		i += len;
		from = i;
	}
	buf_add(&b, p + from, n - from);
	if (b.failed) {
		buf_free(&b);
		return (NULL);
	}
	*outlen = b.len;
	return (b.p);
}
