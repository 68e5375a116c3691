/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The output filter: nothing that looks like a credential goes to a chat.
 * What is found is replaced by its marker, also what is found in base64, hex
 * or %XX; a text in which a critical pattern was found encoded and broken
 * into pieces, so that no span of it can be cut, is withheld as a whole.
 */
#ifndef SCREEN_FILTER_H
#define SCREEN_FILTER_H

#include <stddef.h>

struct buf;
struct settings;

/* Compiles the patterns in force: at start, and at each reload.  0, or -1 with
 * the pattern that does not compile in why. */
int	 filter_setup(const struct settings *, char *why, size_t);
/* The same, and nothing is put in force. */
int	 filter_check(const struct settings *, char *why, size_t);

/* A whole text.  Adds what may be sent to out; 1 when all of it was withheld
 * and out holds the notice instead. */
int	 filter_text(const char *, size_t, struct buf *out);

/* A text as it grows: what is safe so far is added to out, the rest is held
 * back until more comes or the end.  finish adds what is left and frees it;
 * 1 as above: then the notice stands for all that was let go before. */
struct redactor;
struct redactor	*redact_new(void);		/* NULL: no memory */
void	 redact_feed(struct redactor *, const char *, size_t, struct buf *out);
/* A break: other things are shown before the text goes on.  1: some of it is
 * still held, and the empty line that parts it from the rest comes with it. */
int	 redact_pause(struct redactor *, struct buf *out);
int	 redact_finish(struct redactor *, struct buf *out);

extern const char filter_notice[];

/* Critical patterns in a text, encoded ones too: adds their names, with
 * commas between; how many. */
unsigned filter_critical(const char *, size_t, struct buf *names);
/* The last wall: 1 when a text that was filtered before it was rendered now
 * holds a credential of a certain shape. */
int	 filter_wall(const char *, size_t);
/* For a text that is shown unchanged or not at all: 1 when it holds, encoded
 * or not, a credential that is no guess by the word beside it. */
int	 filter_sure(const char *, size_t);

/* A file, fed with all of it in order, as it is copied.  May it be sent?  0, or
 * -1 with the reason for people; it is freed. */
struct filesearch;
struct sniff;
struct filesearch *filter_file_new(void);
void	 filter_file_feed(struct filesearch *, const void *, size_t);
int	 filter_file_end(struct filesearch *, const struct sniff *, char *why,
	    size_t);
void	 filter_file_drop(struct filesearch *);	/* unasked; may be NULL */

#endif
