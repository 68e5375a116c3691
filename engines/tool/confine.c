/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The walls a tool raises around itself before it hears of its job: Landlock
 * by tier, then the filter.  In namespaces the view has only what may be
 * read, and Landlock says so again; without them Landlock alone says it.
 */
#include <sys/stat.h>

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engines/common/cage.h"
#include "engines/tool/tool.h"
#include "telclauded/lib/log.h"

/* The parent's toolexec.c writes these. */
#define ARGS_FIXED	6
#define PATHS_MAX	128
#define RX		(CP_READ | CP_EXEC)
#define RWX		(CP_READ | CP_WRITE | CP_EXEC | CP_REFER)

/* Of the host, for tools without a view of their own. */
static const char *const system_paths[] = {
	"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32",
	"/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d",
	"/etc/alternatives", "/etc/localtime", "/etc/mime.types",
	"/etc/protocols", "/etc/services", "/etc/ssl/certs",
	"/etc/ssl/openssl.cnf", "/etc/passwd", "/etc/group",
	"/etc/nsswitch.conf", "/etc/hosts", "/proc/self"
};
/* In a view of their own, besides what the arguments name. */
static const char *const view_paths[] = {
	"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32",
	"/etc", "/proc", "/dev"
};
static const char *const device_paths[] = {
	"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"
};

struct list {
	struct cage_path v[PATHS_MAX];
	size_t		 n;
};

static enum tier
tier_byname(const char *s)
{
	int t;

	for (t = TIER_NONE + 1; t < TIER_MAX; t++)
		if (strcmp(tier_name((enum tier)t), s) == 0)
			return ((enum tier)t);
	return (TIER_NONE);
}

void
place_parse(struct place *p, int argc, char **argv)
{
	if (argc < ARGS_FIXED + 1)
		fatalx("wrong arguments: started by the parent only");
	place_mode(p, argv[1]);
	p->tier = tier_byname(argv[3]);
	p->home = argv[4];
	p->tmp = argv[5];
	p->paths = argv + ARGS_FIXED;
	p->workspace = argv[ARGS_FIXED] + 2;	/* the first one is */
	if (p->tier == TIER_NONE || p->workspace[0] != '/')
		fatalx("wrong arguments: tier or workspace");
}

/* "ns", or "fb" with the ports of the way out: "fb:3128,8790". */
void
place_mode(struct place *p, const char *mode)
{
	char *end;

	p->namespaces = strcmp(mode, "ns") == 0;
	p->nports = 0;
	for (mode += strcspn(mode, ":"); *mode != '\0' &&
	    p->nports < NELEM(p->ports); mode = end)
		p->ports[p->nports++] = (uint16_t)strtoul(mode + 1, &end, 10);
}

static void
add(struct list *l, const char *path, unsigned access_wanted)
{
	if (l->n == PATHS_MAX || access(path, F_OK) == -1)
		return;
	l->v[l->n].path = path;
	l->v[l->n].fd = -1;
	l->v[l->n++].access = access_wanted;
}

/* What is a link there leads below another one. */
static void
add_view(struct list *l)
{
	struct stat st;
	size_t i;

	for (i = 0; i < NELEM(view_paths); i++)
		if (lstat(view_paths[i], &st) == 0 && S_ISDIR(st.st_mode))
			add(l, view_paths[i], RX);
	/* ls / works; were the host there, names alone would be seen. */
	add(l, "/", CP_LIST);
	add(l, "/dev/shm", RWX);
}

/* The one program outside the view that a tool may run. */
static void
add_fetch(struct list *l)
{
	struct stat st;

	if (l->n == PATHS_MAX || fstat(TOOL_FETCH_FD, &st) == -1 ||
	    !S_ISREG(st.st_mode))
		return;
	l->v[l->n].path = NULL;
	l->v[l->n].fd = TOOL_FETCH_FD;
	l->v[l->n++].access = RX;
}

static int
landlock(const struct place *p)
{
	static struct list l;
	size_t i;

	if (p->namespaces)
		add_view(&l);
	else
		for (i = 0; i < NELEM(system_paths); i++)
			add(&l, system_paths[i], RX);
	for (i = 0; i < NELEM(device_paths); i++)
		add(&l, device_paths[i], CP_DEV);
	add_fetch(&l);
	add(&l, p->tmp, RWX);
	if (strcmp(p->home, p->tmp) != 0)
		add(&l, p->home, RWX);
	for (i = 0; p->paths[i] != NULL; i++)
		add(&l, p->paths[i] + 2, p->paths[i][0] == 'w' ? RWX : RX);
	/* In the namespace only lo is there; without it, the way out. */
	return (cage_landlock_ports(l.v, l.n, p->namespaces ? CAGE_NET_ANY :
	    CAGE_NET_NONE, p->ports, p->nports));
}

#ifndef TC_SANITIZE
/* Each takes away from what the one before it left. */
static int
filters(const struct place *p, const char *row)
{
	const char *names[] = { "tool_args", NULL, NULL, row };
	const struct cage_prog *prog;
	size_t i;

	if (!p->namespaces) {
		names[1] = "tool_fbargs";
		names[2] = p->nports > 0 ? "tool_way" : "tool_mute";
	}
	for (i = 0; i < NELEM(names); i++) {
		if (names[i] == NULL)
			continue;
		if ((prog = cage_find(names[i])) == NULL) {
			log_warnx("no filter %s", names[i]);
			return (-1);
		}
		if (cage_seccomp(prog) == -1) {
			log_warn("filter %s", names[i]);
			return (-1);
		}
	}
	return (0);
}
#else
static int
filters(const struct place *p, const char *row)
{
	(void)p;
	(void)row;
	return (0);
}
#endif

int
confine(const struct place *p)
{
	const char *row;

	/* The start was refused without it: here it cannot be missing. */
	if (landlock(p) == -1) {
		log_warn("landlock");
		return (-1);
	}
	if (p->landlocked != NULL)
		p->landlocked();
	if (p->namespaces)
		row = "tool";
	else if (p->tier == TIER_READ_ONLY)
		row = "tool_ro";
	else
		row = "tool_fb";
	return (filters(p, row));
}
