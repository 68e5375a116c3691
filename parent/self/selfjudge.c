/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Judges what a twin says of the acts it tried.  Pure; run by the parent,
 * which takes nothing for granted: an act that is missing, or was not asked
 * for, is as bad as one that worked.
 */
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "parent/self/selftest.h"

static int __attribute__((format(printf, 2, 3)))
bad(struct self_verdict *v, const char *fmt, ...)
{
	va_list	 ap;

	va_start(ap, fmt);
	(void)vsnprintf(v->why, sizeof(v->why), fmt, ap);
	va_end(ap);
	return (-1);
}

static const char *
errname(int err)
{
	const char	*s;

	if (err == 0)
		return ("success");
	return ((s = strerrorname_np(err)) != NULL ? s : "an unknown errno");
}

static int
judge_act(const struct self_ctx *c, const struct self_rec *r,
    struct self_verdict *v)
{
	struct self_want	 w;
	int			 i;

	self_want(c, (enum self_act)r->act, (enum self_pass)r->pass, &w);
	if (w.n == 0)
		return (bad(v, "the twin tried to %s, unasked",
		    self_act_words((enum self_act)r->act)));
	for (i = 0; i < w.n && w.errs[i] != r->err; i++)
		;
	if (i == w.n && r->err == 0)
		return (bad(v, "%s: to %s works",
		    self_layer_words(w.layer),
		    self_act_words((enum self_act)r->act)));
	if (i == w.n)
		return (bad(v, "%s: to %s gives %s, not %s",
		    self_layer_words(w.layer),
		    self_act_words((enum self_act)r->act), errname(r->err),
		    errname(w.errs[0])));
	v->acts++;
	/* A door that stands open says nothing of its wall. */
	if (r->err != 0)
		v->layers |= 1u << w.layer;
	if (w.layer == SL_FIREWALL && (r->err == ECONNREFUSED ||
	    r->err == EPERM))
		v->walled++;
	return (0);
}

int
selfjudge_kill(enum self_kill k, uint16_t status)
{
	if (!WIFSIGNALED(status))
		return (0);
	/* Without 32-bit calls in the kernel there is nothing to stop. */
	return (WTERMSIG(status) == SIGSYS ||
	    (k == SK_FOREIGN && WTERMSIG(status) == SIGSEGV));
}

static int
judge_kill(const struct self_rec *r, struct self_verdict *v)
{
	enum self_kill	 k = (enum self_kill)r->act;

	if (!selfjudge_kill(k, r->err))
		return (bad(v, "%s: %s does not kill",
		    self_layer_words(SL_FILTER), self_kill_words(k)));
	v->acts++;
	v->layers |= 1u << SL_FILTER;
	return (0);
}

/* The first act that must be there and is not. */
static int
missing(const struct self_ctx *c, uint8_t seen[SP_PASSES][SA_MAX],
    struct self_verdict *v)
{
	struct self_want	 w;
	int			 a, pass;

	for (pass = 0; pass < SP_PASSES; pass++)
		for (a = 0; a < SA_MAX; a++) {
			self_want(c, (enum self_act)a, (enum self_pass)pass,
			    &w);
			if (w.n > 0 && !seen[pass][a])
				return (bad(v, "%s: the twin ended before it "
				    "could say what came of this: %s",
				    self_layer_words(w.layer),
				    self_act_words((enum self_act)a)));
		}
	return (0);
}

static int
judge_one(const struct self_ctx *c, const struct self_rec *r,
    uint8_t seen[SP_PASSES][SA_MAX], unsigned *killed,
    struct self_verdict *v)
{
	if (r->pass < SP_PASSES && r->act < SA_MAX) {
		if (seen[r->pass][r->act]++)
			return (bad(v, "the twin says one thing twice"));
		return (judge_act(c, r, v));
	}
	if (r->pass != SP_KILL || r->act >= SK_MAX)
		return (bad(v, "the twin says what it cannot"));
	*killed |= 1u << r->act;
	return (judge_kill(r, v));
}

int
selfjudge(const struct self_ctx *c, const struct self_rec *r, size_t n,
    struct self_verdict *v)
{
	uint8_t		 seen[SP_PASSES][SA_MAX];
	unsigned	 killed = 0, must;
	size_t		 i;

	memset(v, 0, sizeof(*v));
	memset(seen, 0, sizeof(seen));
	for (i = 0; i < n && r[i].pass != SP_END; i++)
		if (judge_one(c, &r[i], seen, &killed, v) == -1)
			return (-1);
	if (i < n && r[i].err == EUCLEAN)
		return (bad(v, "%s: the twin's is not the real one but for "
		    "its default", self_layer_words(SL_FILTER)));
	if (i < n && r[i].err != 0)
		return (bad(v, "%s: cannot be raised: %s", self_layer_words(
		    (enum self_layer)r[i].act), errname(r[i].err)));
	if (missing(c, seen, v) == -1)
		return (-1);
	must = c->proc == PROC_TOOL ? c->flags & SF_FOREIGN ?
	    1u << SK_FOREIGN : 0 : 1u << SK_FILTER;
	if ((killed & must) != must || i != n - 1)
		return (bad(v, "the twin ended before its end"));
	return (0);
}
