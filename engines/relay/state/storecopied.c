/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Copies of the relay's database, and what is different in one that was put
 * back: what happened since it was made is not known.  So nothing runs or is
 * sent again by itself, what was asked for is asked for anew, and who had
 * given a code gives one again.  Run by the relay.
 */
#include <string.h>

#include "engines/common/storecopy.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"
#include "engines/relay/store/store.h"
#include "engines/relay/store/storesql.h"

/* Lives there can have been since a copy was made; 32 bits hold them. */
#define RUNS_LOST	(1 << 20)

static char	 copy_dir[512], copy_mark[128];

int
store_copy(struct event_base *base, const char *dir,
    void (*done)(int, const char *, void *), void *ctx, const char **why)
{
	struct storecopy	 c = {
		.base = base,
		.db = sql_db(),
		.dir = copy_dir,
		.file = STORE_FILE,
		.mark = copy_mark,
		.before = store_sync,
	};

	(void)str_copy(copy_dir, dir, sizeof(copy_dir));
	(void)str_format(copy_mark, sizeof(copy_mark),
	    "INSERT OR REPLACE INTO meta VALUES('copied',%llu)",
	    (unsigned long long)wall_ms());
	return (storecopy_begin(&c, done, ctx, why));
}

void
store_restored(void)
{
	/*
	 * Turns that would run now are asked about like interrupted ones; but
	 * not those that were being looked at, which nobody has let pass.
	 */
	static const enum st	 all[] = {
		ST_COPIED_TURNS, ST_COPIED_DROP, ST_COPIED_OUT,
		ST_COPIED_ALBUM, ST_COPIED_COLLECT, ST_COPIED_COLLECTED,
		ST_COPIED_CARDS, ST_COPIED_ASKED, ST_COPIED_REQUESTS,
		ST_COPIED_CODES, ST_COPIED_CLAIMS, ST_COPIED_TOTP,
		ST_COPIED_DEL,
	};
	int64_t	 made = store_meta("copied", 0);
	size_t	 i;

	if (made == 0)
		return;
	for (i = 0; i < NELEM(all); i++)
		(void)sql_run(all[i], "");
	/* Buttons of lives that are forgotten must not name turns of ours. */
	store_set_meta("run", store_meta("run", 0) + RUNS_LOST);
	log_warnx("this database is a copy that was made %llu minutes ago: "
	    "messages that waited then are asked about, and second factors "
	    "are asked for again",
	    (unsigned long long)((wall_ms() - (uint64_t)made) / 60000));
}
