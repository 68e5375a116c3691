/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The few texts that root reads itself: an api line, /proc/PID/status,
 * /proc/PID/stat.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "parent/fw/sentinel.h"
#include "parent/names/url.h"
#include "parent/status.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
fz_url(const char *s)
{
	struct netaddr	 a;
	struct url	 u;

	if (url_parse(s, &u) == -1)
		return;
	if (u.host[0] == '\0' || u.port == 0 ||
	    strpbrk(u.host, "/@?# \t") != NULL)
		abort();
	/* What is an address is one of a known family. */
	if (addr_parse(u.host, &a) == 0 && a.family != 4 && a.family != 6)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct kernel_facts	 f;
	char			*s, out[128];

	if ((s = malloc(n + 1)) == NULL)
		return (0);
	memcpy(s, p, n);
	s[n] = '\0';
	fz_url(s);
	if (status_parse(s, &f) == 0 && f.groups < 0)
		abort();
	if (sentinel_text(1, s, "boot", out, sizeof(out)) == 0 &&
	    strncmp(out, "1 ", 2) != 0)
		abort();
	free(s);
	return (0);
}
