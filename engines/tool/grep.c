/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Grep: Perl-compatible expressions over the files of a directory.  The
 * expression is interpreted with bounds on its work, so that a bad one ends
 * as an answer and not as a hung chat.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engines/tool/filetype.h"
#include "engines/tool/grep.h"

#define PATTERN_MAX	65536
#define MATCH_LIMIT	5000000
#define DEPTH_LIMIT	10000
#define HEAP_LIMIT_KB	65536
#define CONTEXT_MAX	1000
#define GREP_FILE_MAX	(64u << 20)

static const struct arg args[] = {
	{ "pattern", ARG_STRING, 1 },
	{ "path", ARG_STRING, 0 },
	{ "glob", ARG_STRING, 0 },
	{ "type", ARG_STRING, 0 },
	{ "output_mode", ARG_STRING, 0 },
	{ "-A", ARG_INT, 0 },
	{ "-B", ARG_INT, 0 },
	{ "-C", ARG_INT, 0 },
	{ "-n", ARG_BOOL, 0 },
	{ "-i", ARG_BOOL, 0 },
	{ "multiline", ARG_BOOL, 0 },
	{ "head_limit", ARG_INT, 0 },
};

/* --- matching ---------------------------------------------------------- */

/* 1 a match with its offsets in *from, *to; 0 none or given up. */
static int
match(struct grep *g, const struct grep_text *t, const char *p, size_t len,
    size_t start, size_t *from, size_t *to)
{
	PCRE2_SIZE *ov;
	int r;

	r = pcre2_match(g->re, (PCRE2_SPTR)p, len, start, 0, g->md, g->mc);
	if (r >= 0) {
		ov = pcre2_get_ovector_pointer(g->md);
		*from = ov[0];
		*to = ov[1] < ov[0] ? ov[0] : ov[1];
		return (1);
	}
	if (r != PCRE2_ERROR_NOMATCH && g->pcre_err == 0) {
		g->pcre_err = r;
		(void)str_copy(g->pcre_path, t->path, sizeof(g->pcre_path));
	}
	return (0);
}

static int
out_of_time(const struct grep *g)
{
	return (now_ms() - g->call->start_ms > g->call->time_ms);
}

/* Counts matching lines; shows them when asked.  Stops early for names. */
static uint64_t
search_lines(struct grep *g, struct grep_text *t)
{
	const char *p, *e;
	size_t from, to, len;
	uint64_t n = 0;

	for (p = t->p; p < t->end && !g->full; p = e < t->end ? e + 1 :
	    t->end) {
		e = grep_line_end(t, p);
		len = (size_t)(e - p);
		if (len > 0 && p[len - 1] == '\r')
			len--;
		if (!match(g, t, p, len, 0, &from, &to))
			continue;
		if (n++ == 0)
			g->files++;
		if (g->mode == MODE_FILES)
			break;
		if (g->mode == MODE_CONTENT) {
			grep_show_after(g, t, p);
			grep_show(g, t, p, p);
		}
		if (n % 1024 == 0 && out_of_time(g))
			break;
	}
	if (n > 0 && g->mode == MODE_CONTENT)
		grep_show_after(g, t, t->end);
	return (n);
}

static uint64_t
search_whole(struct grep *g, struct grep_text *t)
{
	size_t len = (size_t)(t->end - t->p), at = 0, from, to;
	const char *first, *last;
	uint64_t n = 0;

	while (at <= len && !g->full && match(g, t, t->p, len, at, &from,
	    &to)) {
		if (n++ == 0)
			g->files++;
		if (g->mode == MODE_FILES)
			break;
		first = t->p + from;
		while (first > t->p && first[-1] != '\n')
			first--;
		last = t->p + (to > from ? to - 1 : to);
		while (last > first && last[-1] != '\n')
			last--;
		if (g->mode == MODE_CONTENT && last >= t->printed) {
			grep_show_after(g, t, first);
			grep_show(g, t, first, last);
		}
		at = to > from ? to : to + 1;
		if (n % 1024 == 0 && out_of_time(g))
			break;
	}
	if (n > 0 && g->mode == MODE_CONTENT)
		grep_show_after(g, t, t->end);
	return (n);
}

/* --- files ------------------------------------------------------------- */

static void
search_text(struct grep *g, struct grep_text *t, const struct stat *st)
{
	char line[PATH_MAX + 32];
	uint64_t n;

	n = g->multiline ? search_whole(g, t) : search_lines(g, t);
	g->matches += n;
	if (n == 0)
		return;
	if (g->mode == MODE_FILES) {
		if (hits_add(&g->hits, t->path, &st->st_mtim) == -1)
			g->full = 1;
	} else if (g->mode == MODE_COUNT) {
		if (g->limit-- == 0) {
			g->full = 1;
			return;
		}
		(void)str_format(line, sizeof(line), "%s:%llu\n", t->path,
		    (unsigned long long)n);
		grep_emit(g, line, strlen(line));
	}
}

static void
search_fd(struct grep *g, int fd, const char *path)
{
	struct grep_text t = { .path = path, .line = 1 };
	struct stat st;
	size_t len = 0;
	ssize_t n;
	char *p;

	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode) ||
	    st.st_size == 0 || st.st_size > GREP_FILE_MAX ||
	    (p = malloc((size_t)st.st_size)) == NULL)
		return;
	while (len < (size_t)st.st_size && (n = read(fd, p + len,
	    (size_t)st.st_size - len)) > 0) {
		len += (size_t)n;
		if (len == (size_t)n && is_binary(p, len))
			break;
	}
	if (!is_binary(p, len)) {
		t.p = t.at = t.printed = p;
		t.end = p + len;
		search_text(g, &t, &st);
	}
	free(p);
}

