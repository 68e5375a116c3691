/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The messages of a request: roles in turn, every block's fields, and each
 * tool_use answered by one tool_result in the very next message.
 */
#include <stdio.h>
#include <string.h>

#include "regress/fakes/api.h"

#define CC	{ "cache_control", FT_OBJ, F_NULL }

static const struct field f_text[] = {
	{ "type", FT_STR, F_REQ }, { "text", FT_STR, F_REQ }, CC,
	{ "citations", FT_ARR, F_NULL },
};
static const struct field f_image[] = {
	{ "type", FT_STR, F_REQ }, { "source", FT_OBJ, F_REQ }, CC,
};
static const struct field f_document[] = {
	{ "type", FT_STR, F_REQ }, { "source", FT_OBJ, F_REQ }, CC,
	{ "title", FT_STR, F_NULL }, { "context", FT_STR, F_NULL },
	{ "citations", FT_OBJ, F_NULL },
};
static const struct field f_result[] = {
	{ "type", FT_STR, F_REQ }, { "tool_use_id", FT_STR, F_REQ }, CC,
	{ "content", FT_TEXTS, 0 }, { "is_error", FT_BOOL, 0 },
};
static const struct field f_use[] = {
	{ "type", FT_STR, F_REQ }, { "id", FT_STR, F_REQ },
	{ "name", FT_STR, F_REQ }, { "input", FT_OBJ, F_REQ }, CC,
	{ "caller", FT_OBJ, 0 },
};
static const struct field f_thinking[] = {
	{ "type", FT_STR, F_REQ }, { "thinking", FT_STR, F_REQ },
	{ "signature", FT_STR, F_REQ },
};
static const struct field f_redacted[] = {
	{ "type", FT_STR, F_REQ }, { "data", FT_STR, F_REQ },
};
static const struct field f_search[] = {
	{ "type", FT_STR, F_REQ }, { "tool_use_id", FT_STR, F_REQ },
	{ "content", FT_ANY, F_REQ }, CC, { "caller", FT_OBJ, 0 },
};

#define USER	1
#define ASSIST	2
#define RESULT	4		/* inside a tool_result */
static const struct {
	const char		*type;
	const struct field	*f;
	size_t			 n;
	int			 where;
} blocks[] = {
	{ "text", f_text, NELEM(f_text), USER | ASSIST | RESULT },
	{ "image", f_image, NELEM(f_image), USER | RESULT },
	{ "document", f_document, NELEM(f_document), USER | RESULT },
	{ "tool_result", f_result, NELEM(f_result), USER },
	{ "tool_use", f_use, NELEM(f_use), ASSIST },
	{ "server_tool_use", f_use, NELEM(f_use), ASSIST },
	{ "web_search_tool_result", f_search, NELEM(f_search), ASSIST },
	{ "thinking", f_thinking, NELEM(f_thinking), ASSIST },
	{ "redacted_thinking", f_redacted, NELEM(f_redacted), ASSIST },
};

static int
source_check(const json_t *b, char *why, size_t size)
{
	static const struct field f[] = {
		{ "type", FT_STR, F_REQ }, { "media_type", FT_STR, F_REQ },
		{ "data", FT_STR, F_REQ },
	};
	static const char *const media[] = { "image/jpeg", "image/png",
	    "image/gif", "image/webp", "application/pdf", "text/plain" };
	const json_t	*s = json_object_get(b, "source");
	size_t		 i;

	if (fields_check(s, f, NELEM(f), why, size) == -1)
		return (-1);
	for (i = 0; i < NELEM(media); i++)
		if (strcmp(jstr(s, "media_type"), media[i]) == 0 &&
		    (i < 4) == (strcmp(jstr(b, "type"), "image") == 0) &&
		    strcmp(jstr(s, "type"), i == 5 ? "text" : "base64") == 0 &&
		    jstr(s, "data")[0] != '\0')
			return (0);
	snprintf(why, size, "source: bad type, media_type or data");
	return (-1);
}

static int	 block_check(const json_t *, int, char *, size_t);

/* What a type asks beyond its fields. */
static int
block_more(const json_t *b, const char *type, char *why, size_t size)
{
	char	 sig[80];
	json_t	*in;
	size_t	 i;

	if (strcmp(type, "text") == 0 && jstr(b, "text")[0] == '\0') {
		snprintf(why, size, "text content blocks must be non-empty");
		return (-1);
	}
	if (strcmp(type, "image") == 0 || strcmp(type, "document") == 0)
		return (source_check(b, why, size));
	if (strcmp(type, "tool_result") == 0) {
		json_array_foreach(json_object_get(b, "content"), i, in)
			if (block_check(in, RESULT, why, size) == -1)
				return (-1);
	}
	if (strcmp(type, "tool_use") == 0 && !api_issued_same(b)) {
		snprintf(why, size, "tool_use %.40s is not as it was made",
		    jstr(b, "id"));
		return (-1);
	}
	if (strcmp(type, "thinking") == 0) {
		api_signature(jstr(b, "thinking"), sig, sizeof(sig));
		if (strcmp(sig, jstr(b, "signature")) != 0) {
			snprintf(why, size,
			    "Invalid `signature` in `thinking` block");
			return (-1);
		}
	}
	return (0);
}

