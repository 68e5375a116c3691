/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Chats and their messages as a person would see them: the text after all
 * edits, with how often and when it changed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "regress/fakes/tg.h"

static json_t	*chats;
static int64_t	 lastmessage = 100;

json_t *
tg_chats(void)
{
	if (chats == NULL)
		chats = json_object();
	return (chats);
}

json_t *
tg_chat(int64_t id)
{
	char	 key[32];

	snprintf(key, sizeof(key), "%lld", (long long)id);
	return (json_object_get(tg_chats(), key));
}

json_t *
tg_chat_add(int64_t id, const char *type, const char *title)
{
	char	 key[32];
	json_t	*c;

	if ((c = tg_chat(id)) != NULL)
		return (c);
	snprintf(key, sizeof(key), "%lld", (long long)id);
	c = json_pack("{s:I,s:s,s:s,s:[],s:{},s:i,s:b}", "id", (json_int_t)id,
	    "type", type, "title", title, "messages", "drafts", "actions", 0,
	    "left", 0);
	json_object_set_new(tg_chats(), key, c);
	return (c);
}

json_t *
tg_message(json_t *chat, int64_t id)
{
	json_t	*v = json_object_get(chat, "messages"), *m;
	size_t	 i;

	for (i = json_array_size(v); i > 0; i--) {
		m = json_array_get(v, i - 1);
		if (jint(m, "message_id", 0) == id)
			return (jbool(m, "deleted", 0) ? NULL : m);
	}
	return (NULL);
}

static void
carry(json_t *to, const char *tok, const json_t *from, const char *fromk)
{
	json_t	*v;

	if ((v = json_object_get(from, fromk)) != NULL)
		json_object_set(to, tok, v);
}

json_t *
tg_message_add(json_t *chat, int bot, const json_t *args, const char *text)
{
	json_t		*m;
	uint64_t	 t = now_us();

	m = json_pack("{s:I,s:b,s:s,s:I,s:I,s:I,s:i,s:b,s:[]}", "message_id",
	    (json_int_t)++lastmessage, "bot", bot, "text", text, "date",
	    (json_int_t)time(NULL), "t", (json_int_t)t, "t_last",
	    (json_int_t)t, "edits", 0, "deleted", 0, "reaction");
	if (m == NULL)
		abort();
	carry(m, "entities", args, "entities");
	carry(m, "markup", args, "reply_markup");
	carry(m, "thread", args, "message_thread_id");
	carry(m, "reply_to", json_object_get(args, "reply_parameters"),
	    "message_id");
	json_array_append_new(json_object_get(chat, "messages"), m);
	return (m);
}

json_t *
tg_chat_public(const json_t *chat)
{
	const char	*type = jstr(chat, "type");
	json_t		*j;

	j = json_pack("{s:O,s:s,s:s}", "id", json_object_get(chat, "id"),
	    "type", type, strcmp(type, "private") == 0 ? "first_name" :
	    "title", jstr(chat, "title"));
	if (jbool(chat, "is_forum", 0))
		json_object_set_new(j, "is_forum", json_true());
	return (j);
}

/* As the Bot API shows it to the bot. */
json_t *
tg_message_public(const json_t *chat, const json_t *m)
{
	json_t	*j;

	j = json_pack("{s:O,s:O,s:o,s:O}", "message_id",
	    json_object_get(m, "message_id"), "date",
	    json_object_get(m, "date"), "chat", tg_chat_public(chat),
	    "text", json_object_get(m, "text"));
	if (jbool(m, "bot", 0))
		json_object_set(j, "from", tg_bot);
	else
		carry(j, "from", m, "from");
	carry(j, "entities", m, "entities");
	carry(j, "reply_markup", m, "markup");
	carry(j, "edit_date", m, "edit_date");
	if (json_object_get(m, "thread") != NULL) {
		carry(j, "message_thread_id", m, "thread");
		json_object_set_new(j, "is_topic_message", json_true());
	}
	return (j);
}
