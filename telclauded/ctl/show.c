/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The show commands: whose rows, and which columns of them.
 */
#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "telclauded/ctl/ctl.h"
#include "telclauded/ctl/view.h"
#include "telclauded/lib/util.h"

void
fmt_seconds(const struct json_t *v, char *out, size_t size)
{
	fmt_since((uint64_t)json_integer_value(v) * 1000, out, size);
}

void
fmt_ago(const struct json_t *v, char *out, size_t size)
{
	uint64_t	 then = (uint64_t)json_integer_value(v);

	if (then == 0 || then > wall_ms())
		(void)str_copy(out, "-", size);
	else
		fmt_since(wall_ms() - then, out, size);
}

/* No topic is topic 0. */
static void
fmt_zero(const struct json_t *v, char *out, size_t size)
{
	if (json_integer_value(v) == 0)
		(void)str_copy(out, "-", size);
	else
		(void)str_format(out, size, "%" JSON_INTEGER_FORMAT,
		    json_integer_value(v));
}

static const struct column engine_columns[] = {
	{ "name", "PROCESS", 14, NULL },
	{ "pid", "PID", -6, NULL },
	{ "user", "USER", 11, NULL },
	{ "up_s", "UP", -6, fmt_seconds },
	{ "caps", "CAPS", -4, NULL },
	{ "seccomp", "SECCOMP", 7, NULL },
	{ "nnp", "NNP", 3, NULL },
	{ "netns", "NETNS", 5, NULL },
	{ "pss_kb", "PSS", -5, fmt_kb },
	{ "restarts", "RESTARTS", -8, NULL },
	{ "state", "STATE", 0, NULL },
};
static const struct column session_columns[] = {
	{ "chat", "CHAT", -14, NULL },
	{ "topic", "TOPIC", -5, fmt_zero },
	{ "conversation", "CONVERSATION", -12, NULL },
	{ "used_ms", "USED", -6, fmt_ago },
	{ "waiting", "WAITING", -7, NULL },
	{ "held", "HELD", 4, NULL },
	{ "tier", "TIER", 11, NULL },
	{ "running_ms", "RUNS", -6, fmt_age },
	{ "state", "STATE", 0, NULL },
};
static const struct column queue_columns[] = {
	{ "turn", "TURN", -10, NULL },
	{ "chat", "CHAT", -14, NULL },
	{ "topic", "TOPIC", -5, fmt_zero },
	{ "place", "PLACE", -5, NULL },
	{ "user", "FROM", -14, NULL },
	{ "bytes", "BYTES", -5, NULL },
	{ "since_ms", "SINCE", -6, fmt_ago },
	{ "held", "HELD", 0, NULL },
};
static const struct column message_columns[] = {
	{ "direction", "WAY", 3, NULL },
	{ "chat", "CHAT", -14, NULL },
	{ "topic", "TOPIC", -5, fmt_zero },
	{ "user", "FROM", -14, NULL },
	{ "turn", "TURN", -10, NULL },
	{ "message", "MESSAGE", -7, NULL },
	{ "at_ms", "AGE", -6, fmt_ago },
	{ "row", "ROW", -5, NULL },
	{ "kind", "KIND", 4, NULL },
	{ "tries", "TRIES", -5, NULL },
	{ "state", "STATE", 0, NULL },
};

/* Asks whoever knows; rows in *out.  Exit status. */
int
view_fetch(struct ctl *c, enum proc who, enum ctl_show what, struct rows **out)
{
	struct client	*cl;
	char		 why[1024] = "";
	int		 down, r = 0;

	*out = NULL;
	if ((cl = client_open(c->socket, &down)) == NULL)
		return (down ? CTL_DOWN : 1);
	if ((*out = rows_new()) == NULL)
		r = -1;
	if (r == 0 && who != PROC_PARENT)
		r = client_goto(cl, who, why, sizeof(why));
	if (r == 0)
		r = client_show(cl, what, rows_add, *out, why, sizeof(why));
	client_close(cl);
	if (r == 0)
		return (0);
	warnx("%s", why[0] == '\0' ? "no answer" : why);
	rows_free(*out);
	*out = NULL;
	return (1);
}

/*
 * The parent may not look at the memory of its engines; root may.  Rows of
 * processes get their proportional share from here.
 */
void
view_add_pss(struct rows *r)
{
	char		 path[64], line[128];
	unsigned long	 kb;
	json_t		*o;
	size_t		 i;
	FILE		*f;

	for (i = 0; i < rows_count(r); i++) {
		o = rows_at(r, i);
		if (json_integer_value(json_object_get(o, "pid")) <= 0 ||
		    json_integer_value(json_object_get(o, "pss_kb")) > 0 ||
		    str_format(path, sizeof(path), "/proc/%lld/smaps_rollup",
		    (long long)json_integer_value(json_object_get(o,
		    "pid"))) == -1 || (f = fopen(path, "re")) == NULL)
			continue;
		while (fgets(line, sizeof(line), f) != NULL)
			if (sscanf(line, "Pss: %lu kB", &kb) == 1)
				json_object_set_new(o, "pss_kb",
				    json_integer((json_int_t)kb));
		(void)fclose(f);
	}
}

void
view_engines(struct rows *r)
{
	rows_print_table(r, engine_columns, NELEM(engine_columns),
	    "no processes");
}

static int
show(struct ctl *c, enum proc who, enum ctl_show what,
    const struct column *cols, size_t ncols, const char *empty)
{
	struct rows	*r;
	int		 rv;

	if ((rv = view_fetch(c, who, what, &r)) != 0)
		return (rv);
	if (what == SHOW_ENGINES)
		view_add_pss(r);
	rows_show(c, r, cols, ncols, empty);
	rows_free(r);
	return (0);
}

int
cmd_show_engines(struct ctl *c)
{
	return (show(c, PROC_PARENT, SHOW_ENGINES, engine_columns,
	    NELEM(engine_columns), "no processes"));
}

int
cmd_show_sessions(struct ctl *c)
{
	return (show(c, PROC_RELAY, SHOW_SESSIONS, session_columns,
	    NELEM(session_columns), "no conversations"));
}

int
cmd_show_queue(struct ctl *c)
{
	return (show(c, PROC_RELAY, SHOW_QUEUE, queue_columns,
	    NELEM(queue_columns), "nothing waits"));
}

int
cmd_show_messages(struct ctl *c)
{
	return (show(c, PROC_RELAY, SHOW_MESSAGES, message_columns,
	    NELEM(message_columns), "no messages"));
}
