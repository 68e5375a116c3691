/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * When to ask the server again, and whether to: pure functions.
 */
#include <string.h>
#include <strings.h>

#include "engines/agent/agent.h"

#define FIRST_MS	500
#define MOST_MS		60000
#define PATIENCE_MS	(15 * 60 * 1000)

/* tries: failures in a row, from 1.  The jitter spreads chats that failed
 * together; what the server asks for is the least. */
uint32_t
backoff_ms(unsigned tries, uint32_t retry_ms, uint32_t random)
{
	uint32_t	 ms;

	ms = tries > 8 ? MOST_MS : FIRST_MS << (tries > 0 ? tries - 1 : 0);
	ms = MINIMUM(ms, (uint32_t)MOST_MS);
	ms = ms / 2 + random % (ms / 2 + 1);
	if (retry_ms > PATIENCE_MS)
		retry_ms = PATIENCE_MS;
	if (retry_ms > 0 && ms < retry_ms)
		ms = retry_ms + random % 250;
	return (ms);
}

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
		{ "permission_error", 403, V_FATAL, TO_KEY },
		{ "billing_error", 402, V_FATAL, TO_KEY },
		{ "not_found_error", 404, V_FATAL, TO_SERVER },
		{ "rate_limit_error", 429, V_RETRY, TO_BUSY },
		{ "overloaded_error", 529, V_RETRY, TO_BUSY },
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
	for (i = 0; i < NELEM(rows); i++)
		if ((status == 200 && strcmp(type, rows[i].type) == 0) ||
		    (status != 200 && status == rows[i].status)) {
			*out = rows[i].out;
			return (rows[i].v);
		}
	return (status >= 500 ? V_RETRY : V_FATAL);
}
