/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Files in the queue of messages: the members that are stored, and the
 * request: multipart/form-data whose file part comes from the disk piece by
 * piece.  Run by the relay.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"
#include "engines/relay/files/spool.h"
#include "engines/relay/out/boxfile.h"
#include "engines/relay/out/outboxq.h"
#include "engines/relay/tg/api.h"

#define CAPTION_UNITS	940	/* of 1024: the mark of a repeat fits */
#define UPLOAD_MS	60000
#define UPLOAD_RATE	32	/* bytes a ms at least, or it is given up */

struct upload {
	int		 fd;
	uint64_t	 size;		/* of the file */
	struct buf	 before, after;
	uint64_t	 off;		/* in all of it */
	char		 type[96];
};

/* At most so many UTF-16 units, whole characters. */
static size_t
cut_units(const char *p, size_t n, size_t units)
{
	while (utf16_len(p, n) > units)
		n = utf8_prefix(p, n, n - 1);
	return (n);
}

void
boxfile_body(struct buf *b, const struct outmsg *m)
{
	size_t	n;

	n = utf8_prefix(m->text, m->len, 4 * CAPTION_UNITS);
	n = cut_units(m->text, n, CAPTION_UNITS);
	(void)buf_printf(b, "\"chat_id\":%" PRId64 ",\"method\":\"%s\","
	    "\"mime\":\"%s\",\"name\":", m->chat, m->file->method,
	    m->file->mime);
	(void)buf_json_str(b, m->file->name, strlen(m->file->name));
	if (n > 0) {
		(void)buf_puts(b, ",\"caption\":");
		(void)buf_json_str(b, m->text, n);
	}
	if (m->markup != NULL) {
		(void)buf_puts(b, ",\"reply_markup\":");
		(void)buf_puts(b, m->markup);
	}
}

static json_t *
members(const char *p, size_t n, const char *q, size_t k)
{
	struct buf	 b;
	json_t		*o = NULL;

	buf_init(&b);
	(void)buf_puts(&b, "{");
	(void)buf_add(&b, p, n);
	(void)buf_add(&b, q, k);
	if (buf_puts(&b, "}") == 0)
		o = json_loadb(b.p, b.len, 0, NULL);
	buf_free(&b);
	return (o);
}

static const char *
member(const json_t *o, const char *key)
{
	const char	*s = json_string_value(json_object_get(o, key));

	return (s == NULL ? "" : s);
}

char *
boxfile_rewrite(const char *p, size_t len, int mark, int plain,
    size_t *outlen)
{
	struct buf	 b;
	json_t		*o;
	char		*s;

	if ((o = members(p, len, "", 0)) == NULL)
		return (NULL);
	if (mark && strstr(member(o, "caption"), box_mark + 2) == NULL) {
		buf_init(&b);
		(void)buf_puts(&b, member(o, "caption"));
		(void)buf_puts(&b, b.len > 0 ? box_mark : box_mark + 2);
		if (!b.failed)
			(void)json_object_set_new(o, "caption",
			    json_string(b.p));
		buf_free(&b);
	}
	if (plain)
		(void)json_object_set_new(o, "method",
		    json_string("sendDocument"));
	s = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	if (s == NULL)
		return (NULL);
	*outlen = strlen(s) - 2;
	memmove(s, s + 1, *outlen);
	s[*outlen] = '\0';
	return (s);
}

int
boxfile_again(const struct out *o)
{
	return (o->kind == BX_FILE && !o->plain &&
	    strstr(o->body, "\"method\":\"sendDocument\"") == NULL);
}

/* --- the request ---------------------------------------------------------- */
static const char *
file_field(const char *method)
{
	static const char *const	fields[][2] = {
		{ "sendPhoto", "photo" }, { "sendVoice", "voice" },
		{ "sendAudio", "audio" }, { "sendVideo", "video" },
	};
	size_t				i;

	for (i = 0; i < NELEM(fields); i++)
		if (strcmp(fields[i][0], method) == 0)
			return (fields[i][1]);
	return ("document");
}

static void
put_field(struct buf *b, const char *mark, const char *key, json_t *v)
{
	char	*s;

	(void)buf_printf(b, "--%s\r\nContent-Disposition: form-data; "
	    "name=\"%s\"\r\n\r\n", mark, key);
	if (json_is_string(v))
		(void)buf_puts(b, json_string_value(v));
	else if ((s = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY)) != NULL) {
		(void)buf_puts(b, s);
		free(s);
	}
	(void)buf_puts(b, "\r\n");
}

