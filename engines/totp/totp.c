/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The second factor: keeps the seeds away from everybody and answers yes or
 * no.  Run as _tctotp without network.  The relay may ask and verify, the
 * administrator may enrol; codes come from strangers.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include <jansson.h>
#include <sodium.h>

#include "engines/common/engine.h"
#include "engines/totp/legacy.h"
#include "engines/totp/seal.h"
#include "engines/totp/totp.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"

#define FLUSH_MS	1000

struct totp	 tt = { .dirfd = -1 };

/* What totp_load() finds to take over when there is no file of our own. */
static void
load_legacy(void)
{
	char	 why[512];
	int	 n;

	if ((n = admin_legacy(why, sizeof(why))) == 0)
		return;
	if (n > 0) {
		log_info("took %u second factors over from %s", tt.store.n,
		    LEGACY_FILE);
		return;
	}
	/* Not an empty table: those in it would lose their second factor. */
	tt.store.broken = 1;
	log_error("%s in the state directory: %s; until then everybody is "
	    "asked for a code and none is right", LEGACY_FILE, why);
}

/*
 * At START, so that deriving the key holds nobody up, or at the first
 * question, which may come before it: a table not read yet must not look
 * empty.  A damaged file is no reason not to run: it answers that it cannot
 * tell, and the relay keeps asking for a code.
 */
void
totp_load(void)
{
	char	 why[256];

	if (tt.loaded)
		return;
	tt.loaded = 1;
	if (check_load(&tt.check, now_ms()) == -1)
		log_error("the count of wrong codes (%s) cannot be read: all "
		    "wait %d s", TRIES_FILE, LOCK_MS / 1000);
	if (store_load(&tt.store, why, sizeof(why)) == -1) {
		log_error("%s; until then everybody is asked for a code and "
		    "none is right", why);
		return;
	}
	if (tt.store.none)
		load_legacy();
	log_debug("%u second factors", tt.store.n);
}

/* --- questions of the relay ---------------------------------------------- */
void
totp_on_check(struct link *l, const struct msg_TOTP_CHECK *m,
    struct msg_meta *meta)
{
	struct msg_TOTP_STATE	 a;

	totp_load();
	memset(&a, 0, sizeof(a));
	a.state = check_state(&tt.check, m->user, now_ms());
	(void)msg_send_TOTP_STATE(l, meta->id, -1, &a);
}

void
totp_answer(struct link *l, uint32_t id, const char *what, const char *user,
    struct verdict v)
{
	struct msg_TOTP_RESULT	 a;

	memset(&a, 0, sizeof(a));
	a.result = v.result;
	a.wait_s = v.wait_s;
	(void)msg_send_TOTP_RESULT(l, id, -1, &a);
	switch (v.result) {
	case TR_OK:
		log_info("%s of %s: done", what, user);
		break;
	case TR_LOCKED:
		log_warnx("%s of %s: too many wrong codes, closed for %u s",
		    what, user, v.wait_s);
		break;
	case TR_BROKEN:
		log_warnx("%s of %s: the file of second factors cannot be "
		    "%s", what, user, tt.store.broken ? "read" : "written");
		break;
	default:
		log_info("%s of %s: refused", what, user);
		break;
	}
}

/* The parent audits it, the relay ends the person's session. */
void
totp_note(enum totp_note what, const char *user)
{
	struct msg_TOTP_NOTE	 m;

	memset(&m, 0, sizeof(m));
	m.what = (uint8_t)what;
	(void)str_copy(m.user, user, sizeof(m.user));
	(void)msg_send_TOTP_NOTE(engine_parent(), 0, -1, &m);
	if (tt.relay != NULL)
		(void)msg_send_TOTP_NOTE(tt.relay, 0, -1, &m);
}

/*
 * The parent hears of a code for an action before the relay does, so that it
 * knows of it when the relay asks for the tool.
 */
static int
tell_parent(const char *user, const uint8_t digest[32])
{
	struct msg_TOTP_OK	 m;

	memset(&m, 0, sizeof(m));
	(void)str_copy(m.user, user, sizeof(m.user));
	memcpy(m.digest, digest, sizeof(m.digest));
	if (msg_send_TOTP_OK(engine_parent(), 0, -1, &m) == 0)
		return (-1);
	return (link_flush(engine_parent(), FLUSH_MS));
}

static void
on_verify(struct link *l, const struct msg_TOTP_VERIFY *m,
    struct msg_meta *meta)
{
	const struct try_code	 t = { m->user, m->by, m->code,
	    wall_ms() / 1000, now_ms() };
	struct verdict		 v = { TR_WRONG, 0 };

	totp_load();
	/* A person's number; others have a meaning here. */
	if (m->by > 0)
		v = check_verify(&tt.check, &t);
	if (v.result == TR_OK && !sodium_is_zero(m->digest,
	    sizeof(m->digest)) && tell_parent(m->user, m->digest) == -1)
		v.result = TR_BROKEN;
	totp_answer(l, meta->id, "code", m->user, v);
}

