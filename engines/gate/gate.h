/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What the files of gate share: the server as configured, and the exchanges
 * that agents have with it.
 */
#ifndef GATE_H
#define GATE_H

#include "engines/common/http.h"
#include "imsg/link.h"
#include "telclauded/lib/secret.h"

#define OAUTH_BETA	"oauth-2025-04-20"	/* with a login's token */
#define BODY_MAX	(32u << 20)	/* what the server takes */
#define ANSWER_MAX	(64u << 20)

/*
 * One generation of the configuration.  A reload makes a new one; the old
 * one stays until its last exchange has ended.
 */
struct upstream {
	struct http	*http;
	struct secret	 auth;		/* the whole header line */
	int		 oauth;
	uint32_t	 first_ms, idle_ms;
	unsigned	 refs;
};

/* --- gate.c ------------------------------------------------------------ */
struct upstream	*upstream_ref(void);	/* the one in force; NULL: none */
void		 upstream_unref(struct upstream *);
int		 gate_draining(void);
void		 gate_idle(void);	/* the last exchange ended */

/* --- exch.c: one request of an agent and its answer ---------------------- */
void		 exch_start(struct link *, const struct msg_API_REQ *);
void		 exch_abort(struct link *, uint32_t req);
void		 exch_link_gone(struct link *);
unsigned	 exch_count(void);

/* --- head.c: pure ------------------------------------------------------ */
/* "Authorization: Bearer KEY" or "x-api-key: KEY" in locked memory; -1: the
 * key has bytes that cannot be in a header, or no memory. */
int		 gate_auth(struct secret *, const struct secret *key,
		    int oauth);
/* "anthropic-beta: ..."; empty when there is none.  -1: not a list of
 * names, or too long. */
int		 gate_beta(char *, size_t, const char *asked, int oauth);

#endif
