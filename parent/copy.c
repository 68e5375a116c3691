/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Hands copies of the engines' state to telclaudectl, one part after the
 * other, for one client at a time.  Run by the parent, which moves
 * descriptors and reads none: each engine copies what is its own.
 */
#include <sys/mman.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "parent/copy.h"
#include "parent/parent.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/text.h"
#include "telclauded/lib/util.h"

#define WAIT_S		300	/* for the copy of one large database */
#define PARTS_MAX	250	/* of one engine */
#define CONF_NAME	"telclauded.conf"

/*
 * The relay before the agents: what a transcript has more than the relay
 * knows of is harmless.  Second factors and the audit log are newer then.
 */
static const enum proc order[] = { PROC_RELAY, PROC_AGENT, PROC_TOTP,
    PROC_AUDIT };

static struct {
	struct link	*client;	/* NULL: nobody makes a backup */
	uint32_t	 id;		/* of its open question, or 0 */
	unsigned	 next;		/* the part it may ask for now */
	unsigned	 step;		/* of order[] */
	unsigned	 row;		/* engine of that kind */
	unsigned	 part;		/* of that engine */
	struct engine	*asked;
	uint32_t	 request;
	struct event	*timer;
} cp;

static void	 go_on(struct parent *);

/* --- answers ----------------------------------------------------------- */

static void
forget(void)
{
	if (cp.timer != NULL)
		event_free(cp.timer);
	memset(&cp, 0, sizeof(cp));
}

static void
reply(struct link *l, uint32_t id, uint8_t err, const char *name, int fd,
    const char *why)
{
	struct msg_CTL_PART	 m;

	memset(&m, 0, sizeof(m));
	m.err = err;
	(void)str_copy(m.name, name, sizeof(m.name));
	m.why = text_of(why, MINIMUM(strlen(why), (size_t)256));
	msg_send_CTL_PART(l, id, fd, &m);
}

static void __attribute__((format(printf, 1, 2)))
fail(const char *fmt, ...)
{
	char	 why[256];
	va_list	 ap;

	va_start(ap, fmt);
	(void)vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	log_warnx("backup: %s", why);
	reply(cp.client, cp.id, CE_FAILED, "", -1, why);
	forget();
}

static void
give(const char *dir, const char *file, int fd)
{
	char	 name[128];

	if (str_format(name, sizeof(name), "%s/%s", dir, file) == -1) {
		close(fd);
		fail("%s: too long a name", dir);
		return;
	}
	reply(cp.client, cp.id, CE_OK, name, fd, "");
	cp.id = 0;
	cp.next++;
	cp.part++;
}

/* --- parts of the parent's own ----------------------------------------- */

/* As it was read, without secrets that stand in it. */
static int
conf_part(const struct parent *p)
{
	char	*text;
	size_t	 len, off = 0;
	ssize_t	 n = 0;
	int	 fd;

	if ((text = conf_print(p->conf)) == NULL)
		return (-1);
	len = strlen(text);
	fd = memfd_create(CONF_NAME, MFD_CLOEXEC);
	for (; fd != -1 && off < len && n != -1; off += (size_t)n)
		if ((n = write(fd, text + off, len - off)) == -1) {
			close(fd);
			fd = -1;
		}
	free(text);
	return (fd);
}

/* --- parts of engines -------------------------------------------------- */

static void
on_late(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	fail("%s did not hand over its copy in %d s", cp.asked->name,
	    WAIT_S);
}

/* The engine whose turn it is, or NULL when all have had theirs. */
static struct engine *
current(struct parent *p)
{
	struct engine	*e;

	for (; cp.step < NELEM(order); cp.step++, cp.row = 0)
		for (; cp.row < p->nengines; cp.row++, cp.part = 0) {
			e = &p->engines[cp.row];
			if (e->row->proc == order[cp.step] &&
			    e->row->state != NULL &&
			    table_wanted(p->conf, e->row))
				return (e);
		}
	return (NULL);
}

static void
next_engine(struct parent *p)
{
	cp.row++;
	cp.part = 0;
	go_on(p);
}

static void
ask_engine(struct engine *e)
{
	const struct timeval	 tv = { WAIT_S, 0 };
	struct msg_COPY_MAKE	 m;

	memset(&m, 0, sizeof(m));
	m.part = (uint8_t)cp.part;
	if (e->state != ES_RUN || e->link == NULL ||
	    (cp.request = msg_send_COPY_MAKE(e->link, 0, -1, &m)) == 0) {
		fail("%s is not running", e->name);
		return;
	}
	cp.asked = e;
	if (cp.timer == NULL)
		cp.timer = evtimer_new(e->p->base, on_late, NULL);
	if (cp.timer == NULL || evtimer_add(cp.timer, &tv) == -1)
		fail("no memory");
}

/* Ask who is next, or say that it is all. */
static void
go_on(struct parent *p)
{
	struct engine	*e = current(p);

	if (e == NULL) {
		reply(cp.client, cp.id, CE_END, "", -1, "");
		log_info("backup: every part was handed over");
		forget();
	} else if (cp.part >= PARTS_MAX)
		fail("%s has no end of parts", e->name);
	else
		ask_engine(e);
}

/* What becomes a path in the hands of root is not left to an engine. */
static int
good_name(const char *s)
{
	size_t	 n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789._-");

	return (n > 0 && s[n] == '\0' && s[0] != '.' && s[0] != '-');
}

void
copy_done(struct engine *e, const struct msg_COPY_DONE *m,
    struct msg_meta *meta)
{
	char	 why[256];
	int	 fd;

	if (e != cp.asked || meta->id != cp.request)
		return;
	cp.asked = NULL;
	(void)event_del(cp.timer);
	switch (m->err) {
	case CE_OK:
		fd = meta->fd;
		if (fd == -1 || !good_name(m->name)) {
			fail("%s sent no usable copy", e->name);
			engine_kill(e, "sent a copy without a descriptor or "
			    "with an impossible name");
			return;
		}
		meta->fd = -1;
		give(e->row->state, m->name, fd);
		return;
	case CE_ABSENT:
		cp.part++;
		go_on(e->p);
		return;
	case CE_END:
		next_engine(e->p);
		return;
	default:
		text_for_log(m->why, why, sizeof(why));
		fail("%s: %s", e->name, why);
	}
}

void
copy_lost(struct engine *e)
{
	if (e == cp.asked)
		fail("%s died before it handed over its copy", e->name);
}

/* --- the client -------------------------------------------------------- */

void
copy_ask(struct parent *p, struct link *l, uint32_t id, unsigned part)
{
	int	 fd;

	if (cp.client != NULL && cp.client != l) {
		reply(l, id, CE_FAILED, "", -1, "another backup is being "
		    "made: try again when it is done");
		return;
	}
	if (cp.id != 0 || part != cp.next) {
		reply(l, id, CE_FAILED, "", -1, "parts come one by one and "
		    "in order");
		return;
	}
	cp.client = l;
	cp.id = id;
	if (part > 0) {
		go_on(p);
		return;
	}
	log_info("backup: begun");
	audit_done(p, AV_SUCCESS, "state_copied", "root copies the state of "
	    "all engines");
	if ((fd = conf_part(p)) == -1) {
		fail("the configuration: %s", strerror(errno));
		return;
	}
	reply(l, id, CE_OK, CONF_NAME, fd, "");
	cp.id = 0;
	cp.next = 1;
}

int
copy_client(const struct link *l)
{
	return (l == cp.client);
}

void
copy_client_gone(struct link *l)
{
	if (l == cp.client)
		forget();
}
