/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The output filter: nothing that looks like a credential goes to a chat.
 * What is found is replaced by its marker; a text in which a critical pattern
 * is found only in decoded form is withheld as a whole.
 */
#ifndef SCREEN_FILTER_H
#define SCREEN_FILTER_H

#include <stddef.h>

struct buf;
struct settings;

/* Compiles the patterns in force: at start, and at each reload.  0, or -1 with
 * the pattern that does not compile in why. */
int	 filter_setup(const struct settings *, char *why, size_t);

/* A whole text.  Adds what may be sent to out; 1 when all of it was withheld
 * and out holds the notice instead. */
int	 filter_text(const char *, size_t, struct buf *out);

/* A text as it grows: what is safe so far is added to out, the rest is held
 * back until more comes or the end.  finish adds what is left and frees it;
 * 1 as above. */
struct redactor;
struct redactor	*redact_new(void);		/* NULL: no memory */
void	 redact_feed(struct redactor *, const char *, size_t, struct buf *out);
int	 redact_finish(struct redactor *, struct buf *out);

/* May this open file be sent?  0, or -1 with the reason for people. */
int	 filter_file(int fd, const char *name, char *why, size_t);

#endif
