/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What the grammar calls inside the blocks: filter, anthropic, agent,
 * firewall, provider, media.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "telclauded/conf/conf_int.h"
#include "telclauded/domains.h"
#include "telclauded/lib/pattern.h"
#include "telclauded/lib/util.h"

/* What the relay would refuse is refused here, where there is a line. */
static void
conf_regex(struct parse *p, const struct word *name, const struct word *re)
{
	struct pattern	pat;
	char		why[200];

	if (re->s[0] == '\0' || strlen(re->s) >= 1024)
		conf_err(p, &re->at, "pattern \"%.64s\": an expression has 1 "
		    "to 1023 bytes", name->s);
	else if (pattern_compile(&pat, re->s, why, sizeof(why)) == -1)
		conf_err(p, &re->at, "pattern \"%.64s\": %s", name->s, why);
	else
		pattern_free(&pat);
}

void
conf_pattern(struct parse *p, const struct word *name, const struct word *re)
{
	struct conf_filter	*f = &p->conf->filter;
	const char		*why;
	size_t			 i;

	if (!conf_strcheck(STR_NAME, name->s, &why))
		conf_err(p, &name->at, "pattern: \"%.64s\" %s", name->s, why);
	conf_regex(p, name, re);
	for (i = 0; i < f->npatterns; i++)
		if (strcmp(f->patterns[i].name, name->s) == 0)
			conf_err(p, &name->at, "pattern \"%.64s\" is set "
			    "twice", name->s);
	f->patterns = conf_grow(p, f->patterns, f->npatterns + 1,
	    sizeof(*f->patterns));
	memset(&f->patterns[f->npatterns], 0, sizeof(*f->patterns));
	f->npatterns++;
	f->patterns[f->npatterns - 1].name = conf_dup(p, name->s);
	f->patterns[f->npatterns - 1].regex = conf_dup(p, re->s);
}

void
conf_price(struct parse *p, const struct word *w)
{
	struct conf_anthropic	*a = &p->conf->anthropic;
	const char		*why;
	size_t			 i;

	if (!conf_strcheck(STR_MODEL, w->s, &why))
		conf_err(p, &w->at, "price: \"%.64s\" %s", w->s, why);
	for (i = 0; i < a->nprices; i++)
		if (strcmp(a->prices[i].model, w->s) == 0)
			conf_err(p, &w->at, "price \"%.64s\" is set twice",
			    w->s);
	a->prices = conf_grow(p, a->prices, a->nprices + 1,
	    sizeof(*a->prices));
	p->price = &a->prices[a->nprices++];
	memset(p->price, 0, sizeof(*p->price));
	p->sides = 0;
	p->price->model = conf_dup(p, w->s);
}

/* A side without a price would cost nothing. */
void
conf_price_end(struct parse *p, const struct where *at)
{
	if (p->sides != (PRICE_INPUT | PRICE_OUTPUT))
		conf_err(p, at, "price \"%.64s\": %s missing; write what "
		    "both sides cost, as `input 3.00 output 15.00'",
		    p->price->model, p->sides & PRICE_INPUT ?
		    "output is" : p->sides & PRICE_OUTPUT ? "input is" :
		    "input and output are");
}

/* The agent of this scope; a block that comes again is an error. */
void
conf_agent(struct parse *p, const struct where *at, enum scope scope)
{
	struct conf_agent	*a;

	conf_block(p, at, scope == SCOPE_TELEGRAM ? "agent telegram" :
	    "agent moltbook", NULL);
	if (scope == SCOPE_MOLTBOOK)
		conf_later(p, at, "agent moltbook");
	TAILQ_FOREACH(a, &p->conf->agents, entry)
		if (a->scope == scope)
			break;
	if (a == NULL) {
		if ((a = conf_agent_new(scope)) == NULL)
			longjmp(p->oom, 1);
		TAILQ_INSERT_TAIL(&p->conf->agents, a, entry);
	}
	p->agent = a;
}

void
conf_agent_spend(struct parse *p, const struct where *at)
{
	if (conf_once(p, at, "spend") == -1)
		return;
	p->usd = &p->agent->microusd_day;
	p->tokens = &p->agent->tokens_day;
}

