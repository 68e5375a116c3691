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
#include "engines/relay/people/totpcode.h"
#include "engines/relay/relay.h"
#include "engines/relay/turn/turn.h"

#define PATIENCE_S	15	/* for an engine that restarts, or hangs */
#define CODE_LEN	6

struct asked {
	uint32_t	 id;
	totp_done	 done;
	uint64_t	 ctx;
	int64_t		 chat, user;
	uint8_t		 digest[32];	/* of the action, or zero */
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
	struct auditline	l = { 0 };

	l.event = "totp";
	l.verdict = result == TR_OK ? AV_SUCCESS :
	    result == TR_LOCKED ? AV_RATE_LIMITED : AV_BLOCKED;
	l.chat = a->chat;
	l.user = a->user;
	l.tier = access_tier(relay.set, a->user);
	l.digest = a->digest;
	l.tool = l.detail = "";
	(void)audit_line(&l, NULL, 0);
	if (a->timer != NULL)
		event_free(a->timer);
	a->done(a->ctx, result, wait_s);
	free(a);
}

static void
asked_late(int fd, short what, void *arg)
{
	struct asked	*a = arg;

	(void)fd;
	(void)what;
	log_warnx("a code was not answered for in %d s", PATIENCE_S);
	(void)map_del(&codes, a->id);
	asked_end(a, TR_BROKEN, 0);
}

/* id 0: it could not even be asked. */
static void
asked_new(const struct turn *t, uint32_t id, const uint8_t *digest,
    totp_done done, uint64_t ctx)
{
	static const struct timeval	 tv = { PATIENCE_S, 0 };
	struct asked			*a;

	if ((a = calloc(1, sizeof(*a))) == NULL)
		fatal("asked_new");
	a->id = id;
	a->done = done;
	a->ctx = ctx;
	a->chat = t->chat;
	a->user = t->user;
	if (digest != NULL)
		memcpy(a->digest, digest, sizeof(a->digest));
	if (id == 0 || (a->timer = event_new(relay.base, -1, 0, asked_late,
	    a)) == NULL || map_put(&codes, id, a) == -1) {
		asked_end(a, TR_BROKEN, 0);
		return;
	}
	(void)event_add(a->timer, &tv);
}

void
totp_code(const struct turn *t, const char *code, const uint8_t digest[32],
    totp_done done, uint64_t ctx)
{
	struct msg_TOTP_VERIFY	m;
	uint32_t		id = 0;

	/* Others in the chat are not to see it, right or wrong. */
	erase(t, ER_CODE);
	if (!totp_is_code(code)) {
		done(ctx, TR_WRONG, 0);
		return;
	}
	memset(&m, 0, sizeof(m));
	(void)access_totp_user(relay.set, t->user, m.user, sizeof(m.user));
	m.by = t->user;
	(void)str_copy(m.code, code, sizeof(m.code));
	if (digest != NULL)
		memcpy(m.digest, digest, sizeof(m.digest));
	if (relay.totp != NULL)
		id = msg_send_TOTP_VERIFY(relay.totp, 0, -1, &m);
	explicit_bzero(&m, sizeof(m));
	asked_new(t, id, digest, done, ctx);
}

void
totp_disable(const struct turn *t, const char *code, totp_done done,
    uint64_t ctx)
{
	struct msg_TOTP_DISABLE	m;
	uint32_t		id = 0;

	erase(t, ER_CODE);
	if (!totp_is_code(code)) {
		done(ctx, TR_WRONG, 0);
		return;
	}
	memset(&m, 0, sizeof(m));
	(void)access_totp_user(relay.set, t->user, m.user, sizeof(m.user));
	m.by = t->user;
	(void)str_copy(m.code, code, sizeof(m.code));
	if (relay.totp != NULL)
		id = msg_send_TOTP_DISABLE(relay.totp, 0, -1, &m);
	explicit_bzero(&m, sizeof(m));
	asked_new(t, id, NULL, done, ctx);
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
	if (a != NULL)
		asked_end(a, m->result, m->wait_s);
}
