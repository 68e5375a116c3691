/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Previews by sendMessageDraft: only private chats have them, and not every
 * server.  What was learned holds for this run.  Run by the relay; trusts no
 * answer.
 */
#include <stdlib.h>

#include "imsg/values.h"
#include "telclauded/lib/log.h"
#include "engines/relay/face/draft.h"
#include "engines/relay/map.h"
#include "engines/relay/tg/api.h"

#define DRAFT_REMEMBER	1024	/* chats that take none */

static struct map	draft_refused;	/* chat -> anything */
static int		draft_missing;	/* the server has no such method */

enum draft_fate
draft_judge(const struct api_reply *r)
{
	switch (r->verdict) {
	case BV_OK:
		return (DF_OK);
	case BV_LIMIT:
		return (DF_SLOW);
	case BV_TOKEN:
		/* A token that is refused is the poll's business. */
		return (r->status == 404 ? DF_NEVER : DF_SKIP);
	case BV_REQUEST:
		return (DF_NOTHERE);
	default:
		return (DF_SKIP);
	}
}

int
draft_wanted(uint8_t stream, int group, int64_t chat)
{
	return (stream == RS_DRAFT && !group && !draft_missing &&
	    map_get(&draft_refused, (uint64_t)chat) == NULL);
}

void
draft_learned(enum draft_fate fate)
{
	if (fate != DF_NEVER || draft_missing)
		return;
	draft_missing = 1;
	log_info("this Bot API server has no drafts; answers are edited "
	    "instead");
}

void
draft_not_here(int64_t chat)
{
	/* Forgetting all of them costs one try each. */
	if (draft_refused.n >= DRAFT_REMEMBER)
		map_free(&draft_refused);
	(void)map_put(&draft_refused, (uint64_t)chat, &draft_refused);
}

int32_t
draft_id(void)
{
	return ((int32_t)(arc4random() & 0x7ffffffe) | 1);
}