/* listen port N: on every address. */
void
conf_listen_any(struct parse *p, const struct where *at)
{
	if (conf_once(p, at, "listen") == -1)
		return;
	free(p->agent->listen);
	p->agent->listen = NULL;
	p->agent->listen = conf_dup(p, "::");
}

void
conf_requests(struct parse *p, const struct word *w)
{
	struct amount	 a = { 0, 0, 0 };

	if (conf_once(p, &w->at, "requests") == -1)
		return;
	conf_amounts(p, w, "#requests", &a);
	if (a.hour != 0 || a.day != 0 || a.minute > 100000)
		conf_err(p, &w->at, "requests: \"%.64s\" is not an amount a "
		    "minute, like 120/minute", w->s);
	else
		p->agent->per_minute = a.minute;
}

void
conf_mode(struct parse *p, const struct where *at, enum netmode mode, int off)
{
	if (conf_once(p, at, "mode") == -1)
		return;
	p->conf->firewall.mode = mode;
	p->conf->firewall.off = off;
}

void
conf_resolvers(struct parse *p, const struct word *w)
{
	struct strlist	*l = &p->conf->firewall.resolvers;

	if (conf_once(p, &w->at, "resolver") == -1)
		return;
	strlist_free(l);
	for (; w != NULL; w = w->next) {
		if (!conf_isaddr(w->s, 0))
			conf_err(p, &w->at, "resolver: \"%.64s\" is not an "
			    "address", w->s);
		else if (l->n == ADDRS_MAX)
			conf_err(p, &w->at, "resolver: more than %d",
			    ADDRS_MAX);
		else
			conf_append(p, l, w->s);
	}
}

/* An allow line never gives tools a name of the other classes. */
static void
warn_closed(struct parse *p, const struct word *w)
{
	const char	*name;

	if ((name = domain_covers(w->s)) != NULL)
		conf_warn(p, &w->at, "allow domain \"%.128s\": tools never "
		    "reach %s (%s) or a name below it", w->s, name,
		    domain_class_name(domain_class(name)));
}

/* No words: the built-in list, which moves to where it is named. */
void
conf_domain(struct parse *p, const struct where *at, int deny,
    const struct word *w)
{
	struct conf_domains	*l = &p->conf->firewall.domains;
	struct conf_domain	*d;
	const char		*why;

	if (w == NULL) {
		if (conf_once(p, at, "domain default") == -1)
			return;
		TAILQ_FOREACH(d, l, entry)
			if (d->builtin)
				break;
		if (d != NULL)
			TAILQ_REMOVE(l, d, entry);
		else
			d = conf_zalloc(p, sizeof(*d));
		d->builtin = 1;
	} else {
		d = conf_zalloc(p, sizeof(*d));
	}
	d->deny = deny;
	TAILQ_INSERT_TAIL(l, d, entry);
	p->domain = d;
	for (; w != NULL; w = w->next)
		if (!conf_strcheck(STR_DOMAIN, w->s, &why))
			conf_err(p, &w->at, "domain: \"%.128s\" %s", w->s,
			    why);
		else {
			if (!deny)
				warn_closed(p, w);
			conf_append(p, &d->names, w->s);
		}
}

void
conf_ports(struct parse *p, const struct word *w, uint16_t **v, size_t *n)
{
	const char	*rest;
	uint64_t	 port;
	size_t		 i;

	if (conf_once(p, &w->at, "#port") == -1)
		return;
	for (; w != NULL; w = w->next) {
		if (conf_number(w->s, &port, &rest) == -1 || *rest != '\0' ||
		    port == 0 || port > 65535) {
			conf_err(p, &w->at, "port: \"%.64s\" is not 1 to "
			    "65535", w->s);
			continue;
		}
		for (i = 0; i < *n; i++)
			if ((*v)[i] == port)
				conf_err(p, &w->at, "port: %.64s is listed "
				    "twice", w->s);
		*v = conf_grow(p, *v, *n + 1, sizeof(**v));
		(*v)[(*n)++] = (uint16_t)port;
	}
}

