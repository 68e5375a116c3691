/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * totp-secrets.json of telclaude 0.5, and the count of wrong codes: what is
 * taken is within its bounds, and what is not has a reason.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engines/totp/legacy.h"
#include "engines/totp/tries.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
tries(const uint8_t *data, size_t size)
{
	static struct tries	 t, u;
	static uint8_t		 out[TRIES_FILEMAX];
	uint32_t		 wait;
	size_t			 n;

	if (tries_decode(&t, data, size, 1000000) == -1)
		return;
	n = tries_encode(&t, out);
	if (n != size || tries_decode(&u, out, n, 1000000) == -1 ||
	    memcmp(&t, &u, sizeof(t)) != 0)
		abort();
	if (t.n > 0 && tries_locked(&t, t.row[0].user, t.row[0].by, 1000000,
	    &wait) && wait > LONG_MS / 1000)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct legacy	 l;
	char			 why[256] = "";
	unsigned		 i;

	tries(data, size);
	if (legacy_parse((const char *)data, size, &l, why,
	    sizeof(why)) == -1) {
		if (why[0] == '\0')
			abort();
		return (0);
	}
	for (i = 0; i < l.n; i++)
		if (l.entry[i].user[0] == '\0' ||
		    strlen(l.entry[i].user) >= TF_USERLEN)
			abort();
	if (l.n > TF_USERS)
		abort();
	return (0);
}
