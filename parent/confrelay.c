/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The relay's slice of the configuration as messages.  Run by the parent.
 */
#include <string.h>
#include <unistd.h>

#include "parent/confsend.h"
#include "parent/parent.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"

static int64_t
admin_of(const struct conf *c)
{
	const struct persons	*a = &c->telegram.admin;

	return (a->n == 1 && a->v[0].kind == PERSON_ID ? a->v[0].id : 0);
}

static const char *
admin_name_of(const struct conf *c)
{
	const struct persons	*a = &c->telegram.admin;

	return (a->n == 1 && a->v[0].kind == PERSON_NAME ? a->v[0].name : "");
}

static void
relay_numbers(struct msg_CONF_RELAY *m, const struct conf *c)
{
	const struct conf_telegram	*t = &c->telegram;
	const struct conf_spend		*s;

	m->poll_s = t->poll_s;
	m->poll_limit = t->poll_limit;
	m->edit_ms = t->edit_ms;
	m->typing_ms = t->typing_ms;
	m->stream = (uint8_t)t->stream;
	m->react = t->react != 0;
	m->mention = t->mention != 0;
	m->retry_min_ms = t->retry_min_ms;
	m->retry_max_ms = t->retry_max_ms;
	m->retry_factor_pct = (uint32_t)(t->retry_factor * 100 + 0.5);
	m->retry_jitter_pct = (uint32_t)(t->retry_jitter * 100 + 0.5);
	m->retry_attempts = t->retry_attempts;
	m->totp_session_s = c->totp.session_s;
	m->totp = c->totp.present != 0;
	m->admin = admin_of(c);
	m->claim_word = t->claim.src != SEC_NONE;
	m->keep_media_s = c->keep_media_s;
	m->keep_turns_s = c->keep_transcripts_s;
	m->profile = (uint8_t)c->profile;
	m->pairing = t->pairing != 0;
	m->buttons = t->buttons != 0;
	m->audit_report = c->audit_report != 0;
	TAILQ_FOREACH(s, &c->spends, entry)
		if (s->total)
			m->spend_day_microusd = s->microusd_day;
}

static int
send_resets(struct engine *e, const struct conf_agent *a)
{
	struct msg_CONF_RESET	 m;
	size_t			 i;

	for (i = 0; i < a->resets.n; i++) {
		memset(&m, 0, sizeof(m));
		if (PUT(m.word, a->resets.v[i], "session reset") == -1 ||
		    msg_send_CONF_RESET(e->link, 0, -1, &m) == 0)
			return (-1);
	}
	return (0);
}

static int
send_relay(struct engine *e, const struct conf *c)
{
	const struct conf_agent	*a = conf_agent_find(c, SCOPE_TELEGRAM);
	struct msg_CONF_RELAY	 m;
	size_t			 i;
	struct msg_CONF_CHAT	 chat;

	memset(&m, 0, sizeof(m));
	relay_numbers(&m, c);
	if (PUT(m.api, c->telegram.api, "telegram api") == -1 ||
	    PUT(m.admin_name, admin_name_of(c), "name of the admin") == -1 ||
	    confsend_state(m.state, sizeof(m.state), e, c) == -1 ||
	    PUT(m.inbox, c->media.inbox, "media inbox") == -1 ||
	    PUT(m.outbox, c->media.outbox, "media outbox") == -1)
		return (-1);
	if (a != NULL) {
		m.idle_s = a->idle_s;
		m.global_session = a->global_session != 0;
		m.turn_ms = a->turn_ms;
		m.call_ms = a->call_ms;
		m.output_max = (uint32_t)MINIMUM(a->output, UINT32_MAX);
		if (PUT(m.workspace, a->workspace, "workspace") == -1)
			return (-1);
	}
	(void)gethostname(m.host, sizeof(m.host) - 1);
	if (msg_send_CONF_RELAY(e->link, 0, -1, &m) == 0)
		return (-1);
	for (i = 0; i < c->telegram.nchats; i++) {
		chat.chat = c->telegram.chats[i];
		if (msg_send_CONF_CHAT(e->link, 0, -1, &chat) == 0)
			return (-1);
	}
	return (a == NULL ? 0 : send_resets(e, a));
}

static int
send_screen(struct engine *e, const struct conf *c)
{
	static const uint8_t		 failure[] = {
		[RV_ALLOW] = OF_ALLOW,
		[RV_ASK] = OF_ASK,
		[RV_ASK_CODE] = OF_DENY,
		[RV_DENY] = OF_DENY,
	};
	const struct conf_filter	*f = &c->filter;
	struct msg_CONF_SCREEN		 m;
	struct msg_CONF_PATTERN		 p;
	size_t				 i;

	memset(&m, 0, sizeof(m));
	m.entropy = f->entropy != 0;
	m.entropy_millibits = (uint32_t)(f->entropy_bits * 1000 + 0.5);
	m.entropy_len = f->entropy_len;
	m.observer = f->observer != 0 && c->profile == RP_STRICT;
	m.observer_ms = f->observer_ms;
	m.observer_threshold_pct =
	    (uint32_t)(f->observer_threshold * 100 + 0.5);
	m.observer_failure = failure[f->observer_failure];
	m.careful = f->careful == RV_ASK ? CF_ASK :
	    f->careful == RV_DENY ? CF_DENY : CF_OFF;
	if (PUT(m.observer_model, f->observer_model, "observer model") == -1 ||
	    msg_send_CONF_SCREEN(e->link, 0, -1, &m) == 0)
		return (-1);
	for (i = 0; i < f->npatterns; i++) {
		memset(&p, 0, sizeof(p));
		if (PUT(p.name, f->patterns[i].name,
		    "name of a pattern") == -1 ||
		    PUT(p.regex, f->patterns[i].regex, "pattern") == -1 ||
		    msg_send_CONF_PATTERN(e->link, 0, -1, &p) == 0)
			return (-1);
	}
	return (0);
}

int
confsend_relay(struct engine *e, const struct conf *c)
{
	if (send_relay(e, c) == -1 || confsend_tiers(e, c) == -1 ||
	    confsend_rules(e, c) == -1 || send_screen(e, c) == -1 ||
	    confsend_rates(e, c) == -1 || confsend_spends(e, c) == -1 ||
	    confsend_models(e, c, SCOPE_TELEGRAM) == -1 ||
	    confsend_secret(e, FDK_BOT_TOKEN, &c->telegram.token) == -1 ||
	    confsend_secret(e, FDK_CLAIM_WORD, &c->telegram.claim) == -1)
		return (-1);
	return (confsend_ca(e, c->telegram.api, c->telegram.ca));
}
