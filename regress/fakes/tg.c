/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * faketg: a Bot API server for tests, stricter than the real one.  -T TOKEN
 * is the bot's token, -b NAME its user name.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "regress/fakes/tg.h"

char	*tg_token;
int	 tg_revoked;
char	 tg_missing[48];
json_t	*tg_bot;

static struct { char name[48]; uint64_t n; } counts[64];

uint64_t *
tg_count(const char *what)
{
	size_t	 i;

	for (i = 0; i < NELEM(counts) - 1 && counts[i].name[0] != '\0'; i++)
		if (strcmp(counts[i].name, what) == 0)
			return (&counts[i].n);
	snprintf(counts[i].name, sizeof(counts[i].name), "%s", what);
	return (&counts[i].n);
}

json_t *
tg_counts(void)
{
	json_t	*j = json_object();
	size_t	 i;

	for (i = 0; i < NELEM(counts) && counts[i].name[0] != '\0'; i++)
		json_object_set_new(j, counts[i].name,
		    json_integer((json_int_t)counts[i].n));
	return (j);
}

void
tgerr(struct tgerr *e, int status, int hard, const char *fmt, ...)
{
	va_list	 ap;

	e->status = status;
	e->hard = hard;
	va_start(ap, fmt);
	vsnprintf(e->why, sizeof(e->why), fmt, ap);
	va_end(ap);
}

static json_t *
tg_error(int status, int retry_after, const char *why)
{
	static const struct { int status; const char *why; } t[] = {
		{ 400, "Bad Request" }, { 401, "Unauthorized" },
		{ 403, "Forbidden: bot was blocked by the user" },
		{ 404, "Not Found" },
		{ 409, "Conflict: terminated by other getUpdates request; "
		    "make sure that only one bot instance is running" },
		{ 500, "Internal Server Error" }, { 502, "Bad Gateway" },
	};
	size_t	 i;

	if (status == 429)
		return (json_pack("{s:b,s:i,s:o,s:{s:i}}", "ok", 0,
		    "error_code", 429, "description", json_sprintf(
		    "Too Many Requests: retry after %d", retry_after),
		    "parameters", "retry_after", retry_after));
	for (i = 0; why == NULL && i < NELEM(t); i++)
		if (t[i].status == status)
			why = t[i].why;
	return (json_pack("{s:b,s:i,s:s}", "ok", 0, "error_code", status,
	    "description", why != NULL ? why : "Internal Server Error"));
}

static void
refuse(struct req *r, const struct tgerr *e)
{
	if (e->hard)
		failure(r, "%s", e->why);
	else
		++*tg_count(e->why);
	out_json(r, e->status, tg_error(e->status, e->retry_after, e->why));
}

/* The arguments: JSON, and forms where there is a file. */
static json_t *
arguments(struct req *r, struct tgerr *e)
{
	json_error_t	 err;
	const char	*type, *why;
	json_t		*j;
	size_t		 n = evbuffer_get_length(r->body);

	if (r->query != NULL) {
		tgerr(e, 400, 1, "Bad Request: arguments in the URL");
		return (NULL);
	}
	if (n == 0)
		return (json_object());
	type = req_header(r, "Content-Type");
	if (type != NULL && strncmp(type, "multipart/form-data; ", 21) == 0) {
		j = tg_form(type, (char *)evbuffer_pullup(r->body, -1), n,
		    &why);
		if (j == NULL)
			tgerr(e, 400, 1, "Bad Request: form: %s", why);
		return (j);
	}
	if (type == NULL ||
	    strncmp(type, "application/json", 16) != 0) {
		tgerr(e, 400, 1, "Bad Request: Content-Type is %s",
		    type != NULL ? type : "missing");
		return (NULL);
	}
	j = json_loadb((char *)evbuffer_pullup(r->body, -1), n,
	    JSON_REJECT_DUPLICATES, &err);
	if (!json_is_object(j)) {
		tgerr(e, 400, 1, "Bad Request: can't parse JSON object: %s",
		    err.text);
		json_decref(j);
		return (NULL);
	}
	return (j);
}

/* /bot<TOKEN>/<method>; the token never goes into the record. */
static int
route(struct req *r, struct tgerr *e)
{
	const char	*p, *slash;
	size_t		 n;

	if (strncmp(r->path, "/bot", 4) != 0 ||
	    (slash = strchr(p = r->path + 4, '/')) == NULL) {
		tgerr(e, 404, 1, "Not Found");
		return (-1);
	}
	snprintf(r->name, sizeof(r->name), "%s", slash + 1);
	n = (size_t)(slash - p);
	if (tg_revoked || strlen(tg_token) != n ||
	    memcmp(p, tg_token, n) != 0) {
		tgerr(e, 401, 0, "Unauthorized");
		return (-1);
	}
	return (0);
}

static void
tg_handle(struct req *r)
{
	const struct tgmethod	*m;
	struct tgerr		 e;
	json_t			*args, *result;
	char			*text;
	int			 held = 0, routed, gone;

	memset(&e, 0, sizeof(e));
	if (strncmp(r->path, "/file/bot", 9) == 0) {
		tg_file_serve(r);
		return;
	}
	routed = route(r, &e);
	++*tg_count(r->name);
	control_kick();
	if (routed == -1 || (args = arguments(r, &e)) == NULL) {
		record_req(r, NULL);
		refuse(r, &e);
		return;
	}
	record_req(r, args);
	text = json_dumps(args, JSON_COMPACT);
	fault_take(r, text);
	free(text);
	if (fault_before(r)) {
		json_decref(args);
		return;
	}
	gone = strcmp(tg_missing, r->name) == 0;
	m = gone ? NULL : tg_method(r->name);
	if (m == NULL) {
		tgerr(&e, 404, !gone, "Not Found: method not found");
		result = NULL;
	} else
		result = tg_call(r, m, args, &e, &held);
	json_decref(args);
	if (held)
		return;
	if (result == NULL)
		refuse(r, &e);
	else
		out_json(r, 200, json_pack("{s:b,s:o}", "ok", 1, "result",
		    result));
}

static int
tg_opt(int ch, const char *arg)
{
	if (ch == 'T')
		return ((tg_token = strdup(arg)) != NULL ? 0 : -1);
	if (ch == 'b')
		return (json_object_set_new(tg_bot, "username",
		    json_string(arg)));
	return (-1);
}

int
main(int argc, char **argv)
{
	static const struct server s = { "tg", tg_handle, tg_control,
	    tg_ready, tg_error, "T:b:", tg_opt };

	tg_bot = json_pack("{s:I,s:b,s:s,s:s,s:b,s:b,s:b,s:b,s:b}",
	    "id", (json_int_t)700100200, "is_bot", 1, "first_name", "Fake",
	    "username", "fake_tc_bot", "can_join_groups", 1,
	    "can_read_all_group_messages", 0, "supports_inline_queries", 0,
	    "can_connect_to_business", 0, "has_main_web_app", 0);
	if (tg_bot == NULL ||
	    (tg_token = strdup("700100200:AAfake-token_0123456789abcdefghij"))
	    == NULL)
		return (2);
	return (fake_main(&s, argc, argv));
}
