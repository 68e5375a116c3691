/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The agent as an engine: its slice of the configuration, its links to relay
 * and gate, its idle moments.
 */
#include <event2/event.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engines/agent/agent.h"
#include "engines/agent/store.h"
#include "engines/common/engine.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"

static struct settings	 cur, *next;
static char		 prompt_why[128];	/* what was wrong with a file */
static struct link	*relay, *gate;
static struct event	*idle_timer;

const struct settings *
settings(void)
{
	return (&cur);
}

struct link *
relay_link(void)
{
	return (relay);
}

struct link *
gate_link(void)
{
	return (gate);
}

const struct msg_CONF_MODEL *
model_find(const char *name)
{
	unsigned	 i;

	for (i = 0; i < cur.nmodels; i++)
		if (strcmp(cur.models[i].model, name) == 0)
			return (&cur.models[i]);
	return (NULL);
}

/* --- slices -------------------------------------------------------------- */
static struct settings *
slice(void)
{
	return (next != NULL ? next : &cur);
}

static void
on_conf_agent(struct link *l, const struct msg_CONF_AGENT *m,
    struct msg_meta *meta)
{
	(void)l;
	(void)meta;
	slice()->c = *m;
}

static void
on_conf_model(struct link *l, const struct msg_CONF_MODEL *m,
    struct msg_meta *meta)
{
	struct settings	*s = slice();

	(void)l;
	(void)meta;
	if (s->nmodels == MODELS_MAX)
		log_warnx("more than %d models; %s has no price here",
		    MODELS_MAX, m->model);
	else
		s->models[s->nmodels++] = *m;
}

static void
agent_fd(enum fdkind kind, int fd)
{
	struct settings	*s = slice();

	if (kind != FDK_PROMPT)
		fatalx("a descriptor that the agent has no use for");
	free(s->prompt);
	s->prompt = prompt_file(fd, prompt_why, sizeof(prompt_why));
	close(fd);
}

static void
agent_prepare(void)
{
	prompt_why[0] = '\0';
	if (next != NULL)
		free(next->prompt);
	free(next);
	if ((next = calloc(1, sizeof(*next))) == NULL)
		fatal("settings");
}

static int
agent_check(char *why, size_t whylen)
{
	if (prompt_why[0] == '\0')
		return (0);
	(void)str_copy(why, prompt_why, whylen);
	return (-1);
}

static void
agent_abort(void)
{
	if (next != NULL)
		free(next->prompt);
	free(next);
	next = NULL;
}

static void
agent_commit(void)
{
	if (next == NULL)
		return;
	/* The transcript stays where it was opened. */
	(void)str_copy(next->c.state, cur.c.state, sizeof(next->c.state));
	free(cur.prompt);
	cur = *next;
	free(next);
	next = NULL;
	prompt_forget();	/* another workspace, maybe */
	turns_kick();
}

static int
agent_lockin(void)
{
	if (prompt_why[0] != '\0') {
		log_error("%s", prompt_why);
		return (-1);
	}
	if (store_open(cur.c.state) == -1)
		return (-1);
	store_idle();
	malloc_trim(0);
	return (engine_allow_path(cur.c.state, EA_READ | EA_WRITE));
}

/* --- idle moments -------------------------------------------------------- */
static void
idle(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	agent_idle();
}

void
agent_idle(void)
{
	struct timeval	 tv;
	uint32_t	 ms = conv_expire(now_ms());

	if (ms > 0) {
		tv = ms_tv(ms);
		evtimer_add(idle_timer, &tv);
	} else if (TAILQ_EMPTY(&turns)) {
		store_idle();
		malloc_trim(0);
	}
}

static void
agent_init(struct event_base *base)
{
	if ((idle_timer = evtimer_new(base, idle, NULL)) == NULL)
		fatal("evtimer_new");
}

/* --- the relay ----------------------------------------------------------- */
static void
on_turn_start(struct link *l, const struct msg_TURN_START *m,
    struct msg_meta *meta)
{
	(void)l;
	(void)meta;
	turn_start(m);
}

