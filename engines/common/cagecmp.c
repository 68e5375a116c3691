/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Is a filter of the selftest's twin the real one but for its last word?
 * Instruction by instruction: only a return of the real one's trap or kill
 * may be another, and then only the one errno that stands for it.  Run by
 * the build for every row, by each twin for its own, and by the tests.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>

#include "engines/common/cage.h"
#include "engines/common/selftest.h"

static int
softened(uint32_t real, uint32_t soft)
{
	if (real == SECCOMP_RET_TRAP)
		return (soft == (SECCOMP_RET_ERRNO | EPERM));
	return (real == SECCOMP_RET_KILL_PROCESS &&
	    soft == (SECCOMP_RET_ERRNO | SELFTEST_BASE_ERRNO));
}

int
cage_compare(const struct cage_prog *real, const struct cage_prog *soft)
{
	const struct sock_filter	*r, *s;
	unsigned			 i, differ = 0;

	if (real->n != soft->n)
		return (-1);
	for (i = 0; i < real->n; i++) {
		r = &real->insns[i];
		s = &soft->insns[i];
		if (r->code != s->code || r->jt != s->jt || r->jf != s->jf)
			return (-1);
		if (r->k == s->k) {
			/* A default that the twin shares would kill it. */
			if (r->code == (BPF_RET | BPF_K) &&
			    r->k == SECCOMP_RET_TRAP)
				return (-1);
			continue;
		}
		if (r->code != (BPF_RET | BPF_K) || !softened(r->k, s->k))
			return (-1);
		differ++;
	}
	return (differ > 0 ? 0 : -1);
}