static void
on_disable(struct link *l, const struct msg_TOTP_DISABLE *m,
    struct msg_meta *meta)
{
	const struct try_code	 t = { m->user, m->by, m->code,
	    wall_ms() / 1000, now_ms() };
	struct verdict		 v = { TR_WRONG, 0 };

	totp_load();
	if (m->by > 0)
		v = check_disable(&tt.check, &t);
	if (v.result == TR_OK)
		totp_note(TNO_DISABLED, m->user);
	totp_answer(l, meta->id, "end", m->user, v);
}

/* --- channels ------- */
static void
peer_closed(struct link *l)
{
	if (l == tt.relay)
		tt.relay = NULL;
	link_free(l);
}

static void
peer_violation(struct link *l, enum msg_verdict v, uint16_t type)
{
	engine_violation(l, v, type);
	peer_closed(l);
}

static const struct msg_handlers relay_handlers = {
	.TOTP_CHECK = totp_on_check,
	.TOTP_VERIFY = on_verify,
	.TOTP_DISABLE = on_disable,
};
static const struct msg_handlers ctl_handlers = {
	.TOTP_CHECK = totp_on_check,
	.TOTP_ENROL = admin_on_enrol,
	.TOTP_CONFIRM = admin_on_confirm,
	.TOTP_REMOVE = admin_on_remove,
	.TOTP_IMPORT = admin_on_import,
	.CTL_SHOW = admin_on_show,
};
static const struct link_ops relay_ops = {
	.handlers = &relay_handlers,
	.closed = peer_closed,
	.violation = peer_violation,
};
static const struct link_ops ctl_ops = {
	.handlers = &ctl_handlers,
	.closed = peer_closed,
	.violation = peer_violation,
};

static void
totp_link(enum proc peer, enum scope scope, int fd)
{
	struct link	*l;

	if (peer != PROC_RELAY && peer != PROC_CTL)
		fatalx("a channel to %s, which has nothing to ask",
		    proc_name(peer));
	l = link_new(engine_base(), fd, PROC_TOTP, peer, scope,
	    peer == PROC_RELAY ? &relay_ops : &ctl_ops, NULL);
	if (peer == PROC_CTL) {
		/* An administrator waits for it and sees it close. */
		if (l == NULL)
			log_warnx("no memory for a channel to telclaudectl");
		return;
	}
	if (l == NULL)
		fatalx("channel to the relay");
	link_free(tt.relay);
	tt.relay = l;
}

static void
totp_fd(enum fdkind kind, int fd)
{
	switch (kind) {
	case FDK_STATE:
		/* Once: the file stays where it is until the next start. */
		if (tt.dirfd == -1)
			tt.dirfd = openat(fd, ".", O_RDONLY | O_DIRECTORY |
			    O_CLOEXEC);
		close(fd);
		break;
	case FDK_TOTP_KEY:
		if (tt.have_key) {
			close(fd);
			break;
		}
		if (secret_read(&tt.pass, fd) == -1)
			fatal("key of the second factors");
		tt.have_key = 1;
		break;
	default:
		close(fd);
		break;
	}
}

/* --- life ------- */
static void
on_conf_totp(struct link *l, const struct msg_CONF_TOTP *m,
    struct msg_meta *meta)
{
	(void)l;
	(void)meta;
	if (!m->have_key)
		log_warnx("started without a key: see the totp block");
}

static int
totp_lockin(void)
{
	if (!tt.have_key || tt.pass.len == 0) {
		log_warnx("the key of the second factors is missing or empty: "
		    "set key in the totp block");
		return (-1);
	}
	if (tt.dirfd == -1) {
		log_warnx("no state directory");
		return (-1);
	}
	if (seal_init() == -1) {
		log_warnx("libsodium does not start");
		return (-1);
	}
	/* It would open a file for the seed of its tables. */
	json_object_seed(randombytes_random() | 1);
	if (engine_allow_fd(tt.dirfd, EA_READ | EA_WRITE) == -1 ||
	    store_init(&tt.store, tt.dirfd, &tt.pass) == -1 ||
	    check_init(&tt.check, &tt.store) == -1) {
		log_warn("memory for secrets cannot be had or locked");
		return (-1);
	}
	memset(&tt.pass, 0, sizeof(tt.pass));	/* the store's now */
	return (0);
}

int
main(int argc, char **argv)
{
	static struct msg_handlers	 h = {
		.CONF_TOTP = on_conf_totp,
		.COPY_MAKE = admin_on_copy,
	};
	static const struct engine_def	 def = {
		.proc = PROC_TOTP,
		.parent = &h,
		.link = totp_link,
		.fd = totp_fd,
		.lockin = totp_lockin,
		.start = totp_load,
	};

	engine_main(&def, argc, argv);
}
