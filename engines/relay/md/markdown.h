/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Markdown of the model to Telegram text and entities (offsets in UTF-16
 * units, Bot API "MessageEntity"), so that nothing can fail to parse at the
 * server.  Pure: md4c underneath, no I/O.  Any bytes are accepted.
 * Sources: markdown.c mdent.c mdfit.c mdtable.c mdtext.c; link with md4c.
 */
#ifndef MD_MARKDOWN_H
#define MD_MARKDOWN_H

#include <stddef.h>
#include <stdint.h>

enum md_kind { MD_BOLD, MD_ITALIC, MD_STRIKE, MD_CODE, MD_PRE, MD_LINK,
    MD_QUOTE, MD_KIND_MAX };

struct md_entity {
	enum md_kind	 kind;
	uint32_t	 off, len;	/* UTF-16 units */
	char		*arg;		/* URL, language, or NULL */
};

struct md_text {
	char		*s;		/* valid UTF-8, NUL-terminated */
	size_t		 len;		/* bytes */
	uint32_t	 units;		/* UTF-16 units */
	struct md_entity *e;		/* sorted by offset, properly nested */
	unsigned	 n;
	unsigned	 lost;		/* more than the server takes */
};

const char *md_kind_name(enum md_kind);		/* "bold", "text_link", ... */
/* 0 or -1 (memory).  At most 100 entities (the server's limit) are made; zero
 * width characters and bidi controls are left out, but for joiners and the
 * like between characters that are no ASCII; entities never start or
 * end in white space (but a code block keeps its first indent); empty ones are
 * dropped.  Code shares no character with bold, italic or strike, and links
 * no character with code. */
int	 md_render(const char *src, size_t len, struct md_text *);
void	 md_free(struct md_text *);

/*
 * How many bytes of src to show in one message so that what they render to
 * has at most max units and no entity too many.  Cuts at a blank line, a
 * line, a sentence, a space (searched in the last fifth), never inside a UTF-8
 * sequence, and in front of a link, code or strong text rather than in it.
 * carry gets what must be put
 * before the rest (an opening fence when the cut fell into one, the head of a
 * table); the part shown is closed by the renderer itself (an unclosed fence
 * ends at the end).  Returns len when all fits.  White space at the cut
 * belongs to the part shown.  0: not even one character fits.
 */
#define MD_CARRY	512	/* bytes of a carry */
size_t	 md_fit(const char *src, size_t len, uint32_t max, char *carry,
	    size_t carrysize);

#endif
