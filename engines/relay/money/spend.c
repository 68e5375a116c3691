/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Money and tokens of a day: set aside before a request leaves, settled by
 * what it used.  Run by the relay; gate says what a request can cost.
 */
#include <string.h>

#include "imsg/link.h"
#include "engines/relay/money/money.h"

void
spend_on_need(struct link *l, const struct msg_SPEND_NEED *m,
    struct msg_meta *meta)
{
	struct msg_SPEND_GRANT	g;

	(void)m;
	memset(&g, 0, sizeof(g));
	g.err = 1;
	msg_send_SPEND_GRANT(l, meta->id, -1, &g);
}

void
spend_on_done(struct link *l, const struct msg_SPEND_DONE *m,
    struct msg_meta *meta)
{
	(void)l;
	(void)m;
	(void)meta;
}
