/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Finds and reads the files of the audit log.  Run by telclaudectl; the
 * files are not trusted.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "telclauded/ctl/auditlog.h"
#include "telclauded/lib/util.h"

#define READ_BUF	(1u << 20)

void
auditlog_close(struct auditlog *l)
{
	free(l->names);
	memset(l, 0, sizeof(*l));
}

static int
add_name(struct auditlog *l, const char *name)
{
	if (l->names == NULL)
		l->names = calloc(AUDITLOG_FILES, sizeof(*l->names));
	if (l->names == NULL || l->n == AUDITLOG_FILES ||
	    str_copy(l->names[l->n], name, sizeof(l->names[0])) == -1)
		return (-1);
	l->n++;
	return (0);
}

/* audit-NUMBER.log, a full file? */
static int
is_old(const char *s)
{
	return (strlen(s) == 30 && strncmp(s, "audit-", 6) == 0 &&
	    strspn(s + 6, "0123456789") == 20 && strcmp(s + 26, ".log") == 0);
}

static uint64_t
first_of(const char *name)
{
	uint64_t	 seq;
	int		 fd;

	if ((fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) == -1)
		return (0);
	seq = audit_first(fd);
	close(fd);
	return (seq);
}

/* By the number in their names, which no damage reaches; the log itself is
 * the newest.  A copy with another name: by its first line, when that can be
 * read. */
static uint64_t
place_of(const char *path)
{
	const char	*s = strrchr(path, '/');
	uint64_t	 seq;

	s = s == NULL ? path : s + 1;
	if (is_old(s))
		return (strtoull(s + 6, NULL, 10));
	if (strcmp(s, "audit.log") == 0 || (seq = first_of(path)) == 0)
		return (UINT64_MAX);
	return (seq);
}

static int
by_place(const void *a, const void *b)
{
	uint64_t	 x = place_of(a), y = place_of(b);

	return (x < y ? -1 : x > y);
}

