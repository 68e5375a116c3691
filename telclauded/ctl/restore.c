/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * restore: a backup into an empty state directory, and restore --check, which
 * writes nothing.  All of it is looked at before anything is written, and
 * looked at again while it is; until every part is in place a directory
 * restore.new is there, and telclauded does not start.  Run by root; the
 * archive may come from anybody.
 */
#include <sys/file.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "telclauded/ctl/archive.h"
#include "telclauded/ctl/ctl.h"
#include "telclauded/ctl/restore.h"

#define BROKEN	"broken-audit"	/* the word of consent */

extern char	**environ;

/* The state directory and the keys: those of the configuration in force. */
static struct conf *
configuration(const struct ctl *ctl)
{
	struct conf_notes	 notes;
	struct conf_opts	 o;
	struct conf		*c;
	size_t			 i;

	memset(&o, 0, sizeof(o));
	memset(&notes, 0, sizeof(notes));
	o.file = ctl->conf;
	o.envp = environ;
	o.check = 1;
	if ((c = conf_load_isolated(&o, &notes)) == NULL)
		warnx("the configuration cannot be used; -f names another");
	for (i = 0; i < notes.errors.n; i++)
		fprintf(stderr, "%s\n", notes.errors.v[i]);
	conf_notes_free(&notes);
	return (c);
}

/* Its lock is held until this ends, so that it does not start meanwhile. */
static int
not_running(const struct conf *c)
{
	char	 path[1024];
	int	 fd;

	if (str_format(path, sizeof(path), "%s/telclauded.pid",
	    c->runtime) == -1)
		return (-1);
	if ((fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC)) == -1) {
		if (errno == ENOENT)
			return (0);
		warnx("%s: %s", path, strerror(errno));
		return (-1);
	}
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return (0);
	warnx("telclauded is running: end it first (telclaudectl stop)");
	close(fd);
	return (-1);
}

static int
look(struct ctl *ctl, struct archive *a, const struct conf *c)
{
	unsigned	 bad;

	if (!ctl->json)
		printf("%s, %s on host %s\n", ctl->argv[0], a->program,
		    a->host);
	bad = archive_check(a, c, ctl->json);
	if (a->doubt[0] != '\0')
		warnx("WARNING: the audit log in it does not hold: %s",
		    a->doubt);
	if (bad == 0)
		return (0);
	warnx("%u of %zu parts cannot be used", bad, a->n);
	return (-1);
}

/* What the log says of the past is in doubt: that is for a person to take. */
static int
consent(const struct ctl *ctl, const struct archive *a)
{
	if (a->doubt[0] == '\0' || ctl->argc > 1)
		return (0);
	fprintf(stderr, "telclaudectl: nothing is restored; to take it as it "
	    "is: telclaudectl restore %s " BROKEN "\n", ctl->argv[0]);
	return (-1);
}

static int
run(struct ctl *ctl, int write)
{
	static struct archive	 a;
	struct conf		*c;
	int			 doubt = 0, r = -1;

	if ((c = configuration(ctl)) == NULL)
		return (1);
	if (sodium_init() != -1 && archive_open(&a, ctl->argv[0]) == 0) {
		r = look(ctl, &a, c);
		doubt = a.doubt[0] != '\0';
		if (r == 0 && write && (r = consent(ctl, &a)) == 0 &&
		    (r = not_running(c)) == 0)
			r = restore_write(&a, c->state);
		archive_close(&a);
	}
	if (r == 0 && !ctl->json)
		puts(write ? "restored; telclauded can be started" : doubt ?
		    "every part opens, but the audit log does not hold" :
		    "every part opens");
	conf_free(c);
	return (r != 0 ? 1 : doubt && !write ? CTL_DOUBT : 0);
}

int
cmd_restore_check(struct ctl *ctl)
{
	return (run(ctl, 0));
}

int
cmd_restore(struct ctl *ctl)
{
	if (ctl->argc > 1 && strcmp(ctl->argv[1], BROKEN) != 0) {
		fprintf(stderr, "telclaudectl: restore: only " BROKEN " may "
		    "follow the file\n");
		return (CTL_USAGE);
	}
	if (geteuid() != 0) {
		warnx("only root can give files to the engines' users");
		return (1);
	}
	return (run(ctl, 1));
}
