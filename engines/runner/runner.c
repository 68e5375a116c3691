/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The runner reads what tool processes write.  It pairs the relay's RUN_JOB
 * with the parent's descriptor by the number of the job, passes the output on
 * within its bounds, and says how the call ended.  It opens nothing, starts
 * nothing and cannot choose what runs.
 */
#include "engines/common/engine.h"
#include "engines/runner/rjob.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"

static struct msg_CONF_RUNNER conf, conf_next;

static void
on_RUN_JOB(struct link *l, const struct msg_RUN_JOB *m, struct msg_meta *meta)
{
	struct rjob *j = rjob_find(m->job);

	(void)l;
	(void)meta;
	if (j != NULL && j->ordered) {
		log_warnx("job %llu was ordered twice",
		    (unsigned long long)m->job);
		return;
	}
	if (j == NULL && (j = rjob_new(m->job)) == NULL)
		return;
	rjob_order(j, MINIMUM(m->time_ms, conf.call_ms),
	    MINIMUM(m->output_max, conf.output_max));
}

static void
on_TOOL_OUT(struct link *l, const struct msg_TOOL_OUT *m,
    struct msg_meta *meta)
{
	struct rjob *j = rjob_find(m->job);

	(void)l;
	if ((j != NULL && (j->fd != -1 || j->eof)) || (j == NULL &&
	    (j = rjob_new(m->job)) == NULL))
		return;
	rjob_output(j, meta->fd);
	meta->fd = -1;
}

static void
on_TOOL_EXIT(struct link *l, const struct msg_TOOL_EXIT *m,
    struct msg_meta *meta)
{
	struct rjob *j = rjob_find(m->job);

	(void)l;
	(void)meta;
	if (j != NULL)
		rjob_exit(j, m);
}

static void
on_CONF_RUNNER(struct link *l, const struct msg_CONF_RUNNER *m,
    struct msg_meta *meta)
{
	(void)meta;
	if (link_phase(l) == PH_RELOAD)
		conf_next = *m;
	else
		conf = conf_next = *m;
}

static const struct msg_handlers relay_handlers = { .RUN_JOB = on_RUN_JOB };

/* Its jobs have nobody to hear of them any more. */
static void
relay_closed(struct link *l)
{
	relay = NULL;
	link_free(l);	/* its streams say so to their jobs first */
	rjobs_abandon();
}

static const struct link_ops relay_ops = {
	&relay_handlers, relay_closed, engine_violation
};

static void
on_link(enum proc peer, enum scope scope, int fd)
{
	if (peer != PROC_RELAY)
		fatalx("channel to %s", proc_name(peer));
	if (relay != NULL)
		relay_closed(relay);
	relay = link_new(engine_base(), fd, PROC_RUNNER, peer, scope,
	    &relay_ops, NULL);
	if (relay == NULL)
		fatalx("no memory for a channel");
}

static void
on_prepare(void)
{
	conf_next = conf;
}

static void
on_commit(void)
{
	conf = conf_next;
}

static struct msg_handlers parent_handlers = {
	.CONF_RUNNER = on_CONF_RUNNER,
	.TOOL_OUT = on_TOOL_OUT,
	.TOOL_EXIT = on_TOOL_EXIT,
};

int
main(int argc, char **argv)
{
	static const struct engine_def def = {
		.proc = PROC_RUNNER,
		.parent = &parent_handlers,
		.link = on_link,
		.prepare = on_prepare,
		.commit = on_commit,
		.drain = rjobs_drain,
	};

	engine_main(&def, argc, argv);
}
