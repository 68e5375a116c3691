/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The selftest: a throw-away twin of a process stands behind the same walls,
 * tries what is forbidden and says what came of it.  The parent judges; a
 * twin has no links, no secrets and no way on.  Linked by every engine, the
 * tool and the parent.
 */
#ifndef SELFTEST_H
#define SELFTEST_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "engines/common/cage.h"
#include "imsg/proc.h"

#define SELFTEST_WORD	"selftest"	/* argv[2] of a twin; tool: argv[1] */
#define SELFTEST_WORDS	3	/* after it: words, state, control */

/* The base filter's kills, in the twin: what no system call answers. */
#define SELFTEST_BASE_ERRNO	EDOTDOT

enum self_pass { SP_OPEN, SP_LANDLOCK, SP_FILTER, SP_PASSES,
	SP_KILL = SP_PASSES,	/* a child did it and died; err: its status */
	SP_END };	/* err: 0, or why the layer `act' cannot be raised */

enum self_act {
#define A(id, words, eo, el, ef, to, tl, tf, expr)	SA_##id,
#include "engines/common/selftest.def"
#undef A
	SA_MAX
};
enum self_kill { SK_FILTER, SK_FOREIGN, SK_MAX };

/* What the twin writes: one after the other, then SP_END. */
struct self_rec {
	uint8_t		 pass, act;
	uint16_t	 err;
};
#define SELF_RECS	(SA_MAX * SP_PASSES + SK_MAX + 1)

/* What a process is behind; both sides know it from the parent's words. */
#define SF_NONET	0x01	/* an empty network namespace */
#define SF_VIEW		0x02	/* a file system of its own */
#define SF_EMPTY	0x04	/* an empty root */
#define SF_FIREWALL	0x08
#define SF_PIDNS	0x10	/* tool: namespaces of its own */
#define SF_MDWE		0x20	/* memory can be kept from becoming code */
#define SF_FOREIGN	0x40	/* there is a foreign architecture to call */

struct self_ctx {
	enum proc	 proc;
	enum tier	 tier;		/* of a tool */
	unsigned	 flags;		/* SF_* */
	int		 abi;		/* of Landlock */
	pid_t		 sibling, child;
	uint16_t	 port4, port6;	/* the parent listens there */
	char		 abstract[8];	/* and there */
	const char	*state;		/* a directory of somebody else */
	const char	*control;	/* the control socket */
	const char	*tmp, *workspace;	/* of a tool */
	int		 fds;		/* first descriptor that must be free */
};

/* --- selfwant.c: what must come of an act ------------------------------- */
enum self_layer { SL_USER, SL_BASE, SL_FILTER, SL_LANDLOCK, SL_FIREWALL,
	SL_NETNS, SL_VIEW, SL_ROOT, SL_PIDNS, SL_LIMIT, SL_FDS, SL_MDWE,
	SL_NNP, SL_MAX };
struct self_want {
	enum self_layer	 layer;
	int		 n;		/* 0: not tried */
	int		 errs[3];	/* any of them; 0: it works */
};
void	 self_want(const struct self_ctx *, enum self_act, enum self_pass,
	    struct self_want *);
const char *self_act_words(enum self_act);
const char *self_kill_words(enum self_kill);
const char *self_layer_words(enum self_layer);
/* selfword.c: the parent's words to the twin. */
int	 self_words(const struct self_ctx *, char *, size_t);
int	 self_parse(struct self_ctx *, const char *);	/* 0 or -1 */

/* --- selfact.c: the acts ------------------------------------------------ */
int	 self_act(const struct self_ctx *, enum self_act);

/* --- selftest.c: the twin ------------------------------------------------ */
/* argv: program, scope, "selftest", words, state, control. */
int	 selftest_asked(int argc, char **argv);
void	 selftest_begin(enum proc, char **argv);	/* may still fork */
void	 selftest_engine(enum cage_net) __attribute__((noreturn));
/* For the tool, which raises its walls itself. */
void	 selftest_pass(const struct self_ctx *, enum self_pass);
void	 selftest_note(uint8_t pass, uint8_t act, uint16_t err);
/* err 0: all is said; else that layer could not be raised. */
void	 selftest_end(int fd, enum self_layer, int err)
	    __attribute__((noreturn));

#endif
