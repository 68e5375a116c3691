/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The audit engine: numbers, chains and appends what relay, parent, egress
 * and gate report.
 * Run as _tcaudit, the only process that holds the log; others can add a line
 * but not change, drop or re-chain one.  Trusts the parent; the others may
 * lie in the lines they add.
 */
#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#include "engines/audit/line.h"
#include "engines/common/engine.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/text.h"
#include "telclauded/lib/util.h"

#define SYNC_MS		1000	/* how long a line may wait for the disk */
/* What works on strangers' bytes may not fill the disk with lines. */
#define LINES_BURST	2000
#define LINES_SECOND	100

struct budget {
	uint64_t		 ms;	/* when it was last looked at */
	uint64_t		 milli;	/* thousandths of a line left */
	unsigned		 lost;
};

static struct {
	int			 fd;
	struct audit_tail	 tail;
	struct link		*writers[PROC_MAX];
	struct budget		 budgets[PROC_MAX];
	struct event		*sync;
	int			 dirty;
	int			 full;	/* the last write failed: said once */
} au = { .fd = -1 };

/* --- the file ------- */
static void
on_sync(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	if (au.dirty && fdatasync(au.fd) == -1)
		log_warn("audit log");
	au.dirty = 0;
}

static void
sync_later(void)
{
	struct timeval	 tv = { SYNC_MS / 1000, 0 };

	if (au.dirty)
		return;
	au.dirty = 1;
	evtimer_add(au.sync, &tv);
}

/* The disk took only so much of a line. */
static void
note_partial(const char *p, size_t n)
{
	uint8_t		 prev[AUDIT_HASHLEN];
	uint64_t	 seq;

	au.tail.cut = 1;
	audit_hash(p, n, au.tail.hash);
	if (audit_parse(p, n, &seq, prev) == 0)
		au.tail.seq = seq;
	else
		au.tail.damaged = 1;
}

/* One write a line: a crash leaves a whole line or a cut one at the end. */
static int
append(const struct buf *b)
{
	ssize_t	 n;

	if ((n = write(au.fd, b->p, b->len)) == (ssize_t)b->len) {
		sync_later();
		return (0);
	}
	if (!au.full)
		log_error("audit log: %s; what needs a line is refused until "
		    "there is room", n == -1 ? strerror(errno) : "disk full");
	au.full = 1;
	if (n > 0)
		note_partial(b->p, (size_t)n);
	return (-1);
}

static int
add_line(const struct msg_AUDIT_LINE *m)
{
	struct buf	 b;
	int		 ret = -1;

	buf_init(&b);
	if (line_format(&b, m, au.tail.seq + 1, wall_ms(),
	    au.tail.hash) == -1 || append(&b) == -1)
		goto done;
	au.tail.seq++;
	audit_hash(b.p, b.len - 1, au.tail.hash);
	au.full = 0;
	ret = 0;
 done:
	buf_free(&b);
	return (ret);
}

/*
 * What was cut stays as it is, and the next line names its hash: mending by
 * removing would look like tampering.
 */
static int
mend(void)
{
	static const char	 why[] = "the line before was cut short";
	struct msg_AUDIT_LINE	 m;
	struct buf		 nl;
	int			 ret;

	if (au.tail.cut) {
		buf_init(&nl);
		buf_puts(&nl, "\n");
		ret = append(&nl);
		buf_free(&nl);
		if (ret == -1)
			return (-1);
		au.tail.cut = 0;
	}
	if (!au.tail.damaged)
		return (0);
	memset(&m, 0, sizeof(m));
	str_copy(m.event, AUDIT_REPAIR, sizeof(m.event));
	m.verdict = AV_ERROR;
	m.detail = text_of(why, sizeof(why) - 1);
	if (add_line(&m) == -1)
		return (-1);
	au.tail.damaged = 0;
	return (0);
}

/* --- messages ------- */
/* Is there a line left for this writer?  Relay and parent are not counted:
 * what they do waits for its line. */
static int
affordable(enum proc who, struct budget *b)
{
	uint64_t	 now = now_ms(), most = LINES_BURST * 1000ULL;

	if (who != PROC_EGRESS && who != PROC_GATE)
		return (1);
	b->milli = b->ms == 0 ? most : MINIMUM(most, b->milli +
	    MINIMUM(now - b->ms, most) * LINES_SECOND);
	b->ms = now;
	if (b->milli < 1000) {
		b->lost++;
		return (0);
	}
	b->milli -= 1000;
	return (1);
}

static int
tell_lost(enum proc who, struct budget *b)
{
	struct msg_AUDIT_LINE	 m;
	char			 why[96];

	if (b->lost == 0)
		return (0);
	memset(&m, 0, sizeof(m));
	str_copy(m.event, "lines_lost", sizeof(m.event));
	m.verdict = AV_RATE_LIMITED;
	str_format(why, sizeof(why), "%u lines of %s were too many",
	    b->lost, proc_name(who));
	m.detail = text_of(why, strlen(why));
	if (add_line(&m) == -1)
		return (-1);
	b->lost = 0;
	return (0);
}

static void
on_audit_line(struct link *l, const struct msg_AUDIT_LINE *m,
    struct msg_meta *meta)
{
	struct msg_AUDIT_DONE	 done;
	enum proc		 who = link_peer(l);
	struct budget		*b = &au.budgets[who];

	memset(&done, 0, sizeof(done));
	if (!affordable(who, b) || mend() == -1 ||
	    tell_lost(who, b) == -1 || add_line(m) == -1)
		done.err = 1;
	done.seq = au.tail.seq;
	if (msg_send_AUDIT_DONE(l, meta->id, -1, &done) == 0)
		log_warnx("no room to answer %s", proc_name(link_peer(l)));
}

static void
on_audit_ask(struct link *l, const struct msg_AUDIT_ASK *m,
    struct msg_meta *meta)
{
	struct msg_AUDIT_HEAD	 h;

	(void)m;
	memset(&h, 0, sizeof(h));
	h.seq = au.tail.seq;
	memcpy(h.head, au.tail.hash, sizeof(h.head));
	(void)msg_send_AUDIT_HEAD(l, meta->id, -1, &h);
}

static void
on_conf_audit(struct link *l, const struct msg_CONF_AUDIT *m,
    struct msg_meta *meta)
{
	(void)l;
	(void)m;
	(void)meta;
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
	/* The directory is the parent's business: the log is open already. */
	if (kind != FDK_AUDIT_LOG || au.fd != -1) {
		close(fd);
		return;
	}
	au.fd = fd;
}

/* --- life ------- */
static int
audit_lockin(void)
{
	if (au.fd == -1) {
		log_warnx("no audit log was handed over");
		return (-1);
	}
	if (audit_tail_fd(au.fd, &au.tail) == -1) {
		if (errno == EILSEQ)
			log_warnx("the audit log does not end in lines of "
			    "ours: move it away, and a new one is begun");
		else
			log_warn("audit log");
		return (-1);
	}
	/* gmtime_r(3) would open the time zone's file under the cage. */
	tzset();
	if ((au.sync = evtimer_new(engine_base(), on_sync, NULL)) == NULL)
		return (-1);
	return (0);
}

static void
audit_start(void)
{
	if (au.tail.damaged) {
		log_warnx("the last line of the audit log was cut short; a "
		    "line after it says so");
		(void)mend();
	}
}

static void
audit_drain(void)
{
	on_sync(-1, 0, NULL);
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
