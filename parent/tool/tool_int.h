/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What the files behind toolspawn.h share: a scope's paths, conversations and
 * processes.  Linked by the parent alone.
 */
#ifndef PARENT_TOOL_TOOL_INT_H
#define PARENT_TOOL_TOOL_INT_H

#include <sys/queue.h>
#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "parent/tool/toolcg.h"
#include "parent/tool/toolspawn.h"

/* Where a tool finds its private places; the tool program knows them too. */
#define TOOL_HOME	"/home/tool"
#define TOOL_PATHS_MAX	64

#define TP_WRITE	0x01	/* writable above read-only */
#define TP_FULL		0x02	/* there for full-access only */
#define TP_WORKSPACE	0x04
#define TP_FILE		0x08	/* not a directory */
#define TP_PRIVATE	0x10	/* lies below /tmp */
#define TP_CONV		0x20	/* holds a directory a conversation */

#define TOOL_MEDIA	2	/* so many of those: inbox, outbox */
#define TOOL_CONVNAME	17	/* of such a directory, with its NUL */

struct tool_path {
	char	*path;		/* as the tool sees it */
	int	 fd;		/* O_PATH, opened as root: a 0700 home above
				 * it does not matter */
	unsigned flags;
	dev_t	 dev;		/* which one it is, wherever it is moved */
	ino_t	 ino;
	uid_t	 owner;
	gid_t	 group;
	int	 idmap;		/* user namespace for the mapping, or -1 */
	int	 tree;		/* its mount while the view is built, or -1 */
};

/* Which directory it is, or ino 0: there is none. */
struct tool_media {
	dev_t		 dev;
	ino_t		 ino;
};

struct tool_conv {
	TAILQ_ENTRY(tool_conv) entry;
	struct tool_scope *sc;
	uint64_t	 id;
	int		 ns;	/* its mount namespace; /tmp lives in it */
	int		 used;	/* there was a call */
	struct tool_media media[TOOL_MEDIA];
	enum tier	 tier;	/* of the next spare */
	struct tool_proc *spare;	/* waits for the next call */
	struct event	*spare_ev;	/* make it, or drop it */
};
TAILQ_HEAD(tool_convs, tool_conv);

struct tool_proc {
	TAILQ_ENTRY(tool_proc) entry;
	struct tool_scope *sc;
	pid_t		 pid;
	uint64_t	 job;
	uint64_t	 conv;
	uint64_t	 since_ms;
	enum tier	 tier;
	int		 jobfd, outfd;	/* our ends, while it is a spare */
	int		 errfd;		/* its listeners; why it could not
					 * start */
	struct event	*word;		/* it has said something */
	int		 listen[TOOL_PORTS_MAX];
	unsigned	 nlisten;
	uint64_t	 turn;
	int		 offered;	/* the call's engines are told */
	unsigned	 cg;		/* its control group, 0 none */
	struct event	*deadline;
};
TAILQ_HEAD(tool_procs, tool_proc);

#define TOOL_WIPERS	8

struct tool_scope {
	TAILQ_ENTRY(tool_scope) all;	/* in tool_scopes */
	struct event_base *base;
	enum scope	 scope;
	uid_t		 uid;		/* what the tool runs as */
	gid_t		 gid;
	uid_t		 own_uid;	/* the scope's tool user */
	int		 namespaces;	/* else the fallback of design 10.7 */
	int		 as_owner;	/* shares its uid with people */
	char		*tmpdir;	/* fallback: conversations live here */
	int		 tool_fd, fetch_fd, life_fd, null_fd, proc_fd;
	int		 holder;	/* mount namespace with the view */
	struct tool_limits limits;
	uint16_t	 ports[TOOL_PORTS_MAX];
	unsigned	 nports;
	int		 door[TOOL_PORTS_MAX];	/* fallback: its listeners */
	unsigned	 ndoors, nshared;	/* the first ones: of others */
	tool_listen_fn	 listen;
	tool_unlisten_fn unlisten;
	const char	*const *twin;	/* the next process is a twin */
	struct tool_path paths[TOOL_PATHS_MAX];
	unsigned	 npaths;
	struct tool_convs convs;
	unsigned	 nconvs;
	struct tool_procs procs;
	unsigned	 nprocs;
	unsigned	 nspares;
	struct tool_cg	 cg;
	pid_t		 forker;	/* makes tools inside v1 groups */
	int		 forker_sock, forker_end, forker_ready;
	int		 net;		/* kept ready for a call, or -1 */
	int		 net_listen[TOOL_PORTS_MAX];
	struct event	*net_ev;
	struct event	*hunt_ev;	/* strays that were too many at once */
	pid_t		 wipers[TOOL_WIPERS];	/* children that delete */
	tool_exit_fn	 exited;
	void		*ctx;
};

