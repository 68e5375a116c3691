/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The real gate, confined as it is in service, with the test as its parent
 * and a TLS server on loopback as the model server; tests only.
 */
#ifndef GATE_WORLD_H
#define GATE_WORLD_H

#include "imsg/link.h"
#include "regress/unit/tls_server.h"

#define KEY	"sk-ant-test-0123456789"

extern struct event_base *base;
extern struct tls_server srv;
extern struct link *gate;		/* to it */
extern pid_t gate_pid;
extern int prepared, prepare_err, drained, states, dead;
extern struct msg_API_STATE state;	/* the last */
/* The relay's side: a ledger of one day. */
struct money {
	uint64_t microusd, tokens;
};
extern struct money spent, aside, ceiling;	/* 0: no such ceiling */
extern struct msg_SPEND_NEED need;		/* the last */
extern struct msg_SPEND_DONE settled;
extern int needs, nspent, hold_answers;		/* nothing is granted yet */
void relay_give(void);			/* a channel, maybe another one */
void relay_drop(void);
void relay_answer(void);		/* what was aside back */
extern void (*world_more)(void);	/* more of the slice, or NULL */

int	 world_start(const char *argv0, const char *name);
int	 world_stop(void);
void	 world_closed(struct link *);
void	 world_violation(struct link *, enum msg_verdict, uint16_t);
void	 send_fd(enum fdkind, int fd);
/* The loop, until *done or (NULL) for so long; late is a failure. */
void	 turn(const int *done, int ms);
/* A reload with the server's path, key, and whether it must be refused. */
void	 reload(const char *path, const char *key, int oauth, const char *ca,
	    int err);
long	 status_field(const char *);	/* of /proc/PID/status */

#endif
