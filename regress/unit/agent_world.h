/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * A world around the agent's own code: a relay and a gate at the far ends of
 * real links, driven by a script.  Every request is checked as the server
 * would check it.  Used by t_agent.c.
 */
#ifndef AGENT_WORLD_H
#define AGENT_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>

#include "engines/agent/agent.h"
#include "imsg/link.h"

/* What the far gate answers to the next requests, in order. */
struct answer {
	unsigned	 status;	/* 0: API_DONE with an error, no head */
	uint32_t	 retry_ms;
	const char	*body;
	int		 cut;		/* API_DONE tells of a broken stream */
	int		 hold;		/* say nothing after the body */
	int		 limit;		/* status 0: it would pass a ceiling */
	size_t		 piece;		/* bytes a message; 0: all */
};
#define ANSWERS		64

/* What the far relay answers to a tool call with these words in its args. */
struct outcome {
	const char	*args;
	int		 is_error;
	uint8_t		 kind;
	const char	*mime;
	const char	*out;
	size_t		 len;		/* 0: strlen(out) */
	int		 never;
};

struct world {
	struct event_base *base;
	struct link	*relay, *gate;		/* the agent's ends */
	struct link	*frelay, *fgate;	/* the far ends */
	struct settings	 set;
	struct answer	 answers[ANSWERS];
	unsigned	 nanswers, nrequests;
	const struct outcome *outcomes;
	unsigned	 noutcomes;
	json_t		*reqs[256];		/* bodies as they came */
	uint32_t	 apireq;
	uint64_t	 tokens_in;		/* the last estimate */
	int		 aborts;
	/* the turn: */
	int		 begun, done;
	struct buf	 text;
	int		 textend;
	struct msg_TURN_DONE end;
	char		 why[600];
	unsigned	 ndone;
	unsigned	 notes[TN_MAX];
	/* tool calls: */
	unsigned	 ncalls, ninternal;
	char		*args[256];
	uint8_t		 tools[256];
	uint32_t	 callids[256];
	int		 invalid;		/* requests it would refuse */
	char		 invalidwhy[256];
	char		 dir[64];
};
extern struct world w;

int	 world_setup(void **);
int	 world_teardown(void **);
void	 world_fresh(void);		/* forget the script and the records */
void	 world_answer(unsigned status, const char *body);
struct answer *world_last(void);
void	 world_start(uint64_t turn, uint64_t conv, const char *prompt);
void	 world_run(int (*)(void), int ms);	/* until it says so, or fail */
int	 world_turn_done(void);
/* A turn from start to end. */
void	 world_turn(uint64_t turn, uint64_t conv, const char *prompt);
void	 world_far(enum proc, int fd);	/* the far end alone */
void	 world_relink(enum proc);	/* that peer dies and comes back */
void	 world_restart(void);		/* the agent dies and comes back */
/* The text of all "text" blocks of message i (negative: from the end) of the
 * last request; the role's first letter before it. */
const char *world_message(int);
json_t	*world_request(void);		/* the last one */

/* Pieces of answers. */
const char *sse(const char *, ...);	/* joins event JSON up to NULL */
#define E_START	"{\"type\":\"message_start\",\"message\":{\"usage\":"	\
		"{\"input_tokens\":100,\"cache_read_input_tokens\":2000," \
		"\"cache_creation_input_tokens\":300,\"output_tokens\":1}}}"
#define E_TEXT(i) "{\"type\":\"content_block_start\",\"index\":" #i ","	\
		"\"content_block\":{\"type\":\"text\",\"text\":\"\"}}"
#define E_SAY(i, s) "{\"type\":\"content_block_delta\",\"index\":" #i "," \
		"\"delta\":{\"type\":\"text_delta\",\"text\":\"" s "\"}}"
#define E_TOOL(i, id, name) "{\"type\":\"content_block_start\",\"index\":" #i \
		",\"content_block\":{\"type\":\"tool_use\",\"id\":\"" id \
		"\",\"name\":\"" name "\",\"input\":{}}}"
#define E_ARGS(i, s) "{\"type\":\"content_block_delta\",\"index\":" #i "," \
		"\"delta\":{\"type\":\"input_json_delta\","		\
		"\"partial_json\":\"" s "\"}}"
#define E_END(i) "{\"type\":\"content_block_stop\",\"index\":" #i "}"
#define E_STOP(why) "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":" \
		"\"" why "\"},\"usage\":{\"output_tokens\":50}}"
#define E_DONE	"{\"type\":\"message_stop\"}"
#define E_PING	"{\"type\":\"ping\"}"

/* request_check.c: NULL, or what the server would say. */
const char *request_check(const json_t *);

#endif
