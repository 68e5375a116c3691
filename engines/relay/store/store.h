/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Everything the relay must not lose, in one SQLite file of its own.  Writes
 * of one pass of the event loop share a transaction; what may only happen
 * once they are on disk is queued with store_after().  A write that fails
 * ends the relay: the parent starts it again, Telegram sends again what was
 * not acknowledged, and nothing ever runs ahead of the disk.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stddef.h>
#include <stdint.h>

struct event_base;

/* What became of an update. */
enum upd_state { US_TAKEN, US_SKIPPED, US_REFUSED, US_IGNORED };

/* A message that somebody wrote to the agent (a turn), as stored. */
enum turn_row_state {
	TW_QUEUED,		/* waits, has not started */
	TW_RUNNING,
	TW_DONE,
	TW_INTERRUPTED,		/* was running when something died */
	TW_DROPPED,		/* never ran: dropped, refused */
	TW_CONTINUED,		/* was interrupted, then continued */
	TW_GATED,		/* the second factor is being asked about */
	TW_HELD,		/* waits for a code */
	TW_CODE,		/* a code; its text is not stored */
	TW_FETCH,		/* its files are being fetched */
	TW_SCREEN,		/* the observer looks at it */
	TW_ASKED,		/* waits for /approve */
};

struct turn_row {
	uint64_t	 id;
	int64_t		 chat, topic, user, msg;
	uint64_t	 conv;
	uint64_t	 at;
	uint64_t	 resumes;	/* turn that is continued, or 0 */
	int		 group;
	enum turn_row_state state;
	uint32_t	 taint;		/* TAINT_ of turn.h */
	const char	*files;		/* JSON, or "" */
	const char	*name;
	const char	*text;
	size_t		 len;
};

/* A draft is a preview: never on disk, never repeated. */
enum box_kind { BX_SEND, BX_EDIT, BX_FILE, BX_DRAFT = 100 };
/* Stored: do not renumber.  Marked: to be repeated, but not begun. */
enum box_state { BS_QUEUED, BS_TRIED, BS_REPEATED, BS_SENT, BS_MARKED };

struct out_row {
	uint64_t	 id;
	int64_t		 chat;
	enum box_kind	 kind;
	enum box_state	 state;
	uint64_t	 ref;		/* BX_EDIT: the BX_SEND it changes */
	int64_t		 msgid;		/* BX_SEND in BS_SENT; BX_EDIT or 0 */
	const char	*head;		/* JSON members of sending alone */
	const char	*body;		/* JSON of sending and editing */
	size_t		 headlen, len;
};

/* store.c */
int	 store_open(const char *dir);	/* before the cage; 0, -1 logged */
void	 store_start(struct event_base *);
void	 store_rest(void);		/* an ordered end: one file holds all */
void	 store_close(void);
uint64_t store_run(void);		/* number of this run, from 1 */
void	 store_after(void (*)(uint64_t), uint64_t);
void	 store_sync(void);		/* commit now and run what waits */
int64_t	 store_meta(const char *key, int64_t def);
void	 store_set_meta(const char *key, int64_t);

/* storeupd.c */
int	 store_update(int64_t id, int64_t chat, int64_t user, uint64_t at,
	    enum upd_state);		/* 1, or 0 when it was there already */
int64_t	 store_next_update(uint64_t *at);	/* offset; at: newest's time */
void	 store_other_bot(void);	/* updates and messages number anew */
void	 store_refused(int64_t chat, const char *name, uint64_t at);
uint64_t store_totp_until(const char *user);
void	 store_set_totp(const char *user, uint64_t until);

/* storeturn.c */
void	 store_turn_add(const struct turn_row *);
void	 store_turn_state(uint64_t id, enum turn_row_state, uint64_t at);
void	 store_turn_conv(uint64_t id, uint64_t conv);
int	 store_turn_get(uint64_t id, void (*)(const struct turn_row *, void *),
	    void *);		/* 1: there */
void	 store_turn_open(void (*)(const struct turn_row *, void *), void *);
void	 store_turn_recent(unsigned max,
	    void (*)(const struct turn_row *, void *), void *);
/* A lane as stored; strings are borrowed until the next call. */
struct lane_row {
	uint64_t	 conv, used;
	const char	*cwd;		/* may hold any byte but NUL */
	const char	*model;		/* chosen for this chat, or "" */
	uint32_t	 taint;
	uint64_t	 hold, drop;	/* of its queue; see queue.h */
};
int	 store_lane(int64_t chat, int64_t topic,
	    void (*)(const struct lane_row *, void *), void *);	/* 1: there */
void	 store_set_lane(int64_t chat, int64_t topic, const struct lane_row *);
void	 store_lanes(void (*)(int64_t chat, int64_t topic, uint64_t conv,
	    uint64_t used, void *), void *);

/* storeout.c */
void	 store_out_add(const struct out_row *, uint64_t turn, uint64_t at);
void	 store_out_state(uint64_t id, enum box_state, int64_t msgid);
void	 store_out_body(uint64_t id, const char *, size_t);
void	 store_out_again(uint64_t id);	/* an edit that is a new message now */
void	 store_out_del(uint64_t id);
void	 store_out_settle(void);	/* at start: fold edits */
void	 store_out_open(void (*)(const struct out_row *, void *), void *);

/* state/storekeep.c: a bounded part of the work; the place to go on from, or
 * -1 when there is no more. */
int64_t	 store_keep_turns(int64_t from, uint64_t before_ms);
int64_t	 store_keep_updates(int64_t from, uint64_t now_ms);
int	 store_keep_lanes(uint64_t before_ms);		/* 1: more */
void	 store_keep_small(uint64_t now_ms);
int	 store_keep_shrink(void);			/* 1: more */

/* state/storecopied.c: this database is a copy that was put back */
void	 store_restored(void);
/* A copy as it is now; see storecopy.h. */
int	 store_copy(struct event_base *, const char *dir,
	    void (*)(int fd, const char *why, void *), void *,
	    const char **why);

/* state/storememory.c */
struct memory_row {
	const char	*id, *category, *content, *source, *trust, *promoter;
	int64_t		 chat;			/* 0: none */
	uint64_t	 created, promoted, posted;	/* ms; 0: never */
};
int	 store_memory_add(const struct memory_row *);	/* 0: there already */
int64_t	 store_memory_count(void);

#endif
