/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Makes the twins of a selftest: of an engine as engines are made, of a tool
 * as tools are, but for the words they are told.  Run by the parent.
 */
#include <sys/socket.h>

#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "engines/common/cage.h"
#include "parent/self/self_int.h"

void
selftwin_close(struct twin *t)
{
	if (t->ev != NULL)
		event_free(t->ev);
	t->ev = NULL;
	if (t->fd != -1)
		close(t->fd);
	if (t->report != -1)
		close(t->report);
	t->fd = t->report = -1;
}

static int
twin_watch(struct twin *t)
{
	t->ev = event_new(t->s->p->base, t->fd, EV_READ | EV_PERSIST,
	    selftest_word, t);
	return (t->ev == NULL || event_add(t->ev, NULL) == -1 ? -1 : 0);
}

static struct twin *
twin_new(struct selftest *s)
{
	struct twin	*t = &s->twins[s->n];

	memset(t, 0, sizeof(*t));
	t->s = s;
	t->fd = t->report = -1;
	t->began_us = selfbait_us();
	t->ctx.abi = cage_landlock_abi();
	return (t);
}

int
selftwin_engine(struct selftest *s, struct engine *e)
{
	struct twin		*t = twin_new(s);
	const char		*words[SELFTEST_WORDS];
	struct spawn_req	 r;
	int			 sv[2];

	t->e = e;
	t->uid = e->uid;
	(void)str_copy(t->name, e->name, sizeof(t->name));
	(void)str_copy(t->counter, e->fwname, sizeof(t->counter));
	engine_request(e, &r);
	selfbait_engine(t, &r);
	selfbait_words(t, words);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv) == -1)
		return (-1);
	t->fd = sv[0];
	r.link = sv[1];
	/* It must not outlive us, whatever it is the twin of. */
	r.life = s->p->life[1];
	r.needs &= ~(unsigned)SPAWN_ORPHAN;
	r.twin = words;
	t->pid = spawn_engine(&r, &t->report);
	close(sv[1]);
	if (t->pid == -1 || fd_nonblock(t->fd) == -1 || twin_watch(t) == -1) {
		selftwin_close(t);
		return (-1);
	}
	s->n++;
	s->open++;
	return (0);
}

int
selftwin_tool(struct selftest *s, struct tool_scope *sc, enum tier tier)
{
	struct twin	*t = twin_new(s);
	const char	*words[SELFTEST_WORDS];

	t->uid = tool_uid(sc);
	(void)str_format(t->name, sizeof(t->name), "tool/telegram/%s",
	    tier_name(tier));
	(void)str_copy(t->counter, "tool_telegram", sizeof(t->counter));
	selfbait_tool(t, sc, tier);
	selfbait_words(t, words);
	if ((t->pid = tool_twin(sc, tier, words, &t->fd)) == -1 ||
	    twin_watch(t) == -1) {
		selftwin_close(t);
		return (-1);
	}
	s->n++;
	s->open++;
	return (0);
}
