/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Grep's state, shared by its search and its output.
 */
#ifndef GREP_H
#define GREP_H

#include <sys/stat.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "engines/tool/tool.h"

enum grep_mode { MODE_CONTENT, MODE_FILES, MODE_COUNT };

struct grep {
	struct call	*call;
	pcre2_code	*re;
	pcre2_match_data *md;
	pcre2_match_context *mc;
	enum grep_mode	 mode;
	size_t		 before, after;
	int		 numbers, multiline, type, single;
	char		**globs;
	int64_t		 limit;		/* lines or files still to show */
	size_t		 left;		/* bytes still to show */
	int		 full;
	struct hits	 hits;		/* MODE_FILES: sorted at the end */
	uint64_t	 matches, files;
	int		 pcre_err;	/* the expression was too costly */
	char		 pcre_path[256];
};

/* One file being searched. */
struct grep_text {
	const char	*p, *end;
	const char	*path;
	const char	*printed;	/* everything before is shown */
	uint64_t	 line;		/* number of the line at `at' */
	const char	*at;
	int		 any;
};

/* --- grepshow.c -------------------------------------------------------- */
void	 grep_emit(struct grep *, const char *, size_t);
/* The lines from first to last (both line starts), with those before. */
void	 grep_show(struct grep *, struct grep_text *, const char *first,
	    const char *last);
/* The lines after the last match shown, up to stop. */
void	 grep_show_after(struct grep *, struct grep_text *, const char *stop);
const char *grep_line_end(const struct grep_text *, const char *);

#endif
