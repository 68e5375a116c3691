/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The JSON of sendMessage and editMessageText, as members without braces:
 * what both take (the body), and what only sending takes (the head); and that
 * of sendMessageDraft.  Linked by the relay; pure.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "telclauded/lib/util.h"
#include "engines/relay/out/outbox.h"
#include "engines/relay/screen/filter.h"

const char	box_mark[] = "\n\n\xe2\x86\xbb sent again after an "
		    "interruption; you may have this twice";

void
box_head(struct buf *b, const struct outmsg *m)
{
	if (m->topic != 0)
		(void)buf_printf(b, ",\"message_thread_id\":%" PRId64,
		    m->topic);
	if (m->silent)
		(void)buf_puts(b, ",\"disable_notification\":true");
	if (m->reply != 0)
		(void)buf_printf(b, ",\"reply_parameters\":{\"message_id\":%"
		    PRId64 ",\"allow_sending_without_reply\":true}", m->reply);
}

/* Where a link leads to is text as well, and escapes in it are gone now. */
static int
arg_leaks(const struct md_entity *e)
{
	return (e->arg != NULL && filter_wall(e->arg, strlen(e->arg)));
}

static void
body_entities(struct buf *b, const struct outmsg *m)
{
	const struct md_entity	*e;
	unsigned		 i, n = 0;

	(void)buf_puts(b, ",\"entities\":[");
	for (i = 0; i < m->n; i++) {
		e = &m->e[i];
		if (arg_leaks(e))
			continue;
		(void)buf_printf(b, "%s{\"type\":\"%s\",\"offset\":%u,"
		    "\"length\":%u", n++ == 0 ? "" : ",",
		    md_kind_name(e->kind), e->off, e->len);
		if (e->arg != NULL && (e->kind == MD_LINK ||
		    e->kind == MD_PRE)) {
			(void)buf_puts(b, e->kind == MD_LINK ? ",\"url\":" :
			    ",\"language\":");
			(void)buf_json_str(b, e->arg, strlen(e->arg));
		}
		(void)buf_puts(b, "}");
	}
	(void)buf_puts(b, "]");
}

void
box_body(struct buf *b, const struct outmsg *m, int marked)
{
	struct buf	text;

	(void)buf_printf(b, "\"chat_id\":%" PRId64 ",\"text\":", m->chat);
	buf_init(&text);
	(void)buf_add(&text, m->text, m->len);
	if (marked)
		(void)buf_puts(&text, box_mark);
	(void)buf_json_str(b, text.p == NULL ? "" : text.p, text.len);
	buf_free(&text);
	if (m->n > 0)
		body_entities(b, m);
	if (m->markup != NULL) {
		(void)buf_puts(b, ",\"reply_markup\":");
		(void)buf_puts(b, m->markup);
	}
	(void)buf_puts(b, ",\"link_preview_options\":{\"is_disabled\":true}");
}

void
box_draft(struct buf *b, const struct outmsg *m, int32_t id)
{
	(void)buf_printf(b, "\"chat_id\":%" PRId64 ",\"draft_id\":%" PRId32
	    ",\"text\":", m->chat, id);
	(void)buf_json_str(b, m->text, m->len);
	if (m->n > 0)
		body_entities(b, m);
	if (m->topic != 0)
		(void)buf_printf(b, ",\"message_thread_id\":%" PRId64,
		    m->topic);
}

int
box_untopic(char *head, size_t *len)
{
	static const char	 key[] = ",\"message_thread_id\":";
	char			*p = strstr(head, key);
	size_t			 n;

	if (p == NULL)
		return (-1);
	n = sizeof(key) - 1;
	n += strspn(p + n, "-0123456789");
	memmove(p, p + n, strlen(p + n) + 1);
	*len -= n;
	return (0);
}

static void
rewrite_mark(json_t *o)
{
	const char	*s = json_string_value(json_object_get(o, "text"));
	struct buf	 b;

	/* No text, or marked before. */
	if (s == NULL || (strlen(s) >= sizeof(box_mark) - 1 &&
	    strcmp(s + strlen(s) - (sizeof(box_mark) - 1), box_mark) == 0))
		return;
	buf_init(&b);
	(void)buf_puts(&b, s);
	(void)buf_puts(&b, box_mark);
	if (!b.failed)
		(void)json_object_set_new(o, "text", json_string(b.p));
	buf_free(&b);
}

char *
box_rewrite(const char *p, size_t len, int mark, int plain, size_t *outlen)
{
	struct buf	 b;
	json_t		*o;
	char		*s = NULL;

	buf_init(&b);
	(void)buf_puts(&b, "{");
	(void)buf_add(&b, p, len);
	(void)buf_puts(&b, "}");
	o = b.failed ? NULL : json_loadb(b.p, b.len, 0, NULL);
	buf_free(&b);
	if (o == NULL)
		return (NULL);
	if (mark)
		rewrite_mark(o);
	if (plain)
		(void)json_object_del(o, "entities");
	s = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	if (s == NULL)
		return (NULL);
	/* Take the braces off again. */
	*outlen = strlen(s) - 2;
	memmove(s, s + 1, *outlen);
	s[*outlen] = '\0';
	return (s);
}
