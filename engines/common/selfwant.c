/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What a word of selftest.def means for one process: the errnos that a layer
 * of its own gives there.  Pure; the twin asks what to try, the parent what
 * to expect.  Who is named here as exempt may make the call by its filter,
 * and must then be stopped by another layer.
 */
#include <errno.h>
#include <string.h>

#include "engines/common/selftest.h"

#define P(x)	(1u << PROC_##x)
#define OPENERS	(P(RELAY) | P(AGENT) | P(TOTP) | P(AUDIT))	/* openat */
#define NETTERS	(P(RELAY) | P(GATE) | P(EGRESS) | P(RESOLVER))
#define UDPERS	(P(RESOLVER))

enum want {
	W_NO, W_DOOR, W_DOOR0, W_LAND, W_FILE, W_HOSTFILE, W_STATEDIR,
	W_MODE, W_EXECUTE, W_USER, W_BASE, W_BASENOSYS, W_FILTER, W_NOSYS,
	W_LIMIT, W_SCOPE, W_SIBLING, W_FDS, W_TCP, W_TCPL, W_TCPF, W_TCP_6,
	W_TCPL_6, W_TCPF_6, W_UDP, W_UDPF, W_DNS, W_DNSF, W_META, W_METAF,
	W_BIND, W_BINDF, W_ABSTRACT, W_ABSTRACTL, W_T_FBLAND, W_T_LAND,
	W_T_ROWS, W_T_ROWSL, W_T_PIDNS, W_T_AFNO, W_T_SOCKNO,
	W_MDWE, W_NNP
};

