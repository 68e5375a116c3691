/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The methods that change a chat, with the real server's refusals.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "regress/fakes/tg.h"

static json_t	*queries;	/* open callback queries */

static json_t *
chat_of(json_t *args, struct tgerr *e)
{
	json_t	*c, *id = json_object_get(args, "chat_id");

	c = json_is_integer(id) ? tg_chat(json_integer_value(id)) : NULL;
	if (c == NULL) {
		tgerr(e, 400, 1, "Bad Request: chat not found");
		return (NULL);
	}
	if (jbool(c, "left", 0)) {
		tgerr(e, 403, 1, "Forbidden: bot is not a member of the %s "
		    "chat", jstr(c, "type"));
		return (NULL);
	}
	if (jbool(c, "blocked", 0)) {
		tgerr(e, 403, 0, "Forbidden: bot was blocked by the user");
		return (NULL);
	}
	return (c);
}

static int
reply_check(json_t *chat, const json_t *p, struct tgerr *e)
{
	static const struct field f[] = {
		{ "message_id", FT_INT, F_REQ }, { "chat_id", FT_ID, 0 },
		{ "allow_sending_without_reply", FT_BOOL, 0 },
		{ "quote", FT_STR, 0 }, { "quote_position", FT_INT, 0 },
	};
	char	 why[128];

	if (p == NULL)
		return (0);
	if (fields_check(p, f, NELEM(f), why, sizeof(why)) == -1) {
		tgerr(e, 400, 1, "Bad Request: reply_parameters: %s", why);
		return (-1);
	}
	if (tg_message(chat, jint(p, "message_id", 0)) == NULL &&
	    !jbool(p, "allow_sending_without_reply", 0)) {
		tgerr(e, 400, 1,
		    "Bad Request: message to be replied not found");
		return (-1);
	}
	return (0);
}

json_t *
tg_send_chat(json_t *args, struct tgerr *e)
{
	json_t	*chat;

	if ((chat = chat_of(args, e)) == NULL ||
	    reply_check(chat, json_object_get(args, "reply_parameters"), e) ==
	    -1)
		return (NULL);
	return (chat);
}

json_t *
m_sendMessage(json_t *args, struct tgerr *e)
{
	json_t	*chat, *m;
	char	*text;

	if ((chat = chat_of(args, e)) == NULL ||
	    reply_check(chat, json_object_get(args, "reply_parameters"), e) ==
	    -1 ||
	    tg_markup_check(json_object_get(args, "reply_markup"), e) == -1 ||
	    tg_text_check(args, e, &text) == -1)
		return (NULL);
	m = tg_message_add(chat, 1, args, text);
	free(text);
	json_object_clear(json_object_get(chat, "drafts"));
	control_kick();
	return (tg_message_public(chat, m));
}

static json_t *
message_of(json_t *chat, json_t *args, const char *verb, struct tgerr *e)
{
	json_t	*m;

	if ((m = tg_message(chat, jint(args, "message_id", 0))) == NULL)
		tgerr(e, 400, 1, "Bad Request: message to %s not found", verb);
	else if (strcmp(verb, "edit") == 0 && !jbool(m, "bot", 0)) {
		tgerr(e, 400, 1, "Bad Request: message can't be edited");
		m = NULL;
	}
	return (m);
}

static int
same(const json_t *m, const char *mk, const json_t *args, const char *ak)
{
	json_t	*a = json_object_get(m, mk), *b = json_object_get(args, ak);

	if (json_array_size(a) == 0 && json_array_size(b) == 0 &&
	    !json_is_object(a) && !json_is_object(b))
		return (1);
	return (a != NULL && b != NULL && json_equal(a, b));
}

static void
replace(json_t *m, const char *mk, const json_t *args, const char *ak)
{
	json_t	*v = json_object_get(args, ak);

	if (v != NULL)
		json_object_set(m, mk, v);
	else
		json_object_del(m, mk);
}

static void
edited(json_t *m)
{
	json_object_set_new(m, "edits", json_integer(jint(m, "edits", 0) + 1));
	json_object_set_new(m, "t_last", json_integer((json_int_t)now_us()));
	json_object_set_new(m, "edit_date", json_integer(time(NULL)));
	control_kick();
}

static void
not_modified(struct tgerr *e)
{
	tgerr(e, 400, 0, "Bad Request: message is not modified: specified new "
	    "message content and reply markup are exactly the same as a "
	    "current content and reply markup of the message");
	++*tg_count("not_modified");
}

json_t *
m_editMessageText(json_t *args, struct tgerr *e)
{
	json_t	*chat, *m;
	char	*text;

	if ((chat = chat_of(args, e)) == NULL ||
	    (m = message_of(chat, args, "edit", e)) == NULL ||
	    tg_markup_check(json_object_get(args, "reply_markup"), e) == -1 ||
	    tg_text_check(args, e, &text) == -1)
		return (NULL);
	if (strcmp(text, jstr(m, "text")) == 0 &&
	    same(m, "entities", args, "entities") &&
	    same(m, "markup", args, "reply_markup")) {
		not_modified(e);
		free(text);
		return (NULL);
	}
	json_object_set_new(m, "text", json_string(text));
	free(text);
	replace(m, "entities", args, "entities");
	replace(m, "markup", args, "reply_markup");
	edited(m);
	return (tg_message_public(chat, m));
}

