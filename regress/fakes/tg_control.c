/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What a test can do to the chats.
 *   /say {chat text type title user name thread reply_to edit media}; with
 *	media (its members) the text is the caption; /file: see tg_file.c
 *   /press {chat message_id data user}	a button
 *   /react {chat message_id emoji user}	a person's reaction, "" none
 *   /missing {method missing}	a method that this server does not have
 *   /push {update}|{updates:[..]}	as it is
 *   /chat {id}			the messages, as a person sees them
 *   /chatset {id type title is_forum blocked}
 *   /stats /token {token revoked}
 * /wait conditions: {chat contains exact after bot count} {chat reaction}
 *   {chat actions} {confirmed} {polling} {method count}
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "regress/fakes/tg.h"

static json_t *
user_of(const json_t *arg, int64_t chat)
{
	const char	*name = jstr(arg, "name");

	return (json_pack("{s:I,s:b,s:s,s:s}", "id",
	    (json_int_t)jint(arg, "user", chat > 0 ? chat : 4242), "is_bot",
	    0, "first_name", name[0] != '\0' ? name : "Ana",
	    "language_code", "en"));
}

static json_t *
chat_for(const json_t *arg)
{
	int64_t		 id = jint(arg, "chat", 0);
	const char	*type = jstr(arg, "type"), *title = jstr(arg, "title");

	if (type[0] == '\0')
		type = id > 0 ? "private" : "supergroup";
	return (tg_chat_add(id, type, title[0] != '\0' ? title :
	    id > 0 ? "Ana" : "Group"));
}

static json_t *
say_new(json_t *chat, const json_t *arg)
{
	json_t	*m, *v;

	m = tg_message_add(chat, 0, arg, jstr(arg, "text"));
	json_object_set_new(m, "from", user_of(arg, jint(chat, "id", 0)));
	if ((v = json_object_get(arg, "thread")) != NULL)
		json_object_set(m, "thread", v);
	return (m);
}

static json_t *
ctl_say(json_t *arg, int *status)
{
	json_t		*chat, *m, *pub, *old;
	const char	*kind = "message";
	uint64_t	 t;
	int64_t		 id;

	chat = chat_for(arg);
	if ((id = jint(arg, "edit", 0)) != 0) {
		if ((m = tg_message(chat, id)) == NULL) {
			*status = 404;
			return (json_pack("{s:b}", "ok", 0));
		}
		json_object_set(m, "text", json_object_get(arg, "text"));
		json_object_set_new(m, "edit_date", json_integer(time(NULL)));
		kind = "edited_message";
	} else
		m = say_new(chat, arg);
	pub = tg_message_public(chat, m);
	if ((old = tg_message(chat, jint(arg, "reply_to", 0))) != NULL)
		json_object_set_new(pub, "reply_to_message",
		    tg_message_public(chat, old));
	if ((old = json_object_get(arg, "extra")) != NULL)
		json_object_update(pub, old);
	if ((old = json_object_get(arg, "media")) != NULL) {
		if (jstr(arg, "text")[0] != '\0')
			json_object_set(pub, "caption",
			    json_object_get(arg, "text"));
		json_object_del(pub, "text");
		json_object_update(pub, old);
	}
	t = now_us();
	id = tg_push(json_pack("{s:o}", kind, pub));
	return (json_pack("{s:b,s:I,s:O,s:I}", "ok", 1, "update_id",
	    (json_int_t)id, "message_id", json_object_get(m, "message_id"),
	    "t", (json_int_t)t));
}

static json_t *
ctl_press(json_t *arg, int *status)
{
	static unsigned	 n;
	char		 qid[32];
	json_t		*chat, *m;
	int64_t		 id;

	chat = chat_for(arg);
	if ((m = tg_message(chat, jint(arg, "message_id", 0))) == NULL) {
		*status = 404;
		return (json_pack("{s:b}", "ok", 0));
	}
	snprintf(qid, sizeof(qid), "43%014u", ++n);
	tg_query_open(qid);
	id = tg_push(json_pack("{s:{s:s,s:o,s:o,s:s,s:s}}", "callback_query",
	    "id", qid, "from", user_of(arg, jint(chat, "id", 0)), "message",
	    tg_message_public(chat, m), "chat_instance", "1122334455",
	    "data", jstr(arg, "data")));
	return (json_pack("{s:b,s:I,s:s}", "ok", 1, "update_id",
	    (json_int_t)id, "query", qid));
}

static json_t *
reactions_of(const char *emoji)
{
	return (emoji[0] == '\0' ? json_array() : json_pack("[{s:s,s:s}]",
	    "type", "emoji", "emoji", emoji));
}

static json_t *
ctl_react(json_t *arg)
{
	json_t	*chat = chat_for(arg);
	int64_t	 id;

	id = tg_push(json_pack("{s:{s:o,s:I,s:o,s:I,s:[],s:o}}",
	    "message_reaction", "chat", tg_chat_public(chat), "message_id",
	    (json_int_t)jint(arg, "message_id", 0), "user",
	    user_of(arg, jint(chat, "id", 0)), "date",
	    (json_int_t)time(NULL), "old_reaction", "new_reaction",
	    reactions_of(jstr(arg, "emoji"))));
	return (json_pack("{s:b,s:I}", "ok", 1, "update_id",
	    (json_int_t)id));
}

