/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * How much of the text of tool results enters a conversation: head and tail
 * of each, and a share of what one round may bring.  Pure, run by the agent;
 * the text is as hostile as what it quotes.
 */
#include <stdlib.h>
#include <string.h>

#include "engines/agent/agent.h"

#define TEXT_TAIL	(40u << 10)
#define ROUND_TEXT	(400u << 10)	/* of all results of one round */
#define SHARE_LEAST	4096

/* The last bytes of a text: twice as many are kept, so that moving them is
 * rare. */
void
bound_tail(struct call *c, const uint8_t *p, size_t n)
{
	if (n > TEXT_TAIL) {
		c->gone += n - TEXT_TAIL;
		p += n - TEXT_TAIL;
		n = TEXT_TAIL;
	}
	if (c->tail.len + n > 2 * TEXT_TAIL) {
		c->gone += c->tail.len - (TEXT_TAIL - n);
		buf_drain(&c->tail, c->tail.len - (TEXT_TAIL - n));
	}
	buf_add(&c->tail, p, n);
}

static size_t
next_char(const struct buf *b, size_t at)
{
	size_t	 k;

	for (k = 0; k < 3 && at < b->len &&
	    ((unsigned char)b->p[at] & 0xc0) == 0x80; k++)
		at++;
	return (at);
}

static void
note_gone(struct buf *b, size_t n)
{
	buf_printf(b, "\n[... %zu bytes in the middle are left out; ask for "
	    "less at once to see them ...]\n", n);
}

/* Head, a note, tail: more would drown the conversation in one call.  Neither
 * begins or ends inside a character. */
void
bound_join(struct call *c)
{
	size_t	 end, drop = 0;

	if (c->tail.len > TEXT_TAIL)
		drop = c->tail.len - TEXT_TAIL;
	if (c->gone + drop > 0) {
		drop = next_char(&c->tail, drop);
		end = utf8_whole(c->out.p, c->out.len);
		c->gone += drop + (c->out.len - end);
		c->out.len = end;
		note_gone(&c->out, c->gone);
	}
	buf_add(&c->out, c->tail.p + drop, c->tail.len - drop);
	c->out.failed |= c->tail.failed;
	buf_free(&c->tail);
}

static void
squeeze(struct buf *b, size_t max)
{
	struct buf	 o;
	size_t		 head, tail;

	head = utf8_prefix(b->p, b->len, max / 5 * 3);
	tail = next_char(b, b->len - max / 5 * 2);
	buf_init(&o);
	buf_add(&o, b->p, head);
	note_gone(&o, tail - head);
	buf_add(&o, b->p + tail, b->len - tail);
	buf_free(b);
	*b = o;
}

/* Many results at once: each gets its share. */
void
bound_round(struct turn *t)
{
	struct call	*c;
	size_t		 sum = 0, n = 0, share;

	TAILQ_FOREACH(c, &t->calls, entry)
		if (c->kind == OUT_TEXT) {
			sum += c->out.len;
			n++;
		}
	if (sum <= ROUND_TEXT)
		return;
	share = MAXIMUM(ROUND_TEXT / n, (size_t)SHARE_LEAST);
	TAILQ_FOREACH(c, &t->calls, entry)
		if (c->kind == OUT_TEXT && c->out.len > share)
			squeeze(&c->out, share);
}