static const struct {
	const char	*words;
	uint8_t		 want[2][SP_PASSES];	/* engine, tool */
} acts[SA_MAX] = {
#define A(id, words, eo, el, ef, to, tl, tf, expr)			\
	[SA_##id] = { words, { { W_##eo, W_##el, W_##ef },		\
	    { W_##to, W_##tl, W_##tf } } },
#include "engines/common/selftest.def"
#undef A
};

static const char *const layers[SL_MAX] = {
	[SL_USER] = "user", [SL_BASE] = "base filter",
	[SL_FILTER] = "system call filter", [SL_LANDLOCK] = "Landlock",
	[SL_FIREWALL] = "firewall", [SL_NETNS] = "network namespace",
	[SL_VIEW] = "file system view", [SL_ROOT] = "empty root",
	[SL_PIDNS] = "process namespace", [SL_LIMIT] = "process limit",
	[SL_FDS] = "descriptors", [SL_MDWE] = "no new code",
	[SL_NNP] = "no_new_privs",
};

static const char *const kills[SK_MAX] = {
	[SK_FILTER] = "a forbidden call",
	[SK_FOREIGN] = "a call of a foreign architecture",
};

const char *
self_act_words(enum self_act a)
{
	return (a < SA_MAX ? acts[a].words : "?");
}

const char *
self_kill_words(enum self_kill k)
{
	return (k < SK_MAX ? kills[k] : "?");
}

const char *
self_layer_words(enum self_layer l)
{
	return (l < SL_MAX ? layers[l] : "?");
}

static void
one(struct self_want *w, enum self_layer layer, int err)
{
	w->layer = layer;
	w->errs[w->n++] = err;
}

static int
is(const struct self_ctx *c, unsigned procs)
{
	return ((procs >> c->proc) & 1);
}

/* Does Landlock refuse TCP to it (engine.c, the tool's confine.c)? */
static int
landlocked_net(const struct self_ctx *c)
{
	if (c->abi < 4)
		return (0);
	return (c->proc == PROC_TOOL ? !(c->flags & SF_PIDNS) :
	    !is(c, NETTERS));
}

static void
want_file(const struct self_ctx *c, enum want what, struct self_want *w)
{
	int	 tool = c->proc == PROC_TOOL;

	switch (what) {
	case W_DOOR:
		if (c->flags & SF_EMPTY)
			one(w, SL_ROOT, ENOENT);
		else
			one(w, SL_VIEW, 0);
		break;
	case W_FILE:
		if (!is(c, OPENERS)) {
			one(w, SL_FILTER, EPERM);
			break;
		}
		one(w, SL_LANDLOCK, ENOENT);
		__attribute__((fallthrough));
	case W_LAND:
		one(w, SL_LANDLOCK, EACCES);
		if (c->flags & SF_EMPTY && what == W_LAND)
			one(w, SL_LANDLOCK, ENOENT);
		break;
	case W_STATEDIR:
		if (c->flags & SF_EMPTY)
			one(w, SL_ROOT, ENOENT);
		else
			one(w, SL_USER, EACCES);
		break;
	case W_HOSTFILE:
		one(w, c->flags & SF_EMPTY ? SL_ROOT :
		    c->flags & (SF_VIEW | SF_PIDNS) ? SL_VIEW : SL_USER,
		    ENOENT);
		if (tool || !(c->flags & (SF_VIEW | SF_EMPTY))) {
			one(w, w->layer, EACCES);
			one(w, w->layer, EPERM);
		}
		break;
	case W_MODE:
		one(w, SL_USER, EPERM);
		one(w, SL_USER, EROFS);
		one(w, SL_USER, ENOENT);
		break;
	case W_EXECUTE:
		one(w, SL_LANDLOCK, EACCES);
		one(w, SL_LANDLOCK, ENOENT);
		break;
	default:
		break;
	}
}

/* A packet of a process that stands in the host's network. */
static void
want_walled(const struct self_ctx *c, int err, struct self_want *w)
{
	if (c->flags & SF_FIREWALL)
		one(w, SL_FIREWALL, err);
}

static void
want_tcp(const struct self_ctx *c, struct self_want *w)
{
	if (c->flags & SF_PIDNS)
		one(w, SL_NETNS, ECONNREFUSED);
	else if (c->flags & SF_NONET) {
		one(w, SL_NETNS, ENETUNREACH);
		one(w, SL_NETNS, EADDRNOTAVAIL);
	} else
		want_walled(c, ECONNREFUSED, w);
}

static void
want_udp(const struct self_ctx *c, struct self_want *w)
{
	if (c->flags & SF_PIDNS)
		return;		/* nobody is there to answer on its lo */
	if (c->flags & SF_NONET)
		one(w, SL_NETNS, ENETUNREACH);
	else
		want_walled(c, EPERM, w);
}

static void
want_meta(const struct self_ctx *c, struct self_want *w)
{
	if (c->flags & (SF_PIDNS | SF_NONET))
		one(w, SL_NETNS, ENETUNREACH);
	else if (c->flags & SF_FIREWALL) {
		one(w, SL_FIREWALL, ECONNREFUSED);
		/* A host without such a route never asks the firewall. */
		one(w, SL_FIREWALL, ENETUNREACH);
		one(w, SL_FIREWALL, EHOSTUNREACH);
	}
}

/* Behind the filter: who may have sockets meets what is behind it. */
static int
socketless(const struct self_ctx *c, unsigned exempt)
{
	return (c->proc == PROC_TOOL ? !(c->flags & SF_PIDNS) :
	    !is(c, exempt));
}

/*
 * A tool without namespaces may have a TCP socket, for its scope's loopback
 * address alone: then the port is Landlock's matter, or the firewall's.
 */
static void
want_shut(const struct self_ctx *c, enum want what, struct self_want *w)
{
	one(w, SL_FILTER, EPERM);
	if (c->proc != PROC_TOOL || what == W_UDPF || what == W_DNSF)
		return;
	if (what == W_TCPF_6)
		one(w, SL_FILTER, EAFNOSUPPORT);
	else
		one(w, SL_FILTER, c->abi >= 4 ? EACCES : ECONNREFUSED);
}

static void
want_sent(const struct self_ctx *c, enum want what, struct self_want *w)
{
	switch (what) {
	case W_TCP_6:
	case W_TCPF_6:
		if (c->port6 == 0)
			break;
		__attribute__((fallthrough));
	case W_TCP:
	case W_TCPF:
		want_tcp(c, w);
		break;
	case W_DNS:
	case W_DNSF:
		if (c->proc == PROC_RESOLVER && !(c->flags & SF_NONET))
			break;	/* a name server may well be there */
		__attribute__((fallthrough));
	case W_UDP:
	case W_UDPF:
		want_udp(c, w);
		break;
	default:
		want_meta(c, w);
	}
}

static void
want_net(const struct self_ctx *c, enum want what, struct self_want *w)
{
	switch (what) {
	case W_TCPF_6:
		if (c->port6 == 0)
			break;
		__attribute__((fallthrough));
	case W_TCPF:
	case W_UDPF:
	case W_DNSF:
	case W_METAF:
		if (socketless(c, what == W_UDPF || what == W_DNSF ? UDPERS :
		    NETTERS)) {
			want_shut(c, what, w);
			break;
		}
		__attribute__((fallthrough));
	case W_TCP:
	case W_TCP_6:
	case W_UDP:
	case W_DNS:
	case W_META:
		want_sent(c, what, w);
		break;
	case W_TCPL_6:
		if (c->port6 == 0)
			break;
		__attribute__((fallthrough));
	case W_TCPL:
		if (landlocked_net(c))
			one(w, SL_LANDLOCK, EACCES);
		break;
	case W_BIND:
		if (c->abi >= 4 && (c->proc != PROC_TOOL ||
		    landlocked_net(c)))
			one(w, SL_LANDLOCK, EACCES);
		break;
	case W_BINDF:
		if (c->proc != PROC_TOOL || socketless(c, 0))
			one(w, SL_FILTER, EPERM);
		break;
	case W_ABSTRACT:
		if (c->flags & (SF_NONET | SF_PIDNS))
			one(w, SL_NETNS, ECONNREFUSED);
		break;
	case W_ABSTRACTL:
		if (c->abi >= 6 && !(c->flags & (SF_NONET | SF_PIDNS)))
			one(w, SL_LANDLOCK, EPERM);
		break;
	default:
		break;
	}
}

static void
want_tool(const struct self_ctx *c, enum want what, struct self_want *w)
{
	int	 ns = (c->flags & SF_PIDNS) != 0;

	switch (what) {
	case W_T_FBLAND:
		if (ns)
			break;
		__attribute__((fallthrough));
	case W_T_LAND:
		if (c->abi > 0)
			one(w, SL_LANDLOCK, EACCES);
		break;
	case W_T_ROWS:
	case W_T_ROWSL:
		if (c->tier != TIER_READ_ONLY)
			break;
		if (ns)
			one(w, SL_VIEW, EROFS);
		else if (what == W_T_ROWSL)
			one(w, SL_LANDLOCK, EACCES);
		break;
	case W_T_PIDNS:
		if (ns)
			one(w, SL_PIDNS, ESRCH);
		break;
	case W_T_AFNO:
		one(w, SL_FILTER, EAFNOSUPPORT);
		if (!ns)
			one(w, SL_FILTER, EPERM);
		break;
	case W_T_SOCKNO:
		one(w, SL_FILTER, ENOSYS);
		if (!ns)
			one(w, SL_FILTER, EPERM);
		break;
	default:
		break;
	}
}

static void
want_plain(const struct self_ctx *c, enum want what, struct self_want *w)
{
	switch (what) {
	case W_DOOR0:
		one(w, SL_USER, 0);
		break;
	case W_USER:
		one(w, SL_USER, EPERM);
		break;
	case W_BASE:
		one(w, SL_BASE, SELFTEST_BASE_ERRNO);
		break;
	case W_BASENOSYS:
		one(w, SL_BASE, ENOSYS);
		break;
	case W_FILTER:
		one(w, SL_FILTER, EPERM);
		break;
	case W_NOSYS:
		one(w, SL_FILTER, ENOSYS);
		break;
	case W_LIMIT:
		one(w, SL_LIMIT, EAGAIN);
		break;
	case W_SCOPE:
		if (c->abi >= 6)
			one(w, SL_LANDLOCK, EPERM);
		break;
	case W_SIBLING:
		if (c->flags & SF_PIDNS)
			one(w, SL_PIDNS, ESRCH);
		else
			one(w, SL_USER, EPERM);
		break;
	case W_FDS:
		one(w, SL_FDS, EBADF);
		break;
	case W_NNP:
		one(w, SL_NNP, EPERM);
		break;
	case W_MDWE:
		if (c->flags & SF_MDWE)
			one(w, SL_MDWE, EACCES);
		break;
	default:
		break;
	}
}

void
self_want(const struct self_ctx *c, enum self_act a, enum self_pass pass,
    struct self_want *w)
{
	enum want	 what;

	memset(w, 0, sizeof(*w));
	if (a >= SA_MAX || pass >= SP_PASSES)
		return;
	/* Each knows its own words; none knows those of another. */
	what = (enum want)acts[a].want[c->proc == PROC_TOOL][pass];
	want_file(c, what, w);
	want_net(c, what, w);
	want_tool(c, what, w);
	want_plain(c, what, w);
}
