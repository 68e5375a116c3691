/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Tiers and tool rules of the relay's slice: one row a person and tool.  Run
 * by the parent.  What a row cannot say is left out on the strict side.
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

	/* What is only allowed without foreign text is not allowed as long
	 * as nobody tells the two apart; a ban then always holds. */
	if (r->tainted && r->verdict == RULE_ALLOW)
		return (0);
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
