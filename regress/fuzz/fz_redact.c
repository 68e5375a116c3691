/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * A text in pieces comes out as the whole does.  The first byte says how it
 * is cut; a NUL in the text cuts too.
 */
#include <stdlib.h>
#include <string.h>

#include "telclauded/lib/util.h"
#include "engines/relay/relay.h"
#include "engines/relay/screen/filter.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
setup(void)
{
	static struct settings		set;
	static struct msg_CONF_PATTERN	pat[] = {
		{ .name = "acme", .regex = "ACME-[0-9A-F]{32}" },
		{ .name = "slow", .regex = "\\b(?:z+z?)+(?=A|\\s)[^ ]*?x" },
	};

	set.screen.entropy = 1;
	set.screen.entropy_millibits = 4500;
	set.screen.entropy_len = 32;
	set.patterns = pat;
	set.npatterns = NELEM(pat);
	if (filter_setup(&set, NULL, 0) == -1)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static int	 ready;
	struct redactor	*r;
	struct buf	 whole, part;
	uint32_t	 x;
	size_t		 i, k;
	int		 w1, w2;

	if (!ready)
		setup();
	ready = 1;
	if (n < 2)
		return (0);
	x = p[0] | 0x100;
	p++;
	n--;
	buf_init(&whole);
	buf_init(&part);
	w1 = filter_text((const char *)p, n, &whole);
	if ((r = redact_new()) == NULL)
		abort();
	for (i = 0; i < n; i += k) {
		x = x * 1103515245 + 12345;
		k = 1 + (x >> 16) % 40;
		k = MINIMUM(k, n - i);
		redact_feed(r, (const char *)p + i, k, &part);
	}
	w2 = redact_finish(r, &part);
	if (w1 != w2 || (!w1 && (whole.len != part.len ||
	    (whole.len > 0 && memcmp(whole.p, part.p, whole.len) != 0))))
		abort();
	buf_free(&whole);
	buf_free(&part);
	return (0);
}
