/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What a message answers, and reactions: the parts of an update that are
 * about another message.  Linked by the relay (and its fuzz target); trusts
 * nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "telclauded/lib/util.h"
#include "engines/relay/tg/update.h"
#include "engines/relay/tg/update_int.h"

static void
quote_user(const json_t *from, int64_t botid, const struct update *u,
    struct upd_quote *q)
{
	int64_t	id = upd_int(from, "id");

	if (botid != 0 && id == botid)
		q->who = UPD_BOT;
	else if (id != 0 && id == u->user)
		q->who = UPD_SELF;
	else {
		q->who = UPD_OTHER;
		update_add_name(q->name, sizeof(q->name),
		    upd_str(from, "first_name"));
		update_add_name(q->name, sizeof(q->name),
		    upd_str(from, "last_name"));
	}
}

/* Of a message in this chat.  Who passed words on did not write them. */
static void
quote_message(const json_t *r, int64_t botid, const struct update *u,
    struct upd_quote *q)
{
	const json_t	*chat = json_object_get(r, "sender_chat");

	q->msg = upd_int(r, "message_id");
	if (chat != NULL) {
		q->who = UPD_OTHER;
		update_add_name(q->name, sizeof(q->name),
		    upd_str(chat, "title"));
		return;
	}
	quote_user(json_object_get(r, "from"), botid, u, q);
	if (update_origin(r) != NULL)
		q->who = UPD_OTHER;
}

/* Of a message elsewhere: MessageOrigin. */
static void
quote_origin(const json_t *o, int64_t botid, const struct update *u,
    struct upd_quote *q)
{
	const json_t	*user = json_object_get(o, "sender_user"), *chat;

	if (user != NULL) {
		quote_user(user, botid, u, q);
		/* Nobody knows here what our words elsewhere came from. */
		if (q->who == UPD_BOT)
			q->who = UPD_OTHER;
		return;
	}
	q->who = UPD_OTHER;
	chat = json_object_get(o, "sender_chat");
	if (chat == NULL)
		chat = json_object_get(o, "chat");
	update_add_name(q->name, sizeof(q->name), chat != NULL ?
	    upd_str(chat, "title") : upd_str(o, "sender_user_name"));
}

static void
quote_text(const char *s, struct upd_quote *q)
{
	size_t	len = strlen(s), n = utf8_prefix(s, len, UPD_QUOTE);

	if (n == 0 || (q->text = malloc(n + 4)) == NULL)
		return;
	memcpy(q->text, s, n);
	/* An ellipsis where it goes on. */
	(void)str_copy(q->text + n, n < len ? "\xe2\x80\xa6" : "", 4);
}

void
update_quote(const json_t *m, int64_t botid, struct update *u)
{
	struct upd_quote	*q = &u->quote;
	const json_t		*r = json_object_get(m, "reply_to_message");
	const json_t		*ext = json_object_get(m, "external_reply");
	const char		*s;

	if (json_is_object(ext))
		quote_origin(json_object_get(ext, "origin"), botid, u, q);
	else if (json_is_object(r) &&
	    json_object_get(r, "forum_topic_created") == NULL)
		quote_message(r, botid, u, q);
	else
		return;
	s = upd_str(json_object_get(m, "quote"), "text");
	q->part = *s != '\0';
	if (*s == '\0')
		s = upd_str(r, "text");
	if (*s == '\0')
		s = upd_str(r, "caption");
	quote_text(s, q);
}

/* Emoji only: nothing that could be read as words. */
static int
emoji_ok(const char *s)
{
	size_t	n = strlen(s);

	if (n == 0 || n >= sizeof(((struct update *)NULL)->emoji[0]))
		return (0);
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < 0x80)
			return (0);
	return (1);
}

void
update_reaction(const json_t *r, struct update *u)
{
	const json_t	*v = json_object_get(r, "new_reaction"), *e;
	const char	*s;
	size_t		 i, n = 0;

	json_array_foreach(v, i, e) {
		s = upd_str(e, "emoji");
		if (n < UPD_EMOJI && strcmp(upd_str(e, "type"), "emoji") == 0 &&
		    emoji_ok(s))
			(void)str_copy(u->emoji[n++], s, sizeof(u->emoji[0]));
	}
}
