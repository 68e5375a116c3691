/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The redactor's inside, for the files that make it up.
 */
#ifndef SCREEN_REDACT_H
#define SCREEN_REDACT_H

#include "telclauded/lib/util.h"
#include "engines/relay/screen/filter.h"
#include "engines/relay/screen/rules.h"

/* How a credential was written. */
enum form { FORM_PLAIN, FORM_BASE64, FORM_HEX, FORM_URL, FORM_MAX };
#define FOUND_USER	63	/* bit of a set, behind those of the rows */

/* What a marker stands for. */
struct mark {
	struct hit	 h;
	uint8_t		 form;
	int16_t		 user;		/* number of a pattern, or -1 */
};

/* Encodings broken into pieces (scatter.c): a little automaton. */
struct scatter {
	uint64_t	 bits;
	/* behind the dashes of a BEGIN line: what it is the beginning of */
	int		 label, hex;	/* label: it is being read */
	uint32_t	 acc;		/* bits that are no whole byte yet */
	unsigned	 nacc;
	char		 text[20];
	unsigned	 len;
};
void		 scatter_init(void);
/* Goes on over p from `from' to n; SHAPE_CONTEXT bytes before are there.
 * The row that is critical and now known to be there in pieces, or -1. */
int		 scatter_feed(struct scatter *, const uint8_t *, size_t from,
		    size_t n);

struct redactor {
	struct rules	*rules;
	struct buf	 b;		/* of the text: context, then held */
	uint64_t	 base;		/* bytes of it before b */
	size_t		 at;		/* decided up to here */
	size_t		 gone;		/* let go up to here */
	size_t		 word;		/* where the next long word may be */
	size_t		 seam;		/* there was a pause, 0: none */
	int		 gap;		/* an empty line is owed there */
	size_t		 part;		/* in a very long one: look again */
	int		 open;		/* part is set */
	int		 gcp;
	uint32_t	 spent;
	/* in a block of a private key */
	enum block	 block;
	unsigned	 dull, run;	/* bytes since one of its lines */
	unsigned	 kinds;		/* of letters in the run */
	/* what a marker stands for now */
	int		 red, red_block;
	size_t		 red_end, red_sure;
	uint32_t	 tail;
	uint8_t		 quote;
	struct mark	 next[16];	/* that begin at or behind gone */
	unsigned	 nnext;
	struct scatter	 scatter;
	int		 withheld;
	int		 silent;	/* only looks: nothing is let go */
	uint64_t	 found[FORM_MAX];
};

void		 redactor_init(struct redactor *, struct rules *);
void		 redactor_free(struct redactor *);
/* Goes on over what is in b, and lets go what it may; eof: to its end. */
void		 redactor_run(struct redactor *, int eof, struct buf *out);
void		 filter_look(struct redactor *);	/* a silent one */

/* --- letgo.c ----------------------------------------------------------- */
void		 letgo_mark(struct redactor *, const struct mark *);
/* Lets go everything before this place. */
void		 letgo(struct redactor *, size_t upto, int eof,
		    struct buf *out);

/* --- word.c: long words that may be something encoded -------------------- */
/* Where the next long word is looked at, behind its lead, or n. */
size_t		 word_next(struct redactor *, const struct view *);
/* At that place.  FIND_MORE: it has not come to its end. */
enum find	 word_at(struct redactor *, const struct view *);
#define WORD_LEAST	20
#define WORD_LEAD	8	/* its first letters are never hidden */
#define WORD_PART	8192	/* of a very long one at once ... */
#define WORD_OVER	3400	/* ... and how far parts overlap */

/* --- block.c ----------------------------------------------------------- */
/* The end of a private key's block; 0: it is not in sight. */
int		 block_run(struct redactor *, const struct view *);

/* --- decode.c ---------------------------------------------------------- */
/* Each: what is in it, as bits of rows.  n at most WORD_PART. */
uint64_t	 decode_base64(const struct rules *, const uint8_t *, size_t);
uint64_t	 decode_hex(const struct rules *, const uint8_t *, size_t);
uint64_t	 decode_url(const struct rules *, const uint8_t *, size_t);

#endif
