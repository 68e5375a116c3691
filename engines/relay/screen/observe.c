/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Structure, word lists and the observer: what kind of message it is.  Run by
 * the relay.
 */
#include "engines/relay/screen/screen.h"
#include "engines/relay/turn.h"

enum passed
observe_pass(struct turn *t)
{
	(void)t;
	return (PASS);
}

void
observe_on_head(struct link *l, const struct msg_API_HEAD *m,
    struct msg_meta *meta)
{
	struct stream	*s;

	(void)meta;
	if ((s = stream_read_new(l, m->sid, 0, NULL, NULL)) != NULL)
		stream_drop(s);
}

void
observe_on_done(struct link *l, const struct msg_API_DONE *m,
    struct msg_meta *meta)
{
	(void)l;
	(void)m;
	(void)meta;
}
