/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The top level of a Messages request: fields, types, bounds.
 */
#include <stdio.h>
#include <string.h>

#include "regress/fakes/api.h"

unsigned	 api_breakpoints;

int
api_cache_control(const json_t *block, char *why, size_t size)
{
	static const struct field f[] = {
		{ "type", FT_STR, F_REQ }, { "ttl", FT_STR, 0 },
	};
	const json_t	*c = json_object_get(block, "cache_control");
	const char	*ttl;
	char		 w[128];

	if (c == NULL || json_is_null(c))
		return (0);
	ttl = jstr(c, "ttl");
	if (fields_check(c, f, NELEM(f), w, sizeof(w)) == -1) {
		snprintf(why, size, "cache_control.%s", w);
		return (-1);
	}
	if (strcmp(jstr(c, "type"), "ephemeral") != 0 ||
	    (ttl[0] != '\0' && strcmp(ttl, "5m") != 0 &&
	    strcmp(ttl, "1h") != 0)) {
		snprintf(why, size, "cache_control: unknown type or ttl");
		return (-1);
	}
	if (++api_breakpoints > 4) {
		snprintf(why, size, "A maximum of 4 blocks with cache_control "
		    "may be provided. Found %u.", api_breakpoints);
		return (-1);
	}
	return (0);
}

int
api_system_check(const json_t *v, char *why, size_t size)
{
	static const struct field f[] = {
		{ "type", FT_STR, F_REQ }, { "text", FT_STR, F_REQ },
		{ "cache_control", FT_OBJ, F_NULL },
		{ "citations", FT_ARR, F_NULL },
	};
	json_t	*b;
	char	 w[200];
	size_t	 i;

	json_array_foreach(v, i, b) {
		if (fields_check(b, f, NELEM(f), w, sizeof(w)) == -1 ||
		    api_cache_control(b, w, sizeof(w)) == -1) {
			snprintf(why, size, "system.%zu.%s", i, w);
			return (-1);
		}
		if (strcmp(jstr(b, "type"), "text") != 0 ||
		    jstr(b, "text")[0] == '\0') {
			snprintf(why, size,
			    "system: text content blocks must be non-empty");
			return (-1);
		}
	}
	return (0);
}

static int
custom_tool(const json_t *t, char *why, size_t size)
{
	static const struct field f[] = {
		{ "name", FT_STR, F_REQ }, { "input_schema", FT_OBJ, F_REQ },
		{ "description", FT_STR, 0 }, { "type", FT_STR, F_NULL },
		{ "cache_control", FT_OBJ, F_NULL }, { "strict", FT_BOOL, 0 },
		{ "eager_input_streaming", FT_BOOL, F_NULL },
		{ "input_examples", FT_ARR, 0 },
		{ "defer_loading", FT_BOOL, 0 },
		{ "allowed_callers", FT_ARR, 0 },
	};
	const char	*n = jstr(t, "name");
	const json_t	*s;

	if (fields_check(t, f, NELEM(f), why, size) == -1)
		return (-1);
	s = json_object_get(t, "input_schema");
	if (n[0] == '\0' || strlen(n) > 128 || strspn(n, "abcdefghijklmnopqr"
	    "stuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") != strlen(n)) {
		snprintf(why, size, "name: String should match pattern "
		    "'^[a-zA-Z0-9_-]{1,128}$'");
		return (-1);
	}
	if (strcmp(jstr(s, "type"), "object") != 0) {
		snprintf(why, size, "input_schema.type: Field required");
		return (-1);
	}
	return (0);
}

static int
server_tool(const json_t *t, char *why, size_t size)
{
	static const struct field f[] = {
		{ "name", FT_STR, F_REQ }, { "type", FT_STR, F_REQ },
		{ "max_uses", FT_INT, F_NULL },
		{ "allowed_domains", FT_ARR, F_NULL },
		{ "blocked_domains", FT_ARR, F_NULL },
		{ "user_location", FT_OBJ, F_NULL },
		{ "cache_control", FT_OBJ, F_NULL }, { "strict", FT_BOOL, 0 },
		{ "allowed_callers", FT_ARR, 0 },
		{ "defer_loading", FT_BOOL, 0 },
	};
	static const char *const known[] = { "web_search_20250305",
	    "web_search_20260209" };
	size_t	 i;

	if (fields_check(t, f, NELEM(f), why, size) == -1)
		return (-1);
	for (i = 0; i < NELEM(known); i++)
		if (strcmp(jstr(t, "type"), known[i]) == 0 &&
		    strcmp(jstr(t, "name"), "web_search") == 0)
			return (0);
	snprintf(why, size, "unknown tool type %.60s", jstr(t, "type"));
	return (-1);
}

