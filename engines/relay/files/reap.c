/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Removes files and whole directories in small steps, so that ten thousand of
 * them hold nobody up.  Run by the relay; distrusts what tools left: nothing
 * is followed, and how deep it goes is bounded.
 */
#include <sys/queue.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"
#include "engines/relay/files/dirs.h"
#include "engines/relay/relay.h"

#define STEP_MAX	256	/* names of one step */
#define DEPTH_MAX	32	/* what lies deeper is brought up first */
#define PAUSE_US	1000

struct reap {
	TAILQ_ENTRY(reap) entry;
	int		 at;
	char		 name[32];
	uint64_t	 before;	/* 0: everything */
};

static TAILQ_HEAD(, reap) reaps = TAILQ_HEAD_INITIALIZER(reaps);
static struct event	*reap_ev;

/* One look at a directory. */
struct step {
	unsigned	 n;		/* names removed */
	char		 sub[NAME_MAX + 1];	/* a directory in it, or "" */
	uint64_t	 before;
	unsigned	 depth;
};

static int
remove_one(int fd, const char *name, void *arg)
{
	struct step	*s = arg;

	if (unlinkat(fd, name, 0) == 0 ||
	    (errno == EISDIR && unlinkat(fd, name, AT_REMOVEDIR) == 0))
		s->n++;
	else if (errno == ENOTEMPTY || errno == EEXIST || errno == EACCES)
		(void)str_copy(s->sub, name, sizeof(s->sub));
	return (s->n >= STEP_MAX);
}

/* Its maker may have closed it; what is ours can be opened again. */
static int
enter(int at, const char *name)
{
	int	fd;

	fd = dirs_open(at, name);
	if (fd == -1 && errno == EACCES && fchmodat(at, name, 0700, 0) == 0)
		fd = dirs_open(at, name);
	return (fd);
}

/*
 * From the top to a directory that has none in it; emptied, it goes.  1: there
 * was something to do.
 */
static int
step_all(const struct reap *r)
{
	struct step	s = { 0 };
	char		up[32], name[NAME_MAX + 1];
	int		top, prev, fd, did = 0;
	unsigned	depth;

	if ((top = enter(r->at, r->name)) == -1)
		return (0);
	fd = dirs_open(top, ".");
	prev = r->at;
	(void)str_copy(name, r->name, sizeof(name));
	for (depth = 0; fd != -1; depth++) {
		s.sub[0] = '\0';
		(void)dirs_each(fd, remove_one, &s);
		did |= s.n > 0;
		if (s.n >= STEP_MAX || s.sub[0] == '\0')
			break;
		if (depth == DEPTH_MAX) {
			dirs_name(up, sizeof(up));
			did |= renameat(fd, s.sub, top, up) == 0;
			break;
		}
		if (prev != r->at)
			close(prev);
		prev = fd;
		(void)str_copy(name, s.sub, sizeof(name));
		fd = enter(prev, name);
	}
	if (fd != -1)
		close(fd);
	if (s.n < STEP_MAX && s.sub[0] == '\0' &&
	    unlinkat(prev, name, AT_REMOVEDIR) == 0)
		did = prev != r->at;
	if (prev != r->at)
		close(prev);
	close(top);
	return (did);
}

static int
old_one(int fd, const char *name, void *arg)
{
	struct step	*s = arg;
	struct stat	 st;
	int		 sub, old;

	if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return (0);
	old = stat_changed(&st) < s->before;
	if (!S_ISDIR(st.st_mode)) {
		if (old && unlinkat(fd, name, 0) == 0)
			s->n++;
	} else if (old && unlinkat(fd, name, AT_REMOVEDIR) == 0)
		s->n++;
	/* What was taken out of it made it young, but not the rest in it. */
	else if (s->depth < DEPTH_MAX && (sub = enter(fd, name)) != -1) {
		s->depth++;
		(void)dirs_each(sub, old_one, s);
		s->depth--;
		close(sub);
		if (old)
			(void)unlinkat(fd, name, AT_REMOVEDIR);
	}
	return (s->n >= STEP_MAX);
}

static int
step_old(const struct reap *r)
{
	struct step	s = { .before = r->before };
	int		fd;

	if ((fd = dirs_open(r->at, r->name)) == -1)
		return (0);
	(void)dirs_each(fd, old_one, &s);
	close(fd);
	return (s.n >= STEP_MAX);
}

static void
reap_event(int fd, short what, void *arg)
{
	static const struct timeval	 tv = { 0, PAUSE_US };
	struct reap			*r = TAILQ_FIRST(&reaps);

	(void)fd;
	(void)what;
	(void)arg;
	if (r == NULL)
		return;
	if (!(r->before == 0 ? step_all(r) : step_old(r))) {
		TAILQ_REMOVE(&reaps, r, entry);
		free(r);
	}
	if (!TAILQ_EMPTY(&reaps))
		(void)event_add(reap_ev, &tv);
}

static void
reap_add(int at, const char *name, uint64_t before)
{
	static const struct timeval	 now;
	struct reap			*r;

	TAILQ_FOREACH(r, &reaps, entry)
		if (r->at == at && strcmp(r->name, name) == 0 &&
		    (r->before == 0) == (before == 0))
			return;
	if (reap_ev == NULL)
		reap_ev = event_new(relay.base, -1, 0, reap_event, NULL);
	if (reap_ev == NULL || (r = calloc(1, sizeof(*r))) == NULL)
		fatal("reap");
	r->at = at;
	(void)str_copy(r->name, name, sizeof(r->name));
	r->before = before;
	TAILQ_INSERT_TAIL(&reaps, r, entry);
	if (!event_pending(reap_ev, EV_TIMEOUT, NULL))
		(void)event_add(reap_ev, &now);
}

void
reap_all(int at, const char *name)
{
	reap_add(at, name, 0);
}

void
reap_old(int at, const char *name, uint64_t before)
{
	reap_add(at, name, before == 0 ? 1 : before);
}
