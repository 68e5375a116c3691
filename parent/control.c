/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The control socket: root and one group may talk to it.  Run by the parent;
 * a client is judged by the kernel's word and the message table, one that
 * breaks the table is hung up on.
 */
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "imsg/values.h"
#include "parent/asuser.h"
#include "parent/control.h"
#include "parent/copy.h"
#include "parent/fw/fw.h"
#include "parent/parent.h"
#include "parent/self/selftest.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/paths.h"
#include "telclauded/lib/text.h"
#include "telclauded/lib/util.h"

#define CLIENTS_MAX	16
#define BACKLOG		8
#define QUEUE_MAX	(1u << 20)
#define AGAIN_MS	500	/* after an accept that failed */

struct client {
	TAILQ_ENTRY(client) entry;
	struct parent	*p;
	struct link	*link;
	uid_t		 uid;
};

struct control {
	int		 fd;
	struct event	*ev, *again;
	char		 path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	TAILQ_HEAD(, client) clients;
	unsigned	 n;
};

static void
client_free(struct client *c)
{
	struct control	*k = c->p->control;

	reload_forget(c->p, c->link);
	fwtest_forget(c->link);
	selftest_forget(c->p, c->link);
	copy_client_gone(c->link);
	TAILQ_REMOVE(&k->clients, c, entry);
	k->n--;
	link_free(c->link);
	free(c);
}

static void
client_closed(struct link *l)
{
	client_free(link_ctx(l));
}

static void
client_violation(struct link *l, enum msg_verdict v, uint16_t type)
{
	const struct client	*c = link_ctx(l);

	log_warnx("control: uid %u sent %s: %s; hung up", c->uid,
	    msg_name(type), msg_verdict_name(v));
}

/* --- what clients say -------------------------------------------------- */

void
control_end(struct link *l, uint32_t id, int err, const char *why)
{
	struct msg_CTL_END	 m;

	memset(&m, 0, sizeof(m));
	m.err = (uint8_t)err;
	m.why = text_of(why, MINIMUM(strlen(why), (size_t)1024));
	msg_send_CTL_END(l, id, -1, &m);
}

static void
on_CTL_HELLO(struct link *l, const struct msg_CTL_HELLO *m,
    struct msg_meta *meta)
{
	(void)meta;
	if (m->version != MSG_VERSION) {
		log_warnx("control: telclaudectl of another release "
		    "(protocol %u, not %u)", m->version, MSG_VERSION);
		client_free(link_ctx(l));
		return;
	}
	link_set_phase(l, PH_RUN);
}

static void
on_CTL_SHOW(struct link *l, const struct msg_CTL_SHOW *m,
    struct msg_meta *meta)
{
	struct client	*c = link_ctx(l);

	/* Who asks and does not read is not worth our memory. */
	if (link_queued(l) > QUEUE_MAX) {
		client_free(c);
		return;
	}
	if (show(c->p, l, (enum ctl_show)m->what) == -1)
		control_end(l, meta->id, 1, "the parent does not know that; "
		    "ask the relay");
	else
		control_end(l, meta->id, 0, "");
}

static void
set_level(struct parent *p, enum log_level level)
{
	struct msg_LOGLEVEL	 m;
	unsigned		 i;

	log_level(level);
	memset(&m, 0, sizeof(m));
	m.level = (uint8_t)level;
	for (i = 0; i < p->nengines; i++)
		if (p->engines[i].state == ES_RUN &&
		    p->engines[i].link != NULL)
			msg_send_LOGLEVEL(p->engines[i].link, 0, -1, &m);
}

