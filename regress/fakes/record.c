/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Every request as one JSON line (times are CLOCK_MONOTONIC in microseconds,
 * so those of both fakes compare), and every breach of the real server's
 * rules as a line in the failure file, which fails the test.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "regress/fakes/fake.h"

static FILE	*logf_, *failf;
static json_t	*faillist;

uint64_t
now_us(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000);
}

int
record_open(const char *log, const char *fail)
{
	faillist = json_array();
	if (log != NULL && (logf_ = fopen(log, "ae")) == NULL)
		return (-1);
	if (fail != NULL && (failf = fopen(fail, "ae")) == NULL)
		return (-1);
	return (0);
}

static void
put(FILE *f, const json_t *j)
{
	if (f == NULL)
		return;
	json_dumpf(j, f, JSON_COMPACT);
	fputc('\n', f);
	fflush(f);
}

void
record(json_t *j)
{
	if (logf_ != NULL) {
		json_object_set_new(j, "srv", json_string(srv->name));
		if (json_object_get(j, "t") == NULL)
			json_object_set_new(j, "t",
			    json_integer((json_int_t)now_us()));
		put(logf_, j);
	}
	json_decref(j);
}

void
record_req(struct req *r, json_t *body)
{
	json_t		*j, *h;
	struct evkeyval	*kv;

	if (logf_ == NULL)
		return;
	h = json_object();
	TAILQ_FOREACH(kv, &r->head, next)
		if (strcasecmp(kv->key, "x-api-key") != 0 &&
		    strcasecmp(kv->key, "authorization") != 0)
			json_object_set_new(h, kv->key,
			    json_string(kv->value));
	j = json_pack("{s:s,s:I,s:I,s:I,s:s,s:s,s:o,s:O?}", "ev", "req",
	    "id", (json_int_t)r->id, "t0", (json_int_t)r->t0,
	    "t", (json_int_t)r->t, "verb", r->verb, "method", r->name,
	    "headers", h, "body", body);
	if (j == NULL)
		return;
	json_object_set_new(j, "conn",
	    json_integer(r->c ? (json_int_t)conn_id(r->c) : -1));
	record(j);
}

void
failure(struct req *r, const char *fmt, ...)
{
	char	 why[512];
	va_list	 ap;
	json_t	*j;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	j = json_pack("{s:I,s:s,s:s,s:s?,s:s}", "t", (json_int_t)now_us(),
	    "srv", srv->name, "method", r != NULL ? r->name : "",
	    "path", r != NULL && r->name[0] == '\0' ? r->path : NULL,
	    "why", why);
	if (j == NULL)		/* the text was not UTF-8 */
		j = json_pack("{s:I,s:s,s:s}", "t", (json_int_t)now_us(),
		    "srv", srv->name, "why", "a request that is not UTF-8");
	json_array_append_new(faillist, j);
	put(failf, j);
	fprintf(stderr, "%s: failure: %s\n", srv->name, why);
}

json_t *
failures(void)
{
	return (faillist);
}
