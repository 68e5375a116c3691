/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The lanes themselves: found by chat and topic in constant time, loaded from
 * the store on first use, let go when there are many and they are idle.  Run
 * by the relay.
 */
#include <stdlib.h>
#include <string.h>

#include "engines/common/engine.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"
#include "engines/relay/ask/ask.h"
#include "engines/relay/files/files.h"
#include "engines/relay/map.h"
#include "engines/relay/relay.h"
#include "engines/relay/store/store.h"
#include "engines/relay/turn/lane.h"

#define LANES_KEEP	2048
#define CWD_MAX		4096

static struct map	lanes;		/* key -> chain of lanes */
static size_t		nlanes;

static uint64_t
lane_key(int64_t chat, int64_t topic)
{
	return ((uint64_t)chat * 0x9e3779b97f4a7c15ULL ^ (uint64_t)topic);
}

static int
lane_idle(const struct lane *l)
{
	return (l->refs == 0 && l->busy == NULL && !l->listed &&
	    TAILQ_EMPTY(&l->waiters));
}

static void
lane_free(struct lane *l)
{
	struct lane	*p, *head;
	uint64_t	 key = lane_key(l->chat, l->topic);

	head = map_del(&lanes, key);
	if (head == l)
		head = l->hnext;
	else
		for (p = head; p != NULL; p = p->hnext)
			if (p->hnext == l) {
				p->hnext = l->hnext;
				break;
			}
	if (head != NULL && map_put(&lanes, key, head) == -1)
		fatal("lane_free");
	free(l->cwd);
	free(l);
	nlanes--;
}

/* All of them at once and rarely, so that the cost of one is constant. */
static void
lane_shed(uint64_t unused)
{
	struct lane	**idle, *l;
	size_t		  i = 0, n = 0;

	(void)unused;
	idle = calloc(nlanes, sizeof(*idle));
	if (idle == NULL)
		return;
	while ((l = map_next(&lanes, &i)) != NULL)
		for (; l != NULL; l = l->hnext)
			if (lane_idle(l))
				idle[n++] = l;
	for (i = 0; i < n; i++)
		lane_free(idle[i]);
	free(idle);
}

static void
lane_load(const struct lane_row *r, void *arg)
{
	struct lane	*l = arg;

	l->conv = r->conv;
	l->used = r->used;
	l->taint = r->taint;
	l->hold_before = r->hold;
	l->drop_before = r->drop;
	(void)str_copy(l->model, r->model, sizeof(l->model));
	if (r->cwd[0] != '\0' && strlen(r->cwd) < CWD_MAX)
		l->cwd = strdup(r->cwd);
}

struct lane *
lane_get(int64_t chat, int64_t topic)
{
	struct lane	*l, *head;

	head = map_get(&lanes, lane_key(chat, topic));
	for (l = head; l != NULL; l = l->hnext)
		if (l->chat == chat && l->topic == topic)
			return (l);
	/* Later: somebody up the stack may hold a lane now. */
	if (nlanes >= LANES_KEEP && (nlanes & (LANES_KEEP - 1)) == 0)
		store_after(lane_shed, 0);
	if ((l = calloc(1, sizeof(*l))) == NULL)
		fatal("lane_get");
	l->chat = chat;
	l->topic = topic;
	l->hnext = head;
	TAILQ_INIT(&l->waiting);
	TAILQ_INIT(&l->waiters);
	(void)store_lane(chat, topic, lane_load, l);
	if (map_put(&lanes, lane_key(chat, topic), l) == -1)
		fatal("lane_get");
	nlanes++;
	return (l);
}

struct lane *
lane_owner(struct lane *l)
{
	return (relay.set->r.global_session ? lane_get(0, 0) : l);
}

void
lane_touch(struct lane *l)
{
	l->used = wall_ms();
	lane_save(l);
}

void
lane_save(struct lane *l)
{
	struct lane_row	r;

	r.conv = l->conv;
	r.used = l->used;
	r.cwd = l->cwd == NULL ? "" : l->cwd;
	r.model = l->model;
	r.taint = l->taint;
	r.hold = l->hold_before;
	r.drop = l->drop_before;
	store_set_lane(l->chat, l->topic, &r);
}

void
lane_reset(struct lane *l)
{
	struct msg_CONV_RESET	reset;
	struct msg_CONV_WIPE	wipe;

	if (l->conv != 0) {
		temprule_conv(l->conv);
		reset.conv = wipe.conv = l->conv;
		wipe.scope = SCOPE_TELEGRAM;
		if (relay.agent != NULL)
			msg_send_CONV_RESET(relay.agent, 0, -1, &reset);
		msg_send_CONV_WIPE(engine_parent(), 0, -1, &wipe);
		files_conv_end(l->conv);
	}
	free(l->cwd);
	l->cwd = NULL;
	/* A fresh number: whatever still speaks of the old one is late. */
	l->conv = relay_id();
	l->taint = 0;
	lane_touch(l);
}

uint64_t
lane_conv(struct lane *l, uint32_t *idle_s)
{
	uint64_t	idle = (uint64_t)relay.set->r.idle_s * 1000;
	uint64_t	now = wall_ms();

	*idle_s = 0;
	/* A clock that was set back is no idle time. */
	if (l->conv != 0 && idle > 0 && now > l->used &&
	    now - l->used > idle)
		*idle_s = relay.set->r.idle_s;
	if (l->conv == 0 || *idle_s != 0)
		lane_reset(l);
	return (l->conv);
}

void
lane_set_cwd(struct lane *l, const char *cwd, size_t len)
{
	char	*p;

	if (len >= CWD_MAX || memchr(cwd, '\0', len) != NULL ||
	    (l->cwd != NULL && strlen(l->cwd) == len &&
	    memcmp(l->cwd, cwd, len) == 0))
		return;
	if ((p = strndup(cwd, len)) == NULL)
		return;
	free(l->cwd);
	l->cwd = p;
	lane_touch(l);
}

unsigned
lane_coming(const struct lane *l)
{
	unsigned	n = l->n + (l->run != NULL);

	return (l->refs > n ? l->refs - n : 0);
}

void
lane_each(void (*fn)(struct lane *, void *), void *arg)
{
	struct lane	**all, *l;
	size_t		  i = 0, n = 0;

	if (nlanes == 0 || (all = calloc(nlanes, sizeof(*all))) == NULL)
		return;
	while ((l = map_next(&lanes, &i)) != NULL)
		for (; l != NULL; l = l->hnext)
			all[n++] = l;
	for (i = 0; i < n; i++)
		fn(all[i], arg);
	free(all);
}
