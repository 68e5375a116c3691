/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What stands before a person's words: the message they answer, quoted line
 * by line so that it cannot be taken for theirs, and how people reacted to
 * what we sent.  Run by the relay; the quoted words are anybody's.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"
#include "engines/relay/face/face.h"
#include "engines/relay/face/storeface.h"
#include "engines/relay/md/mdint.h"
#include "engines/relay/route.h"
#include "engines/relay/tg/update.h"
#include "engines/relay/turn/turn.h"

#define SUMMARY_MESSAGES	5

static void
quote_lines(const char *text, struct buf *b)
{
	const char	*p, *nl;
	char		*clean;
	size_t		 len, n;

	/* Nothing that hides from who reads along. */
	if ((clean = md_clean(text, strlen(text), &len)) == NULL)
		return;
	for (p = clean; len > 0; p += n, len -= n) {
		nl = memchr(p, '\n', len);
		n = nl != NULL ? (size_t)(nl - p) + 1 : len;
		(void)buf_puts(b, "> ");
		(void)buf_add(b, p, n);
	}
	if (b->len > 0 && b->p[b->len - 1] != '\n')
		(void)buf_puts(b, "\n");
	free(clean);
}

static void
context_quote(const struct upd_quote *q, struct buf *b)
{
	const char	*part = q->part ? "a part of " : "";

	switch (q->who) {
	case UPD_NOBODY:
		return;
	case UPD_BOT:
		(void)buf_printf(b, "[In answer to %sa message of yours", part);
		break;
	case UPD_SELF:
		(void)buf_printf(b, "[In answer to %sthe writer's own earlier "
		    "message", part);
		break;
	default:
		(void)buf_printf(b, "[In answer to %swhat somebody else wrote",
		    part);
		if (q->name[0] != '\0')
			(void)buf_printf(b, " (\"%s\")", q->name);
		break;
	}
	if (q->text == NULL) {
		(void)buf_puts(b, ", which has no text]\n\n");
		return;
	}
	(void)buf_puts(b, ", quoted:]\n");
	quote_lines(q->text, b);
	(void)buf_puts(b, "\n");
}

void
context_take(struct turn *t, const struct update *u)
{
	const struct upd_quote	*q = &u->quote;
	struct buf		 b;
	uint32_t		 taint = 0;

	if (q->who == UPD_NOBODY)
		return;
	buf_init(&b);
	context_quote(q, &b);
	if (b.failed)
		fatal("context_take");
	t->before = b.p;
	/* Of our own words we know for a day where they came from. */
	if (q->who == UPD_OTHER || (q->who == UPD_BOT &&
	    !store_face_ours(u->chat, q->msg, &taint)))
		taint |= TAINT_FORWARD;
	t->taint |= taint;
}

/* --- reactions --------------------------------------------------------- */
struct summary {
	struct buf	 b;
	int64_t		 msg;
	uint32_t	 taint;
};

static void
summary_row(const struct reacted *r, void *ctx)
{
	struct summary	*s = ctx;
	char		 words[48], *p;

	if (s->msg != r->msg) {
		(void)turn_excerpt(r->words, strlen(r->words), words,
		    sizeof(words));
		/* Our own words, but not ones that end the tag. */
		for (p = words; *p != '\0'; p++)
			if (*p == '<' || *p == '>')
				*p = ' ';
		(void)buf_printf(&s->b, "%sMessage #%" PRId64 " (\"%s\"):",
		    s->msg == 0 ? "" : "\n", r->msg, words);
	}
	s->msg = r->msg;
	s->taint |= r->taint;
	(void)buf_printf(&s->b, " %s(x%d)", r->emoji, r->n);
}

void
context_merge(struct turn *t)
{
	struct summary	 s = { .msg = 0, .taint = 0 };
	struct buf	 b;

	buf_init(&s.b);
	buf_init(&b);
	store_face_reacted(t->chat, t->topic, SUMMARY_MESSAGES, summary_row,
	    &s);
	if (s.b.len > 0)
		(void)buf_printf(&b, "<reaction-summary>\n%s\n"
		    "</reaction-summary>\n\n", s.b.p);
	buf_free(&s.b);
	if (t->before != NULL)
		(void)buf_puts(&b, t->before);
	free(t->before);
	t->before = NULL;
	/* The person's own words come first when there is no room. */
	if (b.len > 0 && b.len + t->len <= PROMPT_MAX) {
		if (!t->framed)
			t->nown = t->len;
		t->framed = 1;
		t->own += b.len;
		(void)buf_add(&b, t->text, t->len);
		if (b.failed)
			fatal("context_merge");
		explicit_bzero(t->text, t->len);
		free(t->text);
		t->text = b.p;
		t->len = b.len;
		t->taint |= s.taint;
	} else
		buf_free(&b);
}

void
context_reaction(const struct update *u)
{
	uint32_t	taint;
	int		i;

	if (!store_face_ours(u->chat, u->msg, &taint))
		return;
	store_face_unreact(u->chat, u->msg, u->user);
	for (i = 0; i < UPD_EMOJI && u->emoji[i][0] != '\0'; i++)
		store_face_react(u->chat, u->msg, u->user, u->emoji[i],
		    wall_ms());
}
