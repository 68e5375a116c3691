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

#include "engines/common/engine.h"
#include "engines/totp/check.h"
#include "engines/totp/seal.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"

static struct {
	struct store	 store;
	struct check	 check;
	struct secret	 pass;
	struct link	*relay;
	int		 dirfd;
	int		 have_key;
	int		 loaded;
} tt = { .dirfd = -1 };

/*
 * At START, so that deriving the key holds nobody up, or at the first
 * question, which may come before it: a table not read yet must not look
 * empty.  A damaged file is no reason not to run: it answers that it cannot
 * tell, and the relay keeps asking for a code.
 */
static void
load_once(void)
{
	char	 why[256];

	if (tt.loaded)
		return;
	tt.loaded = 1;
	if (store_load(&tt.store, why, sizeof(why)) == -1)
		log_error("%s; until then everybody is asked for a code and "
		    "none is right", why);
	else
		log_debug("%u second factors", tt.store.n);
}

/* --- questions ------- */
static void
on_check(struct link *l, const struct msg_TOTP_CHECK *m,
    struct msg_meta *meta)
{
	struct msg_TOTP_STATE	 a;

	load_once();
	memset(&a, 0, sizeof(a));
	a.state = check_state(&tt.check, m->user, now_ms());
	(void)msg_send_TOTP_STATE(l, meta->id, -1, &a);
}

static void
answer(struct link *l, uint32_t id, const char *what, const char *user,
    struct verdict v)
{
	struct msg_TOTP_RESULT	 a;

	memset(&a, 0, sizeof(a));
	a.result = v.result;
	a.wait_s = v.wait_s;
	(void)msg_send_TOTP_RESULT(l, id, -1, &a);
	switch (v.result) {
	case TR_OK:
		log_info("%s of %s: right", what, user);
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

static void
on_verify(struct link *l, const struct msg_TOTP_VERIFY *m,
    struct msg_meta *meta)
{
	load_once();
	answer(l, meta->id, "code", m->user, check_verify(&tt.check, m->user,
	    m->code, wall_ms() / 1000, now_ms()));
}

static void
on_confirm(struct link *l, const struct msg_TOTP_CONFIRM *m,
    struct msg_meta *meta)
{
	load_once();
	answer(l, meta->id, "enrolment", m->user, check_confirm(&tt.check,
	    m->user, m->code, wall_ms() / 1000, now_ms()));
}

static void
on_enrol(struct link *l, const struct msg_TOTP_ENROL *m,
    struct msg_meta *meta)
{
	struct msg_TOTP_URI	 a;

	load_once();
	memset(&a, 0, sizeof(a));
	a.result = check_enrol(&tt.check, m->user, a.uri, sizeof(a.uri),
	    now_ms());
	(void)msg_send_TOTP_URI(l, meta->id, -1, &a);
	explicit_bzero(&a, sizeof(a));
}

static void
on_disable(struct link *l, const struct msg_TOTP_DISABLE *m,
    struct msg_meta *meta)
{
	struct verdict	 v = { TR_BROKEN, 0 };

	answer(l, meta->id, "end", m->user, v);
}

static void
on_remove(struct link *l, const struct msg_TOTP_REMOVE *m,
    struct msg_meta *meta)
{
	struct verdict	 v = { TR_BROKEN, 0 };

	answer(l, meta->id, "removal", m->user, v);
}

static void
on_import(struct link *l, const struct msg_TOTP_IMPORT *m,
    struct msg_meta *meta)
{
	struct verdict	 v = { TR_BROKEN, 0 };

	(void)m;
	answer(l, meta->id, "import", "all", v);
}

static void
on_show(struct link *l, const struct msg_CTL_SHOW *m, struct msg_meta *meta)
{
	struct msg_CTL_END	 end;

	(void)m;
	memset(&end, 0, sizeof(end));
	end.err = 1;
	(void)msg_send_CTL_END(l, meta->id, -1, &end);
}

static void
on_copy(struct link *l, const struct msg_COPY_MAKE *m, struct msg_meta *meta)
{
	struct msg_COPY_DONE	 d;

	(void)m;
	memset(&d, 0, sizeof(d));
	d.err = CE_END;
	(void)msg_send_COPY_DONE(l, meta->id, -1, &d);
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
	.TOTP_CHECK = on_check,
	.TOTP_VERIFY = on_verify,
	.TOTP_DISABLE = on_disable,
};
static const struct msg_handlers ctl_handlers = {
	.TOTP_CHECK = on_check,
	.TOTP_ENROL = on_enrol,
	.TOTP_CONFIRM = on_confirm,
	.TOTP_REMOVE = on_remove,
	.TOTP_IMPORT = on_import,
	.CTL_SHOW = on_show,
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
		.COPY_MAKE = on_copy,
	};
	static const struct engine_def	 def = {
		.proc = PROC_TOTP,
		.parent = &h,
		.link = totp_link,
		.fd = totp_fd,
		.lockin = totp_lockin,
		.start = load_once,
	};

	engine_main(&def, argc, argv);
}
