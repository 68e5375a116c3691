/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * telclaudectl import: one row of the reference's database a request, as a
 * JSON object.  What it says is checked as a stranger's would be; a row that
 * is here already changes nothing, so an import can be repeated.  Run by the
 * relay.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "telclauded/lib/log.h"
#include "telclauded/lib/text.h"
#include "telclauded/lib/util.h"
#include "engines/relay/cmd/ctlask.h"
#include "engines/relay/people/people.h"
#include "engines/relay/state/state.h"
#include "engines/relay/store/store.h"

#define PERSON_MAX	63		/* bytes of a person's name */
#define BY_MAX		128
#define REASON_MAX	512
#define MEM_ID_MAX	128
#define MEM_TEXT_MAX	500		/* UTF-16, as Telegram counts */
#define MEM_ALL_MAX	20000

/* NULL: not there, no text, too long, or with bytes no name has. */
static const char *
string(json_t *o, const char *key, size_t max, int lines)
{
	json_t		*v = json_object_get(o, key);
	const char	*s = json_string_value(v);
	size_t		 i, n;

	if (json_is_null(v) && max > MEM_ID_MAX)
		return ("");
	if (s == NULL || (n = json_string_length(v)) > max ||
	    strlen(s) != n)
		return (NULL);
	for (i = 0; i < n; i++)
		if ((unsigned char)s[i] < ' ' && !(lines && (s[i] == '\n' ||
		    s[i] == '\t')))
			return (NULL);
	return (s);
}

/* 5, "5" and "tg:5" are the same chat; 0: none of them. */
static int64_t
chat(json_t *o, const char *key)
{
	json_t		*v = json_object_get(o, key);
	const char	*s;
	char		*end;
	long long	 n;

	if (json_is_integer(v))
		return (json_integer_value(v));
	if ((s = json_string_value(v)) == NULL)
		return (0);
	if (strncmp(s, "tg:", 3) == 0)
		s += 3;
	errno = 0;
	n = strtoll(s, &end, 10);
	return (errno != 0 || end == s || *end != '\0' ? 0 : n);
}

static uint64_t
when(json_t *o, const char *key)
{
	json_int_t	 n = json_integer_value(json_object_get(o, key));

	return (n > 0 ? (uint64_t)n : 0);
}

static int
one_of(const char *s, const char *const *list)
{
	for (; s != NULL && *list != NULL; list++)
		if (strcmp(s, *list) == 0)
			return (1);
	return (0);
}

/* --- one row: 1 added, 0 there already, -1 and why -------------------- */
static int
row_link(json_t *o, const char **why)
{
	const char	*name = string(o, "local_user_id", PERSON_MAX, 0);

	if (name != NULL)
		return (people_import_link(name, chat(o, "chat_id"),
		    when(o, "linked_at"), why));
	*why = "not a name that a person can have here";
	return (-1);
}

static int
row_ban(json_t *o, const char **why)
{
	const char	*reason = string(o, "reason", REASON_MAX, 1);

	return (people_import_ban(chat(o, "chat_id"),
	    reason == NULL ? "" : reason, when(o, "banned_at"), why));
}

static int
row_memory(json_t *o, const char **why)
{
	static const char *const	 cats[] = { "profile", "interests",
	    "threads", "posts", "meta", NULL };
	static const char *const	 sources[] = { "telegram", "moltbook",
	    NULL };
	static const char *const	 trusts[] = { "trusted", "quarantined",
	    "untrusted", NULL };
	struct memory_row		 r;

	memset(&r, 0, sizeof(r));
	r.id = string(o, "id", MEM_ID_MAX, 0);
	r.category = string(o, "category", 32, 0);
	r.content = string(o, "content", MEM_TEXT_MAX * 4, 1);
	r.source = string(o, "source", 32, 0);
	r.trust = string(o, "trust", 32, 0);
	r.promoter = string(o, "promoted_by", BY_MAX + 1, 0);
	if (r.promoter == NULL)
		r.promoter = "";
	r.chat = chat(o, "chat_id");
	r.created = when(o, "created_at");
	r.promoted = when(o, "promoted_at");
	r.posted = when(o, "posted_at");
	if (r.id == NULL || r.id[0] == '\0')
		*why = "no id that can be kept";
	else if (!one_of(r.category, cats) || !one_of(r.source, sources) ||
	    !one_of(r.trust, trusts))
		*why = "an unknown category, source or trust";
	else if (r.content == NULL || r.content[0] == '\0' ||
	    utf16_len(r.content, strlen(r.content)) > MEM_TEXT_MAX)
		*why = "its text is empty, too long or holds control bytes";
	else if (store_memory_count() >= MEM_ALL_MAX)
		*why = "there are 20,000 entries already";
	else
		return (store_memory_add(&r));
	return (-1);
}

static const struct {
	const char	*table;
	int		(*row)(json_t *, const char **);
} tables[] = {
	{ "identity_links", row_link },
	{ "banned_chats", row_ban },
	{ "memory_entries", row_memory },
};

void
ctl_import(struct ctlreq *r)
{
	static const char *const	 words[] = { "skipped", "there",
	    "added" };
	const char			*p, *why = "no such table";
	struct buf			 b;
	json_t				*o;
	size_t				 i, n;
	int				 v = -1;

	p = (const char *)text_raw(r->t, &n);
	o = json_loadb(p, n, JSON_REJECT_DUPLICATES, NULL);
	for (i = 0; i < NELEM(tables); i++)
		if (strcmp(r->s, tables[i].table) == 0) {
			why = o == NULL ? "not a row" :
			    "refused";
			if (json_is_object(o))
				v = tables[i].row(o, &why);
		}
	json_decref(o);
	buf_init(&b);
	(void)buf_printf(&b, "{\"result\":\"%s\",\"why\":\"%s\"}",
	    words[v + 1], v == -1 ? why : "");
	ctl_row(r->l, &b);
	/* What it says is true on the disk as well. */
	store_sync();
	ctl_end(r->l, r->id, 0, "");
}
