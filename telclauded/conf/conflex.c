/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The lexer of telclauded.conf(5): words, strings, numbers, macros, braces.
 * After a syntax error it skips to the end of the statement, over whole
 * blocks, so that one mistake is one message.
 */
#include <stdlib.h>
#include <string.h>

#include "telclauded/conf/conf_int.h"
#include "telclauded/conf/parse.h"

static int
isblankc(int c)
{
	return (c == ' ' || c == '\t' || c == '\r');
}

static int
endsword(int c)
{
	return (c == -1 || c == '\n' || isblankc(c) || c == '{' || c == '}' ||
	    c == ',' || c == '#' || c == '"' || c == '=');
}

/* The next byte without taking it: of a macro's value, else of the file. */
static int
peek(struct parse *p)
{
	struct source	*s = p->src;

	if (p->expand != NULL)
		return (*p->expand != '\0' ? (unsigned char)*p->expand : ' ');
	if (s == NULL || s->pos >= s->len)
		return (-1);
	return ((unsigned char)s->text[s->pos]);
}

static int
take(struct parse *p)
{
	int	 c = peek(p);

	if (p->expand != NULL) {
		if (*p->expand++ == '\0')
			p->expand = p->expanding = NULL;
	} else if (c != -1)
		p->src->pos++;
	return (c);
}

static struct where
here(const struct parse *p)
{
	struct where	 w = { "end of file", 0 };

	if (p->src != NULL) {
		w.file = p->src->name;
		w.line = p->src->line;
	}
	return (w);
}

/* Blanks, comments, joined lines; in a list also commas and newlines. */
static void
skip(struct parse *p)
{
	int	 c, list;

	list = p->depth > p->inblock;
	while ((c = peek(p)) != -1) {
		if (c == '#' && p->expand == NULL) {
			while ((c = peek(p)) != -1 && c != '\n')
				take(p);
		} else if (isblankc(c) || (list && c == ',')) {
			take(p);
		} else if (c == '\n' && list) {
			take(p);
			p->src->line++;
		} else if (c == '\\' && p->expand == NULL &&
		    p->src->pos + 1 < p->src->len &&
		    p->src->text[p->src->pos + 1] == '\n') {
			p->src->pos += 2;
			p->src->line++;
		} else
			return;
	}
}

/* Takes a string after its quote: the length in out, or -1. */
static int
quoted(struct parse *p, char *out, const struct where *at)
{
	int	 c, n = 0;

	for (;;) {
		if ((c = peek(p)) == -1 || c == '\n' ||
		    (p->expand != NULL && *p->expand == '\0')) {
			conf_err(p, at, "this string has no closing quote");
			return (-1);
		}
		take(p);
		if (c == '"')
			break;
		if (c == '\\' && (peek(p) == '"' || peek(p) == '\\'))
			c = take(p);
		if (n >= CONF_WORD_MAX) {
			conf_err(p, at, "this string is longer than %d bytes",
			    CONF_WORD_MAX);
			return (-1);
		}
		out[n++] = (char)c;
	}
	return (n);
}

static int
unquoted(struct parse *p, char *out, const struct where *at)
{
	int	 c, n = 0;

	while (!endsword(c = peek(p))) {
		if (n >= CONF_WORD_MAX) {
			conf_err(p, at, "this word is longer than %d bytes",
			    CONF_WORD_MAX);
			return (-1);
		}
		take(p);
		out[n++] = (char)c;
	}
	if (memchr(out, '$', (size_t)n) != NULL) {
		conf_err(p, at, "a macro stands alone, not inside a word; "
		    "quote the word if the $ is meant");
		return (-1);
	}
	if (n > 0 && out[0] == '\'') {
		conf_err(p, at, "strings take double quotes");
		return (-1);
	}
	return (n);
}

static int
isnumber(const char *s)
{
	if (*s == '-')
		s++;
	return (*s >= '0' && *s <= '9');
}

static int
word(struct parse *p, CONF_YYSTYPE *v, const struct where *at)
{
	char		 buf[CONF_WORD_MAX + 1];
	struct word	*w;
	int		 n, q, t;

	if ((q = peek(p) == '"'))
		take(p);
	n = q ? quoted(p, buf, at) : unquoted(p, buf, at);
	if (n == -1) {
		p->recover = 1;
		explicit_bzero(buf, sizeof(buf));
		return (CONF_YYerror);
	}
	buf[n] = '\0';
	if (!q && (t = conf_keyword(buf)) != 0)
		return (t);
	w = conf_alloc(p, sizeof(*w));
	w->s = conf_strndup(p, buf, (size_t)n);
	explicit_bzero(buf, sizeof(buf));
	w->at = *at;
	w->quoted = q;
	w->src = SEC_NONE;
	v->w = p->last = w;
	return (!q && isnumber(w->s) ? NUMBER : STRING);
}

/* $name: its value is read as if it stood here. */
static int
expand(struct parse *p, const struct where *at)
{
	char		 name[65];
	struct macro	*m;
	size_t		 n = 0;

	take(p);
	if (p->expand != NULL) {
		conf_err(p, at, "macro %.64s: its value names another macro; "
		    "write that one outside the quotes", p->expanding);
		return (-1);
	}
	while (!endsword(peek(p)) && n < sizeof(name) - 1)
		name[n++] = (char)take(p);
	name[n] = '\0';
	for (m = p->macros; m != NULL; m = m->next)
		if (strcmp(m->name, name) == 0)
			break;
	if (m == NULL) {
		conf_err(p, at, "macro %s is not defined", name);
		return (-1);
	}
	p->expand = m->value;
	p->expanding = m->name;
	return (0);
}