void
conf_private(struct parse *p, const struct word *w)
{
	struct conf_privates	*l = &p->conf->firewall.privates;
	struct conf_private	*x;

	if (w->s[0] == '\0' || strlen(w->s) > 64)
		conf_err(p, &w->at, "allow private: a label has 1 to 64 "
		    "bytes");
	TAILQ_FOREACH(x, l, entry)
		if (strcmp(x->label, w->s) == 0)
			conf_err(p, &w->at, "allow private \"%.64s\" is set "
			    "twice", w->s);
	x = conf_zalloc(p, sizeof(*x));
	TAILQ_INSERT_TAIL(l, x, entry);
	x->label = conf_dup(p, w->s);
	p->priv = x;
}

void
conf_hosts(struct parse *p, const struct word *w)
{
	const char	*why;

	if (conf_once(p, &w->at, "#host") == -1)
		return;
	for (; w != NULL; w = w->next)
		if (!conf_isaddr(w->s, 1) &&
		    !conf_strcheck(STR_HOST, w->s, &why))
			conf_err(p, &w->at, "host: \"%.128s\" is neither a "
			    "name, an address nor ADDRESS/LENGTH", w->s);
		else
			conf_append(p, &p->priv->hosts, w->s);
}

/* No port is no hole in the wall: the reference's default is 80 and 443. */
void
conf_private_end(struct parse *p, const struct where *at)
{
	struct conf_private	*x = p->priv;
	size_t			 i, numbers = 0;

	for (i = 0; i < x->hosts.n; i++)
		numbers += conf_isaddr(x->hosts.v[i], 1) != 0 ||
		    strcmp(x->hosts.v[i], "localhost") == 0;
	if (x->hosts.n == 0)
		conf_err(p, at, "allow private \"%s\": host is missing",
		    x->label);
	else if (numbers == 0)
		conf_warn(p, at, "allow private \"%s\": a name alone opens "
		    "nothing, for no answer of a name server does; add where "
		    "it may be, like host { %s 192.168.1.0/24 }", x->label,
		    x->hosts.v[0]);
	if (x->nports == 0) {
		x->ports = conf_grow(p, NULL, 2, sizeof(*x->ports));
		x->ports[x->nports++] = 80;
		x->ports[x->nports++] = 443;
	}
}

void
conf_provider(struct parse *p, const struct word *w)
{
	struct conf_provider	*x;
	const char		*why;
	char			 name[128];

	conf_later(p, &w->at, "provider");
	if (!conf_strcheck(STR_NAME, w->s, &why))
		conf_err(p, &w->at, "provider: \"%.64s\" %s", w->s, why);
	str_format(name, sizeof(name), "provider %.64s", w->s);
	conf_block(p, &w->at, conf_strndup(p, name, strlen(name)), NULL);
	x = conf_zalloc(p, sizeof(*x));
	TAILQ_INSERT_TAIL(&p->conf->providers, x, entry);
	x->id = conf_dup(p, w->s);
	p->provider = x;
}

void
conf_kind(struct parse *p, const struct where *at, struct conf_media_kind *k)
{
	const struct conf_media	*m = &p->conf->media;
	const char		*what = k == &m->transcribe ? "transcribe" :
				    k == &m->image ? "image" : "speech";

	conf_later(p, at, what);
	if (conf_once(p, at, what) == 0)
		k->present = 1;
	p->kind = k;
}

void
conf_kind_by(struct parse *p, const char *who, struct word *program)
{
	struct conf_media_kind	*k = p->kind;
	const char		*why;

	free(k->provider);
	k->provider = NULL;
	k->provider = conf_dup(p, who);
	if (program == NULL)
		return;
	if (k != &p->conf->media.transcribe)
		conf_err(p, &program->at, "a program can only transcribe");
	if (!conf_strcheck(STR_PATH, program->s, &why))
		conf_err(p, &program->at, "program: \"%.128s\" %s",
		    program->s, why);
	conf_strings(p, program, "#program", &k->program, STR_TEXT);
}

void
conf_video(struct parse *p, const struct where *at, int on)
{
	if (on)
		conf_later(p, at, "video");
	if (conf_once(p, at, "video") == 0)
		p->conf->media.video = on;
}
