/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Frees a configuration.  Its secrets are descriptors: closing them is all
 * there is to forget.
 */
#include <stdlib.h>
#include <unistd.h>

#include "telclauded/conf/conf_int.h"

static void
free_secret(struct conf_secret *s)
{
	free(s->arg);
	if (s->fd != -1)
		close(s->fd);
}

static void
free_persons(struct persons *l)
{
	size_t	 i;

	for (i = 0; i < l->n; i++)
		free(l->v[i].name);
	free(l->v);
}

void
conf_rate_free(struct conf_rate *r)
{
	free_persons(&r->who);
	free(r);
}

static void
free_agent(struct conf_agent *a)
{
	free(a->workspace);
	free(a->prompt);
	free(a->remote);
	free(a->listen);
	strlist_free(&a->read);
	strlist_free(&a->write);
	strlist_free(&a->models);
	strlist_free(&a->betas);
	strlist_free(&a->resets);
	free_secret(&a->key);
	free_secret(&a->peer);
	free_secret(&a->token);
	free(a);
}

static void
free_people(struct conf *c)
{
	struct conf_tier	*t;
	struct conf_rate	*r;
	struct conf_spend	*s;
	struct conf_rule	*u;

	while ((t = TAILQ_FIRST(&c->tiers)) != NULL) {
		TAILQ_REMOVE(&c->tiers, t, entry);
		free_persons(&t->who);
		free(t);
	}
	while ((r = TAILQ_FIRST(&c->rates)) != NULL) {
		TAILQ_REMOVE(&c->rates, r, entry);
		conf_rate_free(r);
	}
	while ((s = TAILQ_FIRST(&c->spends)) != NULL) {
		TAILQ_REMOVE(&c->spends, s, entry);
		free_persons(&s->who);
		free(s);
	}
	while ((u = TAILQ_FIRST(&c->rules)) != NULL) {
		TAILQ_REMOVE(&c->rules, u, entry);
		free_persons(&u->who);
		strlist_free(&u->tools);
		free(u);
	}
}

static void
free_network(struct conf *c)
{
	struct conf_domain	*d;
	struct conf_private	*x;
	struct conf_provider	*v;

	while ((d = TAILQ_FIRST(&c->firewall.domains)) != NULL) {
		TAILQ_REMOVE(&c->firewall.domains, d, entry);
		strlist_free(&d->names);
		free(d->ports);
		free(d);
	}
	while ((x = TAILQ_FIRST(&c->firewall.privates)) != NULL) {
		TAILQ_REMOVE(&c->firewall.privates, x, entry);
		free(x->label);
		free(x->description);
		strlist_free(&x->hosts);
		free(x->ports);
		free(x);
	}
	while ((v = TAILQ_FIRST(&c->providers)) != NULL) {
		TAILQ_REMOVE(&c->providers, v, entry);
		free(v->id);
		free(v->url);
		free(v->ca);
		free(v->description);
		strlist_free(&v->services);
		free(v);
	}
	strlist_free(&c->firewall.resolvers);
	strlist_free(&c->firewall.internal);
}

static void
free_kind(struct conf_media_kind *k)
{
	free(k->provider);
	free(k->model);
	free(k->language);
	free(k->voice);
	free(k->size);
	free(k->quality);
	strlist_free(&k->program);
}

static void
free_services(struct conf *c)
{
	size_t	 i;

	free_secret(&c->telegram.token);
	free_persons(&c->telegram.admin);
	free_secret(&c->telegram.claim);
	free(c->telegram.chats);
	free(c->telegram.api);
	free(c->telegram.ca);
	for (i = 0; i < c->filter.npatterns; i++) {
		free(c->filter.patterns[i].name);
		free(c->filter.patterns[i].regex);
	}
	free(c->filter.patterns);
	free(c->filter.observer_model);
	free_secret(&c->anthropic.key);
	for (i = 0; i < c->anthropic.nprices; i++)
		free(c->anthropic.prices[i].model);
	free(c->anthropic.prices);
	free(c->anthropic.login);
	free(c->anthropic.api);
	free(c->anthropic.ca);
	free_secret(&c->moltbook.key);
	free_secret(&c->totp.key);
	free(c->totp.remote);
	free(c->totp.listen);
	free_secret(&c->vault.key);
	free_secret(&c->openai.key);
	free(c->openai.api);
	free(c->media.inbox);
	free(c->media.outbox);
	free_kind(&c->media.transcribe);
	free_kind(&c->media.image);
	free_kind(&c->media.speech);
}

void
conf_free(struct conf *c)
{
	struct conf_agent	*a;

	if (c == NULL)
		return;
	while ((a = TAILQ_FIRST(&c->agents)) != NULL) {
		TAILQ_REMOVE(&c->agents, a, entry);
		free_agent(a);
	}
	free_people(c);
	free_network(c);
	free_services(c);
	free(c->state);
	free(c->runtime);
	free(c->control_group);
	free(c->log_arg);
	free(c->audit_file);
	free(c);
}

void
conf_notes_free(struct conf_notes *n)
{
	strlist_free(&n->errors);
	strlist_free(&n->warnings);
	free(n->path);
	n->path = NULL;
}
