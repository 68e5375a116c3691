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
	free(s->chats);
	free(s->tiers);
	free(s->rules);
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
on_conf_chat(struct link *l, const struct msg_CONF_CHAT *m,
    struct msg_meta *meta)
{
	struct settings	*s = relay.next;

	(void)l;
	(void)meta;
	s->chats = slice_more(s->chats, s->nchats, sizeof(*s->chats));
	s->chats[s->nchats++] = m->chat;
}

static void
on_conf_tier(struct link *l, const struct msg_CONF_TIER *m,
    struct msg_meta *meta)
{
	struct settings	*s = relay.next;

	(void)l;
	(void)meta;
	s->tiers = slice_more(s->tiers, s->ntiers, sizeof(*s->tiers));
	s->tiers[s->ntiers++] = *m;
}

static void
on_conf_rule(struct link *l, const struct msg_CONF_RULE *m,
    struct msg_meta *meta)
{
	struct settings	*s = relay.next;

	(void)l;
	(void)meta;
	s->rules = slice_more(s->rules, s->nrules, sizeof(*s->rules));
	s->rules[s->nrules++] = *m;
}

static void
on_conf_model(struct link *l, const struct msg_CONF_MODEL *m,
    struct msg_meta *meta)
{
	(void)l;
	(void)meta;
	if (relay.next->model[0] == '\0')
		(void)str_copy(relay.next->model, m->model,
		    sizeof(relay.next->model));
}

void
slice_handlers(struct msg_handlers *h)
{
	h->CONF_RELAY = on_conf_relay;
	h->CONF_CHAT = on_conf_chat;
	h->CONF_TIER = on_conf_tier;
	h->CONF_RULE = on_conf_rule;
	h->CONF_MODEL = on_conf_model;
}

void
slice_fd(enum fdkind kind, int fd)
{
	struct settings	*s = relay.next;

	if (kind != FDK_BOT_TOKEN || s == NULL) {
		close(fd);
		return;
	}
	secret_free(&s->token);
	if (secret_read(&s->token, fd) == -1)
		log_warn("cannot read the bot token");
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
