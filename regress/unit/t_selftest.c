/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The selftest's pure parts: the comparer of filters, the table, what a
 * twin's words are judged to mean.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engines/common/cage.h"
#include "parent/self/selftest.h"

static const char *const pairs[] = { "base", "relay", "agent", "gate",
	"runner", "audit", "keeper", "totp", "resolver", "egress" };

/* --- the comparer ------------------------------------------------------- */

static void
t_pairs(void **state)
{
	const struct cage_prog	*real, *soft;
	size_t			 i;

	(void)state;
	for (i = 0; i < NELEM(pairs); i++) {
		real = cage_find(pairs[i]);
		soft = cage_soft(pairs[i]);
		assert_non_null(real);
		assert_non_null(soft);
		assert_int_equal(cage_compare(real, soft), 0);
		assert_int_equal(cage_compare(soft, real), -1);
		assert_int_equal(cage_compare(real, real), -1);
	}
	assert_null(cage_soft("tool"));
	assert_null(cage_soft(""));
	assert_int_equal(cage_compare(cage_find("relay"), cage_soft("gate")),
	    -1);
}

/* Every instruction of it, changed in each of its parts, is noticed. */
static void
t_changed(void **state)
{
	static struct sock_filter	 copy[4096];
	const struct cage_prog		*real = cage_find("gate"),
					*soft = cage_soft("gate");
	struct cage_prog		 other = *soft;
	unsigned			 i;

	(void)state;
	assert_true(soft->n <= NELEM(copy));
	other.insns = copy;
	memcpy(copy, soft->insns, soft->n * sizeof(copy[0]));
	assert_int_equal(cage_compare(real, &other), 0);
	for (i = 0; i < soft->n; i++) {
		copy[i].k ^= 1;
		assert_int_equal(cage_compare(real, &other), -1);
		copy[i].k ^= 1;
		copy[i].jt ^= 1;
		assert_int_equal(cage_compare(real, &other), -1);
		copy[i].jt ^= 1;
		copy[i].jf ^= 1;
		assert_int_equal(cage_compare(real, &other), -1);
		copy[i].jf ^= 1;
		copy[i].code ^= 8;
		assert_int_equal(cage_compare(real, &other), -1);
		copy[i].code ^= 8;
		if (copy[i].code != (BPF_RET | BPF_K))
			continue;
		copy[i].k = SECCOMP_RET_ALLOW;
		assert_int_equal(cage_compare(real, &other),
		    real->insns[i].k == SECCOMP_RET_ALLOW ? 0 : -1);
		copy[i].k = soft->insns[i].k;
	}
	other.n--;
	assert_int_equal(cage_compare(real, &other), -1);
}

/* --- the table ---------------------------------------------------------- */

static struct self_ctx
engine(enum proc proc, unsigned flags)
{
	struct self_ctx	 c;

	memset(&c, 0, sizeof(c));
	c.proc = proc;
	c.flags = flags | SF_FIREWALL;
	c.abi = 7;
	c.port4 = 1;
	c.port6 = 2;
	return (c);
}

static int
wants(const struct self_ctx *c, enum self_act a, enum self_pass p,
    struct self_want *w)
{
	self_want(c, a, p, w);
	return (w->n);
}

/* Behind its filter nothing in the table works for any engine. */
static void
t_nothing_works(void **state)
{
	static const enum proc	 procs[] = { PROC_RELAY, PROC_AGENT,
	    PROC_GATE, PROC_RUNNER, PROC_AUDIT, PROC_KEEPER, PROC_TOTP,
	    PROC_RESOLVER, PROC_EGRESS };
	struct self_want	 w;
	struct self_ctx		 c;
	size_t			 i;
	int			 a, k, tried;

	(void)state;
	for (i = 0; i < NELEM(procs); i++) {
		c = engine(procs[i], SF_VIEW);
		for (a = tried = 0; a < SA_MAX; a++) {
			tried += wants(&c, (enum self_act)a, SP_FILTER,
			    &w) > 0;
			for (k = 0; k < w.n; k++)
				assert_int_not_equal(w.errs[k], 0);
			assert_true(w.n <= (int)NELEM(w.errs));
			assert_true(strlen(self_act_words(
			    (enum self_act)a)) >= 3);
		}
		assert_true(tried > 80);
	}
}