static int
block_check(const json_t *b, int where, char *why, size_t size)
{
	const char	*type = jstr(b, "type");
	size_t		 i;

	for (i = 0; i < NELEM(blocks); i++) {
		if (strcmp(blocks[i].type, type) != 0)
			continue;
		if (!(blocks[i].where & where))
			break;
		if (fields_check(b, blocks[i].f, blocks[i].n, why, size) == -1)
			return (-1);
		if (api_cache_control(b, why, size) == -1)
			return (-1);
		return (block_more(b, type, why, size));
	}
	snprintf(why, size, "type: %.40s is not allowed here", type);
	return (-1);
}

static int
has_block(const json_t *content, const char *type, const char *key,
    const char *id)
{
	json_t	*b;
	size_t	 i;
	int	 n = 0;

	if (json_is_array(content))
		json_array_foreach(content, i, b)
			if (strcmp(jstr(b, "type"), type) == 0 &&
			    (id == NULL || strcmp(jstr(b, key), id) == 0))
				n++;
	return (n);
}

/* Calls of message i and results of message i + 1 must match one to one, and
 * the results come before anything else. */
static int
pairs_check(const json_t *use, const json_t *res, size_t i, char *why,
    size_t size)
{
	json_t		*b;
	const char	*type;
	size_t		 k;
	int		 other = 0;

	if (json_is_array(use))
		json_array_foreach(use, k, b)
			if (strcmp(jstr(b, "type"), "tool_use") == 0 &&
			    has_block(res, "tool_result", "tool_use_id",
			    jstr(b, "id")) != 1) {
				snprintf(why, size, "messages.%zu: `tool_use` "
				    "ids were found without `tool_result` "
				    "blocks immediately after: %s", i,
				    jstr(b, "id"));
				return (-1);
			}
	if (!json_is_array(res))
		return (0);
	json_array_foreach(res, k, b) {
		type = jstr(b, "type");
		if (strcmp(type, "tool_result") != 0) {
			other = 1;
			continue;
		}
		if (other || has_block(use, "tool_use", "id",
		    jstr(b, "tool_use_id")) != 1) {
			snprintf(why, size, "messages.%zu.content.%zu: "
			    "unexpected `tool_use_id` found in `tool_result` "
			    "blocks: %s", i + 1, k, jstr(b, "tool_use_id"));
			return (-1);
		}
	}
	return (0);
}

static int
message_check(const json_t *m, size_t i, char *why, size_t size)
{
	static const struct field f[] = {
		{ "role", FT_STR, F_REQ }, { "content", FT_TEXTS, F_REQ },
	};
	const json_t	*c = json_object_get(m, "content");
	char		 w[300];
	json_t		*b;
	size_t		 k;
	int		 user = i % 2 == 0;

	if (fields_check(m, f, NELEM(f), w, sizeof(w)) == -1) {
		snprintf(why, size, "messages.%zu.%s", i, w);
		return (-1);
	}
	if (strcmp(jstr(m, "role"), user ? "user" : "assistant") != 0) {
		snprintf(why, size, "messages: roles must alternate between "
		    "\"user\" and \"assistant\", beginning with user (%zu is "
		    "%.20s)", i, jstr(m, "role"));
		return (-1);
	}
	if ((json_is_string(c) && json_string_length(c) == 0) ||
	    (json_is_array(c) && json_array_size(c) == 0)) {
		snprintf(why, size, "messages.%zu: all messages must have "
		    "non-empty content", i);
		return (-1);
	}
	if (json_is_array(c))
		json_array_foreach(c, k, b)
			if (block_check(b, user ? USER : ASSIST, w,
			    sizeof(w)) == -1) {
				snprintf(why, size, "messages.%zu.content.%zu."
				    "%s: %s", i, k, jstr(b, "type"), w);
				return (-1);
			}
	return (0);
}

int
api_messages_check(const json_t *v, char *why, size_t size)
{
	const json_t	*prev = NULL, *c;
	json_t		*m;
	size_t		 i, n = json_array_size(v);

	if (n == 0) {
		snprintf(why, size, "messages: at least one message is "
		    "required");
		return (-1);
	}
	json_array_foreach(v, i, m) {
		if (message_check(m, i, why, size) == -1)
			return (-1);
		c = json_object_get(m, "content");
		if (pairs_check(prev, c, i - (i > 0), why, size) == -1)
			return (-1);
		prev = c;
	}
	if (pairs_check(prev, NULL, n - 1, why, size) == -1)
		return (-1);
	return (0);
}
