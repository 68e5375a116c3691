/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Injected faults.  A test adds objects to a list:
 *   match	method or path the fault is for, "*" for any
 *   contains	text the body must hold
 *   skip count	let so many pass, then do it so often (default 0, 1)
 *   do		status close hang body kill, or nothing (cut, slow, delay)
 *   apply	carry the request out all the same (default false)
 *   status retry_after body base64	of the answer
 *   cut slow_n slow_ms delay_ms	of the body's bytes
 *   pid sig when	kill: received, applied (no answer is given) or
 *			replied (the answer is on the wire, delay_ms ago)
 */
#include <sys/types.h>

#include <openssl/evp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "regress/fakes/fake.h"

static json_t	*faults;

void
fault_clear(void)
{
	json_decref(faults);
	faults = json_array();
}

void
fault_add(json_t *j)
{
	if (faults == NULL)
		faults = json_array();
	if (json_object_get(j, "count") == NULL)
		json_object_set_new(j, "count", json_integer(1));
	json_array_append(faults, j);
}

size_t
fault_left(void)
{
	return (json_array_size(faults));
}

void
fault_free(struct fault *f)
{
	free(f->body);
	f->body = NULL;
}

static void
load_body(struct fault *f, const json_t *j)
{
	const char	*s;

	if ((s = json_string_value(json_object_get(j, "body"))) != NULL) {
		f->body = strdup(s);
		f->len = strlen(s);
		return;
	}
	if ((s = json_string_value(json_object_get(j, "base64"))) == NULL)
		return;
	f->len = strlen(s) / 4 * 3;
	if ((f->body = malloc(f->len + 4)) == NULL)
		abort();
	EVP_DecodeBlock((unsigned char *)f->body, (const unsigned char *)s,
	    (int)strlen(s));
	while (f->len > 0 && strlen(s) > 0 && s[strlen(s) - 1] == '=' &&
	    f->body[f->len - 1] == '\0')
		f->len--;
}

static void
load(struct fault *f, const json_t *j)
{
	static const struct { const char *s; enum fault_do d; } what[] = {
		{ "status", FD_STATUS }, { "close", FD_CLOSE },
		{ "hang", FD_HANG }, { "body", FD_BODY }, { "kill", FD_KILL },
	};
	const char	*s;
	size_t		 i;

	s = jstr(j, "do");
	for (i = 0; i < NELEM(what); i++)
		if (strcmp(s, what[i].s) == 0)
			f->what = what[i].d;
	f->apply = jbool(j, "apply", 0);
	f->status = (int)jint(j, "status", 500);
	f->retry_after = (int)jint(j, "retry_after", 1);
	f->cut = (long)jint(j, "cut", -1);
	f->slow_n = (size_t)jint(j, "slow_n", 0);
	f->slow_ms = (unsigned)jint(j, "slow_ms", 10);
	f->delay_ms = (unsigned)jint(j, "delay_ms", 0);
	f->pid = (pid_t)jint(j, "pid", 0);
	f->sig = (int)jint(j, "sig", SIGKILL);
	s = jstr(j, "when");
	f->when = strcmp(s, "replied") == 0 ? FW_REPLIED :
	    strcmp(s, "applied") == 0 ? FW_APPLIED : FW_RECEIVED;
	load_body(f, j);
}

static int
counts(json_t *j, const char *k)
{
	int64_t	 n;

	if ((n = jint(j, k, 0)) <= 0)
		return (0);
	json_object_set_new(j, k, json_integer(n - 1));
	return (1);
}

/* The first fault that fits this request, if any, is used up by one. */
void
fault_take(struct req *r, const char *text)
{
	const char	*m, *c;
	json_t		*j;
	size_t		 i;

	json_array_foreach(faults, i, j) {
		m = jstr(j, "match");
		if (m[0] != '\0' && strcmp(m, "*") != 0 &&
		    strcmp(m, r->name) != 0)
			continue;
		c = jstr(j, "contains");
		if (c[0] != '\0' && (text == NULL || strstr(text, c) == NULL))
			continue;
		if (counts(j, "skip"))
			return;
		load(&r->fault, j);
		counts(j, "count");
		if (jint(j, "count", 0) == 0)
			json_array_remove(faults, i);
		return;
	}
}

static void
killit(const struct fault *f, struct req *r)
{
	record(json_pack("{s:s,s:s,s:i,s:i,s:I}", "ev", "kill", "method",
	    r->name, "pid", (int)f->pid, "when", (int)f->when, "id",
	    (json_int_t)r->id));
	if (f->pid > 1)
		kill(f->pid, f->sig);
}

static void
own_body(struct req *r, int status, const char *type)
{
	out_start(r, status, type, NULL, (ssize_t)r->fault.len);
	if (out_write(r, r->fault.body, r->fault.len) == 0)
		out_end(r);
}

/* What the fault does in place of an answer. */
static void
act(struct req *r)
{
	struct fault	*f = &r->fault;
	enum fault_do	 what = f->what;

	f->what = FD_NONE;
	switch (what) {
	case FD_STATUS:
		if (f->body != NULL)
			own_body(r, f->status, "text/html");
		else
			out_plain(r, f->status, srv->error(f->status,
			    f->retry_after, NULL));
		break;
	case FD_BODY:
		own_body(r, 200, "application/json");
		break;
	case FD_CLOSE:
	case FD_KILL:
		conn_close(r->c);
		break;
	case FD_HANG:
	case FD_NONE:
		break;
	}
}

int
fault_before(struct req *r)
{
	struct fault	*f = &r->fault;

	if (f->what == FD_NONE)
		return (0);
	if (f->what == FD_KILL) {
		if (f->when == FW_RECEIVED) {
			killit(f, r);
			f->what = FD_NONE;
		}
		return (0);	/* what was written was carried out */
	}
	if (f->apply)
		return (0);
	act(r);
	return (1);
}

int
fault_after(struct req *r)
{
	struct fault	*f = &r->fault;

	if (f->what == FD_NONE)
		return (0);
	if (f->what == FD_KILL) {
		if (f->when == FW_REPLIED)
			return (0);
		killit(f, r);
	}
	act(r);
	return (1);
}

struct shot {
	struct fault	 f;
	char		 name[48];
	uint64_t	 id;
};

static void
shot_cb(evutil_socket_t fd, short what, void *arg)
{
	struct shot	*s = arg;

	(void)fd;
	(void)what;
	record(json_pack("{s:s,s:s,s:i,s:i,s:I}", "ev", "kill", "method",
	    s->name, "pid", (int)s->f.pid, "when", (int)s->f.when, "id",
	    (json_int_t)s->id));
	if (s->f.pid > 1)
		kill(s->f.pid, s->f.sig);
	free(s);
}

/* A kill from outside the window: the answer is out, and had time to be read. */
void
fault_replied(struct req *r)
{
	struct timeval	 tv = { 0, 30000 };
	struct shot	*s;

	if (r->fault.what != FD_KILL || r->fault.when != FW_REPLIED)
		return;
	if ((s = calloc(1, sizeof(*s))) == NULL)
		abort();
	s->f = r->fault;
	s->id = r->id;
	memcpy(s->name, r->name, sizeof(s->name));
	event_base_once(base, -1, EV_TIMEOUT, shot_cb, s, &tv);
}
