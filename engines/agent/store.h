/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The transcript on disk: conversations and their messages as JSON content
 * arrays.  Run by the agent alone; the file is its own.
 */
#ifndef AGENT_STORE_H
#define AGENT_STORE_H

#include <stddef.h>
#include <stdint.h>

#define STORE_VERSION	1	/* of the tables */

/* DIR/transcript.db; 0, or -1 after saying why and what to do. */
int	 store_open(const char *dir);
void	 store_close(void);

/* user: 0 the model, 1 the person, 2 the model's last word of a turn.
 * Changes between begin and commit are kept together or not at all. */
int	 store_begin(void);
int	 store_commit(void);		/* -1: nothing of them was kept */
void	 store_rollback(void);

int	 store_touch(uint64_t conv, uint64_t now);
int	 store_put(uint64_t conv, uint32_t seq, int user, const char *,
	    size_t);
int	 store_drop_from(uint64_t conv, uint32_t seq);
int	 store_drop_before(uint64_t conv, uint32_t seq);
int	 store_reset(uint64_t conv);
/* All messages in order; the callback ends it by what is not 0,
 * which is returned; -1 also when it cannot be read. */
int	 store_load(uint64_t conv, int (*)(void *, uint32_t seq, int user,
	    const char *, size_t), void *);
void	 store_idle(void);		/* give memory back */

/* What is too old, a bounded part at a time; 1: there is more. */
int	 store_keep_old(uint64_t before);
int	 store_keep_shrink(void);
/* Messages of no conversation: where to go on from, -1 at the end. */
int64_t	 store_keep_lost(int64_t from);

/* A copy as it is now; see storecopy.h. */
struct event_base;
int	 store_copy(struct event_base *, const char *dir,
	    void (*)(int fd, const char *why, void *), void *,
	    const char **why);

#endif
