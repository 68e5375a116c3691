/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The relay's slice of the configuration: kept beside the one in force until
 * COMMIT.  Run by the relay; comes from the parent, which it trusts.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"
#include "engines/relay/relay.h"
#include "engines/relay/slice.h"

struct settings *
settings_new(void)
{
	return (calloc(1, sizeof(struct settings)));
}

void
settings_free(struct settings *s)
{
	if (s == NULL)
		return;
	secret_free(&s->token);
	secret_free(&s->claim);
	free(s->chats);
	free(s->tiers);
	free(s->rules);
	free(s->rates);
	free(s->spends);
	free(s->patterns);
	free(s->models);
	free(s->resets);
	free(s);
}

/* Room for one more; grows by doubling.  NULL is fatal: start or reload. */
static void *
slice_more(void *v, size_t n, size_t size)
{
	if (n != 0 && (n & (n - 1)) != 0)
		return (v);
	v = reallocarray(v, n == 0 ? 1 : n * 2, size);
	if (v == NULL)
		fatal("settings");
	return (v);
}

static void
on_conf_relay(struct link *l, const struct msg_CONF_RELAY *m,
    struct msg_meta *meta)
{
	(void)l;
	(void)meta;
	relay.next->r = *m;
	relay.next->have = 1;
}

static void
on_conf_screen(struct link *l, const struct msg_CONF_SCREEN *m,
    struct msg_meta *meta)
{
	(void)l;
	(void)meta;
	relay.next->screen = *m;
}

static void
on_conf_chat(struct link *l, const struct msg_CONF_CHAT *m,
    struct msg_meta *meta)
{
	struct settings	*s = relay.next;

	(void)l;
	(void)meta;
	s->chats = slice_more(s->chats, s->nchats, sizeof(*s->chats));
	s->chats[s->nchats++] = m->chat;
}

/* Rows that are kept as they come, in their order. */
#define KEEP(name, ID, list, n)						\
static void								\
name(struct link *l, const struct msg_##ID *m, struct msg_meta *meta)	\
{									\
	struct settings	*s = relay.next;				\
									\
	(void)l;							\
	(void)meta;							\
	s->list = slice_more(s->list, s->n, sizeof(*s->list));		\
	s->list[s->n++] = *m;						\
}
KEEP(on_conf_tier, CONF_TIER, tiers, ntiers)
KEEP(on_conf_rule, CONF_RULE, rules, nrules)
KEEP(on_conf_rate, CONF_RATE, rates, nrates)
KEEP(on_conf_spend, CONF_SPEND, spends, nspends)
KEEP(on_conf_pattern, CONF_PATTERN, patterns, npatterns)
KEEP(on_conf_model, CONF_MODEL, models, nmodels)
KEEP(on_conf_reset, CONF_RESET, resets, nresets)

void
slice_handlers(struct msg_handlers *h)
{
	h->CONF_RELAY = on_conf_relay;
	h->CONF_CHAT = on_conf_chat;
	h->CONF_TIER = on_conf_tier;
	h->CONF_RULE = on_conf_rule;
	h->CONF_RATE = on_conf_rate;
	h->CONF_SPEND = on_conf_spend;
	h->CONF_SCREEN = on_conf_screen;
	h->CONF_PATTERN = on_conf_pattern;
	h->CONF_MODEL = on_conf_model;
	h->CONF_RESET = on_conf_reset;
}

void
slice_fd(enum fdkind kind, int fd)
{
	struct settings	*s = relay.next;
	struct secret	*to;

	if (s == NULL || (kind != FDK_BOT_TOKEN && kind != FDK_CLAIM_WORD)) {
		close(fd);
		return;
	}
	to = kind == FDK_BOT_TOKEN ? &s->token : &s->claim;
	secret_free(to);
	if (secret_read(to, fd) == -1)
		log_warn("cannot read the %s", kind == FDK_BOT_TOKEN ?
		    "bot token" : "claim word");
}

static int
chat_cmp(const void *a, const void *b)
{
	const int64_t	*x = a, *y = b;

	return (*x < *y ? -1 : *x > *y);
}

/* A token is pasted into a path: only what BotFather gives out may pass. */
static int
token_ok(const struct secret *t)
{
	static const char ok[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789:_-";

	return (t->p != NULL && t->len > 0 && t->len <= 256 &&
	    strspn(t->p, ok) == t->len);
}

int
slice_complete(struct settings *s, char *why, size_t size)
{
	if (!s->have) {
		(void)str_copy(why, "no settings came", size);
		return (-1);
	}
	/* A reload that says nothing about the token keeps it. */
	if (s->token.p == NULL && relay.set != NULL && s != relay.set &&
	    relay.set->token.p != NULL) {
		if (secret_alloc(&s->token, relay.set->token.len + 1) == -1) {
			(void)str_copy(why, "no locked memory for the token",
			    size);
			return (-1);
		}
		memcpy(s->token.p, relay.set->token.p,
		    relay.set->token.len + 1);
		s->token.len = relay.set->token.len;
	}
	if (!token_ok(&s->token)) {
		(void)str_copy(why, "the bot token is missing or is not one "
		    "(number, colon, letters)", size);
		return (-1);
	}
	if (s->nchats > 1)
		qsort(s->chats, s->nchats, sizeof(*s->chats), chat_cmp);
	return (0);
}