TAILQ_HEAD(tool_scopes, tool_scope);

extern struct tool_platform tool_plat;
extern struct tool_scopes tool_scopes;

/* --- toolspawn.c --------------------------------------------------------- */
void	 toolproc_kill(struct tool_proc *);
void	 toolproc_free(struct tool_proc *);
int	 toolproc_wait(pid_t);		/* its wait status */
/* ready: a call waits for it, so that what was kept ready is used. */
struct tool_proc *toolproc_new(struct tool_scope *, uint64_t conv, enum tier,
	    int ready);

/* --- toolspare.c --------------------------------------------------------- */
void	 toolspare_event(int, short, void *);	/* of a conversation */
void	 toolspare_drop(struct tool_conv *);
void	 toolspare_drop_all(struct tool_scope *);
void	 toolspare_gone(const struct tool_proc *);
struct tool_proc *toolspare_take(struct tool_scope *, uint64_t conv,
	    enum tier);
/* A call ended: the next one may follow. */
void	 toolspare_after(struct tool_scope *, uint64_t conv, enum tier);

/* --- toolscope.c --------------------------------------------------------- */
void	 toolscope_hunt(struct tool_scope *);

/* --- toolopen.c ---------------------------------------------------------- */
int	 toolopen(const char *path);	/* O_PATH, or -1 */
int	 toolopen_nolinks(const char *path);	/* no symbolic link at all */
/* --- toolconv.c ---------------------------------------------------------- */
struct tool_conv *toolconv_find(struct tool_scope *, uint64_t id);
struct tool_conv *toolconv_get(struct tool_scope *, uint64_t id);
void	 toolconv_free(struct tool_scope *, struct tool_conv *);

/* --- toolexec.c: the child, from clone(2) to execveat(2) ----------------- */
struct tool_child {
	const struct tool_scope	*sc;
	int		 ns;		/* conversation's, or -1 */
	uint64_t	 conv;
	struct tool_media media[TOOL_MEDIA];
	enum tier	 tier;
	int		 job, out, err;
	/* A twin: what it is told, SELFTEST_WORDS of them; else NULL. */
	const char	*const *twin;
	int		 cg;		/* its control group, or -1 */
	int		 net;		/* its network, or -1: make it */
	int		 join;		/* it is not born there: enter it */
};
/* A child of ours; CLONE_PARENT: of the one who made us. */
pid_t	 toolexec_clone(const struct tool_child *, unsigned long flags);
void	 toolexec_reset_signals(void);
int	 toolexec_loopback(void);
int	 toolexec_drop(uid_t, gid_t, const char **what);

/* --- toolfall.c: without namespaces -------------------------------------- */
int	 toolfall_prepare(struct tool_scope *, const char *, char *, size_t);
int	 toolfall_strays(const struct tool_scope *);	/* 1: not all yet */
int	 toolfall_landlock(void);	/* ABI, 0 none */
int	 toolfall_own(const char *dir);	/* makes it, or it is ours */
unsigned toolfall_count(int procfd, uid_t);	/* as RLIMIT_NPROC does */

/* --- toolwipe.c: and what they left on the disk -------------------------- */
void	 toolwipe_conv(struct tool_scope *, uint64_t conv);
void	 toolwipe_all(struct tool_scope *, int wait);
int	 toolwipe_reaped(struct tool_scope *, pid_t);	/* 1: one of ours */

#include "parent/tool/toollisten.h"
#include "parent/tool/toolmedia.h"
#include "parent/tool/toolview.h"

#endif
