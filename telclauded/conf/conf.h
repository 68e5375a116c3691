/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The configuration as the parser leaves it: plain structs, no behaviour.
 * Made by a forked child and sent to the parent as text that parses to the
 * same (see confload.c); only the parent ever holds it.
 */
#ifndef CONF_CONF_H
#define CONF_CONF_H

#include "telclauded/conf/confpart.h"

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
	enum relay_profile	 profile;
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

#define CONF_TEXT_MAX	(1u << 20)	/* bytes of one file */

/* --- confload.c: find, parse, apply the environment ---------------------- */
struct conf_opts {
	const char	*file;		/* -f, or NULL: search */
	struct strlist	 macros;	/* -D name=value */
	int		 verbose;	/* -v: level wins over the file */
	char *const	*envp;		/* the environment to read (and wipe) */
	int		 check;		/* -n: a secret that cannot be had is
					 * a warning */
};
struct conf_notes {		/* lines for the log, "file:line: ..." */
	struct strlist	 errors, warnings;
	char		*path;		/* what was read */
};
/* Parses in this process.  NULL when there were errors (all in notes). */
struct conf	*conf_load(const struct conf_opts *, struct conf_notes *);
/* As conf_load(), in a forked child that exits; secrets come back as sealed
 * memfds in conf_secret.fd, never as bytes in this process. */
struct conf	*conf_load_isolated(const struct conf_opts *,
		    struct conf_notes *);
/* Text of conf_print() back to a configuration: no environment, no checks. */
struct conf	*conf_reparse(const char *, size_t, struct conf_notes *);
void		 conf_notes_free(struct conf_notes *);
/* --- conf.c ------------------------------------------------------------ */
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
