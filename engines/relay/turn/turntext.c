/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What a person reads when a turn did not simply end: what happened, which
 * side failed and what to do.  Linked by the relay; pure.
 */
#include <stdlib.h>
#include <string.h>

#include "engines/relay/md/mdint.h"
#include "engines/relay/turn/turn.h"

struct outcome {
	const char	*text;
	int		 why;		/* the agent's reason follows */
};

static const struct outcome outcomes[TO_MAX] = {
	[TO_OK] = { "", 0 },
	[TO_STOPPED] = { "", 0 },
	[TO_MAXTOKENS] = { "The answer reached its greatest length and stops "
	    "here. Write \"go on\" for the rest.", 0 },
	[TO_REFUSED] = { "Claude declined to answer this. Ask in another "
	    "way, or /new for a fresh conversation.", 0 },
	[TO_CONTEXT] = { "This conversation has become too long for the "
	    "model. /new starts a fresh one; files stay.", 0 },
	[TO_KEY] = { "Anthropic refused this machine's key, so nothing could "
	    "be asked. Who runs it must renew the key and reload.", 1 },
	[TO_MODEL] = { "Anthropic's server does not know the model that it "
	    "was asked for: mistyped, or retired. Who runs this machine must "
	    "change the `model' line and reload; /model may name another "
	    "meanwhile.", 1 },
	[TO_ACCOUNT] = { "Anthropic does not let this machine's account do "
	    "that, so nothing was answered. Who runs it must look at billing "
	    "and access on the account page of Anthropic; then ask again.",
	    1 },
	[TO_RATE] = { "The rate limit of this machine's own account at "
	    "Anthropic is used up; I tried for a while. Wait some minutes, "
	    "then ask again.", 1 },
	[TO_BUSY] = { "Anthropic's servers are too busy just now; I tried "
	    "for a while. Ask again in some minutes.", 1 },
	[TO_SERVER] = { "Anthropic's server answered with an error. Ask "
	    "again; if it stays, /new may help.", 1 },
	[TO_NETWORK] = { "I could not reach Anthropic's server from this "
	    "machine. Ask again when its network is back.", 1 },
	[TO_TIMEOUT] = { "The time for one answer was used up, so I stopped. "
	    "What tools did so far stays done; ask for less at once, or write "
	    "\"go on\".", 0 },
	[TO_BROKEN] = { "Something of ours failed on this machine, not "
	    "Anthropic and not you. Ask again; the log has more.", 1 },
	[TO_LIMIT] = { "A limit of this machine's configuration is reached.",
	    1 },
};

const char *
turn_outcome_text(const struct turn *t, char *dst, size_t size)
{
	const struct outcome	*o;
	size_t			 n;

	o = &outcomes[t->outcome < TO_MAX ? t->outcome : TO_BROKEN];
	if (o->why && t->why[0] != '\0')
		(void)str_format(dst, size, "%s (%s)", o->text, t->why);
	else
		(void)str_copy(dst, o->text, size);
	/* Who asks about what was said before must know why it is gone. */
	n = strlen(dst);
	if (t->idle_s != 0 && n < size)
		(void)str_format(dst + n, size - n, "%sA fresh conversation: "
		    "the last one ended after %u %s without a message.",
		    n > 0 ? "\n" : "", t->idle_s < 120 ? t->idle_s :
		    t->idle_s / 60, t->idle_s < 120 ? "s" : "min");
	return (dst);
}

const char *
turn_excerpt(const char *s, size_t len, char *dst, size_t size)
{
	size_t	i, n, m, look;
	char	*p;

	/* Nothing that hides or turns what is read: it may be a command. */
	look = utf8_prefix(s, len, size * 4);
	if ((p = md_clean(s, look, &m)) == NULL) {
		dst[0] = '\0';
		return (dst);
	}
	n = utf8_prefix(p, m, size - 4);
	for (i = 0; i < n; i++)
		dst[i] = (unsigned char)p[i] < ' ' ? ' ' : p[i];
	free(p);
	if (n < m || look < len) {
		memcpy(dst + n, "\xe2\x80\xa6", 3);
		n += 3;
	}
	dst[n] = '\0';
	return (dst);
}
