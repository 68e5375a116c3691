/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Expressions of an administrator, compiled and looked at.  Run by the child
 * that parses the configuration and by the relay.  Expressions work on bytes
 * (no UTF), ^ and $ at lines, and must begin with something: one that may
 * begin with anything would be tried from every byte of every text.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <string.h>

#include "telclauded/lib/pattern.h"
#include "telclauded/lib/util.h"

#define NEST_MAX	32

static pcre2_code *
compile(const char *s, uint32_t more, char *why, size_t size)
{
	pcre2_compile_context	*cc = pcre2_compile_context_create(NULL);
	pcre2_code		*code = NULL;
	PCRE2_UCHAR		 text[128];
	PCRE2_SIZE		 at = 0;
	int			 err = PCRE2_ERROR_NOMEMORY;

	if (cc != NULL) {
		(void)pcre2_set_parens_nest_limit(cc, NEST_MAX);
		code = pcre2_compile((PCRE2_SPTR)s, strlen(s),
		    PCRE2_MULTILINE | PCRE2_NEVER_UTF | PCRE2_NEVER_UCP |
		    PCRE2_NEVER_BACKSLASH_C | more, &err, &at, cc);
		pcre2_compile_context_free(cc);
	}
	if (code == NULL) {
		(void)pcre2_get_error_message(err, text, sizeof(text));
		(void)str_format(why, size, "at byte %zu: %s", at,
		    (char *)text);
	}
	return (code);
}

static uint32_t
info(const pcre2_code *code, uint32_t what)
{
	uint32_t	v = 0;

	(void)pcre2_pattern_info(code, what, &v);
	return (v);
}

/* With which bytes a match may begin.  -1: with any. */
static int
find_first(struct pattern *p, const pcre2_code *code)
{
	const uint8_t	*map = NULL;
	uint32_t	 caseless;
	int		 c, n = 0, u;

	p->line = info(code, PCRE2_INFO_FIRSTCODETYPE) == 2;
	if (p->line)
		memset(p->first, 1, sizeof(p->first));
	if (info(code, PCRE2_INFO_FIRSTCODETYPE) == 1) {
		/* Whether caseless is not told: both cases then. */
		u = (int)info(code, PCRE2_INFO_FIRSTCODEUNIT) & 0xff;
		caseless = (uint32_t)(u >= 'A' && u <= 'Z') ||
		    (u >= 'a' && u <= 'z');
		p->first[u] = 1;
		if (caseless)
			p->first[u ^ 0x20] = 1;
		return (0);
	}
	if (p->line)
		return (0);
	(void)pcre2_pattern_info(code, PCRE2_INFO_FIRSTBITMAP, &map);
	if (map == NULL)
		return (-1);
	for (c = 0; c < 256; c++) {
		p->first[c] = (map[c / 8] >> (c % 8)) & 1;
		n += p->first[c];
	}
	return (n == 256 ? -1 : 0);
}

/* Why not, or NULL. */
static const char *
unfit(struct pattern *p, const pcre2_code *code)
{
	if (info(code, PCRE2_INFO_MATCHEMPTY) != 0)
		return ("it matches the empty text");
	if (info(code, PCRE2_INFO_MAXLOOKBEHIND) > PATTERN_BEHIND)
		return ("it looks back over more than 64 bytes");
	if ((info(code, PCRE2_INFO_ALLOPTIONS) & PCRE2_ANCHORED) != 0)
		return ("it is tied to the start of the text");
	if (find_first(p, code) == -1)
		return ("it may begin with any byte: name what a match "
		    "begins with");
	return (NULL);
}

int
pattern_compile(struct pattern *p, const char *s, char *why, size_t size)
{
	pcre2_code	*code;
	const char	*what;

	memset(p, 0, sizeof(*p));
	if ((code = compile(s, 0, why, size)) == NULL)
		return (-1);
	what = unfit(p, code);
	pcre2_code_free(code);
	if (what != NULL) {
		(void)str_copy(why, what, size);
		return (-1);
	}
	/* Shortcuts would look at more of a text than a match does, so that
	 * a text in pieces might be judged otherwise than the whole. */
	p->code = compile(s, PCRE2_NO_START_OPTIMIZE, why, size);
	return (p->code == NULL ? -1 : 0);
}

void
pattern_free(struct pattern *p)
{
	pcre2_code_free(p->code);
	p->code = NULL;
}
