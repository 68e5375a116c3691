/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * fakeapi, the Messages API: what its files share.
 */
#ifndef API_H
#define API_H

#include "regress/fakes/fake.h"

struct usage {
	int64_t	 in, read, written, out;
};

/* api_check.c, api_blocks.c: 0, or -1 and why, in the real server's words */
int	 api_check(const json_t *body, char *why, size_t);
int	 api_messages_check(const json_t *msgs, char *why, size_t);
int	 api_system_check(const json_t *v, char *why, size_t);
int	 api_cache_control(const json_t *block, char *why, size_t);
extern unsigned	 api_breakpoints;	/* seen by the check under way */
/* api_cache.c */
void	 api_usage(const json_t *body, struct usage *);
uint64_t api_hash(uint64_t, const void *, size_t);
#define API_HASH0	14695981039346656037ULL
/* api_issue.c: ids and signatures this server gave out */
void	 api_id(char *, size_t, const char *prefix);
void	 api_issued(const json_t *block);
int	 api_issued_same(const json_t *block);
void	 api_signature(const char *thinking, char *, size_t);
/* api_script.c: the reply, a rule's object; always something */
json_t	*api_script(const json_t *body);
void	 api_rules_set(json_t *);
void	 api_rules_add(json_t *);
size_t	 api_rules_left(void);
/* api_stream.c */
void	 api_answer(struct req *, const json_t *body, json_t *rule);
extern int	 api_active, api_active_max;
extern uint64_t	 api_requests, api_finished;
/* api_control.c */
json_t	*api_control(const char *, json_t *, int *);
int	 api_ready(json_t *, json_t **);
extern char	*api_key;
extern json_t	*api_last;		/* last body */

#endif