static void
t_who(void **state)
{
	struct self_want	 w;
	struct self_ctx		 c = engine(PROC_GATE, SF_VIEW);

	(void)state;
	/* It may have sockets: then the firewall, and not the filter. */
	assert_int_equal(wants(&c, SA_TCP4, SP_FILTER, &w), 1);
	assert_int_equal(w.layer, SL_FIREWALL);
	assert_int_equal(w.errs[0], ECONNREFUSED);
	assert_int_equal(wants(&c, SA_TCP4, SP_LANDLOCK, &w), 0);
	c.port6 = 0;
	assert_int_equal(wants(&c, SA_TCP6, SP_OPEN, &w), 0);
	c.flags &= ~(unsigned)SF_FIREWALL;
	assert_int_equal(wants(&c, SA_TCP4, SP_OPEN, &w), 0);
	c = engine(PROC_AUDIT, SF_VIEW | SF_NONET);
	assert_int_equal(wants(&c, SA_TCP4, SP_OPEN, &w), 2);
	assert_int_equal(w.layer, SL_NETNS);
	assert_int_equal(wants(&c, SA_TCP4, SP_LANDLOCK, &w), 1);
	assert_int_equal(w.layer, SL_LANDLOCK);
	assert_int_equal(wants(&c, SA_TCP4, SP_FILTER, &w), 1);
	assert_int_equal(w.layer, SL_FILTER);
	/* Older kernels: Landlock without TCP, without signals. */
	c.abi = 3;
	assert_int_equal(wants(&c, SA_TCP4, SP_LANDLOCK, &w), 0);
	assert_int_equal(wants(&c, SA_SIGOWN, SP_LANDLOCK, &w), 0);
	assert_int_equal(wants(&c, SA_CANARY, SP_LANDLOCK, &w), 1);
	c = engine(PROC_RESOLVER, SF_EMPTY);
	assert_int_equal(wants(&c, SA_DNS, SP_OPEN, &w), 0);
	assert_int_equal(wants(&c, SA_SHADOW, SP_OPEN, &w), 1);
	assert_int_equal(w.layer, SL_ROOT);
	c = engine(PROC_RELAY, SF_VIEW);
	assert_true(wants(&c, SA_STATE, SP_FILTER, &w) > 0);
	assert_int_equal(w.layer, SL_LANDLOCK);
	assert_int_equal(wants(&c, SA_MAX, SP_OPEN, &w), 0);
	assert_int_equal(wants(&c, SA_CANARY, SP_KILL, &w), 0);
}

static void
t_tools(void **state)
{
	struct self_want	 w;
	struct self_ctx		 c = engine(PROC_TOOL, SF_PIDNS);

	(void)state;
	c.tier = TIER_READ_ONLY;
	assert_int_equal(wants(&c, SA_WORKSPACE, SP_OPEN, &w), 1);
	assert_int_equal(w.errs[0], EROFS);
	c.tier = TIER_WRITE_LOCAL;
	assert_int_equal(wants(&c, SA_WORKSPACE, SP_OPEN, &w), 0);
	assert_int_equal(wants(&c, SA_EXEC, SP_FILTER, &w), 0);
	assert_int_equal(wants(&c, SA_SIGNAL, SP_FILTER, &w), 1);
	assert_int_equal(w.errs[0], ESRCH);
	/* Without namespaces: by Landlock, user and filter. */
	c.flags = SF_FIREWALL;
	c.tier = TIER_READ_ONLY;
	assert_int_equal(wants(&c, SA_WORKSPACE, SP_OPEN, &w), 0);
	assert_int_equal(wants(&c, SA_WORKSPACE, SP_LANDLOCK, &w), 1);
	assert_int_equal(w.errs[0], EACCES);
	assert_int_equal(wants(&c, SA_SIGNAL, SP_FILTER, &w), 1);
	assert_int_equal(w.errs[0], EPERM);
	assert_int_equal(wants(&c, SA_TCP4, SP_OPEN, &w), 1);
	assert_int_equal(w.layer, SL_FIREWALL);
}

/* --- words -------------------------------------------------------------- */

static void
t_words(void **state)
{
	static const char *const bad[] = { "", " ", "1", "1 2 3 abc",
	    "1 2 3 abc ", "1 2 3  4", "-1 2 3 abc 4", "1 65536 3 abc 4",
	    "1 2 65536 abc 4", "1 2 3 longerthan8 4", "1 2 3 abc 4 5",
	    "1 2 3 abc 4x", "99999999999 2 3 abc 4", "a 2 3 abc 4" };
	struct self_ctx	 c = engine(PROC_AUDIT, SF_VIEW), d;
	char		 buf[64];
	size_t		 i;

	(void)state;
	c.sibling = 4711;
	(void)str_copy(c.abstract, "0a1b2", sizeof(c.abstract));
	assert_int_equal(self_words(&c, buf, sizeof(buf)), 0);
	memset(&d, 0, sizeof(d));
	assert_int_equal(self_parse(&d, buf), 0);
	assert_int_equal(d.sibling, 4711);
	assert_int_equal(d.port4, 1);
	assert_int_equal(d.port6, 2);
	assert_int_equal(d.flags, c.flags);
	assert_string_equal(d.abstract, "0a1b2");
	for (i = 0; i < NELEM(bad); i++)
		assert_int_equal(self_parse(&d, bad[i]), -1);
}

/* --- the judge ---------------------------------------------------------- */

static struct self_rec	 recs[SELF_RECS];

