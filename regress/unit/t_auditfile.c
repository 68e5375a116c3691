/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The files of the audit log where a disk is full or a crash comes between
 * two of them: the chain must hold all the same.
 */
#include <sys/resource.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <event2/event.h>
#include <sodium.h>

#include "engines/audit/file.h"
#include "telclauded/lib/util.h"

static struct event_base	*base;
static char			 path[64];
static int			 dir;

static int
setup(void **state)
{
	(void)state;
	(void)str_copy(path, "/tmp/t_auditfile.XXXXXX", sizeof(path));
	if (mkdtemp(path) == NULL)
		return (-1);
	dir = open(path, O_RDONLY | O_DIRECTORY);
	return (dir == -1 ? -1 : 0);
}

static int
teardown(void **state)
{
	struct dirent	*d;
	DIR		*h = fdopendir(dir);

	(void)state;
	while (h != NULL && (d = readdir(h)) != NULL)
		(void)unlinkat(dir, d->d_name, 0);
	if (h != NULL)
		(void)closedir(h);
	return (rmdir(path));
}

static void
begin(struct alog *a)
{
	char	why[256];

	memset(a, 0, sizeof(*a));
	a->dir = dir;
	a->own = 1;
	a->fd = openat(dir, KEEP_LOG, O_RDWR | O_APPEND | O_CREAT, 0600);
	assert_int_not_equal(a->fd, -1);
	assert_int_equal(file_begin(a, base, why, sizeof(why)), 0);
}

static void
end(struct alog *a)
{
	event_free(a->sync);
	secret_free(&a->key);
	close(a->fd);
}

static void
say(struct alog *a)
{
	assert_int_equal(file_say(a, "message", AV_SUCCESS, "hello"), 0);
}

/* All files in order; 0: they are one chain. */
static int
walk(struct audit_report *r)
{
	struct audit_walk	*w = audit_walk_new(r, NULL, NULL);
	char			 name[64];
	unsigned		 n;
	int			 fd, ret = 0;

	assert_non_null(w);
	for (n = 0; ret == 0 && (fd = keep_old(dir, n, name,
	    sizeof(name))) != -1; n++) {
		ret = audit_walk_file(w, fd);
		close(fd);
	}
	if (ret == 0) {
		fd = openat(dir, KEEP_LOG, O_RDONLY);
		ret = audit_walk_file(w, fd);
		close(fd);
	}
	audit_walk_free(w);
	return (ret);
}

/* They are, up to this line; how many files. */
static unsigned
whole(uint64_t last)
{
	struct audit_report	 r;

	assert_int_equal(walk(&r), 0);
	assert_int_equal(r.last, last);
	return (r.file + 1);
}

/* Other bytes in place of the first that are these. */
static void
change(const char *from, const char *to)
{
	char	 buf[8192], *p;
	ssize_t	 n;
	int	 fd = openat(dir, KEEP_LOG, O_RDWR);

	n = pread(fd, buf, sizeof(buf), 0);
	p = n > 0 ? memmem(buf, (size_t)n, from, strlen(from)) : NULL;
	assert_non_null(p);
	assert_int_equal(pwrite(fd, to, strlen(to), p - buf), strlen(to));
	close(fd);
}

static void
test_turn(void **state)
{
	struct alog	 a;

	(void)state;
	begin(&a);
	say(&a);
	file_turn(&a);
	assert_int_equal(whole(1), 1);
	a.month--;
	file_turn(&a);
	/* line, seal, opened */
	assert_int_equal(whole(3), 2);
	end(&a);
}

/* A crash after the rename: the new file is there and empty. */
static void
test_between(void **state)
{
	struct alog	 a;
	int		 fd;

	(void)state;
	begin(&a);
	say(&a);
	file_seal(&a);
	fd = keep_rotate(dir, a.first);
	assert_int_not_equal(fd, -1);
	close(fd);
	end(&a);
	begin(&a);
	assert_int_equal(a.tail.seq, 2);
	say(&a);
	assert_int_equal(whole(4), 2);
	end(&a);
	/* And what was said first lets the file stand alone. */
	begin(&a);
	file_expire(&a, 0);
	assert_int_equal(whole(4), 2);
	assert_int_equal(a.first, 3);
	end(&a);
}

static void
test_no_room(void **state)
{
	struct rlimit	 was, rl;
	struct alog	 a;
	struct stat	 st;

	(void)state;
	begin(&a);
	say(&a);
	file_seal(&a);
	a.month--;
	/* No descriptor for the next file: this one stays the log. */
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &was), 0);
	rl = was;
	rl.rlim_cur = 3;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &rl), 0);
	file_turn(&a);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &was), 0);
	assert_int_equal(fstatat(dir, KEEP_LOG, &st, 0), 0);
	say(&a);
	assert_int_equal(whole(3), 1);
	a.turned_ms = 0;
	/* A seal that is cut short: no file ends so. */
	assert_int_equal(fstatat(dir, KEEP_LOG, &st, 0), 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	rl = was;
	rl.rlim_cur = (rlim_t)st.st_size + 20;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &rl), 0);
	file_turn(&a);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	say(&a);
	assert_int_equal(whole(5), 1);
	/* Not at once again: each line would be a try. */
	file_turn(&a);
	assert_int_equal(whole(5), 1);
	a.turned_ms = 0;
	file_turn(&a);
	assert_int_equal(whole(7), 2);
	end(&a);
}

