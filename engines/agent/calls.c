/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The tool calls of a turn: to the relay, which decides, and the results back
 * as blocks for the model.  Results are as hostile as what they quote.
 */
#include <stdlib.h>
#include <string.h>

#include "engines/agent/agent.h"
#include "telclauded/lib/log.h"

#define FILE_TEXT_MOST	(2u << 20)	/* of CLAUDE.md with line numbers */
#define IMAGE_MOST	(3750u << 10)	/* 5 MB in base64 */
#define FILE_MOST	(16u << 20)

static uint32_t	 nextcall;

static void	 calls_more(struct turn *);

static struct call *
call_new(struct turn *t, const char *tool_id)
{
	struct call	*c;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		return (NULL);
	if (tool_id != NULL && (c->tool_id = strdup(tool_id)) == NULL) {
		free(c);
		return (NULL);
	}
	c->t = t;
	c->id = ++nextcall;
	buf_init(&c->out);
	buf_init(&c->tail);
	buf_init(&c->args);
	TAILQ_INSERT_TAIL(&t->calls, c, entry);
	t->pending++;
	return (c);
}

static void
call_done(struct call *c)
{
	c->done = 1;
	c->t->pending--;
	c->t->atwork -= c->sent;
}

static void
call_refuse(struct call *c, const char *why)
{
	buf_free(&c->out);
	c->kind = OUT_TEXT;
	c->is_error = 1;
	buf_puts(&c->out, why);
}

/* The reader of the arguments is gone: its link is, or the relay refuses
 * and answers so. */
static const struct stream_out	 args_ops = { NULL, NULL };

static int
call_send(struct call *c, enum tool tool, int internal, const char *args,
    size_t len)
{
	struct msg_TOOL_CALL	 m;
	struct stream		*s;

	s = stream_write_new(relay_link(), &args_ops, NULL);
	if (s == NULL)
		return (-1);
	memset(&m, 0, sizeof(m));
	m.turn = c->t->id;
	m.call = c->id;
	m.tool = (uint8_t)tool;
	m.internal = (uint8_t)internal;
	m.round = c->t->requests;
	m.size = (uint32_t)len;
	m.sid = stream_sid(s);
	if (msg_send_TOOL_CALL(relay_link(), 0, -1, &m) == 0 ||
	    stream_write(s, args, len) == -1) {
		stream_finish(s, 1);
		return (-1);
	}
	stream_finish(s, 0);
	c->sent = 1;
	c->t->atwork++;
	return (0);
}

/* The relay takes so many at once; the others wait their turn here. */
static int
call_hold(struct call *c, enum tool tool, const struct blk *b)
{
	c->tool = tool;
	c->held = 1;
	return (buf_add(&c->args, b->text.p, b->text.len));
}

static void
calls_more(struct turn *t)
{
	struct call	*c;

	TAILQ_FOREACH(c, &t->calls, entry) {
		if (t->atwork >= CALLS_ATONCE)
			return;
		if (!c->held)
			continue;
		c->held = 0;
		if (relay_link() == NULL || call_send(c, c->tool, 0,
		    c->args.p, c->args.len) == -1) {
			call_refuse(c, "the call could not be handed on; "
			    "nothing ran");
			call_done(c);
		}
		buf_free(&c->args);
	}
}

int
call_internal(struct turn *t, const char *args)
{
	struct call	*c;

	if (relay_link() == NULL || (c = call_new(t, NULL)) == NULL)
		return (-1);
	if (call_send(c, TOOL_READ, 1, args, strlen(args)) == 0)
		return (0);
	calls_free(t);
	return (-1);
}

int
call_model(struct turn *t, const struct blk *b)
{
	enum tool	 tool = tools_find(b->name);
	struct call	*c;
	char		 why[128];

	if ((c = call_new(t, b->id)) == NULL)
		return (-1);
	if (tool == TOOL_NONE) {
		(void)str_format(why, sizeof(why), "there is no tool \"%.64s\";"
		    " nothing ran", b->name);
		call_refuse(c, why);
		call_done(c);
	} else if (b->bad) {
		call_refuse(c, "the input of this call is not a JSON object "
		    "(malformed or cut off); nothing ran");
		call_done(c);
	} else if (t->atwork >= CALLS_ATONCE)
		return (call_hold(c, tool, b));
	else if (relay_link() == NULL ||
	    call_send(c, tool, 0, b->text.p, b->text.len) == -1)
		return (-1);
	return (0);
}

/* --- results ------------------------------------------------------------- */
static size_t
most(const struct call *c)
{
	switch (c->kind) {
	case OUT_IMAGE:
		return (IMAGE_MOST);
	case OUT_DOCUMENT:
		return (FILE_MOST);
	default:
		return (c->tool_id == NULL ? FILE_TEXT_MOST : TEXT_HEAD);
	}
}

static void
result_data(struct stream *s, const uint8_t *p, size_t n)
{
	struct call	*c = stream_ctx(s);
	size_t		 room = most(c) - c->out.len;

	stream_consumed(s, n);
	buf_add(&c->out, p, MINIMUM(n, room));
	if (n <= room)
		return;
	c->cut = 1;
	if (c->kind == OUT_TEXT && c->tool_id != NULL)
		bound_tail(c, p + room, n - room);
}

static void
judge(struct call *c, int err)
{
	if (c->out.failed)
		call_refuse(c, "out of memory for this result");
	else if (c->kind != OUT_TEXT && (err || c->cut))
		call_refuse(c, c->cut ? "the file is too large to be shown to "
		    "the model: 3.7 MB an image, 16 MB a document at most; "
		    "make it smaller first" :
		    "the result was cut off on its way");
	else if (err) {
		c->is_error = 1;
		buf_puts(&c->out, "\n[the result was cut off on its way]");
	}
}

