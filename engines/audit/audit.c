/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The audit engine: numbers, chains, appends and seals what relay, parent,
 * egress and gate report.
 * Run as _tcaudit, the only process that holds the log; others can add a line
 * but not change, drop or re-chain one.  Trusts the parent; the others may
 * lie in the lines they add.
 */
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>
#include <sodium.h>

#include "engines/audit/budget.h"
#include "engines/audit/copy.h"
#include "engines/audit/file.h"
#include "engines/common/engine.h"
#include "engines/common/keepclock.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/text.h"
#include "telclauded/lib/util.h"

static struct {
	struct alog		 log;
	struct msg_CONF_AUDIT	 conf;
	struct link		*writers[PROC_MAX];
	struct budget		 budgets[PROC_MAX];
	struct event		*seal, *look;
	struct keepclock	 clock;
} au = { .log = { .fd = -1, .dir = -1 } };

/* --- messages ------- */
/* Is there a line left for this writer?  Relay and parent are not counted:
 * what they do waits for its line. */
static int
affordable(enum proc who, struct budget *b)
{
	if (who != PROC_EGRESS && who != PROC_GATE)
		return (1);
	if (budget_left(b, now_ms()))
		return (1);
	b->lost++;
	return (0);
}

static int
tell_lost(enum proc who, struct budget *b)
{
	char	 why[96];

	if (b->lost == 0)
		return (0);
	str_format(why, sizeof(why), "%u lines of %s were too many",
	    b->lost, proc_name(who));
	if (file_say(&au.log, "lines_lost", AV_RATE_LIMITED, why) == -1)
		return (-1);
	b->lost = 0;
	return (0);
}

/* Our own words are ours alone: a seal of the relay's would look like one
 * that somebody forged. */
static int
reserved(const char *event)
{
	return (strncmp(event, "audit_", 6) == 0 ||
	    strcmp(event, "lines_lost") == 0);
}

static void
on_audit_line(struct link *l, const struct msg_AUDIT_LINE *m,
    struct msg_meta *meta)
{
	struct msg_AUDIT_DONE	 done;
	struct msg_AUDIT_LINE	 line = *m;
	enum proc		 who = link_peer(l);
	struct budget		*b = &au.budgets[who];
	uint64_t		 was = au.log.bytes;

	memset(&done, 0, sizeof(done));
	if (reserved(m->event))
		str_copy(line.event, "reserved_event", sizeof(line.event));
	if (!affordable(who, b) || tell_lost(who, b) == -1 ||
	    file_add(&au.log, &line) == -1)
		done.err = 1;
	if (au.log.bytes > was)
		budget_charge(b, au.log.bytes - was);
	done.seq = au.log.tail.seq;
	if (msg_send_AUDIT_DONE(l, meta->id, -1, &done) == 0)
		log_warnx("no room to answer %s", proc_name(link_peer(l)));
	file_turn(&au.log);
}

static void
on_audit_ask(struct link *l, const struct msg_AUDIT_ASK *m,
    struct msg_meta *meta)
{
	struct msg_AUDIT_HEAD	 h;

	(void)m;
	memset(&h, 0, sizeof(h));
	h.seq = au.log.tail.seq;
	memcpy(h.head, au.log.tail.hash, sizeof(h.head));
	h.sealed_seq = au.log.sealed;
	h.sealed_ms = au.log.sealed_ms;
	(void)msg_send_AUDIT_HEAD(l, meta->id, -1, &h);
}

static void
seal_later(void)
{
	struct timeval	 tv = { 0, 0 };

	tv.tv_sec = au.conf.seal_s > 0 ? au.conf.seal_s : 3600;
	if (au.seal != NULL)
		evtimer_add(au.seal, &tv);
}

static void
on_seal(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	file_seal(&au.log);
	file_turn(&au.log);
	seal_later();
}

/* Full files go by a clock that has held for a while. */
static void
on_look(evutil_socket_t fd, short what, void *arg)
{
	const struct timeval	 tv = { KEEPCLOCK_S, 0 };

	(void)fd;
	(void)what;
	(void)arg;
	if (keepclock_due(&au.clock, now_ms(), wall_ms()))
		file_expire(&au.log, au.conf.keep_s);
	(void)evtimer_add(au.look, &tv);
}