static int
brace_open(struct parse *p, const struct where *at)
{
	take(p);
	if (p->depth >= CONF_OPEN_MAX) {
		conf_err(p, at, "more than %d braces are open", CONF_OPEN_MAX);
		p->recover = 1;
		return (CONF_YYerror);
	}
	p->open[p->depth++] = *at;
	if (p->depth == 1 && !p->recover && conf_opens_block(p->first)) {
		p->inblock = 1;
		return (BEGIN_);
	}
	return ('{');
}

static int
brace_close(struct parse *p)
{
	if (p->depth > p->inblock || p->depth == 0) {
		take(p);
		if (p->depth > 0)
			p->depth--;
		return ('}');
	}
	if (p->prevtok != NL) {		/* the last line of a block ends here */
		p->hush = 0;
		return (NL);
	}
	take(p);
	p->depth = p->inblock = 0;
	p->block = "";
	return (END_);
}

/* The end of a file: what it left open is closed, then the outer goes on. */
static int
source_end(struct parse *p)
{
	struct source	*s = p->src;

	if (p->prevtok != NL && p->depth == p->inblock)
		return (NL);
	if (p->depth > s->depth) {
		if (!s->ended)
			conf_err(p, &p->open[s->depth],
			    "this { is never closed");
		s->ended = 1;
		if (p->depth > p->inblock) {
			p->depth--;
			return ('}');
		}
		p->depth = p->inblock = 0;
		p->block = "";
		return (END_);
	}
	p->src = s->up;
	return (p->src == NULL ? CONF_YYEOF : NL);
}

static int
newline(struct parse *p)
{
	struct word	*w = p->pending;

	take(p);
	p->src->line++;
	p->first = 0;
	p->hush = 0;
	if (w != NULL) {
		p->pending = NULL;
		conf_push(p, w->s, &w->at);
	}
	return (NL);
}

static int
token(struct parse *p, CONF_YYSTYPE *v, struct where *at)
{
	int	 c;

	for (;;) {
		skip(p);
		*at = here(p);
		if (p->src == NULL)
			return (CONF_YYEOF);
		if ((c = peek(p)) != '$')
			break;
		if (expand(p, at) == -1) {
			p->recover = 1;
			return (CONF_YYerror);
		}
	}
	switch (c) {
	case -1:
		return (source_end(p));
	case '\n':
		return (newline(p));
	case '{':
		return (brace_open(p, at));
	case '}':
		return (brace_close(p));
	case '=':
	case ',':
		return (take(p));
	case '#':			/* in a macro's value only */
		take(p);
		return (c);
	default:
		return (word(p, v, at));
	}
}

int
conf_yylex(CONF_YYSTYPE *v, struct where *at, struct parse *p)
{
	int	 t, secret;

	do {
		t = token(p, v, at);
		if (p->first == 0 && t != NL && p->depth == 0) {
			p->first = t;
			p->name = t == STRING ? p->last->s : NULL;
		}
		secret = t == TOKEN || t == KEY || t == PEER || t == SECRET;
		if (secret)
			p->hush = 1;
		p->prevtok = t;
		/* After an error only the end of the statement matters. */
	} while (p->recover && t != CONF_YYEOF && t != CONF_YYerror &&
	    (t != NL || p->depth > p->inblock) && t != END_);
	return (t);
}

static int
macro_name_ok(const char *s)
{
	return (*s != '\0' && strlen(s) <= 64 &&
	    strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "0123456789_") == strlen(s));
}

/* 0; 1: it was set on the command line; -1: a bad name, or set before. */
int
conf_macro_set(struct parse *p, const char *name, const char *value, int fixed)
{
	struct macro	*m;

	if (!macro_name_ok(name))
		return (-1);
	for (m = p->macros; m != NULL; m = m->next)
		if (strcmp(m->name, name) == 0)
			return (m->fixed && !fixed ? 1 : -1);
	m = conf_alloc(p, sizeof(*m));
	m->name = conf_strndup(p, name, strlen(name));
	m->value = conf_strndup(p, value, strlen(value));
	m->fixed = fixed;
	m->next = p->macros;
	p->macros = m;
	return (0);
}

/* name = words: the words, with one space between them. */
void
conf_macro(struct parse *p, const struct word *name, struct word *words)
{
	struct word	*w;
	size_t		 len = 0, n = 0;
	char		*v;

	for (w = words; w != NULL; w = w->next)
		len += strlen(w->s) + 1;
	v = conf_alloc(p, len + 1);
	for (w = words; w != NULL; w = w->next) {
		memcpy(v + n, w->s, strlen(w->s));
		n += strlen(w->s);
		if (w->next != NULL)
			v[n++] = ' ';
	}
	if (!macro_name_ok(name->s))
		conf_err(p, &name->at, "macro \"%.64s\": a name is letters, "
		    "digits and _, at most 64", name->s);
	else if (conf_macro_set(p, name->s, v, 0) == -1)
		conf_err(p, &name->at, "macro %s is set twice", name->s);
}

void
conf_include(struct parse *p, struct word *w)
{
	if (p->prevtok == NL)
		conf_push(p, w->s, &w->at);
	else
		p->pending = w;
}
