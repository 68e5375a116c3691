/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What the relay's files share: the settings in force, the links, and one
 * counter for every number it gives out.
 */
#ifndef RELAY_RELAY_H
#define RELAY_RELAY_H

#include "imsg/link.h"
#include "telclauded/lib/secret.h"

struct event_base;

/* A slice of the configuration, as CONF_* brought it. */
struct settings {
	struct msg_CONF_RELAY	 r;
	int64_t			*chats;
	size_t			 nchats;
	struct msg_CONF_TIER	*tiers;
	size_t			 ntiers;
	struct msg_CONF_RULE	*rules;
	size_t			 nrules;
	struct msg_CONF_RATE	*rates;
	size_t			 nrates;
	struct msg_CONF_SPEND	*spends;
	size_t			 nspends;
	struct msg_CONF_PATTERN	*patterns;
	size_t			 npatterns;
	struct msg_CONF_SCREEN	 screen;
	struct msg_CONF_MODEL	*models;	/* the first is the default */
	size_t			 nmodels;
	struct msg_CONF_RESET	*resets;	/* other words for /new */
	size_t			 nresets;
	struct secret		 token;
	struct secret		 claim;		/* the claim word, or none */
	int			 have;		/* CONF_RELAY came */
};

struct relay {
	struct event_base	*base;
	struct settings		*set;		/* in force */
	struct settings		*next;		/* coming in */
	struct link		*agent;
	struct link		*runner;
	struct link		*totp;
	struct link		*audit;
	struct link		*gate;
	int			 running;	/* START came */
	int			 draining;
	int64_t			 bot_id;
	char			 bot_name[64];
	uint64_t		 started_ms;	/* wall clock */
};
extern struct relay	relay;

/*
 * Turns, jobs, conversations and messages to send are numbered by one
 * counter whose high half is the number of this run, so that no number is
 * ever given twice, not even after a kill.
 */
uint64_t	 relay_id(void);

#endif