static void
on_conf_audit(struct link *l, const struct msg_CONF_AUDIT *m,
    struct msg_meta *meta)
{
	(void)l;
	(void)meta;
	au.conf = *m;
	seal_later();
}

static void
on_copy(struct link *l, const struct msg_COPY_MAKE *m, struct msg_meta *meta)
{
	copy_part(&au.log, l, meta->id, m->part);
}

static void
writer_closed(struct link *l)
{
	if (l == au.writers[link_peer(l)])
		au.writers[link_peer(l)] = NULL;
	link_free(l);
}

static void
writer_violation(struct link *l, enum msg_verdict v, uint16_t type)
{
	engine_violation(l, v, type);
	writer_closed(l);
}

static void
audit_link(enum proc peer, enum scope scope, int fd)
{
	static const struct msg_handlers h = {
		.AUDIT_LINE = on_audit_line,
		.AUDIT_ASK = on_audit_ask,
	};
	static const struct link_ops	 ops = {
		.handlers = &h,
		.closed = writer_closed,
		.violation = writer_violation,
	};

	if (peer != PROC_RELAY && peer != PROC_EGRESS && peer != PROC_GATE)
		fatalx("a channel to %s, which has nothing to report",
		    proc_name(peer));
	link_free(au.writers[peer]);
	if ((au.writers[peer] = link_new(engine_base(), fd, PROC_AUDIT, peer,
	    scope, &ops, NULL)) == NULL)
		fatalx("channel to %s", proc_name(peer));
}

static void
audit_fd(enum fdkind kind, int fd)
{
	if (kind == FDK_AUDIT_LOG && au.log.fd == -1) {
		au.log.fd = fd;
		return;
	}
	/* Once: the directory stays where it is until the next start. */
	if (kind == FDK_STATE && au.log.dir == -1)
		au.log.dir = openat(fd, ".", O_RDONLY | O_DIRECTORY |
		    O_CLOEXEC);
	close(fd);
}

/* --- life ------- */
/* The parent's descriptor is of the file that was the log at its start; since
 * then another may have begun. */
static int
own_log(void)
{
	int	 fd;

	fd = openat(au.log.dir, KEEP_LOG, O_RDWR | O_APPEND | O_CREAT |
	    O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	if (fd == -1)
		return (-1);
	if (au.log.fd != -1)
		close(au.log.fd);
	au.log.fd = fd;
	au.log.own = 1;
	return (0);
}

static int
audit_lockin(void)
{
	char	 why[256];

	if (au.log.dir != -1 && (engine_allow_fd(au.log.dir,
	    EA_READ | EA_WRITE) == -1 || (au.conf.own && own_log() == -1))) {
		log_warn("audit log");
		return (-1);
	}
	if (au.log.fd == -1) {
		log_warnx("no audit log was handed over");
		return (-1);
	}
	if (sodium_init() == -1)
		return (-1);
	/* gmtime_r(3) would open the time zone's file under the cage. */
	tzset();
	if (file_begin(&au.log, engine_base(), why, sizeof(why)) == -1) {
		log_warnx("%s", why);
		return (-1);
	}
	if ((au.seal = evtimer_new(engine_base(), on_seal, NULL)) == NULL ||
	    (au.look = evtimer_new(engine_base(), on_look, NULL)) == NULL)
		return (-1);
	seal_later();
	return (0);
}

static void
audit_start(void)
{
	const struct timeval	 tv = { KEEPCLOCK_FIRST_S, 0 };

	if (au.log.tail.damage.any)
		log_warnx("the last line of the audit log was cut short; a "
		    "line after it says so");
	file_turn(&au.log);
	keepclock_init(&au.clock, now_ms(), wall_ms());
	if (au.look == NULL || evtimer_add(au.look, &tv) == -1)
		fatal("audit log: a timer");
}

static void
audit_drain(void)
{
	file_seal(&au.log);
	file_sync(&au.log);
	engine_drained();
}

int
main(int argc, char **argv)
{
	static struct msg_handlers	 h = {
		.AUDIT_LINE = on_audit_line,
		.CONF_AUDIT = on_conf_audit,
		.COPY_MAKE = on_copy,
	};
	static const struct engine_def	 def = {
		.proc = PROC_AUDIT,
		.parent = &h,
		.link = audit_link,
		.fd = audit_fd,
		.lockin = audit_lockin,
		.start = audit_start,
		.drain = audit_drain,
	};

	engine_main(&def, argc, argv);
}
