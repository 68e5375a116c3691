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
#include "engines/relay/ask/cardtext.h"
#include "engines/relay/call/mediate.h"
#include "engines/relay/screen/filter.h"
#include "engines/relay/turn/turn.h"

#define LABEL_PATH	44	/* bytes; of more, the end */

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

/* A path as one knows it: below the workspace, and rather its end. */
static void
label_path(enum tool tool, const char *root, const char *s, char *dst,
    size_t size)
{
	struct buf	 b;
	char		 path[1024];
	const char	*p = path, *slash;
	size_t		 n = strlen(root);

	if (n > 0 && strncmp(s, root, n) == 0 && s[n] == '/' &&
	    s[n + 1] != '\0')
		s += n + 1;
	buf_init(&b);
	(void)filter_text(s, strlen(s), &b);
	if (b.failed) {
		buf_free(&b);
		return;
	}
	(void)turn_excerpt(b.p, b.len, path, sizeof(path));
	buf_free(&b);
	n = strlen(path);
	if (n > LABEL_PATH) {
		p += n - LABEL_PATH;
		/* From a name on; else from a character on. */
		if ((slash = strchr(p, '/')) != NULL && slash[1] != '\0')
			p = slash;
		while (((unsigned char)*p & 0xc0) == 0x80)
			p++;
	}
	(void)str_format(dst, size, "%s %s%s", tool_name(tool),
	    p > path ? "\xe2\x80\xa6" : "", p);
}

/* --- lines that come and go -------------------------------------------- */
static void
count_edit(const json_t *o, size_t *plus, size_t *minus)
{
	const json_t	*from = json_object_get(o, "old_string");
	const json_t	*to = json_object_get(o, "new_string");

	if (json_is_string(from) && json_is_string(to))
		action_lines(from, to, plus, minus);
}

static void
label_lines(enum tool tool, const json_t *o, char *dst, size_t size)
{
	const json_t	*v, *e;
	const char	*s;
	size_t		 plus = 0, minus = 0, i, n;

	if (tool == TOOL_EDIT)
		count_edit(o, &plus, &minus);
	else if (tool == TOOL_MULTIEDIT) {
		v = json_object_get(o, "edits");
		json_array_foreach(v, i, e)
			count_edit(e, &plus, &minus);
	} else if (tool == TOOL_WRITE) {
		v = json_object_get(o, "content");
		s = json_string_value(v);
		for (i = 0, n = json_string_length(v); i < n; i++)
			plus += s[i] == '\n' || i + 1 == n;
	}
	n = strlen(dst);
	if (plus > 0)
		(void)str_format(dst + n, size - n, " +%zu", plus);
	n = strlen(dst);
	if (minus > 0)
		(void)str_format(dst + n, size - n, " \xe2\x88\x92%zu",
		    minus);
}

int
call_label(enum tool tool, const char *root, const char *args, size_t len,
    char *dst, size_t size)
{
	char		 host[256];
	const char	*s;
	json_t		*o;

	(void)str_copy(dst, tool_name(tool), size);
	if (json_too_deep(args, len, JSON_DEPTH) ||
	    (o = json_loadb(args, len, JSON_ALLOW_NUL, NULL)) == NULL)
		return (-1);
	if (!json_is_object(o)) {
		json_decref(o);
		return (-1);
	}
	s = label_key[tool] == NULL ? NULL :
	    json_string_value(json_object_get(o, label_key[tool]));
	if (s != NULL && *s != '\0') {
		if (tool == TOOL_WEBFETCH)
			s = host_of(s, host, sizeof(host));
		if (strcmp(label_key[tool], "file_path") == 0) {
			label_path(tool, root, s, dst, size);
			label_lines(tool, o, dst, size);
		} else if (*s != '\0')
			label_words(tool, s, dst, size);
	}
	json_decref(o);
	return (0);
}
