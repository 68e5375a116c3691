/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The parent: start order, event loop, signals.  Root until it has opened
 * what it needs, then root with the few capabilities of caps.c.  A start
 * that fails says one line and leaves nothing running.
 */
#include <sys/resource.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "engines/common/cage.h"
#include "parent/audit.h"
#include "parent/caps.h"
#include "parent/cgroup.h"
#include "parent/control.h"
#include "parent/fw/fw.h"
#include "parent/fw/sentinel.h"
#include "parent/logout.h"
#include "parent/names/names.h"
#include "parent/notify.h"
#include "parent/parent.h"
#include "parent/platform.h"
#include "parent/self/selftest.h"
#include "parent/status.h"
#include "parent/tool/toolgrant.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"

#define NOFILE_WANTED	8192

/* --- ends of a start --------------------------------------------------- */

void
parent_fail(struct parent *p, const char *fmt, ...)
{
	va_list	 ap;

	if (p->state >= PS_DRAIN)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(p->failed, sizeof(p->failed), fmt, ap);
	va_end(ap);
	log_error("%s", p->failed);
	parent_stop(p, 1);
}

/* The family works: tell whoever waits for it. */
void
parent_announce(struct parent *p)
{
	char	 ok = 0;

	if (p->announced || p->state != PS_RUN)
		return;
	p->announced = 1;
	if (p->timer != NULL)
		event_del(p->timer);
	notify_ready();
	if (p->ready_fd != -1) {
		if (write(p->ready_fd, &ok, 1) == -1)
			log_debug("the launcher is gone");
		close(p->ready_fd);
		p->ready_fd = -1;
		logout_detached();
	}
}

/* --- ready, START ------------------------------------------------------ */

static int
verify(struct engine *e, char *why, size_t len)
{
	int	 filters = 0;

	/* Exec is long past: what the child reported is there. */
	if (e->report != -1) {
		(void)spawn_read_report(e->report, &e->rep);
		close(e->report);
		e->report = -1;
	}
#ifndef TC_SANITIZE
	filters = 1 + (e->rep.base != 0);
#endif
	return (status_confined(e->pid, e->uid, filters, why, len));
}

static void
start_engine(struct engine *e)
{
	struct msg_START	 m;

	memset(&m, 0, sizeof(m));
	link_set_phase(e->link, PH_RUN);
	e->state = ES_RUN;
	if (msg_send_START(e->link, 0, -1, &m) == 0)
		engine_kill(e, "could not be sent START");
	else if (e->row->proc == PROC_AUDIT)
		audit_flush(e->p);
	else
		tools_engine_up(e);
}

static void
start_family(struct parent *p)
{
	struct engine	*e;
	unsigned	 i;

	/* It says that the firewall stands: without one there is none. */
	if (p->fw != NULL)
		p->sentinel_fd = sentinel_set(p->conf->runtime);
	if (p->fw != NULL && p->sentinel_fd == -1) {
		parent_fail(p, "%s/%s: %s", p->conf->runtime, SENTINEL_FILE,
		    strerror(errno));
		return;
	}
	p->state = PS_RUN;
	/* The relay is the last row: whoever serves it is there before. */
	for (i = 0; i < p->nengines; i++) {
		e = &p->engines[i];
		if (e->state == ES_READY)
			start_engine(e);
	}
	internal_start(p);
	control_start(p);
	log_info("telclauded %s up in %llu ms", TC_VERSION,
	    (unsigned long long)(now_ms() - p->started));
	e = table_find(p, PROC_RELAY, SCOPE_NONE);
	if (e == NULL || e->state != ES_RUN)
		parent_announce(p);
}

static void
ready_engines(struct parent *p)
{
	struct engine	*e;
	unsigned	 i, waiting = 0;
	char		 why[256];

	for (i = 0; i < p->nengines; i++) {
		e = &p->engines[i];
		if (e->state == ES_BOOT || e->state == ES_CONFIG)
			waiting++;
		if (e->state != ES_READY)
			continue;
		if (e->report != -1 && verify(e, why, sizeof(why)) == -1) {
			e->state = ES_CONFIG;
			engine_kill(e, "%s", why);
			waiting++;
		} else if (p->state == PS_RUN)
			start_engine(e);
	}
	if (p->state == PS_START && waiting == 0 && p->tools != NULL &&
	    selftest_passed(p))
		start_family(p);
}

