/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Tiers, tool rules, rates and ceilings of the relay's slice: one row a
 * person and tool.  Run by the parent.
 */
#include <string.h>

#include "parent/confsend.h"
#include "parent/parent.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"

/* A string of ours into a field; too long is an error with its name. */
int
confsend_put(char *dst, size_t size, const char *src, const char *what)
{
	if (src == NULL)
		src = "";
	if (str_copy(dst, src, size) == 0)
		return (0);
	log_error("%s is longer than %zu bytes", what, size - 1);
	return (-1);
}

static int
person_put(const struct person *p, uint8_t *any, int64_t *user, char *name,
    size_t size)
{
	*any = p->kind == PERSON_ANY;
	*user = p->kind == PERSON_ID ? p->id : 0;
	return (confsend_put(name, size, p->kind == PERSON_NAME ? p->name : "",
	    "name of a person"));
}

int
confsend_tiers(struct engine *e, const struct conf *c)
{
	const struct conf_tier	*t;
	struct msg_CONF_TIER	 m;
	size_t			 i;

	TAILQ_FOREACH(t, &c->tiers, entry) {
		for (i = 0; i < t->who.n; i++) {
			memset(&m, 0, sizeof(m));
			m.tier = (uint8_t)t->tier;
			if (person_put(&t->who.v[i], &m.any, &m.user, m.name,
			    sizeof(m.name)) == -1 ||
			    msg_send_CONF_TIER(e->link, 0, -1, &m) == 0)
				return (-1);
		}
	}
	return (0);
}

/* One row a tool and person; no person in the line means any. */
static int
send_rule(struct engine *e, const struct conf_rule *r, enum tool tool)
{
	static const struct person	 anybody = { PERSON_ANY, 0, NULL };
	const struct person		*p;
	struct msg_CONF_RULE		 m;
	size_t				 i, n = r->who.n == 0 ? 1 : r->who.n;

	for (i = 0; i < n; i++) {
		p = r->who.n == 0 ? &anybody : &r->who.v[i];
		memset(&m, 0, sizeof(m));
		m.verdict = (uint8_t)r->verdict;
		m.tool = (uint8_t)tool;
		m.tier = (uint8_t)r->tier;
		m.tainted = r->tainted != 0;
		m.within_s = r->within_s;
		if (person_put(p, &m.any, &m.user, m.name,
		    sizeof(m.name)) == -1 ||
		    msg_send_CONF_RULE(e->link, 0, -1, &m) == 0)
			return (-1);
	}
	return (0);
}

int
confsend_rule_tools(const struct conf_rule *r, enum tool *out, size_t max)
{
	enum tool	 t;
	size_t		 i;
	int		 n = 0;

	if (r->tools.n == 0) {
		out[0] = TOOL_NONE;	/* any */
		return (1);
	}
	for (i = 0; i < r->tools.n && (size_t)n < max; i++) {
		/* A tool we do not have cannot run: no row, never "any". */
		if ((t = tool_byname(r->tools.v[i])) != TOOL_NONE)
			out[n++] = t;
		else if (strcmp(r->tools.v[i], "any") == 0)
			out[n++] = TOOL_NONE;
	}
	return (n);
}

int
confsend_rules(struct engine *e, const struct conf *c)
{
	const struct conf_rule	*r;
	enum tool		 tools[TOOL_MAX * 2];
	int			 i, n;

	TAILQ_FOREACH(r, &c->rules, entry) {
		n = confsend_rule_tools(r, tools, NELEM(tools));
		for (i = 0; i < n; i++)
			if (send_rule(e, r, tools[i]) == -1)
				return (-1);
	}
	return (0);
}

static int
send_rate(struct engine *e, const struct conf_rate *r,
    const struct person *p)
{
	struct msg_CONF_RATE	 m;

	memset(&m, 0, sizeof(m));
	m.kind = r->total ? LK_TOTAL : p == NULL ? LK_TIER : LK_PERSON;
	m.tier = (uint8_t)r->tier;
	m.minute = r->n.minute;
	m.hour = r->n.hour;
	m.day = r->n.day;
	if (p != NULL && person_put(p, &m.any, &m.user, m.name,
	    sizeof(m.name)) == -1)
		return (-1);
	return (msg_send_CONF_RATE(e->link, 0, -1, &m) == 0 ? -1 : 0);
}

int
confsend_rates(struct engine *e, const struct conf *c)
{
	const struct conf_rate	*r;
	size_t			 i;

	TAILQ_FOREACH(r, &c->rates, entry) {
		if (r->who.n == 0 && send_rate(e, r, NULL) == -1)
			return (-1);
		for (i = 0; i < r->who.n; i++)
			if (send_rate(e, r, &r->who.v[i]) == -1)
				return (-1);
	}
	return (0);
}

static int
send_spend(struct engine *e, const struct conf_spend *s,
    const struct person *p)
{
	struct msg_CONF_SPEND	 m;

	memset(&m, 0, sizeof(m));
	m.kind = p == NULL ? LK_TOTAL : LK_PERSON;
	m.microusd = s->microusd_day;
	m.tokens = s->tokens_day;
	if (p != NULL && person_put(p, &m.any, &m.user, m.name,
	    sizeof(m.name)) == -1)
		return (-1);
	return (msg_send_CONF_SPEND(e->link, 0, -1, &m) == 0 ? -1 : 0);
}

int
confsend_spends(struct engine *e, const struct conf *c)
{
	const struct conf_spend	*s;
	const struct conf_agent	*a;
	struct msg_CONF_SPEND	 m;
	size_t			 i;

	TAILQ_FOREACH(s, &c->spends, entry) {
		if (s->total && send_spend(e, s, NULL) == -1)
			return (-1);
		for (i = 0; !s->total && i < s->who.n; i++)
			if (send_spend(e, s, &s->who.v[i]) == -1)
				return (-1);
	}
	TAILQ_FOREACH(a, &c->agents, entry) {
		memset(&m, 0, sizeof(m));
		m.kind = LK_SCOPE;
		m.scope = (uint8_t)a->scope;
		m.microusd = a->microusd_day;
		m.tokens = a->tokens_day;
		if (msg_send_CONF_SPEND(e->link, 0, -1, &m) == 0)
			return (-1);
	}
	return (0);
}
