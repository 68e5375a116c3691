/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Lines for the audit log, written by the engine of that name.  A tool call
 * waits for its line; others do not.
 */
#ifndef AUDIT_AUDITLINE_H
#define AUDIT_AUDITLINE_H

#include <stddef.h>
#include <stdint.h>

#include "imsg/msg.h"
#include "engines/relay/store/store.h"

struct turn;

/* Called once: 0, or -1 when the line could not be written. */
typedef void	(*audit_fn)(uint64_t ctx, int err);

struct auditline {
	const char	*event;
	enum audit_verdict verdict;
	int64_t		 chat, user;
	enum tier	 tier;
	uint64_t	 turn, job;
	const char	*tool;		/* or NULL */
	const uint8_t	*digest;	/* 32 bytes, or NULL */
	const char	*detail;	/* or NULL */
	uint8_t		 observed, sure;	/* enum observed, per cent */
	uint32_t	 took_ms;
	uint64_t	 microusd;
	const char	*preview;	/* already without secrets, or NULL */
	size_t		 previewlen;
};

/* -1: there is no audit engine now; fn is not called.  fn may be NULL. */
int	 audit_line(const struct auditline *, audit_fn, uint64_t ctx);
/* What happened to a turn: a line to fill up, and one that is whole. */
struct auditline audit_about(const struct turn *, const char *event,
	    enum audit_verdict, const char *detail);
void	 audit_said(const struct turn *, const char *event,
	    enum audit_verdict, const char *detail);
void	 audit_turn(const struct turn *, enum turn_row_state);
void	 audit_on_done(struct link *, const struct msg_AUDIT_DONE *,
	    struct msg_meta *);
void	 audit_link_closed(void);	/* every open line has failed */

#endif
