/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What an answer of the Bot API means for whoever asked (reference 1.2).
 * Linked by the relay; pure; trusts nothing.
 */
#include <string.h>

#include <jansson.h>

#include "telclauded/lib/text.h"
#include "telclauded/lib/util.h"
#include "engines/relay/tg/api.h"

static enum api_verdict
judge_http(enum http_err err)
{
	switch (err) {
	case HE_NAME:
	case HE_CONNECT:
	case HE_TLS:
		return (BV_UNSENT);
	default:
		return (BV_UNKNOWN);
	}
}

static enum api_verdict
judge_status(long status)
{
	if (status == 401 || status == 404)
		return (BV_TOKEN);
	if (status == 409)
		return (BV_CONFLICT);
	if (status == 429)
		return (BV_LIMIT);
	if (status >= 500)
		return (BV_SERVER);
	return (BV_REQUEST);
}

/* A stranger on the way also answers 401 and 404: no word of the Bot API. */
static enum api_verdict
judge_bare(long status)
{
	return (status == 401 || status == 404 ? BV_SERVER :
	    judge_status(status));
}

static void
judge_body(const json_t *o, struct api_reply *r, char *why, size_t whylen)
{
	const json_t	*ok;
	const char	*s;
	json_int_t	 n;

	s = json_string_value(json_object_get(o, "description"));
	if (s != NULL)
		(void)text_for_log(text_of(s, strlen(s)), why, whylen);
	n = json_integer_value(json_object_get(
	    json_object_get(o, "parameters"), "retry_after"));
	if (n > 0 && n <= 86400)
		r->retry_ms = (uint32_t)n * 1000;
	n = json_integer_value(json_object_get(json_object_get(o, "result"),
	    "message_id"));
	r->msgid = n > 0 ? (int64_t)n : 0;
	ok = json_object_get(o, "ok");
	if (!json_is_true(ok)) {
		n = !json_is_false(ok) ? 0 : json_integer_value(
		    json_object_get(o, "error_code"));
		r->verdict = n > 0 && n < 1000 ? judge_status((long)n) :
		    judge_bare(r->status);
	}
}

void
api_judge(enum http_err err, long status, uint32_t retry_ms,
    const char *body, size_t len, int raw, struct api_reply *r, char *why,
    size_t whylen)
{
	json_t	*o = NULL;

	memset(r, 0, sizeof(*r));
	r->err = err;
	r->status = status;
	r->retry_ms = retry_ms;
	r->body = body;
	r->len = len;
	r->why = why;
	r->toobig = err == HE_SIZE;
	if (err != HE_OK) {
		(void)str_copy(why, http_err_name(err), whylen);
		r->verdict = judge_http(err);
		return;
	}
	r->verdict = status >= 200 && status < 300 ? BV_OK :
	    judge_bare(status);
	(void)str_format(why, whylen, "status %ld", status);
	/* A list of updates: its reader splits it, and does it tolerantly. */
	if (raw && r->verdict == BV_OK)
		return;
	o = json_loadb(body, len, JSON_ALLOW_NUL, NULL);
	if (json_is_object(o))
		judge_body(o, r, why, whylen);
	else if (r->verdict == BV_OK)
		r->verdict = BV_UNKNOWN;
	json_decref(o);
}
