/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What the parts of the hostile agent share.  The double is a small
 * interpreter: the text of a turn is a script, a command a line, and what
 * came of it goes back as the turn's text.  The attacks themselves are in
 * hostile.t.
 */
#ifndef EVIL_H
#define EVIL_H

#include "imsg/link.h"
#include "telclauded/lib/util.h"

struct evil {
	struct link	*relay, *gate;
	struct link	*links[PROC_MAX];	/* of evilengine, by peer */
	uint64_t	 turn;		/* the script's own; 0 when it is over */
	uint64_t	 past;		/* the one before */
	uint64_t	 hung;		/* another chat's, which runs */
	struct stream	*text;		/* of the script's turn */
	struct stream	*hungtext;
	struct buf	 report;
	char		*script, *next;
	char		 nonce[32];
	unsigned	 results;	/* came since the last wait */
	unsigned	 want;		/* the script goes on at so many */
	size_t		 flood;		/* bytes of text still to write */
};
extern struct evil	 evil;

/* Scripts of evilengine and laytool: the test writes and reads here.
 * state: 0 idle, 1 a script is there, 2 its report is there */
struct evil_box {
	volatile uint32_t	 state;
	char			 text[250000];
};
extern struct evil_box	 evil_box;

/* evilagent.c */
void	 evil_run(void);		/* go on with the script */
void	 evil_done(uint64_t turn, unsigned outcome, const char *why);

/* evilmsg.c: 1 when the command was one of theirs */
int	 evil_message(const char *cmd, char *args);
struct link *evil_link(const char *name);
void	 evil_body(struct buf *, const char *hex);
void	 evil_say(const char *, ...) __attribute__((format(printf, 1, 2)));
/* The next word of *s, or "". */
char	*evil_word(char **s);
/* evilsys.c */
int	 evil_system(const char *cmd, char *args);
int	 evil_fd(const struct link *);
/* evilact.c: what came of it, or -1 */
int	 evil_act(const char *cmd, char *args);

#endif
