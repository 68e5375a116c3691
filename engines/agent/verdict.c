/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What an answer that is no answer means: ask again, make room, or give up.
 * Pure; status, type and text are the server's.
 */
#include <string.h>
#include <strings.h>

#include "engines/agent/agent.h"

static int
is_too_long(const char *type, const char *text)
{
	static const char *const words[] = { "prompt is too long",
	    "context window", "context limit", "too many total text bytes" };
	unsigned	 i;

	if (strcmp(type, "request_too_large") == 0)
		return (1);
	if (strcmp(type, "invalid_request_error") != 0)
		return (0);
	for (i = 0; i < NELEM(words); i++)
		if (strcasestr(text, words[i]) != NULL)
			return (1);
	return (0);
}

/* Nothing is wrong with such a request but who pays for it. */
static int
is_unpaid(const char *type, const char *text)
{
	return (strcmp(type, "invalid_request_error") == 0 &&
	    strcasestr(text, "credit balance") != NULL);
}

enum verdict
verdict_status(unsigned status, const char *type, const char *text,
    enum turn_outcome *out)
{
	static const struct {
		const char		*type;
		unsigned		 status;
		enum verdict		 v;
		enum turn_outcome	 out;
	} rows[] = {
		{ "authentication_error", 401, V_FATAL, TO_KEY },
		{ "permission_error", 403, V_FATAL, TO_ACCOUNT },
		{ "billing_error", 402, V_FATAL, TO_ACCOUNT },
		{ "not_found_error", 404, V_FATAL, TO_MODEL },
		{ "rate_limit_error", 429, V_RETRY, TO_RATE },
		{ "overloaded_error", 529, V_RETRY, TO_BUSY },
		{ "overloaded_error", 503, V_RETRY, TO_BUSY },
		{ "timeout_error", 408, V_RETRY, TO_SERVER },
		{ "conflict_error", 409, V_RETRY, TO_SERVER },
		{ "api_error", 500, V_RETRY, TO_SERVER },
		{ "broken_stream", 0, V_RETRY, TO_SERVER },
	};
	unsigned	 i;

	*out = TO_SERVER;
	if (is_too_long(type, text) || status == 413) {
		*out = TO_CONTEXT;
		return (V_CONTEXT);
	}
	if (is_unpaid(type, text)) {
		*out = TO_ACCOUNT;
		return (V_FATAL);
	}
	for (i = 0; i < NELEM(rows); i++)
		if ((status == 200 && strcmp(type, rows[i].type) == 0) ||
		    (status != 200 && status == rows[i].status)) {
			*out = rows[i].out;
			return (rows[i].v);
		}
	return (status >= 500 ? V_RETRY : V_FATAL);
}
