/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What display.c (when) and show.c (what) share of a turn on its way to a
 * chat.
 */
#ifndef FACE_SHOW_H
#define FACE_SHOW_H

#include "telclauded/lib/util.h"
#include "engines/relay/face/display.h"
#include "engines/relay/out/outbox.h"

struct event;

struct display {
	struct turn	*t;
	struct event	*edit;
	struct event	*typing;
	struct buf	 src;		/* Markdown of the current message */
	struct msgref	*ref;		/* the current message, or NULL */
	struct msgref	*draft;		/* previews instead, or NULL */
	int32_t		 draft_id;	/* of the current message's */
	struct sched	 s;
	size_t		 shown;		/* bytes of src that were shown */
	int		 gap;		/* a tool ran since the last text */
	int		 replied;	/* the first message was made */
	int		 edited;	/* it shows more than src */
	unsigned	 parts;		/* messages that are full */
	struct live	 live;
	int		 bare;		/* ref shows the line alone ... */
	int		 stale;		/* ... and not its end, which is: */
	char		 line[LIVE_TEXT];
};

/* What there is so far, as a preview or a message that changes. */
void	 show(struct display *);
/* The end of it. */
void	 show_last(struct display *, const char *suffix, const char *markup);
/* Nothing runs any more: the line ends. */
void	 show_line_over(struct display *);

#endif