/*
 * An engine has its slice.  When all have, they are busy locking in, and
 * that is the time to build the tools' sandbox: nobody waits for it.
 */
void
parent_configured(struct parent *p)
{
	unsigned	 i;
	char		 why[512] = "no memory";

	for (i = 0; i < p->nengines; i++)
		if (p->engines[i].state == ES_BOOT)
			return;
	if (p->state != PS_START || p->tools != NULL)
		return;
	if (selftest_begin_all(p, why, sizeof(why)) == -1 ||
	    tools_apply(p, p->conf, &p->rules, why, sizeof(why)) == -1) {
		parent_fail(p, "%s", why);
		return;
	}
	tools_commit(p);
	platform_say(p);
	if (selftest_tools(p, why, sizeof(why)) == -1) {
		parent_fail(p, "%s", why);
		return;
	}
	ready_engines(p);
}

void
parent_progress(struct parent *p)
{
	if (p->state >= PS_DRAIN)
		stop_progress(p);
	else
		ready_engines(p);
}

/* --- events ------------------------------------------------------------ */

static void
on_signal(evutil_socket_t sig, short what, void *arg)
{
	struct parent	*p = arg;

	(void)what;
	switch (sig) {
	case SIGCHLD:
		engines_reap(p);
		break;
	case SIGHUP:
		reload_begin(p, NULL, 0);
		break;
	default:
		parent_stop(p, 0);
	}
}

static void
on_start_timeout(evutil_socket_t fd, short what, void *arg)
{
	struct parent	*p = arg;
	struct engine	*e;
	unsigned	 i;

	(void)fd;
	(void)what;
	if (p->state == PS_RUN) {
		/* Telegram has not answered yet; that is no failed start. */
		parent_announce(p);
		return;
	}
	for (i = 0; i < p->nengines; i++) {
		e = &p->engines[i];
		if (e->state == ES_BOOT || e->state == ES_CONFIG) {
			parent_fail(p, "%s was not ready in %d s", e->name,
			    PARENT_READY_MS / 1000);
			return;
		}
	}
}

static void
on_watchdog(evutil_socket_t fd, short what, void *arg)
{
	struct parent	*p = arg;
	struct engine	*e;
	struct msg_PING	 m;
	unsigned	 i;

	(void)fd;
	(void)what;
	notify_alive();
	memset(&m, 0, sizeof(m));
	for (i = 0; i < p->nengines; i++) {
		e = &p->engines[i];
		if (e->state != ES_RUN || e->link == NULL)
			continue;
		if (e->pings >= 2)
			engine_kill(e, "hung: two PINGs without an answer");
		else if (msg_send_PING(e->link, 0, -1, &m) != 0)
			e->pings++;
	}
}

static int
events_make(struct parent *p)
{
	static const int	 sigs[] = { SIGCHLD, SIGHUP, SIGTERM, SIGINT };
	struct timeval		 tv;
	size_t			 i;

	_Static_assert(NELEM(sigs) <= NELEM(p->signals), "signals");
	if ((p->base = event_base_new()) == NULL)
		return (-1);
	for (i = 0; i < NELEM(sigs); i++) {
		p->signals[i] = evsignal_new(p->base, sigs[i], on_signal, p);
		if (p->signals[i] == NULL ||
		    event_add(p->signals[i], NULL) == -1)
			return (-1);
	}
	(void)signal(SIGPIPE, SIG_IGN);
	tv = ms_tv(PARENT_READY_MS);
	p->timer = evtimer_new(p->base, on_start_timeout, p);
	if (p->timer == NULL || event_add(p->timer, &tv) == -1)
		return (-1);
	if (notify_interval() == 0)
		return (0);
	tv = ms_tv(notify_interval());
	p->watchdog = event_new(p->base, -1, EV_PERSIST, on_watchdog, p);
	return (p->watchdog == NULL || event_add(p->watchdog, &tv) == -1 ?
	    -1 : 0);
}

/* --- start order (design 4) -------------------------------------------- */

