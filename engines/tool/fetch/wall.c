/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The walls that `fetch' raises inside the tool's before it hears of anybody:
 * no file at all, no program, no memory that becomes code, no socket but TCP.
 * A page that takes fetch over holds a connection to the proxy and a pipe to
 * the tool, not the workspace.
 */
#include <errno.h>

#include "engines/common/cage.h"
#include "engines/tool/fetch/fetch.h"

int
wall_raise(const struct sockaddr_in *proxy, const char **what)
{
#ifndef TC_SANITIZE
	const struct cage_prog *prog = cage_find("fetch");

	/* Where there is no Landlock the filter still opens no file. */
	*what = "Landlock";
	if (cage_landlock(NULL, 0, 0) == -1 && errno != EOPNOTSUPP &&
	    errno != ENOSYS)
		return (-1);
	*what = "filter";
	if (prog == NULL || cage_seccomp(prog) == -1)
		return (-1);
#endif
	(void)proxy;
	*what = NULL;
	return (0);
}
