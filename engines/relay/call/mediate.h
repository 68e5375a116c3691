/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The reference monitor: every tool call of an agent passes here, and only
 * what passed is run.  Identity, tier and bytes are the relay's own; of the
 * agent's words only the wish is believed.
 */
#ifndef CALL_MEDIATE_H
#define CALL_MEDIATE_H

#include <sys/queue.h>

#include "imsg/job.h"
#include "imsg/msg.h"
#include "telclauded/lib/util.h"
#include "engines/relay/audit/auditline.h"

#define CALL_PARALLEL	16	/* of one turn at once */
#define CALL_RESULT_MAX	(6u << 20)

/* CALL_ASK: a person is asked, or will be. */
enum call_state { CALL_ARGS, CALL_ASK, CALL_AUDIT, CALL_GRANT, CALL_RUN };

struct ask;
struct event;
struct stream;
struct turn;

struct call {
	TAILQ_ENTRY(call) entry;	/* of its turn */
	struct turn	*t;
	uint32_t	 id;		/* the agent's number, for the answer */
	uint64_t	 job;		/* ours */
	enum tool	 tool;
	int		 internal;	/* the agent's own reading: not shown */
	enum call_state	 state;
	uint32_t	 round;		/* shared by one message's calls */
	uint32_t	 size;
	uint8_t		 digest[32];	/* SHA-256 of its input as it came */
	struct ask	*ask;		/* on a card, or NULL */
	int		 ask_code;
	uint32_t	 ask_ms;	/* how long it may wait */
	char		*cwd;		/* as it was asked about, or NULL */
	uint32_t	 grant_id;
	struct buf	 args;
	struct stream	*in;		/* arguments, from the agent */
	struct stream	*from;		/* output, from the runner */
	struct buf	 out;
	uint8_t		 kind;
	uint8_t		 is_error;
	char		 mime[64];
	int		 done;		/* RUN_DONE came; the stream is open */
	uint8_t		 outcome;
	char		 note[600];
	int		 jobfd;
	size_t		 joboff;	/* of args, header and cwd included */
	struct buf	 jobhead;
	struct event	*jobev;
	struct event	*timer;
	uint64_t	 started;
	char		 label[100];
	char		 denied[160];	/* why it may not run, or "" */
	char		 noticed[64];	/* what one may not have meant, or "" */
};

void	 mediate_end_turn(struct turn *);	/* kill and forget its calls */
void	 mediate_kill_turn(struct turn *, enum kill_why);
void	 mediate_runner_gone(void);

/* Handlers. */
void	 mediate_on_call(struct link *, const struct msg_TOOL_CALL *,
	    struct msg_meta *);
void	 mediate_on_job(struct link *, const struct msg_TOOL_JOB *,
	    struct msg_meta *);
void	 mediate_on_exit(struct link *, const struct msg_TOOL_EXIT *,
	    struct msg_meta *);
void	 mediate_on_net(struct link *, const struct msg_TOOL_NET *,
	    struct msg_meta *);
void	 mediate_on_head(struct link *, const struct msg_RUN_HEAD *,
	    struct msg_meta *);
void	 mediate_on_done(struct link *, const struct msg_RUN_DONE *,
	    struct msg_meta *);

/* --- netlate.c --------------------------------------------------------- */
void		 netlate_add(uint64_t job, const struct turn *);
void		 netlate_taint(uint64_t job, uint32_t taint);

/* --- shared by mediate.c and medrun.c ---------------------------------- */
struct call	*call_find(uint64_t job);
void		 call_free(struct call *);
/* "exit 2", "killed", "failed" or "": how what ran went. */
void		 call_how(const struct call *, char *dst, size_t size);
void		 call_fail(struct call *, const char *, ...)
		    __attribute__((format(printf, 2, 3)));
/* The same, with these words; frees them. */
void		 call_refuse(struct call *, struct buf *);
void		 call_whole(struct call *);	/* medjudge.c */
/* A line about it; fn, or NULL, is called with its job in any case. */
void		 call_audit(const struct call *, const char *event,
		    enum audit_verdict, const char *detail, audit_fn);
void		 call_go(struct call *);	/* nothing is left to ask */
int		 job_send(struct call *, int fd);	/* jobsend.c */
/* What a code for this call is given for: SHA-256 of tool, directory, input. */
void		 job_action(const struct call *, uint8_t[32]);

/* --- label.c: pure ----------------------------------------------------- */
/* "Edit src/a.c +3": what a person sees of a call, paths as below root.  -1:
 * not a JSON object. */
int		 call_label(enum tool, const char *root, const char *args,
		    size_t len, char *dst, size_t size);

#endif
