/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Texts, entities, keyboards, reactions, commands: what the Bot API says of
 * each, and nothing forgiven.  Pure.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "regress/fakes/tg.h"

/* Is there a code point border at this UTF-16 offset? */
static int
is_border(const char *s, size_t off)
{
	size_t	 i, u;

	for (i = u = 0; s[i] != '\0' && u < off; i++) {
		if (((unsigned char)s[i] & 0xc0) != 0x80)
			u += ((unsigned char)s[i] & 0xf8) == 0xf0 ? 2 : 1;
	}
	return (u == off);
}

static int
entity_check(const json_t *j, const char *text, size_t units, size_t n,
    struct tgerr *e)
{
	static const char *const types[] = { "bold", "italic", "underline",
	    "strikethrough", "spoiler", "blockquote", "expandable_blockquote",
	    "code", "pre", "text_link" };
	static const struct field f[] = {
		{ "type", FT_STR, F_REQ }, { "offset", FT_INT, F_REQ },
		{ "length", FT_INT, F_REQ }, { "url", FT_STR, 0 },
		{ "language", FT_STR, 0 },
	};
	const char	*type;
	char		 why[128];
	int64_t		 off, len;
	size_t		 i;

	if (fields_check(j, f, NELEM(f), why, sizeof(why)) == -1) {
		tgerr(e, 400, 1, "Bad Request: entity %zu: %s", n, why);
		return (-1);
	}
	type = jstr(j, "type");
	for (i = 0; i < NELEM(types) && strcmp(types[i], type) != 0; i++)
		continue;
	off = jint(j, "offset", -1);
	len = jint(j, "length", -1);
	if (i == NELEM(types))
		snprintf(why, sizeof(why), "unsupported type %.40s", type);
	else if (off < 0 || len <= 0 || (uint64_t)(off + len) > units)
		snprintf(why, sizeof(why), "%lld+%lld outside of %zu units",
		    (long long)off, (long long)len, units);
	else if (!is_border(text, (size_t)off) ||
	    !is_border(text, (size_t)(off + len)))
		snprintf(why, sizeof(why), "cuts a surrogate pair");
	else if ((strcmp(type, "text_link") == 0) !=
	    (json_object_get(j, "url") != NULL))
		snprintf(why, sizeof(why), "url and %s", type);
	else if (json_object_get(j, "language") != NULL &&
	    strcmp(type, "pre") != 0)
		snprintf(why, sizeof(why), "language and %s", type);
	else
		return (0);
	tgerr(e, 400, 1, "Bad Request: entity %zu: %s", n, why);
	return (-1);
}

static int
is_code(const json_t *j)
{
	return (strcmp(jstr(j, "type"), "code") == 0 ||
	    strcmp(jstr(j, "type"), "pre") == 0);
}

/* Entities nest or are apart; code and pre hold nothing and are in a quote at
 * most; no type is inside itself. */
static int
pair_check(const json_t *a, const json_t *b, struct tgerr *e)
{
	int64_t	 a0, a1, b0, b1;

	a0 = jint(a, "offset", 0);
	a1 = a0 + jint(a, "length", 0);
	b0 = jint(b, "offset", 0);
	b1 = b0 + jint(b, "length", 0);
	if (a1 <= b0 || b1 <= a0)
		return (0);
	if (!((a0 <= b0 && b1 <= a1) || (b0 <= a0 && a1 <= b1))) {
		tgerr(e, 400, 1, "Bad Request: entities %s and %s overlap",
		    jstr(a, "type"), jstr(b, "type"));
		return (-1);
	}
	if (strcmp(jstr(a, "type"), jstr(b, "type")) == 0 ||
	    (is_code(a) && strcmp(jstr(b, "type"), "blockquote") != 0) ||
	    (is_code(b) && strcmp(jstr(a, "type"), "blockquote") != 0)) {
		tgerr(e, 400, 1, "Bad Request: entities %s and %s nest",
		    jstr(a, "type"), jstr(b, "type"));
		return (-1);
	}
	return (0);
}

static int
entities_check(const json_t *v, const char *text, size_t units,
    struct tgerr *e)
{
	json_t	*a, *b;
	size_t	 i, k;

	if (json_array_size(v) > TG_ENTITIES_MAX) {
		tgerr(e, 400, 1, "Bad Request: %zu entities",
		    json_array_size(v));
		return (-1);
	}
	json_array_foreach(v, i, a)
		if (entity_check(a, text, units, i, e) == -1)
			return (-1);
	json_array_foreach(v, i, a)
		for (k = i + 1; k < json_array_size(v); k++) {
			b = json_array_get(v, k);
			if (pair_check(a, b, e) == -1)
				return (-1);
		}
	return (0);
}

static size_t
space_len(const char *s)
{
	return (strspn(s, " \t\r\n"));
}

