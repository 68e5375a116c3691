/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Translation of telclaude.json: people, chats, rates and the filter.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "telclauded/conf/confjson.h"
#include "telclauded/conf/confput.h"

#define MAX_EXACT	9007199254740992.0	/* a double is exact up to it */

static const struct {
	const char	*json, *native;
	unsigned	 minute, hour;	/* the reference's default */
} tiers[] = {
	{ "READ_ONLY", "read-only", 20, 200 },
	{ "WRITE_LOCAL", "write-local", 10, 100 },
	{ "FULL_ACCESS", "full-access", 5, 30 },
	{ "MOLTBOOK_SOCIAL", "social", 10, 100 },
};

static void
finish(struct out *o, const struct jnode *n, struct buf *b, int bad)
{
	if (!bad && b->p != NULL && !b->failed)
		out_line(o, n, b->p);
	buf_free(b);
}

static const char *
tier(struct out *o, const struct jnode *n)
{
	size_t	 i;

	for (i = 0; i < NELEM(tiers); i++)
		if (strcmp(n->str, tiers[i].json) == 0)
			return (tiers[i].native);
	out_err(o, n, "must be READ_ONLY, WRITE_LOCAL, FULL_ACCESS or "
	    "MOLTBOOK_SOCIAL");
	return (NULL);
}

/* Adds N/minute M/hour; a part left out is the reference's default. */
static int
put_rate(struct out *o, struct buf *b, struct jnode *n, unsigned minute,
    unsigned hour)
{
	struct jnode	*m, *h;

	m = out_sub(o, n, "perMinute", T(J_NUM));
	h = out_sub(o, n, "perHour", T(J_NUM));
	buf_puts(b, " ");
	if (m != NULL) {
		if (put_jnum(o, b, m, 1) == -1)
			return (-1);
	} else if (minute != 0)
		buf_printf(b, "%u", minute);
	if (m != NULL || minute != 0)
		buf_puts(b, "/minute ");
	if (h != NULL) {
		if (put_jnum(o, b, h, 1) == -1)
			return (-1);
	} else if (hour != 0)
		buf_printf(b, "%u", hour);
	if (h != NULL || hour != 0)
		buf_puts(b, "/hour");
	return (0);
}

static void
rate_line(struct out *o, const char *path, const char *words,
    unsigned minute, unsigned hour)
{
	struct jnode	*n;
	struct buf	 b;

	if ((n = out_get(o, path, T(J_OBJ))) == NULL)
		return;
	buf_init(&b);
	buf_puts(&b, words);
	finish(o, n, &b, put_rate(o, &b, n, minute, hour) == -1);
}

/* How other implementations write a number of Telegram. */
static const char *
bare_number(const char *s)
{
	return (strncmp(s, "tg:", 3) == 0 ? s + 3 : s);
}

/* "123", "tg:123" or a linked name; 0, or -1 for what is no person. */
static int
put_user(struct out *o, struct buf *b, const struct jnode *n)
{
	const char	*s = bare_number(n->key);
	int64_t		 id;

	if (conf_int64(s, &id) == -1) {
		put_quoted(b, s);
		return (0);
	}
	if (id <= 0) {
		out_ignored(o, n, "a group has no tier of its own: name the "
		    "people in it");
		return (-1);
	}
	return (buf_puts(b, s));
}

static void
user(struct out *o, struct jnode *n)
{
	struct jnode	*t, *r;
	const char	*name;
	struct buf	 b, who;

	n->used = 1;
	if (n->type != J_OBJ) {
		out_err(o, n, "must be an object");
		return;
	}
	t = out_sub(o, n, "tier", T(J_STR));
	r = out_sub(o, n, "rateLimit", T(J_OBJ));
	if (t == NULL) {
		out_err(o, n, "tier is missing");
		return;
	}
	buf_init(&who);
	if (put_user(o, &who, n) == 0 && (name = tier(o, t)) != NULL) {
		buf_init(&b);
		buf_printf(&b, "tier %s user %s", name, who.p);
		finish(o, t, &b, 0);
		if (r != NULL && r->child != NULL) {
			buf_init(&b);
			buf_printf(&b, "rate user %s", who.p);
			finish(o, r, &b, put_rate(o, &b, r, 0, 0) == -1);
		}
	}
	buf_free(&who);
}

void
json_people(struct out *o)
{
	struct jnode	*n, *c;
	const char	*name;
	struct buf	 b;
	char		 path[64], words[64];
	size_t		 i;

	n = out_get(o, "security.permissions.defaultTier", T(J_STR));
	if (n != NULL && (name = tier(o, n)) != NULL) {
		buf_init(&b);
		buf_printf(&b, "tier %s user any", name);
		finish(o, n, &b, 0);
	}
	n = out_get(o, "security.permissions.users", T(J_OBJ));
	rate_line(o, "security.rateLimits.global", "rate total", 100, 1000);
	rate_line(o, "security.rateLimits.perUser", "rate user any", 10, 60);
	for (i = 0; i < NELEM(tiers); i++) {
		str_format(path, sizeof(path), "security.rateLimits.perTier."
		    "%s", tiers[i].json);
		str_format(words, sizeof(words), "rate tier %s",
		    tiers[i].native);
		rate_line(o, path, words, tiers[i].minute, tiers[i].hour);
	}
	for (c = n == NULL ? NULL : n->child; c != NULL; c = c->next)
		user(o, c);
}

