/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Buttons below answers and below /model.  A press is a command given by who
 * pressed: it passes the same gates.  Run by the relay.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "telclauded/lib/util.h"
#include "engines/relay/cmd/command.h"
#include "engines/relay/face/face.h"
#include "engines/relay/out/outbox.h"
#include "engines/relay/relay.h"
#include "engines/relay/tg/api.h"
#include "engines/relay/tg/update.h"
#include "engines/relay/turn/queue.h"
#include "engines/relay/turn/turn.h"

/*
 * It stops what runs and forgets what was said, and lies below each answer
 * where a thumb comes by: so it asks once, about this one conversation.
 */
static void
press_new(struct turn *t, const char *arg)
{
	const struct lane	*l = lane_owner(t->lane);
	struct buf		 b;
	char			 markup[160];

	(void)arg;
	buf_init(&b);
	(void)buf_printf(&b, "Begin a fresh conversation? %sI shall know "
	    "nothing of this one.", l->busy != NULL ? "What runs will be "
	    "stopped, and " : "");
	(void)str_format(markup, sizeof(markup), "{\"inline_keyboard\":[[{"
	    "\"text\":\"Begin afresh\",\"callback_data\":\"n:%" PRIx64
	    "\"}]]}", l->conv);
	command_answer_markup(t, &b, markup);
}

static const struct action {
	const char	*data;
	const char	*alert;		/* all that happens, or NULL */
	void		(*run)(struct turn *, const char *);
} actions[] = {
	{ "action:new", NULL, press_new },
	{ "action:help", NULL, cmd_HELP },
	{ "action:tts", "Reading aloud is not configured on this machine.",
	    NULL },
	{ "action:copy", "Press and hold the message to copy it.", NULL },
};

const char *
face_buttons(void)
{
	static const char	json[] = "{\"inline_keyboard\":[["
	    "{\"text\":\"\xf0\x9f\x94\x84\",\"callback_data\":\"action:new\"},"
	    "{\"text\":\"\xe2\x9d\x93\",\"callback_data\":\"action:help\"}]]}";

	return (relay.set->r.buttons ? json : NULL);
}

static const struct action *
action_find(const char *data)
{
	size_t	i;

	for (i = 0; i < NELEM(actions); i++)
		if (strcmp(actions[i].data, data) == 0)
			return (&actions[i]);
	return (NULL);
}

/* "m:INDEX:NAME": the name it still has there, or NULL. */
static const char *
press_model(const char *data)
{
	const char	*name;
	char		*end;
	unsigned long	 i;

	if (strncmp(data, "m:", 2) != 0 || data[2] < '0' || data[2] > '9')
		return (NULL);
	i = strtoul(data + 2, &end, 10);
	if (*end != ':' || i >= relay.set->nmodels)
		return (NULL);
	name = relay.set->models[i].model;
	return (end[1] != '\0' && strncmp(name, end + 1,
	    strlen(end + 1)) == 0 ? name : NULL);
}

/* "n:CONVERSATION": yes, end that one. */
static int
press_sure(const char *data)
{
	return (data[0] == 'n' && data[1] == ':');
}

static void
press_fresh(struct turn *t)
{
	char	now[24];

	(void)str_format(now, sizeof(now), "n:%" PRIx64,
	    lane_owner(t->lane)->conv);
	if (strcmp(t->text, now) == 0)
		cmd_NEW(t, "");
	else
		turn_say(t, "That conversation has ended already. /new ends "
		    "the one of now.");
}

int
face_press(const struct update *u, struct turn **tp)
{
	const struct action	*a = action_find(u->button);
	const char		*name = press_model(u->button);
	struct turn		*t;

	*tp = NULL;
	if (a == NULL && name == NULL && !press_sure(u->button)) {
		if (strncmp(u->button, "m:", 2) != 0)
			return (0);
		api_answer_button(u->query, "That list is out of date: "
		    "/model");
		return (1);
	}
	if (a != NULL && a->alert != NULL) {
		api_alert_button(u->query, a->alert);
		return (1);
	}
	t = turn_new(u->chat, u->topic, u->user, u->msg,
	    u->ckind != CHAT_PRIVATE, u->name, u->button, strlen(u->button));
	t->act = ACT_FACE;
	*tp = t;
	return (1);
}

void
face_pressed(struct turn *t)
{
	const struct action	*a = action_find(t->text);
	const char		*name = press_model(t->text);

	if (a != NULL && a->run != NULL)
		a->run(t, "");
	else if (name != NULL)
		cmd_MODEL(t, name);
	else if (press_sure(t->text))
		press_fresh(t);
	turn_forget(t);
}
