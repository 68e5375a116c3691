/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What this kernel and container can hold us with.  Run by the parent, asked
 * once at start by system call: neither version strings nor securityfs tell.
 */
#ifndef PARENT_PLATFORM_H
#define PARENT_PLATFORM_H

#include <stddef.h>

#include "parent/parent.h"

#define PLATFORM_LANDLOCK	6	/* nothing we use came later */

struct platform {
	int	 landlock;	/* ABI */
	int	 ipv6;		/* sockets of it can be made */
	int	 ipv6_filter;	/* and the firewall sees them */
	int	 mdwe;
	int	 chroot;
	int	 bounds;	/* the bounding set could be emptied */
	int	 netns;		/* engines without a network have none */
	int	 namespaces, idmap, cgroup;	/* of tools */
	int	 tools;		/* some run here */
	int	 init;		/* we are process 1 */
};

typedef void (*platform_fn)(const char *layer, const char *means, void *);

/* Before a secret is read: memory files that can be sealed.  0, or -1. */
int	 platform_memfd(char *why, size_t);
/* Before the firewall: what must be there.  0, or -1 and one line that names
 * what is missing and what to do. */
int	 platform_probe(struct parent *, char *why, size_t);
/* The table does not come up: is it IPv6?  Says so in why when it is. */
void	 platform_ipv6(const struct fw_rules *, char *why, size_t);
/* The facts as they are now. */
void	 platform_facts(const struct parent *, struct platform *);

/* To the log: what is weaker, a line each. */
void	 platform_say(const struct parent *);

/* platweak.c: pure.  Every layer that is weaker than on a current kernel with
 * all capabilities, and what that means; how many. */
unsigned platform_weaker(const struct platform *, platform_fn, void *);

#endif
