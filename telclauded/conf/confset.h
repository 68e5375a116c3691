/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What the grammar calls: from words to values.
 */
#ifndef CONF_CONFSET_H
#define CONF_CONFSET_H

#include "telclauded/conf/conf.h"

struct parse;
struct seen;
struct where;
struct word;

/* --- confval.c: a word to a value; the key is checked for repeats ------ */
/* A key is remembered within its block; "#key" within its statement. */
int	 conf_once(struct parse *, const struct where *, const char *key);
const struct seen *conf_seen(const struct parse *, const char *key);
void	 conf_secs(struct parse *, const struct word *, const char *key,
	    uint32_t *, uint32_t min, uint32_t max);
void	 conf_msecs(struct parse *, const struct word *, const char *key,
	    uint32_t *, uint32_t min, uint32_t max);
void	 conf_count(struct parse *, const struct word *, const char *key,
	    uint32_t *, uint32_t min, uint32_t max);
void	 conf_percent(struct parse *, const struct word *, const char *key,
	    uint32_t *, uint32_t min, uint32_t max);
void	 conf_size(struct parse *, const struct word *, const char *key,
	    uint64_t *, uint64_t min);
void	 conf_decimal(struct parse *, const struct word *, const char *key,
	    double *, double min, double max);
void	 conf_usd(struct parse *, const struct word *, const char *key,
	    uint64_t *, unsigned digits);
void	 conf_per_day(struct parse *, const struct word *, const char *key,
	    uint64_t *, int usd);
void	 conf_amounts(struct parse *, const struct word *, const char *key,
	    struct amount *);
int	 conf_int64(const char *, int64_t *);
int	 conf_number(const char *, uint64_t *, const char **rest);
/* --- confstr.c: strings with a meaning --------------------------------- */
enum strkind { STR_TEXT, STR_PATH, STR_URL, STR_NAME, STR_ENV, STR_HOST,
    STR_DOMAIN,
    STR_MODEL, STR_WORD };
int	 conf_strcheck(enum strkind, const char *, const char **why);
void	 conf_string(struct parse *, const struct word *, const char *key,
	    char **, enum strkind);
void	 conf_strings(struct parse *, struct word *, const char *key,
	    struct strlist *, enum strkind);
int	 conf_isaddr(const char *, int prefix);	/* 4, 6 or 0 */
/* --- confset.c, confblock.c: what the grammar calls -------------------- */
void	 conf_flag(struct parse *, const struct where *, const char *key,
	    int *, int);
void	 conf_later(struct parse *, const struct where *, const char *);
void	 conf_block(struct parse *, const struct where *, const char *,
	    int *present);
void	 conf_secret_set(struct parse *, const struct where *, const char *key,
	    struct conf_secret *, const struct word *);
struct word *conf_word(struct parse *, const struct where *, const char *);
struct word *conf_source(struct word *, enum secret_src);
struct word *conf_chain(struct word *, struct word *);
void	 conf_profile(struct parse *, const struct where *, enum relay_profile);
void	 conf_stream(struct parse *, const struct where *, enum relay_stream);
void	 conf_within(struct parse *, const struct word *);
void	 conf_chats(struct parse *, const struct word *);
void	 conf_people(struct parse *, const struct word *, struct persons *,
	    int any);
void	 conf_loglevel(struct parse *, const struct where *, int);
void	 conf_logto(struct parse *, const struct where *, enum log_target,
	    const struct word *);
void	 conf_tier(struct parse *, const struct where *, enum tier,
	    const struct word *);
void	 conf_rate(struct parse *, const struct where *, int total, enum tier,
	    const struct word *, const struct word *);
void	 conf_spend(struct parse *, const struct where *, int total,
	    const struct word *);
void	 conf_rule_new(struct parse *, enum access_verdict);
void	 conf_rule_end(struct parse *, const struct word *);
void	 conf_pattern(struct parse *, const struct word *,
	    const struct word *);
void	 conf_price(struct parse *, const struct word *);
void	 conf_price_end(struct parse *, const struct where *);
void	 conf_agent(struct parse *, const struct where *, enum scope);
void	 conf_port(struct parse *, const struct word *, const char *key,
	    uint16_t *);
void	 conf_requests(struct parse *, const struct word *);
void	 conf_resolvers(struct parse *, const struct word *);
void	 conf_domain(struct parse *, const struct where *, int deny,
	    const struct word *);
void	 conf_ports(struct parse *, const struct word *, uint16_t **,
	    size_t *);
void	 conf_private(struct parse *, const struct word *);
void	 conf_hosts(struct parse *, const struct word *);
void	 conf_private_end(struct parse *, const struct where *);
void	 conf_provider(struct parse *, const struct word *);
void	 conf_agent_spend(struct parse *, const struct where *);
void	 conf_listen_any(struct parse *, const struct where *);
void	 conf_mode(struct parse *, const struct where *, enum netmode, int off);
void	 conf_kind(struct parse *, const struct where *,
	    struct conf_media_kind *);
void	 conf_kind_by(struct parse *, const char *, struct word *);
void	 conf_video(struct parse *, const struct where *, int);

#endif
