/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Parts of a configuration: lists, people, secrets, and the blocks about
 * Telegram, tool calls and agents.
 */
#ifndef CONF_CONFPART_H
#define CONF_CONFPART_H

#include <sys/queue.h>
#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "imsg/msg.h"
#include "imsg/values.h"

/* A list of strings, in the order written. */
struct strlist {
	char	**v;
	size_t	  n;
};

enum secret_src { SEC_NONE, SEC_FILE, SEC_CREDENTIAL, SEC_VAULT, SEC_ENV,
    SEC_LITERAL };
struct conf_secret {
	enum secret_src	 src;
	char		*arg;	/* path, name; for SEC_LITERAL NULL */
	int		 fd;	/* sealed memfd; for SEC_LITERAL from the
				 * parser on, else once loaded; else -1 */
};

enum person_kind { PERSON_ANY, PERSON_ID, PERSON_NAME };
struct person {
	enum person_kind kind;
	int64_t		 id;
	char		*name;
};
struct persons {
	struct person	*v;
	size_t		 n;
};

enum log_target { LOGT_SYSLOG, LOGT_STDERR, LOGT_FILE };
enum netmode { NET_RESTRICTED, NET_PERMISSIVE };

struct amount {			/* rates: 0 is no such window */
	uint32_t	 minute, hour, day;
};

struct conf_telegram {
	int		 present;
	struct conf_secret token;
	int64_t		*chats;
	size_t		 nchats;
	int		 pairing;
	struct persons	 admin;		/* at most one */
	struct conf_secret claim;
	int		 mention;
	enum relay_stream stream;
	uint32_t	 edit_ms, typing_ms;
	int		 react, buttons;
	uint32_t	 poll_s, poll_limit;
	uint32_t	 retry_min_ms, retry_max_ms;
	double		 retry_factor, retry_jitter;
	uint32_t	 retry_attempts;
	char		*api;
	char		*ca;
};

struct conf_tier {
	TAILQ_ENTRY(conf_tier) entry;
	enum tier	 tier;
	struct persons	 who;
};
struct conf_rate {
	TAILQ_ENTRY(conf_rate) entry;
	int		 total;		/* else tier or who */
	enum tier	 tier;
	struct persons	 who;
	struct amount	 n;
	int		 builtin;
};
struct conf_spend {
	TAILQ_ENTRY(conf_spend) entry;
	int		 total;
	struct persons	 who;
	uint64_t	 microusd_day, tokens_day;	/* 0: none */
};
struct conf_rule {
	TAILQ_ENTRY(conf_rule) entry;
	enum access_verdict verdict;
	struct strlist	 tools;		/* empty: any */
	enum tier	 tier;		/* TIER_NONE: all */
	struct persons	 who;		/* empty: all */
	int		 tainted;
	uint32_t	 within_s;
	int		 builtin;	/* holds without a line in the file */
};
TAILQ_HEAD(conf_tiers, conf_tier);
TAILQ_HEAD(conf_rates, conf_rate);
TAILQ_HEAD(conf_spends, conf_spend);
TAILQ_HEAD(conf_rules, conf_rule);

struct conf_pattern { char *name, *regex; };
struct conf_filter {
	int		 present;
	struct conf_pattern *patterns;
	size_t		 npatterns;
	int		 entropy;
	double		 entropy_bits;
	uint32_t	 entropy_len;
	int		 observer;	/* -1: in the strict profile */
	char		*observer_model;
	uint32_t	 observer_ms;
	double		 observer_threshold;
	enum access_verdict observer_failure;
	enum access_verdict careful;	/* RV_ALLOW: off */
};

struct conf_price {
	char		*model;
	/* a token: */
	uint64_t	 in_nano, out_nano, cached_nano, written_nano;
};
struct conf_anthropic {
	int		 present;
	struct conf_secret key;
	int		 oauth;		/* key is a Bearer token */
	char		*login;
	char		*api;
	char		*ca;
	struct conf_price *prices;
	size_t		 nprices;
};

struct conf_agent {
	TAILQ_ENTRY(conf_agent) entry;
	enum scope	 scope;
	char		*workspace;
	struct strlist	 read, write, models, betas, resets;
	char		*prompt;
	int		 loop_claude;
	int		 global_session;
	uint32_t	 idle_s;
	uint32_t	 turn_ms, call_ms;
	uint32_t	 cpu_pct, processes;
	uint64_t	 memory, file, tmp, output;
	uint32_t	 per_minute, parallel;
	uint64_t	 microusd_day, tokens_day;
	char		*remote;	/* host, or NULL */
	char		*listen;	/* address, or NULL */
	uint16_t	 port;
	struct conf_secret key, peer, token;
};
TAILQ_HEAD(conf_agents, conf_agent);

#endif
