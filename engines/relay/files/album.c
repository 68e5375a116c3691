/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Albums: what a person sends as one comes as several updates and becomes one
 * turn.  Each part is a row before its update is acknowledged; the rows go in
 * the transaction that makes the turn.  Run by the relay.
 */
#include <sys/queue.h>

#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"
#include "engines/relay/files/files.h"
#include "engines/relay/files/storefiles.h"
#include "engines/relay/relay.h"
#include "engines/relay/route.h"
#include "engines/relay/tg/update.h"

#define QUIET_MS	1000	/* after the last part */
#define RESTART_MS	3000	/* the rest may be on its way again */
#define LONGEST_MS	5000
#define ALBUMS_MAX	64

struct album {
	TAILQ_ENTRY(album) entry;
	char		 grp[32];
	uint64_t	 since;		/* monotonic */
	struct event	*timer;
	struct update	 u;		/* of the first part, with all words */
	char		 origin[96];	/* whose words, or "" */
	char		*quoted;	/* what it answers, or NULL */
	struct attach	 v[ATTACH_MAX];
	int64_t		 ids[ATTACH_MAX];
	unsigned	 n;
};

static TAILQ_HEAD(, album) albums = TAILQ_HEAD_INITIALIZER(albums);
static unsigned	nalbums;

static void
album_free(struct album *a)
{
	TAILQ_REMOVE(&albums, a, entry);
	nalbums--;
	event_free(a->timer);
	free(a->u.text);
	free(a->quoted);
	free(a);
}

/* It is whole, as far as anybody knows: on its way as one message. */
static void
album_end(struct album *a)
{
	unsigned	i;

	for (i = 0; i < a->n; i++)
		store_album_del(a->ids[i]);
	a->u.foreign = a->origin[0] == '\0' ? NULL : a->origin;
	route_take(&a->u, a->v, a->n);
	album_free(a);
}

static void
album_timer(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	album_end(arg);
}

static struct album *
album_find(const char *grp, const struct update *u)
{
	struct album	*a;

	TAILQ_FOREACH(a, &albums, entry)
		if (strcmp(a->grp, grp) == 0 && a->u.chat == u->chat &&
		    a->u.topic == u->topic && a->u.user == u->user)
			return (a);
	return (NULL);
}

static struct album *
album_new(const char *grp, const struct update *u)
{
	struct album	*a;

	if ((a = TAILQ_FIRST(&albums)) != NULL && nalbums >= ALBUMS_MAX)
		album_end(a);
	if ((a = calloc(1, sizeof(*a))) == NULL)
		fatal("album");
	(void)str_copy(a->grp, grp, sizeof(a->grp));
	a->u = *u;
	a->u.len = 0;
	/* Theirs is freed before the last part is here. */
	memset(&a->u.quote, 0, sizeof(a->u.quote));
	a->since = now_ms();
	a->u.text = calloc(1, 1);
	a->timer = event_new(relay.base, -1, 0, album_timer, a);
	if (a->u.text == NULL || a->timer == NULL)
		fatal("album");
	TAILQ_INSERT_TAIL(&albums, a, entry);
	nalbums++;
	return (a);
}

static void
album_words(struct album *a, const char *p, size_t n)
{
	struct buf	b;

	if (n == 0)
		return;
	buf_init(&b);
	if (a->u.len > 0) {
		(void)buf_add(&b, a->u.text, a->u.len);
		(void)buf_puts(&b, "\n\n");
	}
	if (buf_add(&b, p, n) == -1)
		fatal("album");
	free(a->u.text);
	a->u.text = b.p;
	a->u.len = b.len;
}

/* What the first part that answers something answers. */
static void
album_quote(struct album *a, const struct upd_quote *q)
{
	struct buf	b;

	if (a->u.quote.who != UPD_NOBODY || q->who == UPD_NOBODY)
		return;
	a->u.quote = *q;
	if (q->text == NULL)
		return;
	buf_init(&b);
	if (buf_puts(&b, q->text) == -1)
		fatal("album");
	a->u.quote.text = a->quoted = b.p;
}

