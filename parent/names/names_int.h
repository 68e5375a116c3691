/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Inside names*.c only: open questions to the resolver, what is pinned, what
 * was answered lately.
 */
#ifndef PARENT_NAMES_NAMES_INT_H
#define PARENT_NAMES_NAMES_INT_H

#include <sys/queue.h>

#include "parent/names/names.h"

#define WAITERS_MAX	64

struct waiter {
	struct engine	*e;
	uint32_t	 id;		/* 0: nobody to tell, just pin */
	enum scope	 scope;
	uint16_t	 port;
	struct fwtest	*test;		/* who asks, if nobody pins */
};

struct lookup {
	TAILQ_ENTRY(lookup) entry;
	char		 host[254];
	uint32_t	 id;		/* of the RESOLVE */
	enum proc	 asker;		/* the first */
	struct waiter	 w[WAITERS_MAX];
	unsigned	 nw;
};

/* What the resolver said about a name, while it holds. */
struct said {
	TAILQ_ENTRY(said) entry;
	char		 host[254];
	struct addrs	 addrs;
	uint64_t	 until;		/* monotonic ms */
};

/* A name that an engine was given, with what was pinned for it. */
struct pin {
	TAILQ_ENTRY(pin) entry;		/* least lately asked for first */
	enum proc	 proc;
	enum scope	 scope;
	char		 fwname[24];
	char		 host[254];
	uint16_t	 port;
	struct addrs	 addrs;
	uint64_t	 until;		/* monotonic ms */
	uint64_t	 asked;
};

struct bucket {
	uint64_t	 ms;
	unsigned	 left;
};

TAILQ_HEAD(pins, pin);
struct names {
	TAILQ_HEAD(, lookup) open;
	unsigned	 n;
	TAILQ_HEAD(, said) said;
	unsigned	 nsaid;
	struct pins	 pins;
	unsigned	 npins;
	/* of the tunnel's scopes: questions, and refusals written down */
	struct bucket	 buckets[SCOPE_MAX], told[SCOPE_MAX];
	unsigned	 untold[SCOPE_MAX];
};

/* namepins.c */
/* One answer: remembers, pins for as long as it holds.  How many addresses
 * could be pinned; those are left in *a. */
unsigned pins_add(struct engine *, enum scope, const char *host,
	    uint16_t port, struct addrs *a, uint32_t ttl);
/* The pin that still holds for this question, or NULL. */
struct pin *pins_find(struct names *, enum proc, enum scope,
	    const char *host, uint16_t port);
void	 pins_asked(struct names *, enum proc, enum scope,
	    const char *host, uint16_t port);
/* The name leads elsewhere now: what it had is closed. */
void	 pins_drop(struct parent *, enum proc, enum scope, const char *host,
	    uint16_t port);
/* Is the address one that relay or gate uses for a built-in name? */
int	 pins_closed(const struct names *, const struct netaddr *);
void	 pins_free(struct names *);

/* namesaid.c */
void	 said_put(struct names *, const char *host, const struct addrs *,
	    uint32_t ttl);
/* 1, with what was said and for how many seconds it still holds; or 0. */
int	 said_get(struct names *, const char *host, struct addrs *,
	    uint32_t *ttl);
void	 said_clear(struct names *);
/* May this scope of the tunnel have one more name looked up? */
int	 said_may_ask(struct names *, enum scope);
/* May one more refusal of it be written down? */
int	 said_may_tell(struct names *, enum scope);

#endif
