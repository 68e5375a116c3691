/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What the firewall lets through now, and what it would say to a name.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "telclauded/ctl/view.h"
#include "telclauded/lib/text.h"
#include "telclauded/lib/util.h"

static void
fmt_left(const struct json_t *v, char *out, size_t size)
{
	fmt_since((uint64_t)json_integer_value(v) * 1000, out, size);
}

static void
fmt_list(const struct json_t *v, char *out, size_t size)
{
	const char	*s;
	size_t		 i, len = 0;

	out[0] = '\0';
	for (i = 0; i < json_array_size(v); i++) {
		s = json_string_value(json_array_get(v, i));
		if (s == NULL || str_format(out + len, size - len, "%s%s",
		    i > 0 ? " " : "", s) == -1)
			return;
		len = strlen(out);
	}
}

static const struct column name_columns[] = {
	{ "engine", "OPEN TO", 8, NULL },
	{ "scope", "SCOPE", 8, NULL },
	{ "name", "NAME", 20, NULL },
	{ "port", "PORT", -5, NULL },
	{ "left_s", "LEFT", -6, fmt_left },
	{ "asked", "ASKED", -5, NULL },
	{ "addresses", "ADDRESSES", 0, fmt_list },
};
static const struct column internal_columns[] = {
	{ "name", "REMOTE HOST", 20, NULL },
	{ "port", "PORT", -5, NULL },
	{ "scope", "SCOPE", 8, NULL },
	{ "state", "STATE", 0, NULL },
};
static const struct column foreign_columns[] = {
	{ "family", "BEFORE OURS", 11, NULL },
	{ "table", "TABLE", 10, NULL },
	{ "chain", "CHAIN", 10, NULL },
	{ "type", "TYPE", 6, NULL },
	{ "priority", "PRIORITY", 0, NULL },
};
static const struct column counter_columns[] = {
	{ "name", "DENIED TO", 18, NULL },
	{ "packets", "PACKETS", -8, NULL },
	{ "bytes", "BYTES", -8, NULL },
};

static int
flag(const json_t *o, const char *key)
{
	return (json_is_true(json_object_get(o, key)));
}

static const char *
word(const json_t *o, const char *key, char *buf, size_t size)
{
	const json_t	*v = json_object_get(o, key);

	if (!json_is_string(v))
		return ("-");
	text_for_log(text_of(json_string_value(v), json_string_length(v)),
	    buf, size);
	return (buf);
}

/* The rows of one kind, as a table after an empty line. */
static void
table(struct rows *r, const char *kind, const struct column *c, size_t n,
    const char *empty)
{
	struct rows	*part;

	if ((part = rows_split(r, kind)) == NULL)
		return;
	if (rows_count(part) > 0 || empty != NULL) {
		putchar('\n');
		rows_print_table(part, c, n, empty);
	}
	rows_free(part);
}

int
cmd_show_firewall(struct ctl *c)
{
	struct rows	*r;
	json_t		*o;
	char		 mode[32];
	int		 rv;

	if ((rv = view_fetch(c, PROC_PARENT, SHOW_FIREWALL, &r)) != 0)
		return (rv);
	if (c->json) {
		rows_print_json(r);
		rows_free(r);
		return (0);
	}
	if ((o = rows_take(r, "firewall")) != NULL) {
		printf("firewall %s, mode %s, %s, sentinel %s, engines with "
		    "pinned names: %lld\n", flag(o, "on") ? "on" : "OFF",
		    word(o, "mode", mode, sizeof(mode)),
		    flag(o, "owned") ? "owned" : "NOT OWNED",
		    flag(o, "sentinel") ? "present" : "MISSING",
		    (long long)json_integer_value(json_object_get(o,
		    "pinned")));
		json_decref(o);
	}
	table(r, "name", name_columns, NELEM(name_columns),
	    "no name is open now");
	table(r, "internal", internal_columns, NELEM(internal_columns), NULL);
	table(r, "foreign", foreign_columns, NELEM(foreign_columns), NULL);
	table(r, "counter", counter_columns, NELEM(counter_columns),
	    "no counters");
	rows_free(r);
	return (0);
}