static void
on_turn_stop(struct link *l, const struct msg_TURN_STOP *m,
    struct msg_meta *meta)
{
	(void)l;
	(void)meta;
	turn_stop(m->turn);
}

static void
on_conv_reset(struct link *l, const struct msg_CONV_RESET *m,
    struct msg_meta *meta)
{
	(void)l;
	(void)meta;
	turns_forget(m->conv);
	if (conv_reset(m->conv) == -1)
		log_warnx("a conversation could not be forgotten");
}

static void
on_tool_result(struct link *l, const struct msg_TOOL_RESULT *m,
    struct msg_meta *meta)
{
	(void)meta;
	calls_result(l, m);
}

static void
on_turn_pause(struct link *l, const struct msg_TURN_PAUSE *m,
    struct msg_meta *meta)
{
	struct turn	*t = turn_find(m->turn);

	(void)l;
	(void)meta;
	if (t != NULL)
		turn_pause(t, m->on);
}

static const struct msg_handlers	 relay_handlers = {
	.TURN_START = on_turn_start,
	.TURN_STOP = on_turn_stop,
	.CONV_RESET = on_conv_reset,
	.TOOL_RESULT = on_tool_result,
	.TURN_PAUSE = on_turn_pause,
};

static void
relay_closed(struct link *l)
{
	if (l == relay)
		relay = NULL;
	link_free(l);
	turns_abort();
}

static const struct link_ops	 relay_ops = {
	&relay_handlers, relay_closed, engine_violation
};

/* --- gate ---------------------------------------------------------------- */
static void
on_api_head(struct link *l, const struct msg_API_HEAD *m,
    struct msg_meta *meta)
{
	(void)meta;
	api_head(l, m);
}

static void
on_api_done(struct link *l, const struct msg_API_DONE *m,
    struct msg_meta *meta)
{
	(void)l;
	(void)meta;
	api_done(m);
}

static const struct msg_handlers	 gate_handlers = {
	.API_HEAD = on_api_head,
	.API_DONE = on_api_done,
};

static void
gate_closed(struct link *l)
{
	if (l == gate)
		gate = NULL;
	link_free(l);
	api_gate_lost();
}

static const struct link_ops	 gate_ops = {
	&gate_handlers, gate_closed, engine_violation
};

/* --- the engine ---------------------------------------------------------- */
static void
agent_link(enum proc peer, enum scope scope, int fd)
{
	struct link	*old, **slot;
	int		 is_relay = peer == PROC_RELAY;

	if (!is_relay && peer != PROC_GATE)
		fatalx("a channel that the agent has no use for");
	slot = is_relay ? &relay : &gate;
	if ((old = *slot) != NULL) {
		*slot = NULL;
		link_free(old);
		if (is_relay)
			turns_abort();
		else
			api_gate_lost();
	}
	*slot = link_new(engine_base(), fd, PROC_AGENT, peer, scope,
	    is_relay ? &relay_ops : &gate_ops, NULL);
	if (*slot == NULL)
		fatal("link to %s", proc_name(peer));
}

static void
agent_drain(void)
{
	keep_stop();
	turns_abort();
	conv_flush();
	store_close();
	engine_drained();
}

static struct msg_handlers	 parent_handlers = {
	.COPY_MAKE = keep_on_copy,
	.CONF_AGENT = on_conf_agent,
	.CONF_MODEL = on_conf_model,
};

static const struct engine_def	 def = {
	.proc = PROC_AGENT,
	.parent = &parent_handlers,
	.init = agent_init,
	.link = agent_link,
	.fd = agent_fd,
	.lockin = agent_lockin,
	.start = keep_start,
	.prepare = agent_prepare,
	.check = agent_check,
	.commit = agent_commit,
	.abort = agent_abort,
	.drain = agent_drain,
};

int
main(int argc, char **argv)
{
	engine_main(&def, argc, argv);
}
