/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What the files of the parent share.  The parent is root with a few
 * capabilities; it parses no foreign text after start and trusts no engine.
 */
#ifndef PARENT_H
#define PARENT_H

#include <sys/types.h>

#include <stdint.h>

#include "firewall/firewall.h"
#include "imsg/link.h"
#include "imsg/values.h"
#include "parent/audit.h"
#include "parent/spawn.h"
#include "parent/tool/toolspawn.h"
#include "telclauded/conf/conf.h"

struct event;
struct event_base;
struct parent;

#define ENGINES_MAX	9
#define PARENT_READY_MS	30000	/* all READY, or the start has failed */
#define PARENT_DRAIN_MS	5000
#define PARENT_TERM_MS	1000

/* One row an engine: everything that never changes about it. */
struct engine_row {
	enum proc	 proc;
	enum scope	 scope;
	const char	*user;
	const char	*state;		/* directory below `state', or NULL */
	enum fw_class	 fw;
	unsigned	 needs;		/* SPAWN_* */
	rlim_t		 nofile, fsize, data;
};

enum engine_state {
	ES_OFF,			/* not wanted by the configuration */
	ES_WAIT,		/* died; a timer starts it again */
	ES_BOOT,		/* forked, no HELLO yet */
	ES_CONFIG,		/* has its slice, not READY yet */
	ES_READY,
	ES_RUN,
	ES_DRAINED,
	ES_DEAD			/* stays dead: the family is going down */
};

struct engine {
	const struct engine_row	*row;
	struct parent	*p;
	char		 name[32];	/* "agent/telegram" */
	char		 fwname[24];	/* "agent_telegram" */
	enum engine_state state;
	uid_t		 uid;
	gid_t		 gid;
	int		 bin;		/* the program, O_RDONLY */
	int		 report;	/* what the child says before exec */
	struct spawn_report rep;
	pid_t		 pid;		/* 0: none */
	struct link	*link;
	int		 status;	/* wait status once reaped */
	uint64_t	 since;		/* forked at, monotonic ms */
	unsigned	 restarts;
	uint32_t	 backoff;	/* ms before the next start */
	struct event	*timer;
	char		 last[200];	/* last log line */
	char		 why[160];	/* why we killed it, if we did */
	uint64_t	 log_ms;	/* token bucket of its log */
	uint32_t	 log_left, log_lost;
	uint32_t	 prepare;	/* id of an open PREPARE */
	int		 holds;		/* was given a new slice */
	uint64_t	 pinned;	/* a pin of it holds until then */
	unsigned	 pings;		/* PINGs not answered */
};

enum parent_state { PS_START, PS_RUN, PS_DRAIN, PS_TERM, PS_END };

struct parent_opts {
	struct conf_opts conf;
	const char	*libexec;
	int		 foreground;
};

struct tools;
struct names;
struct internal;
struct fwguard;
struct audit_wait;
struct reload;
struct control;
struct selftest;

struct parent {
	struct event_base *base;
	const struct parent_opts *opts;
	struct conf	*conf;
	char		*conf_path;
	enum parent_state state;
	int		 exit_code;
	char		 failed[256];	/* the one line of a failed start */
	uint64_t	 started;	/* monotonic ms */
	uint64_t	 loaded;	/* wall ms */
	struct engine	 engines[ENGINES_MAX];
	unsigned	 nengines;
	struct firewall	*fw;
	struct fw_rules	 rules;
	int		 life[2];	/* keeper reads [0]; all hold [1] */
	int		 audit_fd;
	int		 empty_root;	/* O_PATH of an empty directory */
	int		 view;		/* mount namespace of engines, or -1 */
	int		 kmsg;
	int		 ready_fd;	/* tells the launcher, or -1 */
	int		 pid_fd, sentinel_fd;
	int		 announced;
	struct tools	*tools;
	struct names	*names;
	struct internal	*internal;
	struct fwguard	*guard;
	struct audit_wait *audits;	/* lines that wait for their writer */
	struct reload	*reload;
	struct control	*control;
	struct selftest	*selftest;
	struct event	*signals[5], *timer, *watchdog;
	/* what relay and gate told last, for status */
	struct msg_POLL_STATE poll;
	int		 poll_seen, poll_ok;
	uint16_t	 api_status;
	struct { uint16_t status; uint8_t err; unsigned row; } api_bad;
	uint8_t		 api_err;
	uint64_t	 api_ms;
};

/* parent.c */
int	 parent_run(const struct parent_opts *, struct conf *, char *path,
	    int ready_fd);
/* stop.c */
void	 stop_progress(struct parent *);
void	 stop_finish(struct parent *);
void	 parent_fail(struct parent *, const char *, ...)
	    __attribute__((format(printf, 2, 3)));
void	 parent_announce(struct parent *);
void	 parent_progress(struct parent *);	/* an engine changed state */
void	 parent_configured(struct parent *);
void	 parent_stop(struct parent *, int code);

/* table.c */
int	 table_init(struct parent *, char *why, size_t);
int	 table_wanted(const struct conf *, const struct engine_row *);
struct engine *table_find(struct parent *, enum proc, enum scope);
int	 table_users(const char *user, uid_t *, gid_t *, char *why, size_t);

/* dirs.c */
int	 dirs_make(struct parent *, char *why, size_t);

/* engview.c: makes p->view where there are namespaces; 0 or -1 and why */
int	 engview_make(struct parent *, char *why, size_t);

/* supervise.c */
int	 engine_start(struct engine *);
void	 engine_request(struct engine *, struct spawn_req *);
void	 engine_later(struct engine *);	/* after its backoff */
int	 engine_signal(struct engine *, int);	/* 0, or -1: not there */
void	 engine_kill(struct engine *, const char *why, ...)
	    __attribute__((format(printf, 2, 3)));
void	 engine_off(struct engine *);		/* reload took it out */
void	 engine_link_closed(struct link *);
void	 engines_reap(struct parent *);
uint32_t backoff_next(uint32_t last_ms, uint64_t healthy_ms);

/* deathnote.c: why a process died, in words */
int	 death_kmsg(void);
void	 death_words(const struct engine *, int kmsg, char *, size_t);

/* wire.c */
void	 wire_engine(struct engine *);		/* after its HELLO */
int	 wire_have(const struct engine *, const struct engine *);
int	 wire_ctl(struct engine *);		/* other end, or -1 */

/* onmsg.c */
extern const struct link_ops engine_link_ops;
int	 engine_may_log(struct engine *);

/* confsend.c */
int	 confsend(struct engine *, const struct conf *,
	    const struct fw_rules *);	/* 0 or -1 */

/* reload.c */
void	 reload_begin(struct parent *, struct link *ctl, uint32_t id);
void	 reload_prepared(struct engine *, const struct msg_PREPARED *,
	    uint32_t id);
void	 reload_lost(struct engine *);
void	 reload_forget(struct parent *, struct link *ctl);

#endif
