/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Claiming the bot: the first admin, when the configuration names none.  The
 * code that a chat is shown is not enough: either the administrator of the
 * machine has looked at it there, or the claim word was given instead.  Once
 * there was an admin nobody can claim any more, until the machine's
 * administrator says so.  Run by the relay.
 */
#include <inttypes.h>
#include <string.h>

#include <sodium.h>

#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"
#include "engines/relay/access.h"
#include "engines/relay/out/erase.h"
#include "engines/relay/out/outbox.h"
#include "engines/relay/people/claim.h"
#include "engines/relay/people/code.h"
#include "engines/relay/people/names.h"
#include "engines/relay/people/people.h"
#include "engines/relay/relay.h"
#include "engines/relay/store/store.h"
#include "engines/relay/turn/turn.h"

#define CLOSED		"admin_seen"	/* meta: there was an admin */

#define TRIES		5	/* codes, words, claims of one person */
#define TRIES_S		600
#define TRIES_ALL	100	/* of all: one person alone makes thirty */
#define TRIES_ALL_S	3600
#define HINTS		5	/* answers a minute to who may not speak yet */

static int	closed = -1;	/* as in the store; -1: not read yet */

int
claim_closed(void)
{
	if (closed == -1)
		closed = store_meta(CLOSED, 0) != 0;
	return (closed);
}

void
claim_end(void)
{
	store_claim_clear();
	if (claim_closed())
		return;
	store_set_meta(CLOSED, 1);
	closed = 1;
}

void
claim_reopen(void)
{
	store_claim_clear();
	store_set_meta(CLOSED, 0);
	closed = 0;
}

int
claim_open(void)
{
	return (!access_admin_set(relay.set) && !claim_closed() &&
	    named_holder(NAME_ADMIN) == 0);
}

/* --- the claims that wait ------------------------------------------------ */
struct lookup {
	int64_t		 user;
	const char	*code;		/* as typed by that user */
	uint64_t	 now;
	int		 found, live, right, others;
	uint64_t	 until;
	char		 own[CODE_MAX];	/* the one that was told */
	enum claim_state state;
};

int
claim_live(const struct claim_row *r, uint64_t now)
{
	return (r->until > now && r->until <= now + CLAIM_TTL_MS);
}

static void
lookup_row(const struct claim_row *r, void *arg)
{
	struct lookup	*l = arg;
	int		 equal = code_equal(r->code, l->code);

	if (r->user != l->user) {
		l->others |= equal;
		return;
	}
	l->found = 1;
	l->right = equal;
	l->state = r->state;
	l->until = r->until;
	(void)str_copy(l->own, r->code, sizeof(l->own));
	l->live = claim_live(r, l->now);
}

static struct lookup
claim_lookup(int64_t user, const char *typed)
{
	char		 code[CODE_MAX];
	struct lookup	 l = { .user = user, .code = code };

	if (code_read(typed, CODE_CLEAR, CLAIM_LEN, code) == -1)
		code[0] = '\0';
	l.now = wall_ms();
	store_claims(lookup_row, &l);
	return (l);
}

static void
claim_put(const struct turn *t, const char *code, enum claim_state state)
{
	struct claim_row	r = { 0 };

	r.user = t->user;
	r.code = code;
	r.name = t->name;
	r.until = wall_ms() + CLAIM_TTL_MS;
	r.state = state;
	store_claim_set(&r);
}

static void
claim_failed(const struct turn *t, const char *event, const char *why)
{
	people_audit(event, AV_BLOCKED, t->chat, t->user, "%s%s%s", event,
	    *why == '\0' ? "" : ":", why);
}

static void
claim_complete(struct turn *t)
{
	link_set(t->user, NAME_ADMIN, t->user);
	log_info("%" PRId64 " (\"%s\") has claimed this bot", t->user,
	    t->name);
	people_audit("admin_claim_completed", AV_SUCCESS, t->chat, t->user,
	    "admin_claim_completed");
	outbox_say(t->chat, t->topic, 0, 1, "You are the admin.%s",
	    relay.set->r.totp ? " Second factor, if you have none yet: "
	    "telclaudectl totp enrol admin on the machine, then /verify_2fa "
	    "CODE." : "");
}

