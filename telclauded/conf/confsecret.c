/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Every secret a configuration can name, in one order, each with the key
 * under which the parser remembers its line.
 */
#include "telclauded/conf/conf_int.h"
#include "telclauded/lib/util.h"

/* Calls f for each secret that is set; stops at -1. */
int
conf_secrets(struct conf *c, secret_fn f, void *arg)
{
	struct conf_agent	*a;
	char			 key[64];
	size_t			 i;
	struct {
		const char		*key;
		struct conf_secret	*s;
	} v[] = {
		{ "telegram.token", &c->telegram.token },
		{ "telegram.claim", &c->telegram.claim },
		{ "anthropic.key", &c->anthropic.key },
		{ "moltbook.key", &c->moltbook.key },
		{ "totp.key", &c->totp.key },
		{ "vault.key", &c->vault.key },
		{ "openai.key", &c->openai.key },
	};

	for (i = 0; i < NELEM(v); i++)
		if (v[i].s->src != SEC_NONE && f(v[i].s, v[i].key, arg) == -1)
			return (-1);
	TAILQ_FOREACH(a, &c->agents, entry) {
		struct {
			const char		*key;
			struct conf_secret	*s;
		} w[] = { { "key", &a->key }, { "peer", &a->peer },
		    { "token", &a->token } };

		for (i = 0; i < NELEM(w); i++) {
			if (w[i].s->src == SEC_NONE)
				continue;
			str_format(key, sizeof(key), "agent %s.%s",
			    scope_name(a->scope), w[i].key);
			if (f(w[i].s, key, arg) == -1)
				return (-1);
		}
	}
	return (0);
}
