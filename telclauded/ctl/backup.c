/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * backup: the parts of the family's state, as the daemon hands them over one
 * by one, in one archive.  It gets its name when it is whole, on the disk and
 * was read back.  Run by root.
 */
#include <sys/file.h>
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "telclauded/conf/conf.h"
#include "telclauded/ctl/archive.h"
#include "telclauded/ctl/backups.h"
#include "telclauded/ctl/ctl.h"

struct backup {
	struct client	*cl;
	struct part	 parts[ARCHIVE_PARTS];
	size_t		 n;
	char		 path[1024], tmp[1032];
	char		 dir[1000];		/* "" where a file was named */
	uint32_t	 keep;
	int		 fd;
	char		 why[1024], doubt[512];
};

static int
failed(struct backup *b, const char *what)
{
	(void)str_format(b->why, sizeof(b->why), "%s: %s", what,
	    strerror(errno));
	return (-1);
}

static int
put(struct backup *b, const void *v, size_t n)
{
	const uint8_t	*p = v;
	ssize_t		 w;

	for (; n > 0; n -= (size_t)w, p += w)
		if ((w = write(b->fd, p, n)) == -1)
			return (failed(b, b->tmp));
	return (0);
}

static int
pad(struct backup *b, uint64_t size)
{
	static const uint8_t	 zeros[2 * TAR_BLOCK];

	return (put(b, zeros, size == UINT64_MAX ? sizeof(zeros) :
	    tar_padding(size)));
}

static int
head(struct backup *b, const char *name, uint64_t size)
{
	uint8_t	 h[TAR_BLOCK];

	if (tar_head(h, name, size, wall_ms() / 1000) == -1) {
		(void)str_format(b->why, sizeof(b->why), "%s cannot be put "
		    "into an archive", name);
		return (-1);
	}
	return (put(b, h, sizeof(h)));
}

/* As many bytes as it has now: a log may grow meanwhile. */
static int
copy(struct backup *b, struct part *p, int fd)
{
	static uint8_t			 buf[ARCHIVE_CHUNK];
	crypto_hash_sha256_state	 st;
	uint64_t			 off;
	ssize_t				 n;

	crypto_hash_sha256_init(&st);
	for (off = 0; off < p->m.size; off += (uint64_t)n) {
		n = pread(fd, buf, MINIMUM(sizeof(buf), p->m.size - off),
		    (off_t)off);
		if (n == -1)
			return (failed(b, p->m.name));
		if (n == 0) {
			(void)str_format(b->why, sizeof(b->why), "%s became "
			    "shorter", p->m.name);
			return (-1);
		}
		if (off == 0)
			p->schema = archive_schema(buf, (size_t)n);
		crypto_hash_sha256_update(&st, buf, (size_t)n);
		if (put(b, buf, (size_t)n) == -1)
			return (-1);
	}
	crypto_hash_sha256_final(&st, p->sha);
	return (pad(b, p->m.size));
}

static int
add(struct backup *b, const char *name, int fd)
{
	struct part	*p = &b->parts[b->n];
	struct stat	 st;

	if (b->n == ARCHIVE_PARTS || fstat(fd, &st) == -1 ||
	    !S_ISREG(st.st_mode) || str_copy(p->m.name, name,
	    sizeof(p->m.name)) == -1) {
		(void)str_format(b->why, sizeof(b->why), "%s: not a part "
		    "that can be kept", name);
		return (-1);
	}
	p->m.size = (uint64_t)st.st_size;
	p->schema = -1;
	b->n++;
	return (head(b, name, p->m.size) == -1 ? -1 : copy(b, p, fd));
}

static int
add_manifest(struct backup *b)
{
	struct buf	 m;
	int		 r = -1;

	buf_init(&m);
	if (manifest_put(&m, b->parts, b->n) == -1)
		(void)str_copy(b->why, "no memory", sizeof(b->why));
	else if (head(b, ARCHIVE_MANIFEST, m.len) == 0 &&
	    put(b, m.p, m.len) == 0 && pad(b, m.len) == 0 &&
	    pad(b, UINT64_MAX) == 0)
		r = fsync(b->fd) == -1 ? failed(b, b->tmp) : 0;
	buf_free(&m);
	return (r);
}

/* --- where to ----------------------------------------------------------- */
static int
dated_path(struct backup *b, const char *state)
{
	struct tm	 tm;
	char		 name[64];
	time_t		 t = time(NULL);

	if (gmtime_r(&t, &tm) == NULL || strftime(name, sizeof(name),
	    BACKUP_NAME, &tm) == 0 || backup_dir(state, b->dir,
	    sizeof(b->dir), b->why, sizeof(b->why)) == -1)
		return (-1);
	backup_sweep(b->dir);
	return (str_format(b->path, sizeof(b->path), "%s/%s", b->dir, name));
}