static void
result_end(struct stream *s, int err)
{
	struct call	*c = stream_ctx(s);
	struct link	*l = relay_link();

	c->in = NULL;
	/* A dead link: all turns are about to be aborted. */
	if (l == NULL || !link_alive(l))
		return;
	if (c->tail.len > 0)
		bound_join(c);
	judge(c, err);
	call_done(c);
	calls_more(c->t);
	turn_called(c->t);
}

static const struct stream_in	 result_ops = { result_data, result_end };

static struct call *
call_find(uint64_t turn, uint32_t id)
{
	struct turn	*t = turn_find(turn);
	struct call	*c;

	if (t == NULL)
		return (NULL);
	TAILQ_FOREACH(c, &t->calls, entry)
		if (c->id == id && !c->done && c->in == NULL)
			break;
	return (c);
}

void
calls_result(struct link *l, const struct msg_TOOL_RESULT *m)
{
	struct call	*c = call_find(m->turn, m->call);
	struct stream	*s;

	if (c == NULL) {
		/* Of a turn that ended. */
		s = stream_read_new(l, m->sid, UNREAD_MAX, &result_ops, NULL);
		if (s != NULL)
			stream_drop(s);
		return;
	}
	c->is_error = m->is_error != 0;
	c->kind = m->kind < OUT_KIND_MAX ? m->kind : OUT_TEXT;
	(void)str_copy(c->mime, m->mime, sizeof(c->mime));
	c->in = stream_read_new(l, m->sid, UNREAD_MAX, &result_ops, c);
	if (c->in == NULL) {
		call_refuse(c, "the result could not be taken in");
		call_done(c);
		calls_more(c->t);
		turn_called(c->t);
	}
}

static int
is_image(const char *mime)
{
	static const char *const known[] = { "image/jpeg", "image/png",
	    "image/gif", "image/webp" };
	unsigned	 i;

	for (i = 0; i < NELEM(known); i++)
		if (strcmp(mime, known[i]) == 0)
			return (1);
	return (0);
}

static void
put_file(struct buf *o, const char *type, const char *mime, struct buf *data)
{
	char	*b64;

	if ((b64 = b64_encode(data->p, data->len)) == NULL) {
		o->failed = 1;
		return;
	}
	buf_printf(o, "{\"type\":\"%s\",\"source\":{\"type\":\"base64\","
	    "\"media_type\":\"%s\",\"data\":\"", type, mime);
	buf_puts(o, b64);
	buf_puts(o, "\"}}");
	free(b64);
}

/* A NUL is valid JSON, but not to every server: a byte that is no UTF-8 comes
 * out as U+FFFD. */
static void
put_text(struct buf *o, struct buf *text)
{
	char	*z = text->p;

	while ((z = memchr(z, '\0', text->len - (size_t)(z - text->p))) !=
	    NULL)
		*z = '\xff';
	buf_json_str(o, text->p, text->len);
}

static void
put_result(struct buf *o, struct call *c)
{
	if (c->kind == OUT_IMAGE && !is_image(c->mime))
		call_refuse(c, "this kind of image cannot be shown to the "
		    "model; convert it to PNG, JPEG, GIF or WebP first");
	if (c->kind == OUT_DOCUMENT &&
	    strcmp(c->mime, "application/pdf") != 0)
		call_refuse(c, "only PDF documents can be shown to the "
		    "model");
	buf_puts(o, "{\"type\":\"tool_result\",\"tool_use_id\":");
	buf_json_str(o, c->tool_id, strlen(c->tool_id));
	if (c->is_error)
		buf_puts(o, ",\"is_error\":true");
	buf_puts(o, ",\"content\":[");
	if (c->kind == OUT_IMAGE && !c->is_error && c->out.len > 0)
		put_file(o, "image", c->mime, &c->out);
	else if (c->kind == OUT_DOCUMENT && !c->is_error && c->out.len > 0)
		put_file(o, "document", "application/pdf", &c->out);
	else {
		buf_puts(o, "{\"type\":\"text\",\"text\":");
		if (c->kind == OUT_TEXT && c->out.len > 0)
			put_text(o, &c->out);
		else
			buf_puts(o, "\"(no output)\"");
		buf_puts(o, "}");
	}
	buf_puts(o, "]}");
}

int
calls_content(struct turn *t, struct buf *o)
{
	struct call	*c;
	int		 n = 0;

	bound_round(t);
	TAILQ_FOREACH(c, &t->calls, entry) {
		if (c->tool_id == NULL)
			continue;
		if (!c->done)
			call_refuse(c, c->held ? "interrupted: this did not "
			    "run" : CONV_LOST);
		buf_puts(o, n++ == 0 ? "[" : ",");
		put_result(o, c);
	}
	if (n > 0)
		buf_puts(o, "]");
	return (o->failed ? -1 : n);
}

void
calls_free(struct turn *t)
{
	struct call	*c;

	while ((c = TAILQ_FIRST(&t->calls)) != NULL) {
		TAILQ_REMOVE(&t->calls, c, entry);
		if (c->in != NULL)
			stream_drop(c->in);
		free(c->tool_id);
		buf_free(&c->out);
		buf_free(&c->tail);
		buf_free(&c->args);
		free(c);
	}
	t->pending = t->atwork = 0;
}
