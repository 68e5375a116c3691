/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Names that engines ask for: who may name what, and the way from a name to
 * a pinned address.  Run by the parent.
 */
#ifndef PARENT_NAMES_NAMES_H
#define PARENT_NAMES_NAMES_H

#include "parent/parent.h"
#include "telclauded/domains.h"

#define NAME_TTL_MIN	30
#define NAME_TTL_MAX	3600

/* Why a name may be asked for, and with it which addresses it may have. */
enum name_way {
	NW_NONE,		/* it may not */
	NW_API,			/* an api line: public, or the line's own */
	NW_LOGIN,		/* sign-in of the model server: public */
	NW_DOMAIN,		/* a domain line, or permissive: public */
	NW_PRIVATE,		/* a private endpoint: its addresses */
	NW_PROVIDER,		/* a provider: its own, or a private one's */
	NW_INTERNAL,		/* a remote line: public, or a site's own */
};

struct name_verdict {
	enum name_way	 way;
	enum domain_class class;
	const struct conf_domain *line;		/* that decided, or NULL */
	const struct conf_private *priv;	/* that opens it, or NULL */
	const char	*why;			/* for people */
};

/* namepolicy.c: pure */
/* May this engine name host:port for that scope? */
void	 names_judge(const struct conf *, enum proc, enum scope,
	    const char *host, uint16_t port, struct name_verdict *);
/* For tests: the verdict as yes or no. */
int	 names_allowed(const struct conf *, enum proc, enum scope,
	    const char *host, uint16_t port);
/* Tools are given all addresses of an answer or none: 1, or 0. */
int	 names_strict(enum proc);
/* Addresses that need no resolver: literals and localhost; how many. */
unsigned names_literal(const char *host, struct addrs *);
uint32_t names_ttl(uint32_t);

/* nameaddr.c: pure */
/* May a name that was judged so have this address? */
int	 names_addr_ok(const struct conf *, const struct name_verdict *,
	    enum proc, const struct netaddr *, uint16_t port);
/* The networks a site numbers itself, for hosts of remote lines. */
#define NAMES_NSITE	5
unsigned names_site(struct fw_private site[NAMES_NSITE], uint16_t port);

/* nameprivate.c: pure */
/* ADDRESS[/LENGTH] of an endpoint; 0, or -1: it is a name. */
int	 private_prefix(const char *, struct netaddr *, uint8_t *plen);
int	 private_port(const struct conf_private *, uint16_t);
int	 private_names(const struct conf_private *, const char *host);
int	 private_covers(const struct conf_private *, const struct netaddr *,
	    uint16_t port);
/* The endpoint that covers it, or NULL. */
const struct conf_private *private_find(const struct conf *,
	    const struct netaddr *, uint16_t port);
/* Is the address written literally in this URL (or NULL), with its port? */
int	 private_url(const char *url, const struct netaddr *, uint16_t port);
/* Is it, in an api or provider line of ours? */
int	 private_ours(const struct conf *, const struct netaddr *,
	    uint16_t port);

/* names.c */
struct names *names_new(void);
void	 names_free(struct names *);
void	 names_need(struct engine *, const struct msg_NAME_NEED *, uint32_t);
void	 names_resolved(struct engine *, const struct msg_RESOLVED *,
	    uint32_t);
void	 names_lost(struct engine *);	/* it died: asker or resolver */
/* Looks up and pins although nobody asked: see internal.c. */
void	 names_pin(struct engine *, enum scope, const char *host,
	    uint16_t port);
/* Looks up and pins nothing: see fwtest.c. */
struct fwtest;
void	 names_test(struct parent *, struct fwtest *, enum proc, enum scope,
	    const char *host, uint16_t port);

/* namepins.c: what is open now */
struct name_open {
	const char	*fwname, *host;
	enum scope	 scope;
	uint16_t	 port;
	const struct addrs *addrs;
	uint64_t	 left_s, asked;
};
void	 names_each(struct parent *, void (*)(const struct name_open *,
	    void *), void *);
/* After a reload: what the new configuration no longer opens is closed. */
void	 names_recheck(struct parent *);

#endif