/* 0: too many attempts, and told so. */
static int
claim_may_try(const struct turn *t, enum people_kind kind,
    enum people_kind all)
{
	uint32_t	 wait;

	if ((wait = people_try(kind, t->user, TRIES, TRIES_S)) == 0)
		wait = people_try(all, 0, TRIES_ALL, TRIES_ALL_S);
	if (wait == 0)
		return (1);
	people_audit("admin_claim_failed", AV_RATE_LIMITED, t->chat, t->user,
	    "admin_claim_failed:too many attempts");
	outbox_say(t->chat, t->topic, 0, 1, "Too many attempts. Try again in "
	    "%u s.", wait);
	return (0);
}

/* --- /claim WORD: before the second factor, so that it is never stored --- */
static int
word_right(const char *word)
{
	uint8_t	 a[crypto_hash_sha256_BYTES], b[crypto_hash_sha256_BYTES];
	int	 r;

	if (relay.set->claim.p == NULL || relay.set->claim.len == 0)
		return (0);
	crypto_hash_sha256(a, (const uint8_t *)relay.set->claim.p,
	    relay.set->claim.len);
	crypto_hash_sha256(b, (const uint8_t *)word, strlen(word));
	r = mem_equal(a, b, sizeof(a));
	explicit_bzero(a, sizeof(a));
	return (r);
}

static void
forget_word(struct turn *t, const char *arg)
{
	size_t	 at = (size_t)(arg - t->text);

	explicit_bzero(t->text + at, t->len - at);
	t->len = at;
	erase(t, ER_WORD);
}

static enum passed
claim_word(struct turn *t, const char *arg)
{
	int	 right;

	if (*arg == '\0' || !relay.set->r.claim_word)
		return (PASS);
	if (!claim_may_try(t, PT_WORD, PT_WORD_ALL)) {
		forget_word(t, arg);
		return (TAKEN);
	}
	right = word_right(arg);
	forget_word(t, arg);
	if (right) {
		claim_put(t, "", CL_WORD);
		return (PASS);
	}
	claim_failed(t, "admin_claim_secret_invalid", "");
	turn_say(t, "That is not the claim word. It is in the configuration of "
	    "the machine, at `claim secret'.");
	return (TAKEN);
}

/* --- while nobody owns the bot ------------------------------------------- */
static void
claim_group(const struct turn *t)
{
	int	 first;

	if (people_try_first(PT_HINT, t->chat, 1, 3600, &first) != 0)
		return;
	claim_failed(t, "admin_claim_group_rejected", "");
	turn_say(t, "Nobody owns this bot yet. Its owner claims it in a "
	    "private chat with me, not in a group.");
}

static void
claim_hint(const struct turn *t)
{
	if (people_try(PT_HINT, t->user, HINTS, 60) != 0)
		return;
	if (!access_listed(relay.set, t->chat))
		turn_say(t, "Nobody owns this bot yet. I answer once its owner "
		    "has claimed it.");
	else if (relay.set->r.claim_word)
		turn_say(t, "Nobody owns this bot yet. If you are its owner, "
		    "send: /claim WORD, with the claim word of the machine's "
		    "configuration.");
	else
		turn_say(t, "Nobody owns this bot yet. If you are its owner, "
		    "send: /claim");
}

enum passed
claim_pass(struct turn *t)
{
	const char	*arg;
	enum command	 c;

	if (!claim_open())
		return (PASS);
	c = t->act != ACT_TEXT ? CMD_NONE : command_match(t->text,
	    relay.bot_name, t->group, &arg);
	if (t->group) {
		/* Also where it opens nothing: others read along. */
		if (c == CMD_CLAIM && *arg != '\0')
			forget_word(t, arg);
		claim_group(t);
	} else if (c == CMD_CLAIM && access_listed(relay.set, t->chat)) {
		if (claim_word(t, arg) == PASS)
			return (PASS);
	} else if (c == CMD_APPROVE || c == CMD_LINK || c == CMD_WHOAMI ||
	    c == CMD_HELP)
		return (PASS);
	else
		claim_hint(t);
	turn_drop(t);
	return (TAKEN);
}