/* What a twin says behind walls that hold. */
static size_t
good(const struct self_ctx *c)
{
	struct self_want	 w;
	size_t			 n = 0;
	int			 a, p, k;

	for (p = 0; p < SP_PASSES; p++)
		for (a = 0; a < SA_MAX; a++)
			if (wants(c, (enum self_act)a, (enum self_pass)p,
			    &w) > 0)
				recs[n++] = (struct self_rec){ (uint8_t)p,
				    (uint8_t)a, (uint16_t)w.errs[w.n - 1] };
	for (k = 0; k < SK_FOREIGN; k++)
		recs[n++] = (struct self_rec){ SP_KILL, (uint8_t)k, SIGSYS };
	recs[n++] = (struct self_rec){ SP_END, SL_FILTER, 0 };
	return (n);
}

static void
t_judge_good(void **state)
{
	struct self_ctx		 c = engine(PROC_AUDIT, SF_VIEW | SF_NONET);
	struct self_verdict	 v;
	size_t			 n = good(&c);

	(void)state;
	assert_int_equal(selfjudge(&c, recs, n, &v), 0);
	assert_int_equal(v.acts, n - 1);
	assert_int_equal(v.walled, 0);
	assert_true(v.layers & 1u << SL_LANDLOCK);
	assert_true(v.layers & 1u << SL_NETNS);
	assert_false(v.layers & 1u << SL_FIREWALL);
	assert_string_equal(v.why, "");
	c = engine(PROC_RELAY, SF_VIEW);
	n = good(&c);
	assert_int_equal(selfjudge(&c, recs, n, &v), 0);
	assert_true(v.walled >= 6);
	assert_true(v.layers & 1u << SL_FIREWALL);
}

/* Each thing it says, changed to "it worked" or left out, is a failure. */
static void
t_judge_each(void **state)
{
	struct self_ctx		 c = engine(PROC_AUDIT, SF_VIEW | SF_NONET);
	struct self_verdict	 v;
	struct self_rec		 one;
	size_t			 n = good(&c), i;

	(void)state;
	for (i = 0; i < n - 1; i++) {
		one = recs[i];
		recs[i].err = one.err == 0 ? ENOENT : 0;
		assert_int_equal(selfjudge(&c, recs, n, &v), -1);
		assert_string_not_equal(v.why, "");
		recs[i].err = EXDEV;	/* nobody's answer */
		assert_int_equal(selfjudge(&c, recs, n, &v), -1);
		recs[i] = recs[(i + 1) % (n - 1)];
		assert_int_equal(selfjudge(&c, recs, n, &v), -1);
		recs[i] = one;
		memmove(&recs[i], &recs[i + 1], (n - i - 1) *
		    sizeof(recs[0]));
		assert_int_equal(selfjudge(&c, recs, n - 1, &v), -1);
		memmove(&recs[i + 1], &recs[i], (n - i - 1) *
		    sizeof(recs[0]));
		recs[i] = one;
		assert_int_equal(selfjudge(&c, recs, i, &v), -1);
	}
	assert_int_equal(selfjudge(&c, recs, 0, &v), -1);
	assert_int_equal(selfjudge(&c, recs, n, &v), 0);
}

static void
t_judge_odd(void **state)
{
	static const struct self_rec	 odd[] = {
		{ SP_KILL, SK_MAX, SIGSYS }, { SP_END + 1, 0, 0 },
		{ SP_OPEN, SA_MAX, EPERM }, { 255, 255, 65535 },
		{ SP_KILL, SK_FILTER, SIGKILL }, { SP_KILL, SK_FILTER, 0 },
		{ SP_END, SL_LANDLOCK, EOPNOTSUPP },
		{ SP_END, SL_FILTER, EUCLEAN }, { SP_END, 255, 65535 },
		{ SP_OPEN, SA_EXEC, EACCES },	/* unasked */
	};
	struct self_ctx		 c = engine(PROC_AUDIT, SF_VIEW | SF_NONET);
	struct self_verdict	 v;
	size_t			 n, i;

	(void)state;
	for (i = 0; i < NELEM(odd); i++) {
		n = good(&c);
		recs[n] = recs[n - 1];
		recs[n - 1] = odd[i];
		assert_int_equal(selfjudge(&c, recs, n + 1, &v), -1);
		n = good(&c);
		recs[0] = odd[i];
		assert_int_equal(selfjudge(&c, recs, n, &v), -1);
	}
	/* Where there is no foreign architecture, nothing can be killed. */
	assert_true(selfjudge_kill(SK_FOREIGN, SIGSEGV));
	assert_true(selfjudge_kill(SK_FOREIGN, SIGSYS));
	assert_false(selfjudge_kill(SK_FILTER, SIGSEGV));
	assert_false(selfjudge_kill(SK_FOREIGN, 0));
	assert_false(selfjudge_kill(SK_FILTER, 23 << 8));
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test(t_pairs),
		cmocka_unit_test(t_changed),
		cmocka_unit_test(t_nothing_works),
		cmocka_unit_test(t_who),
		cmocka_unit_test(t_tools),
		cmocka_unit_test(t_words),
		cmocka_unit_test(t_judge_good),
		cmocka_unit_test(t_judge_each),
		cmocka_unit_test(t_judge_odd),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
