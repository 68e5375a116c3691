/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * A turn: one message of a person from its arrival to the end of its answer.
 * Who asked, in which chat and with which rights is decided here and nowhere
 * believed from anybody else.
 */
#ifndef TURN_TURN_H
#define TURN_TURN_H

#include <sys/queue.h>

#include "imsg/msg.h"
#include "telclauded/lib/util.h"
#include "engines/relay/people/factors.h"
#include "engines/relay/store/store.h"
#include "engines/relay/tg/update.h"
#include "engines/relay/turn/turnfsm.h"

struct call;
struct display;
struct event;
struct lane;
struct redactor;
struct stream;

/* What is wanted, once the person is known: their text, or a button. */
enum turn_act { ACT_TEXT, ACT_CONTINUE, ACT_RUN, ACT_DROP, ACT_ANSWER,
    ACT_FACE };

/* A button of a card: which, and what it says (ask/answer.c); or one of
 * /stop: the number of that. */
struct press {
	char		 verb;
	uint64_t	 id;
	unsigned	 page;
};

/* What a turn, or the context it stands in, has read from outside. */
#define TAINT_FORWARD	0x01	/* words that its writer only passed on */
#define TAINT_FILE	0x02	/* a file that was sent */
#define TAINT_WEB	0x04	/* WebFetch, WebSearch */
#define TAINT_NET	0x08	/* output of a call that used the tunnel */
#define TAINT_PROVIDER	0x10	/* data of a provider */

/* What the screen found in a message, and how sure it is. */
enum screen_class { SC_ALLOW, SC_WARN, SC_BLOCK };

struct turn {
	TAILQ_ENTRY(turn) entry;	/* of its lane, while queued */
	uint64_t	 id;
	struct lane	*lane;		/* the chat */
	struct lane	*owner;		/* whose conversation; set by start */
	int64_t		 chat, topic, user, msg;
	int		 group;
	char		 name[UPD_NAME];
	char		*text;
	size_t		 len;
	int		 framed;	/* more than the person's words: */
	size_t		 own, nown;	/* they are these of text */
	uint64_t	 at;		/* wall clock of arrival */
	uint64_t	 resumes;	/* turn this one continues, or 0 */
	enum turn_act	 act;
	struct factors	 factors;	/* their names for the totp engine, */
	unsigned	 factor;	/* which was asked about this one */
	struct press	 press;		/* of ACT_ANSWER; or a code for it */
	uint32_t	 taint;		/* with what its context had before */
	enum screen_class screen_class;
	uint8_t		 screen_pct;	/* 0 to 100 */
	char		 screen_why[200]; /* for people, or "" */
	char		*files;		/* JSON of what came with it, or NULL */
	char		*before;	/* what stands before text: replies */
	int		 passed;	/* all but the gate, once: it queues */
	int		 edit;		/* a new text of an older message */
	int		 stored;	/* has a row ... */
	enum turn_row_state row;	/* ... in this state */
	enum turn_state	 state;
	enum tier	 tier;
	uint64_t	 conv;
	uint64_t	 started;	/* monotonic */
	struct event	*timer;
	struct stream	*in;
	struct display	*show;
	struct redactor	*red;		/* what the agent says passes it */
	TAILQ_HEAD(, call) calls;
	unsigned	 ncalls;
	unsigned	 asks;		/* calls somebody was asked about */
	unsigned	 asking;	/* of them open: the clock stands */
	unsigned	 unanswered;	/* cards in a row */
	uint64_t	 due;		/* when its timer fires, monotonic */
	uint64_t	 left;		/* ms, while the clock stands; or 0 */
	uint64_t	 behind;	/* ms that queueing brought so far */
	struct buf	 ran;		/* names of calls that ended */
	int		 sent;		/* the agent knows of it */
	int		 begun;		/* TURN_BEGUN came */
	int		 over;		/* TURN_DONE came; the stream is open */
	size_t		 said;		/* bytes of text so far */
	uint8_t		 outcome;
	uint64_t	 microusd;	/* that it cost, as the agent counts */
	uint32_t	 idle_s;	/* the pause it began afresh after */
	char		 why[600];
};

struct turn	*turn_new(int64_t chat, int64_t topic, int64_t user,
		    int64_t msg, int group, const char *name,
		    const char *text, size_t len);
struct turn	*turn_from_row(const struct turn_row *);
void		 turn_free(struct turn *);
struct turn	*turn_find(uint64_t id);	/* running ones */
/* Writes or rewrites its row. */
void		 turn_save(struct turn *, enum turn_row_state);
/* Ends one that will not run. */
void		 turn_drop(struct turn *);
/* The same, and one that has no row yet gets none. */
void		 turn_forget(struct turn *);
/* Urgent words of ours to its chat; in a group they answer the message. */
void		 turn_say(const struct turn *, const char *, ...)
		    __attribute__((format(printf, 2, 3)));
int64_t		 turn_reply(const struct turn *);	/* that, or 0 */
/* It, and its conversation from here on, has read TAINT_ words. */
void		 turn_taint(struct turn *, uint32_t);
void		 turn_start(struct turn *);	/* called by the queue */
/* turnpass.c.  1: today's money is gone, and the person was told. */
int		 turn_broke(const struct turn *);
/* TO_OK, else the person was told: TO_LIMIT, or TO_STOPPED for
 * what is not let through. */
uint8_t		 turn_refused(struct turn *);
void		 turn_stop(struct turn *);
/* The text so far pauses here: a tool runs.  1: the filter holds some of it,
 * and makes the gap before what comes next. */
int		 turn_pause(struct turn *);
/* 0, or -1: the event is late.  The turn may be gone after it. */
int		 turn_event(struct turn *, enum turn_event);
/* Every running turn ends here: the agent or the relay went away. */
void		 turn_all_interrupted(void);
void		 turn_tell_interrupted(const struct turn *);
unsigned	 turn_running(void);

/* --- turnclock.c --------------------------------------------------------- */
void		 turn_arm(struct turn *, uint32_t ms);
/* A person is asked: its clock stands (0), and the agent's with it, or goes
 * on (1). */
void		 turn_clock(struct turn *, int on);
/* Other turns of the agent go first. */
void		 turn_behind(struct turn *);

/* Handlers of the agent's link. */
void		 turn_on_begun(struct link *, const struct msg_TURN_BEGUN *,
		    struct msg_meta *);
void		 turn_on_note(struct link *, const struct msg_TURN_NOTE *,
		    struct msg_meta *);
void		 turn_on_done(struct link *, const struct msg_TURN_DONE *,
		    struct msg_meta *);

/* turntext.c: what a person reads at the end, or "". */
const char	*turn_outcome_text(const struct turn *, char *, size_t);
/* First words of a message, for a line about it. */
const char	*turn_excerpt(const char *, size_t, char *dst, size_t size);

#endif
