/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The real egress, confined as it is in service, between a parent and an
 * audit engine played by this process.  Names are what a table says.  Tests
 * and benchmarks only; what goes wrong in here ends the process.
 */
#ifndef EGRESS_WORLD_H
#define EGRESS_WORLD_H

#include <sys/resource.h>

#include <stdint.h>

#include "imsg/link.h"

struct event_base;

struct ew_name {
	const char	*host;
	uint16_t	 port;		/* 0: any */
	uint8_t		 err;		/* enum name_err */
	uint32_t	 ttl;
	const char	*addrs[4];
	int		 silent;	/* never answered */
};

struct ew_line {
	uint8_t		 verdict;
	uint64_t	 turn, job;
	char		 detail[512];
};

struct ew {
	struct event_base *base;
	struct link	*parent, *audit;
	pid_t		 pid;
	const struct ew_name *names;	/* ends with host NULL */
	unsigned	 asked;		/* NAME_NEEDs so far */
	char		 last[254];	/* the last one's host */
	unsigned	 nets;		/* TOOL_NETs so far */
	uint64_t	 net_job;	/* of the last one */
	struct ew_line	 lines[2048];
	unsigned	 nlines;
	int		 hello, ready, prepared, drained, dead;
	uint8_t		 prepare_err;
	int		 hold_audit;	/* lines are not answered */
	int		 hog;		/* descriptors gone before it starts */
	char		 log[1100];	/* the last warning */
};

/* program: path of egress; nofile: its limit, 0 for the usual one. */
void	 ew_start(struct ew *, const char *program,
	    const struct msg_CONF_EGRESS *, rlim_t nofile);
void	 ew_stop(struct ew *);
/* A listener on 127.0.0.1 for this call; its port. */
uint16_t ew_listen(struct ew *, enum scope, uint64_t job, uint64_t turn);
void	 ew_unlisten(struct ew *, enum scope, uint64_t job);
void	 ew_audit(struct ew *);		/* a new link to audit */
/* Turns of the loop for so long, or until *done. */
void	 ew_run(struct ew *, int ms, const int *done);
void	 ew_reload(struct ew *, const struct msg_CONF_EGRESS *);
void	 ew_drain(struct ew *);

#endif
