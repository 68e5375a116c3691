/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * A turn as its chat sees it: a preview, or a first message at once and edits
 * at a bearable pace; a new message where one is full, a file where it is too
 * long for messages, a line while tools run.
 */
#ifndef FACE_DISPLAY_H
#define FACE_DISPLAY_H

#include <stddef.h>
#include <stdint.h>

#include "engines/relay/face/live.h"

struct display;
struct turn;

#define DISPLAY_UNITS	3800	/* UTF-16 units of text in one message */
#define DISPLAY_PARTS	8	/* messages of one answer; then a file */

struct display	*display_new(struct turn *);
void		 display_begin(struct display *);	/* the agent has it */
void		 display_text(struct display *, const char *, size_t);
/* A call that runs, or asks a person first; and its end. */
void		 display_tool(struct display *, uint64_t job,
		    const char *label, enum live_state);
void		 display_tool_end(struct display *, uint64_t job);
void		 display_note(struct display *, unsigned note,
		    uint32_t wait_ms);
/* Only this text stands where all of it stood. */
void		 display_withhold(struct display *, const char *);
/* Writes what is left and suffix as the final state, then frees it.  quiet:
 * an answer without a word is no message at all. */
void		 display_finish(struct display *, const char *suffix,
		    int quiet);

/* --- sched.c: pure ----------------------------------------------------- */
#define SCHED_NEVER	UINT32_MAX
struct sched {
	uint64_t	 last;		/* ms of the last send or edit */
	uint32_t	 every;		/* least ms between two */
	size_t		 fresh;		/* characters not shown yet */
	int		 line;		/* the tool line changed */
	int		 ticks;		/* it shows seconds that pass */
	int		 draft;		/* shown as a preview that ends */
	int		 open;		/* a message is there to edit */
	int		 first;		/* no text was shown so far */
};
/* ms from now until something is due, 0: now, SCHED_NEVER. */
uint32_t	 sched_due(const struct sched *, uint64_t now);
/* The pace after 429s and other failures of edits. */
uint32_t	 sched_pace(uint32_t every, int slow, int errors);

#endif
