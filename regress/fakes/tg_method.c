/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The methods, each with every field it may have and the field's type.
 */
#include <stdio.h>
#include <string.h>

#include "regress/fakes/tg.h"

struct tgmethod {
	const char		*name;
	json_t			*(*call)(json_t *, struct tgerr *);
	const struct field	*f;
	size_t			 n;
};

static json_t *
m_true(json_t *args, struct tgerr *e)
{
	(void)args;
	(void)e;
	return (json_true());
}

static json_t *
m_getMe(json_t *args, struct tgerr *e)
{
	(void)args;
	(void)e;
	return (json_incref(tg_bot));
}

static json_t *
m_setMyCommands(json_t *args, struct tgerr *e)
{
	if (tg_commands_check(json_object_get(args, "commands"), e) == -1)
		return (NULL);
	return (json_true());
}

static const struct field f_none[] = {
	{ "", FT_ANY, 0 },
};
static const struct field f_getUpdates[] = {
	{ "offset", FT_INT, 0 }, { "limit", FT_INT, 0 },
	{ "timeout", FT_INT, 0 }, { "allowed_updates", FT_ARR, 0 },
};
static const struct field f_setMyCommands[] = {
	{ "commands", FT_ARR, F_REQ }, { "scope", FT_OBJ, 0 },
	{ "language_code", FT_STR, 0 },
};
static const struct field f_sendMessage[] = {
	{ "chat_id", FT_ID, F_REQ }, { "text", FT_STR, F_REQ },
	{ "message_thread_id", FT_INT, 0 }, { "parse_mode", FT_STR, 0 },
	{ "entities", FT_ARR, 0 }, { "link_preview_options", FT_OBJ, 0 },
	{ "disable_notification", FT_BOOL, 0 },
	{ "protect_content", FT_BOOL, 0 }, { "message_effect_id", FT_STR, 0 },
	{ "reply_parameters", FT_OBJ, 0 }, { "reply_markup", FT_OBJ, 0 },
};
static const struct field f_getFile[] = {
	{ "file_id", FT_STR, F_REQ },
};
#define F_SENDFILE(kind)						\
	{ "chat_id", FT_ID, F_REQ }, { kind, FT_OBJ, F_REQ },		\
	{ "caption", FT_STR, 0 }, { "message_thread_id", FT_INT, 0 },	\
	{ "reply_parameters", FT_OBJ, 0 }, { "reply_markup", FT_OBJ, 0 },	\
	{ "disable_notification", FT_BOOL, 0 }
static const struct field f_sendDocument[] = { F_SENDFILE("document") };
static const struct field f_sendPhoto[] = { F_SENDFILE("photo") };
static const struct field f_sendVoice[] = { F_SENDFILE("voice") };
static const struct field f_sendAudio[] = { F_SENDFILE("audio") };
static const struct field f_sendVideo[] = { F_SENDFILE("video") };
static const struct field f_editMessageText[] = {
	{ "chat_id", FT_ID, F_REQ }, { "message_id", FT_INT, F_REQ },
	{ "text", FT_STR, F_REQ }, { "parse_mode", FT_STR, 0 },
	{ "entities", FT_ARR, 0 }, { "link_preview_options", FT_OBJ, 0 },
	{ "reply_markup", FT_OBJ, 0 },
};
static const struct field f_editMarkup[] = {
	{ "chat_id", FT_ID, F_REQ }, { "message_id", FT_INT, F_REQ },
	{ "reply_markup", FT_OBJ, 0 },
};
static const struct field f_message[] = {
	{ "chat_id", FT_ID, F_REQ }, { "message_id", FT_INT, F_REQ },
};
static const struct field f_chat[] = {
	{ "chat_id", FT_ID, F_REQ },
};
static const struct field f_draft[] = {
	{ "chat_id", FT_INT, F_REQ }, { "draft_id", FT_INT, F_REQ },
	{ "text", FT_STR, 0 }, { "message_thread_id", FT_INT, 0 },
	{ "parse_mode", FT_STR, 0 }, { "entities", FT_ARR, 0 },
};
static const struct field f_reaction[] = {
	{ "chat_id", FT_ID, F_REQ }, { "message_id", FT_INT, F_REQ },
	{ "reaction", FT_ARR, 0 }, { "is_big", FT_BOOL, 0 },
};
static const struct field f_action[] = {
	{ "chat_id", FT_ID, F_REQ }, { "action", FT_STR, F_REQ },
	{ "message_thread_id", FT_INT, 0 },
};
static const struct field f_query[] = {
	{ "callback_query_id", FT_STR, F_REQ }, { "text", FT_STR, 0 },
	{ "show_alert", FT_BOOL, 0 }, { "url", FT_STR, 0 },
	{ "cache_time", FT_INT, 0 },
};
static const struct field f_webhook[] = {
	{ "drop_pending_updates", FT_BOOL, 0 },
};

#define M(n, c, f)	{ n, c, f, NELEM(f) }
static const struct tgmethod methods[] = {
	M("getUpdates", NULL, f_getUpdates),
	M("getMe", m_getMe, f_none),
	M("setMyCommands", m_setMyCommands, f_setMyCommands),
	M("deleteWebhook", m_true, f_webhook),
	M("sendMessage", m_sendMessage, f_sendMessage),
	M("getFile", m_getFile, f_getFile),
	M("sendDocument", m_sendDocument, f_sendDocument),
	M("sendPhoto", m_sendPhoto, f_sendPhoto),
	M("sendVoice", m_sendVoice, f_sendVoice),
	M("sendAudio", m_sendAudio, f_sendAudio),
	M("sendVideo", m_sendVideo, f_sendVideo),
	M("editMessageText", m_editMessageText, f_editMessageText),
	M("editMessageReplyMarkup", m_editMessageReplyMarkup, f_editMarkup),
	M("deleteMessage", m_deleteMessage, f_message),
	M("sendMessageDraft", m_sendMessageDraft, f_draft),
	M("setMessageReaction", m_setMessageReaction, f_reaction),
	M("sendChatAction", m_sendChatAction, f_action),
	M("leaveChat", m_leaveChat, f_chat),
	M("answerCallbackQuery", m_answerCallbackQuery, f_query),
};

const struct tgmethod *
tg_method(const char *name)
{
	size_t	 i;

	for (i = 0; i < NELEM(methods); i++)
		if (strcmp(methods[i].name, name) == 0)
			return (&methods[i]);
	return (NULL);
}

json_t *
tg_call(struct req *r, const struct tgmethod *m, json_t *args,
    struct tgerr *e, int *held)
{
	char	 why[200];

	if (fields_check(args, m->f, m->n, why, sizeof(why)) == -1) {
		tgerr(e, 400, 1, "Bad Request: %s", why);
		return (NULL);
	}
	if (m->call == NULL) {
		*held = 1;
		tg_poll(r, args);
		return (NULL);
	}
	return (m->call(args, e));
}