static int
tools_check(const json_t *v, char *why, size_t size)
{
	json_t		*t, *u;
	const char	*type;
	char		 w[200];
	size_t		 i, k;
	int		 rv;

	json_array_foreach(v, i, t) {
		type = jstr(t, "type");
		rv = type[0] == '\0' || strcmp(type, "custom") == 0 ?
		    custom_tool(t, w, sizeof(w)) :
		    server_tool(t, w, sizeof(w));
		if (rv == -1 || api_cache_control(t, w, sizeof(w)) == -1) {
			snprintf(why, size, "tools.%zu.%s", i, w);
			return (-1);
		}
		for (k = 0; k < i; k++) {
			u = json_array_get(v, k);
			if (strcmp(jstr(t, "name"), jstr(u, "name")) == 0) {
				snprintf(why, size,
				    "tools: Tool names must be unique.");
				return (-1);
			}
		}
	}
	return (0);
}

static int
thinking_check(const json_t *b, char *why, size_t size)
{
	static const struct field f[] = {
		{ "type", FT_STR, F_REQ }, { "budget_tokens", FT_INT, 0 },
		{ "display", FT_STR, F_NULL },
	};
	const json_t	*t = json_object_get(b, "thinking");
	const char	*type;
	int64_t		 n;

	if (t == NULL)
		return (0);
	if (fields_check(t, f, NELEM(f), why, size) == -1)
		return (-1);
	type = jstr(t, "type");
	n = jint(t, "budget_tokens", 0);
	if (strcmp(type, "enabled") == 0) {
		if (n >= 1024 && n < jint(b, "max_tokens", 0))
			return (0);
		snprintf(why, size, "`max_tokens` must be greater than "
		    "`thinking.budget_tokens`, and that at least 1024");
		return (-1);
	}
	if ((strcmp(type, "disabled") != 0 && strcmp(type, "adaptive") != 0 &&
	    strcmp(type, "between_tools") != 0) || n != 0) {
		snprintf(why, size, "thinking: unknown type or a budget");
		return (-1);
	}
	return (0);
}

int
api_check(const json_t *b, char *why, size_t size)
{
	static const struct field f[] = {
		{ "model", FT_STR, F_REQ }, { "messages", FT_ARR, F_REQ },
		{ "max_tokens", FT_INT, F_REQ }, { "system", FT_TEXTS, 0 },
		{ "stream", FT_BOOL, 0 }, { "stop_sequences", FT_ARR, 0 },
		{ "tools", FT_ARR, 0 }, { "tool_choice", FT_OBJ, 0 },
		{ "thinking", FT_OBJ, 0 }, { "metadata", FT_OBJ, 0 },
		{ "service_tier", FT_STR, 0 }, { "output_config", FT_OBJ, 0 },
		{ "cache_control", FT_OBJ, F_NULL },
		{ "container", FT_ANY, F_NULL },
		{ "inference_geo", FT_STR, F_NULL },
		{ "context_management", FT_OBJ, F_NULL },
	};

	api_breakpoints = 0;
	if (fields_check(b, f, NELEM(f), why, size) == -1 ||
	    api_cache_control(b, why, size) == -1 ||
	    tools_check(json_object_get(b, "tools"), why, size) == -1 ||
	    api_system_check(json_object_get(b, "system"), why, size) == -1 ||
	    thinking_check(b, why, size) == -1)
		return (-1);
	if (jint(b, "max_tokens", 0) < 1) {
		snprintf(why, size, "max_tokens: Input should be greater than "
		    "or equal to 1");
		return (-1);
	}
	if (strncmp(jstr(b, "model"), "claude-", 7) != 0) {
		snprintf(why, size, "model: %.80s", jstr(b, "model"));
		return (-1);
	}
	return (api_messages_check(json_object_get(b, "messages"), why, size));
}
