/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The outbox of a conversation, read as what it is: a directory that somebody
 * hostile writes.  No link is followed and nothing is waited for; a file must
 * be plain, of one name and bounded, and is copied once: what is looked
 * through and sent is that copy.  Run by the relay.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"
#include "engines/relay/files/attach.h"
#include "engines/relay/files/collect.h"
#include "engines/relay/files/dirs.h"
#include "engines/relay/out/outbox.h"

#define LOOK_MAX	10000	/* names looked at; a turn's, in all */
#define PIECE		16384
#define STEP_MS		3	/* then others have their turn */

struct listing {
	struct collect	*c;
	const char	*dir;
};

static int
older(const struct found *a, const struct found *b)
{
	if (a->mtime != b->mtime)
		return (a->mtime < b->mtime);
	return (strcmp(a->name, b->name) < 0);
}

/* The oldest ones, in order; the others are counted. */
static void
keep(struct collect *c, const struct found *f)
{
	unsigned	i;

	for (i = c->n; i > 0 && older(f, &c->f[i - 1]); i--)
		continue;
	if (c->n == TURN_OUT_MAX) {
		c->more++;
		if (i == TURN_OUT_MAX)
			return;
		c->n--;
	}
	memmove(&c->f[i + 1], &c->f[i], (c->n - i) * sizeof(*f));
	c->f[i] = *f;
	c->n++;
}

/* Of this turn, or left by one before it. */
static int
timely(const struct collect *c, const struct stat *st)
{
	return (stat_changed(st) > c->r.since && stat_changed(st) <= c->r.at);
}

static int
list_one(int fd, const char *name, void *arg)
{
	struct listing	*l = arg, below;
	struct found	 f;
	struct stat	 st;
	int		 sub;

	if (++l->c->looked > LOOK_MAX)
		return (1);
	if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return (0);
	if (S_ISDIR(st.st_mode)) {
		/* One deep, as documents/ and its like are. */
		l->c->deep += l->dir[0] != '\0' && timely(l->c, &st);
		if (l->dir[0] != '\0' || (sub = dirs_open(fd, name)) == -1)
			return (0);
		below.c = l->c;
		below.dir = name;
		(void)dirs_each(sub, list_one, &below);
		close(sub);
		return (0);
	}
	if (!timely(l->c, &st))
		return (0);
	memset(&f, 0, sizeof(f));
	(void)str_copy(f.dir, l->dir, sizeof(f.dir));
	(void)str_copy(f.name, name, sizeof(f.name));
	f.mtime = (uint64_t)st.st_mtim.tv_sec * 1000000000 +
	    (uint64_t)st.st_mtim.tv_nsec;
	f.ino = (uint64_t)st.st_ino;
	f.size = (uint64_t)st.st_size;
	keep(l->c, &f);
	return (0);
}

void
collectio_list(struct collect *c)
{
	struct listing	 l = { c, "" };
	char		 name[CONV_NAME];
	int		 fd;

	if ((fd = dirs_open(dirs.out, conv_name(c->r.conv, name))) == -1)
		return;
	(void)dirs_each(fd, list_one, &l);
	close(fd);
}

struct youngest {
	uint64_t	 at;
	unsigned	 looked, depth;
};

static int
young_one(int fd, const char *name, void *arg)
{
	struct youngest	*y = arg;
	struct stat	 st;
	int		 sub;

	if (++y->looked > LOOK_MAX)
		return (1);
	if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return (0);
	y->at = MAXIMUM(y->at, stat_changed(&st));
	if (!S_ISDIR(st.st_mode) || y->depth == 1 ||
	    (sub = dirs_open(fd, name)) == -1)
		return (0);
	y->depth++;
	(void)dirs_each(sub, young_one, y);
	y->depth--;
	close(sub);
	return (0);
}

uint64_t
collectio_youngest(uint64_t conv)
{
	struct youngest	y = { 0 };
	char		name[CONV_NAME];
	int		fd;

	if ((fd = dirs_open(dirs.out, conv_name(conv, name))) == -1)
		return (0);
	(void)dirs_each(fd, young_one, &y);
	close(fd);
	return (y.at);
}

/* The directory that the file under way is in, or -1. */
static int
place(const struct collect *c)
{
	const struct found	*f = &c->f[c->i];
	char			 name[CONV_NAME];
	int			 fd, sub;

	fd = dirs_open(dirs.out, conv_name(c->r.conv, name));
	if (fd == -1 || f->dir[0] == '\0')
		return (fd);
	sub = dirs_open(fd, f->dir);
	close(fd);
	return (sub);
}