static json_t *
ctl_push(json_t *arg)
{
	json_t	*v, *u, *ids = json_array();
	size_t	 i;

	if ((u = json_object_get(arg, "update")) != NULL)
		json_array_append_new(ids, json_integer(
		    tg_push(json_deep_copy(u))));
	v = json_object_get(arg, "updates");
	json_array_foreach(v, i, u)
		json_array_append_new(ids, json_integer(
		    tg_push(json_deep_copy(u))));
	return (json_pack("{s:b,s:o}", "ok", 1, "ids", ids));
}

static json_t *
ctl_stats(void)
{
	return (json_pack("{s:b,s:o,s:i,s:I,s:b,s:i,s:i,s:I}", "ok", 1, "counts",
	    tg_counts(), "queued", (int)tg_queued(), "confirmed",
	    (json_int_t)tg_confirmed(), "polling", tg_polling(), "failures",
	    (int)json_array_size(failures()), "connections",
	    (int)conn_count(), "made", (json_int_t)conn_made()));
}

json_t *
tg_control(const char *path, json_t *arg, int *status)
{
	json_t	*c;

	if (strcmp(path, "/say") == 0)
		return (ctl_say(arg, status));
	if (strcmp(path, "/press") == 0)
		return (ctl_press(arg, status));
	if (strcmp(path, "/react") == 0)
		return (ctl_react(arg));
	if (strcmp(path, "/missing") == 0) {
		snprintf(tg_missing, sizeof(tg_missing), "%s",
		    jbool(arg, "missing", 1) ? jstr(arg, "method") : "");
		return (json_pack("{s:b}", "ok", 1));
	}
	if (strcmp(path, "/push") == 0)
		return (ctl_push(arg));
	if (strcmp(path, "/file") == 0)
		return (tg_file_add(arg));
	if (strcmp(path, "/stats") == 0)
		return (ctl_stats());
	if (strcmp(path, "/chat") == 0) {
		if ((c = tg_chat(jint(arg, "id", 0))) == NULL)
			c = tg_chat_add(jint(arg, "id", 0), "private", "Ana");
		return (json_pack("{s:b,s:O}", "ok", 1, "chat", c));
	}
	if (strcmp(path, "/chatset") == 0) {
		json_object_set(arg, "chat", json_object_get(arg, "id"));
		c = chat_for(arg);
		json_object_del(arg, "chat");
		json_object_update(c, arg);
		return (json_pack("{s:b}", "ok", 1));
	}
	if (strcmp(path, "/token") == 0) {
		if (jstr(arg, "token")[0] != '\0') {
			free(tg_token);
			tg_token = strdup(jstr(arg, "token"));
		}
		tg_revoked = jbool(arg, "revoked", 0);
		return (json_pack("{s:b}", "ok", 1));
	}
	return (NULL);
}

static int
message_fits(const json_t *m, const json_t *cond)
{
	const char	*text = jstr(m, "text"), *c = jstr(cond, "contains");

	if (jbool(m, "deleted", 0) ||
	    jbool(m, "bot", 0) != jbool(cond, "bot", 1) ||
	    jint(m, "message_id", 0) <= jint(cond, "after", 0))
		return (0);
	if (c[0] != '\0' && strstr(text, c) == NULL)
		return (0);
	c = jstr(cond, "exact");
	return (c[0] == '\0' || strcmp(text, c) == 0);
}

static int
chat_ready(json_t *cond, json_t **out)
{
	json_t	*chat, *m, *v, *reacts;
	int64_t	 want = jint(cond, "count", 1), n = 0;
	size_t	 i, k;

	if ((chat = tg_chat(jint(cond, "chat", 0))) == NULL)
		return (0);
	if (json_object_get(cond, "actions") != NULL)
		return (jint(chat, "actions", 0) >= jint(cond, "actions", 1));
	if (json_object_get(cond, "left") != NULL)
		return (jbool(chat, "left", 0));
	v = json_object_get(chat, "messages");
	json_array_foreach(v, i, m) {
		if (json_object_get(cond, "reaction") != NULL) {
			reacts = json_object_get(m, "reaction");
			for (k = 0; k < json_array_size(reacts); k++)
				if (strcmp(jstr(json_array_get(reacts, k),
				    "emoji"), jstr(cond, "reaction")) == 0)
					return (1);
			continue;
		}
		if (message_fits(m, cond) && ++n == want) {
			*out = json_pack("{s:b,s:O}", "ok", 1, "message", m);
			return (1);
		}
	}
	return (0);
}

int
tg_ready(json_t *cond, json_t **out)
{
	if (json_object_get(cond, "chat") != NULL)
		return (chat_ready(cond, out));
	if (json_object_get(cond, "confirmed") != NULL)
		return (tg_confirmed() >= jint(cond, "confirmed", 0));
	if (json_object_get(cond, "polling") != NULL)
		return (tg_polling() == jbool(cond, "polling", 1));
	if (json_object_get(cond, "failures") != NULL)
		return ((int64_t)json_array_size(failures()) >=
		    jint(cond, "failures", 1));
	if (jstr(cond, "method")[0] != '\0')
		return ((int64_t)*tg_count(jstr(cond, "method")) >=
		    jint(cond, "count", 1));
	return (0);
}
