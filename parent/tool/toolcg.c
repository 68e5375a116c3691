/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The tools' control groups: one a scope, with the limits that its tools
 * share however they are spread over processes; in version 2 one a call
 * below it, so that a call is ended as a whole.  Run by the parent.
 *
 * A group that was killed is never used again (the kernel would kill who is
 * born in it): every call gets a new one, made with its process.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "parent/cgroup.h"
#include "parent/tool/tool_int.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"

#define PERIOD_US	100000	/* of cpu time */
#define PIDS_SPARE	72	/* those that wait, and who makes them */

static int
put(int dir, const char *file, uint64_t n)
{
	char text[32];

	(void)str_format(text, sizeof(text), "%llu", (unsigned long long)n);
	return (cgroup_write(dir, file, text));
}

/* What tools keep in /tmp counts as memory too. */
static uint64_t
memory_of(const struct tool_limits *l)
{
	return (l->memory + l->tmp);
}

static int
limits_v2(int d, unsigned ctls, const struct tool_limits *l)
{
	char text[64];
	int r = 0;

	if ((ctls & 1u << CG_MEMORY) && l->memory != 0) {
		r |= put(d, "memory.max", memory_of(l));
		(void)put(d, "memory.swap.max", 0);	/* if there is */
	}
	if ((ctls & 1u << CG_PIDS) && l->processes != 0)
		r |= put(d, "pids.max", l->processes + PIDS_SPARE);
	if ((ctls & 1u << CG_CPU) && l->cpu_pct != 0) {
		(void)str_format(text, sizeof(text), "%llu %d",
		    (unsigned long long)l->cpu_pct * PERIOD_US / 100,
		    PERIOD_US);
		r |= cgroup_write(d, "cpu.max", text);
	}
	return (r);
}

static int
limits_v1(int d, enum cg_ctl c, const struct tool_limits *l)
{
	switch (c) {
	case CG_MEMORY:
		if (l->memory == 0)
			return (0);
		if (put(d, "memory.limit_in_bytes", memory_of(l)) == -1)
			return (-1);
		(void)put(d, "memory.memsw.limit_in_bytes", memory_of(l));
		return (0);
	case CG_PIDS:
		return (l->processes == 0 ? 0 : put(d, "pids.max",
		    l->processes + PIDS_SPARE));
	default:
		if (l->cpu_pct == 0)
			return (0);
		if (put(d, "cpu.cfs_period_us", PERIOD_US) == -1)
			return (-1);
		return (put(d, "cpu.cfs_quota_us", (uint64_t)l->cpu_pct *
		    PERIOD_US / 100));
	}
}

