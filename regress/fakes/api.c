/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * fakeapi: a Messages API server for tests.  -K KEY is the key it takes (as
 * x-api-key, or as Bearer with the OAuth beta), -r FILE holds rules.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "regress/fakes/api.h"

#define REQUEST_MAX	(32 * 1024 * 1024)

char		*api_key;
json_t		*api_last;
uint64_t	 api_requests;

static json_t *
api_error(int status, int retry_after, const char *why)
{
	static const struct { int status; const char *type, *why; } t[] = {
		{ 400, "invalid_request_error", "Bad request" },
		{ 401, "authentication_error", "invalid x-api-key" },
		{ 402, "billing_error", "payment required" },
		{ 403, "permission_error", "not permitted" },
		{ 404, "not_found_error", "Not found" },
		{ 409, "conflict_error", "Conflict" },
		{ 413, "request_too_large",
		    "Request exceeds the maximum size" },
		{ 429, "rate_limit_error", "This request would exceed your "
		    "organization's rate limit" },
		{ 500, "api_error", "Internal server error" },
		{ 503, "api_error", "Service unavailable" },
		{ 529, "overloaded_error", "Overloaded" },
	};
	const char	*type = "api_error";
	char		 id[40];
	size_t		 i;

	(void)retry_after;
	for (i = 0; i < NELEM(t); i++)
		if (t[i].status == status) {
			type = t[i].type;
			if (why == NULL)
				why = t[i].why;
		}
	api_id(id, sizeof(id), "req_011C");
	return (json_pack("{s:s,s:{s:s,s:s},s:s}", "type", "error", "error",
	    "type", type, "message", why != NULL ? why : "error",
	    "request_id", id));
}

static void
refuse(struct req *r, int status, int hard, const char *why)
{
	if (hard)
		failure(r, "%s", why);
	out_json(r, status, api_error(status, 0, why));
}

/* 0, or the status to refuse with. */
static int
auth(struct req *r, const char **why, int *hard)
{
	const char	*key, *bearer, *v, *beta;

	v = req_header(r, "anthropic-version");
	key = req_header(r, "x-api-key");
	bearer = req_header(r, "Authorization");
	beta = req_header(r, "anthropic-beta");
	*hard = 1;
	if (v == NULL || (strcmp(v, "2023-06-01") != 0 &&
	    strcmp(v, "2026-10-21") != 0)) {
		*why = "anthropic-version: header is required";
		return (400);
	}
	if ((key == NULL) == (bearer == NULL)) {
		*why = "x-api-key header is required";
		return (401);
	}
	/* API keys may come as Bearer since version 2026-10-21; what claude
	 * login makes needs its beta header. */
	if (bearer != NULL && strncmp(bearer, "Bearer sk-ant-api", 17) != 0 &&
	    (beta == NULL || strstr(beta, "oauth-2025-04-20") == NULL)) {
		*why = "OAuth authentication is currently not supported.";
		return (401);
	}
	*hard = 0;
	*why = "invalid x-api-key";
	if (key != NULL)
		return (strcmp(key, api_key) == 0 ? 0 : 401);
	return (strncmp(bearer, "Bearer ", 7) == 0 &&
	    strcmp(bearer + 7, api_key) == 0 ? 0 : 401);
}

static json_t *
body_of(struct req *r, const char **why)
{
	static char	 text[256];
	json_error_t	 err;
	const char	*type;
	json_t		*j;

	if ((type = req_header(r, "Content-Type")) == NULL ||
	    strncmp(type, "application/json", 16) != 0) {
		*why = "content-type: Only `application/json` is supported";
		return (NULL);
	}
	j = json_loadb((char *)evbuffer_pullup(r->body, -1),
	    evbuffer_get_length(r->body), JSON_REJECT_DUPLICATES, &err);
	if (j == NULL) {
		snprintf(text, sizeof(text),
		    "The request body is not valid JSON: %s", err.text);
		*why = text;
	}
	return (j);
}

static void
messages(struct req *r)
{
	const char	*why = NULL;
	char		 text[512];
	json_t		*body, *rule;
	char		*dump;
	int		 status, hard;

	++api_requests;
	body = body_of(r, &why);
	record_req(r, body);
	control_kick();
	dump = body != NULL ? json_dumps(body, JSON_COMPACT) : NULL;
	fault_take(r, dump);
	free(dump);
	json_decref(api_last);
	api_last = json_incref(body);
	if (fault_before(r)) {
		json_decref(body);
		return;
	}
	if (body == NULL)
		refuse(r, 400, 1, why);
	else if ((status = auth(r, &why, &hard)) != 0)
		refuse(r, status, hard, why);
	else if (evbuffer_get_length(r->body) > REQUEST_MAX)
		refuse(r, 413, 1, "Request exceeds the maximum size");
	else if (api_check(body, text, sizeof(text)) == -1)
		refuse(r, 400, 1, text);
	else {
		rule = api_script(body);
		api_answer(r, body, rule);
		json_decref(rule);
	}
	json_decref(body);
}

static void
count_tokens(struct req *r)
{
	const char	*why = NULL;
	int		 status, hard;

	record_req(r, NULL);
	if ((status = auth(r, &why, &hard)) != 0)
		refuse(r, status, hard, why);
	else
		out_json(r, 200, json_pack("{s:i}", "input_tokens",
		    (int)(evbuffer_get_length(r->body) / 4)));
}

static void
model(struct req *r, const char *id)
{
	const char	*why = NULL;
	int		 status, hard;

	record_req(r, NULL);
	if ((status = auth(r, &why, &hard)) != 0)
		refuse(r, status, hard, why);
	else
		out_json(r, 200, json_pack("{s:s,s:s,s:s,s:s}", "type",
		    "model", "id", id, "display_name", id, "created_at",
		    "2026-02-01T00:00:00Z"));
}

static void
api_handle(struct req *r)
{
	if (strcmp(r->path, "/v1/messages") == 0 &&
	    strcmp(r->verb, "POST") == 0) {
		snprintf(r->name, sizeof(r->name), "messages");
		messages(r);
	} else if (strcmp(r->path, "/v1/messages/count_tokens") == 0) {
		snprintf(r->name, sizeof(r->name), "count_tokens");
		count_tokens(r);
	} else if (strncmp(r->path, "/v1/models/", 11) == 0) {
		snprintf(r->name, sizeof(r->name), "models");
		model(r, r->path + 11);
	} else
		refuse(r, 404, 1, "Not found");
}

static int
api_opt(int ch, const char *arg)
{
	json_error_t	 err;
	json_t		*j;

	if (ch == 'K') {
		free(api_key);
		return ((api_key = strdup(arg)) != NULL ? 0 : -1);
	}
	if (ch != 'r')
		return (-1);
	if ((j = json_load_file(arg, 0, &err)) == NULL) {
		fprintf(stderr, "%s:%d: %s\n", arg, err.line, err.text);
		return (-1);
	}
	api_rules_set(j);
	return (0);
}

int
main(int argc, char **argv)
{
	static const struct server s = { "api", api_handle, api_control,
	    api_ready, api_error, "K:r:", api_opt };

	if ((api_key = strdup("sk-ant-api03-fake")) == NULL)
		return (2);
	return (fake_main(&s, argc, argv));
}
