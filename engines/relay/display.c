/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * A turn as its chat sees it.  The model's Markdown is rendered by us, so
 * nothing can fail to parse at the server.  Run by the relay; the text is the
 * model's and is only ever text.
 */
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"
#include "engines/relay/api.h"
#include "engines/relay/display.h"
#include "engines/relay/markdown.h"
#include "engines/relay/outbox.h"
#include "engines/relay/relay.h"
#include "engines/relay/turn.h"

#define DISPLAY_LINE	200	/* bytes of the tool line */
#define STREAM_WHOLE	2	/* CONF_RELAY.stream: off */

struct display {
	struct turn	*t;
	struct event	*edit;
	struct event	*typing;
	struct buf	 src;		/* Markdown of the current message */
	struct msgref	*ref;		/* the current message, or NULL */
	struct sched	 s;
	size_t		 shown;		/* bytes of src that were shown */
	int		 gap;		/* a tool ran since the last text */
	int		 replied;	/* the first message was made */
	int		 edited;	/* it shows more than src */
	char		 line[DISPLAY_LINE];
};

static void	 display_schedule(struct display *);

static void
timer_in(struct event *ev, uint32_t ms)
{
	struct timeval	tv;

	tv.tv_sec = ms / 1000;
	tv.tv_usec = (suseconds_t)(ms % 1000) * 1000;
	(void)event_add(ev, &tv);
}

static void
on_typing(int fd, short what, void *arg)
{
	struct display	*d = arg;

	(void)fd;
	(void)what;
	api_typing(d->t->chat, d->t->topic);
	if (relay.set->r.typing_ms > 0)
		timer_in(d->typing, MAXIMUM(relay.set->r.typing_ms, 1000u));
}

/* --- one message ------------------------------------------------------- */
static void
show_fill(struct display *d, struct outmsg *m, const char *text, size_t len,
    const struct md_text *md)
{
	memset(m, 0, sizeof(*m));
	m->chat = d->t->chat;
	m->topic = d->t->topic;
	m->turn = d->t->id;
	/* In a group one sees whom it answers; only the first says so. */
	if (d->t->group && !d->replied)
		m->reply = d->t->msg;
	m->text = text;
	m->len = len;
	m->e = md->e;
	m->n = md->n;
}

/* Renders so many bytes of src, with the tool line, into one message. */
static void
show_part(struct display *d, size_t n, int last)
{
	struct md_text	 md;
	struct outmsg	 m;
	struct buf	 text;

	if (md_render(d->src.p == NULL ? "" : d->src.p, n, &md) == -1)
		return;
	buf_init(&text);
	(void)buf_add(&text, md.s, md.len);
	if (!last && d->line[0] != '\0')
		(void)buf_printf(&text, "%s%s", md.len > 0 ? "\n\n" : "",
		    d->line);
	if (text.len > 0 && !text.failed) {
		show_fill(d, &m, text.p, text.len, &md);
		if (d->ref != NULL) {
			outbox_edit(d->ref, &m, last);
			d->edited = 1;
		} else if (last)
			(void)outbox_send(&m);
		else {
			d->ref = outbox_send_keep(&m);
			d->edited = d->line[0] != '\0';
		}
		d->replied = 1;
		d->s.last = now_ms();
		if (md.len > 0)
			d->s.first = 0;
	}
	buf_free(&text);
	md_free(&md);
}

/* Full messages are final and stay; what is left of src fits in one. */
static void
show_full(struct display *d, size_t *n)
{
	struct buf	rest;
	char		carry[128];
	size_t		fit;

	for (;;) {
		carry[0] = '\0';
		fit = md_fit(d->src.p == NULL ? "" : d->src.p, *n,
		    DISPLAY_UNITS, carry, sizeof(carry));
		if (fit >= *n)
			return;
		if (fit == 0)
			fit = utf8_prefix(d->src.p, *n, DISPLAY_UNITS);
		if (fit == 0)
			fit = *n < DISPLAY_UNITS ? *n : DISPLAY_UNITS;
		show_part(d, fit, 1);
		if (d->ref != NULL)
			outbox_unkeep(d->ref);
		d->ref = NULL;
		buf_init(&rest);
		(void)buf_puts(&rest, carry);
		(void)buf_add(&rest, d->src.p + fit, d->src.len - fit);
		if (rest.failed)
			fatal("display");
		*n = *n - fit + strlen(carry);
		buf_free(&d->src);
		d->src = rest;
		d->shown = 0;
	}
}

static void
show(struct display *d, int last)
{
	size_t	n = d->src.len;

	/* Not half a character; at the end the renderer replaces it. */
	if (!last && n > 0)
		n = utf8_whole(d->src.p, n);
	show_full(d, &n);
	/* What was sent as it now is needs no edit. */
	if (last && d->ref != NULL && !d->edited && d->shown == n)
		return;
	if (last || n > 0 || d->line[0] != '\0')
		show_part(d, n, last);
	d->shown = n;
	d->s.line = 0;
}

