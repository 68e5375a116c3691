/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What the files of the Markdown renderer share; nobody else includes this.
 *   markdown.c	 md4c's events to text and entities	mdent.c	 entities
 *   mdtext.c	 characters	mdtable.c  tables	mdfit.c	 splitting
 */
#ifndef MD_MDINT_H
#define MD_MDINT_H

#include <md4c.h>

#include "engines/relay/md/markdown.h"
#include "telclauded/lib/util.h"

#define MD_ENTITIES	100	/* the server's limit */
#define MD_DEPTH	32	/* open entities and lists we keep track of */
#define MD_CELLS	2048	/* of a table; more is shown as written */
#define MD_COLUMN	40	/* a column is padded to at most so many */
#define MD_URL		2048
/* What is rendered has at most so many times its bytes, and so many more:
 * one definition of an address can be referred to by three bytes each. */
#define MD_GROWS	16
#define MD_LEAST	65536

/* An entity while it is open, and with byte offsets until the end. */
struct md_span {
	int		 kind;		/* enum md_kind, or -1: makes none */
	int		 placed;	/* its first text has been seen */
	size_t		 from, to;	/* bytes of the output */
	char		*arg;
};

struct md_list {
	int		 ordered;
	unsigned	 next;
};

struct md_cells {
	struct buf	 text;		/* cells, one after the other */
	size_t		 end[MD_CELLS];
	unsigned char	 align[MD_CELLS];
	unsigned	 n, cols, heads;
};

struct md {
	struct buf	 out;
	size_t		 most;		/* bytes of it */
	unsigned	 nl;		/* line ends owed before text */
	struct md_span	 open[MD_DEPTH];
	unsigned	 nopen, over;	/* over: opened beyond MD_DEPTH */
	struct md_span	*done;
	unsigned	 ndone, capdone;
	struct md_list	 lists[MD_DEPTH];
	unsigned	 nlists, overlists;
	int		 bullet;	/* the item's mark is owed */
	char		 mark[16];
	unsigned	 quotes, links;
	int		 code;		/* inside a code block */
	struct md_cells	*table;
	size_t		 linkat;	/* where the text of the link began */
	char		*url;
	int		 failed;
};

/* --- markdown.c -------------------------------------------------------- */
void	 md_emit(struct md *, const char *, size_t);

/* --- mdent.c ----------------------------------------------------------- */
void	 md_open(struct md *, int kind, char *arg);	/* takes arg */
void	 md_close(struct md *);
int	 md_isopen(const struct md *, int kind);
int	 md_entities(struct md *, struct md_text *);
void	 md_spans_free(struct md *);

/* --- mdtext.c ---------------------------------------------------------- */
/* Valid UTF-8 without what must not be shown, malloc'd; two NULs behind it. */
char	*md_clean(const char *, size_t, size_t *);
/* "&amp;" to out (at least 5 bytes); its length, 0 when not known. */
size_t	 md_charref(const char *, size_t, char *out);
size_t	 md_width(const char *, size_t);	/* columns of fixed width */
int	 md_linkable(const char *url);
/* An attribute of md4c as a string, references resolved; NULL: no memory. */
char	*md_attr(const MD_ATTRIBUTE *);
/* The language of a fence: one short word, else none. */
char	*md_language(const MD_ATTRIBUTE *);

/* --- mdtable.c --------------------------------------------------------- */
int	 md_table_begin(struct md *, const MD_BLOCK_TABLE_DETAIL *);
int	 md_table_cell(struct md *, MD_ALIGN);
void	 md_table_end(struct md *);

#endif
