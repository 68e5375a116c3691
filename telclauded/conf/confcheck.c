/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What only the whole configuration can tell: parts that need each other, and
 * parts that exclude each other.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "telclauded/conf/conf_int.h"
#include "telclauded/conf/confenv.h"
#include "telclauded/lib/util.h"

static char *
below(const char *state, const char *name)
{
	char	*s;

	return (asprintf(&s, "%s/%s", state, name) == -1 ? NULL : s);
}

/* Defaults that depend on other lines: 0, or -1 without memory. */
int
conf_finish(struct conf *c)
{
	if (c->audit_file == NULL)
		c->audit_file = below(c->state, "audit/audit.log");
	if (c->media.inbox == NULL)
		c->media.inbox = below(c->state, "media/inbox");
	if (c->media.outbox == NULL)
		c->media.outbox = below(c->state, "media/outbox");
	return (c->audit_file == NULL || c->media.inbox == NULL ||
	    c->media.outbox == NULL ? -1 : 0);
}

/* An error at the line of a keyword, or of the file when it has none. */
static void __attribute__((format(printf, 3, 4)))
err(struct parse *p, const char *key, const char *fmt, ...)
{
	const struct seen	*s;
	struct where		 at = { NULL, 0 };
	va_list			 ap;
	char			 msg[512];

	va_start(ap, fmt);
	vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	if ((s = conf_seen(p, key)) != NULL)
		at = s->at;
	else if (p->notes->path != NULL)
		at.file = p->notes->path;
	conf_err(p, at.file != NULL ? &at : NULL, "%s", msg);
}

static void
check_agent(struct parse *p, const struct conf_agent *a)
{
	const struct conf	*c = p->conf;
	char			 key[64];

	str_format(key, sizeof(key), "agent %s", scope_name(a->scope));
	if (a->remote != NULL && a->listen != NULL)
		err(p, key, "%s: remote and listen exclude each other", key);
	else if (a->remote != NULL && a->workspace != NULL)
		err(p, key, "%s: the workspace belongs to the side that "
		    "listens", key);
	else if (a->remote == NULL && a->workspace == NULL)
		err(p, key, "%s: workspace is missing: the directory tools "
		    "may work in (or set WORKSPACE_PATH)", key);
	if ((a->remote != NULL || a->listen != NULL) && (a->port == 0 ||
	    a->key.src == SEC_NONE || a->peer.src == SEC_NONE))
		err(p, key, "%s: %s needs port, key and peer (telclaudectl "
		    "keygen makes the keys)", key, a->remote != NULL ?
		    "remote" : "listen");
	if (a->remote == NULL && a->listen == NULL &&
	    c->anthropic.key.src == SEC_NONE && c->anthropic.login == NULL)
		err(p, key, "%s: nothing to ask: the anthropic block needs "
		    "key or login (or set ANTHROPIC_API_KEY)", key);
}

static void
check_telegram(struct parse *p)
{
	const struct conf		*c = p->conf;
	const struct conf_telegram	*t = &c->telegram;

	if (!t->present)
		return;
	if (t->token.src == SEC_NONE)
		err(p, "telegram", "telegram: token is missing: token file "
		    "PATH (or set TELEGRAM_BOT_TOKEN)");
	if (conf_agent_find(c, SCOPE_TELEGRAM) == NULL)
		err(p, "telegram", "telegram: there is no agent to answer: "
		    "add agent telegram { workspace PATH }");
	if (t->retry_min_ms > t->retry_max_ms)
		err(p, "telegram.retry", "retry: the first time is longer "
		    "than the last");
	if (t->nchats == 0 && !t->pairing)
		conf_warn(p, NULL, "no chat is listed, so nobody is served "
		    "yet: write to the bot, and the log shows the line that "
		    "lets you in, allow chat NUMBER");
}