/* The configuration is the first part: it knows the state directory. */
static int
where(struct backup *b, int fd)
{
	struct conf_notes	 notes;
	struct conf		*c = NULL;
	char			*text;
	ssize_t			 n;
	int			 r = 0;

	memset(&notes, 0, sizeof(notes));
	if ((text = malloc(CONF_TEXT_MAX)) != NULL && (n = pread(fd, text,
	    CONF_TEXT_MAX, 0)) > 0)
		c = conf_reparse(text, (size_t)n, &notes);
	free(text);
	if (c == NULL) {
		(void)str_copy(b->why, "the daemon's configuration cannot be "
		    "read", sizeof(b->why));
		r = -1;
	} else if (b->path[0] == '\0') {
		b->keep = c->keep_backups;
		r = dated_path(b, c->state);
	}
	if (r == 0)
		r = backup_room(c->state, b->path, b->why, sizeof(b->why));
	conf_notes_free(&notes);
	conf_free(c);
	return (r);
}

static int
create(struct backup *b)
{
	struct stat	 st;

	if (lstat(b->path, &st) == 0) {
		errno = EEXIST;
		return (failed(b, b->path));
	}
	if (str_format(b->tmp, sizeof(b->tmp), "%s.new", b->path) == -1) {
		errno = ENAMETOOLONG;
		return (failed(b, b->path));
	}
	b->fd = open(b->tmp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
	    O_CLOEXEC, 0600);
	if (b->fd == -1) {
		(void)failed(b, b->tmp);
		b->tmp[0] = '\0';
		return (-1);
	}
	/* Locked: it is not one that was left behind. */
	return (flock(b->fd, LOCK_EX | LOCK_NB) == -1 ||
	    fchmod(b->fd, 0600) == -1 ? failed(b, b->tmp) : 0);
}

/* --- all of it ---------------------------------------------------------- */
static int
collect(struct backup *b)
{
	char		 name[128];
	unsigned	 n;
	int		 fd, r;

	for (n = 0;; n++) {
		r = client_part(b->cl, n, name, sizeof(name), &fd, b->why,
		    sizeof(b->why));
		if (r == CE_END && n > 0)
			return (0);
		if (r != CE_OK || fd == -1) {
			if (fd != -1)
				close(fd);
			if (b->why[0] == '\0')
				(void)str_copy(b->why, "the daemon sent no "
				    "part", sizeof(b->why));
			return (-1);
		}
		r = 0;
		if (n == 0)
			r = where(b, fd);
		if (r == 0 && n == 0)
			r = create(b);
		if (r == 0)
			r = add(b, name, fd);
		close(fd);
		if (r == -1)
			return (-1);
	}
}

/* Read back, then under its name, then the name on the disk. */
static int
finish(struct backup *b, int json)
{
	static struct archive	 a;
	unsigned		 bad;

	if (archive_open(&a, b->tmp) == -1) {
		(void)str_copy(b->why, "what was written cannot be read back",
		    sizeof(b->why));
		return (-1);
	}
	a.file = b->path;
	bad = archive_check(&a, NULL, json);
	memcpy(b->doubt, a.doubt, sizeof(b->doubt));
	archive_close(&a);
	if (bad > 0) {
		(void)str_format(b->why, sizeof(b->why), "%u of its parts "
		    "would not open; nothing was kept", bad);
		return (-1);
	}
	if (link(b->tmp, b->path) == -1 || unlink(b->tmp) == -1)
		return (failed(b, b->path));
	b->tmp[0] = '\0';
	return (backup_syncdir(b->path) == -1 ? failed(b, b->path) : 0);
}

int
cmd_backup(struct ctl *c)
{
	static struct backup	 b;
	int			 down, r;

	b.fd = -1;
	if (c->argc > 0 && str_copy(b.path, c->argv[0],
	    sizeof(b.path)) == -1) {
		warnx("too long a name");
		return (CTL_USAGE);
	}
	if ((b.cl = client_open(c->socket, &down)) == NULL)
		return (down ? CTL_DOWN : 1);
	r = collect(&b);
	client_close(b.cl);
	if (r == 0)
		r = add_manifest(&b);
	if (r == 0)
		r = finish(&b, c->json);
	if (b.fd != -1)
		close(b.fd);
	if (b.tmp[0] != '\0')
		(void)unlink(b.tmp);
	if (r == -1) {
		warnx("backup: %s", b.why);
		return (1);
	}
	if (!c->json)
		printf("wrote %s\n", b.path);
	if (b.dir[0] != '\0')
		backup_prune(b.dir, b.keep, b.path);
	if (b.doubt[0] == '\0')
		return (0);
	warnx("backup: WARNING: the audit log does not hold: %s.  It is in "
	    "the backup as it is; look into it: telclaudectl audit verify",
	    b.doubt);
	return (CTL_DOUBT);
}
