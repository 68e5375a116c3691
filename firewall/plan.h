/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Inside firewall/ only: the table as typed rules (a plan), between the
 * ruleset that decides and the two writers, netlink and text.  Run by the
 * parent; every number and address in it was checked before.
 */
#ifndef FIREWALL_PLAN_H
#define FIREWALL_PLAN_H

#include <stddef.h>

#include "firewall/firewall.h"

#define FW_NAMELEN	32
#define FW_PINS_MAX	1024		/* addresses one engine may hold open */
#define FW_TERMS	4
#define FW_TCP		6
#define FW_DUMP_TRIES	8		/* EINTR: somebody changes a table */

/* What a rule is made of, left to right; the last is what to do. */
enum fw_kind {
	FT_SKUIDMAP,	/* verdict of the socket's uid, in map name */
	FT_DADDRSET,	/* destination in set name, of this family */
	FT_FIBSET,	/* type of the destination in set name */
	FT_NOTSYN,	/* TCP, and not a segment that opens or answers */
	FT_PINNED,	/* destination and TCP port in set name */
	FT_DADDR,	/* destination below prefix */
	FT_DPORT,	/* proto and destination port */
	FT_SADDR,	/* source below prefix */
	FT_SPORT,	/* proto and source port */
	FT_UID,		/* the socket's uid is this one */
	FT_NOTUID,	/* it has one, and that is another */
	FT_TCP,
	FT_COUNTER,
	FT_ACCEPT,
	FT_RETURN,
	FT_JUMP,
	FT_GOTO,
	FT_RESET,	/* reject with tcp reset */
	FT_REJECT,	/* reject with icmpx admin-prohibited */
};

struct fw_term {
	enum fw_kind	 kind;
	char		 name[FW_NAMELEN];
	struct netaddr	 addr;		/* FT_DADDR; family of set terms */
	uint8_t		 plen;
	uint8_t		 proto;
	uint16_t	 port;
	uid_t		 uid;
};

struct fw_rule {
	char		 chain[FW_NAMELEN];
	unsigned	 n;
	struct fw_term	 t[FW_TERMS];
};

struct fw_chain {
	char		 name[FW_NAMELEN];
	int		 base;		/* hooks output at prio */
	int32_t		 prio;
};

enum fw_settype {
	FS_META,	/* interval set of addresses that stay closed */
	FS_LOCAL,	/* types of address the host itself answers */
	FS_PINS,	/* address . port, with timeouts */
	FS_UIDS,	/* uid : jump to its chain */
	FS_DENY,	/* uid : goto its denying chain */
};

struct fw_set {
	char		 name[FW_NAMELEN];
	enum fw_settype	 type;
	uint8_t		 family;	/* 4 or 6; 0: no address in it */
};

struct fw_plan {
	struct fw_chain	*chains;
	struct fw_set	*sets;
	struct fw_rule	*rules;
	unsigned	 nchains, nsets, nrules;
	int		 only4;		/* a table of family ip */
	int		 failed;	/* memory ran out while making it */
};

struct fw_prefix {
	uint8_t		 family;
	uint8_t		 plen;
	uint8_t		 a[16];
};

/* deny.c: pure */
extern const struct fw_prefix fw_meta[];
extern const unsigned fw_nmeta;
int	 prefix_match(const uint8_t *prefix, uint8_t plen, const uint8_t *);
int	 addr_is_meta(const struct netaddr *);
int	 addr_is_denied(const struct netaddr *);
/* who: for this row; NULL: for any. */
int	 addr_is_private(const struct fw_rules *, const char *who,
	    const struct netaddr *, uint16_t port);
int	 addr_ok(const struct fw_rules *, const char *who,
	    const struct netaddr *, uint16_t port);

/* ruleset.c: pure */
int	 fw_check(const struct fw_rules *, char *why, size_t whylen);
int	 plan_make(struct fw_plan *, const struct fw_rules *, int only4);
void	 plan_free(struct fw_plan *);
const struct fw_set *plan_set(const struct fw_plan *, const char *name);
const struct fw_chain *plan_chain(const struct fw_plan *, const char *name);

/* doors.c: pure; rules are added by the one who makes the plan */
typedef void	 (*door_rule_fn)(struct fw_plan *, const char *chain,
	    const struct fw_term *, unsigned n);
void	 doors_base(struct fw_plan *, const struct fw_rules *, const char *,
	    door_rule_fn);
void	 doors_chain(struct fw_plan *, const struct fw_door *, const char *,
	    door_rule_fn);
void	 doors_inside(struct fw_plan *, const struct fw_rules *, uid_t,
	    const char *chain, door_rule_fn);
void	 doors_answer(struct fw_plan *, const struct fw_rules *,
	    const char *by, const char *chain, door_rule_fn);

/* nl.c: a batch is one transaction */
struct nl;
struct batch;
struct nlmsghdr;
struct nl	*nl_open(void);
void		 nl_close(struct nl *);
struct nl	*fw_nl(struct firewall *);
int		 nl_fd(const struct nl *);
uint32_t	 nl_portid(const struct nl *);
struct batch	*batch_new(struct nl *);
void		 batch_free(struct batch *);
/* Room for one more message; what it is about, for the error text. */
struct nlmsghdr	*batch_add(struct batch *, uint16_t type, uint16_t family,
		    uint16_t flags, const char *what, const char *name);
/* Sends it and reads every verdict.  0, or -1 with errno and, when it was one
 * message that failed, *what and *name of it. */
int		 batch_commit(struct batch *, const char **what,
		    const char **name);
typedef int	(*nl_cb)(const struct nlmsghdr *, void *);
/* One request and its answers (dump or get); 0 or -1 with errno. */
int		 nl_query(struct nl *, uint16_t type, uint16_t family,
		    uint16_t flags, void (*fill)(struct nlmsghdr *, void *),
		    nl_cb, void *);

/* expr.c, sets.c: a piece of the plan to netlink; 0 or -1 (no memory) */
uint16_t	 plan_family(const struct fw_plan *);
int		 put_rule(struct batch *, const struct fw_rule *,
		    uint16_t family);
int		 put_set(struct batch *, const struct fw_set *,
		    uint16_t family);
int		 put_elems(struct batch *, const struct fw_set *,
		    const struct fw_rules *, uint16_t family);
int		 put_flush(struct batch *, const struct fw_set *,
		    uint16_t family);
int		 put_unset(struct batch *, const struct fw_set *,
		    uint16_t family);
int		 put_pin(struct batch *, uint16_t family, const char *set,
		    const struct netaddr *, uint16_t port, uint64_t ttl_ms);
int		 put_unpin(struct batch *, uint16_t family, const char *set,
		    const struct netaddr *, uint16_t port);

#endif
