/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What every engine does to itself before anything else: nobody reads its
 * memory, it starts no process, and memory it wrote never becomes code.
 */
#include <sys/prctl.h>
#include <sys/resource.h>

#include <errno.h>

#include "engines/common/engine.h"

#ifndef PR_SET_MDWE
#define PR_SET_MDWE	65
#define PR_MDWE_REFUSE_EXEC_GAIN 1
#endif

int
engine_early(void)
{
	struct rlimit	 none = { 0, 0 };

	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1)
		return (6);
	/* Not before exec: it would fail beside a dying predecessor. */
	if (setrlimit(RLIMIT_NPROC, &none) == -1)
		return (7);
	/* Linux 6.3 and later. */
#ifndef TC_SANITIZE
	if (prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0) == -1 &&
	    errno != EINVAL)
		return (11);
#endif
	return (0);
}