static int
group_make(int run, const char *name)
{
	if (run == -1 || mkdirat(run, name, 0755) == -1)
		return (-1);
	return (openat(run, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

/* Without a group the limits of each process are all there is. */
void
toolcg_scope(struct tool_scope *sc)
{
	const struct cgroups *g = cgroup_mine();
	static unsigned serial;
	int c, bad = 0;

	for (c = 0; c < CG_CTLS; c++)
		sc->cg.v1[c] = -1;
	(void)str_format(sc->cg.name, sizeof(sc->cg.name), "%s.%u",
	    scope_name(sc->scope), ++serial);
	sc->cg.v2 = group_make(g->v2, sc->cg.name);
	if (sc->cg.v2 != -1)
		bad |= limits_v2(sc->cg.v2, g->in_v2, &sc->limits);
	for (c = 0; c < CG_CTLS; c++) {
		sc->cg.v1[c] = group_make(g->v1[c], sc->cg.name);
		if (sc->cg.v1[c] != -1)
			bad |= limits_v1(sc->cg.v1[c], (enum cg_ctl)c,
			    &sc->limits);
	}
	if (bad)
		log_warn("agent %s: a limit of its tools' control group "
		    "cannot be set", scope_name(sc->scope));
	sc->cg.events = -1;
	if (sc->cg.v2 != -1 && (g->in_v2 & 1u << CG_MEMORY))
		sc->cg.events = openat(sc->cg.v2, "memory.events", O_RDONLY |
		    O_CLOEXEC);
	else if (sc->cg.v1[CG_MEMORY] != -1)
		sc->cg.events = openat(sc->cg.v1[CG_MEMORY],
		    "memory.oom_control", O_RDONLY | O_CLOEXEC);
	sc->cg.ooms = toolcg_ooms(sc);
}

static void
group_drop(int *dir, int run, const char *name)
{
	if (*dir == -1)
		return;
	close(*dir);
	*dir = -1;
	if (cgroup_remove_wait(run, name) == -1)
		log_debug("cgroup %s stays: %s", name, strerror(errno));
}

void
toolcg_unscope(struct tool_scope *sc)
{
	const struct cgroups *g = cgroup_mine();
	int c;

	if (sc->cg.name[0] == '\0')
		return;
	if (sc->cg.events != -1)
		close(sc->cg.events);
	group_drop(&sc->cg.v2, g->v2, sc->cg.name);
	for (c = 0; c < CG_CTLS; c++)
		group_drop(&sc->cg.v1[c], g->v1[c], sc->cg.name);
}

/* Somebody has to be a member for its children to be: version 1. */
int
toolcg_join(const struct tool_scope *sc)
{
	int c, r = 0;

	for (c = 0; c < CG_CTLS; c++)
		if (sc->cg.v1[c] != -1)
			r |= cgroup_write(sc->cg.v1[c], "cgroup.procs", "0");
	return (r);
}

int
toolcg_inherited(const struct tool_scope *sc)
{
	int c;

	for (c = 0; c < CG_CTLS && sc->cg.v1[c] == -1; c++)
		;
	return (c < CG_CTLS);
}

/* --- calls --------------------------------------------------------------- */

/* A new group for a call; its directory, or -1 where there is none. */
int
toolcg_call(struct tool_scope *sc, unsigned *number)
{
	char name[16];
	int fd;

	*number = 0;
	if (sc->cg.v2 == -1)
		return (-1);
	(void)str_format(name, sizeof(name), "%u", ++sc->cg.calls);
	if ((fd = group_make(sc->cg.v2, name)) == -1) {
		log_warn("tool: no control group for a call");
		return (-1);
	}
	*number = sc->cg.calls;
	return (fd);
}

void
toolcg_kill(const struct tool_scope *sc, unsigned number)
{
	char file[40];

	if (number == 0 || sc->cg.v2 == -1)
		return;
	(void)str_format(file, sizeof(file), "%u/cgroup.kill", number);
	(void)cgroup_write(sc->cg.v2, file, "1");
}

/* Removed when nobody waits for us: an answer may be on its way now. */
void
toolcg_done(struct tool_scope *sc, unsigned number)
{
	if (number == 0 || sc->cg.v2 == -1)
		return;
	if (sc->cg.ndone == NELEM(sc->cg.done))
		toolcg_sweep(sc);
	if (sc->cg.ndone < NELEM(sc->cg.done))
		sc->cg.done[sc->cg.ndone++] = number;
}

/* Without a pid namespace some may be dying still: the next time. */
void
toolcg_sweep(struct tool_scope *sc)
{
	unsigned i, left = 0;
	char name[16];

	for (i = 0; i < sc->cg.ndone; i++) {
		(void)str_format(name, sizeof(name), "%u", sc->cg.done[i]);
		if (cgroup_remove(sc->cg.v2, name) == -1)
			sc->cg.done[left++] = sc->cg.done[i];
	}
	sc->cg.ndone = left;
}

/* How often memory ran out in the scope so far. */
uint64_t
toolcg_ooms(const struct tool_scope *sc)
{
	char text[512];
	const char *p;
	ssize_t n;

	if (sc->cg.events == -1)
		return (0);
	n = pread(sc->cg.events, text, sizeof(text) - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	p = strstr(text, "oom_kill ");
	return (p == NULL ? 0 : strtoull(p + 9, NULL, 10));
}
