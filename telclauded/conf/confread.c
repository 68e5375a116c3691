/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The state of one parse: the files it reads, and the errors and warnings it
 * collects, each with its place.
 */
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "telclauded/conf/conf_int.h"
#include "telclauded/conf/parse.h"
#include "telclauded/lib/util.h"

/* Where a line of translated text came from, else NULL. */
static const struct jsonline *
origin(const struct parse *p, const struct where *at)
{
	if (p->map == NULL || at->line <= 0 ||
	    (size_t)at->line > p->map->n)
		return (NULL);
	return (&p->map->v[at->line - 1]);
}

int
conf_line(const struct parse *p, const struct where *at)
{
	const struct jsonline	*j = origin(p, at);

	return (j != NULL ? j->line : at->line);
}

static void __attribute__((format(printf, 4, 0)))
note(struct parse *p, struct strlist *l, const struct where *at,
    const char *fmt, va_list ap)
{
	const struct jsonline	*j;
	char			 msg[1024];

	if (l->n > CONF_NOTES_MAX)
		return;
	vsnprintf(msg, sizeof(msg), fmt, ap);
	if (l->n == CONF_NOTES_MAX)
		note_add(l, "more errors follow that are not listed");
	else if (at == NULL)
		note_add(l, msg);
	else if ((j = origin(p, at)) != NULL)
		note_printf(l, "%s:%d: %s: %s", at->file, j->line,
		    j->path == NULL || j->path[0] == '\0' ? "(top)" :
		    j->path, msg);
	else if (at->line > 0)
		note_printf(l, "%s:%d: %s", at->file, at->line, msg);
	else
		note_printf(l, "%s: %s", at->file, msg);
}

void
conf_err(struct parse *p, const struct where *at, const char *fmt, ...)
{
	va_list	 ap;

	p->errors++;
	va_start(ap, fmt);
	note(p, &p->notes->errors, at, fmt, ap);
	va_end(ap);
}

void
conf_warn(struct parse *p, const struct where *at, const char *fmt, ...)
{
	va_list	 ap;

	va_start(ap, fmt);
	note(p, &p->notes->warnings, at, fmt, ap);
	va_end(ap);
}

/* How many edits apart two words are; 99 when far. */
static unsigned
distance(const char *a, const char *b)
{
	unsigned	 row[33], diag, up;
	size_t		 i, j, la = strlen(a), lb = strlen(b);

	if (la > 32 || lb > 32)
		return (99);
	for (j = 0; j <= lb; j++)
		row[j] = (unsigned)j;
	for (i = 1; i <= la; i++) {
		diag = row[0];
		row[0] = (unsigned)i;
		for (j = 1; j <= lb; j++) {
			up = row[j];
			row[j] = MINIMUM(MINIMUM(up, row[j - 1]) + 1,
			    diag + (a[i - 1] != b[j - 1]));
			diag = up;
		}
	}
	return (row[lb]);
}

/* Adds what was probably meant, or what can stand there. */
void
conf_suggest(struct buf *b, const char *got, const char **names, size_t n)
{
	const char	*best = NULL;
	unsigned	 d, least = 3;
	size_t		 i, shown = 0;

	for (i = 0; got != NULL && i < n; i++)
		if ((d = distance(got, names[i])) < least &&
		    d < strlen(got)) {
			least = d;
			best = names[i];
		}
	if (best != NULL) {
		buf_printf(b, "; did you mean \"%s\"?", best);
		return;
	}
	if (n == 1 && strcmp(names[0], "end of line") == 0)
		buf_puts(b, "; the line should end before it");
	for (i = 0; i < n; i++) {
		if (strncmp(names[i], "end of ", 7) == 0 ||
		    strcmp(names[i], "hidden") == 0)
			continue;
		buf_puts(b, shown++ == 0 ? "; here can stand: " : ", ");
		buf_puts(b, names[i]);
	}
}

