/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What the grammar calls for statements about people, messages, money, tool
 * calls, logs and secrets.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "telclauded/conf/conf_int.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/secret.h"
#include "telclauded/lib/util.h"

struct word *
conf_word(struct parse *p, const struct where *at, const char *s)
{
	struct word	*w;

	w = conf_alloc(p, sizeof(*w));
	w->at = *at;
	w->s = s == NULL ? NULL : conf_strndup(p, s, strlen(s));
	w->src = s == NULL ? SEC_LITERAL : SEC_NONE;
	return (w);
}

struct word *
conf_source(struct word *w, enum secret_src src)
{
	w->src = src;
	return (w);
}

struct word *
conf_chain(struct word *list, struct word *w)
{
	struct word	*x;

	for (x = list; x->next != NULL; x = x->next)
		;
	x->next = w;
	return (list);
}

/* Says once a keyword that it is accepted but does nothing so far. */
void
conf_later(struct parse *p, const struct where *at, const char *what)
{
	size_t	 i;

	for (i = 0; i < p->nlater; i++)
		if (strcmp(p->later[i], what) == 0)
			return;
	if (p->nlater < NELEM(p->later))
		p->later[p->nlater++] = what;
	conf_warn(p, at, "%s: not effective yet", what);
}

void
conf_block(struct parse *p, const struct where *at, const char *name,
    int *present)
{
	p->block = "";
	conf_once(p, at, name);
	p->block = name;
	if (present != NULL)
		*present = 1;
}

void
conf_flag(struct parse *p, const struct where *at, const char *key, int *v,
    int value)
{
	if (conf_once(p, at, key) == 0)
		*v = value;
}

void
conf_profile(struct parse *p, const struct where *at, enum relay_profile v)
{
	if (conf_once(p, at, "profile") == -1)
		return;
	p->conf->profile = v;
}

void
conf_stream(struct parse *p, const struct where *at, enum relay_stream v)
{
	if (conf_once(p, at, "stream") == -1)
		return;
	p->conf->telegram.stream = v;
}

void
conf_loglevel(struct parse *p, const struct where *at, int level)
{
	if (conf_once(p, at, "log level") == 0)
		p->conf->log_level = level;
}

void
conf_logto(struct parse *p, const struct where *at, enum log_target t,
    const struct word *w)
{
	static const char *const names[] = { "auth", "authpriv", "cron",
	    "daemon", "ftp", "kern", "local0", "local1", "local2", "local3",
	    "local4", "local5", "local6", "local7", "lpr", "mail", "news",
	    "syslog", "user", "uucp" };
	const char	*arg, *why;
	size_t		 i;

	if (conf_once(p, at, "log to") == -1)
		return;
	arg = w != NULL ? w->s : t == LOGT_SYSLOG ? "user" : NULL;
	for (i = 0; t == LOGT_SYSLOG && i < NELEM(names); i++)
		if (strcmp(arg, names[i]) == 0)
			break;
	if (t == LOGT_SYSLOG && i == NELEM(names))
		conf_err(p, at, "syslog: \"%.64s\" is not a facility, like "
		    "daemon or local0", arg);
	else if (t == LOGT_FILE && !conf_strcheck(STR_PATH, arg, &why))
		conf_err(p, at, "log to file: \"%.128s\" %s", arg, why);
	else {
		p->conf->log_target = t;
		free(p->conf->log_arg);
		p->conf->log_arg = NULL;
		if (arg != NULL)
			p->conf->log_arg = conf_dup(p, arg);
	}
}

/* A literal becomes a sealed memfd at once; its word is wiped with p. */
static void
literal(struct parse *p, const struct where *at, const char *key,
    struct conf_secret *s, const struct word *w)
{
	const struct source	*f;
	const char		*stmt;

