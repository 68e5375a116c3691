/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * A job of the runner: from the first of its three messages (order,
 * descriptor, exit) to RUN_DONE.
 */
#ifndef RUNNER_RJOB_H
#define RUNNER_RJOB_H

#include <sys/queue.h>

#include "engines/runner/parse.h"
#include "imsg/link.h"
#include "imsg/values.h"

struct event;

struct rjob {
	TAILQ_ENTRY(rjob) entry;
	uint64_t	 id;
	int		 ordered;	/* RUN_JOB came */
	int		 fd;		/* TOOL_OUT, or -1 */
	int		 eof;		/* the descriptor is done with */
	int		 exited;	/* TOOL_EXIT came */
	uint64_t	 started_ms;	/* when it was ordered */
	uint32_t	 time_ms, output_max;
	struct event	*rd, *timer;
	struct frame_parser parser;
	struct stream	*out;
	enum out_kind	 kind;
	int		 headed;
	size_t		 total;
	enum run_outcome forced;	/* what we or the frames did wrong */
	int		 got_end;
	struct frame_end end;
	struct msg_TOOL_EXIT exit;
};
TAILQ_HEAD(rjobs, rjob);

/* The relay's link, or NULL while there is none. */
extern struct link	*relay;

struct rjob *rjob_find(uint64_t id);
struct rjob *rjob_new(uint64_t id);		/* NULL: too many */
void	 rjob_order(struct rjob *, uint32_t time_ms, uint32_t output_max);
void	 rjob_output(struct rjob *, int fd);	/* owns fd */
void	 rjob_exit(struct rjob *, const struct msg_TOOL_EXIT *);
void	 rjobs_abandon(void);		/* the relay is gone */
void	 rjobs_drain(void);		/* engine_drained() after the last */

#endif
