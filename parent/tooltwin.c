/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Tool processes for the selftest: made as any other, in a conversation that
 * no relay can name.  Run by the parent.
 */
#include <unistd.h>

#include "engines/common/selftest.h"
#include "parent/toolint.h"
#include "telclauded/lib/util.h"

#define TWIN_CONV	UINT64_MAX	/* the relay's are row numbers */

pid_t
tool_twin(struct tool_scope *sc, enum tier tier, const char *const *words,
    int *fd)
{
	struct tool_proc *p;

	sc->twin = words;
	p = toolproc_new(sc, TWIN_CONV, tier, 0);
	sc->twin = NULL;
	if (p == NULL)
		return (-1);
	(void)fd_nonblock(p->outfd);
	*fd = p->outfd;
	p->outfd = -1;
	return (p->pid);
}

void
tool_twins_wipe(struct tool_scope *sc)
{
	tool_conv_wipe(sc, TWIN_CONV);
}

unsigned
tool_twin_flags(const struct tool_scope *sc)
{
	/* Rules that match a person's processes would be none of ours. */
	return ((sc->namespaces ? SF_PIDNS : 0) |
	    (sc->as_owner ? 0 : SF_FIREWALL));
}

uid_t
tool_uid(const struct tool_scope *sc)
{
	return (sc->uid);
}
