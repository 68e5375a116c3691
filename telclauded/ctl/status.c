/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * status: a few lines on how everything stands and a table of processes; the
 * exit status says well, degraded or down.
 */
#include <sys/wait.h>

#include <inttypes.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "telclauded/ctl/view.h"
#include "telclauded/lib/text.h"
#include "telclauded/lib/util.h"

static const char *
str(const json_t *o, const char *key, char *out, size_t size)
{
	const json_t	*v = json_object_get(o, key);

	if (!json_is_string(v))
		return ("-");
	return (text_for_log(text_of(json_string_value(v),
	    json_string_length(v)), out, size));
}

static int64_t
num(const json_t *o, const char *key)
{
	return (json_integer_value(json_object_get(o, key)));
}

static int
yes(const json_t *o, const char *key)
{
	return (json_is_true(json_object_get(o, key)));
}

static const char *
ago(int64_t then, char *out, size_t size)
{
	char	 t[32];

	if (then <= 0 || (uint64_t)then > wall_ms())
		return ("never");
	fmt_since(wall_ms() - (uint64_t)then, t, sizeof(t));
	(void)str_format(out, size, "%s ago", t);
	return (out);
}

static const char *
clock_of(int64_t ms, char *out, size_t size)
{
	time_t		 t = ms / 1000;
	struct tm	 tm;

	if (localtime_r(&t, &tm) == NULL ||
	    strftime(out, size, "%H:%M:%S", &tm) == 0)
		return ("-");
	return (out);
}

static void
line_daemon(const json_t *o)
{
	char	 a[64], b[32], c[256], d[32];

	fmt_since((uint64_t)num(o, "up_s") * 1000, a, sizeof(a));
	printf("telclauded %s up %s, profile %s, ", str(o, "version", b,
	    sizeof(b)), a, str(o, "profile", d, sizeof(d)));
	if (!json_is_string(json_object_get(o, "config")))
		printf("configured by the environment");
	else
		printf("%s loaded %s (%s)", str(o, "config", c, sizeof(c)),
		    clock_of(num(o, "loaded_ms"), a, sizeof(a)),
		    yes(o, "changed") ? "changed on disk since" :
		    "unchanged on disk");
	printf("\n");
	if (json_object_get(o, "selftest_ms") != NULL)
		printf("selftest   passed %s\n", ago(num(o, "selftest_ms"), a,
		    sizeof(a)));
}

static void
line_telegram(const json_t *o)
{
	char	 a[64], b[80], s[32];

	if (*str(o, "bot", b, sizeof(b)) == '\0')
		printf("telegram   %s, ", str(o, "state", s, sizeof(s)));
	else
		printf("telegram   @%s, %s, ", str(o, "bot", b, sizeof(b)),
		    str(o, "state", s, sizeof(s)));
	if (num(o, "polled_ms") <= 0)
		printf("no poll answered yet");
	else
		printf("last poll answered %s",
		    ago(num(o, "polled_ms"), a, sizeof(a)));
	printf(", %" PRId64 " chat%s listed, %" PRId64 " queued, %" PRId64
	    " refused", num(o, "chats"), num(o, "chats") == 1 ? "" : "s",
	    num(o, "queued"), num(o, "refused"));
	if (num(o, "refused") > 0)
		printf(" (%" PRId64 ", %s)", num(o, "last_refused"),
		    ago(num(o, "last_refused_ms"), a, sizeof(a)));
	printf("\n");
}

static void
line_anthropic(const json_t *o)
{
	char	 a[64], b[32];

	printf("anthropic  %s, ", str(o, "auth", b, sizeof(b)));
	if (num(o, "asked_ms") == 0)
		printf("nothing asked yet");
	else if (num(o, "err") != 0)
		printf("last request FAILED %s",
		    ago(num(o, "asked_ms"), a, sizeof(a)));
	else
		printf("last request %" PRId64 " %s", num(o, "status"),
		    ago(num(o, "asked_ms"), a, sizeof(a)));
	printf(", today %" PRId64 " tokens %.2f", num(o, "tokens_today"),
	    (double)num(o, "microusd_today") / 1e6);
	if (num(o, "microusd_limit") > 0)
		printf(" of %.2f", (double)num(o, "microusd_limit") / 1e6);
	printf(" usd\n");
}

static void
line_firewall(const json_t *o)
{
	const char	*name;
	json_t		*v;
	int		 any = 0;

	printf("firewall   %s, %s, sentinel %s, %" PRId64
	    " engine%s with pinned names; denied:",
	    yes(o, "on") ? "on" : "OFF", yes(o, "owned") ? "owned" :
	    "NOT OWNED", yes(o, "sentinel") ? "present" : "MISSING",
	    num(o, "pinned"), num(o, "pinned") == 1 ? "" : "s");
	json_object_foreach(json_object_get(o, "denied"), name, v) {
		if (json_integer_value(v) == 0)
			continue;
		printf(" %s %lld,", name, (long long)json_integer_value(v));
		any = 1;
	}
	printf("%s\n", any ? " all others 0" : " none");
}

