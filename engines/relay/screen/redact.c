/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The redactor: goes over a text from left to right, once.  At each place it
 * is decided what begins there, and nothing behind a place that is undecided
 * is let go.  As what decides is never changed by what comes later, pieces of
 * any size give the same as the whole.  Run by the relay; pure.
 */
#include <stdlib.h>
#include <string.h>

#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"
#include "engines/relay/screen/redact.h"

#define SLICE	65536	/* of a text that comes at once */
#define PAUSE_SHOWN	4	/* bytes held that a pause shows */

void
redactor_init(struct redactor *r, struct rules *rules)
{
	memset(r, 0, sizeof(*r));
	buf_init(&r->b);
	r->rules = rules_ref(rules);
}

void
redactor_free(struct redactor *r)
{
	if (r->b.p != NULL)
		explicit_bzero(r->b.p, r->b.len);
	buf_free(&r->b);
	rules_unref(r->rules);
	r->rules = NULL;
}

static void
found_at(struct redactor *r, const struct hit *h, int user)
{
	struct mark	m = { .h = *h, .form = FORM_PLAIN,
	    .user = (int16_t)user };

	if (h->end == h->from)		/* a hint, nothing to hide */
		return;
	r->found[FORM_PLAIN] |= 1ULL << (user >= 0 ? FOUND_USER : h->row);
	letgo_mark(r, &m);
	if (h->block != BLOCK_NONE) {
		r->block = h->block;
		r->dull = r->run = r->kinds = 0;
		r->at = h->end - 1;	/* one is added */
	}
}

/* The place r->at: FIND_MORE, or it is decided. */
static enum find
look(struct redactor *r, const struct view *v)
{
	uint64_t	may = shape_may(&r->rules->trigger, v, r->at);
	unsigned	which = 0;
	struct hit	h;
	enum find	f;
	int		user = -1;

	f = shape_at(v, r->at, may & ~TR_USER, 1, &h);
	if (f == FIND_NO && (may & TR_USER) != 0) {
		f = user_at(r->rules, v, r->at, r->base + r->at, &r->spent,
		    &h, &which);
		user = (int)which;
	}
	if (f == FIND_YES)
		found_at(r, &h, user);
	return (f);
}

static uint64_t
wanted(const struct redactor *r)
{
	uint64_t	want = TR_ALL;

	if (r->rules->entropy == 0)
		want &= ~TR_SEP;
	if (r->rules->nuser == 0)
		want &= ~TR_USER;
	return (want);
}

void
redactor_run(struct redactor *r, int eof, struct buf *out)
{
	struct view	v = { .p = (uint8_t *)r->b.p, .n = r->b.len,
	    .eof = eof, .seam = r->seam, .gcp = &r->gcp,
	    .entropy = r->rules->entropy,
	    .entropy_len = r->rules->entropy_len };
	uint64_t	want = wanted(r);
	size_t		w = v.n == 0 ? 0 : word_next(r, &v);

	while (r->at < v.n) {
		if (r->block != BLOCK_NONE) {
			letgo(r, r->at, 0, out);
			if (!block_run(r, &v))
				break;
			w = word_next(r, &v);
			continue;
		}
		r->at = shape_skip(&r->rules->trigger, &v, r->at,
		    MINIMUM(w, v.n), want);
		if (r->at >= v.n)
			break;
		/* Marks that wait here are the same in any pieces. */
		if (r->nnext > 0)
			letgo(r, r->at, 0, out);
		if (r->at == w) {
			if (word_at(r, &v) == FIND_MORE)
				break;
			w = word_next(r, &v);
			continue;
		}
		if (look(r, &v) == FIND_MORE)
			break;
		r->at++;
	}
	letgo(r, r->at, eof, out);
}

/* What was let go is forgotten, but for what later places look back at. */
static void
redactor_drain(struct redactor *r)
{
	size_t		n = MINIMUM(r->gone, r->at);
	unsigned	i;

	if (n <= SHAPE_CONTEXT)
		return;
	n -= SHAPE_CONTEXT;
	buf_drain(&r->b, n);
	r->base += n;
	r->at -= n;
	r->gone -= n;
	r->word -= MINIMUM(n, r->word);
	r->part -= MINIMUM(n, r->part);
	r->red_end -= MINIMUM(n, r->red_end);
	r->red_sure -= MINIMUM(n, r->red_sure);
	r->seam -= MINIMUM(n, r->seam);
	for (i = 0; i < r->nnext; i++) {
		r->next[i].h.from -= n;
		r->next[i].h.end -= n;
	}
}

void
redact_feed(struct redactor *r, const char *p, size_t n, struct buf *out)
{
	size_t	k;
	int	row;

	for (; n > 0; p += k, n -= k) {
		k = MINIMUM(n, (size_t)SLICE);
		if (buf_add(&r->b, p, k) == -1) {
			/* Unread text is not let go. */
			log_warnx("filter: out of memory; a text is withheld");
			r->withheld = 1;
			return;
		}
		row = scatter_feed(&r->scatter, (uint8_t *)r->b.p,
		    r->b.len - k, r->b.len);
		if (row != -1) {
			r->found[FORM_BASE64] |= 1ULL << row;
			r->withheld = 1;
		}
		redactor_run(r, 0, out);
		redactor_drain(r);
	}
}

/*
 * What comes next may go on with what is held: a pause is no end of a word,
 * for the text and the news of a tool come by ways of their own.  A few bytes
 * are shown all the same, that nobody sees a word without its last letter.
 */
int
redact_pause(struct redactor *r, struct buf *out)
{
	size_t	held = r->b.len - r->gone, most = PAUSE_SHOWN;
	/* with what of it earlier pauses showed */
	size_t	open = r->b.len - MINIMUM(r->gone, r->at);

	r->seam = r->b.len;
	r->gap = held > 0;
	/* Too short a word for anything encoded. */
	if (!r->open && r->at == r->word + WORD_LEAD &&
	    r->b.len - r->word < WORD_LEAST)
		most = WORD_LEAST;
	if (open > most || r->red || r->block != BLOCK_NONE || r->nnext > 0)
		return (r->gap);
	if (held > 0 && !r->silent && !r->withheld)
		(void)buf_add(out, r->b.p + r->gone, held);
	r->gone = r->b.len;
	r->gap = 0;
	return (0);
}
