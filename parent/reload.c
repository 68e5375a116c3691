/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Reload in two phases: everybody holds the new slice beside the old one,
 * then one message switches.  What goes wrong on the way leaves the old
 * configuration in force everywhere.  Run by the parent.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "parent/control.h"
#include "parent/fw/fw.h"
#include "parent/logout.h"
#include "parent/names/names.h"
#include "parent/notify.h"
#include "parent/parent.h"
#include "parent/tool/toolgrant.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"

#define RELOAD_MS	10000

struct reload {
	struct parent	*p;
	struct conf	*conf;
	char		*path;
	struct fw_rules	 rules;
	struct link	*ctl;		/* who asked, or NULL */
	uint32_t	 id;
	unsigned	 open;		/* PREPAREs not answered yet */
	struct event	*timer;
};

static void
reload_free(struct reload *r)
{
	if (r->timer != NULL)
		event_free(r->timer);
	conf_free(r->conf);
	fwrules_free(&r->rules);
	free(r->path);
	r->p->reload = NULL;
	free(r);
}

/* Ends a reload that failed: the old configuration stays. */
static void __attribute__((format(printf, 2, 3)))
reload_fail(struct reload *r, const char *fmt, ...)
{
	struct parent		*p = r->p;
	struct engine		*e;
	struct msg_ABORT	 m;
	char			 why[1000];
	unsigned		 i;
	va_list			 ap;

	va_start(ap, fmt);
	(void)vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	memset(&m, 0, sizeof(m));
	for (i = 0; i < p->nengines; i++) {
		e = &p->engines[i];
		e->prepare = 0;
		if (e->holds && e->link != NULL)
			msg_send_ABORT(e->link, 0, -1, &m);
		e->holds = 0;
	}
	tools_abort(p);
	log_error("reload: %s; the old configuration stays in force", why);
	audit_event(p, "reload_failed", "%s", why);
	notify_ready();
	if (r->ctl != NULL)
		control_end(r->ctl, r->id, 1, why);
	reload_free(r);
}

/* --- reading the file -------------------------------------------------- */

static int
differs(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return (a != b);
	return (strcmp(a, b) != 0);
}

/* What was opened and owned at start, with powers root gave up since. */
static const char *
needs_restart(const struct conf *a, const struct conf *b)
{
	if (differs(a->state, b->state))
		return ("state");
	if (differs(a->runtime, b->runtime))
		return ("runtime");
	if (differs(a->control_group, b->control_group))
		return ("control group");
	if (differs(a->audit_file, b->audit_file))
		return ("audit to file");
	if (a->firewall.off != b->firewall.off)
		return ("the firewall");
	return (NULL);
}

static int
load(struct reload *r)
{
	struct conf_notes	 notes;
	const char		*what;
	size_t			 i;

	memset(&notes, 0, sizeof(notes));
	r->conf = conf_load_isolated(&r->p->opts->conf, &notes);
	for (i = 0; i < notes.warnings.n; i++)
		log_warnx("%s", notes.warnings.v[i]);
	/* The first one is said below, with what follows from it. */
	for (i = 1; i < notes.errors.n; i++)
		log_error("%s", notes.errors.v[i]);
	if (r->conf == NULL) {
		if (notes.errors.n > 1)
			reload_fail(r, "%s (and %zu more)",
			    notes.errors.v[0], notes.errors.n - 1);
		else
			reload_fail(r, "%s", notes.errors.n == 1 ?
			    notes.errors.v[0] : "cannot be read");
		conf_notes_free(&notes);
		return (-1);
	}
	r->path = notes.path != NULL ? strdup(notes.path) : NULL;
	conf_notes_free(&notes);
	if ((what = needs_restart(r->p->conf, r->conf)) != NULL) {
		reload_fail(r, "a change of `%s' needs a restart", what);
		return (-1);
	}
	return (0);
}

/* --- prepare ----------------------------------------------------------- */

static int
prepare_engine(struct reload *r, struct engine *e)
{
	struct msg_PREPARE	 m;
	struct msg_CONF_END	 end;

	memset(&m, 0, sizeof(m));
	memset(&end, 0, sizeof(end));
	if ((e->prepare = msg_send_PREPARE(e->link, 0, -1, &m)) == 0)
		return (-1);
	e->holds = 1;
	r->open++;
	if (confsend(e, r->conf, &r->rules) == -1 ||
	    msg_send_CONF_END(e->link, 0, -1, &end) == 0)
		return (-1);
	return (0);
}

static int
prepare_all(struct reload *r)
{
	struct parent	*p = r->p;
	struct engine	*e;
	unsigned	 i;

	for (i = 0; i < p->nengines; i++) {
		e = &p->engines[i];
		if (!table_wanted(r->conf, e->row) || e->state == ES_OFF)
			continue;
		if (e->state != ES_RUN || e->link == NULL) {
			reload_fail(r, "%s is being started again; try once "
			    "more in a moment", e->name);
			return (-1);
		}
	}
	for (i = 0; i < p->nengines; i++) {
		e = &p->engines[i];
		/* The keeper's row does not change, ever. */
		if (!table_wanted(r->conf, e->row) || e->state != ES_RUN ||
		    e->row->proc == PROC_KEEPER)
			continue;
		if (prepare_engine(r, e) == -1) {
			reload_fail(r, "%s cannot be given its part", e->name);
			return (-1);
		}
	}
	return (0);
}