/* The one that was listed: a next turn may have made another of its name. */
void
collectio_unlink(struct collect *c)
{
	const struct found	*f = &c->f[c->i];
	struct stat		 st;
	int			 fd;

	if ((fd = place(c)) == -1)
		return;
	if (fstatat(fd, f->name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    (uint64_t)st.st_ino == f->ino && stat_changed(&st) <= c->r.at)
		(void)unlinkat(fd, f->name, 0);
	close(fd);
}

void
collectio_close(struct collect *c)
{
	if (c->in != -1)
		close(c->in);
	c->in = -1;
	spool_drop(&c->spool);
}

static enum collect_step
refuse(struct collect *c, const char *why)
{
	collectio_close(c);
	c->f[c->i].refused = 1;
	log_info("turn %" PRIu64 ": a file of its outbox is not sent: %s",
	    c->r.turn, why);
	collect_refused(c, c->f[c->i].name, why);
	return (CS_NOT);
}

/* What makes a file unfit before a byte of it is read, or NULL. */
static const char *
unfit(int fd)
{
	struct stat	st;

	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode))
		return ("it is not a plain file");
	if (st.st_nlink != 1)
		return ("it is a link to a file elsewhere; make a copy");
	if (st.st_size > (off_t)FILE_OUT_MAX)
		return ("it has more than 10 MB, and more cannot be looked "
		    "through before it is sent");
	return (NULL);
}

static const char *
source_open(struct collect *c)
{
	int	at;

	if ((at = place(c)) == -1)
		return ("its directory is gone");
	c->in = openat(at, c->f[c->i].name, O_RDONLY | O_NONBLOCK |
	    O_NOFOLLOW | O_NOCTTY | O_CLOEXEC);
	if (c->in == -1 && errno == ENOENT) {
		close(at);
		return ("it is gone");
	}
	close(at);
	if (c->in == -1)
		return (errno == EACCES ? "its mode closes it" :
		    "it is not a plain file");
	return (unfit(c->in));
}

static void
source_name(const struct collect *c, char *dst, size_t size)
{
	const struct found	*f = &c->f[c->i];

	(void)str_format(dst, size, "%" PRIu64 " %" PRIu64 " %" PRIu64 " %s/%s",
	    f->ino, f->mtime, f->size, f->dir, f->name);
}

static enum collect_step
finish(struct collect *c)
{
	const struct found	*f = &c->f[c->i];
	struct outmsg		 m = { 0 };
	char			 why[200], src[2 * NAME_MAX + 80];

	m.chat = c->r.chat;
	m.topic = c->r.topic;
	m.reply = c->r.reply;
	m.turn = c->r.turn;
	m.text = "";
	if (spool_send(&c->spool, &m, f->name, strcmp(f->dir,
	    "documents") == 0, why, sizeof(why)) == -1)
		return (refuse(c, why));
	source_name(c, src, sizeof(src));
	store_collected(c->r.turn, src);
	collectio_close(c);
	return (CS_QUEUED);
}

static enum collect_step
begin(struct collect *c)
{
	const char	*why;
	char		 text[200], src[2 * NAME_MAX + 80];

	source_name(c, src, sizeof(src));
	/* Queued before the relay was killed: only the original is left. */
	if (store_collected_has(c->r.turn, src))
		return (CS_NOT);
	if ((why = source_open(c)) != NULL)
		return (refuse(c, why));
	if (spool_new(&c->spool, 1, text, sizeof(text)) == -1)
		return (refuse(c, text));
	return (CS_MORE);
}

enum collect_step
collectio_step(struct collect *c)
{
	static char	p[PIECE];
	uint64_t	start = now_ms();
	ssize_t		n;

	if (c->in == -1)
		return (begin(c));
	do {
		if ((n = read(c->in, p, sizeof(p))) == 0)
			return (finish(c));
		if (n == -1)
			return (refuse(c, "it cannot be read"));
		/* It may grow while it is read. */
		if (c->spool.sniff.all + (uint64_t)n > FILE_OUT_MAX)
			return (refuse(c, "it has more than 10 MB, and more "
			    "cannot be looked through before it is sent"));
		if (spool_write(&c->spool, p, (size_t)n) == -1)
			return (refuse(c, "it cannot be stored here"));
	} while (now_ms() - start < STEP_MS);
	return (CS_MORE);
}
