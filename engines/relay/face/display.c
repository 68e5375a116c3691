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
#include "engines/relay/face/display.h"
#include "engines/relay/face/draft.h"
#include "engines/relay/face/face.h"
#include "engines/relay/face/show.h"
#include "engines/relay/md/markdown.h"
#include "engines/relay/out/outbox.h"
#include "engines/relay/relay.h"
#include "engines/relay/tg/api.h"
#include "engines/relay/turn/turn.h"

static void	 display_schedule(struct display *);

static void
timer_in(struct event *ev, uint32_t ms)
{
	struct timeval	tv = ms_tv(ms);

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

/* --- when -------------------------------------------------------------- */
static void
on_edit(int fd, short what, void *arg)
{
	struct display	*d = arg;

	(void)fd;
	(void)what;
	display_schedule(d);
}

/* ms that the server's refusals add. */
static uint32_t
display_hold(struct display *d, uint64_t now)
{
	struct msgref	*r = d->draft != NULL ? d->draft : d->ref;

	if (r == NULL)
		return (0);
	if (r->slow > 0 || r->errors >= 3) {
		d->s.every = sched_pace(d->s.every, r->slow, r->errors);
		r->slow = 0;
	}
	return (r->hold > now ? (uint32_t)MINIMUM(r->hold - now, 3600000) :
	    0);
}

static uint32_t
display_due(struct display *d, uint64_t now)
{
	uint32_t	ms, hold = display_hold(d, now);

	if (d->parts >= DISPLAY_PARTS)
		return (SCHED_NEVER);
	d->s.fresh = d->src.len - MINIMUM(d->shown, d->src.len);
	d->s.draft = d->draft != NULL;
	if (d->draft == NULL)
		d->s.open = d->ref != NULL;
	d->s.ticks = live_runs(&d->live);
	ms = sched_due(&d->s, now);
	return (ms == SCHED_NEVER ? ms : MAXIMUM(ms, hold));
}

static void
display_schedule(struct display *d)
{
	uint32_t	ms;

	if (relay.set->r.stream == RS_OFF)
		return;
	ms = display_due(d, now_ms());
	if (ms == 0) {
		show(d);
		/* White space alone shows nothing yet: wait for more. */
		ms = display_due(d, now_ms());
		if (ms == 0)
			ms = SCHED_NEVER;
	}
	if (ms == SCHED_NEVER)
		(void)event_del(d->edit);
	else
		timer_in(d->edit, ms);
}

/* The server takes no previews here: messages and edits, then. */
static void
display_refused(void *ctx)
{
	struct display	*d = ctx;

	draft_not_here(d->t->chat);
	outbox_draft_end(d->draft, d->t->chat);
	d->draft = NULL;
	d->shown = 0;
	d->s.open = 0;
	d->s.first = 1;
	d->s.line = d->live.n > 0;
	display_schedule(d);
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
	if (draft_wanted(relay.set->r.stream, t->group, t->chat)) {
		d->draft = outbox_draft_new(display_refused, d);
		d->draft_id = draft_id();
	}
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
	if (d->live.n > 0) {
		show_line_over(d);
		d->s.line = 1;
	}
	if (buf_add(&d->src, p, n) == -1)
		return;
	display_schedule(d);
}

void
display_tool(struct display *d, uint64_t job, const char *label,
    enum live_state state)
{
	d->gap = !turn_pause(d->t);
	live_put(&d->live, job, label, state, now_ms());
	if (!d->s.line && !d->s.open)
		d->s.last = now_ms();
	d->s.line = 1;
	display_schedule(d);
}

void
display_tool_end(struct display *d, uint64_t job)
{
	/* Its time is shown with what comes next: not worth an edit alone. */
	if (live_end(&d->live, job, now_ms()))
		display_schedule(d);
}

void
display_note(struct display *d, unsigned note, uint32_t wait_ms)
{
	char	label[96];

	if (note == TN_SEARCH)
		display_tool(d, 0, "WebSearch", LV_ENDED);
	if ((note != TN_RETRY && note != TN_AWAY) || wait_ms < 5000)
		return;
	(void)str_format(label, sizeof(label), "%s; again in %u s",
	    note == TN_AWAY ? "no connection to Anthropic" :
	    "Anthropic is busy", wait_ms / 1000);
	display_tool(d, 0, label, LV_ENDED);
}

void
display_withhold(struct display *d, const char *text)
{
	buf_free(&d->src);
	d->edited = 1;
	(void)buf_puts(&d->src, text);
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
	show_line_over(d);
	outbox_draft_end(d->draft, d->t->chat);
	d->draft = NULL;
	if (show_blank(d) && d->parts == 0) {
		buf_free(&d->src);
		d->shown = 0;
	}
	if (*suffix != '\0')
		(void)buf_printf(&d->src, "%s%s", d->src.len > 0 ? "\n\n" : "",
		    suffix);
	else if (d->src.len == 0 && !quiet)
		(void)buf_puts(&d->src, "(Claude ended without a word.)");
	else if (d->src.len == 0 && d->ref != NULL) {
		/* Who stopped it knows. */
		d->bare = 0;
		(void)buf_puts(&d->src, "(Stopped.)");
	}
	show_last(d, suffix, quiet ? NULL : face_buttons());
	outbox_unkeep(d->ref);		/* or NULL */
	event_free(d->edit);
	event_free(d->typing);
	buf_free(&d->src);
	free(d);
}
