/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What telclauded -n says about a good configuration: who is heard, who
 * decides, what asks, what it may cost.  Run by the parent before start.
 */
#include <string.h>
#include <strings.h>

#include "telclauded/domains.h"
#include "telclauded/lib/util.h"
#include "telclauded/summary.h"

static void
add_admin(struct buf *b, const struct persons *a)
{
	if (a->n == 0)
		buf_puts(b, ", no admin yet (/claim)");
	else if (a->v[0].kind == PERSON_ID)
		buf_printf(b, ", admin %lld", (long long)a->v[0].id);
	else if (a->v[0].kind == PERSON_NAME)
		buf_printf(b, ", admin \"%s\"", a->v[0].name);
}

static int
asks(const struct conf_rule *r)
{
	return (r->verdict == RV_ASK || r->verdict == RV_ASK_CODE);
}

/* tool NULL: any. */
static int
covers(const struct conf_rule *r, const char *tool)
{
	size_t	i;

	if (r->tools.n == 0)
		return (1);
	for (i = 0; i < r->tools.n; i++)
		if (tool != NULL && strcmp(r->tools.v[i], tool) == 0)
			return (1);
	return (0);
}

/* A later line says otherwise to everybody. */
static int
overruled(const struct conf_rule *r, const char *tool)
{
	while ((r = TAILQ_NEXT(r, entry)) != NULL)
		if (!asks(r) && covers(r, tool) && r->tier == TIER_NONE &&
		    !r->tainted && (r->who.n == 0 ||
		    r->who.v[0].kind == PERSON_ANY))
			return (1);
	return (0);
}

static int
said_before(const struct conf *c, const struct conf_rule *upto,
    const char *tool)
{
	const struct conf_rule	*r;

	TAILQ_FOREACH(r, &c->rules, entry) {
		if (r == upto)
			return (0);
		if (asks(r) && covers(r, tool) && !overruled(r, tool))
			return (1);
	}
	return (0);
}

static void
add_asks(struct buf *b, const struct conf *c)
{
	const struct conf_rule	*r;
	const char		*sep = ", tools ask for ", *tool;
	size_t			 i, n;

	TAILQ_FOREACH(r, &c->rules, entry) {
		if (!asks(r))
			continue;
		n = r->tools.n == 0 ? 1 : r->tools.n;
		for (i = 0; i < n; i++) {
			tool = r->tools.n == 0 ? NULL : r->tools.v[i];
			if (overruled(r, tool) || said_before(c, r, tool))
				continue;
			buf_printf(b, "%s%s", sep, tool == NULL ? "any" :
			    tool);
			sep = " ";
		}
	}
}

static void
add_spend(struct buf *b, const struct conf *c)
{
	const struct conf_spend	*s;
	uint64_t		 usd = 0;

	TAILQ_FOREACH(s, &c->spends, entry)
		if (s->total)
			usd = s->microusd_day;
	if (usd == 0)
		buf_puts(b, ", no daily ceiling");
	else if (usd % 1000000 == 0)
		buf_printf(b, ", %llu usd a day",
		    (unsigned long long)(usd / 1000000));
	else
		buf_printf(b, ", %llu.%02llu usd a day",
		    (unsigned long long)(usd / 1000000),
		    (unsigned long long)(usd % 1000000 / 10000));
}

static int
names(const struct conf_domain *d, const char *name)
{
	size_t	i;

	for (i = 0; d->builtin && i < domain_nrows; i++)
		if (domain_rows[i].class == DC_TOOLS &&
		    strcasecmp(domain_rows[i].name, name) == 0)
			return (1);
	for (i = 0; i < d->names.n; i++)
		if (domain_match(d->names.v[i], name))
			return (1);
	return (0);
}

/* The last line that names it decides. */
static unsigned
counts(const struct conf_domain *d, const char *name)
{
	while ((d = TAILQ_NEXT(d, entry)) != NULL)
		if (names(d, name))
			return (0);
	return (1);
}

static void
add_names(struct buf *b, const struct conf *c)
{
	const struct conf_domain	*d;
	size_t				 i;
	unsigned			 n = 0;

	if (c->firewall.off || c->firewall.mode == NET_PERMISSIVE) {
		buf_puts(b, ", every public name allowed");
		return;
	}
	TAILQ_FOREACH(d, &c->firewall.domains, entry) {
		if (d->deny)
			continue;
		for (i = 0; d->builtin && i < domain_nrows; i++)
			if (domain_rows[i].class == DC_TOOLS)
				n += counts(d, domain_rows[i].name);
		for (i = 0; i < d->names.n; i++)
			n += counts(d, d->names.v[i]);
	}
	buf_printf(b, ", %u name%s allowed", n, n == 1 ? "" : "s");
}

char *
conf_summary(const struct conf *c)
{
	const struct conf_agent	*a;
	struct buf		 b;

	buf_init(&b);
	if (c->telegram.present) {
		if (c->telegram.nchats == 0)
			buf_puts(&b, "no chat is listed, so nobody is served "
			    "yet");
		else
			buf_printf(&b, "%zu chat%s listed",
			    c->telegram.nchats,
			    c->telegram.nchats == 1 ? "" : "s");
		add_admin(&b, &c->telegram.admin);
	} else
		buf_puts(&b, "no telegram");
	add_asks(&b, c);
	if (c->anthropic.present)
		add_spend(&b, c);
	a = conf_agent_find(c, SCOPE_TELEGRAM);
	if (a != NULL && a->workspace != NULL)
		buf_printf(&b, ", works in %s", a->workspace);
	if (a != NULL && a->remote == NULL)
		add_names(&b, c);
	if (b.failed) {
		buf_free(&b);
		return (NULL);
	}
	return (b.p);
}
