/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What a person reads before they say yes: every byte of a tool's input, in
 * pages, with nothing in it that hides or turns.  Pure; the input is the
 * model's.
 */
#ifndef ASK_CARDTEXT_H
#define ASK_CARDTEXT_H

#include <stddef.h>
#include <stdint.h>

#include "imsg/proc.h"
#include "telclauded/lib/util.h"
#include "engines/relay/md/markdown.h"

#define CARD_CALLS	8	/* of one card */
#define CARD_PAGES	40
#define CARD_UNITS	2000	/* UTF-16 units of input on one page */
#define CARD_INPUT_MAX	(128u << 10)	/* bytes; more is not shown */
#define CARD_WHERE	200	/* bytes of the directory in the first line */

/* --- visible.c --------------------------------------------------------- */
enum visible { VIS_LINE, VIS_TEXT };	/* no line breaks, or as they are */
/* Any bytes.  What cannot be seen, or looks like what it is not, becomes
 * its number in white square brackets. */
void	 visible_add(struct buf *, const char *, size_t, enum visible);

/* --- action.c ---------------------------------------------------------- */
/* All of the input, as a person reads it.  -1: not a JSON object, or one
 * with a key twice, or too long. */
int	 action_text(enum tool, const char *args, size_t len, struct buf *,
	    const char **lang);

/* Adds the lines that this replacement brings and takes; two strings. */
struct json_t;
void	 action_lines(const struct json_t *from, const struct json_t *to,
	    size_t *plus, size_t *minus);

/* --- cardtext.c -------------------------------------------------------- */
struct cardline {
	uint64_t	 id;		/* of its buttons */
	const char	*title;		/* name of the tool */
	const char	*lang;		/* of body, or "" */
	const char	*noticed;	/* "it removes files", "" or NULL */
	const char	*body;
	size_t		 len;
	const char	*how;		/* what became of it, or "" */
	int		 open;		/* waits for an answer ... */
	int		 code;		/* ... which is a code ... */
	int		 prompt;	/* ... and the next one is for this */
	int		 hour;		/* may be allowed for an hour */
	/* found by card_layout() */
	unsigned	 first, last;	/* its pages */
	int		 offered;	/* all of them were shown */
};

/* Does the directory, as it is shown, stand in the first line? */
int		 card_where_fits(const char *);

struct cardview {
	uint64_t	 id;		/* of the buttons that turn pages */
	const char	*where;		/* directory, tier, taint */
	struct cardline	 line[CARD_CALLS];
	unsigned	 n;
	unsigned	 page;		/* the one to show */
	uint64_t	 seen;		/* 1 << page of those shown before */
	unsigned	 left_s;
	/* made by card_layout() */
	unsigned	 pages;
	struct buf	 text, markup;
	struct md_entity e[CARD_CALLS];
	unsigned	 ne;
};

/* -1: more pages than a person would read, or no memory. */
int	 card_layout(struct cardview *);
void	 card_layout_free(struct cardview *);
/* "nothing from outside read", or what has been. */
void	 card_taint(uint32_t taint, char *dst, size_t size);

#endif