static void
read_pub(struct auditlog *l, const char *dir, int len)
{
	char	 path[1100], text[SEAL_PUBTEXT];
	ssize_t	 n;
	int	 fd;

	if (str_format(path, sizeof(path), "%.*sseal.pub", len, dir) == -1 ||
	    (fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return;
	n = read(fd, text, sizeof(text));
	close(fd);
	if (n > 0)
		(void)seal_pubs_parse(&l->pubs, text, (size_t)n);
}

static int
find_old(struct auditlog *l, const char *path, int dirlen)
{
	char		 dir[1024], name[1300];
	struct dirent	*d;
	DIR		*h;
	int		 r = 0;

	(void)str_format(dir, sizeof(dir), "%.*s", dirlen, path);
	if ((h = opendir(dirlen == 0 ? "." : dir)) == NULL)
		return (-1);
	while (r == 0 && (d = readdir(h)) != NULL)
		if (is_old(d->d_name) && str_format(name, sizeof(name),
		    "%s%s", dir, d->d_name) == 0)
			r = add_name(l, name);
	closedir(h);
	return (r);
}

int
auditlog_find(struct auditlog *l, const char *path, char *why, size_t len)
{
	const char	*slash = strrchr(path, '/');
	int		 dirlen = slash == NULL ? 0 : (int)(slash - path) + 1;
	int		 r;

	memset(l, 0, sizeof(*l));
	if (access(path, R_OK) == -1) {
		(void)str_format(why, len, "%s: %s%s", path, strerror(errno),
		    errno == EACCES ? "; the audit log is for root" : "");
		return (-1);
	}
	r = find_old(l, path, dirlen);
	if (r == -1 || add_name(l, path) == -1) {
		(void)str_format(why, len, "%s: %s", path, strerror(errno));
		auditlog_close(l);
		return (-1);
	}
	qsort(l->names, l->n, sizeof(*l->names), by_place);
	read_pub(l, path, dirlen);
	return (0);
}

int
auditlog_files(struct auditlog *l, int n, char **names, char *why, size_t len)
{
	const char	*slash;
	int		 i;

	memset(l, 0, sizeof(*l));
	for (i = 0; i < n; i++)
		if (access(names[i], R_OK) == -1 ||
		    add_name(l, names[i]) == -1) {
			(void)str_format(why, len, "%s: %s", names[i],
			    strerror(errno));
			auditlog_close(l);
			return (-1);
		}
	if (l->n == 0)
		return (0);
	qsort(l->names, l->n, sizeof(*l->names), by_place);
	slash = strrchr(names[0], '/');
	read_pub(l, names[0], slash == NULL ? 0 :
	    (int)(slash - names[0]) + 1);
	return (0);
}

static int
open_file(const char *name)
{
	struct stat	 st;
	int		 fd;

	if ((fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) == -1)
		return (-1);
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return (fd);
	close(fd);
	errno = EINVAL;
	return (-1);
}

int
auditlog_verify(const struct auditlog *l, struct audit_report *r,
    struct audit_witness *wit)
{
	struct audit_walk	*w;
	unsigned		 i;
	int			 fd, ret = 0;

	w = audit_walk_new(r, l->pubs.n > 0 ? &l->pubs : NULL, wit);
	if (w == NULL)
		return (-1);
	for (i = 0; i < l->n && ret == 0; i++) {
		if ((fd = open_file(l->names[i])) == -1) {
			ret = -1;
			break;
		}
		ret = audit_walk_file(w, fd);
		close(fd);
	}
	audit_walk_free(w);
	return (ret);
}

static int
each_line(int fd, char *buf, void (*fn)(const char *, size_t, void *),
    void *arg)
{
	size_t	 have = 0;
	ssize_t	 n;
	char	*p, *nl;

	while ((n = read(fd, buf + have, READ_BUF - have)) > 0) {
		have += (size_t)n;
		for (p = buf; (nl = memchr(p, '\n', have)) != NULL;
		    p = nl + 1) {
			fn(p, (size_t)(nl - p), arg);
			have -= (size_t)(nl - p) + 1;
		}
		memmove(buf, p, have);
		/* Longer than any line of ours: not one. */
		if (have == READ_BUF)
			have = 0;
	}
	return (n == -1 ? -1 : 0);
}

int
auditlog_each(const struct auditlog *l,
    void (*fn)(const char *, size_t, void *), void *arg)
{
	char		*buf;
	unsigned	 i;
	int		 fd, r = 0;

	if ((buf = malloc(READ_BUF)) == NULL)
		return (-1);
	for (i = 0; i < l->n && r == 0; i++) {
		if ((fd = open_file(l->names[i])) == -1) {
			r = -1;
			break;
		}
		r = each_line(fd, buf, fn, arg);
		close(fd);
	}
	free(buf);
	return (r);
}

/* --- the end ------- */
/* Reads backwards until there are n newlines before the last byte. */
static size_t
tail_start(int fd, off_t size, unsigned *n)
{
	char	 part[65536];
	off_t	 at = size, from;
	ssize_t	 got, i;

	while (at > 0) {
		from = at > (off_t)sizeof(part) ? at - (off_t)sizeof(part) : 0;
		got = pread(fd, part, (size_t)(at - from), from);
		if (got != at - from)
			return ((size_t)size);
		for (i = got - 1; i >= 0; i--)
			if (part[i] == '\n' && from + i != size - 1 &&
			    --*n == 0)
				return ((size_t)(from + i) + 1);
		at = from;
	}
	if (size > 0)
		--*n;		/* the first line has no newline before it */
	return (0);
}

static int
tail_add(struct buf *b, const char *name, unsigned *n)
{
	struct buf	 part;
	off_t		 size;
	size_t		 from;
	ssize_t		 got;
	char		*p;
	int		 fd, r = -1;

	if ((fd = open_file(name)) == -1)
		return (-1);
	size = lseek(fd, 0, SEEK_END);
	from = tail_start(fd, size, n);
	buf_init(&part);
	if ((p = malloc((size_t)size - from + 1)) != NULL &&
	    (got = pread(fd, p, (size_t)size - from, (off_t)from)) >= 0) {
		buf_add(&part, p, (size_t)got);
		buf_add(&part, b->p == NULL ? "" : b->p, b->len);
		r = part.failed ? -1 : 0;
		buf_free(b);
		*b = part;
	}
	free(p);
	close(fd);
	return (r);
}

char *
auditlog_tail(const struct auditlog *l, unsigned n, size_t *len)
{
	struct buf	 b;
	unsigned	 i;

	buf_init(&b);
	for (i = l->n; i > 0 && n > 0 && l->n - i < 2; i--)
		if (tail_add(&b, l->names[i - 1], &n) == -1)
			break;
	*len = b.len;
	return (b.p);
}

/* --- the relay ------- */
static void
on_head(const char *p, size_t n, void *arg)
{
	json_t	*o = json_loadb(p, n, 0, NULL);

	*(uint64_t *)arg = (uint64_t)json_integer_value(json_object_get(o,
	    "seq"));
	json_decref(o);
}

int
auditlog_heard(struct ctl *c, uint64_t *seq)
{
	struct client	*cl;
	char		 why[256];
	int		 down, r;

	if ((cl = client_open(c->socket, &down)) == NULL)
		return (-1);
	r = client_goto(cl, PROC_RELAY, why, sizeof(why));
	if (r == 0)
		r = client_ask(cl, ASK_HEAD, 0, 0, "", "", -1, on_head, seq,
		    why, sizeof(why));
	client_close(cl);
	return (r == 0 ? 0 : -1);
}
