/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The walls that `fetch' raises inside the tool's before it hears of anybody:
 * no file at all, no program, no memory that becomes code, no socket but TCP
 * to the proxy's port.
 * A page that takes fetch over holds a connection to the proxy and a pipe to
 * the tool, not the workspace.
 */

#include "engines/common/cage.h"
#include "engines/tool/fetch/fetch.h"

int
wall_raise(const struct sockaddr_in *proxy, const char **what)
{
#ifndef TC_SANITIZE
	const struct cage_prog *prog = cage_find("fetch");
	uint16_t port = ntohs(proxy->sin_port);

	*what = "Landlock";
	if (cage_landlock_ports(NULL, 0, CAGE_NET_NONE, &port, 1) == -1)
		return (-1);
	*what = "filter";
	if (prog == NULL || cage_seccomp(prog) == -1)
		return (-1);
#else
	(void)proxy;
#endif
	*what = NULL;
	return (0);
}
