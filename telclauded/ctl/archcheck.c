/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Does each part of a backup open?  Nothing is written.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "telclauded/conf/conf.h"
#include "telclauded/ctl/archive.h"
#include "telclauded/ctl/restore.h"
#include "telclauded/lib/text.h"

static int
check_conf(const struct part *p, char *why, size_t whylen)
{
	struct conf_notes	 notes;
	struct conf		*c = NULL;
	int			 r;

	memset(&notes, 0, sizeof(notes));
	if (p->m.size <= CONF_TEXT_MAX)
		c = conf_reparse((const char *)p->m.p, p->m.size, &notes);
	if ((r = c == NULL ? -1 : 0) == -1)
		(void)str_format(why, whylen, "it does not parse: %s",
		    notes.errors.n > 0 ? notes.errors.v[0] : "too large");
	conf_notes_free(&notes);
	conf_free(c);
	return (r);
}

static int
ends(const char *s, const char *with)
{
	size_t	 n = strlen(s), k = strlen(with);

	return (n >= k && strcmp(s + n - k, with) == 0);
}

/* A database with a journal beside it is not the one that was looked at: no
 * backup has one.  What no engine takes would stop a restore half way. */
static int
foreign(const char *name, char *why, size_t whylen)
{
	if (ends(name, "-wal") || ends(name, "-shm") ||
	    ends(name, "-journal"))
		(void)str_copy(why, "no backup has a journal: it could change "
		    "the database beside it", whylen);
	else if (strcmp(name, ARCHIVE_CONF) != 0 && !restore_known(name))
		(void)str_copy(why, "it belongs to no engine of this release",
		    whylen);
	else
		return (0);
	return (-1);
}

/* How it was looked at, and 0, or -1 with why; 1: it is doubtful. */
static int
check_part(struct archive *a, struct part *p, const struct conf *c,
    const char **how, char *why, size_t whylen)
{
	if (foreign(p->m.name, why, whylen) == -1)
		return (-1);
	*how = "database, whole";
	if (ends(p->m.name, ".db"))
		return (store_check(p->m.name, a->map + (p->m.p - a->map),
		    p->m.size, why, whylen));
	*how = "parses";
	if (strcmp(p->m.name, ARCHIVE_CONF) == 0)
		return (check_conf(p, why, whylen));
	*how = "chain and seals hold, with those before it";
	if (strcmp(p->m.name, "audit/audit.log") == 0)
		return (check_audit(a, why, whylen));
	*how = "opens with the key";
	if (strcmp(p->m.name, "totp/secrets") == 0 && c != NULL)
		return (check_totp(p, c, why, whylen));
	*how = "the bytes that were written";
	return (0);
}

static void
say(const struct part *p, const char *how, const char *why, int json,
    int first, const char *file)
{
	struct buf	 b;
	char		 line[512];

	if (!json) {
		printf("%-32s %12" PRIu64 "  %s\n", p->m.name, p->m.size,
		    why == NULL ? how : text_for_log(text_of(why,
		    strlen(why)), line, sizeof(line)));
		return;
	}
	buf_init(&b);
	(void)buf_printf(&b, "%s  {\"name\":\"%s\",\"size\":%" PRIu64
	    ",\"ok\":%s,\"found\":", first ? "[\n" : ",\n", p->m.name,
	    p->m.size, why == NULL ? "true" : "false");
	(void)buf_json_str(&b, why == NULL ? how : why,
	    strlen(why == NULL ? how : why));
	if (file != NULL) {
		(void)buf_puts(&b, ",\"file\":");
		(void)buf_json_str(&b, file, strlen(file));
	}
	(void)buf_puts(&b, "}");
	fputs(b.p, stdout);
	buf_free(&b);
}

unsigned
archive_check(struct archive *a, const struct conf *c, int json)
{
	char		 why[512];
	const char	*how = "";
	unsigned	 bad = 0;
	size_t		 i;
	int		 r;

	for (i = 0; i < a->n; i++) {
		why[0] = '\0';
		r = check_part(a, &a->parts[i], c, &how, why,
		    sizeof(why));
		say(&a->parts[i], how, r == 0 ? NULL : why, json, i == 0,
		    a->file);
		if (r == 1)
			(void)str_copy(a->doubt, why, sizeof(a->doubt));
		bad += r == -1;
	}
	if (json)
		puts(a->n == 0 ? "[]" : "\n]");
	return (bad);
}
