/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Which reaction and when.  Linked by the relay; pure.
 */
#include "imsg/msg.h"
#include "telclauded/lib/util.h"
#include "engines/relay/face/react.h"

#define REACT_SOON_MS	30	/* behind what is worth more */
#define REACT_GAP_MS	1500	/* between two on one message */

/* Only emoji that the Bot API lets bots set. */
const char *
react_emoji(enum react r)
{
	static const char *const emoji[RE_MAX] = {
		[RE_QUEUED] = "\xf0\x9f\x91\x80",		/* eyes */
		[RE_WORKING] = ("\xf0\x9f\x91\xa8\xe2\x80\x8d"
		    "\xf0\x9f\x92\xbb"),			/* at work */
		[RE_DONE] = "\xf0\x9f\x91\x8c",			/* ok hand */
		[RE_STOPPED] = "\xf0\x9f\xa4\xb7",		/* shrug */
		[RE_FAILED] = "\xf0\x9f\x98\xa2",		/* crying */
	};

	return (emoji[r < RE_MAX ? r : RE_FAILED]);
}

enum react
react_of_end(enum turn_row_state row, uint8_t outcome)
{
	if (row == TW_DROPPED || outcome == TO_STOPPED)
		return (RE_STOPPED);
	if (row != TW_DONE)
		return (RE_FAILED);
	return (outcome == TO_OK || outcome == TO_MAXTOKENS ? RE_DONE :
	    RE_FAILED);
}

int
react_is_end(enum react r)
{
	return (r >= RE_DONE);
}

uint32_t
react_wait(enum react r, uint64_t last, uint64_t now)
{
	uint64_t	gap = r == RE_WORKING ? REACT_GAP_MS : REACT_GAP_MS / 2;

	if (last == 0 || now < last || now - last >= gap)
		return (REACT_SOON_MS);
	return (MAXIMUM((uint32_t)(gap - (now - last)),
	    (uint32_t)REACT_SOON_MS));
}
