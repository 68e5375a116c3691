/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The rules of the Messages API that a conversation can break: roles, the
 * pairing of calls and results, empty texts, too many cache marks.
 */
#include <string.h>

#include "regress/unit/agent_world.h"

static const char *
str(const json_t *o, const char *key)
{
	const char	*s = json_string_value(json_object_get(o, key));

	return (s != NULL ? s : "");
}

static const char *
check_block(const json_t *b, unsigned *marks)
{
	static const char *const types[] = { "text", "tool_use",
	    "tool_result", "thinking", "redacted_thinking", "server_tool_use",
	    "web_search_tool_result" };
	const char	*type = str(b, "type"), *s;
	unsigned	 i;

	for (i = 0; i < NELEM(types); i++)
		if (strcmp(type, types[i]) == 0)
			break;
	if (i == NELEM(types))
		return ("a block of unknown type");
	if (json_object_get(b, "cache_control") != NULL)
		(*marks)++;
	s = str(b, "text");
	if (strcmp(type, "text") == 0 && s[strspn(s, " \t\r\n")] == '\0')
		return ("text content blocks must be non-empty");
	if (strcmp(type, "tool_use") == 0 &&
	    !json_is_object(json_object_get(b, "input")))
		return ("input is not an object");
	if (strcmp(type, "thinking") == 0 && *str(b, "signature") == '\0')
		return ("thinking without signature");
	return (NULL);
}

static int
has_id(const json_t *content, const char *type, const char *key,
    const char *id)
{
	json_t	*b;
	size_t	 i;

	json_array_foreach(content, i, b)
		if (strcmp(str(b, "type"), type) == 0 &&
		    strcmp(str(b, key), id) == 0)
			return (1);
	return (0);
}

static int
has_type(const json_t *content, const char *type)
{
	json_t	*b;
	size_t	 i;

	json_array_foreach(content, i, b)
		if (strcmp(str(b, "type"), type) == 0)
			return (1);
	return (0);
}

/* Results only for calls of the message before, all of them, and first. */
static const char *
check_results(const json_t *before, const json_t *content)
{
	json_t	*b;
	size_t	 i;
	int	 other = 0;

	json_array_foreach(content, i, b) {
		if (strcmp(str(b, "type"), "tool_result") != 0) {
			other = 1;
			continue;
		}
		if (other)
			return ("a tool_result after other content");
		if (!has_id(before, "tool_use", "id", str(b, "tool_use_id")))
			return ("a tool_result without its tool_use");
	}
	json_array_foreach(before, i, b)
		if (strcmp(str(b, "type"), "tool_use") == 0 &&
		    !has_id(content, "tool_result", "tool_use_id",
		    str(b, "id")))
			return ("a tool_use without its tool_result");
	return (NULL);
}

static const char *
check_message(const json_t *m, const json_t *before, int user,
    unsigned *marks)
{
	const json_t	*c = json_object_get(m, "content");
	const char	*why;
	json_t		*b;
	size_t		 i;

	if (strcmp(str(m, "role"), user ? "user" : "assistant") != 0)
		return ("roles do not alternate");
	if (json_array_size(c) == 0)
		return ("a message without content");
	json_array_foreach(c, i, b) {
		if ((why = check_block(b, marks)) != NULL)
			return (why);
		if (user != (strcmp(str(b, "type"), "tool_result") == 0) &&
		    user != (strcmp(str(b, "type"), "text") == 0) && user)
			return ("a block of the wrong role");
		if (strcmp(str(b, "type"), "server_tool_use") == 0 &&
		    i + 1 < json_array_size(c) &&
		    !has_id(c, "web_search_tool_result", "tool_use_id",
		    str(b, "id")))
			return ("a search without its answer");
	}
	return (user ? check_results(before, c) : NULL);
}

const char *
request_check(const json_t *r)
{
	const json_t	*before = NULL;
	const char	*why;
	json_t		*m, *b;
	unsigned	 marks = 0;
	size_t		 i;

	if (!json_is_true(json_object_get(r, "stream")) ||
	    *str(r, "model") == '\0' ||
	    !json_is_integer(json_object_get(r, "max_tokens")))
		return ("model, stream or max_tokens");
	json_array_foreach(json_object_get(r, "tools"), i, b)
		if (json_object_get(b, "cache_control") != NULL)
			marks++;
	json_array_foreach(json_object_get(r, "system"), i, b)
		if ((why = check_block(b, &marks)) != NULL)
			return (why);
	json_array_foreach(json_object_get(r, "messages"), i, m) {
		if ((why = check_message(m, before, i % 2 == 0, &marks)) !=
		    NULL)
			return (why);
		before = json_object_get(m, "content");
	}
	if (i == 0)
		return ("no messages");
	/* Only a paused search goes back as it is. */
	if (i % 2 == 0 && !has_type(before, "server_tool_use"))
		return ("the conversation must end with a user message");
	return (marks > 4 ? "more than 4 cache marks" : NULL);
}