static void
check_services(struct parse *p)
{
	const struct conf	*c = p->conf;
	const struct conf_provider *v;
	char			 key[128];

	if (c->anthropic.key.src != SEC_NONE && c->anthropic.login != NULL)
		err(p, "anthropic.login", "anthropic: key and login exclude "
		    "each other");
	if (c->moltbook.present && conf_agent_find(c, SCOPE_MOLTBOOK) == NULL)
		err(p, "moltbook", "moltbook: there is no agent moltbook");
	if (c->moltbook.present && c->moltbook.key.src == SEC_NONE)
		err(p, "moltbook", "moltbook: key is missing");
	if (c->totp.present && c->totp.key.src == SEC_NONE &&
	    c->totp.remote == NULL)
		err(p, "totp", "totp: key is missing: key file PATH (or set "
		    "TOTP_ENCRYPTION_KEY)");
	/* Every code would be asked for, and nobody there to judge one. */
	if (c->totp.remote != NULL)
		err(p, "totp.remote", "totp: remote is not effective yet, and "
		    "nobody could give a code: take key instead (and unset "
		    "TELCLAUDE_TOTP_SOCKET)");
	if (c->vault.present && c->vault.key.src == SEC_NONE)
		err(p, "vault", "vault: key is missing");
	if (!c->openai.present && ((c->media.transcribe.present &&
	    c->media.transcribe.program.n == 0) || c->media.image.present ||
	    c->media.speech.present))
		err(p, "media", "media: openai is named, but there is no "
		    "openai block with a key (or set OPENAI_API_KEY)");
	if (c->openai.present && c->openai.key.src == SEC_NONE)
		err(p, "openai", "openai: key is missing");
	TAILQ_FOREACH(v, &c->providers, entry) {
		str_format(key, sizeof(key), "provider %s", v->id);
		if (v->url == NULL)
			err(p, key, "%s: url is missing", key);
	}
}

/* `internal' says how often a remote host is looked up; it opens nothing. */
static void
check_internal(struct parse *p)
{
	const struct conf_firewall	*f = &p->conf->firewall;
	const struct conf_agent		*a;
	size_t				 i;
	int				 found;

	for (i = 0; i < f->internal.n; i++) {
		found = 0;
		TAILQ_FOREACH(a, &p->conf->agents, entry)
			found |= a->remote != NULL &&
			    strcasecmp(a->remote, f->internal.v[i]) == 0;
		if (!found)
			conf_warn(p, NULL, "internal: no remote line names "
			    "%.128s, so nothing of it is opened",
			    f->internal.v[i]);
	}
}

/* TELCLAUDE_FIREWALL=0 or `mode off': never without the second variable. */
static void
check_firewall(struct parse *p)
{
	const struct conf	*c = p->conf;
	const char		*accept, *key = "firewall.mode";

	if (!c->firewall.off)
		return;
	accept = conf_getenv(p->opts->envp, "TELCLAUDE_ACCEPT_NO_FIREWALL");
	if (accept == NULL || strcmp(accept, "1") != 0)
		err(p, key, "without the firewall a tool reaches every "
		    "network; to test like that, set "
		    "TELCLAUDE_ACCEPT_NO_FIREWALL=1 as well");
	else if (conf_agent_find(c, SCOPE_MOLTBOOK) != NULL)
		err(p, key, "agent moltbook never runs without the firewall");
	else
		conf_warn(p, NULL, "NO FIREWALL: tools reach every network "
		    "(TELCLAUDE_ACCEPT_NO_FIREWALL=1); for tests only");
}

/* Without limits nobody starts by a line alone. */
static void
check_profile(struct parse *p)
{
	const char	*enable;

	if (p->conf->filter.observer == 1 &&
	    p->conf->profile != RP_STRICT)
		conf_warn(p, NULL, "observer: it is asked in profile strict "
		    "alone, so this line does nothing");
	if (p->conf->profile != RP_TEST)
		return;
	enable = conf_getenv(p->opts->envp, "TELCLAUDE_ENABLE_TEST_PROFILE");
	if (enable == NULL || strcmp(enable, "1") != 0)
		err(p, "profile", "profile test takes any number of messages; "
		    "to test like that, set TELCLAUDE_ENABLE_TEST_PROFILE=1 "
		    "as well");
	else
		conf_warn(p, NULL, "PROFILE TEST: messages have no limits "
		    "(TELCLAUDE_ENABLE_TEST_PROFILE=1); for tests only");
}

void
conf_check(struct parse *p)
{
	const struct conf	*c = p->conf;
	const struct conf_agent	*a;

	if (!c->telegram.present && TAILQ_EMPTY(&c->agents) &&
	    !c->moltbook.present && !c->totp.present && !c->vault.present)
		err(p, "", "nothing to run: there is no telegram, agent, "
		    "totp or vault block (or set TELEGRAM_BOT_TOKEN, "
		    "ANTHROPIC_API_KEY and WORKSPACE_PATH)");
	if (strlen(c->state) > 200 || strlen(c->runtime) > 80)
		err(p, "state", "state has at most 200 bytes, runtime 80");
	check_telegram(p);
	TAILQ_FOREACH(a, &c->agents, entry)
		check_agent(p, a);
	check_services(p);
	check_internal(p);
	check_firewall(p);
	check_profile(p);
}
