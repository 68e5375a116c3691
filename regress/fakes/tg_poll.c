/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * getUpdates as the real server does it: an offset confirms what is below it,
 * confirmed updates are gone, a poll waits for news, a second poll ends the
 * first with 409.
 */
#include <stdlib.h>
#include <string.h>

#include "regress/fakes/tg.h"

static json_t		*queue, *allowed;
static int64_t		 lastupdate = 500000, confirmed;
static struct req	*held;
static struct event	*timer;
static int64_t		 held_limit;

int
tg_polling(void)
{
	return (held != NULL);
}

size_t
tg_queued(void)
{
	return (json_array_size(queue));
}

int64_t
tg_confirmed(void)
{
	return (confirmed);
}

static void
confirm(int64_t offset)
{
	size_t	 i, n;

	n = json_array_size(queue);
	if (offset < 0) {
		while (n > 0 && n > (size_t)-offset) {
			json_array_remove(queue, 0);
			n--;
		}
		return;
	}
	for (i = 0; i < n;)
		if (jint(json_array_get(queue, i), "update_id", 0) < offset) {
			json_array_remove(queue, i);
			n--;
		} else
			i++;
	if (offset - 1 > confirmed)
		confirmed = offset - 1;
}

static void
answer(struct req *r, int64_t limit)
{
	json_t	*v = json_array(), *ids = json_array(), *u;
	size_t	 i;

	json_array_foreach(queue, i, u) {
		if ((int64_t)i >= limit)
			break;
		json_array_append(v, u);
		json_array_append(ids, json_object_get(u, "update_id"));
	}
	record(json_pack("{s:s,s:I,s:o}", "ev", "updates", "id",
	    (json_int_t)r->id, "ids", ids));
	out_json(r, 200, json_pack("{s:b,s:o}", "ok", 1, "result", v));
}

static void
release(void)
{
	event_free(timer);
	timer = NULL;
	held->gone = NULL;
	held = NULL;
	control_kick();
}

static void
timeout_cb(evutil_socket_t fd, short what, void *arg)
{
	struct req	*r = held;

	(void)fd;
	(void)what;
	(void)arg;
	release();
	answer(r, 0);
}

static void
gone_cb(struct req *r)
{
	(void)r;
	release();
}

static void
conflict(void)
{
	struct req	*r = held;

	release();
	++*tg_count("409");
	out_json(r, 409, srv->error(409, 0, NULL));
}

static void
hold(struct req *r, int64_t limit, int64_t timeout)
{
	struct timeval	 tv;

	held = r;
	held_limit = limit;
	r->gone = gone_cb;
	tv.tv_sec = timeout;
	tv.tv_usec = 0;
	timer = evtimer_new(base, timeout_cb, NULL);
	evtimer_add(timer, &tv);
	control_kick();
}

void
tg_poll(struct req *r, json_t *args)
{
	int64_t	 limit, timeout;
	json_t	*v;

	if (queue == NULL)
		queue = json_array();
	limit = jint(args, "limit", 100);
	timeout = jint(args, "timeout", 0);
	if (limit < 1 || limit > 100 || timeout < 0)
		failure(r, "limit %lld, timeout %lld", (long long)limit,
		    (long long)timeout);
	if (limit < 1 || limit > 100)
		limit = 100;
	if ((v = json_object_get(args, "allowed_updates")) != NULL) {
		json_decref(allowed);
		allowed = json_incref(v);
	}
	if (held != NULL)
		conflict();
	confirm(jint(args, "offset", 0));
	control_kick();
	if (json_array_size(queue) > 0 || timeout <= 0)
		answer(r, limit);
	else
		hold(r, limit, timeout > 50 ? 50 : timeout);
}

/* Was this kind of update asked for?  The default leaves reactions out. */
static int
wanted(const json_t *u)
{
	const char	*k;
	json_t		*v, *j;
	size_t		 i;

	json_object_foreach((json_t *)(uintptr_t)u, k, v) {
		if (strcmp(k, "update_id") == 0)
			continue;
		if (json_array_size(allowed) == 0)
			return (strcmp(k, "message_reaction") != 0);
		json_array_foreach(allowed, i, j)
			if (strcmp(json_string_value(j), k) == 0)
				return (1);
	}
	return (0);
}

/* An update with a number of its own is queued as it is: so tests make
 * duplicates and disorder. */
int64_t
tg_push(json_t *u)
{
	struct req	*r;
	int64_t		 id;

	if (queue == NULL)
		queue = json_array();
	if ((id = jint(u, "update_id", 0)) == 0) {
		id = ++lastupdate;
		json_object_set_new(u, "update_id", json_integer(id));
	}
	if (!wanted(u)) {
		json_decref(u);
		return (0);
	}
	json_array_append_new(queue, u);
	if ((r = held) != NULL) {
		release();
		answer(r, held_limit);
	}
	return (id);
}
