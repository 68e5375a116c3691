/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The engines: one row each with user, limits and needs, and which of them a
 * configuration wants.  Run by the parent.
 */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "parent/parent.h"
#include "telclauded/lib/util.h"

#define MB		(1ULL << 20)
#define GB		(1ULL << 30)
#define NONET		SPAWN_NONET
#define NOFILES		SPAWN_NOFILES

/*
 * nofile: links, libevent and what the engine opens.  fsize: its database.
 * data: a bound against runaway memory, far above what is used.
 */
static const struct engine_row rows[] = {
	/* The keeper is first: the rules must be held before anybody runs. */
	{ PROC_KEEPER, SCOPE_NONE, "_tckeeper", NULL, FWC_NONE,
	    NONET | NOFILES | SPAWN_ORPHAN, 16, 0, 64 * MB },
	{ PROC_AUDIT, SCOPE_NONE, "_tcaudit", "audit", FWC_NONE,
	    NONET, 32, 8 * GB, 64 * MB },
	{ PROC_RESOLVER, SCOPE_NONE, "_tcdns", NULL, FWC_DNS,
	    NOFILES | SPAWN_EMPTYROOT, 128, 0, 64 * MB },
	{ PROC_TOTP, SCOPE_NONE, "_tctotp", "totp", FWC_NONE,
	    NONET | SPAWN_EMPTYROOT, 32, 16 * MB, 64 * MB },
	{ PROC_GATE, SCOPE_NONE, "_tcgate", NULL, FWC_PINNED,
	    NOFILES, 1024, 0, 512 * MB },
	{ PROC_EGRESS, SCOPE_NONE, "_tcegress", NULL, FWC_PINNED,
	    NOFILES, 4096, 0, 512 * MB },
	{ PROC_RUNNER, SCOPE_TELEGRAM, "_tctgrunner", NULL, FWC_NONE,
	    NONET | NOFILES, 512, 0, 256 * MB },
	{ PROC_AGENT, SCOPE_TELEGRAM, "_tctgagent", "agent-telegram",
	    FWC_NONE, NONET, 128, 8 * GB, 1 * GB },
	{ PROC_RELAY, SCOPE_NONE, "_tcrelay", "relay", FWC_PINNED,
	    0, 1024, 8 * GB, 1 * GB },
};

/* Does any agent run its tools on this machine? */
static int
tools_here(const struct conf *c)
{
	const struct conf_agent	*a;

	TAILQ_FOREACH(a, &c->agents, entry)
		if (a->remote == NULL)
			return (1);
	return (0);
}

int
table_wanted(const struct conf *c, const struct engine_row *r)
{
	const struct conf_agent	*a;

	switch (r->proc) {
	case PROC_KEEPER:
	case PROC_AUDIT:
		return (1);
	case PROC_RELAY:
		return (c->telegram.present);
	case PROC_GATE:
		return (c->anthropic.present);
	case PROC_RESOLVER:
		return (c->telegram.present || c->anthropic.present ||
		    tools_here(c));
	case PROC_EGRESS:
		return (tools_here(c));
	case PROC_TOTP:
		return (c->totp.present && c->totp.remote == NULL);
	case PROC_AGENT:
	case PROC_RUNNER:
		a = conf_agent_find(c, r->scope);
		return (a != NULL && a->remote == NULL);
	default:
		return (0);
	}
}

int
table_users(const char *user, uid_t *uid, gid_t *gid, char *why, size_t len)
{
	const struct passwd	*pw;

	errno = 0;
	if ((pw = getpwnam(user)) == NULL) {
		str_format(why, len, "no user %s: run systemd-sysusers, or "
		    "make install", user);
		return (-1);
	}
	if (pw->pw_uid == 0 || pw->pw_gid == 0) {
		str_format(why, len, "user %s is root; it must have a number "
		    "and a group of its own", user);
		return (-1);
	}
	*uid = pw->pw_uid;
	*gid = pw->pw_gid;
	return (0);
}

static int
unique(const struct parent *p, const struct engine *e, char *why, size_t len)
{
	unsigned	 i;

	for (i = 0; i < p->nengines; i++) {
		if (&p->engines[i] != e && p->engines[i].uid == e->uid) {
			str_format(why, len, "users %s and %s have the same "
			    "number; the firewall could not tell them apart",
			    e->row->user, p->engines[i].row->user);
			return (-1);
		}
	}
	return (0);
}

static int
open_bin(const struct parent *p, struct engine *e, char *why, size_t len)
{
	char	 path[1024];

	if (str_format(path, sizeof(path), "%s/%s", p->opts->libexec,
	    proc_name(e->row->proc)) == -1) {
		str_format(why, len, "path of the engines is too long");
		return (-1);
	}
	if ((e->bin = open(path, O_RDONLY | O_CLOEXEC)) == -1) {
		str_format(why, len, "%s: %s; -L names the directory of the "
		    "engines", path, strerror(errno));
		return (-1);
	}
	return (0);
}

/* All rows, wanted or not: a reload may want one more. */
int
table_init(struct parent *p, char *why, size_t len)
{
	struct engine	*e;
	const char	*sc;
	size_t		 i;
	char		*s;

	_Static_assert(NELEM(rows) <= ENGINES_MAX, "engine table");
	for (i = 0; i < NELEM(rows); i++) {
		e = &p->engines[i];
		e->row = &rows[i];
		e->p = p;
		e->bin = e->report = -1;
		sc = scope_name(rows[i].scope);
		str_format(e->name, sizeof(e->name), "%s%s%s",
		    proc_name(rows[i].proc), *sc != '\0' ? "/" : "", sc);
		str_copy(e->fwname, e->name, sizeof(e->fwname));
		if ((s = strchr(e->fwname, '/')) != NULL)
			*s = '_';
		if (table_users(rows[i].user, &e->uid, &e->gid, why,
		    len) == -1 || unique(p, e, why, len) == -1 ||
		    open_bin(p, e, why, len) == -1)
			return (-1);
		p->nengines++;
	}
	return (0);
}

struct engine *
table_find(struct parent *p, enum proc proc, enum scope scope)
{
	unsigned	 i;

	for (i = 0; i < p->nengines; i++)
		if (p->engines[i].row->proc == proc &&
		    p->engines[i].row->scope == scope)
			return (&p->engines[i]);
	return (NULL);
}
