/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The output filter on any text: what it lets go holds nothing that it would
 * not let go, apart from its own markers.
 */
#include <stdlib.h>
#include <string.h>

#include "telclauded/lib/util.h"
#include "engines/relay/relay.h"
#include "engines/relay/screen/filter.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct settings	set;
	static int		ready;
	struct buf		once, names;

	if (!ready) {
		set.screen.entropy = 1;
		set.screen.entropy_millibits = 4500;
		set.screen.entropy_len = 32;
		if (filter_setup(&set, NULL, 0) == -1)
			abort();
		ready = 1;
	}
	buf_init(&once);
	buf_init(&names);
	if (filter_text((const char *)p, n, &once) == 0 &&
	    filter_critical((const char *)p, n, &names) == 0 && once.len > 0 &&
	    filter_critical(once.p, once.len, &names) != 0)
		abort();
	buf_free(&once);
	buf_free(&names);
	return (0);
}