/* The real server trims the text; entities count from the untrimmed one. */
int
tg_text_check(json_t *args, struct tgerr *e, char **trimmed)
{
	const char	*s = jstr(args, "text"), *p;
	size_t		 n, units;

	units = utf16_units(s, strlen(s));
	if (json_object_get(args, "parse_mode") != NULL) {
		tgerr(e, 400, 1, "Bad Request: parse_mode can fail to parse; "
		    "entities cannot");
		return (-1);
	}
	if (units > TG_TEXT_MAX) {
		tgerr(e, 400, 1, "Bad Request: message is too long (%zu)",
		    units);
		return (-1);
	}
	p = s + space_len(s);
	for (n = strlen(p); n > 0 && strchr(" \t\r\n", p[n - 1]); n--)
		continue;
	if (n == 0) {
		tgerr(e, 400, 1, "Bad Request: message text is empty");
		return (-1);
	}
	if (entities_check(json_object_get(args, "entities"), s, units, e) ==
	    -1)
		return (-1);
	if ((*trimmed = strndup(p, n)) == NULL)
		abort();
	return (0);
}

static int
button_check(const json_t *b, struct tgerr *e)
{
	static const struct field f[] = {
		{ "text", FT_STR, F_REQ }, { "callback_data", FT_STR, 0 },
		{ "url", FT_STR, 0 },
	};
	const char	*d = jstr(b, "callback_data");
	char		 why[128];

	if (fields_check(b, f, NELEM(f), why, sizeof(why)) == -1)
		tgerr(e, 400, 1, "Bad Request: button: %s", why);
	else if (json_object_size(b) != 2)
		tgerr(e, 400, 1, "Bad Request: button needs one action");
	else if (json_object_get(b, "url") == NULL &&
	    (strlen(d) < 1 || strlen(d) > 64))
		tgerr(e, 400, 1, "Bad Request: BUTTON_DATA_INVALID");
	else
		return (0);
	return (-1);
}

int
tg_markup_check(const json_t *m, struct tgerr *e)
{
	static const struct field f[] = {
		{ "inline_keyboard", FT_ARR, F_REQ },
	};
	json_t	*row, *b;
	char	 why[128];
	size_t	 i, k, n = 0;

	if (m == NULL)
		return (0);
	if (fields_check(m, f, NELEM(f), why, sizeof(why)) == -1) {
		tgerr(e, 400, 1, "Bad Request: reply_markup: %s", why);
		return (-1);
	}
	json_array_foreach(json_object_get(m, "inline_keyboard"), i, row)
		json_array_foreach(row, k, b)
			if (++n > 100 || button_check(b, e) == -1)
				return (-1);
	return (0);
}

int
tg_reaction_check(const json_t *v, struct tgerr *e)
{
	static const char emoji[] =
	    "👍 👎 ❤ 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 "
	    "🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 "
	    "❤‍🔥 🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 "
	    "🍓 🍾 💋 🖕 😈 😴 😭 🤓 👻 👨‍💻 "
	    "👀 🎃 🙈 😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ "
	    "💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 "
	    "🤷‍♂ 🤷 🤷‍♀ 😡 ";
	static const struct field f[] = {
		{ "type", FT_STR, F_REQ }, { "emoji", FT_STR, F_REQ },
	};
	const char	*s;
	char		 why[128], needle[64];
	json_t		*j;
	size_t		 i;

	if (json_array_size(v) > 1) {
		tgerr(e, 400, 1, "Bad Request: REACTIONS_TOO_MANY");
		return (-1);
	}
	json_array_foreach(v, i, j) {
		if (fields_check(j, f, NELEM(f), why, sizeof(why)) == -1 ||
		    strcmp(jstr(j, "type"), "emoji") != 0) {
			tgerr(e, 400, 1, "Bad Request: reaction: %s", why);
			return (-1);
		}
		s = jstr(j, "emoji");
		snprintf(needle, sizeof(needle), "%s ", s);
		if (s[0] == '\0' || strchr(s, ' ') != NULL ||
		    strstr(emoji, needle) == NULL) {
			tgerr(e, 400, 1, "Bad Request: REACTION_INVALID");
			return (-1);
		}
	}
	return (0);
}

int
tg_commands_check(const json_t *v, struct tgerr *e)
{
	static const struct field f[] = {
		{ "command", FT_STR, F_REQ }, { "description", FT_STR, F_REQ },
	};
	const char	*c, *d;
	char		 why[128];
	json_t		*j;
	size_t		 i;

	if (json_array_size(v) > 100) {
		tgerr(e, 400, 1, "Bad Request: BOT_COMMANDS_TOO_MUCH");
		return (-1);
	}
	json_array_foreach(v, i, j) {
		if (fields_check(j, f, NELEM(f), why, sizeof(why)) == -1) {
			tgerr(e, 400, 1, "Bad Request: command: %s", why);
			return (-1);
		}
		c = jstr(j, "command");
		d = jstr(j, "description");
		if (c[0] == '\0' || strlen(c) > 32 || strspn(c,
		    "abcdefghijklmnopqrstuvwxyz0123456789_") != strlen(c)) {
			tgerr(e, 400, 1, "Bad Request: BOT_COMMAND_INVALID "
			    "(%s)", c);
			return (-1);
		}
		if (d[0] == '\0' || utf16_units(d, strlen(d)) > 256) {
			tgerr(e, 400, 1,
			    "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID");
			return (-1);
		}
	}
	return (0);
}
