/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * A configuration as it is without a file, and its end.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "telclauded/conf/conf_int.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/paths.h"
#include "telclauded/lib/util.h"

#define DAY	86400

static int
add_rate(struct conf *c, int total, enum tier tier, uint32_t minute,
    uint32_t hour)
{
	struct conf_rate	*r;

	if ((r = calloc(1, sizeof(*r))) == NULL)
		return (-1);
	r->total = total;
	r->tier = tier;
	r->n.minute = minute;
	r->n.hour = hour;
	r->builtin = 1;
	TAILQ_INSERT_TAIL(&c->rates, r, entry);
	if (total || tier != TIER_NONE)
		return (0);
	if ((r->who.v = calloc(1, sizeof(*r->who.v))) == NULL)
		return (-1);
	r->who.v[0].kind = PERSON_ANY;
	r->who.n = 1;
	return (0);
}

/* tool NULL: any. */
static int
add_rule(struct conf *c, enum access_verdict v, const char *tool,
    enum tier tier)
{
	struct conf_rule	*r;

	if ((r = calloc(1, sizeof(*r))) == NULL)
		return (-1);
	r->verdict = v;
	r->tier = tier;
	r->builtin = 1;
	TAILQ_INSERT_TAIL(&c->rules, r, entry);
	if (tool == NULL)
		return (0);
	if ((r->tools.v = calloc(1, sizeof(*r->tools.v))) == NULL ||
	    (r->tools.v[0] = strdup(tool)) == NULL)
		return (-1);
	r->tools.n = 1;
	return (0);
}

/* What holds without a line: the lists. */
static int
default_lists(struct conf *c)
{
	struct conf_domain	*d;

	if (add_rate(c, 1, TIER_NONE, 100, 1000) == -1 ||
	    add_rate(c, 0, TIER_READ_ONLY, 10, 100) == -1 ||
	    add_rate(c, 0, TIER_WRITE_LOCAL, 20, 200) == -1 ||
	    add_rate(c, 0, TIER_FULL_ACCESS, 30, 300) == -1 ||
	    add_rate(c, 0, TIER_NONE, 30, 300) == -1)
		return (-1);
	if (add_rule(c, RV_ALLOW, NULL, TIER_NONE) == -1 ||
	    add_rule(c, RV_ASK, "Bash", TIER_FULL_ACCESS) == -1)
		return (-1);
	if ((d = calloc(1, sizeof(*d))) == NULL)
		return (-1);
	d->builtin = 1;
	TAILQ_INSERT_TAIL(&c->firewall.domains, d, entry);
	return (0);
}

static void
default_numbers(struct conf *c)
{
	c->log_level = LOGL_INFO;
	c->log_target = LOGT_SYSLOG;
	c->audit_seal_s = 3600;
	c->keep_transcripts_s = 90 * DAY;
	c->keep_audit_s = 365 * DAY;
	c->keep_media_s = DAY;
	c->keep_backups = 7;
	c->telegram.stream = RS_DRAFT;
	c->telegram.edit_ms = 1500;
	c->telegram.typing_ms = 4000;
	c->telegram.react = 1;
	c->telegram.poll_s = 30;
	c->telegram.poll_limit = 100;
	c->telegram.retry_min_ms = 1000;
	c->telegram.retry_max_ms = 60000;
	c->telegram.retry_factor = 2.0;
	c->telegram.retry_jitter = 0.3;
	c->filter.entropy = 1;
	c->filter.entropy_bits = 4.5;
	c->filter.entropy_len = 32;
	c->filter.observer = -1;
	c->filter.observer_ms = 300000;
	c->filter.observer_threshold = 0.7;
	c->filter.observer_failure = RV_DENY;
	c->filter.careful = RV_ASK;
	c->moltbook.every_s = 4 * 3600;
	c->totp.session_s = 4 * 3600;
	c->firewall.internal_retry = 10;
	c->firewall.internal_delay_ms = 2000;
	c->media.transcribe.timeout_ms = 60000;
	c->media.transcribe.quota = (struct amount){ 0, 20, 50 };
	c->media.image.timeout_ms = 60000;
	c->media.image.quota = (struct amount){ 0, 10, 50 };
	c->media.speech.timeout_ms = 60000;
	c->media.speech.speed = 1.0;
	c->media.speech.quota = (struct amount){ 0, 30, 100 };
	c->media.video_frames = 30;
	c->media.video_every_ms = 1000;
	c->media.video_first_s = 300;
	c->media.video_audio = 1;
	c->media.video_quota = (struct amount){ 0, 10, 30 };
}

static void
no_secret(struct conf_secret *s)
{
	s->src = SEC_NONE;
	s->arg = NULL;
	s->fd = -1;
}

static int
default_string(char **dst, const char *s)
{
	return ((*dst = strdup(s)) == NULL ? -1 : 0);
}

static int
default_strings(struct conf *c)
{
	if (default_string(&c->state, STATE_DEFAULT) == -1 ||
	    default_string(&c->runtime, RUNTIME_DEFAULT) == -1 ||
	    default_string(&c->log_arg, "daemon") == -1 ||
	    default_string(&c->telegram.api, "https://api.telegram.org") ==
	    -1 || default_string(&c->anthropic.api,
	    "https://api.anthropic.com") == -1 ||
	    default_string(&c->openai.api, "https://api.openai.com/v1") == -1)
		return (-1);
	return (0);
}

struct conf *
conf_new(void)
{
	struct conf	*c;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		return (NULL);
	TAILQ_INIT(&c->tiers);
	TAILQ_INIT(&c->rates);
	TAILQ_INIT(&c->spends);
	TAILQ_INIT(&c->rules);
	TAILQ_INIT(&c->agents);
	TAILQ_INIT(&c->firewall.domains);
	TAILQ_INIT(&c->firewall.privates);
	TAILQ_INIT(&c->providers);
	no_secret(&c->telegram.token);
	no_secret(&c->telegram.claim);
	no_secret(&c->anthropic.key);
	no_secret(&c->moltbook.key);
	no_secret(&c->totp.key);
	no_secret(&c->vault.key);
	no_secret(&c->openai.key);
	default_numbers(c);
	if (default_strings(c) == -1 || default_lists(c) == -1) {
		conf_free(c);
		return (NULL);
	}
	return (c);
}

struct conf_agent *
conf_agent_new(enum scope scope)
{
	struct conf_agent	*a;

	if ((a = calloc(1, sizeof(*a))) == NULL)
		return (NULL);
	a->scope = scope;
	a->idle_s = 3600;
	a->turn_ms = a->call_ms = 600000;
	a->cpu_pct = 200;
	a->processes = 256;
	a->memory = 2ull << 30;
	a->file = 1ull << 30;
	a->tmp = 512ull << 20;
	a->output = 1ull << 20;
	a->per_minute = 120;
	a->parallel = 4;
	no_secret(&a->key);
	no_secret(&a->peer);
	no_secret(&a->token);
	if (note_add(&a->resets, "/new") == -1 ||
	    note_add(&a->models, "claude-sonnet-5-5") == -1 ||
	    note_add(&a->models, "claude-haiku-5-5") == -1) {
		strlist_free(&a->resets);
		strlist_free(&a->models);
		free(a);
		return (NULL);
	}
	return (a);
}

const struct conf_agent *
conf_agent_find(const struct conf *c, enum scope scope)
{
	const struct conf_agent	*a;

	TAILQ_FOREACH(a, &c->agents, entry)
		if (a->scope == scope)
			return (a);
	return (NULL);
}
