/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What the files of the selftest share.
 */
#ifndef PARENT_SELF_SELF_INT_H
#define PARENT_SELF_SELF_INT_H

#include "parent/parent.h"
#include "parent/self/selftest.h"

#define TWINS_MAX	(ENGINES_MAX + TIER_MAX)

struct twin {
	struct selftest	*s;
	char		 name[48];
	char		 counter[24];	/* of the firewall, for its user */
	struct engine	*e;		/* NULL: a tool's */
	struct self_ctx	 ctx;
	char		 words[64];
	char		 state[512];
	char		 control[512];
	uid_t		 uid;
	pid_t		 pid;
	int		 fd, report;
	struct event	*ev;
	uint64_t	 ns_net;
	struct self_rec	 recs[SELF_RECS];
	size_t		 len;
	uint64_t	 began_us, us;
	struct self_verdict v;
};

struct selftest {
	struct parent	*p;
	struct twin	 twins[TWINS_MAX];
	unsigned	 n, open;
	int		 running, complete;	/* all twins are started */
	int		 tcp4, tcp6, abstract;	/* we listen, nobody comes */
	uint16_t	 port4, port6;
	char		 name[8];
	struct fw_counter before[FW_MAXUIDS];
	int		 nbefore;
	struct fw_counter ours[FW_MAXUIDS];	/* made by twins, all runs */
	int		 nours;
	char		 why[128];
	pid_t		 base;		/* dies of the base filter */
	struct event	*deadline;
	struct link	*ctl;
	uint32_t	 ctl_id;
	uint64_t	 began, last_ms;
	char		 failed[256];
};

/* --- selftwin.c ---------------------------------------------------------- */
int	 selftwin_engine(struct selftest *, struct engine *);	/* 0 or -1 */
int	 selftwin_tool(struct selftest *, struct tool_scope *, enum tier);
void	 selftwin_close(struct twin *);

/* --- selftest.c: a twin says something, or ended ------------------------- */
void	 selftest_word(int fd, short what, void *twin);

/* --- selflook.c ---------------------------------------------------------- */
/* 1: it never came to its own code, and why. */
int	 selflook_unborn(struct twin *);
/* 1, or 0 and what the kernel says against it. */
int	 selflook_right(struct twin *);
int	 selflook_user(struct twin *);

/* --- selfbait.c: what twins are to reach for ----------------------------- */
void	 selfbait_none(struct selftest *);
int	 selfbait_open(struct selftest *, char *why, size_t);
void	 selfbait_close(struct selftest *);
void	 selfbait_engine(struct twin *, const struct spawn_req *);
void	 selfbait_tool(struct twin *, const struct tool_scope *, enum tier);
void	 selfbait_words(struct twin *, const char *words[SELFTEST_WORDS]);
/* Why what its twin met was not our firewall, or NULL. */
const char *selfbait_uncounted(struct selftest *, const struct twin *);
uint64_t selfbait_us(void);
/* A child that makes a call which the real base filter kills for. */
pid_t	 selfbait_base(void);

#endif
