/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * import: links, bans and memory of the reference's telclaude.db, a row a
 * question to the relay, which judges each.  What is here already stays as it
 * is, so it can be run again.  Run by the administrator.
 */
#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "telclauded/ctl/ctl.h"
#include "telclauded/ctl/import.h"
#include "telclauded/lib/text.h"
#include "telclauded/lib/util.h"

#define ROW_MAX	8192			/* CTL_ASK.t */
#define TABLES	3

struct count {
	char		 table[32];
	uint64_t	 added, there, skipped;
};

struct import {
	struct client	*cl;
	struct count	 v[TABLES];
	size_t		 n;
	char		 result[16], said[256];
	char		 why[1024];
};

static void
on_row(const char *p, size_t n, void *arg)
{
	struct import	*im = arg;
	json_t		*o = json_loadb(p, n, 0, NULL);
	const char	*s;

	s = json_string_value(json_object_get(o, "result"));
	(void)str_copy(im->result, s == NULL ? "" : s, sizeof(im->result));
	s = json_string_value(json_object_get(o, "why"));
	(void)str_copy(im->said, s == NULL ? "" : s, sizeof(im->said));
	json_decref(o);
}

static struct count *
count(struct import *im, const char *table)
{
	struct count	*c;

	if (im->n > 0 && strcmp(im->v[im->n - 1].table, table) == 0)
		return (&im->v[im->n - 1]);
	c = &im->v[im->n++];
	(void)str_copy(c->table, table, sizeof(c->table));
	return (c);
}

/* Which row it was, for people: its key. */
static void
skipped(const char *table, const char *json, size_t n, const char *why)
{
	json_t		*o = json_loadb(json, n, 0, NULL);
	json_t		*key = json_object_get(o,
			    json_object_get(o, "id") != NULL ? "id" :
			    "chat_id");
	const char	*s = json_string_value(key);
	char		 num[32], shown[160];

	if (s == NULL) {
		(void)str_format(num, sizeof(num), "%" JSON_INTEGER_FORMAT,
		    json_integer_value(key));
		s = num;
	}
	fprintf(stderr, "%s %s: skipped: %s\n", table,
	    text_for_log(text_of(s, strlen(s)), shown, sizeof(shown)), why);
	json_decref(o);
}

static int
one(const char *table, const char *json, size_t n, void *arg)
{
	struct import	*im = arg;
	struct count	*c = count(im, table);

	im->result[0] = im->said[0] = '\0';
	if (n > ROW_MAX)
		(void)str_copy(im->said, "too long", sizeof(im->said));
	else if (client_ask(im->cl, ASK_IMPORT, 0, 0, table, json, -1,
	    on_row, im, im->why, sizeof(im->why)) != 0)
		return (-1);
	if (strcmp(im->result, "added") == 0)
		c->added++;
	else if (strcmp(im->result, "there") == 0)
		c->there++;
	else {
		c->skipped++;
		skipped(table, json, n, im->said);
	}
	return (0);
}

static void
tell(const struct import *im, int json)
{
	const struct count	*c;
	size_t			 i;

	if (json)
		puts("[");
	for (i = 0; i < im->n; i++) {
		c = &im->v[i];
		printf(json ? "  {\"table\":\"%s\",\"added\":%" PRIu64
		    ",\"there\":%" PRIu64 ",\"skipped\":%" PRIu64 "}%s\n" :
		    "%-16s %" PRIu64 " added, %" PRIu64 " were there, %"
		    PRIu64 " skipped%s\n", c->table, c->added, c->there,
		    c->skipped, json && i + 1 < im->n ? "," : "");
	}
	if (json)
		puts("]");
	else if (im->n == 0)
		puts("nothing to bring over");
}

int
cmd_import(struct ctl *c)
{
	static struct import	 im;
	int			 down, r;

	if ((im.cl = client_open(c->socket, &down)) == NULL)
		return (down ? CTL_DOWN : 1);
	r = client_goto(im.cl, PROC_RELAY, im.why, sizeof(im.why));
	if (r == 0)
		r = import_read(c->argv[0], one, &im, im.why,
		    sizeof(im.why));
	client_close(im.cl);
	if (r != 0) {
		warnx("%s: %s", c->argv[0], im.why[0] == '\0' ? "not finished"
		    : im.why);
		return (1);
	}
	tell(&im, c->json);
	return (0);
}