static int
chat_number(const struct jnode *n, int64_t *id)
{
	if (n->type == J_STR)
		return (conf_int64(bare_number(n->str), id));
	if (n->type != J_NUM || n->num < -MAX_EXACT || n->num > MAX_EXACT)
		return (-1);
	*id = (int64_t)n->num;
	return (n->num - (double)*id < 0 || n->num - (double)*id > 0 ? -1 : 0);
}

/* Numbers, or strings that hold one; one that comes again is left out. */
void
json_chats(struct out *o)
{
	struct jnode	*n, *c, *d;
	struct buf	 b;
	int64_t		 id, was;
	int		 bad = 0, any = 0;

	if ((n = out_get(o, "telegram.allowedChats", T(J_ARR))) == NULL ||
	    n->child == NULL)
		return;
	buf_init(&b);
	for (c = n->child; c != NULL; c = c->next) {
		c->used = 1;
		if (chat_number(c, &id) == -1) {
			out_err(o, c, "must be the number of a chat");
			bad = 1;
			continue;
		}
		for (d = n->child; d != c; d = d->next)
			if (chat_number(d, &was) == 0 && was == id)
				break;
		if (d != c) {
			out_ignored(o, c, "this chat is listed before");
			continue;
		}
		buf_printf(&b, "%s%" PRId64, any++ ? " " : "allow chat { ",
		    id);
	}
	buf_puts(&b, " }");
	finish(o, n, &b, bad);
}

static void
observer(struct out *o)
{
	static const struct { const char *json, *native; } fails[] = {
	    { "block", "deny" }, { "escalate", "ask" }, { "allow", "allow" } };
	struct jnode	*n, *e, *ms, *d, *f, *p;
	struct buf	 b;
	int		 bad = 0;
	size_t		 i;

	if ((n = out_get(o, "security.observer", T(J_OBJ))) == NULL)
		return;
	out_block(o, n, "filter");
	e = out_sub(o, n, "enabled", T(J_BOOL));
	ms = out_sub(o, n, "maxLatencyMs", T(J_NUM));
	d = out_sub(o, n, "dangerThreshold", T(J_NUM));
	f = out_sub(o, n, "fallbackOnTimeout", T(J_STR));
	if (e != NULL && e->num == 0) {
		out_line(o, e, "observer off");
		return;
	}
	p = out_get(o, "security.profile", ~0);
	if (p == NULL || p->type != J_STR || strcmp(p->str, "strict") != 0) {
		out_ignored(o, n, "it is asked in the strict profile alone");
		return;
	}
	buf_init(&b);
	buf_puts(&b, "observer timeout ");
	if (ms != NULL)
		bad |= put_jnum(o, &b, ms, 1) == -1;
	buf_puts(&b, ms != NULL ? "ms" : "300s");
	if (d != NULL) {
		buf_puts(&b, " threshold ");
		bad |= put_jnum(o, &b, d, 1) == -1;
	}
	for (i = 0; f != NULL && i < NELEM(fails); i++)
		if (strcmp(f->str, fails[i].json) == 0)
			break;
	if (f != NULL && i == NELEM(fails)) {
		out_err(o, f, "must be block, escalate or allow");
		bad = 1;
	} else if (f != NULL)
		buf_printf(&b, " failure %s", fails[i].native);
	finish(o, n, &b, bad);
}

void
json_filter(struct out *o)
{
	struct jnode	*n, *c, *id, *re, *e, *t, *len;
	struct buf	 b;
	int		 bad;

	n = out_get(o, "security.secretFilter.additionalPatterns", T(J_ARR));
	for (c = n == NULL ? NULL : n->child; c != NULL; c = c->next) {
		out_block(o, n, "filter");
		c->used = 1;
		id = out_sub(o, c, "id", T(J_STR));
		re = out_sub(o, c, "pattern", T(J_STR));
		if (id == NULL || re == NULL) {
			out_err(o, c, "must have id and pattern");
			continue;
		}
		buf_init(&b);
		buf_puts(&b, "pattern ");
		bad = put_jstr(o, &b, id) == -1;
		buf_puts(&b, " ");
		bad |= put_jstr(o, &b, re) == -1;
		finish(o, c, &b, bad);
	}
	n = out_get(o, "security.secretFilter.entropyDetection", T(J_OBJ));
	if (n != NULL) {
		out_block(o, n, "filter");
		e = out_sub(o, n, "enabled", T(J_BOOL));
		t = out_sub(o, n, "threshold", T(J_NUM));
		len = out_sub(o, n, "minLength", T(J_NUM));
		buf_init(&b);
		bad = 0;
		buf_puts(&b, "entropy");
		if (e != NULL && e->num == 0)
			buf_puts(&b, " off");
		else {
			buf_puts(&b, t == NULL ? " 4.5" : " ");
			if (t != NULL)
				bad |= put_jnum(o, &b, t, 1) == -1;
			buf_puts(&b, len == NULL ? "" : " length ");
			if (len != NULL)
				bad |= put_jnum(o, &b, len, 1) == -1;
		}
		finish(o, n, &b, bad);
	}
	observer(o);
	out_block(o, o->root, "");
}
