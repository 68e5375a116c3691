/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * A card as what card_layout() takes, and that as a message.  Run by the
 * relay.
 */
#include <string.h>

#include "telclauded/lib/util.h"
#include "engines/relay/ask/card.h"
#include "engines/relay/out/outbox.h"
#include "engines/relay/turn/turn.h"

#define HOW_RESTART	"This request ended when the relay was restarted. " \
			"Nothing ran. Ask again if you still want it."
#define HOW_CUT		"; the relay was restarted while it ran"

static void
view_where(const struct card *c, struct buf *b)
{
	char	taint[160];

	card_taint(c->t->taint, taint, sizeof(taint));
	(void)buf_puts(b, "in ");
	if (!card_where_fits(c->cwd))
		(void)buf_puts(b, "the directory named below");
	else
		visible_add(b, c->cwd, strlen(c->cwd), VIS_LINE);
	(void)buf_printf(b, ", %s, %s", tier_name(c->t->tier), taint);
}

int
view_make(const struct card *c, struct cardview *v, struct buf *where,
    card_hows how, int over)
{
	const struct ask	*a, *next = prompt_of(c->t);
	struct cardline		*l;

	memset(v, 0, sizeof(*v));
	buf_init(where);
	view_where(c, where);
	v->id = c->id;
	v->where = where->failed ? "" : where->p;
	v->page = c->page;
	v->seen = c->seen;
	v->left_s = card_left_s(c);
	TAILQ_FOREACH(a, &c->asks, entry) {
		l = &v->line[v->n];
		l->id = a->id;
		l->title = a->title;
		l->lang = a->lang;
		l->noticed = a->noticed;
		l->body = a->body.p == NULL ? "" : a->body.p;
		l->len = a->body.len;
		l->open = a->open && !over;
		l->code = a->code;
		l->prompt = a == next;
		l->hour = !a->code && c->t->taint == 0;
		(void)str_format(how[v->n], sizeof(how[v->n]), "%s%s",
		    over && a->open ? HOW_RESTART : a->how,
		    over && !a->open && a->c != NULL ? HOW_CUT : "");
		l->how = how[v->n++];
	}
	return (card_layout(v));
}

void
view_message(const struct card *c, const struct cardview *v, struct outmsg *m)
{
	memset(m, 0, sizeof(*m));
	m->chat = c->t->chat;
	m->topic = c->t->topic;
	m->reply = c->t->group ? c->t->msg : 0;
	m->turn = c->t->id;
	m->taint = c->t->taint;
	m->urgent = 1;
	m->text = v->text.p;
	m->len = v->text.len;
	m->e = v->e;
	m->n = v->ne;
	m->markup = v->markup.p;
}
