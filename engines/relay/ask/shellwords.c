/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The words of a command line.  What a document in it (<<) says is no
 * command; a ) that nothing opened ends a pattern of case.  Linked by the
 * relay; pure; the input is the model's.
 */
#include <string.h>

#include "telclauded/lib/util.h"
#include "engines/relay/ask/shellwords.h"

#define WORDS		256	/* of one command; more are not looked at */
#define DEPTH		6

struct reader {
	struct shell	*s;
	const char	*p, *end;
	struct buf	 text;		/* of the command's words */
	size_t		 at[WORDS];
	char		 to[WORDS];	/* '<' '>': where it is redirected */
	unsigned	 n;
	char		 redirect;	/* of the next word */
	unsigned	 open;		/* parentheses */
	char		 until[64];	/* line that ends a document, or "" */
	int		 inside;	/* a ) that nothing opened ends it */
};

static int	run(struct shell *, const char **, const char *, int);

int
shell_assigns(const char *s)
{
	size_t	n = strspn(s, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

	return (n > 0 && (s[0] < '0' || s[0] > '9') && s[n] == '=');
}

int
shell_inner(const struct shell *s, const char *p, size_t len)
{
	struct shell	in = *s;

	if (s->depth >= DEPTH)
		return (0);
	in.depth++;
	in.fetched = 0;
	return (shell_run(&in, p, len));
}

int
shell_command(const struct shell *s, const char **v, unsigned n)
{
	struct shell	in = *s;

	if (s->depth >= DEPTH)
		return (0);
	in.depth++;
	return (in.fn(&in, v, n));
}

/* --- one word ---------------------------------------------------------- */
/* The end of what begins at p, which a close ends that is not quoted. */
static const char *
closing(const char *p, const char *end, char open, char close)
{
	unsigned	deep = 1;
	char		q = '\0';

	for (; p < end; p++) {
		if (*p == '\\' && q != '\'')
			p++;
		else if (q != '\0')
			q = *p == q ? '\0' : q;
		else if ((*p == '\'' || *p == '"') && close != '`')
			q = *p;
		else if (*p == close && --deep == 0)
			return (p);
		else if (*p == open)
			deep++;
	}
	return (end);
}

/* A substitution: its commands are looked at, its result is unknown. */
static int
substituted(struct reader *r, size_t skip, char open, char close)
{
	struct shell	 in = *r->s;
	const char	*from = r->p + skip, *to;
	int		 found;

	if (close == ')' && in.depth++ < DEPTH) {
		in.fetched = 0;
		r->p = from;
		(void)buf_puts(&r->text, "$");
		return (run(&in, &r->p, r->end, 1));
	}
	to = closing(from, r->end, open, close);
	found = close != '}' && shell_inner(r->s, from, (size_t)(to - from));
	r->p = to < r->end ? to + 1 : r->end;
	(void)buf_puts(&r->text, "$");
	return (found);
}

static int
word_special(struct reader *r)
{
	if (*r->p == '`')
		return (substituted(r, 1, '\0', '`'));
	if (*r->p == '$' && r->end - r->p > 1 && r->p[1] == '(')
		return (substituted(r, 2, '(', ')'));
	if (*r->p == '$' && r->end - r->p > 1 && r->p[1] == '{')
		return (substituted(r, 2, '{', '}'));
	if (*r->p == '\\' && r->end - r->p > 1 && *++r->p == '\n') {
		r->p++;
		return (0);
	}
	(void)buf_add(&r->text, r->p++, 1);
	return (0);
}

static int
word_quoted(struct reader *r)
{
	char	q = *r->p++;

	while (r->p < r->end && *r->p != q)
		if (q == '\'')
			(void)buf_add(&r->text, r->p++, 1);
		else if (word_special(r))
			return (1);
	r->p += r->p < r->end;
	return (0);
}

/* Reads a word; 1 when what is in it ended it all. */
static int
word_read(struct reader *r)
{
	size_t	at = r->text.len;

	while (r->p < r->end && memchr(" \t\n;|&()<>", *r->p, 10) == NULL)
		if (*r->p == '\'' || *r->p == '"') {
			if (word_quoted(r))
				return (1);
		} else if (word_special(r))
			return (1);
	(void)buf_add(&r->text, "", 1);
	if (r->n < WORDS) {
		r->at[r->n] = at;
		r->to[r->n++] = r->redirect;
	}
	r->redirect = '\0';
	return (0);
}

/* --- one command ------------------------------------------------------- */
static void
command_new(struct reader *r)
{
	r->n = 0;
	r->redirect = '\0';
	buf_drain(&r->text, r->text.len);
}

static int
command_end(struct reader *r)
{
	const char	*v[WORDS];
	unsigned	 i, n = 0;
	int		 found = 0;

	for (i = 0; i < r->n && !r->text.failed && !found; i++)
		if (r->to[i] == '\0')
			v[n++] = r->text.p + r->at[i];
		else if (r->to[i] != '=')
			found = r->s->redirect(r->s, r->to[i], r->text.p +
			    r->at[i]);
	found = found || (n > 0 && r->s->fn(r->s, v, n));
	command_new(r);
	return (found);
}

/* The lines of a document. */
static void
skip_document(struct reader *r)
{
	const char	*nl;
	size_t		 len = strlen(r->until), n;
	int		 over = 0;

	while (!over && r->p < r->end) {
		while (r->p < r->end && *r->p == '\t')
			r->p++;
		nl = memchr(r->p, '\n', (size_t)(r->end - r->p));
		n = (size_t)((nl == NULL ? r->end : nl) - r->p);
		over = n == len && memcmp(r->p, r->until, n) == 0;
		r->p += nl == NULL ? n : n + 1;
	}
	r->until[0] = '\0';
}

/* What stands between commands. */
static int
between(struct reader *r)
{
	char	c = *r->p++;
	int	found = 0;

	if (c == ')' && r->open == 0 && r->inside) {
		r->end = r->p;
		return (command_end(r));
	}
	if (c == ')' && r->open == 0 && r->n == 1)
		command_new(r);
	else
		found = command_end(r);
	if (c != '|' || (r->p < r->end && *r->p == '|'))
		r->s->fetched = 0;
	r->open += c == '(';
	r->open -= c == ')' && r->open > 0;
	if (c == '\n' && r->until[0] != '\0')
		skip_document(r);
	return (found);
}

static int
redirection(struct reader *r)
{
	char	c = *r->p++;
	size_t	at;

	if (r->p < r->end && *r->p == '(') {	/* <( ) */
		r->p--;
		return (substituted(r, 2, '(', ')'));
	}
	r->redirect = c;
	if (r->p >= r->end || *r->p != c) {
		r->p += r->p < r->end && (*r->p == '&' || *r->p == '|' ||
		    *r->p == '>');
		return (0);
	}
	r->p++;
	if (c == '>')
		return (0);
	/* A document, or a word that is the input itself. */
	r->redirect = '=';
	at = r->p < r->end && *r->p == '<';
	r->p += at;
	if (at > 0)
		return (0);
	r->p += r->p < r->end && *r->p == '-';
	while (r->p < r->end && (*r->p == ' ' || *r->p == '\t'))
		r->p++;
	at = r->text.len;
	if (word_read(r))
		return (1);
	if (!r->text.failed)
		(void)str_copy(r->until, r->text.p + at, sizeof(r->until));
	return (0);
}

static int
shell_step(struct reader *r)
{
	char	c = *r->p;

	if (c == ' ' || c == '\t')
		r->p++;
	else if (c == '#')
		while (r->p < r->end && *r->p != '\n')
			r->p++;
	else if (c == '<' || c == '>')
		return (redirection(r));
	else if (c == '&' && r->end - r->p > 1 && r->p[1] == '>')
		r->p++;
	else if (memchr("\n;|&()", c, 6) != NULL)
		return (between(r));
	else
		return (word_read(r));
	return (0);
}

/* Up to end, or to the ) that ends what is inside; *p is behind it. */
static int
run(struct shell *s, const char **p, const char *end, int inside)
{
	struct reader	r = { .s = s, .p = *p, .end = end, .inside = inside };
	int		found = 0;

	buf_init(&r.text);
	while (!found && r.p < r.end)
		found = shell_step(&r);
	found = found || command_end(&r);
	buf_free(&r.text);
	*p = r.p;
	return (found);
}

int
shell_run(struct shell *s, const char *p, size_t len)
{
	return (run(s, &p, p + len, 0));
}