/* The line that mends is bound to the last good line and to all damage. */
static void
test_repair(void **state)
{
	static const char	 junk[] = "{\"seq\":3,\"cut\nmore of it";
	struct audit_report	 r;
	struct alog		 a;

	(void)state;
	begin(&a);
	say(&a);
	assert_int_equal(file_say(&a, "message", AV_SUCCESS, "goodbye"), 0);
	assert_int_equal(write(a.fd, junk, sizeof(junk) - 1),
	    sizeof(junk) - 1);
	end(&a);
	begin(&a);
	assert_int_equal(a.tail.seq, 2);
	say(&a);
	assert_int_equal(walk(&r), 0);
	assert_int_equal(r.repairs, 1);
	assert_int_equal(r.last, 4);
	change("goodbye", "godspel");
	assert_int_equal(walk(&r), 1);
	assert_int_equal(r.broken, 3);
	change("godspel", "goodbye");
	assert_int_equal(walk(&r), 0);
	change("cut", "CUT");
	assert_int_equal(walk(&r), 1);
	change("CUT", "cut");
	change("more", "MORE");
	assert_int_equal(walk(&r), 1);
	end(&a);
}

static void
test_expire(void **state)
{
	struct timespec	 old[2] = { { 1000000000, 0 }, { 1000000000, 0 } };
	struct audit_report r;
	struct alog	 a;
	char		 name[64];

	(void)state;
	begin(&a);
	say(&a);
	a.month--;
	file_turn(&a);
	file_expire(&a, 86400);
	assert_int_equal(whole(3), 2);
	close(keep_old(dir, 0, name, sizeof(name)));
	assert_int_equal(utimensat(dir, name, old, 0), 0);
	file_expire(&a, 0);
	assert_int_equal(whole(3), 2);
	/* Not under a copy that is being made. */
	a.copied_ms = now_ms();
	file_expire(&a, 86400);
	assert_int_equal(whole(3), 2);
	a.copied_ms = 0;
	file_expire(&a, 86400);
	assert_int_equal(whole(4), 1);
	assert_int_equal(walk(&r), 0);
	assert_int_equal(r.first, 3);
	assert_int_equal(r.kept, 3);
	assert_false(audit_walk_headless(&r));
	end(&a);
}

/* Who removes the oldest file by hand leaves a log that begins nowhere. */
static void
test_headless(void **state)
{
	struct audit_report	 r;
	struct alog		 a;
	char			 name[64];

	(void)state;
	begin(&a);
	say(&a);
	a.month--;
	file_turn(&a);
	assert_int_equal(walk(&r), 0);
	assert_false(audit_walk_headless(&r));
	close(keep_old(dir, 0, name, sizeof(name)));
	assert_int_equal(unlinkat(dir, name, 0), 0);
	assert_int_equal(walk(&r), 0);
	assert_true(audit_walk_headless(&r));
	end(&a);
}

static int
walk_keys(const char *name)
{
	struct audit_report	 r;
	struct audit_walk	*w;
	struct seal_pubs	 v;
	char			 text[SEAL_PUBTEXT];
	int			 ret, fd = openat(dir, name, O_RDONLY);
	ssize_t			 n = read(fd, text, sizeof(text));

	close(fd);
	assert_true(n > 0);
	assert_int_equal(seal_pubs_parse(&v, text, (size_t)n), 0);
	assert_non_null(w = audit_walk_new(&r, &v, NULL));
	fd = openat(dir, KEEP_LOG, O_RDONLY);
	ret = audit_walk_file(w, fd);
	close(fd);
	audit_walk_free(w);
	return (ret);
}

/* A new key: what the old one sealed can still be checked. */
static void
test_key(void **state)
{
	struct alog	 a;
	char		 line[2 * SEAL_PUBLEN + 1];
	int		 fd;

	(void)state;
	begin(&a);
	say(&a);
	file_seal(&a);
	end(&a);
	assert_int_equal(unlinkat(dir, KEEP_KEY, 0), 0);
	begin(&a);
	/* The old key's note is no gap; the change is a line. */
	assert_int_equal(whole(3), 1);
	say(&a);
	file_seal(&a);
	assert_int_equal(whole(5), 1);
	assert_int_equal(walk_keys(KEEP_PUB), 0);
	end(&a);
	/* Once more with the same: nothing is added. */
	begin(&a);
	end(&a);
	fd = openat(dir, KEEP_PUB, O_RDONLY);
	assert_int_equal(lseek(fd, 0, SEEK_END), 2 * sizeof(line));
	assert_int_equal(pread(fd, line, sizeof(line), 0), sizeof(line));
	close(fd);
	/* The new one alone cannot vouch for what was before it. */
	fd = openat(dir, "one.pub", O_WRONLY | O_CREAT, 0600);
	assert_int_equal(write(fd, line, sizeof(line)), sizeof(line));
	close(fd);
	assert_int_equal(walk_keys("one.pub"), 1);
}

int
main(void)
{
	static const struct CMUnitTest	tests[] = {
#define T(fn)	cmocka_unit_test_setup_teardown(fn, setup, teardown)
		T(test_turn),
		T(test_between),
		T(test_no_room),
		T(test_repair),
		T(test_expire),
		T(test_headless),
		T(test_key),
	};

	(void)signal(SIGXFSZ, SIG_IGN);
	if (sodium_init() == -1 || (base = event_base_new()) == NULL)
		return (1);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
