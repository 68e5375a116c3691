/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Requests of telclaudectl to the relay (CTL_ASK): one function a verb, each
 * sends rows and ends the request exactly once, now or later.
 */
#ifndef CMD_CTLASK_H
#define CMD_CTLASK_H

#include "imsg/link.h"

struct buf;
struct ctlreq;

struct ctlreq {
	struct link		*l;
	uint32_t		 id;
	int64_t			 a, b;
	char			 s[128];
	struct text		 t;	/* borrowed: only now */
	int			 fd;	/* take it by setting it to -1 */
};

void	 ctl_link(enum scope, int fd);	/* ctl.c */
/* A row: one JSON object in b, which is freed. */
void	 ctl_row(struct link *, struct buf *);
void	 ctl_end(struct link *, uint32_t id, uint8_t err, const char *why);

/* verb, function */
#define CTL_ASK_TABLE(V)						\
	V(ASK_SEND, ctl_send)						\
	V(ASK_HEAD, ctl_head)						\
	V(ASK_CLAIM, ctl_claim)						\
	V(ASK_LINK, ctl_link_make)					\
	V(ASK_LINKS, ctl_linked)					\
	V(ASK_UNLINK, ctl_unlink)					\
	V(ASK_BAN, ctl_ban)						\
	V(ASK_UNBAN, ctl_unban)						\
	V(ASK_BANS, ctl_bans)						\
	V(ASK_REAUTH, ctl_reauth)					\
	V(ASK_PAIR, ctl_pair)						\
	V(ASK_PAIRS, ctl_pairs)						\
	V(ASK_UNPAIR, ctl_unpair)					\
	V(ASK_WHO, ctl_who)						\
	V(ASK_APPROVALS, ctl_approvals)				\
	V(ASK_LIMITS, ctl_limits)					\
	V(ASK_USAGE, ctl_usage)						\
	V(ASK_IMPORT, ctl_import)					\

#define V(verb, fn)	void fn(struct ctlreq *);
CTL_ASK_TABLE(V)
#undef V

#endif