	stmt = strcmp(key, "claim") == 0 ? "claim secret" : key;
	for (f = p->src; f != NULL; f = f->up)
		if (strcmp(f->name, at->file) == 0)
			break;
	if (!w->quoted)
		conf_err(p, at, "%s: say where it is: file PATH, credential "
		    "NAME, env NAME, or a string in quotes", key);
	else if (w->s[0] == '\0' || strlen(w->s) >= SECRET_MAX)
		conf_err(p, at, "%s: an impossible secret", key);
	else if (f != NULL && f->readable == READ_OTHERS)
		conf_err(p, at, "%s: a literal secret, but others than the "
		    "owner (root or you) can read this file: chmod 600 it, or "
		    "write %s file PATH", key, stmt);
	else {
		if (f != NULL && f->readable == READ_NOMODES)
			conf_warn(p, at, "%s: a literal secret on a file "
			    "system without modes, so others may read it; put "
			    "it elsewhere and write %s file PATH", key, stmt);
		else
			conf_warn(p, at, "%s: a literal secret; better %s "
			    "file PATH", key, stmt);
		if ((s->fd = secret_memfd(key, w->s, strlen(w->s))) == -1)
			conf_err(p, at, "%s: cannot keep the secret in "
			    "memory: %m", key);
		s->src = SEC_LITERAL;
	}
}

void
conf_secret_set(struct parse *p, const struct where *at, const char *key,
    struct conf_secret *s, const struct word *w)
{
	const char	*why;

	if (conf_once(p, at, key) == -1)
		return;
	if (w->src == SEC_LITERAL && w->s == NULL) {
		s->src = SEC_LITERAL;	/* "hidden": conf_print() hid it */
		return;
	}
	if (w->src == SEC_LITERAL) {
		literal(p, at, key, s, w);
		return;
	}
	if (!conf_strcheck(w->src == SEC_FILE ? STR_PATH :
	    w->src == SEC_ENV ? STR_ENV : STR_NAME, w->s, &why)) {
		conf_err(p, at, "%s: this value %s", key, why);
		return;
	}
	if (w->src == SEC_VAULT)
		conf_later(p, at, "vault");
	s->src = w->src;
	free(s->arg);
	s->arg = NULL;
	s->arg = conf_dup(p, w->s);
}

/* Adds people; NULL text is `any'. */
void
conf_people(struct parse *p, const struct word *w, struct persons *l, int any)
{
	struct person	 x, *y;
	size_t		 i;

	for (; w != NULL; w = w->next) {
		memset(&x, 0, sizeof(x));
		x.kind = w->s == NULL ? PERSON_ANY : w->quoted ||
		    !((*w->s >= '0' && *w->s <= '9') || *w->s == '-') ?
		    PERSON_NAME : PERSON_ID;
		if (x.kind == PERSON_ANY && !any) {
			conf_err(p, &w->at, "any cannot stand here");
			continue;
		}
		if (x.kind == PERSON_ID && (conf_int64(w->s, &x.id) == -1 ||
		    x.id <= 0)) {
			conf_err(p, &w->at, "\"%.64s\" is not a Telegram "
			    "user's number", w->s);
			continue;
		}
		if (x.kind == PERSON_NAME && !name_ok(w->s)) {
			conf_err(p, &w->at, "\"%.64s\" is not a linked name "
			    "(a number stands without quotes)", w->s);
			continue;
		}
		for (i = 0; i < l->n; i++) {
			y = &l->v[i];
			if (x.kind == y->kind && (x.kind == PERSON_ANY ||
			    (x.kind == PERSON_ID && x.id == y->id) ||
			    (x.kind == PERSON_NAME &&
			    strcmp(w->s, y->name) == 0)))
				break;
		}
		if (i < l->n) {
			conf_err(p, &w->at, "the same person twice");
			continue;
		}
		l->v = conf_grow(p, l->v, l->n + 1, sizeof(x));
		l->v[l->n] = x;
		if (x.kind == PERSON_NAME)
			l->v[l->n].name = conf_dup(p, w->s);
		l->n++;
	}
}

void
conf_chats(struct parse *p, const struct word *w)
{
	struct conf_telegram	*t = &p->conf->telegram;
	int64_t			 id;
	size_t			 i;

	for (; w != NULL; w = w->next) {
		if (conf_int64(w->s, &id) == -1 || id == 0 || w->quoted) {
			conf_err(p, &w->at, "allow chat: \"%.64s\" is not the "
			    "number of a chat", w->s);
			continue;
		}
		for (i = 0; i < t->nchats && t->chats[i] != id; i++)
			;
		if (i < t->nchats) {
			conf_err(p, &w->at, "allow chat: %.64s is listed "
			    "twice", w->s);
			continue;
		}
		t->chats = conf_grow(p, t->chats, t->nchats + 1, sizeof(id));
		t->chats[t->nchats++] = id;
	}
}

