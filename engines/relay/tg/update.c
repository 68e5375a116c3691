/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Update JSON of the Bot API to a plain struct, field by field with types
 * checked.  Linked by the relay (and its fuzz target); trusts nothing.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "telclauded/lib/util.h"
#include "engines/relay/tg/update.h"
#include "engines/relay/tg/update_int.h"


static const char *const media_keys[] = {
	"photo", "document", "voice", "video", "audio", "sticker",
	"video_note", "location", "contact", "poll", "animation", "dice",
	"venue", "story", NULL
};

int64_t
upd_int(const json_t *o, const char *key)
{
	return ((int64_t)json_integer_value(json_object_get(o, key)));
}

const char *
upd_str(const json_t *o, const char *key)
{
	const char	*s = json_string_value(json_object_get(o, key));

	return (s == NULL ? "" : s);
}

void
update_add_name(char *dst, size_t size, const char *src)
{
	size_t	len = strlen(dst), n;

	if (*src == '\0')
		return;
	if (len > 0 && len + 1 < size)
		dst[len++] = ' ';
	n = utf8_prefix(src, strlen(src), size - len - 1);
	for (; n > 0 && *src != '\0'; src++, n--) {
		if ((unsigned char)*src < ' ' || *src == 0x7f || *src == '"')
			continue;
		/* U+2028 to U+202E, U+2066 to U+2069: would turn the line */
		if (n >= 3 && (unsigned char)src[0] == 0xe2 &&
		    (((unsigned char)src[1] == 0x80 &&
		    (unsigned char)src[2] >= 0xa8 &&
		    (unsigned char)src[2] <= 0xae) ||
		    ((unsigned char)src[1] == 0x81 &&
		    (unsigned char)src[2] >= 0xa6 &&
		    (unsigned char)src[2] <= 0xa9))) {
			src += 2;
			n -= 2;
			continue;
		}
		dst[len++] = *src;
	}
	dst[len] = '\0';
}

static int
parse_chat(const json_t *chat, struct update *u)
{
	const char	*type = upd_str(chat, "type");

	if (!json_is_integer(json_object_get(chat, "id")) ||
	    (u->chat = upd_int(chat, "id")) == 0)
		return (-1);
	if (strcmp(type, "private") == 0)
		u->ckind = CHAT_PRIVATE;
	else if (strcmp(type, "channel") == 0)
		u->ckind = CHAT_CHANNEL;
	else
		u->ckind = CHAT_GROUP;
	update_add_name(u->chat_name, sizeof(u->chat_name),
	    upd_str(chat, "title"));
	return (0);
}

static void
parse_from(const json_t *from, struct update *u)
{
	u->user = upd_int(from, "id");
	u->from_bot = json_is_true(json_object_get(from, "is_bot"));
	update_add_name(u->name, sizeof(u->name), upd_str(from, "first_name"));
	update_add_name(u->name, sizeof(u->name), upd_str(from, "last_name"));
	if (u->name[0] == '\0')
		update_add_name(u->name, sizeof(u->name),
		    upd_str(from, "username"));
}

/* Does the text hold "@bot", not followed by more of a name? */
static int
mentions(const char *text, size_t len, const char *bot)
{
	size_t	 n = strlen(bot), i;
	int	 c;

	if (n == 0)
		return (0);
	for (i = 0; i + n < len; i++) {
		if (text[i] != '@' ||
		    strncasecmp(text + i + 1, bot, n) != 0)
			continue;
		c = i + 1 + n < len ? (unsigned char)text[i + 1 + n] : ' ';
		if (!isalnum(c) && c != '_')
			return (1);
	}
	return (0);
}

static int
mentioned_by_id(const json_t *entities, int64_t botid)
{
	const json_t	*e;
	size_t		 i;

	json_array_foreach(entities, i, e)
		if (strcmp(upd_str(e, "type"), "text_mention") == 0 &&
		    upd_int(json_object_get(e, "user"), "id") == botid)
			return (1);
	return (0);
}

static int
parse_text(const json_t *m, struct update *u)
{
	const json_t	*s = json_object_get(m, "text");
	size_t		 i;

	for (i = 0; media_keys[i] != NULL; i++)
		if (json_object_get(m, media_keys[i]) != NULL)
			u->media = 1;
	update_file(m, u);
	if (!json_is_string(s))
		s = json_object_get(m, "caption");
	if (!json_is_string(s)) {
		u->service = !u->media;
		u->migrated = upd_int(m, "migrate_to_chat_id");
		s = NULL;
	}
	u->len = s == NULL ? 0 : json_string_length(s);
	u->text = malloc(u->len + 1);
	if (u->text == NULL)
		return (-1);
	if (u->len > 0)
		memcpy(u->text, json_string_value(s), u->len);
	u->text[u->len] = '\0';
	return (0);
}

/* Words that the writer of the message only passed on. */
const char *
update_origin(const json_t *m)
{
	if (json_object_get(m, "forward_origin") != NULL ||
	    json_object_get(m, "forward_date") != NULL)
		return ("forwarded: somebody else wrote this");
	if (json_object_get(m, "via_bot") != NULL)
		return ("made by another bot for the writer");
	return (NULL);
}

