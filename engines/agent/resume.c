/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The prompt of a turn.  Of one that begins again after an interruption, what
 * stands in the transcript already is neither asked nor answered twice.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "engines/agent/agent.h"

static int
ends_with(const struct buf *c, const char *block, size_t len)
{
	return (c->len > len + 1 &&
	    memcmp(c->p + c->len - len - 1, block, len) == 0);
}

/* Is this prompt what the conversation is about right now?  Results and our
 * own word after a cut may follow it. */
static int
known(const struct conv *c, const char *block, size_t len)
{
	unsigned	 i;

	for (i = c->n; i > 0; i--) {
		if (!c->m[i - 1].user)
			continue;
		if (ends_with(&c->m[i - 1].c, block, len))
			return (1);
		if (!conv_is_results(&c->m[i - 1]) &&
		    !ends_with(&c->m[i - 1].c, CUT_BLOCK,
		    sizeof(CUT_BLOCK) - 1))
			return (0);
	}
	return (0);
}

/* The answer was whole, only its delivery was not: say it again. */
static int
replay(struct turn *t)
{
	const struct cmsg	*m;
	json_t			*a, *b, *s;
	size_t			 i;

	if (t->conv->n == 0)
		return (0);
	m = &t->conv->m[t->conv->n - 1];
	if (m->user || !m->final)
		return (0);
	a = json_loadb(m->c.p, m->c.len, JSON_ALLOW_NUL, NULL);
	json_array_foreach(a, i, b) {
		s = json_object_get(b, "text");
		if (json_is_string(s))
			turn_say(t, json_string_value(s),
			    json_string_length(s));
	}
	json_decref(a);
	return (t->said);
}

static int
blank(const char *s)
{
	return (s[strspn(s, " \t\r\n")] == '\0');
}

/* 0: the conversation ends in what the model is to answer; 1: its answer is
 * there and was said; -1: not written. */
int
resume_prompt(struct turn *t)
{
	static const char	 on[] = "{\"type\":\"text\",\"text\":"
	    "\"[The turn before this was interrupted. Go on.]\"}";
	struct conv		*c = t->conv;
	struct buf		 b;
	int			 r = 0, add = 1;

	buf_init(&b);
	buf_puts(&b, "[");
	if (!blank(t->prompt)) {
		buf_puts(&b, "{\"type\":\"text\",\"text\":");
		buf_json_str(&b, t->prompt, t->promptlen);
		buf_puts(&b, "}");
	} else
		buf_puts(&b, t->resume ? on : "{\"type\":\"text\",\"text\":"
		    "\"(an empty message)\"}");
	if (b.failed)
		r = -1;
	else if (t->resume && (blank(t->prompt) ||
	    known(c, b.p + 1, b.len - 1))) {
		/* It ends in results or in the prompt itself: go on. */
		if (replay(t))
			r = 1;
		else if (c->n > 0 && c->m[c->n - 1].user &&
		    !blank(t->prompt))
			add = 0;
	}
	if (r == 0 && add) {
		buf_puts(&b, "]");
		r = b.failed ? -1 : conv_user(c, b.p, b.len);
	}
	buf_free(&b);
	free(t->prompt);
	t->prompt = NULL;
	return (r);
}
