/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The ruleset, as typed rules.  Run by the parent only (it needs
 * CAP_NET_ADMIN).  No text of any outsider enters: numbers and addresses.
 */
#ifndef FIREWALL_H
#define FIREWALL_H

#include <sys/types.h>

#include <stdint.h>

#include "imsg/msg.h"

#define FW_TABLE	"telclaude"	/* inet */
#define FW_MAXUIDS	32

enum fw_class {
	FWC_PINNED,	/* TCP SYN looked up in its set; other TCP passes */
	FWC_DNS,	/* UDP and TCP port 53 of the name servers */
	FWC_NONE,	/* nothing at all */
	FWC_TOOL,	/* nothing; its listeners are in its own namespace */
};

struct fw_uid {
	/* "relay", "agent_telegram": of its chain and counter */
	char		 name[24];
	uid_t		 uid;
	enum fw_class	 class;
};

struct fw_private {		/* a private endpoint: prefix and port */
	char		 who[24];	/* name of the one row that has it;
					 * empty: every row */
	struct netaddr	 addr;
	uint8_t		 plen;
	uint16_t	 port;
};

/*
 * A door of tools that have no namespace: listeners on a loopback address of
 * their scope, for one uid alone.
 */
#define FW_DOORPORTS	4
struct fw_door {
	char		 name[24];	/* of its chain */
	struct netaddr	 addr;
	uid_t		 uid;
	int		 person;	/* that uid is not the tools' alone */
	struct {
		uint16_t	 port;
		char		 by[24];	/* the row that answers there */
	}		 ports[FW_DOORPORTS];
	unsigned	 nports;
};

struct fw_rules {
	struct fw_uid	 uids[FW_MAXUIDS];
	unsigned	 nuids;
	struct addrs	 nameservers;
	struct fw_private *privates;	/* exempt from the private ranges */
	unsigned	 nprivates;
	struct fw_door	 doors[2];
	unsigned	 ndoors;
	int		 ipv6_open;	/* start without an IPv6 filter */
};

struct fw_counter {
	char		 name[24];
	uint64_t	 packets;	/* denied since the table was made */
	uint64_t	 bytes;
};

/*
 * A chain of somebody else's that sees our packets before we do: one of a
 * lower priority, or of the same and made later, which the kernel puts first.
 */
#define FW_PRIORITY	(-150)		/* of ours */
#define FW_MAXFOREIGN	16
struct fw_foreign {
	char		 family[8], table[64], chain[64], type[16];
	int32_t		 prio;
	uint64_t	 handle;	/* another one when it is made anew */
};

struct firewall;

/* Opens netlink; the table belongs to this socket ("flags owner").
 * NULL with errno. */
struct firewall	*fw_open(void);
/* One transaction: the whole table, replacing ours if it is there.  Pins of
 * uids that stay are kept on a second call (reload).  0, or -1 and why. */
int		 fw_apply(struct firewall *, const struct fw_rules *,
		    char *why, size_t whylen);
/* Lets uid (an FWC_PINNED row, by name) open TCP to addr:port for ttl
 * seconds; refreshes when present.  -1 with errno; EPERM: a denied range. */
int		 fw_pin(struct firewall *, const char *name,
		    const struct netaddr *, uint16_t port, uint32_t ttl);
/* Takes it back; 0 also when it had ended by itself. */
int	 fw_unpin(struct firewall *, const char *name,
	    const struct netaddr *, uint16_t port);
/* Would fw_pin() accept it?  1, or 0 for a denied range. */
int		 fw_addr_ok(const struct fw_rules *, const struct netaddr *,
		    uint16_t port);
/* Deny counters by row, up to max; returns how many, -1 with errno. */
int		 fw_counters(struct firewall *, struct fw_counter *,
		    unsigned max);
/* Is the table there and ours, as the kernel says?  1, 0, -1. */
int		 fw_verify(struct firewall *);
/* watch.c: a socket that becomes readable when something changes; was it
 * a table or a chain?  Chains of others at our priority or
 * before: how many, -1. */
int	 fw_watch(void);
int	 fw_watch_read(int fd);
int	 fw_foreign(struct firewall *, struct fw_foreign *, unsigned max);
/* Does it filter IPv6?  0 only by ipv6_open. */
int		 fw_ipv6(const struct firewall *);
/* A duplicate of the owner's netlink descriptor, for the keeper. */
int		 fw_dupfd(struct firewall *);
/* Deletes the table (the keeper must be gone or hold no duplicate). */
void		 fw_close(struct firewall *);
/* The ruleset in nft syntax, for golden tests; malloc'd. */
char		*fw_text(const struct fw_rules *);

#endif
