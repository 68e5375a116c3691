/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The names every process of the family agrees on: roles, scopes, tiers,
 * tools, phases.  Values travel in messages, so they are only ever appended.
 */
#ifndef IMSG_PROC_H
#define IMSG_PROC_H

#include <stdint.h>

/* One row a role: enum suffix, program name, prefix of its user. */
#define PROC_TABLE(R)							\
	R(PARENT,	"parent")					\
	R(RELAY,	"relay")					\
	R(AGENT,	"agent")					\
	R(RUNNER,	"runner")					\
	R(TOOL,		"tool")						\
	R(GATE,		"gate")						\
	R(AUDIT,	"audit")					\
	R(KEEPER,	"keeper")					\
	R(TOTP,		"totp")						\
	R(RESOLVER,	"resolver")					\
	R(CTL,		"ctl")					\
	R(EGRESS,	"egress")

enum proc {
#define R(id, name)	PROC_##id,
	PROC_TABLE(R)
#undef R
	PROC_MAX
};
const char	*proc_name(enum proc);

/* A scope is one agent with its own users, files and channels. */
enum scope { SCOPE_NONE, SCOPE_TELEGRAM, SCOPE_MOLTBOOK, SCOPE_MAX };
const char	*scope_name(enum scope);	/* "", "telegram", ... */

enum tier { TIER_NONE, TIER_SOCIAL, TIER_READ_ONLY, TIER_WRITE_LOCAL,
	    TIER_FULL_ACCESS, TIER_MAX };
const char	*tier_name(enum tier);		/* "read-only", ... */

#define TOOL_TABLE(T)							\
	T(READ,		"Read")						\
	T(WRITE,	"Write")					\
	T(EDIT,		"Edit")						\
	T(MULTIEDIT,	"MultiEdit")					\
	T(GLOB,		"Glob")						\
	T(GREP,		"Grep")						\
	T(BASH,		"Bash")						\
	T(WEBSEARCH,	"WebSearch")					\
	T(WEBFETCH,	"WebFetch")

enum tool {
	TOOL_NONE,
#define T(id, name)	TOOL_##id,
	TOOL_TABLE(T)
#undef T
	TOOL_MAX
};
const char	*tool_name(enum tool);
enum tool	 tool_byname(const char *);	/* TOOL_NONE when unknown */
int		 tier_allows(enum tier, enum tool);	/* design 6 */

/* Phase of a link, as its receiver sees it. */
enum phase {
	PH_BOOT		= 1 << 0,	/* before HELLO is answered */
	PH_CONFIG	= 1 << 1,	/* slices and descriptors come in */
	PH_RUN		= 1 << 2,
	PH_RELOAD	= 1 << 3,	/* RUN, and new slices come in */
	PH_DRAIN	= 1 << 4,	/* finishing */
};
#define PH_LIVE		(PH_RUN | PH_RELOAD | PH_DRAIN)
#define PH_SLICE	(PH_CONFIG | PH_RELOAD)
#define PH_ANY		(PH_BOOT | PH_CONFIG | PH_LIVE)

/* What a descriptor handed over in CONF_FD is. */
enum fdkind {
	FDK_NONE,
	FDK_BOT_TOKEN,		/* relay: sealed memfd */
	FDK_API_KEY,		/* gate: sealed memfd */
	FDK_TOTP_KEY,		/* totp: sealed memfd */
	FDK_CLAIM_WORD,		/* relay: sealed memfd */
	FDK_CA,			/* relay, gate: PEM trust file, O_RDONLY */
	FDK_STATE,		/* totp, audit: O_PATH directory of its own */
	FDK_AUDIT_LOG,		/* audit: O_RDWR | O_APPEND (reads its tail) */
	FDK_PROMPT,		/* agent: the prompt file, O_RDONLY */
	FDK_FIREWALL,		/* keeper: duplicate of the owner's netlink */
	FDK_TOOL,		/* unused outside the parent */
	FDK_PROXY_TOKEN,	/* gate: sealed memfd, of the CONF_PROXY
				 * before it */
	FDK_MAX
};

/* What API_REQ asks for; gate knows the paths behind it. */
enum api_path { AP_MESSAGES, AP_COUNT, AP_MAX };

#endif