static void
album_part(const char *grp, const struct update *u, uint64_t ms)
{
	struct album	*a = album_find(grp, u);
	struct timeval	 tv;
	uint64_t	 age;

	/* No album is so long: then it is two of them. */
	if (a != NULL && a->n == ATTACH_MAX) {
		album_end(a);
		a = NULL;
	}
	if (a == NULL && (a = album_new(grp, u)) == NULL)
		return;
	a->ids[a->n] = u->id;
	a->v[a->n] = u->file;
	a->v[a->n++].msg = u->msg;
	a->u.addressed |= u->addressed;
	album_words(a, u->text, u->len);
	album_quote(a, &u->quote);
	if (u->foreign != NULL && a->origin[0] == '\0')
		(void)str_copy(a->origin, u->foreign, sizeof(a->origin));
	age = now_ms() - a->since;
	ms = age > LONGEST_MS ? 0 : ms;
	tv = ms_tv(ms);
	(void)event_add(a->timer, &tv);
}

void
album_add(const struct update *u)
{
	struct album_row	r;
	struct buf		b;

	buf_init(&b);
	if (attach_encode(&u->file, 1, &b) == -1)
		fatal("album");
	memset(&r, 0, sizeof(r));
	r.id = u->id;
	r.grp = u->album;
	r.chat = u->chat;
	r.topic = u->topic;
	r.user = u->user;
	r.msg = u->msg;
	r.group = u->ckind != CHAT_PRIVATE;
	r.addressed = u->addressed;
	r.name = u->name;
	r.origin = u->foreign == NULL ? "" : u->foreign;
	r.text = u->text;
	r.files = b.p;
	r.qwho = (int)u->quote.who;
	r.qpart = u->quote.part;
	r.qmsg = u->quote.msg;
	r.qname = u->quote.name;
	r.qtext = u->quote.text;
	store_album_add(&r);
	buf_free(&b);
	album_part(u->album, u, QUIET_MS);
}

/* What the same person writes next must not overtake it. */
void
album_flush(const struct update *u)
{
	struct album	*a, *next;

	for (a = TAILQ_FIRST(&albums); a != NULL; a = next) {
		next = TAILQ_NEXT(a, entry);
		if (a->u.chat == u->chat && a->u.topic == u->topic &&
		    a->u.user == u->user)
			album_end(a);
	}
}

struct restored {
	struct restored	*next;
	struct update	 u;
	char		 grp[32];
	char		 origin[96];
};

static void
restore_quote(const struct album_row *r, struct upd_quote *q)
{
	q->who = r->qwho == UPD_BOT || r->qwho == UPD_SELF ||
	    r->qwho == UPD_NOBODY ? (enum upd_who)r->qwho : UPD_OTHER;
	q->part = r->qpart;
	q->msg = r->qmsg;
	(void)str_copy(q->name, r->qname, sizeof(q->name));
	if (r->qtext != NULL && (q->text = strdup(r->qtext)) == NULL)
		fatal("album");
}

static void
restore_row(const struct album_row *r, void *arg)
{
	struct restored	***tail = arg, *x;

	if ((x = calloc(1, sizeof(*x))) == NULL ||
	    (x->u.text = strdup(r->text)) == NULL)
		fatal("album");
	(void)str_copy(x->grp, r->grp, sizeof(x->grp));
	(void)str_copy(x->origin, r->origin, sizeof(x->origin));
	(void)str_copy(x->u.name, r->name, sizeof(x->u.name));
	x->u.id = r->id;
	x->u.kind = UPD_MESSAGE;
	x->u.ckind = r->group ? CHAT_GROUP : CHAT_PRIVATE;
	x->u.chat = r->chat;
	x->u.topic = r->topic;
	x->u.user = r->user;
	x->u.msg = r->msg;
	x->u.addressed = r->addressed;
	x->u.media = 1;
	x->u.have_file = attach_decode(r->files, &x->u.file, 1) == 1;
	x->u.len = strlen(x->u.text);
	x->u.foreign = x->origin[0] == '\0' ? NULL : x->origin;
	restore_quote(r, &x->u.quote);
	**tail = x;
	*tail = &x->next;
}

void
album_restore(void)
{
	struct restored	*list = NULL, **tail = &list, *x;

	/* All are read before any turn is made of them. */
	store_album_all(restore_row, &tail);
	while ((x = list) != NULL) {
		list = x->next;
		if (x->u.have_file)
			album_part(x->grp, &x->u, RESTART_MS);
		else
			store_album_del(x->u.id);
		free(x->u.text);
		free(x->u.quote.text);
		free(x);
	}
}
