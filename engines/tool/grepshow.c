/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What Grep shows of a file: matching lines and those around them, in the
 * form of grep(1), within the bounds of the answer.
 */
#include <limits.h>
#include <string.h>

#include "engines/tool/grep.h"

#define LINE_SHOWN	2000

void
grep_emit(struct grep *g, const char *p, size_t len)
{
	if (g->full)
		return;
	if (len > g->left) {
		g->full = 1;
		return;
	}
	g->left -= len;
	out_write(g->call, p, len);
}

static uint64_t
line_number(struct grep_text *t, const char *line)
{
	const char *nl;

	while (t->at < line && (nl = memchr(t->at, '\n',
	    (size_t)(line - t->at))) != NULL) {
		t->line++;
		t->at = nl + 1;
	}
	return (t->line);
}

const char *
grep_line_end(const struct grep_text *t, const char *p)
{
	const char *nl = memchr(p, '\n', (size_t)(t->end - p));

	return (nl == NULL ? t->end : nl);
}

static void
show_line(struct grep *g, struct grep_text *t, const char *line, char mark)
{
	const char *e = grep_line_end(t, line);
	size_t len = (size_t)(e - line);
	char head[PATH_MAX + 64], cut[48] = "";

	if (g->limit == 0) {
		g->full = 1;
		return;
	}
	g->limit--;
	if (len > 0 && line[len - 1] == '\r')
		len--;
	if (len > LINE_SHOWN) {
		size_t n = utf8_prefix(line, LINE_SHOWN, LINE_SHOWN);

		(void)str_format(cut, sizeof(cut), " [... %zu bytes cut]",
		    len - n);
		len = n;
	}
	head[0] = '\0';
	if (!g->single)
		(void)str_format(head, sizeof(head), "%s%c", t->path, mark);
	if (g->numbers) {
		size_t n = strlen(head);

		(void)str_format(head + n, sizeof(head) - n, "%llu%c",
		    (unsigned long long)line_number(t, line), mark);
	}
	grep_emit(g, head, strlen(head));
	grep_emit(g, line, len);
	grep_emit(g, cut, strlen(cut));
	grep_emit(g, "\n", 1);
}

static const char *
back_lines(const struct grep_text *t, const char *p, size_t n)
{
	while (n-- > 0 && p > t->p) {
		p--;
		while (p > t->p && p[-1] != '\n')
			p--;
	}
	return (p);
}

static const char *
next_line(const struct grep_text *t, const char *p)
{
	const char *e = grep_line_end(t, p);

	return (e < t->end ? e + 1 : t->end);
}

/* Lines first to last (both line starts) matched; with what surrounds. */
void
grep_show(struct grep *g, struct grep_text *t, const char *first,
    const char *last)
{
	const char *p = back_lines(t, first, g->before);

	if (p < t->printed)
		p = t->printed;
	else if ((g->before || g->after) && (t->any || g->files > 1) &&
	    p > t->printed)
		grep_emit(g, "--\n", 3);
	for (; p < first && !g->full; p = next_line(t, p))
		show_line(g, t, p, '-');
	for (; p <= last && p < t->end && !g->full; p = next_line(t, p))
		show_line(g, t, p, ':');
	t->printed = p;
	t->any = 1;
}

/* The lines after a match, up to the next one. */
void
grep_show_after(struct grep *g, struct grep_text *t, const char *stop)
{
	const char *p = t->printed;
	size_t n;

	if (!t->any)
		return;
	for (n = 0; n < g->after && p < stop && p < t->end && !g->full; n++) {
		show_line(g, t, p, '-');
		p = next_line(t, p);
	}
	t->printed = p;
}
