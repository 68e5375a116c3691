/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The directories that files come in by and go out by: opened once, swept at
 * start of what is of no conversation any more, and every half hour also of
 * what is old.
 * Run by the relay; distrusts what it finds in the outbox, which tools write.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "engines/common/keepclock.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"
#include "engines/relay/files/dirs.h"
#include "engines/relay/files/files.h"
#include "engines/relay/files/storefiles.h"
#include "engines/relay/relay.h"

#define SWEEP_S		1800
#define FRESH		"new"
#define PARTIAL		".part"

static struct event	*sweep_ev;
static struct keepclock	 sweep_clock;

/* --- opening ----------------------------------------------------------- */
static int
open_one(const char *what, const char *path)
{
	int	fd;

	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		log_error("media %s %s: %s", what, path, strerror(errno));
	return (fd);
}

static int
open_below(int at, const char *name)
{
	int	fd = -1;

	if (mkdirat(at, name, 0700) == 0 || errno == EEXIST)
		fd = dirs_open(at, name);
	if (fd == -1)
		log_error("directory %s: %s", name, strerror(errno));
	return (fd);
}

int
files_open(const struct settings *s)
{
	int	state;

	/* Tools that are not mapped to us read as the directory's group. */
	(void)umask(027);
	if ((dirs.in = open_one("inbox", s->r.inbox)) == -1 ||
	    (dirs.out = open_one("outbox", s->r.outbox)) == -1 ||
	    (dirs.fresh = open_below(dirs.in, FRESH)) == -1 ||
	    (state = open_one("state", s->r.state)) == -1)
		return (-1);
	dirs.spool = open_below(state, "spool");
	close(state);
	return (dirs.spool == -1 ? -1 : 0);
}

int
files_same(const struct settings *a, const struct settings *b)
{
	return (strcmp(a->r.inbox, b->r.inbox) == 0 &&
	    strcmp(a->r.outbox, b->r.outbox) == 0);
}

/*
 * Only now has the inbox the group that it passes on: what was made before is
 * made anew, unless something waits in it.
 */
static void
fresh_again(void)
{
	int	fd;

	if (unlinkat(dirs.in, FRESH, AT_REMOVEDIR) == -1)
		return;
	if ((fd = open_below(dirs.in, FRESH)) == -1)
		fatalx("the inbox cannot be written");
	close(dirs.fresh);
	dirs.fresh = fd;
}

/* --- sweeping ---------------------------------------------------------- */
/* The conversation that a directory is named for, or 0. */
static uint64_t
name_conv(const char *name)
{
	if (strlen(name) != CONV_NAME - 1 ||
	    strspn(name, "0123456789abcdef") != CONV_NAME - 1)
		return (0);
	return (strtoull(name, NULL, 16));
}

struct sweep {
	int		 at;		/* inbox or outbox */
	uint64_t	 before;	/* what is older goes; 0: nothing is */
};

static int
sweep_one(int fd, const char *name, void *arg)
{
	const struct sweep	*s = arg;
	uint64_t		 conv = name_conv(name);

	(void)fd;
	/* Other names are of whoever made the directory. */
	if (conv == 0)
		return (0);
	if (!store_conv_lives(conv) && !collect_runs(conv))
		reap_all(s->at, name);
	else if (s->before != 0)
		reap_old(s->at, name, s->before);
	return (0);
}

/* What a message that waits has brought stays as long as that waits. */
static int
sweep_fresh(int fd, const char *name, void *arg)
{
	const uint64_t	*before = arg;
	struct stat	 st;

	if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    stat_changed(&st) < *before && !store_file_waits(name))
		(void)unlinkat(fd, name, 0);
	return (0);
}

static int
count_one(int fd, const char *name, void *arg)
{
	(void)arg;
	dirs.in_bytes += dirs_bytes(fd, name);
	return (0);
}

/* before 0: nothing is old. */
static void
sweep_all(uint64_t before)
{
	struct sweep	in = { dirs.in, before }, out = { dirs.out, before };

	(void)dirs_each(dirs.in, sweep_one, &in);
	(void)dirs_each(dirs.out, sweep_one, &out);
	if (before != 0)
		(void)dirs_each(dirs.fresh, sweep_fresh, &before);
	dirs.in_bytes = 0;
	(void)dirs_each(dirs.in, count_one, NULL);
}

void
files_sweep(uint64_t mono, uint64_t wall)
{
	uint64_t	keep = (uint64_t)relay.set->r.keep_media_s * 1000;
	uint64_t	before = 0;

	/* A clock that was set makes nothing old. */
	if (keepclock_steady(&sweep_clock, mono, wall) && wall > keep)
		before = wall - keep;
	sweep_all(before);
}

static void
sweep_timer(int fd, short what, void *arg)
{
	static const struct timeval	tv = { SWEEP_S, 0 };

	(void)fd;
	(void)what;
	(void)arg;
	files_sweep(now_ms(), wall_ms());
	(void)event_add(sweep_ev, &tv);
}

void
files_conv_end(uint64_t conv)
{
	char	name[CONV_NAME];

	/* Behind what is on its way to the chat: the sweep comes again. */
	if (dirs.in == -1 || conv == 0 || collect_runs(conv))
		return;
	reap_all(dirs.in, conv_name(conv, name));
	reap_all(dirs.out, name);
}

/* --- after a restart --------------------------------------------------- */
/* A file that was being fetched is fetched anew. */
static int
drop_partial(int fd, const char *name, void *arg)
{
	size_t	n = strlen(name), k = sizeof(PARTIAL) - 1;

	(void)arg;
	if (n > k && strcmp(name + n - k, PARTIAL) == 0)
		(void)unlinkat(fd, name, 0);
	return (0);
}

/* What no message of the queue is for. */
static int
drop_orphan(int fd, const char *name, void *arg)
{
	struct stat	 st;

	(void)arg;
	if (name_conv(name) == 0 || !store_out_is_file(name_conv(name)))
		(void)unlinkat(fd, name, 0);
	else if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		dirs.spool_bytes += (uint64_t)st.st_size;
	return (0);
}

/* What is old is known when the clock has been seen to go on. */
static void
sweep_start(void)
{
	static const struct timeval	first = { KEEPCLOCK_FIRST_S, 0 };

	keepclock_init(&sweep_clock, now_ms(), wall_ms());
	if (sweep_ev == NULL)
		sweep_ev = event_new(relay.base, -1, 0, sweep_timer, NULL);
	if (sweep_ev == NULL || event_add(sweep_ev, &first) == -1)
		fatal("sweep_start");
	sweep_all(0);
}

void
files_start(void)
{
	if (dirs.in == -1)
		return;
	dirs.spool_bytes = 0;
	(void)dirs_each(dirs.fresh, drop_partial, NULL);
	fresh_again();
	(void)dirs_each(dirs.spool, drop_orphan, NULL);
	album_restore();
	collect_restore();
	sweep_start();
}
