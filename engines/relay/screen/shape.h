/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Credentials by their shape, at one place of a text that may not be whole
 * yet.  Every answer needs a bounded number of bytes and, once given, holds
 * whatever comes behind them; so a text may come in any pieces.
 */
#ifndef SCREEN_SHAPE_H
#define SCREEN_SHAPE_H

#include <stddef.h>
#include <stdint.h>

/* Classes of bytes. */
#define C_DIGIT		0x0001
#define C_LOWHEX	0x0002
#define C_HEX		0x0004
#define C_ALNUM		0x0008
#define C_TOK		0x0010	/* letters, digits, _ - */
#define C_TOKDOT	0x0020	/* ... and . */
#define C_DASH		0x0040	/* letters, digits, - */
#define C_B64		0x0080	/* both alphabets of base64 */
#define C_B64EQ		0x0100	/* ... and = */
#define C_UP32		0x0200	/* base32 */
#define C_UPD		0x0400	/* capitals, digits */
#define C_NS		0x0800	/* no white space, no control */
#define C_WORD		0x1000	/* base64, hex or %XX, with what joins them */
#define C_LABEL		0x2000	/* in a BEGIN line */
#define C_BODY		0x4000	/* of a key inside a JSON string */
#define C_SKIPK		0x8000	/* between a name and its = or : */
#define C_SKIPV		0x10000	/* before the value behind it */
#define C_PRINT		0x20000
#define C_CLOSE		0x40000	/* may close what opened before a value */
#define C_RUN		0x80000	/* base64 as it is outside of URLs, and = */
#define C_NAME		0x100000	/* of a variable, with its dots */
extern uint32_t		shape_class[256];
extern uint8_t		shape_word[256];	/* C_WORD, close together */

enum find { FIND_NO, FIND_YES, FIND_MORE };
enum severity { SEV_HIGH, SEV_CRITICAL };
enum block { BLOCK_NONE, BLOCK_PEM, BLOCK_PUTTY };

/* A text as far as it is known, with at least SHAPE_CONTEXT bytes before the
 * place that is looked at, or all there are. */
struct view {
	const uint8_t	*p;
	size_t		 n;
	int		 eof;		/* nothing follows */
	size_t		 seam;		/* a word may begin here; 0: none */
	int		*gcp;		/* "service_account" was seen */
	uint32_t	 entropy;	/* Q16 bits a byte, 0: off */
	size_t		 entropy_len;
};
#define SHAPE_CONTEXT	64
#define SHAPE_REACH	1100	/* no answer needs more; entropy: its length */

struct hit {
	size_t		 from, end;	/* certain: the marker is for it */
	uint32_t	 tail;		/* it goes on over these classes ... */
	uint8_t		 quote;		/* ... to this quote, if not 0 */
	uint8_t		 block;		/* ... or to the end of such a block */
	uint8_t		 row;
};

/* What may begin here.  Bits of rows, then triggers without a prefix. */
#define TR_NAMED	(1ULL << 57)	/* a value behind a name */
#define TR_DIGIT	(1ULL << 58)
#define TR_CAPS		(1ULL << 59)
#define TR_TWILIO	(1ULL << 60)
#define TR_SEP		(1ULL << 61)
#define TR_USER		(1ULL << 62)	/* the administrator's patterns */
#define TR_ALL		(~0ULL)
#define TR_CORE		(TR_ALL & ~(TR_SEP | TR_USER))

struct trigger {
	uint64_t	 t[3][256];	/* by first, second, third byte */
};

void		 shape_init(void);
void		 shape_trigger(struct trigger *);	/* the built-in ones */
uint64_t	 shape_may(const struct trigger *, const struct view *,
		    size_t);
/* The next place from i on, below stop, where shape_may() is not 0. */
size_t		 shape_skip(const struct trigger *, const struct view *,
		    size_t i, size_t stop, uint64_t want);
/* What begins at i; may: shape_may() of it; loose: guesses count too. */
enum find	 shape_at(const struct view *, size_t i, uint64_t may,
		    int loose, struct hit *);
/* Does a tail go on over this byte, which follows prev? */
int		 shape_tail(uint32_t tail, uint8_t quote, uint8_t prev,
		    uint8_t c);

#define SHAPE_ROWS	62		/* at most: they are bits of a set */
const char	*shape_name(unsigned row);
enum severity	 shape_severity(unsigned row);
int		 shape_loose(unsigned row);

/* Is a text's Shannon entropy above (or, orequal, at) so many bits a byte,
 * in Q16?  n: at most ENTROPY_MAX. */
#define ENTROPY_MAX	4096
#define BITS(milli)	((uint32_t)((uint64_t)(milli) * 65536 / 1000))
void		 entropy_init(void);
int		 entropy_over(const uint8_t *, size_t n, uint32_t bits,
		    int orequal);

/* --- shapefn.c, value.c: called with i, and k behind the prefix --------- */
typedef enum find shape_fn(const struct view *, size_t i, size_t k,
	    struct hit *);
shape_fn	 fn_pem, fn_pgp, fn_agentrsa, fn_session, fn_telegram, fn_totp,
		 fn_aws, fn_gcptype, fn_gcpkey, fn_slack, fn_sendgrid,
		 fn_twilio, fn_jwt, fn_url, fn_weburl, fn_env, fn_entropy;
/* At least so many bytes of a class from k on: the rest is its tail. */
enum find	 shape_run(const struct view *, size_t k, uint32_t cls,
		    size_t least, struct hit *);
/* So many bytes of a class at most; where it ends. */
size_t		 shape_span(const struct view *, size_t k, uint32_t cls,
		    size_t most);
#define SHAPE_SKIP	40	/* blanks, as columns have, and quotes */

#endif
