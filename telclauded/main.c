/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * telclauded: options, -n, and the way into the background.  Run by root (-n
 * by anybody); what follows is parent/.
 */
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/types.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "parent/notify.h"
#include "parent/parent.h"
#include "parent/platform.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"
#include "telclauded/summary.h"

extern char	**environ;

static void __attribute__((noreturn))
usage(void)
{
	fprintf(stderr, "usage: telclauded [-dnv] [-D name=value] [-f file] "
	    "[-L directory]\n");
	exit(1);
}

static void
add_macro(struct strlist *l, char *arg)
{
	char	**v;

	if (strchr(arg, '=') == NULL)
		fatalx("-D %s: write name=value", arg);
	if ((v = reallocarray(l->v, l->n + 1, sizeof(*v))) == NULL)
		fatal("-D");
	v[l->n++] = arg;
	l->v = v;
}

static void
options(int argc, char **argv, struct parent_opts *o, int *check)
{
	int	 ch;

	while ((ch = getopt(argc, argv, "D:L:df:nv")) != -1) {
		switch (ch) {
		case 'D':
			add_macro(&o->conf.macros, optarg);
			break;
		case 'L':
			o->libexec = optarg;
			break;
		case 'd':
			o->foreground = 1;
			break;
		case 'f':
			o->conf.file = optarg;
			break;
		case 'n':
			*check = o->conf.check = 1;
			break;
		case 'v':
			o->conf.verbose++;
			break;
		default:
			usage();
		}
	}
	if (optind != argc)
		usage();
}

/* All errors, not just the first; NULL when there is one. */
static struct conf *
load(const struct parent_opts *o, char **path)
{
	struct conf_notes	 notes;
	struct conf		*c;
	size_t			 i;

	memset(&notes, 0, sizeof(notes));
	c = conf_load_isolated(&o->conf, &notes);
	for (i = 0; i < notes.errors.n; i++)
		log_put(LOGL_ERROR, notes.errors.v[i]);
	for (i = 0; i < notes.warnings.n; i++)
		log_put(LOGL_WARN, notes.warnings.v[i]);
	if (c == NULL && notes.errors.n == 0)
		log_error("the configuration could not be read");
	*path = notes.path != NULL ? strdup(notes.path) : NULL;
	conf_notes_free(&notes);
	return (c);
}

/*
 * What the start will refuse.  A warning, because the file may be checked
 * elsewhere than it is used.
 */
static void
warn_workspaces(const struct conf *c)
{
	const struct conf_agent	*a;
	struct stat		 st;

	TAILQ_FOREACH(a, &c->agents, entry) {
		if (a->workspace == NULL)
			continue;
		if (stat(a->workspace, &st) == -1) {
			if (errno == ENOENT)
				log_warnx("workspace %s is not there; make "
				    "it, owned by the user tools shall act "
				    "as: install -d -o USER -g GROUP %s",
				    a->workspace, a->workspace);
		} else if (st.st_uid == 0)
			log_warnx("workspace %s belongs to root, and tools "
			    "never act as root; give it to a user: chown "
			    "USER:GROUP %s", a->workspace, a->workspace);
	}
}

static int
check(const struct conf *c, const char *path, int verbose)
{
	char	*text;

	if (verbose) {
		if ((text = conf_print(c)) == NULL)
			fatal("printing the configuration");
		(void)fputs(text, stdout);
		free(text);
	} else {
		if ((text = conf_summary(c)) == NULL)
			fatal("summary");
		printf("%s: ok. %s\n", path != NULL ? path : "configuration",
		    text);
		free(text);
		warn_workspaces(c);
	}
	return (fflush(stdout) == 0 ? 0 : 1);
}

/*
 * The launcher stays until the family works, so that its exit status and
 * stderr tell of a start that failed.  Returns in the child, with the pipe.
 */
static int
background(void)
{
	char	 code;
	int	 p[2];

	if (pipe2(p, O_CLOEXEC) == -1)
		fatal("pipe");
	switch (fork()) {
	case -1:
		fatal("fork");
	case 0:
		close(p[0]);
		if (setsid() == -1 || chdir("/") == -1)
			fatal("background");
		return (p[1]);
	default:
		close(p[1]);
		_exit(read(p[0], &code, 1) == 1 ? code : 1);
	}
}

static char *
absolute(const char *dir)
{
	char	*s;

	if ((s = realpath(dir, NULL)) == NULL)
		fatal("%s", dir);
	return (s);
}

/*
 * Its memory holds no secret, but its descriptors do, and it is root: no core
 * of it, and nobody looks into it who may not look into everybody.
 */
static void
no_core(void)
{
	const struct rlimit	 none = { 0, 0 };

	if (setrlimit(RLIMIT_CORE, &none) == -1 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1)
		fatal("no core dumps");
}

int
main(int argc, char **argv)
{
	static struct parent_opts opts;
	struct conf	*c;
	char		*path, why[256];
	int		 only_check = 0, ready = -1;

	log_init("telclauded");
	opts.libexec = TC_LIBEXEC;
	opts.conf.envp = environ;
	options(argc, argv, &opts, &only_check);
	if (!only_check && geteuid() != 0)
		fatalx("needs root: it makes the firewall and the users' "
		    "processes; telclauded -n checks the configuration "
		    "without");
	if (!only_check) {
		no_core();
		if (platform_memfd(why, sizeof(why)) == -1)
			fatalx("%s", why);
		notify_init();
	}
	if ((c = load(&opts, &path)) == NULL)
		return (1);
	if (only_check) {
		only_check = check(c, path, opts.conf.verbose);
		conf_free(c);
		free(path);
		return (only_check);
	}
	opts.libexec = absolute(opts.libexec);
	if (opts.conf.file != NULL) {
		opts.conf.file = absolute(opts.conf.file);
		free(path);
		path = strdup(opts.conf.file);
	}
	/* The relative names in it were resolved: now away from here. */
	if (!opts.foreground)
		ready = background();
	else if (chdir("/") == -1)
		fatal("chdir");
	return (parent_run(&opts, c, path, ready));
}
