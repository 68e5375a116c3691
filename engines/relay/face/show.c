/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The messages of an answer: the one that grows, those that are full, the
 * file where it is too long for messages, and which of them make a sound.
 * Run by the relay; the text is the model's and is only ever text.
 */
#include <limits.h>
#include <string.h>

#include "telclauded/lib/log.h"
#include "engines/relay/face/draft.h"
#include "engines/relay/face/show.h"
#include "engines/relay/files/files.h"
#include "engines/relay/md/markdown.h"
#include "engines/relay/relay.h"
#include "engines/relay/turn/turn.h"

static void
show_fill(struct display *d, struct outmsg *m, const char *text, size_t len,
    const struct md_text *md)
{
	memset(m, 0, sizeof(*m));
	m->chat = d->t->chat;
	m->topic = d->t->topic;
	m->turn = d->t->id;
	m->taint = d->t->taint;
	/* In a group one sees whom it answers; only the first says so. */
	if (d->t->group && !d->replied)
		m->reply = d->t->msg;
	m->text = text;
	m->len = len;
	m->e = md->e;
	m->n = md->n;
}

/* To the chat: as its final state, or as it is so far. */
static void
show_send(struct display *d, const struct outmsg *m, int last, int line,
    int bare)
{
	if (d->draft != NULL && !last) {
		outbox_draft(d->draft, m, d->draft_id);
		d->s.open = 1;
	} else if (d->ref != NULL) {
		outbox_edit(d->ref, m, last);
		d->edited = 1;
	} else if (last)
		(void)outbox_send(m);
	else {
		d->ref = outbox_send_keep(m);
		d->edited = line;
		d->bare = bare;
	}
	/* A preview answers nothing: its message does. */
	d->replied |= d->draft == NULL || last;
	d->s.last = now_ms();
}

/*
 * An edit rings nowhere: where the line stood alone, and made no sound, the
 * answer is a message of its own.  The line stays as the record of what ran.
 */
static struct msgref *
show_apart(struct display *d)
{
	struct msgref	*r = d->bare ? d->ref : NULL;

	if (r == NULL)
		return (NULL);
	d->ref = NULL;
	d->edited = 0;
	d->bare = 0;
	d->replied = 0;
	return (r);
}

/* How it ended: behind the answer, which is awaited. */
static void
show_record(struct display *d, struct msgref *r)
{
	static const struct md_text	none;
	struct outmsg			m;

	if (r != NULL && d->stale) {
		show_fill(d, &m, d->line, strlen(d->line), &none);
		outbox_edit(r, &m, 0);
	}
	d->stale = 0;
	outbox_unkeep(r);		/* or NULL */
}

void
show_line_over(struct display *d)
{
	char	line[LIVE_TEXT];

	if (d->bare && d->live.n > 0) {
		live_text(&d->live, now_ms(), line, sizeof(line));
		d->stale = strcmp(line, d->line) != 0;
		(void)str_copy(d->line, line, sizeof(d->line));
	}
	live_clear(&d->live);
}

/* Renders so many bytes of src, with the tool line, into one message. */
static void
show_part(struct display *d, size_t n, int last, const char *markup)
{
	struct md_text	 md;
	struct outmsg	 m;
	struct buf	 text;
	struct msgref	*record = NULL;
	char		 line[LIVE_TEXT] = "";

	if (md_render(d->src.p == NULL ? "" : d->src.p, n, &md) == -1)
		return;
	buf_init(&text);
	(void)buf_add(&text, md.s, md.len);
	if (!last)
		live_text(&d->live, now_ms(), line, sizeof(line));
	if (line[0] != '\0')
		(void)buf_printf(&text, "%s%s", md.len > 0 ? "\n\n" : "",
		    line);
	if (text.len > 0 && !text.failed) {
		if (md.len > 0)
			record = show_apart(d);
		show_fill(d, &m, text.p, text.len, &md);
		m.markup = markup;
		/* An answer rings once. */
		m.silent = d->parts > 0 || md.len == 0;
		show_send(d, &m, last, line[0] != '\0', md.len == 0);
		if (md.len > 0)
			d->s.first = 0;
		if (d->bare)
			(void)str_copy(d->line, line, sizeof(d->line));
		show_record(d, record);
	}
	buf_free(&text);
	md_free(&md);
}

/* What follows is another message. */
static void
show_next(struct display *d)
{
	outbox_unkeep(d->ref);
	d->ref = NULL;
	d->edited = 0;
	d->shown = 0;
	d->parts++;
	if (d->draft != NULL) {
		d->draft_id = draft_id();
		d->s.open = 0;
	}
}

static size_t
show_fits(const struct display *d, size_t n, char *carry, size_t size)
{
	carry[0] = '\0';
	return (md_fit(d->src.p == NULL ? "" : d->src.p, n, DISPLAY_UNITS,
	    carry, size));
}

/* Full messages are final and stay, so many at most; what is left of src fits
 * in one unless there were that many. */
static void
show_full(struct display *d, size_t *n, unsigned most)
{
	struct buf	rest;
	char		carry[MD_CARRY];
	size_t		fit;

	while (d->parts < most) {
		fit = show_fits(d, *n, carry, sizeof(carry));
		if (fit >= *n)
			return;
		if (fit == 0)
			fit = utf8_prefix(d->src.p, *n, DISPLAY_UNITS);
		if (fit == 0)
			fit = *n < DISPLAY_UNITS ? *n : DISPLAY_UNITS;
		show_part(d, fit, 1, NULL);
		show_next(d);
		buf_init(&rest);
		(void)buf_puts(&rest, carry);
		(void)buf_add(&rest, d->src.p + fit, d->src.len - fit);
		if (rest.failed)
			fatal("display");
		*n = *n - fit + strlen(carry);
		buf_free(&d->src);
		d->src = rest;
	}
}

void
show(struct display *d)
{
	/* Not half a character; at the end the renderer replaces it. */
	size_t	n = d->src.len == 0 ? 0 : utf8_whole(d->src.p, d->src.len);

	show_full(d, &n, DISPLAY_PARTS);
	/* The rest is shown when it is known how much it is. */
	if (d->parts < DISPLAY_PARTS && (n > 0 || d->live.n > 0))
		show_part(d, n, 0, NULL);
	d->shown = n;
	d->s.line = 0;
}

/* The rest as a file, how it ended beside it; -1: it goes as messages. */
static int
show_file(struct display *d, const char *suffix, const char *markup)
{
	struct outmsg	m;
	struct md_text	none = { 0 };
	char		carry[MD_CARRY], words[1200];

	if (d->parts < DISPLAY_PARTS || d->src.len == 0 ||
	    show_fits(d, d->src.len, carry, sizeof(carry)) >= d->src.len)
		return (-1);
	(void)str_format(words, sizeof(words), "The rest of this answer, %zu "
	    "kB of text, is in this file.%s%s", (d->src.len + 1023) / 1024,
	    *suffix != '\0' ? "\n\n" : "", suffix);
	show_fill(d, &m, words, strlen(words), &none);
	m.markup = markup;
	m.silent = 1;
	return (file_send_bytes(&m, "answer.md", d->src.p, d->src.len));
}

void
show_last(struct display *d, const char *suffix, const char *markup)
{
	size_t	n = d->src.len;

	show_full(d, &n, DISPLAY_PARTS);
	if (show_file(d, suffix, markup) == 0)
		return;
	show_full(d, &n, UINT_MAX);
	/* What was sent as it now is needs no edit. */
	if (d->ref != NULL && !d->edited && d->shown == n && markup == NULL)
		return;
	show_part(d, n, 1, markup);
}
