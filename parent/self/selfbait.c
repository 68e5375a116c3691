/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What the twins of a selftest are to reach for: sockets that the parent
 * listens at, so that a connection no wall stops is made; another process,
 * another user's directory.  And the firewall's word that it was the one who
 * refused.  Run by the parent.
 */
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include <netinet/in.h>

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "engines/common/cage.h"
#include "parent/platform.h"
#include "parent/self/self_int.h"
#include "telclauded/lib/paths.h"

#ifndef PR_GET_MDWE
#define PR_GET_MDWE	66
#endif
/* In its own process namespace a small number would be the twin itself. */
#define PID_SMALL	64
#define PID_NOBODY	4194303

uint64_t
selfbait_us(void)
{
	struct timespec	 ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000);
}

void
selfbait_none(struct selftest *s)
{
	s->tcp4 = s->tcp6 = s->abstract = -1;
}

void
selfbait_close(struct selftest *s)
{
	int	*fd[] = { &s->tcp4, &s->tcp6, &s->abstract };
	size_t	 i;

	for (i = 0; i < NELEM(fd); i++) {
		if (*fd[i] != -1)
			close(*fd[i]);
		*fd[i] = -1;
	}
}

/* Listens; the address it got is written back. */
static int
listener(void *sa, socklen_t *len, socklen_t max)
{
	struct sockaddr	*a = sa;
	int		 s, e;

	if ((s = socket(a->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1)
		return (-1);
	if (bind(s, a, *len) == 0 && listen(s, 1) == 0) {
		*len = max;
		if (getsockname(s, a, len) == 0)
			return (s);
	}
	e = errno;
	close(s);
	errno = e;
	return (-1);
}

static int
open_tcp(struct selftest *s)
{
	struct sockaddr_in	 sin;
	struct sockaddr_in6	 sin6;
	socklen_t		 len = sizeof(sin);
	struct platform		 f;

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if ((s->tcp4 = listener(&sin, &len, sizeof(sin))) == -1)
		return (-1);
	s->port4 = ntohs(sin.sin_port);
	memset(&sin6, 0, sizeof(sin6));
	sin6.sin6_family = AF_INET6;
	sin6.sin6_addr = in6addr_loopback;
	len = sizeof(sin6);
	s->port6 = 0;
	platform_facts(s->p, &f);
	/* No IPv6 here: then nobody can use it.  Or nobody filters it, and
	 * that was told. */
	if (s->p->fw != NULL && !f.ipv6_filter)
		return (0);
	if ((s->tcp6 = listener(&sin6, &len, sizeof(sin6))) != -1)
		s->port6 = ntohs(sin6.sin6_port);
	return (0);
}

static int
open_abstract(struct selftest *s)
{
	struct sockaddr_un	 sun;
	socklen_t		 len = sizeof(sa_family_t), off;

	off = offsetof(struct sockaddr_un, sun_path) + 1;
	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;	/* no name: the kernel makes one */
	if ((s->abstract = listener(&sun, &len, sizeof(sun))) == -1)
		return (-1);
	if (len <= off || len - off >= sizeof(s->name)) {
		errno = ENAMETOOLONG;
		return (-1);
	}
	memcpy(s->name, sun.sun_path + 1, len - off);
	s->name[len - off] = '\0';
	return (0);
}

int
selfbait_open(struct selftest *s, char *why, size_t len)
{
	s->nbefore = 0;
	if (s->p->fw != NULL && (s->nbefore = fw_counters(s->p->fw, s->before,
	    NELEM(s->before))) == -1) {
		str_format(why, len, "selftest: the firewall's counters: %s",
		    strerror(errno));
		return (-1);
	}
	if (open_tcp(s) == 0 && open_abstract(s) == 0)
		return (0);
	str_format(why, len, "selftest: cannot listen for its twins: %s",
	    strerror(errno));
	return (-1);
}

/* Somebody who is none of its business, and somebody's directory. */
static void
others(struct twin *t)
{
	struct parent	*p = t->s->p;
	const char	*state = NULL;
	struct engine	*e;
	unsigned	 i;

	t->ctx.sibling = getpid();
	for (i = 0; i < p->nengines; i++) {
		e = &p->engines[i];
		if (e == t->e || !table_wanted(p->conf, e->row))
			continue;
		if (e->pid > 0)
			t->ctx.sibling = e->pid;
		if (e->row->state != NULL)
			state = e->row->state;
	}
	if (t->ctx.flags & SF_PIDNS && t->ctx.sibling < PID_SMALL)
		t->ctx.sibling = PID_NOBODY;
	(void)str_format(t->state, sizeof(t->state), "%s/%s", p->conf->state,
	    state != NULL ? state : "");
	(void)str_format(t->control, sizeof(t->control), "%s/" CONTROL_SOCK,
	    p->conf->runtime);
}

void
selfbait_engine(struct twin *t, const struct spawn_req *r)
{
	t->ctx.proc = t->e->row->proc;
	t->ctx.flags |= SF_FIREWALL;
	if (r->needs & SPAWN_NONET)
		t->ctx.flags |= SF_NONET;
	if (r->needs & SPAWN_EMPTYROOT && r->root != -1)
		t->ctx.flags |= SF_EMPTY;
	else if (r->view != -1)
		t->ctx.flags |= SF_VIEW;
	others(t);
}

void
selfbait_tool(struct twin *t, const struct tool_scope *sc, enum tier tier)
{
	t->ctx.proc = PROC_TOOL;
	t->ctx.tier = tier;
	t->ctx.flags |= tool_twin_flags(sc);
#ifdef __x86_64__
	t->ctx.flags |= SF_FOREIGN;
#endif
	others(t);
}

void
selfbait_words(struct twin *t, const char *words[SELFTEST_WORDS])
{
	struct selftest	*s = t->s;

	if (s->p->fw == NULL)
		t->ctx.flags &= ~(unsigned)SF_FIREWALL;
	if (prctl(PR_GET_MDWE, 0, 0, 0, 0) != -1)
		t->ctx.flags |= SF_MDWE;
	t->ctx.port4 = s->port4;
	t->ctx.port6 = s->port6;
	(void)str_copy(t->ctx.abstract, s->name, sizeof(t->ctx.abstract));
	(void)self_words(&t->ctx, t->words, sizeof(t->words));
	words[0] = t->words;
	words[1] = t->state;
	words[2] = t->control;
}

/*
 * What children of the parent get before exec is the parent's own copy of the
 * base filter: so one child of it, for all, without exec.
 */
pid_t
selfbait_base(void)
{
	const struct cage_prog	*base = cage_find("base"),
				*likeness = cage_soft("base");
	pid_t			 pid;

	if (base == NULL || likeness == NULL ||
	    cage_compare(base, likeness) == -1) {
		errno = EUCLEAN;
		return (-1);
	}
	if ((pid = fork()) != 0)
		return (pid);
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1 ||
	    cage_seccomp(base) == -1)
		_exit(1);
	(void)syscall(SYS_unshare, 0);
	_exit(2);
}

static uint64_t
counted(const struct fw_counter *c, int n, const char *name)
{
	int	 i;

	for (i = 0; i < n; i++)
		if (strcmp(c[i].name, name) == 0)
			return (c[i].packets);
	return (0);
}

static void
remember(struct selftest *s, const char *name, uint64_t n)
{
	int	 i;

	for (i = 0; i < s->nours && strcmp(s->ours[i].name, name) != 0; i++)
		;
	if (i == FW_MAXUIDS)
		return;
	if (i == s->nours)
		(void)str_copy(s->ours[s->nours++].name, name,
		    sizeof(s->ours[i].name));
	s->ours[i].packets += n;
}

/* Nobody who attacks is to hide among our own. */
void
selftest_discount(const struct parent *p, struct fw_counter *c, int n)
{
	const struct selftest	*s = p->selftest;
	uint64_t		 ours;
	int			 i;

	for (i = 0; s != NULL && i < n; i++) {
		ours = counted(s->ours, s->nours, c[i].name);
		c[i].packets -= MINIMUM(ours, c[i].packets);
	}
}

/* Of twins with the same user, the one that said most must be covered. */
const char *
selfbait_uncounted(struct selftest *s, const struct twin *t)
{
	struct fw_counter	 now[FW_MAXUIDS];
	uint64_t		 n;
	int			 k;

	if (t->v.walled == 0)
		return (NULL);
	if ((k = fw_counters(s->p->fw, now, NELEM(now))) == -1)
		return ("firewall: its counters cannot be read");
	n = counted(now, k, t->counter) -
	    counted(s->before, s->nbefore, t->counter);
	remember(s, t->counter, MINIMUM(n, t->v.walled));
	if (n >= t->v.walled)
		return (NULL);
	(void)str_format(s->why, sizeof(s->why), "firewall: it counted %llu "
	    "of the %u packets that were refused; somebody else refuses",
	    (unsigned long long)n, t->v.walled);
	return (s->why);
}
