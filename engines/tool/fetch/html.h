/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * From the bytes of a page to Markdown: encodings, tags, references, what is
 * shown and how.  No file, no socket, no recursion; linked by `fetch' and its
 * fuzzer.
 */
#ifndef FETCH_HTML_H
#define FETCH_HTML_H

#include <curl/curl.h>
#include <stddef.h>
#include <stdint.h>

#include "telclauded/lib/util.h"

/* --- charset.c: foreign bytes to UTF-8 ---------------------------------- */
#define CHARSET_UTF8	0
#define CHARSET_1252	1
/* Opens every converter there is: later no file may be opened. */
void	 charset_init(void);
int	 charset_find(const char *label, size_t len);	/* -1: unknown */
/* From the mark at the start, the server's word, the page's own, a look. */
int	 charset_guess(const char *, size_t, const char *label, int is_html);
/* Any bytes; what comes out is valid UTF-8 without NUL.  0 or -1. */
int	 charset_utf8(int, const char *, size_t, struct buf *);

/* --- token.c: HTML into tags and text, as the standard cuts it ---------- */
#define ATTRS_MAX	24		/* of one tag; the rest is ignored */

struct attr {
	const char	*name, *val;	/* in the page, references and all */
	size_t		 namelen, vallen;
};
struct token {
	enum { TK_TEXT, TK_START, TK_END } type;
	const char	*p;		/* the text, or the tag's name */
	size_t		 len;
	int		 literal;	/* text without references */
	int		 closed;	/* "<svg/>" */
	struct attr	 attr[ATTRS_MAX];
	unsigned	 nattr;
};
struct lexer {
	const char	*p, *end;
	char		 raw[16];	/* text up to this end tag */
	int		 rcdata;	/* in which references count */
};
void	 lex_init(struct lexer *, const char *, size_t);
int	 lex_next(struct lexer *, struct token *);	/* 0 at the end */
const struct attr *lex_attr(const struct token *, const char *name);
int	 lex_is(const struct token *, const char *name);

/* --- entity.c: character references ------------------------------------- */
/* The one at p ("&..."): bytes used, 0 when it is none; UTF-8 in out. */
size_t	 entity_at(const char *p, size_t len, int in_attr, char out[8],
	    size_t *outlen);
void	 entity_text(const char *, size_t, int in_attr, struct buf *);
size_t	 utf8_put(uint32_t, char out[4]);

/* --- md.c: Markdown within a bound -------------------------------------- */
#define MD_LEVELS	24
#define MD_MARKS	12

enum md_level { MD_UL, MD_OL, MD_ITEM, MD_QUOTE };
enum md_mark { MD_EM, MD_STRONG, MD_CODE, MD_STRIKE, MD_LINK };

struct md {
	struct buf	*out;
	size_t		 max;
	int		 full;		/* something did not fit */
	int		 want;		/* newlines before the next text */
	int		 space;		/* one is due */
	const char	*lead;		/* of the next line: "## " */
	int		 heading;
	struct {
		enum md_level	 kind;
		unsigned	 n;	/* of an item, or the next one's */
		unsigned	 width;
		int		 due;	/* the item's marker is not out */
	} level[MD_LEVELS];
	unsigned	 nlevels, over;	/* deeper than we show */
	struct {
		enum md_mark	 kind;
		int		 out;	/* its opening was written */
		int		 silent;	/* of its kind there is one */
		char		*url;
	} mark[MD_MARKS];
	unsigned	 nmarks;
	int		 row;		/* in a row of a table */
	unsigned	 cell, cells;	/* where we are; bars written */
	int		 pre;		/* depth of <pre> */
	struct buf	 code;
	char		 lang[24];
};
void	 md_init(struct md *, struct buf *, size_t max);
void	 md_end(struct md *);
void	 md_text(struct md *, const char *, size_t);	/* UTF-8 */
void	 md_break(struct md *, int newlines);
void	 md_line(struct md *, const char *);		/* a line of its own */
void	 md_heading(struct md *, unsigned);		/* 0 ends it */
void	 md_push(struct md *, enum md_level, unsigned n);
void	 md_pop(struct md *, enum md_level);
void	 md_item(struct md *, unsigned n);		/* 0: the next number */
void	 md_open(struct md *, enum md_mark, const char *url);
void	 md_close(struct md *, enum md_mark);
void	 md_row(struct md *);
void	 md_cell(struct md *);
void	 md_row_end(struct md *, int header);
void	 md_pre(struct md *, const char *lang);
void	 md_pre_end(struct md *);
/* Between md.c and mdblock.c. */
void	 md_put(struct md *, const char *, size_t);
void	 md_puts(struct md *, const char *);
void	 md_ready(struct md *);		/* all due before a character */
void	 md_line_begin(struct md *);
void	 md_marks_break(struct md *);
void	 md_code(struct md *, const char *, size_t);

/* --- clean.c ------------------------------------------------------------ */
/* Valid UTF-8 without what a reader does not see but a model reads. */
void	 clean_text(struct buf *out, const char *, size_t);
int	 clean_drops(uint32_t);
uint32_t utf8_get(const char *, size_t, size_t *used);

/* --- element.c, hide.c -------------------------------------------------- */
enum what {
	W_NONE, W_BLOCK, W_LINE, W_SKIP, W_HEAD, W_MARK, W_LINK, W_IMG, W_BR,
	W_HR, W_LIST, W_ITEM, W_QUOTE, W_PRE, W_TABLE, W_ROW, W_CELL, W_Q,
	W_DD, W_DIALOG
};
#define F_VOID		0x01		/* has no content */
#define F_OPEN		0x02		/* its end tag may be left out */
#define F_HOLD		0x04		/* holds such ones */

struct element {
	const char	*name;
	enum what	 what;
	int		 arg;
	unsigned	 flags;
};
const struct element *element(const struct token *);

struct hide {
	char		 name[16];	/* the element we are not showing */
	unsigned	 nested, held;
	int		 open;		/* it may end without an end tag */
	struct buf	 tmp;
};
/* 1 when the token is, or begins, something that is not shown. */
int	 hide_token(struct hide *, const struct token *);

/* --- reduce.c ----------------------------------------------------------- */
struct page {
	struct buf	 title;
	struct buf	 text;
	int		 cut;		/* text reached its bound */
};
/* UTF-8 of a page at that address; url may be NULL.  0 or -1. */
int	 html_reduce(const char *, size_t, CURLU *url, size_t max,
	    struct page *);
void	 page_free(struct page *);

/* --- survey.c: what is known only at the end of a page ------------------ */
#define SURVEY_TABLES	8192
struct survey {
	struct buf	*title;
	char		 base[2048];
	unsigned	 ntables;
	uint8_t		 data[SURVEY_TABLES];	/* rows and cells, no layout */
};
void	 survey_page(const char *, size_t, struct survey *);

/* --- url.c -------------------------------------------------------------- */
/* The address of a link of a page, or NULL: nothing to follow. */
char	*url_link(CURLU *base, const char *href, size_t len);

#endif