static void
line_sandbox(const json_t *o)
{
	const json_t	*v;
	char		 a[32], b[256];
	size_t		 i;

	printf("sandbox    namespaces %s, id-mapped workspace %s, Landlock %"
	    PRId64 ", seccomp %s, ", yes(o, "namespaces") ? "yes" :
	    "NO (tools run as the workspace's owner)",
	    yes(o, "idmap") ? "yes" : "no", num(o, "landlock"),
	    yes(o, "seccomp") ? "yes" : "NO");
	if (num(o, "cgroup") > 0)
		printf("cgroup v%" PRId64 "\n", num(o, "cgroup"));
	else
		printf("no cgroups\n");
	json_array_foreach(json_object_get(o, "weaker"), i, v)
		printf("weaker     %s: %s\n", str(v, "layer", a, sizeof(a)),
		    str(v, "means", b, sizeof(b)));
}

static int
print_degraded(const json_t *daemon)
{
	const json_t	*list = json_object_get(daemon, "degraded"), *v;
	char		 line[256];
	size_t		 i;

	json_array_foreach(list, i, v)
		printf("degraded   %s\n", text_for_log(text_of(
		    json_string_value(v), json_string_length(v)), line,
		    sizeof(line)));
	return (json_array_size(list) > 0);
}

/* Rows to one object: rows of one kind by that name, processes as a list. */
static int
status_json(struct rows *r)
{
	json_t		*out = json_object(), *list = json_array(), *o;
	const char	*kind;
	size_t		 i;
	int		 bad;

	for (i = 0; i < rows_count(r); i++) {
		o = rows_at(r, i);
		kind = json_string_value(json_object_get(o, "row"));
		if (kind != NULL && strcmp(kind, "engine") == 0)
			json_array_append(list, o);
		else if (kind != NULL)
			json_object_set(out, kind, o);
	}
	json_object_set_new(out, "engines", list);
	bad = json_array_size(json_object_get(json_object_get(out, "daemon"),
	    "degraded")) > 0;
	json_object_set_new(out, "exit", json_integer(bad ? CTL_DEGRADED :
	    CTL_OK));
	json_dumpf(out, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(out);
	return (bad ? CTL_DEGRADED : CTL_OK);
}

static int
status_text(struct rows *r)
{
	static const struct {
		const char	*kind;
		void		(*print)(const json_t *);
	} lines[] = {
		{ "telegram", line_telegram },
		{ "anthropic", line_anthropic },
		{ "firewall", line_firewall },
		{ "sandbox", line_sandbox },
	};
	json_t	*o;
	size_t	 i;
	int	 bad = 0;

	if ((o = rows_take(r, "daemon")) != NULL) {
		line_daemon(o);
		bad = print_degraded(o);
		json_decref(o);
	}
	for (i = 0; i < NELEM(lines); i++)
		if ((o = rows_take(r, lines[i].kind)) != NULL) {
			lines[i].print(o);
			json_decref(o);
		}
	view_engines(r);
	return (bad ? CTL_DEGRADED : CTL_OK);
}

/* Where systemd runs, it knows why nobody answers. */
static void
status_unit(void)
{
	const char *show[] = { "systemctl", "show", "-p",
	    "ActiveState,SubState,Result,ExecMainStatus", "telclauded", NULL };
	const char *last[] = { "journalctl", "-q", "-n", "1", "-o", "cat", "-u",
	    "telclauded", NULL };
	const char **cmds[] = { show, last };
	pid_t	 pid;
	size_t	 i;
	int	 st;

	if (access("/run/systemd/system", F_OK) == -1)
		return;
	fflush(stdout);
	for (i = 0; i < NELEM(cmds); i++)
		if (posix_spawnp(&pid, cmds[i][0], NULL, NULL,
		    (char *const *)(uintptr_t)cmds[i], environ) == 0)
			(void)waitpid(pid, &st, 0);
}

int
cmd_status(struct ctl *c)
{
	struct rows	*r;
	int		 rv;

	if ((rv = view_fetch(c, PROC_PARENT, SHOW_STATUS, &r)) != 0) {
		if (rv == CTL_DOWN && c->json)
			printf("{\"exit\": %d}\n", CTL_DOWN);
		else if (rv == CTL_DOWN)
			status_unit();
		return (rv);
	}
	view_add_pss(r);
	rv = c->json ? status_json(r) : status_text(r);
	rows_free(r);
	return (rv);
}
