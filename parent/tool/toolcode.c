/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Second factors for single actions (design 10.10): what a rule asks a code
 * for runs only when the totp engine itself said that its person gave one for
 * exactly these bytes.  Run by the parent, which believes of the relay who
 * the person is and what the turn has read, and nothing else.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "parent/confsend.h"
#include "parent/parent.h"
#include "parent/tool/toolgrant.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"

#define CODED_MAX	32	/* then the oldest is forgotten */
#define CODED_MS	60000
#define LATE_US		1000
#define LATE_MAX	64

struct coded {
	char		 user[64];	/* "": used up */
	uint8_t		 digest[32];
	uint64_t	 ms;
};

static struct coded	 coded[CODED_MAX];
static unsigned		 coded_next, nlate;

void
tools_coded(const struct msg_TOTP_OK *m)
{
	struct coded	*c = &coded[coded_next++ % CODED_MAX];

	memcpy(c->user, m->user, sizeof(c->user));
	memcpy(c->digest, m->digest, sizeof(c->digest));
	c->ms = now_ms();
}

/* --- does a rule ask for one --------------------------------------------- */
static int
rule_person(const struct conf_rule *r, const struct msg_TOOL_GRANT *m)
{
	const struct person	*p;
	size_t			 i;

	for (i = 0; i < r->who.n; i++) {
		p = &r->who.v[i];
		if (p->kind == PERSON_ANY ||
		    (p->kind == PERSON_ID && p->id == m->user) ||
		    (p->kind == PERSON_NAME && strcmp(p->name, m->name) == 0))
			return (1);
	}
	return (r->who.n == 0);
}

static int
rule_tool(const struct conf_rule *r, uint8_t tool)
{
	enum tool	 tools[TOOL_MAX * 2];
	int		 i, n;

	n = confsend_rule_tools(r, tools, NELEM(tools));
	for (i = 0; i < n; i++)
		if (tools[i] == TOOL_NONE || tools[i] == (enum tool)tool)
			return (1);
	return (0);
}

/* The last rule that matches, as the relay has it (access_rule()). */
static int
tools_code_rule(const struct conf *c, const struct msg_TOOL_GRANT *m)
{
	const struct conf_rule	*r;
	enum access_verdict	 v = RV_ALLOW;

	TAILQ_FOREACH(r, &c->rules, entry)
		if (rule_tool(r, m->tool) &&
		    (r->tier == TIER_NONE || r->tier == (enum tier)m->tier) &&
		    (!r->tainted || m->tainted) && rule_person(r, m))
			v = r->verdict;
	return (v == RV_ASK_CODE);
}

/* --- is there one --------------------------------------------------------- */
/* 1: it was, and is used up. */
static int
coded_take(const struct msg_TOOL_GRANT *m)
{
	struct coded	*k;
	uint64_t	 now = now_ms();
	unsigned	 i;

	for (i = 0; i < CODED_MAX; i++) {
		k = &coded[i];
		if (k->user[0] == '\0' || now - k->ms > CODED_MS ||
		    strcmp(k->user, m->factor) != 0 ||
		    !mem_equal(k->digest, m->digest, sizeof(k->digest)))
			continue;
		memset(k, 0, sizeof(*k));
		return (1);
	}
	return (0);
}

/* --- grants --------------------------------------------------------------- */
/* 1: it may go on, bound to its digest or to none. */
static int
pass(struct parent *p, struct msg_TOOL_GRANT *m)
{
	if (tools_code_rule(p->conf, m))
		return (coded_take(m));
	memset(m->digest, 0, sizeof(m->digest));
	return (1);
}

static void
refuse(struct engine *e, const struct msg_TOOL_GRANT *m, uint32_t id)
{
	if (engine_may_log(e))
		audit_done(e->p, AV_BLOCKED, "code_missing", "%s for %" PRId64
		    ", job %" PRIu64 ": a rule asks for a code, and none was "
		    "given for this", tool_name((enum tool)m->tool), m->user,
		    m->job);
	tools_answer(e->p, m->job, id, EACCES, -1);
}

struct late {
	struct parent	*p;
	pid_t		 relay;
	uint32_t	 id;
	struct msg_TOOL_GRANT m;
};

static void
on_late(evutil_socket_t fd, short what, void *arg)
{
	struct late	*w = arg;
	struct engine	*e = table_find(w->p, PROC_RELAY, SCOPE_NONE);

	(void)fd;
	(void)what;
	nlate--;
	if (e != NULL && e->pid == w->relay && e->link != NULL) {
		if (pass(w->p, &w->m))
			tools_granted(e, &w->m, w->id);
		else
			refuse(e, &w->m, w->id);
	}
	free(w);
}

/*
 * The totp engine spoke before the relay could ask, but on another channel:
 * what it said may lie there unread.  One more look, a moment later.
 */
static int
look_again(struct engine *e, const struct msg_TOOL_GRANT *m, uint32_t id)
{
	const struct timeval	 tv = { 0, LATE_US };
	struct late		*w;

	if (nlate >= LATE_MAX || (w = malloc(sizeof(*w))) == NULL)
		return (-1);
	*w = (struct late){ .p = e->p, .relay = e->pid, .id = id, .m = *m };
	if (event_base_once(e->p->base, -1, EV_TIMEOUT, on_late, w,
	    &tv) == -1) {
		free(w);
		return (-1);
	}
	nlate++;
	return (0);
}

void
tools_grant(struct engine *e, const struct msg_TOOL_GRANT *m, uint32_t id)
{
	struct msg_TOOL_GRANT	 g = *m;

	if (pass(e->p, &g))
		tools_granted(e, &g, id);
	else if (look_again(e, m, id) == -1)
		refuse(e, m, id);
}