static int
push(struct parse *p, const char *name, char *path, const char *text,
    size_t len, enum readable readable)
{
	struct source	*s;
	struct where	 at;
	const char	*why;

	s = conf_alloc(p, sizeof(*s));
	s->name = conf_strndup(p, name, strlen(name));
	s->path = path;
	s->text = conf_strndup(p, text, len);
	s->len = len;
	s->line = p->flags & CP_OVERLAY ? 0 : 1;
	s->depth = p->depth;
	s->readable = readable;
	at.file = s->name;
	if (!conf_istext(text, len, &at.line, &why)) {
		conf_err(p, &at, "%s", why);
		return (-1);
	}
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		s->pos = 3;		/* a byte order mark, from Windows */
	s->up = p->src;
	p->src = s;
	return (0);
}

/* The file to read, when named in another: relative to that one. */
static char *
resolve(struct parse *p, const char *path, const struct where *at)
{
	const char	*slash;
	char		*s;
	size_t		 n;

	if (at == NULL || path[0] == '/' ||
	    (slash = strrchr(at->file, '/')) == NULL)
		return (conf_strndup(p, path, strlen(path)));
	n = (size_t)(slash - at->file) + 1;
	s = conf_alloc(p, n + strlen(path) + 1);
	memcpy(s, at->file, n);
	memcpy(s + n, path, strlen(path));
	return (s);
}

int
conf_push(struct parse *p, const char *name, const struct where *at)
{
	struct conf_file	 f;
	struct source		*s;
	char			 why[256], real[PATH_MAX];
	char			*path;
	int			 depth = 0, r;

	path = resolve(p, name, at);
	if (realpath(path, real) == NULL)
		str_copy(real, path, sizeof(real));
	for (s = p->src; s != NULL; s = s->up, depth++)
		if (s->path != NULL && strcmp(s->path, real) == 0) {
			conf_err(p, at, "include \"%s\": this file is being "
			    "read already: a loop", path);
			return (-1);
		}
	if (depth >= CONF_FILES_MAX) {
		conf_err(p, at, "include \"%s\": more than %d files deep",
		    path, CONF_FILES_MAX);
		return (-1);
	}
	if (conf_slurp(path, &f, why, sizeof(why)) == -1) {
		if (at != NULL)
			conf_err(p, at, "include \"%s\": %s", path, why);
		else
			conf_err(p, NULL, "%s: %s", path, why);
		return (-1);
	}
	r = push(p, path, conf_strndup(p, real, strlen(real)), f.text, f.len,
	    f.readable);
	explicit_bzero(f.text, f.len);
	free(f.text);
	return (r);
}

int
conf_push_text(struct parse *p, const char *name, const char *text, size_t len,
    enum readable readable)
{
	return (push(p, name, NULL, text, len, readable));
}

void
conf_parse_init(struct parse *p, struct conf *c, struct conf_notes *notes,
    const struct conf_opts *opts)
{
	memset(p, 0, sizeof(*p));
	p->conf = c;
	p->notes = notes;
	p->opts = opts;
	p->block = "";
	p->prevtok = NL;
}

/* Reads what was pushed.  Once more for each variable of the environment. */
int
conf_parse(struct parse *p)
{
	unsigned	 before = p->errors;

	p->depth = p->inblock = p->recover = p->first = p->hush = 0;
	p->prevtok = NL;
	p->block = "";
	p->pending = NULL;
	p->expand = NULL;
	if (conf_yyparse(p) != 0 && p->errors == before)
		conf_err(p, NULL, "the parser ran out of memory");
	return (p->errors == before ? 0 : -1);
}

void
conf_parse_free(struct parse *p)
{
	conf_pool_free(p);
	jsonmap_free(&p->jsonmap);
	memset(p, 0, sizeof(*p));
}

void
conf_eol(struct parse *p)
{
	p->stmt++;
	p->recover = 0;
	if (!p->inblock)
		p->block = "";
}
