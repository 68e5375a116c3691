/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * sendMessageDraft: who gets previews instead of edits, and what an answer to
 * one means.
 */
#ifndef FACE_DRAFT_H
#define FACE_DRAFT_H

#include <stdint.h>

#define DRAFT_TOTAL_MS	10000

struct api_reply;

enum draft_fate {
	DF_OK,
	DF_SLOW,		/* 429: later */
	DF_SKIP,		/* failed; the next one may not */
	DF_NOTHERE,		/* this chat takes none */
	DF_NEVER		/* this server has no such method */
};

/* Pure. */
enum draft_fate	 draft_judge(const struct api_reply *);

/* Previews in this chat?  stream: CONF_RELAY.stream. */
int		 draft_wanted(uint8_t stream, int group, int64_t chat);
void		 draft_learned(enum draft_fate);
void		 draft_not_here(int64_t chat);
int32_t		 draft_id(void);	/* a fresh one, never 0 */

#endif