static int
take_pidfile(struct parent *p, char *why, size_t len)
{
	pid_t	 other;

	if ((p->pid_fd = pidfile_open(p->conf->runtime, &other)) == -1) {
		if (errno == EWOULDBLOCK)
			str_format(why, len, "telclauded runs already, with "
			    "pid %d and the same runtime directory %s",
			    (int)other, p->conf->runtime);
		else
			str_format(why, len, "pid file in %s: %s",
			    p->conf->runtime, strerror(errno));
		return (-1);
	}
	return (pidfile_write(p->pid_fd));
}

/* Each conversation has a namespace, each tool sockets; children get less. */
static void
raise_nofile(void)
{
	struct rlimit	 rl;

	if (getrlimit(RLIMIT_NOFILE, &rl) == -1)
		return;
	rl.rlim_cur = MINIMUM(rl.rlim_max, (rlim_t)NOFILE_WANTED);
	(void)setrlimit(RLIMIT_NOFILE, &rl);
}

/* Everything that needs more power than is kept. */
static int
open_all(struct parent *p, char *why, size_t len)
{
	raise_nofile();
	cgroup_init();
	if (caps_check(why, len) == -1 || table_init(p, why, len) == -1 ||
	    fwrules_make(p, p->conf, &p->rules, why, len) == -1 ||
	    platform_probe(p, why, len) == -1 ||
	    dirs_make(p, why, len) == -1 ||
	    take_pidfile(p, why, len) == -1 ||
	    control_open(p, why, len) == -1)
		return (-1);
	p->kmsg = death_kmsg();
	if (pipe2(p->life, O_CLOEXEC) == -1) {
		str_format(why, len, "pipe: %s", strerror(errno));
		return (-1);
	}
	if ((p->names = names_new()) == NULL || events_make(p) == -1) {
		str_format(why, len, "event loop: %s", strerror(errno));
		return (-1);
	}
	return (caps_drop(why, len));
}

static int
spawn_all(struct parent *p, char *why, size_t len)
{
	struct engine	*e;
	unsigned	 i;

	for (i = 0; i < p->nengines; i++) {
		e = &p->engines[i];
		if (!table_wanted(p->conf, e->row))
			continue;
		if (engine_start(e) == -1) {
			str_format(why, len, "%s: %s", e->name,
			    strerror(errno));
			return (-1);
		}
	}
	return (0);
}

static void
parent_init(struct parent *p, const struct parent_opts *o, struct conf *c,
    char *path, int ready_fd)
{
	memset(p, 0, sizeof(*p));
	p->opts = o;
	p->conf = c;
	p->conf_path = path;
	p->ready_fd = ready_fd;
	p->life[0] = p->life[1] = p->audit_fd = p->empty_root = p->kmsg = -1;
	p->pid_fd = p->sentinel_fd = p->view = -1;
	p->started = now_ms();
	p->loaded = wall_ms();
}

/* Owns conf and path.  The exit status of the program. */
int
parent_run(const struct parent_opts *o, struct conf *c, char *path,
    int ready_fd)
{
	static struct parent	 parent;
	struct parent		*p = &parent;
	char			 why[512] = "no memory";

	/* Modes are said where files are made; a unit's UMask= is not asked. */
	(void)umask(022);
	parent_init(p, o, c, path, ready_fd);
	if (logout_open(c->log_target, c->log_arg, o->foreground) == -1) {
		log_error("log file %s: %s", c->log_arg, strerror(errno));
		return (1);
	}
	log_level((enum log_level)c->log_level);
	if (open_all(p, why, sizeof(why)) == -1) {
		log_error("%s", why);
		control_close(p);
		pidfile_remove(c->runtime, p->pid_fd);
		return (1);
	}
	audit_profile(p);
	if (firewall_up(p, why, sizeof(why)) == -1 ||
	    engview_make(p, why, sizeof(why)) == -1 ||
	    spawn_all(p, why, sizeof(why)) == -1)
		parent_fail(p, "%s", why);
	if (p->state != PS_END)
		(void)event_base_dispatch(p->base);
	stop_finish(p);
	conf_free(p->conf);
	return (p->exit_code);
}