void
conf_tier(struct parse *p, const struct where *at, enum tier tier,
    const struct word *w)
{
	struct conf_tier	*t;
	size_t			 i;

	t = conf_zalloc(p, sizeof(*t));
	t->tier = tier;
	TAILQ_INSERT_TAIL(&p->conf->tiers, t, entry);
	conf_people(p, w, &t->who, 1);
	for (i = 0; i < t->who.n; i++)
		if (tier == TIER_FULL_ACCESS && t->who.v[i].kind == PERSON_ANY)
			conf_err(p, at, "tier full-access is not for any: "
			    "name the people");
}

static int
same_people(const struct persons *a, const struct persons *b)
{
	size_t	 i;

	if (a->n != b->n)
		return (0);
	for (i = 0; i < a->n; i++)
		if (a->v[i].kind != b->v[i].kind ||
		    a->v[i].id != b->v[i].id || (a->v[i].name != NULL &&
		    strcmp(a->v[i].name, b->v[i].name) != 0))
			return (0);
	return (1);
}

/* A line for the same messages replaces the default; twice is an error. */
void
conf_rate(struct parse *p, const struct where *at, int total, enum tier tier,
    const struct word *who, const struct word *amounts)
{
	struct conf_rate	*r, *old;

	r = conf_zalloc(p, sizeof(*r));
	r->total = total;
	r->tier = tier;
	TAILQ_INSERT_TAIL(&p->conf->rates, r, entry);
	conf_people(p, who, &r->who, 1);
	conf_amounts(p, amounts, "#rate", &r->n);
	TAILQ_FOREACH(old, &p->conf->rates, entry)
		if (old != r && old->total == total && old->tier == tier &&
		    same_people(&old->who, &r->who))
			break;
	if (old == NULL)
		return;
	if (!old->builtin)
		conf_err(p, at, "rate: a second line for the same messages");
	old->n = r->n;			/* in its place among the defaults */
	old->builtin = 0;
	TAILQ_REMOVE(&p->conf->rates, r, entry);
	conf_rate_free(r);
}

void
conf_spend(struct parse *p, const struct where *at, int total,
    const struct word *w)
{
	struct conf_spend	*s, *old;

	s = conf_zalloc(p, sizeof(*s));
	s->total = total;
	TAILQ_INSERT_TAIL(&p->conf->spends, s, entry);
	conf_people(p, w, &s->who, 1);
	TAILQ_FOREACH(old, &p->conf->spends, entry)
		if (old != s && old->total == total &&
		    same_people(&old->who, &s->who))
			conf_err(p, at, "spend: a second line for the same "
			    "people");
	p->usd = &s->microusd_day;
	p->tokens = &s->tokens_day;
}

void
conf_rule_new(struct parse *p, enum access_verdict v)
{
	struct conf_rule	*r;

	r = conf_zalloc(p, sizeof(*r));
	r->verdict = v;
	r->tier = TIER_NONE;
	if (v == RV_ASK_CODE)
		r->within_s = 300;
	TAILQ_INSERT_TAIL(&p->conf->rules, r, entry);
	p->rule = r;
}

void
conf_within(struct parse *p, const struct word *w)
{
	if (p->rule->verdict != RV_ASK_CODE)
		conf_err(p, &w->at, "within belongs to ask with code: it says "
		    "how long the call waits for it");
	conf_secs(p, w, "#within", &p->rule->within_s, 10, 300);
}

void
conf_rule_end(struct parse *p, const struct word *w)
{
	struct conf_rule	*r = p->rule;
	size_t			 i;

	for (; w != NULL; w = w->next) {
		for (i = 0; i < r->tools.n; i++)
			if (strcmp(r->tools.v[i], w->s) == 0)
				conf_err(p, &w->at, "\"%.64s\" is listed "
				    "twice", w->s);
		if (tool_byname(w->s) == TOOL_NONE)
			conf_err(p, &w->at, "\"%.64s\" is not a tool", w->s);
		conf_append(p, &r->tools, w->s);
	}
}
