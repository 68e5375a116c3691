/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What the parent asks for in a backup.  Run by the relay.
 */
#include <string.h>

#include "imsg/values.h"
#include "telclauded/lib/text.h"
#include "telclauded/lib/util.h"
#include "engines/common/engine.h"
#include "engines/relay/relay.h"
#include "engines/relay/state/state.h"
#include "engines/relay/store/store.h"

static uint32_t	 asked;		/* id of the request that is answered */

static void
answer(uint8_t err, int fd, const char *why)
{
	struct msg_COPY_DONE	 d;

	memset(&d, 0, sizeof(d));
	d.err = err;
	(void)str_copy(d.name, err == CE_OK ? "relay.db" : "",
	    sizeof(d.name));
	d.why = text_of(why, strlen(why));
	msg_send_COPY_DONE(engine_parent(), asked, fd, &d);
}

static void
made(int fd, const char *why, void *arg)
{
	(void)arg;
	answer(fd == -1 ? CE_FAILED : CE_OK, fd, why);
}

void
copy_on_make(struct link *l, const struct msg_COPY_MAKE *m,
    struct msg_meta *meta)
{
	struct msg_COPY_DONE	 d;
	const char		*why = "";

	memset(&d, 0, sizeof(d));
	if (m->part > 0)
		d.err = CE_END;
	else if (store_copy(relay.base, relay.set->r.state, made, NULL,
	    &why) == -1)
		d.err = CE_FAILED;
	else {
		asked = meta->id;
		return;
	}
	d.why = text_of(why, strlen(why));
	msg_send_COPY_DONE(l, meta->id, -1, &d);
}