static void
put_form(struct upload *u, json_t *o)
{
	unsigned char	 r[16];
	const char	*key;
	json_t		*v;
	char		 mark[33];

	/* Nobody can have put it into the file. */
	arc4random_buf(r, sizeof(r));
	hex_encode(r, sizeof(r), mark);
	(void)str_format(u->type, sizeof(u->type), "Content-Type: multipart/"
	    "form-data; boundary=%s", mark);
	json_object_foreach(o, key, v)
		if (strcmp(key, "method") != 0 && strcmp(key, "mime") != 0 &&
		    strcmp(key, "name") != 0)
			put_field(&u->before, mark, key, v);
	(void)buf_printf(&u->before, "--%s\r\nContent-Disposition: form-data; "
	    "name=\"%s\"; filename=\"%s\"\r\nContent-Type: %s\r\n\r\n", mark,
	    file_field(member(o, "method")), member(o, "name"),
	    member(o, "mime"));
	(void)buf_printf(&u->after, "\r\n--%s--\r\n", mark);
}

static size_t
part(const struct buf *b, uint64_t off, char *p, size_t n)
{
	n = MINIMUM(n, b->len - (size_t)off);
	memcpy(p, b->p + off, n);
	return (n);
}

static long
fill(void *ctx, char *p, size_t n)
{
	struct outq	*q = ctx;
	struct out	*o = TAILQ_FIRST(&q->outs);	/* it is under way */
	struct upload	*u = o == NULL ? NULL : o->up;
	uint64_t	 off;
	ssize_t		 r;

	if (u == NULL)
		return (0);
	if ((off = u->off) < u->before.len)
		r = (ssize_t)part(&u->before, off, p, n);
	else if ((off -= u->before.len) < u->size)
		/* It has no other name, and nobody else may write it. */
		r = pread(u->fd, p, MINIMUM(n, u->size - off), (off_t)off);
	else if ((off -= u->size) < u->after.len)
		r = (ssize_t)part(&u->after, off, p, n);
	else
		return (0);
	if (r <= 0)
		return (0);
	u->off += (uint64_t)r;
	return ((long)r);
}

void
boxfile_end(struct out *o)
{
	struct upload	*u = o->up;

	o->up = NULL;
	if (u == NULL)
		return;
	if (u->fd != -1)
		close(u->fd);
	buf_free(&u->before);
	buf_free(&u->after);
	free(u);
}

/* The copy goes when the row is gone on disk. */
void
boxfile_free(struct out *o)
{
	boxfile_end(o);
	if (o->kind == BX_FILE)
		store_after(boxfile_gone, o->row);
}

struct api_call *
boxfile_start(struct out *o, api_fn fn)
{
	struct api_opts	 opt = { .once = 1, .fill = fill };
	struct api_call	*c = NULL;
	struct upload	*u;
	json_t		*m;

	boxfile_end(o);
	if ((u = calloc(1, sizeof(*u))) == NULL)
		return (NULL);
	o->up = u;
	buf_init(&u->before);
	buf_init(&u->after);
	m = members(o->body, o->len, o->head, o->headlen);
	u->fd = spool_open(o->row, &u->size);
	if (m != NULL && u->fd != -1) {
		put_form(u, m);
		opt.type = u->type;
		opt.len = u->before.len + (size_t)u->size + u->after.len;
		opt.total_ms = UPLOAD_MS + (uint32_t)(u->size / UPLOAD_RATE);
		if (!u->before.failed && !u->after.failed)
			c = api_send(member(m, "method"), o->body, o->len,
			    &opt, fn, o->q);
	}
	json_decref(m);
	if (c == NULL)
		boxfile_end(o);
	return (c);
}

int
boxfile_there(const struct out *o)
{
	uint64_t	size;
	int		fd;

	if ((fd = spool_open(o->row, &size)) == -1)
		return (0);
	close(fd);
	return (1);
}

void
boxfile_dropped(const struct out *o, const char *why)
{
	json_t	*m;

	if ((m = members(o->body, o->len, o->head, o->headlen)) == NULL)
		return;
	outbox_say(o->q->chat, (int64_t)json_integer_value(json_object_get(m,
	    "message_thread_id")), 0, 0, "\xe2\x80\x9c%s\xe2\x80\x9d could "
	    "not be sent: %s.", member(m, "name"), why);
	json_decref(m);
}
