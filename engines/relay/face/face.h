/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What people see and press: buttons of answers, the choice of a model, edits
 * of messages, help by topic.
 */
#ifndef FACE_FACE_H
#define FACE_FACE_H

#include "engines/relay/cmd/command.h"

struct buf;
struct lane;
struct turn;
struct upd_quote;
struct update;

/* --- model.c ----------------------------------------------------------- */
/* The model of a chat: what was chosen, if it is still configured. */
const char	*face_model(const struct lane *);

/* --- press.c ----------------------------------------------------------- */
const char	*face_buttons(void);	/* JSON of an answer's, or NULL */
/*
 * A press of ours: 0 when it is not; 1 when *t is a turn to pass on, or NULL
 * when it was answered.
 */
int		 face_press(const struct update *, struct turn **t);
void		 face_pressed(struct turn *);	/* past the gates; takes it */

/* --- edit.c ------------------------------------------------------------ */
void		 edit_message(const struct update *);
/* At the queue: 1 when it was a new text of one that waits, or of one that
 * does not any more; the turn is gone then. */
int		 edit_queue(struct turn *);

/* --- context.c: what stands before a person's words -------------------- */
/* Remembers what the message answers; taints as that does. */
void		 context_take(struct turn *, const struct update *);
/* Puts it, and reactions that came, before the text; once. */
void		 context_merge(struct turn *);
void		 context_reaction(const struct update *);

/* --- flood.c ----------------------------------------------------------- */
/* 1: so many answers wait for this chat that one more is not made; the turn is
 * counted and gone, and the count is told when there is room. */
int		 flood_over(struct turn *);

/* --- help.c: pure ------------------------------------------------------ */
/* Text of /help WORD, or NULL. */
const char	*help_topic(const char *word);
extern const char help_short[];

#endif