/* --- commands, behind the second factor ---------------------------------- */
static void
claim_start(struct turn *t)
{
	static const char	 how[] = "%s. On the machine: telclaudectl "
	    "claim %s\nthen send: /approve %s";
	char			 code[CODE_MAX], when[48];
	struct lookup		 l = claim_lookup(t->user, "");
	uint32_t		 wait;

	/* Asked twice, it is told twice. */
	if (l.found && l.live && l.state != CL_WORD) {
		(void)str_format(when, sizeof(when), "Code %s, still %u s",
		    l.own, (unsigned)((l.until - l.now) / 1000));
		outbox_say_code(t->chat, l.own, how, when, l.own, l.own);
		return;
	}
	if ((wait = people_try(PT_CLAIM, t->user, TRIES, TRIES_S)) != 0) {
		outbox_say(t->chat, t->topic, 0, 1, "Too many codes were "
		    "made. The next one in %u s.", wait);
		return;
	}
	code_make(code, CODE_CLEAR, CLAIM_LEN);
	claim_put(t, code, CL_WAITS);
	log_info("%" PRId64 " (\"%s\") claims this bot: telclaudectl claim",
	    t->user, t->name);
	people_audit("admin_claim_started", AV_PENDING, t->chat, t->user,
	    "admin_claim_started");
	(void)str_format(when, sizeof(when), "Code %s, 5 minutes", code);
	outbox_say_code(t->chat, code, how, when, code, code);
}

static void
claim_said_closed(const struct turn *t)
{
	if (access_admin(relay.set, t->user))
		turn_say(t, "You are the admin already.");
	else if (access_admin_set(relay.set) ||
	    named_holder(NAME_ADMIN) != 0)
		turn_say(t, "This bot has an owner.");
	else
		turn_say(t, "This bot had an admin, so it cannot be claimed "
		    "from here. Who runs the machine opens that again: "
		    "telclaudectl claim reset");
}

void
cmd_CLAIM(struct turn *t, const char *arg)
{
	struct lookup	 l;

	(void)arg;
	if (t->group) {
		claim_failed(t, "admin_claim_group_rejected", "");
		turn_say(t, "Send /claim in a private chat with me.");
		return;
	}
	if (!claim_open()) {
		claim_said_closed(t);
		return;
	}
	if (!relay.set->r.claim_word) {
		claim_start(t);
		return;
	}
	l = claim_lookup(t->user, "");
	if (l.found && l.live && l.state == CL_WORD) {
		claim_complete(t);
		return;
	}
	claim_failed(t, "admin_claim_secret_required", "");
	turn_say(t, "This bot is claimed with a word: /claim WORD. It is in "
	    "the configuration of the machine, at `claim secret'.");
}

/* Why not, or NULL; *say_why: for the person. */
static const char *
approve_wrong(const struct lookup *l, const char **say_why)
{
	if (!l->found) {
		*say_why = "No claim of yours waits. Send /claim first.";
		return ("no claim");
	}
	if (!l->right && l->others) {
		*say_why = "That is the code of another chat. Yours is in "
		    "my last message with a code.";
		return ("other chat");
	}
	if (!l->right) {
		*say_why = "That is not the code I gave you.";
		return ("wrong code");
	}
	if (!l->live) {
		*say_why = "That code has ended. Send /claim for a new one.";
		return ("expired");
	}
	if (l->state != CL_SHOWN) {
		*say_why = "Nobody has looked at that code on the machine "
		    "yet. There: telclaudectl claim CODE, with this one. "
		    "Then send this again.";
		return ("not shown on the machine");
	}
	return (NULL);
}

int
claim_approve(struct turn *t, const char *code)
{
	const char	*why, *words;
	struct lookup	 l;

	if (t->group || !claim_open() || relay.set->r.claim_word)
		return (0);
	/* Nothing is guessed by none. */
	if (*code == '\0') {
		turn_say(t, "Add the code: /approve CODE, as in my message "
		    "with it. /claim tells it again.");
		return (1);
	}
	if (!claim_may_try(t, PT_CODE, PT_CODE_ALL))
		return (1);
	l = claim_lookup(t->user, code);
	if ((why = approve_wrong(&l, &words)) != NULL) {
		claim_failed(t, "admin_claim_failed", why);
		turn_say(t, "%s", words);
	} else
		claim_complete(t);
	return (1);
}
