/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * /model: which of the configured models answers in a chat.  Run by the
 * relay.
 */
#include <string.h>
#include <strings.h>

#include "telclauded/lib/util.h"
#include "engines/relay/access.h"
#include "engines/relay/face/face.h"
#include "engines/relay/relay.h"
#include "engines/relay/turn/queue.h"
#include "engines/relay/turn/turn.h"

#define MODEL_NAME	48	/* of a name, in a button's 64 bytes */

const char *
face_model(const struct lane *l)
{
	const struct settings	*s = relay.set;
	size_t			 i;

	for (i = 0; i < s->nmodels; i++)
		if (strcmp(s->models[i].model, l->model) == 0)
			return (s->models[i].model);
	return (access_model(s));
}

/* The whole name, or a part that only one has: "haiku". */
static int
model_match(const char *const *names, size_t n, const char *word)
{
	size_t	i;
	int	found = -1;

	for (i = 0; i < n; i++) {
		if (strcasecmp(names[i], word) == 0)
			return ((int)i);
		if (strcasestr(names[i], word) == NULL)
			continue;
		found = found == -1 ? (int)i : -2;
	}
	return (found);
}

static int
model_find(const char *word)
{
	const char	*names[64];
	size_t		 i, n = MINIMUM(relay.set->nmodels, NELEM(names));

	for (i = 0; i < n; i++)
		names[i] = relay.set->models[i].model;
	return (model_match(names, n, word));
}

static void
model_list(struct turn *t, struct buf *b)
{
	const struct settings	*s = relay.set;
	const char		*now = face_model(t->lane), *name;
	struct buf		 m;
	char			 data[64];
	size_t			 i;

	(void)buf_printf(b, "In this chat %s answers. ", now);
	if (s->nmodels < 2) {
		(void)buf_puts(b, "No other is configured here.");
		command_answer(t, b);
		return;
	}
	(void)buf_puts(b, "Choose another:");
	buf_init(&m);
	(void)buf_puts(&m, "{\"inline_keyboard\":[");
	for (i = 0; i < s->nmodels; i++) {
		name = s->models[i].model;
		(void)str_format(data, sizeof(data), "m:%zu:%.*s", i,
		    MODEL_NAME, name);
		(void)buf_printf(&m, "%s[{\"text\":", i > 0 ? "," : "");
		(void)buf_json_str(&m, name, strlen(name));
		(void)buf_puts(&m, ",\"callback_data\":");
		(void)buf_json_str(&m, data, strlen(data));
		(void)buf_puts(&m, "}]");
	}
	(void)buf_puts(&m, "]}");
	command_answer_markup(t, b, m.failed ? NULL : m.p);
	buf_free(&m);
}

void
cmd_MODEL(struct turn *t, const char *arg)
{
	struct buf	b;
	const char	*name;
	int		i;

	buf_init(&b);
	if (*arg == '\0') {
		model_list(t, &b);
		return;
	}
	if ((i = model_find(arg)) < 0) {
		(void)buf_printf(&b, "%s model of that name is configured "
		    "here. ", i == -2 ? "More than one" : "No");
		model_list(t, &b);
		return;
	}
	name = relay.set->models[i].model;
	(void)str_copy(t->lane->model, name, sizeof(t->lane->model));
	lane_save(t->lane);
	(void)buf_printf(&b, "From the next message on %s answers in this "
	    "chat.", name);
	command_answer(t, &b);
}