static int
on_file(const struct walk_entry *e, void *ctx)
{
	struct grep *g = ctx;
	size_t i;
	int fd;

	if (g->type != -1 && !filetype_match(g->type, e->name))
		return (0);
	if (g->globs != NULL) {
		for (i = 0; g->globs[i] != NULL; i++)
			if (match_path(g->globs[i], strchr(g->globs[i],
			    '/') != NULL ? e->rel : e->name))
				break;
		if (g->globs[i] == NULL)
			return (0);
	}
	fd = openat(e->dirfd, e->name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW |
	    O_NONBLOCK);
	if (fd != -1) {
		search_fd(g, fd, e->path);
		close(fd);
	}
	return (g->full || out_of_time(g));
}

/* --- the call ---------------------------------------------------------- */

static void
compile(struct grep *g)
{
	uint32_t opt = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF |
	    PCRE2_NEVER_BACKSLASH_C | PCRE2_MULTILINE;
	PCRE2_UCHAR text[160];
	const char *s;
	PCRE2_SIZE at;
	size_t len;
	int err;

	s = arg_string(g->call, "pattern", &len);
	if (len > PATTERN_MAX)
		fail(g->call, "the expression is too long");
	if (arg_bool(g->call, "-i", 0))
		opt |= PCRE2_CASELESS;
	if (g->multiline)
		opt |= PCRE2_DOTALL;
	g->re = pcre2_compile((PCRE2_SPTR)s, len, opt, &err, &at, NULL);
	if (g->re == NULL) {
		(void)pcre2_get_error_message(err, text, sizeof(text));
		fail(g->call, "the expression is not valid at character %zu: "
		    "%s", at, (const char *)text);
	}
	g->md = pcre2_match_data_create(1, NULL);
	g->mc = pcre2_match_context_create(NULL);
	if (g->md == NULL || g->mc == NULL)
		fail(g->call, "out of memory");
	(void)pcre2_set_match_limit(g->mc, MATCH_LIMIT);
	(void)pcre2_set_depth_limit(g->mc, DEPTH_LIMIT);
	(void)pcre2_set_heap_limit(g->mc, HEAP_LIMIT_KB);
}

static void
settings(struct grep *g)
{
	static const char *const modes[] = { "content", "files_with_matches",
	    "count" };
	struct call *c = g->call;
	const char *s;
	int64_t around;
	size_t i;

	g->mode = MODE_FILES;
	if ((s = arg_string(c, "output_mode", NULL)) != NULL) {
		for (i = 0; i < NELEM(modes); i++)
			if (strcmp(modes[i], s) == 0)
				break;
		if (i == NELEM(modes))
			fail(c, "output_mode must be content, "
			    "files_with_matches or count");
		g->mode = (enum grep_mode)i;
	}
	around = arg_int(c, "-C", 0, 0, CONTEXT_MAX);
	g->before = (size_t)arg_int(c, "-B", around, 0, CONTEXT_MAX);
	g->after = (size_t)arg_int(c, "-A", around, 0, CONTEXT_MAX);
	g->numbers = arg_bool(c, "-n", 1);
	g->multiline = arg_bool(c, "multiline", 0);
	g->limit = arg_int(c, "head_limit", 0, 0, INT32_MAX);
	if (g->limit == 0)
		g->limit = INT64_MAX;
	g->type = -1;
	if ((s = arg_string(c, "type", NULL)) != NULL &&
	    (g->type = filetype_known(s)) == -1)
		fail(c, "type \"%.40s\" is not known; use glob", s);
	if ((s = arg_string(c, "glob", NULL)) != NULL &&
	    (g->globs = match_braces(s)) == NULL)
		fail(c, "glob has too many alternatives");
	g->left = c->output_max > 256 ? c->output_max - 256 : 0;
}

static void
show_hits(struct grep *g)
{
	size_t i;

	hits_sort(&g->hits);
	for (i = 0; i < g->hits.n && !g->full; i++) {
		if (g->limit-- == 0) {
			g->full = 1;
			break;
		}
		grep_emit(g, g->hits.v[i].path, strlen(g->hits.v[i].path));
		grep_emit(g, "\n", 1);
	}
}

static void
finish(struct grep *g)
{
	struct call *c = g->call;
	char note[400];

	if (g->mode == MODE_FILES)
		show_hits(g);
	if (g->files == 0 && g->pcre_err == 0)
		out_write(c, "No matches found", 16);
	if (g->full)
		out_write(c, "[cut here: more matches follow]\n", 32);
	if (out_of_time(g))
		out_write(c, "[not all files were searched: out of time]\n",
		    43);
	if (g->pcre_err != 0) {
		(void)str_format(note, sizeof(note), "[the expression needs "
		    "too much work on %.200s and was given up there: make it "
		    "simpler]\n", g->pcre_path);
		out_write(c, note, strlen(note));
	}
	out_end(c, g->pcre_err != 0 && g->files == 0, RO_OK);
}

void
tool_grep(struct call *c)
{
	static struct grep g;
	struct stat st;
	const char *start;
	off_t size;
	int fd;

	g.call = c;
	args_check(c, args, NELEM(args));
	settings(&g);
	compile(&g);
	if ((start = arg_path(c, "path")) == NULL)
		start = ".";
	if (stat(start, &st) == 0 && S_ISREG(st.st_mode)) {
		g.single = 1;
		fd = file_open(c, start, &size);
		search_fd(&g, fd, start);
		close(fd);
	} else if (walk(c, start, on_file, &g) == -1)
		fail(c, "%s: %s", start, strerror(errno));
	finish(&g);
	fail(c, "unreachable");
}