/* --- firewall test ----------------------------------------------------- */

static void
print_addresses(const json_t *list)
{
	const json_t	*a;
	char		 buf[64];
	size_t		 i;

	for (i = 0; i < json_array_size(list); i++) {
		a = json_array_get(list, i);
		printf("address    %s%s\n", word(a, "address", buf,
		    sizeof(buf)), flag(a, "refused") ? ", refused" : "");
	}
}

static void
print_test(const json_t *o)
{
	char	 name[300], who[40], why[200], line[600], class[16], err[100];
	int	 lost = json_is_string(json_object_get(o, "lookup"));

	printf("%s %s port %lld to %s: %s\n",
	    flag(o, "allowed") ? "allowed:" : "denied:",
	    word(o, "name", name, sizeof(name)),
	    (long long)json_integer_value(json_object_get(o, "port")),
	    word(o, "to", who, sizeof(who)), lost ? "no address of it is "
	    "known" : word(o, "why", why, sizeof(why)));
	printf("line       %s\n", word(o, "line", line, sizeof(line)));
	printf("class      %s\n", word(o, "class", class, sizeof(class)));
	if (lost)
		printf("lookup     %s\n", word(o, "lookup", err,
		    sizeof(err)));
	print_addresses(json_object_get(o, "addresses"));
}

/* Whose question: tools of a scope ask through egress. */
static int
parse_who(const char *s, enum proc *proc, enum scope *scope)
{
	static const struct { const char *s; enum proc p; enum scope sc; }
	    t[] = {
		{ "telegram", PROC_EGRESS, SCOPE_TELEGRAM },
		{ "moltbook", PROC_EGRESS, SCOPE_MOLTBOOK },
		{ "relay", PROC_RELAY, SCOPE_NONE },
		{ "gate", PROC_GATE, SCOPE_NONE },
	};
	size_t	 i;

	for (i = 0; i < NELEM(t); i++)
		if (strcmp(t[i].s, s) == 0) {
			*proc = t[i].p;
			*scope = t[i].sc;
			return (0);
		}
	return (-1);
}

static int
parse_port(const char *s, uint16_t *port)
{
	char		*end;
	unsigned long	 n = strtoul(s, &end, 10);

	if (s[0] < '0' || s[0] > '9' || *end != '\0' || n == 0 || n > 65535)
		return (-1);
	*port = (uint16_t)n;
	return (0);
}

static int
ask(struct ctl *c, enum proc proc, enum scope scope, uint16_t port,
    struct rows *r)
{
	struct client	*cl;
	char		 why[1024] = "";
	int		 down, rv;

	if ((cl = client_open(c->socket, &down)) == NULL)
		return (down ? CTL_DOWN : 1);
	rv = client_test(cl, proc, scope, c->argv[0], port, rows_add, r, why,
	    sizeof(why));
	client_close(cl);
	if (rv == 0 && rows_count(r) == 1)
		return (0);
	warnx("%s", why[0] == '\0' ? "no answer" : why);
	return (1);
}

int
cmd_firewall_test(struct ctl *c)
{
	struct rows	*r;
	enum proc	 proc;
	enum scope	 scope;
	uint16_t	 port;
	int		 rv;

	if (parse_port(c->argv[1], &port) == -1) {
		warnx("firewall test: \"%s\" is not 1 to 65535", c->argv[1]);
		return (CTL_USAGE);
	}
	if (parse_who(c->argv[2], &proc, &scope) == -1) {
		warnx("firewall test: \"%s\" is neither telegram nor moltbook "
		    "(for their tools) nor relay nor gate", c->argv[2]);
		return (CTL_USAGE);
	}
	if ((r = rows_new()) == NULL)
		return (1);
	if ((rv = ask(c, proc, scope, port, r)) == 0) {
		if (c->json)
			rows_print_json(r);
		else
			print_test(rows_get(r, 0));
		rv = !flag(rows_get(r, 0), "allowed");
	}
	rows_free(r);
	return (rv);
}
