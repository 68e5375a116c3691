/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * A configuration as text that parses to the same: telclauded -nv, and what
 * the reading child sends the parent.  Holds no secret: a literal one is
 * printed as `hidden'.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "telclauded/conf/conf_int.h"
#include "telclauded/conf/confput.h"
#include "telclauded/lib/log.h"

static void
put_machine(struct buf *b, const struct conf *c)
{
	static const char *const profiles[] = { "simple", "strict", "test" };

	buf_printf(b, "profile %s\n", profiles[c->profile]);
	put_str(b, "state", c->state);
	put_str(b, "\nruntime", c->runtime);
	if (c->control_group != NULL)
		put_str(b, "\ncontrol group", c->control_group);
	buf_printf(b, "\nlog %s to ",
	    log_level_name((enum log_level)c->log_level));
	if (c->log_target == LOGT_STDERR)
		buf_puts(b, "stderr");
	else if (c->log_target == LOGT_SYSLOG)
		buf_printf(b, "syslog %s", c->log_arg);
	else
		put_str(b, "file", c->log_arg);
	if (c->audit_file != NULL)
		put_str(b, "\naudit to file", c->audit_file);
	else
		buf_puts(b, "\naudit");
	put_secs(b, " seal", c->audit_seal_s);
	buf_puts(b, c->audit_report ? " report daily\n" : "\n");
	put_secs(b, "keep transcripts", c->keep_transcripts_s);
	put_secs(b, " audit", c->keep_audit_s);
	put_secs(b, " media", c->keep_media_s);
	buf_printf(b, " backups %u\n", c->keep_backups);
}

static void
put_telegram(struct buf *b, const struct conf_telegram *t)
{
	static const char *const streams[] = { "draft", "edit", "off" };
	size_t	 i;

	if (!t->present)
		return;
	buf_puts(b, "telegram {\n");
	put_secret(b, "token", &t->token);
	if (t->nchats > 0) {
		buf_puts(b, "\tallow chat {");
		for (i = 0; i < t->nchats; i++)
			buf_printf(b, " %" PRId64, t->chats[i]);
		buf_puts(b, " }\n");
	}
	if (t->pairing)
		buf_puts(b, "\tallow pairing\n");
	if (t->admin.n > 0) {
		buf_puts(b, "\tadmin");
		put_person(b, &t->admin.v[0]);
		buf_puts(b, "\n");
	}
	put_secret(b, "claim secret", &t->claim);
	if (t->mention)
		buf_puts(b, "\trequire mention\n");
	buf_printf(b, "\tstream %s", streams[t->stream]);
	put_ms(b, " every", t->edit_ms);
	put_ms(b, " typing", t->typing_ms);
	buf_printf(b, "\n\treact %s\n\tbuttons %s\n", t->react ? "on" : "off",
	    t->buttons ? "on" : "off");
	put_secs(b, "\tpoll", t->poll_s);
	buf_printf(b, " limit %u\n", t->poll_limit);
	put_ms(b, "\tretry", t->retry_min_ms);
	put_ms(b, " to", t->retry_max_ms);
	put_decimal(b, " factor", t->retry_factor);
	put_decimal(b, " jitter", t->retry_jitter);
	buf_printf(b, " attempts %u\n", t->retry_attempts);
	put_str(b, "\tapi", t->api);
	if (t->ca != NULL)
		put_str(b, " ca", t->ca);
	buf_puts(b, "\n}\n");
}

static void
put_people(struct buf *b, const struct conf *c)
{
	const struct conf_tier	*t;
	const struct conf_rate	*r;
	const struct conf_spend	*s;

	TAILQ_FOREACH(t, &c->tiers, entry) {
		buf_printf(b, "tier %s user", tier_name(t->tier));
		put_persons(b, &t->who);
		buf_puts(b, "\n");
	}
	TAILQ_FOREACH(r, &c->rates, entry) {
		buf_puts(b, "rate ");
		if (r->total)
			buf_puts(b, "total");
		else if (r->tier != TIER_NONE)
			buf_printf(b, "tier %s", tier_name(r->tier));
		else {
			buf_puts(b, "user");
			put_persons(b, &r->who);
		}
		put_amount(b, "", &r->n);
		buf_puts(b, "\n");
	}
	TAILQ_FOREACH(s, &c->spends, entry) {
		buf_printf(b, "spend %s", s->total ? "total" : "user");
		if (!s->total)
			put_persons(b, &s->who);
		put_money(b, s->microusd_day, s->tokens_day);
		buf_puts(b, "\n");
	}
}

static void
put_rules(struct buf *b, const struct conf *c)
{
	static const char *const verdicts[] = { "allow", "ask",
	    "ask with code", "deny" };
	const struct conf_rule	*r;

	TAILQ_FOREACH(r, &c->rules, entry) {
		/* What always holds first is shown, not said. */
		buf_printf(b, "%s%s tool", r->builtin ? "# " : "",
		    verdicts[r->verdict]);
		if (r->tools.n == 0)
			buf_puts(b, " any");
		else
			put_list(b, "", &r->tools);
		if (r->tier != TIER_NONE)
			buf_printf(b, " tier %s", tier_name(r->tier));
		if (r->who.n > 0) {
			buf_puts(b, " user");
			put_persons(b, &r->who);
		}
		if (r->tainted)
			buf_puts(b, " tainted");
		if (r->within_s != 0)
			put_secs(b, " within", r->within_s);
		buf_puts(b, "\n");
	}
}

static void
put_filter(struct buf *b, const struct conf_filter *f)
{
	size_t	 i;

	if (!f->present)
		return;
	buf_puts(b, "filter {\n");
	for (i = 0; i < f->npatterns; i++) {
		put_str(b, "\tpattern", f->patterns[i].name);
		put_str(b, "", f->patterns[i].regex);
		buf_puts(b, "\n");
	}
	if (f->entropy) {
		put_decimal(b, "\tentropy", f->entropy_bits);
		buf_printf(b, " length %u\n", f->entropy_len);
	} else
		buf_puts(b, "\tentropy off\n");
	if (f->observer == 0)
		buf_puts(b, "\tobserver off\n");
	if (f->observer == 1) {
		buf_puts(b, "\tobserver");
		if (f->observer_model != NULL)
			put_str(b, " model", f->observer_model);
		put_ms(b, " timeout", f->observer_ms);
		put_decimal(b, " threshold", f->observer_threshold);
		buf_printf(b, " failure %s\n",
		    f->observer_failure == RV_DENY ? "deny" :
		    f->observer_failure == RV_ASK ? "ask" : "allow");
	}
	if (f->careful != RV_ASK)
		buf_printf(b, "\tcareful %s\n",
		    f->careful == RV_DENY ? "deny" : "off");
	buf_puts(b, "}\n");
}

static void
put_anthropic(struct buf *b, const struct conf_anthropic *a)
{
	const struct conf_price	*x;
	size_t			 i;

	if (!a->present)
		return;
	buf_puts(b, "anthropic {\n");
	put_secret(b, a->oauth ? "key oauth" : "key", &a->key);
	if (a->login != NULL) {
		put_str(b, "\tlogin", a->login);
		buf_puts(b, "\n");
	}
	put_str(b, "\tapi", a->api);
	if (a->ca != NULL)
		put_str(b, " ca", a->ca);
	buf_puts(b, "\n");
	for (i = 0; i < a->nprices; i++) {
		x = &a->prices[i];
		put_str(b, "\tprice", x->model);
		put_fixed(b, " input", x->in_nano, 3);
		put_fixed(b, " output", x->out_nano, 3);
		put_fixed(b, " cached", x->cached_nano, 3);
		put_fixed(b, " written", x->written_nano, 3);
		buf_puts(b, "\n");
	}
	buf_puts(b, "}\n");
}

static void
put_limits(struct buf *b, const struct conf_agent *a)
{
	put_ms(b, "\tlimit turn", a->turn_ms);
	put_ms(b, " call", a->call_ms);
	buf_printf(b, " cpu %u%%", a->cpu_pct);
	put_size(b, " memory", a->memory);
	buf_printf(b, " processes %u", a->processes);
	put_size(b, " file", a->file);
	put_size(b, " tmp", a->tmp);
	put_size(b, " output", a->output);
	buf_printf(b, "\n\trequests %u/minute parallel %u\n", a->per_minute,
	    a->parallel);
	if (a->microusd_day != 0 || a->tokens_day != 0) {
		buf_puts(b, "\tspend");
		put_money(b, a->microusd_day, a->tokens_day);
		buf_puts(b, "\n");
	}
}

static void
put_agent(struct buf *b, const struct conf_agent *a)
{
	buf_printf(b, "agent %s {\n", scope_name(a->scope));
	if (a->workspace != NULL) {
		put_str(b, "\tworkspace", a->workspace);
		buf_puts(b, "\n");
	}
	put_listline(b, "read", &a->read);
	put_listline(b, "write", &a->write);
	if (a->prompt != NULL) {
		put_str(b, "\tprompt", a->prompt);
		buf_puts(b, "\n");
	}
	put_listline(b, "model", &a->models);
	put_listline(b, "beta", &a->betas);
	buf_printf(b, "\tloop %s\n\tsession %s",
	    a->loop_claude ? "claude" : "native",
	    a->global_session ? "global" : "chat");
	put_secs(b, " idle", a->idle_s);
	put_list(b, " reset", &a->resets);
	buf_puts(b, "\n");
	put_limits(b, a);
	if (a->remote != NULL)
		put_str(b, "\tremote", a->remote);
	if (a->remote != NULL && a->port != 0)
		buf_printf(b, " port %u", a->port);
	if (a->listen != NULL)
		put_str(b, a->remote != NULL ? "\n\tlisten" : "\tlisten",
		    a->listen);
	if (a->listen != NULL && a->port != 0 && a->remote == NULL)
		buf_printf(b, " port %u", a->port);
	if (a->remote != NULL || a->listen != NULL)
		buf_puts(b, "\n");
	put_secret(b, "key", &a->key);
	put_secret(b, "peer", &a->peer);
	put_secret(b, "token", &a->token);
	buf_puts(b, "}\n");
}

/* malloc'd; NULL without memory. */
char *
conf_print(const struct conf *c)
{
	const struct conf_agent	*a;
	struct buf		 b;

	buf_init(&b);
	put_machine(&b, c);
	put_telegram(&b, &c->telegram);
	put_people(&b, c);
	put_rules(&b, c);
	put_filter(&b, &c->filter);
	put_anthropic(&b, &c->anthropic);
	TAILQ_FOREACH(a, &c->agents, entry)
		put_agent(&b, a);
	put_services(&b, c);
	put_network(&b, c);
	put_media(&b, c);
	if (b.failed) {
		buf_free(&b);
		return (NULL);
	}
	return (b.p);
}