static void
on_CTL_DO(struct link *l, const struct msg_CTL_DO *m, struct msg_meta *meta)
{
	const struct client	*c = link_ctx(l);
	struct parent		*p = c->p;

	switch (m->verb) {
	case DO_RELOAD:
		log_info("reload, asked for by uid %u", c->uid);
		reload_begin(p, l, meta->id);
		break;
	case DO_STOP:
		log_info("stop, asked for by uid %u", c->uid);
		/* The end of the connection says that it is done. */
		control_end(l, meta->id, 0, "");
		parent_stop(p, 0);
		break;
	case DO_LOGLEVEL:
		if (m->arg >= LOGL_MAX) {
			control_end(l, meta->id, 1, "no such log level");
			break;
		}
		set_level(p, (enum log_level)m->arg);
		log_info("log level %s, set by uid %u",
		    log_level_name((enum log_level)m->arg), c->uid);
		control_end(l, meta->id, 0, "");
		break;
	case DO_SELFTEST:
		log_info("selftest, asked for by uid %u", c->uid);
		selftest_again(p, l, meta->id);
		break;
	default:
		control_end(l, meta->id, 1, "telclauded cannot do that");
	}
}

static void
on_CTL_TEST(struct link *l, const struct msg_CTL_TEST *m,
    struct msg_meta *meta)
{
	struct client	*c = link_ctx(l);

	if (link_queued(l) > QUEUE_MAX)
		client_free(c);
	else
		fwtest_begin(c->p, l, meta->id, m);
}

static void
on_CTL_OPEN(struct link *l, const struct msg_CTL_OPEN *m,
    struct msg_meta *meta)
{
	const struct client	*c = link_ctx(l);
	struct msg_CTL_FD	 rep;
	struct engine		*e = NULL;
	int			 fd = -1;

	if (m->role == PROC_RELAY || m->role == PROC_TOTP)
		e = table_find(c->p, (enum proc)m->role, SCOPE_NONE);
	if (e != NULL)
		fd = wire_ctl(e);
	memset(&rep, 0, sizeof(rep));
	if (fd == -1)
		rep.err = (uint8_t)(e == NULL || e->state == ES_OFF ? ENOENT :
		    EAGAIN);
	msg_send_CTL_FD(l, meta->id, fd, &rep);
}

static void
on_CTL_COPY(struct link *l, const struct msg_CTL_COPY *m,
    struct msg_meta *meta)
{
	const struct client	*c = link_ctx(l);
	struct msg_CTL_PART	 rep;
	static const char	 why[] = "a backup holds everything: only root "
				    "may make one";

	if (c->uid == 0) {
		copy_ask(c->p, l, meta->id, m->part);
		return;
	}
	memset(&rep, 0, sizeof(rep));
	rep.err = CE_FAILED;
	rep.why = text_of(why, sizeof(why) - 1);
	msg_send_CTL_PART(l, meta->id, -1, &rep);
}

static const struct msg_handlers handlers = {
	.CTL_COPY = on_CTL_COPY,
	.CTL_HELLO = on_CTL_HELLO,
	.CTL_SHOW = on_CTL_SHOW,
	.CTL_DO = on_CTL_DO,
	.CTL_TEST = on_CTL_TEST,
	.CTL_OPEN = on_CTL_OPEN,
};

static const struct link_ops ops = {
	.handlers = &handlers,
	.closed = client_closed,
	.violation = client_violation,
};

/* --- the socket -------------------------------------------------------- */

static int
peer_uid(int fd, uid_t *uid)
{
	struct ucred	 cr;
	socklen_t	 len = sizeof(cr);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cr, &len) == -1)
		return (-1);
	*uid = cr.uid;
	return (0);
}

static void
on_again(evutil_socket_t fd, short what, void *arg)
{
	struct control	*k = arg;

	(void)fd;
	(void)what;
	(void)event_add(k->ev, NULL);
}

/* Without descriptors the loop would turn and turn about this client. */
static void
accept_failed(struct control *k)
{
	const struct timeval	 tv = { 0, AGAIN_MS * 1000 };

	if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED)
		return;
	log_warn("control: accept");
	if (evtimer_add(k->again, &tv) == 0)
		(void)event_del(k->ev);
}

