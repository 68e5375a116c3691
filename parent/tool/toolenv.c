/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What a tool's environment says about its way out: every program that can
 * use a proxy finds egress by one of these names, and clients of the model
 * server find gate.  Run by the child that becomes the tool.
 */
#include <stddef.h>

#include "imsg/values.h"
#include "parent/tool/tool_int.h"
#include "telclauded/lib/util.h"

/* Both spellings: curl ignores HTTP_PROXY, others know nothing else. */
static const char *const proxies[] = {
	"http_proxy", "https_proxy", "all_proxy",
	"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"
};

static const char *const fixed[] = {
	"no_proxy=localhost,127.0.0.1,::1",
	"NO_PROXY=localhost,127.0.0.1,::1",
	"NODE_USE_ENV_PROXY=1",		/* else node's fetch() knows none */
	"GIT_TERMINAL_PROMPT=0",	/* nobody is there to answer */
	"PIP_RETRIES=1"			/* else a refusal is tried for 8 s */
};

static int
offers(const struct tool_scope *sc, uint16_t port)
{
	unsigned i;

	for (i = 0; i < (sc->namespaces ? sc->nports : sc->ndoors); i++)
		if (sc->ports[i] == port)
			return (1);
	return (0);
}

/* Adds to a list that ends with NULL. */
void
toolenv_proxy(const struct tool_scope *sc, char *envp[], unsigned max)
{
	static char text[NELEM(proxies) + NELEM(fixed) + 2][64];
	uint32_t a = toollisten_addr(sc);
	unsigned i, n = 0;
	size_t k;

	for (k = 0; offers(sc, PORT_EGRESS) && k < NELEM(proxies); k++)
		(void)str_format(text[n++], sizeof(text[0]),
		    "%s=http://%u.%u.%u.%u:%d", proxies[k], a >> 24,
		    a >> 16 & 0xff, a >> 8 & 0xff, a & 0xff, PORT_EGRESS);
	for (k = 0; offers(sc, PORT_EGRESS) && k < NELEM(fixed); k++)
		(void)str_copy(text[n++], fixed[k], sizeof(text[0]));
	if (offers(sc, PORT_ANTHROPIC)) {
		(void)str_format(text[n++], sizeof(text[0]),
		    "ANTHROPIC_BASE_URL=http://%u.%u.%u.%u:%d", a >> 24,
		    a >> 16 & 0xff, a >> 8 & 0xff, a & 0xff, PORT_ANTHROPIC);
		/* Clients want one; gate puts the real one in its place. */
		(void)str_copy(text[n++], "ANTHROPIC_AUTH_TOKEN=none",
		    sizeof(text[0]));
	}
	for (i = 0; envp[i] != NULL; i++)
		;
	for (k = 0; k < n && i + 1 < max; k++)
		envp[i++] = text[k];
	envp[i] = NULL;
}