static const char *
parse_message(const json_t *m, const char *bot, int64_t botid,
    struct update *u)
{
	const json_t	*reply;

	if (!json_is_object(m))
		return ("message is not an object");
	if (parse_chat(json_object_get(m, "chat"), u) == -1)
		return ("message without a chat");
	if ((u->msg = upd_int(m, "message_id")) <= 0)
		return ("message without a number");
	parse_from(json_object_get(m, "from"), u);
	/* A channel's post, an anonymous admin: `from' is a stand-in, and not
	 * always one that is called a bot. */
	if (json_object_get(m, "sender_chat") != NULL)
		u->user = 0;
	u->foreign = update_origin(m);
	if (json_is_true(json_object_get(m, "is_topic_message")))
		u->topic = upd_int(m, "message_thread_id");
	if (parse_text(m, u) == -1)
		return ("no memory");
	update_quote(m, botid, u);
	reply = json_object_get(m, "reply_to_message");
	/* The first message of a topic is what each in it is said to answer. */
	if (json_object_get(reply, "forum_topic_created") != NULL)
		reply = NULL;
	u->addressed = u->ckind == CHAT_PRIVATE ||
	    mentions(u->text, u->len, bot) ||
	    (botid != 0 &&
	    (upd_int(json_object_get(reply, "from"), "id") == botid ||
	    mentioned_by_id(json_object_get(m, "entities"), botid) ||
	    mentioned_by_id(json_object_get(m, "caption_entities"), botid)));
	return (NULL);
}

static const char *
parse_button(const json_t *q, struct update *u)
{
	const json_t	*m = json_object_get(q, "message");

	if (!json_is_object(q) ||
	    str_copy(u->query, upd_str(q, "id"), sizeof(u->query)) == -1 ||
	    u->query[0] == '\0')
		return ("button without an id");
	parse_from(json_object_get(q, "from"), u);
	if (u->user == 0)
		return ("button pressed by nobody");
	if (parse_chat(json_object_get(m, "chat"), u) == -1)
		return ("button without a chat");
	u->msg = upd_int(m, "message_id");
	if (json_is_true(json_object_get(m, "is_topic_message")))
		u->topic = upd_int(m, "message_thread_id");
	if (str_copy(u->button, upd_str(q, "data"), sizeof(u->button)) == -1)
		return ("button with too much data");
	return (NULL);
}

/* A reaction to a message: who, and which are there now. */
static const char *
parse_reaction(const json_t *r, struct update *u)
{
	if (!json_is_object(r))
		return ("reaction is not an object");
	if (parse_chat(json_object_get(r, "chat"), u) == -1)
		return ("reaction without a chat");
	if ((u->msg = upd_int(r, "message_id")) <= 0)
		return ("reaction to no message");
	parse_from(json_object_get(r, "user"), u);
	update_reaction(r, u);
	return (NULL);
}

static void
parse_object(const json_t *o, const char *bot, int64_t botid,
    struct update *u)
{
	const json_t	*v;

	v = json_object_get(o, "update_id");
	if (!json_is_integer(v) || json_integer_value(v) < 0) {
		u->why = "no update_id";
		return;
	}
	u->id = (int64_t)json_integer_value(v);
	if ((v = json_object_get(o, "message")) != NULL) {
		u->why = parse_message(v, bot, botid, u);
		u->kind = UPD_MESSAGE;
	} else if ((v = json_object_get(o, "edited_message")) != NULL) {
		u->why = parse_message(v, bot, botid, u);
		u->kind = UPD_EDIT;
	} else if ((v = json_object_get(o, "callback_query")) != NULL) {
		u->why = parse_button(v, u);
		u->kind = UPD_BUTTON;
	} else if ((v = json_object_get(o, "message_reaction")) != NULL) {
		u->why = parse_reaction(v, u);
		u->kind = UPD_REACTION;
	} else
		u->why = "a kind we did not ask for";
	if (u->why != NULL)
		u->kind = UPD_SKIP;
}

void
update_parse(const char *s, size_t len, const char *bot, int64_t botid,
    struct update *u)
{
	json_error_t	 err;
	json_t		*o = NULL;

	memset(u, 0, sizeof(*u));
	u->id = -1;
	u->kind = UPD_SKIP;
	if (json_too_deep(s, len, JSON_DEPTH))
		u->why = "nested too deep";
	else if ((o = json_loadb(s, len, JSON_ALLOW_NUL, &err)) == NULL)
		u->why = "not JSON, or not UTF-8";
	else if (!json_is_object(o))
		u->why = "not an object";
	else
		parse_object(o, bot, botid, u);
	json_decref(o);
	if (u->id == -1)
		u->id = update_scan_id(s, len);
}

void
update_free(struct update *u)
{
	free(u->text);
	u->text = NULL;
	free(u->quote.text);
	u->quote.text = NULL;
}
