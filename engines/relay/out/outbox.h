/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What is sent to people.  A message is on disk before it is sent, one at a
 * time and in order for each chat.  A send whose answer was not read may be
 * repeated once, and says so; edits may be repeated freely.
 */
#ifndef OUT_OUTBOX_H
#define OUT_OUTBOX_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "engines/relay/md/markdown.h"
#include "engines/relay/store/store.h"

struct api_reply;

/* A message that was or will be sent, for editing it later. */
struct msgref {
	uint64_t	 row;
	int64_t		 msgid;		/* 0: not yet */
	int		 dead;		/* could not be sent ... */
	int		 hopeless;	/* ... and no other text could */
	int		 marked;	/* its text says that it is a repeat */
	int		 slow;		/* 429s met since last looked at */
	int		 errors;	/* other failed edits in a row */
	uint64_t	 hold;		/* no draft before, monotonic ms */
	void		(*refused)(void *);	/* no drafts here, or NULL */
	void		*ctx;
	unsigned	 refs;
};

/* What of a message a file is, in the queue. */
struct outfile {
	uint64_t	 row;		/* its number there, its name here */
	const char	*method;	/* "sendDocument" */
	const char	*name;		/* as people see it */
	const char	*mime;
};

struct outmsg {
	int64_t		 chat, topic;
	int64_t		 reply;		/* answers this message, or 0 */
	uint64_t	 turn;
	int		 urgent;	/* goes before what waits */
	int		 silent;	/* comes without a sound */
	int		 notice;	/* says that another one was lost */
	uint32_t	 taint;		/* TAINT_: what its words come from */
	const char	*text;
	size_t		 len;
	const struct md_entity *e;
	unsigned	 n;
	const char	*markup;	/* JSON, or NULL */
	const struct outfile *file;	/* text is its caption; or NULL */
};

/* In the current transaction.  Never NULL: without memory it ends. */
struct msgref	*outbox_send_keep(const struct outmsg *);
int		 outbox_send(const struct outmsg *);
/* last: the final text, kept on disk; else the newest wins. */
void		 outbox_edit(struct msgref *, const struct outmsg *, int last);
void		 outbox_unkeep(struct msgref *);
/*
 * A preview that the server shows for half a minute; the newest wins.  After
 * outbox_draft_end() none goes out any more.  refused is called at most once,
 * when the server does not take any here.
 */
struct msgref	*outbox_draft_new(void (*refused)(void *), void *ctx);
void		 outbox_draft(struct msgref *, const struct outmsg *,
		    int32_t id);
void		 outbox_draft_end(struct msgref *, int64_t chat);
unsigned	 outbox_depth(int64_t chat);	/* what waits for a chat */
/* Plain text. */
void		 outbox_say(int64_t chat, int64_t topic, int64_t reply,
		    int urgent, const char *, ...)
		    __attribute__((format(printf, 5, 6)));
void		 outbox_vsay(int64_t chat, int64_t topic, int64_t reply,
		    int urgent, const char *, va_list)
		    __attribute__((format(printf, 5, 0)));
/* The same, of any length up to a message's. */
void		 outbox_say_all(int64_t chat, int64_t topic, int64_t reply,
		    int urgent, const char *, size_t);
/* The same, without a sound. */
void		 outbox_note(int64_t chat, int64_t topic, const char *, ...)
		    __attribute__((format(printf, 3, 4)));
/* To a private chat; a tap on the code copies it. */
void		 outbox_say_code(int64_t chat, const char *code,
		    const char *, ...)
		    __attribute__((format(printf, 3, 4)));
void		 outbox_restore(void);		/* at start */
void		 outbox_kick_all(void);		/* START, or a new token */
unsigned	 outbox_unread(void);		/* sends with no answer yet */
void		 outbox_each(void (*)(int64_t chat, uint64_t row,
		    enum box_kind, enum box_state, unsigned tries, void *),
		    void *);

/* --- boxrule.c: pure --------------------------------------------------- */
enum box_act {
	BA_DONE,
	BA_WAIT,		/* retry_ms, then again */
	BA_RETRY,		/* after a backoff, as it is */
	BA_REPEAT,		/* after a backoff, marked */
	BA_PLAIN,		/* again at once without entities */
	BA_NEW,			/* the message is gone: send a new one */
	BA_MAIN,		/* the topic is gone: to the chat itself */
	BA_DROP
};
enum box_act	 box_judge(enum box_kind, enum box_state, int plain, int last,
		    const struct api_reply *);
/* Does this chat take nothing at all from us? */
int		 box_hopeless(const struct api_reply *);
/* What a row of a former run is: BA_RETRY, BA_REPEAT or BA_DROP. */
enum box_act	 box_recover(enum box_kind, enum box_state);
/* A new message goes out now; it certainly did not arrive. */
enum box_state	 box_begin(enum box_state);
enum box_state	 box_undo(enum box_state);

/* --- boxbody.c: JSON members ------------------------------------------- */
struct buf;
void		 box_head(struct buf *, const struct outmsg *);
void		 box_body(struct buf *, const struct outmsg *, int marked);
void		 box_draft(struct buf *, const struct outmsg *, int32_t id);
/* Takes the topic out of a head; -1: none was in it. */
int		 box_untopic(char *head, size_t *len);
/* Rewrites members: adds the repeat mark, or drops entities.  malloc'd. */
char		*box_rewrite(const char *, size_t, int mark, int plain,
		    size_t *len);
extern const char box_mark[];

#endif
