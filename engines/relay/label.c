/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What a person sees of a tool call.  Linked by the relay; pure; the
 * arguments are the model's.
 */
#include <string.h>

#include <jansson.h>

#include "telclauded/lib/util.h"
#include "engines/relay/mediate.h"
#include "engines/relay/screen/filter.h"
#include "engines/relay/turn.h"
#include "engines/relay/update.h"

#define LABEL_DEPTH	64

static const char *const label_key[TOOL_MAX] = {
	[TOOL_READ] = "file_path",
	[TOOL_WRITE] = "file_path",
	[TOOL_EDIT] = "file_path",
	[TOOL_MULTIEDIT] = "file_path",
	[TOOL_GLOB] = "pattern",
	[TOOL_GREP] = "pattern",
	[TOOL_BASH] = "command",
	[TOOL_WEBSEARCH] = "query",
	[TOOL_WEBFETCH] = "url",
};

/*
 * The host of an address, as whoever fetches it finds it: a name before an @
 * is none.
 */
static const char *
host_of(const char *url, char *dst, size_t size)
{
	const char	*p = strstr(url, "://"), *at;
	size_t		 n;

	p = p == NULL ? url : p + 3;
	n = strcspn(p, "/?#\\");
	for (at = p + n; at > p && at[-1] != '@'; at--)
		;
	n -= (size_t)(at - p);
	n = utf8_prefix(at, n, MINIMUM(n, size - 1));
	memcpy(dst, at, n);
	dst[n] = '\0';
	return (dst);
}

/* First words of it, without what looks like a credential. */
static void
label_words(enum tool tool, const char *s, char *dst, size_t size)
{
	struct buf	b;
	char		words[80];

	buf_init(&b);
	(void)filter_text(s, strlen(s), &b);
	if (!b.failed)
		(void)str_format(dst, size, "%s %s", tool_name(tool),
		    turn_excerpt(b.p, b.len, words, sizeof(words)));
	buf_free(&b);
}

int
call_label(enum tool tool, const char *args, size_t len, char *dst,
    size_t size)
{
	char		 host[256];
	const char	*s, *base;
	json_t		*o;

	(void)str_copy(dst, tool_name(tool), size);
	if (json_too_deep(args, len, LABEL_DEPTH) ||
	    (o = json_loadb(args, len, JSON_ALLOW_NUL, NULL)) == NULL)
		return (-1);
	if (!json_is_object(o)) {
		json_decref(o);
		return (-1);
	}
	s = label_key[tool] == NULL ? NULL :
	    json_string_value(json_object_get(o, label_key[tool]));
	if (s != NULL && *s != '\0') {
		if (strcmp(label_key[tool], "file_path") == 0 &&
		    (base = strrchr(s, '/')) != NULL && base[1] != '\0')
			s = base + 1;
		if (tool == TOOL_WEBFETCH)
			s = host_of(s, host, sizeof(host));
		if (*s != '\0')
			label_words(tool, s, dst, size);
	}
	json_decref(o);
	return (0);
}
