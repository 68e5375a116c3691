/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Single acts against a wall, for the doubles of layers.t: those of the
 * selftest (engines/common/selftest.def), by name, and files by path.
 *
 *	ctx TIER SIBLING PORT4 PORT6 ABSTRACT FLAGS
 *	places STATE CONTROL TMP WORKSPACE	what acts reach for
 *	act NAME			one of them
 *	open r|w PATH, look PATH	open a file; ask whether it is there
 *	stay NAME			leave a process of that name behind
 *
 * Each gives 0 when it worked, or the errno.
 */
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engines/common/selftest.h"
#include "regress/confinement/evil.h"
#include "telclauded/lib/util.h"

static struct self_ctx	 ctx;

static char *
word(char **s)
{
	char	*w;

	while ((w = strsep(s, " ")) != NULL && *w == '\0')
		;
	return (w == NULL ? *s = (char *)(uintptr_t)"" : w);
}

static int
do_ctx(char *args)
{
	ctx.tier = (enum tier)strtoul(word(&args), NULL, 10);
	return (self_parse(&ctx, args) == -1 ? EINVAL : 0);
}

/* The words stay: the context points into them. */
static int
do_places(const char *args)
{
	static char	 kept[2048];
	char		*s = kept;

	if (str_copy(kept, args, sizeof(kept)) == -1)
		return (E2BIG);
	ctx.state = word(&s);
	ctx.control = word(&s);
	ctx.tmp = word(&s);
	ctx.workspace = word(&s);
	return (0);
}

static int
do_act(const char *name)
{
	static const char *const	 names[SA_MAX] = {
#define A(id, words, eo, el, ef, to, tl, tf, expr)	[SA_##id] = #id,
#include "engines/common/selftest.def"
#undef A
	};
	int				 a;

	for (a = 0; a < SA_MAX; a++)
		if (strcmp(names[a], name) == 0)
			return (self_act(&ctx, (enum self_act)a));
	return (EBADRQC);
}

static int
do_open(char *args)
{
	const char	*how = word(&args);
	long		 fd;

	fd = syscall(SYS_openat, AT_FDCWD, word(&args), *how == 'w' ?
	    O_WRONLY : O_RDONLY, 0);
	if (fd == -1)
		return (errno);
	(void)close((int)fd);
	return (0);
}

static int
do_look(char *args)
{
	struct stat	 st;

	return (stat(word(&args), &st) == -1 ? errno : 0);
}

/* Twice away from its maker, in a session of its own. */
static int
do_stay(char *args)
{
	pid_t	 pid;

	if ((pid = fork()) == -1)
		return (errno);
	if (pid != 0) {
		(void)waitpid(pid, NULL, 0);
		return (0);
	}
	(void)setsid();
	(void)prctl(PR_SET_PDEATHSIG, 0);
	if (fork() != 0)
		_exit(0);
	(void)prctl(PR_SET_NAME, word(&args));
	for (;;)
		(void)pause();
}

/* -1: no such command. */
int
evil_act(const char *cmd, char *args)
{
	if (strcmp(cmd, "ctx") == 0)
		return (do_ctx(args));
	if (strcmp(cmd, "places") == 0)
		return (do_places(args));
	if (strcmp(cmd, "act") == 0)
		return (do_act(args));
	if (strcmp(cmd, "open") == 0)
		return (do_open(args));
	if (strcmp(cmd, "look") == 0)
		return (do_look(args));
	if (strcmp(cmd, "stay") == 0)
		return (do_stay(args));
	return (-1);
}
