/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What a twin says to the parent, judged for a process that the first bytes
 * choose; and the words a twin is told.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "parent/self/selftest.h"

#define HEAD	4

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
fz_words(const uint8_t *p, size_t n)
{
	struct self_ctx	 c, d;
	char		 s[128], back[128];

	if (n >= sizeof(s))
		return;
	memcpy(s, p, n);
	s[n] = '\0';
	memset(&c, 0, sizeof(c));
	memset(&d, 0, sizeof(d));
	if (self_parse(&c, s) == -1)
		return;
	/* What was understood is said and understood again. */
	if (self_words(&c, back, sizeof(back)) == -1 ||
	    self_parse(&d, back) == -1 || d.sibling != c.sibling ||
	    d.port4 != c.port4 || d.port6 != c.port6 || d.flags != c.flags ||
	    strcmp(c.abstract, d.abstract) != 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct self_rec	 recs[SELF_RECS];
	struct self_verdict	 v;
	struct self_ctx		 c;
	size_t			 len;
	int			 r;

	fz_words(p, n);
	if (n < HEAD)
		return (0);
	memset(&c, 0, sizeof(c));
	c.proc = (enum proc)(p[0] % PROC_MAX);
	c.tier = (enum tier)(p[1] % TIER_MAX);
	c.flags = p[2];
	c.abi = p[3] % 8;
	c.port6 = p[3] & 8;
	len = MINIMUM(n - HEAD, sizeof(recs));
	memcpy(recs, p + HEAD, len);
	r = selfjudge(&c, recs, len / sizeof(recs[0]), &v);
	if ((r == 0) != (v.why[0] == '\0') || v.acts > SELF_RECS ||
	    v.walled > v.acts || v.layers >> SL_MAX != 0)
		abort();
	return (0);
}
