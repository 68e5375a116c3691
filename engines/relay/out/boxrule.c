/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What becomes of a message after an answer, or after a restart.  Linked by
 * the relay; pure.
 */
#include <string.h>
#include <strings.h>

#include "engines/relay/out/outbox.h"
#include "engines/relay/tg/api.h"

static int
says(const struct api_reply *r, const char *what)
{
	return (strcasestr(r->why, what) != NULL);
}

static enum box_act
judge_request(enum box_kind kind, int plain, int last,
    const struct api_reply *r)
{
	if (kind == BX_EDIT && says(r, "message is not modified"))
		return (BA_DONE);
	if (!plain && (says(r, "can't parse entities") ||
	    says(r, "entit")))
		return (BA_PLAIN);
	if (kind != BX_EDIT && (says(r, "message thread not found") ||
	    says(r, "topic_closed") || says(r, "topic_deleted")))
		return (BA_MAIN);
	if (kind == BX_EDIT && last && (says(r, "message to edit not found") ||
	    says(r, "message can't be edited") || says(r, "message_id_inval")))
		return (BA_NEW);
	return (BA_DROP);
}

enum box_act
box_judge(enum box_kind kind, enum box_state state, int plain, int last,
    const struct api_reply *r)
{
	switch (r->verdict) {
	case BV_OK:
		return (BA_DONE);
	case BV_REQUEST:
		return (judge_request(kind, plain, last, r));
	case BV_LIMIT:
		return (BA_WAIT);
	case BV_UNKNOWN:
	case BV_SERVER:
		/* Behind a 5xx the message may be there all the same. */
		if (kind == BX_EDIT)
			return (BA_RETRY);
		/* Twice is the most a person may see of one message. */
		return (state == BS_REPEATED ? BA_DROP : BA_REPEAT);
	default:
		return (BA_RETRY);
	}
}

int
box_hopeless(const struct api_reply *r)
{
	return (r->status == 403 || says(r, "forbidden") ||
	    says(r, "chat not found") || says(r, "peer_id_invalid"));
}

enum box_act
box_recover(enum box_kind kind, enum box_state state)
{
	if (kind == BX_EDIT || state == BS_QUEUED)
		return (BA_RETRY);
	return (state == BS_REPEATED ? BA_DROP : BA_REPEAT);
}

enum box_state
box_begin(enum box_state state)
{
	return (state == BS_QUEUED ? BS_TRIED : state == BS_MARKED ?
	    BS_REPEATED : state);
}

enum box_state
box_undo(enum box_state state)
{
	return (state == BS_TRIED ? BS_QUEUED : state == BS_REPEATED ?
	    BS_MARKED : state);
}