static void
on_accept(evutil_socket_t lfd, short what, void *arg)
{
	struct parent	*p = arg;
	struct control	*k = p->control;
	struct client	*c;
	int		 fd;

	(void)what;
	if ((fd = accept4(lfd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) ==
	    -1) {
		accept_failed(k);
		return;
	}
	/* Who hangs without a word gives way to who comes; a backup only
	 * looks as if it did. */
	if (k->n >= CLIENTS_MAX) {
		c = TAILQ_FIRST(&k->clients);
		client_free(copy_client(c->link) ? TAILQ_NEXT(c, entry) : c);
	}
	if ((c = calloc(1, sizeof(*c))) == NULL ||
	    peer_uid(fd, &c->uid) == -1) {
		close(fd);
		free(c);
		return;
	}
	if ((c->link = link_new(p->base, fd, PROC_PARENT, PROC_CTL,
	    SCOPE_NONE, &ops, c)) == NULL) {
		free(c);
		return;
	}
	link_set_phase(c->link, PH_BOOT);
	c->p = p;
	TAILQ_INSERT_TAIL(&k->clients, c, entry);
	k->n++;
}

static int
group_id(const char *name, gid_t *gid, char *why, size_t len)
{
	const struct group	*gr;

	*gid = 0;
	if (name == NULL)
		return (0);
	if ((gr = getgrnam(name)) == NULL) {
		str_format(why, len, "control group \"%s\": no such group",
		    name);
		return (-1);
	}
	*gid = gr->gr_gid;
	return (0);
}

static int
bind_socket(struct control *k, gid_t gid)
{
	struct sockaddr_un	 sun;
	mode_t			 old;
	int			 r;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	memcpy(sun.sun_path, k->path, sizeof(k->path));
	/* The pid file's lock says that nobody serves an old one. */
	if (unlink(k->path) == -1 && errno != ENOENT)
		return (-1);
	/* Made with its group: to give it one later takes CAP_CHOWN. */
	if (asuser_begin((uid_t)-1, gid) == -1)
		return (-1);
	old = umask(0177);
	r = bind(k->fd, (const struct sockaddr *)(const void *)&sun,
	    sizeof(sun));
	(void)umask(old);
	asuser_end();
	if (r == -1 || chmod(k->path, 0660) == -1)
		return (-1);
	return (listen(k->fd, BACKLOG));
}

int
control_open(struct parent *p, char *why, size_t len)
{
	struct control	*k;
	gid_t		 gid;

	if (group_id(p->conf->control_group, &gid, why, len) == -1 ||
	    (k = calloc(1, sizeof(*k))) == NULL)
		return (-1);
	TAILQ_INIT(&k->clients);
	if (str_format(k->path, sizeof(k->path), "%s/" CONTROL_SOCK,
	    p->conf->runtime) == -1) {
		str_format(why, len, "runtime directory %s: its name is too "
		    "long for a socket", p->conf->runtime);
		free(k);
		return (-1);
	}
	k->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0);
	if (k->fd == -1 || bind_socket(k, gid) == -1) {
		str_format(why, len, "control socket %s: %s", k->path,
		    strerror(errno));
		if (k->fd != -1)
			close(k->fd);
		free(k);
		return (-1);
	}
	p->control = k;
	return (0);
}

void
control_start(struct parent *p)
{
	struct control	*k = p->control;

	k->ev = event_new(p->base, k->fd, EV_READ | EV_PERSIST, on_accept, p);
	k->again = evtimer_new(p->base, on_again, k);
	if (k->ev == NULL || k->again == NULL ||
	    event_add(k->ev, NULL) == -1)
		log_warnx("control: no memory; telclaudectl cannot connect");
}

void
control_close(struct parent *p)
{
	struct control	*k = p->control;

	if (k == NULL)
		return;
	if (k->ev != NULL)
		event_free(k->ev);
	if (k->again != NULL)
		event_free(k->again);
	(void)unlink(k->path);
	close(k->fd);
	while (!TAILQ_EMPTY(&k->clients)) {
		(void)link_flush(TAILQ_FIRST(&k->clients)->link, 100);
		client_free(TAILQ_FIRST(&k->clients));
	}
	free(k);
	p->control = NULL;
}