json_t *
m_editMessageReplyMarkup(json_t *args, struct tgerr *e)
{
	json_t	*chat, *m;

	if ((chat = chat_of(args, e)) == NULL ||
	    (m = message_of(chat, args, "edit", e)) == NULL ||
	    tg_markup_check(json_object_get(args, "reply_markup"), e) == -1)
		return (NULL);
	if (same(m, "markup", args, "reply_markup")) {
		not_modified(e);
		return (NULL);
	}
	replace(m, "markup", args, "reply_markup");
	edited(m);
	return (tg_message_public(chat, m));
}

json_t *
m_deleteMessage(json_t *args, struct tgerr *e)
{
	json_t	*chat, *m;

	if ((chat = chat_of(args, e)) == NULL ||
	    (m = message_of(chat, args, "delete", e)) == NULL)
		return (NULL);
	json_object_set_new(m, "deleted", json_true());
	control_kick();
	return (json_true());
}

json_t *
m_sendMessageDraft(json_t *args, struct tgerr *e)
{
	char	 key[32];
	json_t	*chat, *d;
	char	*text = NULL;

	if ((chat = chat_of(args, e)) == NULL)
		return (NULL);
	if (strcmp(jstr(chat, "type"), "private") != 0) {
		tgerr(e, 400, 1, "Bad Request: TEXTDRAFT_PEER_INVALID");
		return (NULL);
	}
	if (jint(args, "draft_id", 0) == 0) {
		tgerr(e, 400, 1, "Bad Request: draft_id must be non-zero");
		return (NULL);
	}
	if (jstr(args, "text")[0] != '\0' &&
	    tg_text_check(args, e, &text) == -1)
		return (NULL);
	d = json_object_get(chat, "drafts");
	snprintf(key, sizeof(key), "%lld",
	    (long long)jint(args, "draft_id", 0));
	json_object_set_new(d, key, json_string(text != NULL ? text : ""));
	free(text);
	control_kick();
	return (json_true());
}

json_t *
m_setMessageReaction(json_t *args, struct tgerr *e)
{
	json_t	*chat, *m, *v;

	v = json_object_get(args, "reaction");
	if ((chat = chat_of(args, e)) == NULL ||
	    (m = message_of(chat, args, "react", e)) == NULL ||
	    tg_reaction_check(v, e) == -1)
		return (NULL);
	json_object_set_new(m, "reaction", v != NULL ? json_incref(v) :
	    json_array());
	control_kick();
	return (json_true());
}

json_t *
m_sendChatAction(json_t *args, struct tgerr *e)
{
	static const char *const actions[] = { "typing", "upload_photo",
	    "record_video", "upload_video", "record_voice", "upload_voice",
	    "upload_document", "choose_sticker", "find_location",
	    "record_video_note", "upload_video_note" };
	json_t	*chat;
	size_t	 i;

	if ((chat = chat_of(args, e)) == NULL)
		return (NULL);
	for (i = 0; i < NELEM(actions); i++)
		if (strcmp(actions[i], jstr(args, "action")) == 0) {
			json_object_set_new(chat, "actions",
			    json_integer(jint(chat, "actions", 0) + 1));
			control_kick();
			return (json_true());
		}
	tgerr(e, 400, 1, "Bad Request: wrong parameter action in request");
	return (NULL);
}

json_t *
m_leaveChat(json_t *args, struct tgerr *e)
{
	json_t	*chat;

	if ((chat = chat_of(args, e)) == NULL)
		return (NULL);
	if (strcmp(jstr(chat, "type"), "private") == 0) {
		tgerr(e, 400, 1, "Bad Request: chat member status can't be "
		    "changed in private chats");
		return (NULL);
	}
	json_object_set_new(chat, "left", json_true());
	control_kick();
	return (json_true());
}

void
tg_query_open(const char *id)
{
	if (queries == NULL)
		queries = json_object();
	json_object_set_new(queries, id, json_true());
}

json_t *
m_answerCallbackQuery(json_t *args, struct tgerr *e)
{
	const char	*id = jstr(args, "callback_query_id");

	if (utf16_units(jstr(args, "text"), strlen(jstr(args, "text"))) > 200) {
		tgerr(e, 400, 1, "Bad Request: MESSAGE_TOO_LONG");
		return (NULL);
	}
	if (queries == NULL || json_object_del(queries, id) == -1) {
		tgerr(e, 400, 1, "Bad Request: query is too old and response "
		    "timeout expired or query ID is invalid");
		return (NULL);
	}
	control_kick();
	return (json_true());
}
