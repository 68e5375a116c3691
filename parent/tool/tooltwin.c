/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Tool processes for the selftest: made as any other, in a conversation that
 * no relay can name.  Run by the parent.
 */
#include <unistd.h>

#include "engines/common/selftest.h"
#include "imsg/fdpass.h"
#include "parent/tool/tool_int.h"
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

/* What kept it from becoming a tool, if it said so and was not heard yet. */
void
tool_twin_why(struct tool_scope *sc, pid_t pid, char *why, size_t len)
{
	int fds[TOOL_PORTS_MAX];
	struct tool_proc *p;
	char line[128];
	unsigned n;
	ssize_t r;

	TAILQ_FOREACH(p, &sc->procs, entry)
		if (p->pid == pid)
			break;
	while (p != NULL && (r = fdpass_recv(p->errfd, line, sizeof(line) - 1,
	    fds, TOOL_PORTS_MAX, &n)) > 0) {
		line[r] = '\0';
		if (n == 0)
			(void)str_format(why, len, "cannot start in the "
			    "sandbox: %s", line);
		while (n > 0)
			close(fds[--n]);
	}
	if (why[0] == '\0')
		(void)str_copy(why, "cannot start in the sandbox", len);
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
