/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Messages that must not stay where others, and other programs, read them:
 * codes, words, credentials.  In a group a bot may delete only what it was
 * given the right to, so a failure is for a person to make good.  Run by the
 * relay.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"
#include "engines/relay/files/attach.h"
#include "engines/relay/out/erase.h"
#include "engines/relay/out/outbox.h"
#include "engines/relay/people/names.h"
#include "engines/relay/relay.h"
#include "engines/relay/tg/api.h"
#include "engines/relay/turn/turn.h"

#define TRIES_MAX	4
#define WAIT_MS		2000u
#define WAIT_MAX_MS	60000u

struct erase {
	int64_t		 chat, topic;
	int64_t		 msg[ATTACH_MAX + 1];
	unsigned	 n, i, tries;
	unsigned	 left;		/* that are still there */
	enum erased	 what;
	struct event	*timer;
};

static void	 erase_next(struct erase *);

static void
erase_end(struct erase *e)
{
	static const char *const	then[] = {
		[ER_CODE] = "Until then others can read the code in it.",
		[ER_WORD] = "Also change the word in the configuration: "
		    "others have read it.",
		[ER_LINK] = "The code in it is good for nobody any more.",
		[ER_SECRET] = "Replace the credential in it: others may have "
		    "read it.",
		[ER_FLOOD] = NULL,
	};

	if (e->left > 0 && then[e->what] != NULL)
		outbox_say(e->chat, e->topic, e->msg[0], 1, "I could not "
		    "delete %s here: Telegram does not let me. Delete %s "
		    "yourself. %s", e->left == 1 ? "this message" :
		    "these messages", e->left == 1 ? "it" : "them",
		    then[e->what]);
	event_free(e->timer);
	free(e);
}

static void
on_timer(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	erase_next(arg);
}

static void
wait_for(struct erase *e, uint32_t ms)
{
	struct timeval	tv;

	ms = MINIMUM(ms, WAIT_MAX_MS);
	tv = ms_tv(ms);
	(void)event_add(e->timer, &tv);
}

/* Whoever deleted it first did what is wanted. */
static int
is_gone(const struct api_reply *r)
{
	return (r->verdict == BV_OK || (r->verdict == BV_REQUEST &&
	    strstr(r->why, "message to delete not found") != NULL));
}

static void
failed(struct erase *e, const char *why)
{
	log_warnx("chat %" PRId64 ": a message that must not stay could not "
	    "be deleted: %s", e->chat, why);
	e->left++;
	e->i++;
	e->tries = 0;
	wait_for(e, 0);
}

static void
on_answer(const struct api_reply *r, void *ctx)
{
	struct erase	*e = ctx;

	if (is_gone(r)) {
		e->i++;
		e->tries = 0;
		wait_for(e, 0);
	} else if (r->verdict == BV_REQUEST || ++e->tries >= TRIES_MAX)
		failed(e, r->why);
	else
		wait_for(e, r->retry_ms != 0 ? r->retry_ms : WAIT_MS);
}

static void
erase_next(struct erase *e)
{
	struct buf	 b;
	struct api_call	*c = NULL;

	/* Nothing is said to, or done in, a chat that was banned. */
	if (e->i == e->n || banned(e->chat)) {
		erase_end(e);
		return;
	}
	buf_init(&b);
	(void)buf_printf(&b, "{\"chat_id\":%" PRId64 ",\"message_id\":%"
	    PRId64 "}", e->chat, e->msg[e->i]);
	if (!b.failed)
		c = api_send("deleteMessage", b.p, b.len, NULL, on_answer, e);
	buf_free(&b);
	if (c == NULL)
		failed(e, "it could not be asked for");
}

void
erase(const struct turn *t, enum erased what)
{
	struct attach	*v;
	struct erase	*e;
	int		 i, n;

	if ((e = calloc(1, sizeof(*e))) == NULL ||
	    (v = calloc(ATTACH_MAX, sizeof(*v))) == NULL ||
	    (e->timer = event_new(relay.base, -1, 0, on_timer, e)) == NULL)
		fatal("erase");
	e->chat = t->chat;
	e->topic = t->topic;
	e->what = what;
	e->msg[e->n++] = t->msg;
	n = attach_decode(t->files, v, ATTACH_MAX);
	for (i = 0; i < n; i++)
		if (v[i].msg != 0 && v[i].msg != t->msg)
			e->msg[e->n++] = v[i].msg;
	free(v);
	erase_next(e);
}
