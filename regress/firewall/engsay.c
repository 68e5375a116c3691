/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Prints what the engine under test says, a line each.  Used by tests only.
 */
#include <arpa/inet.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "imsg/values.h"
#include "regress/firewall/engdrive.h"
#include "telclauded/lib/text.h"
#include "telclauded/lib/util.h"

static void
done(void)
{
	drive.waiting--;
	event_base_loopbreak(drive.base);
}

/* --- what the engine says ------- */
static void
on_hello(struct link *l, const struct msg_HELLO *m, struct msg_meta *meta)
{
	(void)l;
	(void)m;
	(void)meta;
	done();
}

static void
on_ready(struct link *l, const struct msg_READY *m, struct msg_meta *meta)
{
	(void)l;
	(void)m;
	(void)meta;
	done();
}

static void
on_log(struct link *l, const struct msg_LOG *m, struct msg_meta *meta)
{
	char	 s[1100];

	(void)l;
	(void)meta;
	fprintf(stderr, "%s: %s\n", proc_name(drive.who),
	    text_for_log(m->line, s, sizeof(s)));
}

static void
on_misbehaved(struct link *l, const struct msg_MISBEHAVED *m,
    struct msg_meta *meta)
{
	(void)l;
	(void)meta;
	printf("misbehaved %s\n", msg_verdict_name(m->verdict));
	done();
}

static void
on_prepared(struct link *l, const struct msg_PREPARED *m,
    struct msg_meta *meta)
{
	(void)l;
	(void)meta;
	printf("prepared %u %s\n", m->err, m->why);
	done();
}

static void
on_drained(struct link *l, const struct msg_DRAINED *m, struct msg_meta *meta)
{
	(void)l;
	(void)m;
	(void)meta;
	puts("drained");
	done();
}

static void
on_resolved(struct link *l, const struct msg_RESOLVED *m,
    struct msg_meta *meta)
{
	char		 s[INET6_ADDRSTRLEN];
	unsigned	 i;

	(void)l;
	(void)meta;
	printf("err %u ttl %u n %u", m->err, m->ttl, m->addrs.n);
	for (i = 0; i < m->addrs.n && m->addrs.n < 6; i++)
		printf(" %s", inet_ntop(m->addrs.a[i].family == 4 ? AF_INET :
		    AF_INET6, m->addrs.a[i].a, s, sizeof(s)));
	printf("\n");
	done();
}

static void
on_audit_done(struct link *l, const struct msg_AUDIT_DONE *m,
    struct msg_meta *meta)
{
	(void)l;
	(void)meta;
	printf("err %u seq %llu\n", m->err, (unsigned long long)m->seq);
	done();
}

static void
on_state(struct link *l, const struct msg_TOTP_STATE *m,
    struct msg_meta *meta)
{
	(void)l;
	(void)meta;
	printf("state %u\n", m->state);
	done();
}

static void
on_result(struct link *l, const struct msg_TOTP_RESULT *m,
    struct msg_meta *meta)
{
	(void)l;
	(void)meta;
	printf("result %u wait %u\n", m->result, m->wait_s);
	done();
}

static void
on_uri(struct link *l, const struct msg_TOTP_URI *m, struct msg_meta *meta)
{
	const char	*s = strstr(m->uri, "secret=");

	(void)l;
	(void)meta;
	if (s != NULL)
		str_format(drive.seed, sizeof(drive.seed), "%.32s", s + 7);
	printf("result %u %s\n", m->result, m->uri);
	done();
}

static void
heard(const char *what, const struct link *l, const char *who)
{
	size_t	 n = strlen(drive.heard);

	(void)str_format(drive.heard + n, sizeof(drive.heard) - n,
	    "%s%s to %s of %s", n > 0 ? ", " : "", what, l == drive.up ?
	    "parent" : "relay", who);
}

static void
on_totp_ok(struct link *l, const struct msg_TOTP_OK *m, struct msg_meta *meta)
{
	uint8_t	 want[sizeof(m->digest)];

	(void)meta;
	memset(want, 7, sizeof(want));
	heard(memcmp(m->digest, want, sizeof(want)) == 0 ? "ok" : "odd", l,
	    m->user);
}

static void
on_note(struct link *l, const struct msg_TOTP_NOTE *m, struct msg_meta *meta)
{
	static const char *const	 what[TNO_MAX] = { "enrolled",
	    "disabled", "removed", "imported" };

	(void)meta;
	heard(m->what < TNO_MAX ? what[m->what] : "odd", l, m->user);
}

static void
on_copied(struct link *l, const struct msg_COPY_DONE *m,
    struct msg_meta *meta)
{
	char	 buf[65536];
	ssize_t	 n;
	FILE	*f;

	(void)l;
	if (meta->fd != -1 && (f = fopen(drive.copy, "we")) != NULL) {
		while ((n = read(meta->fd, buf, sizeof(buf))) > 0)
			fwrite(buf, 1, (size_t)n, f);
		fclose(f);
	}
	printf("copy %u %s%s\n", m->err, m->name, meta->fd != -1 &&
	    write(meta->fd, "x", 1) == -1 ? " to read" : "");
	done();
}

static void
on_closed(struct link *l)
{
	if (l == drive.up)
		drive.dead = 1;
	else
		puts("closed");
	drive.waiting = 0;
	event_base_loopbreak(drive.base);
}

static void
on_violation(struct link *l, enum msg_verdict v, uint16_t type)
{
	(void)l;
	printf("violation %s %s\n", msg_name(type), msg_verdict_name(v));
	event_base_loopbreak(drive.base);
}

/* Engines differ in what they may say: the rest is filled with this. */
static struct msg_handlers	 handlers = {
	.HELLO = on_hello, .READY = on_ready, .LOG = on_log,
	.MISBEHAVED = on_misbehaved, .PREPARED = on_prepared,
	.DRAINED = on_drained, .RESOLVED = on_resolved,
	.AUDIT_DONE = on_audit_done, .TOTP_STATE = on_state,
	.TOTP_RESULT = on_result, .TOTP_URI = on_uri,
	.TOTP_OK = on_totp_ok, .TOTP_NOTE = on_note, .COPY_DONE = on_copied,
};

/* A handler for each row this table lacks, so that link_new() takes it. */
#define M(id, from, to, ph, kind, rep, fd, doc)				\
static void								\
any_##id(struct link *l, const struct msg_##id *m, struct msg_meta *x)	\
{									\
	(void)l;							\
	(void)m;							\
	(void)x;							\
}
MSG_TABLE(M)
#undef M

const struct link_ops *
say_ops(void)
{
	static const struct link_ops	 ops = {
		&handlers, on_closed, on_violation
	};

#define M(id, from, to, ph, kind, rep, fd, doc)				\
	if (handlers.id == NULL)					\
		handlers.id = any_##id;
	MSG_TABLE(M)
#undef M
	return (&ops);
}