/* --- when -------------------------------------------------------------- */
static void
on_edit(int fd, short what, void *arg)
{
	struct display	*d = arg;

	(void)fd;
	(void)what;
	show(d, 0);
	display_schedule(d);
}

static void
display_schedule(struct display *d)
{
	uint32_t	ms;

	if (relay.set->r.stream == STREAM_WHOLE)
		return;
	if (d->ref != NULL && (d->ref->slow > 0 || d->ref->errors >= 3)) {
		d->s.every = sched_pace(d->s.every, d->ref->slow,
		    d->ref->errors);
		d->ref->slow = 0;
	}
	d->s.fresh = d->src.len - MINIMUM(d->shown, d->src.len);
	d->s.open = d->ref != NULL;
	ms = sched_due(&d->s, now_ms());
	if (ms == SCHED_NEVER)
		(void)event_del(d->edit);
	else if (ms == 0) {
		(void)event_del(d->edit);
		show(d, 0);
		/* White space alone shows nothing yet: wait for more. */
	} else
		timer_in(d->edit, ms);
}

struct display *
display_new(struct turn *t)
{
	struct display	*d;

	if ((d = calloc(1, sizeof(*d))) == NULL)
		return (NULL);
	d->t = t;
	d->s.every = relay.set->r.edit_ms;
	d->s.last = now_ms();
	d->s.first = 1;
	buf_init(&d->src);
	d->edit = event_new(relay.base, -1, 0, on_edit, d);
	d->typing = event_new(relay.base, -1, 0, on_typing, d);
	if (d->edit == NULL || d->typing == NULL)
		fatal("display_new");
	return (d);
}

void
display_begin(struct display *d)
{
	/* After the request to the model is on its way, not before. */
	timer_in(d->typing, 1);
}

void
display_text(struct display *d, const char *p, size_t n)
{
	if (n == 0)
		return;
	if (d->gap && d->src.len > 0 && d->src.p[d->src.len - 1] != '\n')
		(void)buf_puts(&d->src, "\n\n");
	d->gap = 0;
	if (d->line[0] != '\0') {
		d->line[0] = '\0';
		d->s.line = 1;
	}
	if (buf_add(&d->src, p, n) == -1)
		return;
	display_schedule(d);
}

void
display_tool(struct display *d, const char *label)
{
	size_t	len = strlen(d->line);

	d->gap = 1;
	if (len > 0 && len + strlen(label) + 5 < sizeof(d->line))
		(void)str_format(d->line + len, sizeof(d->line) - len,
		    " \xc2\xb7 %s", label);
	else
		(void)str_format(d->line, sizeof(d->line),
		    "\xe2\x96\xb8 %s", label);
	d->line[utf8_prefix(d->line, strlen(d->line),
	    sizeof(d->line) - 1)] = '\0';
	if (!d->s.line && d->ref == NULL)
		d->s.last = now_ms();
	d->s.line = 1;
	display_schedule(d);
}

void
display_note(struct display *d, unsigned note, uint32_t wait_ms)
{
	char	label[96];

	if (note == TN_SEARCH)
		display_tool(d, "WebSearch");
	if (note != TN_RETRY || wait_ms < 5000)
		return;
	(void)str_format(label, sizeof(label),
	    "Anthropic is busy; again in %u s", wait_ms / 1000);
	d->line[0] = '\0';
	display_tool(d, label);
}

/* White space and what nobody sees: Telegram takes no such message. */
static int
show_blank(const struct display *d)
{
	struct md_text	md;
	int		blank;

	if (d->src.len == 0 || md_render(d->src.p, d->src.len, &md) == -1)
		return (0);
	blank = md.len == 0;
	md_free(&md);
	return (blank);
}

void
display_finish(struct display *d, const char *suffix, int quiet)
{
	if (d == NULL)
		return;
	d->line[0] = '\0';
	if (d->s.first && show_blank(d)) {
		buf_free(&d->src);
		d->shown = 0;
	}
	if (*suffix != '\0')
		(void)buf_printf(&d->src, "%s%s", d->src.len > 0 ? "\n\n" : "",
		    suffix);
	else if (d->src.len == 0 && !quiet)
		(void)buf_puts(&d->src, "(Claude ended without a word.)");
	else if (d->src.len == 0 && d->ref != NULL)
		(void)buf_puts(&d->src, "(Stopped.)");
	show(d, 1);
	if (d->ref != NULL)
		outbox_unkeep(d->ref);
	event_free(d->edit);
	event_free(d->typing);
	buf_free(&d->src);
	free(d);
}
