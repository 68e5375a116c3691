/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What we sent within a day and how people reacted to it, and the rows that
 * an edit of a message asks for.
 */
#ifndef FACE_STOREFACE_H
#define FACE_STOREFACE_H

#include <stddef.h>
#include <stdint.h>

/* A message of ours that the server has. */
void	 store_face_sent(int64_t chat, int64_t msg, int64_t topic,
	    uint32_t taint, const char *words, uint64_t at);
/* Its text is another one by now: what that comes from is added. */
void	 store_face_taint(int64_t chat, int64_t msg, uint32_t taint);
/* 1 and *taint when it is ours and not forgotten yet. */
int	 store_face_ours(int64_t chat, int64_t msg, uint32_t *taint);

/* All of one person's reactions to a message of ours, one after the other:
 * first none, then each. */
void	 store_face_unreact(int64_t chat, int64_t msg, int64_t user);
void	 store_face_react(int64_t chat, int64_t msg, int64_t user,
	    const char *emoji, uint64_t at);

/* The newest messages of a chat with reactions that were not told yet: a row
 * an emoji, newest message first, at most max messages.  Marks them told. */
struct reacted {
	int64_t		 msg;
	const char	*words, *emoji;
	int		 n;
	uint32_t	 taint;		/* of the words */
};
void	 store_face_reacted(int64_t chat, int64_t topic, unsigned max,
	    void (*)(const struct reacted *, void *), void *);

/* The turn that came of a message, not counting the turn `but': its row's id,
 * or 0. */
uint64_t store_face_turn(int64_t chat, int64_t msg, uint64_t but,
	    int64_t *user);
void	 store_face_retext(uint64_t id, const char *, size_t, uint32_t taint);

void	 store_face_purge(uint64_t now);

#endif
