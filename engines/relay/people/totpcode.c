/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Codes of the second factor that somebody wrote, on their way to the totp
 * engine and back: for a sign-in, for one action, to give the second factor
 * up.  They are deleted from the chat and never stored or logged; tries count
 * for who wrote the message.  Run by the relay.
 */
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"
#include "engines/relay/access.h"
#include "engines/relay/audit/auditline.h"
#include "engines/relay/map.h"
#include "engines/relay/out/erase.h"
#include "engines/relay/people/factors.h"
#include "engines/relay/people/totpcode.h"
#include "engines/relay/relay.h"
#include "engines/relay/turn/turn.h"

#define CODE_LEN	6

struct asked {
	uint32_t	 id;
	totp_done	 done;
	uint64_t	 ctx;
	int64_t		 chat, user;
	int		 disable;
	char		 code[CODE_LEN + 1];
	uint8_t		 digest[32];	/* of the action, or zero */
	struct factors	 f;
	unsigned	 first, tried;	/* of the names; and how many others */
	struct event	*timer;
};

static struct map	codes;		/* request -> struct asked */

int
totp_is_code(const char *s)
{
	return (strlen(s) == CODE_LEN && strspn(s, "0123456789") == CODE_LEN);
}

static void
asked_end(struct asked *a, uint8_t result, uint32_t wait_s)
{
	struct auditline	l = { .event = "totp", .chat = a->chat,
	    .verdict = result == TR_OK ? AV_SUCCESS :
	    result == TR_LOCKED ? AV_RATE_LIMITED : AV_BLOCKED,
	    .user = a->user, .tier = access_tier(relay.set, a->user),
	    .digest = a->digest };

	(void)audit_line(&l, NULL, 0);
	if (a->timer != NULL)
		event_free(a->timer);
	explicit_bzero(a->code, sizeof(a->code));
	a->done(a->ctx, result, wait_s);
	free(a);
}

static void
asked_late(int fd, short what, void *arg)
{
	struct asked	*a = arg;

	(void)fd;
	(void)what;
	log_warnx("a code was not answered for in %d s", TOTP_WAIT_S);
	(void)map_del(&codes, a->id);
	asked_end(a, TR_BROKEN, 0);
}

/* Under which name: where it was found, then where it may be. */
static unsigned
asked_which(const struct asked *a)
{
	if (a->tried == 0)
		return (a->first);
	return (a->tried <= a->first ? a->tried - 1 : a->tried);
}

static int
asked_send(struct asked *a)
{
	struct msg_TOTP_DISABLE	d;
	struct msg_TOTP_VERIFY	v;

	memset(&d, 0, sizeof(d));
	memset(&v, 0, sizeof(v));
	(void)str_copy(v.user, a->f.name[asked_which(a)], sizeof(v.user));
	v.by = d.by = a->user;
	(void)str_copy(d.user, v.user, sizeof(d.user));
	(void)str_copy(a->disable ? d.code : v.code, a->code,
	    sizeof(v.code));
	memcpy(v.digest, a->digest, sizeof(v.digest));
	a->id = 0;
	if (relay.totp != NULL)
		a->id = a->disable ?
		    msg_send_TOTP_DISABLE(relay.totp, 0, -1, &d) :
		    msg_send_TOTP_VERIFY(relay.totp, 0, -1, &v);
	explicit_bzero(&d, sizeof(d));
	explicit_bzero(&v, sizeof(v));
	return (a->id == 0 ? -1 : map_put(&codes, a->id, a));
}

static void
asked_new(const struct turn *t, const char *code, const uint8_t *digest,
    int disable, totp_done done, uint64_t ctx)
{
	static const struct timeval	 tv = { TOTP_WAIT_S, 0 };
	struct asked			*a;

	/* Others in the chat are not to see it, right or wrong. */
	erase(t, ER_CODE);
	if (!totp_is_code(code)) {
		done(ctx, TR_WRONG, 0);
		return;
	}
	if ((a = calloc(1, sizeof(*a))) == NULL)
		fatal("asked_new");
	a->done = done;
	a->ctx = ctx;
	a->chat = t->chat;
	a->user = t->user;
	a->disable = disable;
	(void)str_copy(a->code, code, sizeof(a->code));
	if (digest != NULL)
		memcpy(a->digest, digest, sizeof(a->digest));
	factors_of(relay.set, t->user, &a->f);
	a->first = factors_known(t->user, &a->f);
	if ((a->timer = event_new(relay.base, -1, 0, asked_late, a)) == NULL ||
	    asked_send(a) == -1) {
		asked_end(a, TR_BROKEN, 0);
		return;
	}
	(void)event_add(a->timer, &tv);
}

void
totp_code(const struct turn *t, const char *code, const uint8_t digest[32],
    totp_done done, uint64_t ctx)
{
	asked_new(t, code, digest, 0, done, ctx);
}

void
totp_disable(const struct turn *t, const char *code, totp_done done,
    uint64_t ctx)
{
	asked_new(t, code, NULL, 1, done, ctx);
}

const char *
totp_result_text(int64_t user, uint8_t result, uint32_t wait_s, char *dst,
    size_t size)
{
	char				 name[64];
	static const char *const	words[TR_MAX] = {
		[TR_OK] = "",
		[TR_WRONG] = "That code is wrong. Look at the clock of your "
		    "phone if it stays so.",
		[TR_USED] = "That code was used already. Wait for the next "
		    "one.",
	};

	if (result == TR_LOCKED)
		(void)str_format(dst, size, "Too many wrong codes. Try again "
		    "in %u s.", wait_s);
	else if (result == TR_NONE)
		(void)str_format(dst, size, "You have no second factor. Who "
		    "runs this machine makes one with: telclaudectl totp "
		    "enrol %s", access_totp_user(relay.set, user, name,
		    sizeof(name)));
	else if (result < TR_MAX && words[result] != NULL)
		(void)str_copy(dst, words[result], size);
	else
		(void)str_copy(dst, "Your second factor cannot be checked on "
		    "this machine just now, so nothing was done. Try again in "
		    "a minute; who runs it finds more in the log.", size);
	return (dst);
}

/* All of them, and the map is empty before the first is told. */
void
totpcode_give_up(void)
{
	struct map	 all = codes;
	struct asked	*a;
	size_t		 i = 0;

	memset(&codes, 0, sizeof(codes));
	while ((a = map_next(&all, &i)) != NULL)
		asked_end(a, TR_BROKEN, 0);
	map_free(&all);
}

void
totpcode_on_result(struct link *l, const struct msg_TOTP_RESULT *m,
    struct msg_meta *meta)
{
	struct asked	*a = map_del(&codes, meta->id);

	(void)l;
	if (a == NULL)
		return;
	/* After a restart it is not known which of their names it is. */
	if (m->result == TR_NONE && a->tried + 1 < a->f.n) {
		a->tried++;
		if (asked_send(a) == -1)
			asked_end(a, TR_BROKEN, 0);
		return;
	}
	if (m->result != TR_NONE && m->result != TR_BROKEN)
		factors_found(a->user, &a->f, asked_which(a));
	asked_end(a, m->result, m->wait_s);
}
