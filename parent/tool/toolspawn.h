/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Tool processes: made on the relay's grant, each in fresh namespaces with a
 * view of its own, as the workspace's owner; killed as a whole tree.  Run by
 * the parent as root; nothing of the job is ever read here.
 */
#ifndef PARENT_TOOL_TOOLSPAWN_H
#define PARENT_TOOL_TOOLSPAWN_H

#include <sys/types.h>

#include <stdint.h>

#include "imsg/job.h"
#include "imsg/proc.h"

struct event_base;

#define TOOL_PORTS_MAX	4
#define TOOL_DOOR_NET	0x7f4d0000	/* 127.77.0.0: its N.1 is scope N's */

/* A socket that listens where the tool of a call finds its way out. */
struct tool_listener {
	enum scope	 scope;
	uint64_t	 job, conv, turn;
	uint16_t	 port;
	int		 fd;		/* stays ours: whoever wants it dups */
};
typedef void (*tool_listen_fn)(const struct tool_listener *, void *ctx);
typedef void (*tool_unlisten_fn)(uint64_t job, void *ctx);

struct tool_limits {
	uint32_t	 cpu_pct;	/* 200: two cores; 0 none */
	uint64_t	 memory;	/* bytes, RLIMIT_DATA and cgroup */
	uint32_t	 processes;
	uint64_t	 file;		/* bytes, RLIMIT_FSIZE */
	uint64_t	 tmp;		/* bytes of the private /tmp */
};

struct tool_scope_conf {
	enum scope	 scope;
	uid_t		 uid;		/* the scope's tool user */
	gid_t		 gid;
	const char	*workspace;	/* absolute, must exist, not root's */
	const char	*inbox;		/* may be NULL; read only */
	const char	*outbox;	/* may be NULL; writable */
	const char *const *read;	/* NULL-ended; may be NULL */
	const char *const *write;	/* full-access only */
	const char	*runtime;	/* directory for session /tmp mounts */
	int		 tool_fd;	/* O_PATH of libexec/telclaude/tool */
	int		 fetch_fd;	/* of fetch, beside it; -1 none */
	int		 life_fd;	/* keeper's pipe */
	struct tool_limits limits;
	uint16_t	 ports[TOOL_PORTS_MAX];	/* of the listeners */
	unsigned	 nports;
	tool_listen_fn	 listen;	/* of a call; ctx is that of exits */
	tool_unlisten_fn unlisten;	/* that call is over */
};

struct tool_scope;

/* What a platform offers, probed once; shown by status. */
struct tool_platform {
	int	 namespaces;	/* mount, pid, net, ipc, uts */
	int	 idmap;		/* id-mapped workspace */
	int	 landlock;	/* ABI */
	int	 cgroup;	/* 2, 1 or 0 */
	unsigned limits;	/* 1 << cg_ctl: held by control groups */
};

/* Called for every ended tool: everything it started is gone. */
struct tool_end {
	uint64_t	 job;
	int		 status;
	uint32_t	 ms, maxrss_kb;
	int		 oom;		/* memory of the scope ran out */
};
typedef void (*tool_exit_fn)(const struct tool_end *, void *ctx);

/* Prepares a scope (holder namespaces, idmap).  NULL and one clear line in
 * why: missing workspace, root's workspace. */
struct tool_scope *tool_scope_new(struct event_base *,
		    const struct tool_scope_conf *, tool_exit_fn, void *ctx,
		    char *why, size_t whylen);
void	 tool_scope_free(struct tool_scope *);
const struct tool_platform *tool_platform(void);
/* O_PATH of a program for tools, or -1 and why. */
int	 tool_program(const char *dir, const char *name, char *why, size_t);

/* Without namespaces: who finds listeners at which address, for the rules
 * that hold others away and the tool inside. */
struct tool_way {
	uint32_t	 addr;		/* host order; 0: no way out */
	uid_t		 uid;
	int		 person;	/* not the tools' alone */
};
void	 tool_way(enum scope, uid_t tool_uid, const char *workspace,
	    struct tool_way *);
/* 1: the scope's tools are just those. */
int	 tool_way_fits(const struct tool_scope *, const struct tool_way *);

struct tool_call {
	uint64_t	 job, conv, turn;
	enum tier	 tier;
	uint32_t	 time_ms;
	struct job_grant grant;		/* what the process may be told to do */
};
/* A fresh (or spare) tool process, which has its grant.  Gives the relay's
 * end of the job socket and the runner's end of the output socket.  0 or -1
 * with errno. */
int	 tool_spawn(struct tool_scope *, const struct tool_call *, int *jobfd,
	    int *outfd);
/* Its listeners are told from here on: now, or when they are there.  Job 0:
 * those of the whole scope, without namespaces. */
void	 tool_listen(struct tool_scope *, uint64_t job);
/* All that are told: for an engine that starts again. */
void	 tool_listeners(struct tool_scope *, tool_listen_fn, void *ctx);
/* A call may come soon: a process for it is made meanwhile. */
void	 tool_soon(struct tool_scope *, uint64_t conv, enum tier);
int	 tool_kill(struct tool_scope *, uint64_t job);	/* -1: no such job */
void	 tool_kill_all(struct tool_scope *);
/* The parent's SIGCHLD loop offers every reaped pid; 1 when it was ours. */
int	 tool_reaped(struct tool_scope *, pid_t, int status,
	    uint32_t maxrss_kb);
/* Wipes the /tmp and HOME of a conversation. */
void	 tool_conv_wipe(struct tool_scope *, uint64_t conv);
/*
 * A twin for the selftest: a process like any other of that tier, but told
 * to test its walls.  Its pid, or -1; *fd is where it says what came of it,
 * and waits for the other end to close.  The flags are those of selftest.h.
 */
pid_t	 tool_twin(struct tool_scope *, enum tier, const char *const *words,
	    int *fd);
void	 tool_twin_why(struct tool_scope *, pid_t, char *, size_t);
void	 tool_twins_wipe(struct tool_scope *);	/* what they leave */
unsigned tool_twin_flags(const struct tool_scope *);
uid_t	 tool_uid(const struct tool_scope *);
unsigned tool_running(const struct tool_scope *);
/* Its tools could signal each other: they run one at a time. */
int	 tool_alone(const struct tool_scope *);
/* One runs, or what an ended one left is not all gone yet. */
int	 tool_busy(const struct tool_scope *);
int	 tool_runs(const struct tool_scope *, uint64_t job);
/* pid and age of running tools for `show engines'; returns how many. */
struct tool_info {
	uint64_t	 job;
	pid_t		 pid;
	uint64_t	 since_ms;
	enum tier	 tier;
};
unsigned tool_list(const struct tool_scope *, struct tool_info *, unsigned max);

#endif
