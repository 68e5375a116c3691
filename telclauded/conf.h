/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The configuration as the parser leaves it: plain structs, no behaviour.
 * Made by a forked child and sent to the parent as text that parses to the
 * same (see confload.c); only the parent ever holds it.
 */
#ifndef CONF_H
#define CONF_H

#include <sys/queue.h>
#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "imsg/msg.h"

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

enum profile { PROFILE_SIMPLE, PROFILE_STRICT, PROFILE_TEST };
enum log_target { LOGT_SYSLOG, LOGT_STDERR, LOGT_FILE };
enum stream_mode { STREAM_DRAFT, STREAM_EDIT, STREAM_OFF };
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
	enum stream_mode stream;
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
enum rule_verdict { RULE_ALLOW, RULE_ASK, RULE_ASK_CODE, RULE_DENY };
struct conf_rule {
	TAILQ_ENTRY(conf_rule) entry;
	enum rule_verdict verdict;
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
	int		 observer;
	char		*observer_model;
	uint32_t	 observer_ms;
	double		 observer_threshold;
	enum rule_verdict observer_failure;
};

struct conf_price {
	char		*model;
	uint64_t	 in_nano, out_nano, cached_nano, written_nano; /* a token */
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

struct conf_private {
	TAILQ_ENTRY(conf_private) entry;
	char		*label, *description;
	struct strlist	 hosts;		/* names, addresses, prefixes */
	uint16_t	*ports;
	size_t		 nports;
};
struct conf_domain {
	TAILQ_ENTRY(conf_domain) entry;
	int		 deny;
	int		 builtin;	/* `default' */
	struct strlist	 names;
	uint16_t	*ports;
	size_t		 nports;
};
TAILQ_HEAD(conf_privates, conf_private);
TAILQ_HEAD(conf_domains, conf_domain);
struct conf_firewall {
	int		 off;		/* TELCLAUDE_FIREWALL=0, accepted */
	enum netmode	 mode;
	int		 ipv6_open;
	struct strlist	 resolvers;	/* empty: resolv.conf */
	struct conf_domains domains;
	struct conf_privates privates;
	struct strlist	 internal;
	uint32_t	 internal_retry, internal_delay_ms;
};

struct conf_provider {
	TAILQ_ENTRY(conf_provider) entry;
	char		*id, *url, *ca, *description;
	struct strlist	 services;
};
TAILQ_HEAD(conf_providers, conf_provider);

struct conf_media_kind {
	int		 present;
	char		*provider, *model, *language, *voice, *size, *quality;
	struct strlist	 program;
	uint32_t	 timeout_ms;
	double		 speed;
	struct amount	 quota;
};
struct conf_media {
	int		 present;
	char		*inbox, *outbox;
	struct conf_media_kind transcribe, image, speech;
	int		 video;
	uint32_t	 video_frames, video_every_ms, video_first_s;
	int		 video_audio;
	struct amount	 video_quota;
};

struct conf {
	enum profile	 profile;
	char		*state, *runtime, *control_group;
	int		 log_level;	/* enum log_level */
	enum log_target	 log_target;
	char		*log_arg;	/* facility or path */
	char		*audit_file;
	uint32_t	 audit_seal_s;
	int		 audit_report;
	uint32_t	 keep_transcripts_s, keep_audit_s, keep_media_s;
	uint32_t	 keep_backups;
	struct conf_telegram telegram;
	struct conf_tiers tiers;
	struct conf_rates rates;
	struct conf_spends spends;
	struct conf_rules rules;
	struct conf_filter filter;
	struct conf_anthropic anthropic;
	struct conf_agents agents;
	struct {
		int		 present;
		struct conf_secret key;
		uint32_t	 every_s;
	} moltbook;
	struct {
		int		 present;
		struct conf_secret key;
		char		*remote, *listen;
		uint32_t	 session_s;
	} totp;
	struct {
		int		 present;
		struct conf_secret key;
	} vault;
	struct conf_firewall firewall;
	struct conf_providers providers;
	struct conf_media media;
	struct {
		int		 present;
		struct conf_secret key;
		char		*api;
	} openai;
};

/* --- confload.c: find, parse, apply the environment ---------------------- */
struct conf_opts {
	const char	*file;		/* -f, or NULL: search */
	struct strlist	 macros;	/* -D name=value */
	int		 verbose;	/* -v: level wins over the file */
	char *const	*envp;		/* the environment to read (and wipe) */
	int		 check;		/* -n: a secret that cannot be had is
					 * a warning */
};
struct conf_notes {			/* lines for the log, "file:line: ..." */
	struct strlist	 errors, warnings;
	char		*path;		/* what was read */
};
/* Parses in this process.  NULL when there were errors (all in notes). */
struct conf	*conf_load(const struct conf_opts *, struct conf_notes *);
/* As conf_load(), in a forked child that exits; secrets come back as sealed
 * memfds in conf_secret.fd, never as bytes in this process. */
struct conf	*conf_load_isolated(const struct conf_opts *,
		    struct conf_notes *);
void		 conf_notes_free(struct conf_notes *);
/* --- conf.c ----------------------------------------------------------------- */
struct conf	*conf_new(void);	/* defaults; NULL without memory */
void		 conf_free(struct conf *);
struct conf_agent *conf_agent_new(enum scope);	/* with defaults */
const struct conf_agent *conf_agent_find(const struct conf *, enum scope);
/* --- confprint.c: text that parses to the same; literal secrets as
 * "literal" only when secrets is set -------------------------------------- */
char		*conf_print(const struct conf *);	/* malloc'd */
/* --- confjson.c: telclaude.json to native text; warnings by path -------- */
char		*conf_from_json(const char *json, size_t len, const char *name,
		    struct conf_notes *);

#endif