static void
too_late(evutil_socket_t fd, short what, void *arg)
{
	struct reload	*r = arg;
	unsigned	 i;

	(void)fd;
	(void)what;
	for (i = 0; i < r->p->nengines; i++) {
		if (r->p->engines[i].prepare != 0) {
			reload_fail(r, "%s did not answer in %d s",
			    r->p->engines[i].name, RELOAD_MS / 1000);
			return;
		}
	}
	reload_fail(r, "no answer in %d s", RELOAD_MS / 1000);
}

void
reload_begin(struct parent *p, struct link *ctl, uint32_t id)
{
	struct timeval	 tv = { RELOAD_MS / 1000, 0 };
	struct reload	*r;
	char		 why[512] = "no memory";

	if (p->reload != NULL || p->state != PS_RUN) {
		if (ctl != NULL)
			control_end(ctl, id, 1, p->reload != NULL ?
			    "a reload is under way" : "not running yet");
		return;
	}
	if ((r = calloc(1, sizeof(*r))) == NULL) {
		if (ctl != NULL)
			control_end(ctl, id, 1, why);
		return;
	}
	p->reload = r;
	r->p = p;
	r->ctl = ctl;
	r->id = id;
	notify_reloading();
	if (load(r) == -1)
		return;
	if (fwrules_make(p, r->conf, &r->rules, why, sizeof(why)) == -1 ||
	    tools_apply(p, r->conf, &r->rules, why, sizeof(why)) == -1) {
		reload_fail(r, "%s", why);
		return;
	}
	if ((r->timer = evtimer_new(p->base, too_late, r)) == NULL ||
	    event_add(r->timer, &tv) == -1) {
		reload_fail(r, "no memory");
		return;
	}
	(void)prepare_all(r);
}

/* --- commit ------------------------------------------------------------ */

/* Engines that the new file adds or takes out. */
static void
commit_set(struct parent *p)
{
	struct engine	*e;
	unsigned	 i;
	int		 want;

	for (i = 0; i < p->nengines; i++) {
		e = &p->engines[i];
		want = table_wanted(p->conf, e->row);
		if (want && e->state == ES_OFF) {
			if (engine_start(e) == -1) {
				log_warn("cannot start %s", e->name);
				e->backoff = backoff_next(0, 0);
				engine_later(e);
			}
		} else if (!want && e->state != ES_OFF)
			engine_off(e);
	}
}

static void
commit(struct reload *r)
{
	struct parent		*p = r->p;
	struct msg_COMMIT	 m;
	struct msg_LOGLEVEL	 level;
	struct engine		*e;
	struct conf		*old = p->conf;
	struct fw_rules		 oldrules = p->rules;
	unsigned		 i;

	p->conf = r->conf;
	p->rules = r->rules;
	r->conf = old;		/* freed with r */
	r->rules = oldrules;
	free(p->conf_path);
	p->conf_path = r->path;
	r->path = NULL;
	p->loaded = wall_ms();
	p->api_status = 0;	/* was said to the key of before */
	p->api_bad.row = 0;
	p->api_ms = 0;
	tools_commit(p);
	if (logout_open(p->conf->log_target, p->conf->log_arg,
	    p->opts->foreground) == -1)
		log_warn("%s", p->conf->log_arg);
	log_level((enum log_level)p->conf->log_level);
	memset(&m, 0, sizeof(m));
	memset(&level, 0, sizeof(level));
	level.level = (uint8_t)log_getlevel();
	for (i = 0; i < p->nengines; i++) {
		e = &p->engines[i];
		if (e->link == NULL || e->state != ES_RUN)
			continue;
		msg_send_LOGLEVEL(e->link, 0, -1, &level);
		if (e->holds)
			msg_send_COMMIT(e->link, 0, -1, &m);
		e->holds = 0;
	}
	commit_set(p);
	names_recheck(p);
	internal_start(p);
	log_info("configuration %s is in force", p->conf_path != NULL ?
	    p->conf_path : "");
	audit_event(p, "reload", "%s", p->conf_path != NULL ?
	    p->conf_path : "");
	audit_profile(p);
	notify_ready();
	if (r->ctl != NULL)
		control_end(r->ctl, r->id, 0, "");
	reload_free(r);
}

void
reload_prepared(struct engine *e, const struct msg_PREPARED *m, uint32_t id)
{
	struct reload	*r = e->p->reload;
	char		 why[512];

	if (r == NULL || e->prepare != id)
		return;
	e->prepare = 0;
	r->open--;
	if (m->err != 0) {
		reload_fail(r, "%s: %s", e->name, m->why);
		return;
	}
	if (r->open > 0)
		return;
	if (e->p->fw != NULL &&
	    fw_apply(e->p->fw, &r->rules, why, sizeof(why)) == -1) {
		reload_fail(r, "firewall: %s", why);
		return;
	}
	commit(r);
}

void
reload_lost(struct engine *e)
{
	struct reload	*r = e->p->reload;

	if (r == NULL || !e->holds)
		return;
	e->holds = 0;
	reload_fail(r, "%s died meanwhile", e->name);
}

/* The client hung up; the reload goes on. */
void
reload_forget(struct parent *p, struct link *ctl)
{
	if (p->reload != NULL && p->reload->ctl == ctl)
		p->reload->ctl = NULL;
}
