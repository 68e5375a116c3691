/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What the files of the agent share: settings, turns, calls and exchanges.
 * The agent builds requests, reads answers and asks for tools; it has no
 * network, executes nothing and holds no secret.
 */
#ifndef AGENT_H
#define AGENT_H

#include <sys/queue.h>

#include "engines/agent/calls.h"
#include "engines/agent/conv.h"
#include "engines/agent/reply.h"
#include "engines/agent/sse.h"
#include "imsg/link.h"

struct event;

/* --- agent.c ------------------------------------------------------------- */
#define UNREAD_MAX	(256u << 10)	/* of an answer, of a result */
#define MODELS_MAX	16
struct settings {
	struct msg_CONF_AGENT	 c;
	struct msg_CONF_MODEL	 models[MODELS_MAX];
	unsigned		 nmodels;
	char			*prompt;	/* the prompt file, or NULL */
};
const struct settings *settings(void);
const struct msg_CONF_MODEL *model_find(const char *);	/* NULL: no price */
struct link	*relay_link(void);		/* NULL while there is none */
struct link	*gate_link(void);
/* keep.c */
void		 keep_start(void);
void		 keep_pass(uint64_t wall);	/* remove what is too old */
void		 keep_stop(void);		/* before the store is closed */
void		 keep_on_copy(struct link *, const struct msg_COPY_MAKE *,
		    struct msg_meta *);
void		 agent_idle(void);	/* a turn ended: maybe tidy up */

/* --- tools.c ------------------------------------------------------------- */
enum tool	 tools_find(const char *name);	/* TOOL_NONE when not ours */
void		 tools_json(struct buf *, enum tier, uint32_t denied);

/* --- prompt.c ------------------------------------------------------------ */
#define PROMPT_MAX	65536		/* the prompt file; CLAUDE.md */
char		*prompt_file(int fd, char *why, size_t whylen);
/* Text blocks: what is the same for every chat, and what is not. */
void		 prompt_stable(struct buf *, const struct settings *);
void		 prompt_chat(struct buf *, int64_t chat, uint64_t wall,
		    int resumed);
/* Where files for the chat are put; outbox may be "". */
void		 prompt_outbox(struct buf *, const char *outbox, uint64_t conv,
		    enum tier);
int		 prompt_stale(int fresh);	/* CLAUDE.md is to be read */
void		 prompt_forget(void);	/* read CLAUDE.md again */
void		 prompt_claude_md(const char *, size_t, int is_error);

/* --- request.c ----------------------------------------------------------- */
#define MAX_TOKENS	32000
#define CACHED	",\"cache_control\":{\"type\":\"ephemeral\"}"
struct request {
	const char		*model;
	enum tier		 tier;
	uint32_t		 denied;	/* 1 << enum tool */
	uint32_t		 thinking;	/* tokens at most; 0: none */
	const char		*stable, *chat;	/* system texts */
	const struct conv	*conv;
};
int		 request_build(struct buf *, const struct request *);

/* --- cost.c -------------------------------------------------------------- */
void		 usage_add(struct usage *, const struct usage *);
uint64_t	 cost_microusd(const struct usage *,
		    const struct msg_CONF_MODEL *);

/* --- estimate.c ---------------------------------------------------------- */
void		 estimate_seen(struct conv *, const struct usage *);
/* Tokens the next request takes in; 0: nothing is known. */
uint64_t	 estimate_next(const struct conv *);

/* --- backoff.c, verdict.c ----------------------------------------------- */
uint32_t	 backoff_ms(unsigned tries, uint32_t retry_ms, uint32_t random);
enum verdict { V_RETRY, V_CONTEXT, V_FATAL };
/* What an HTTP status or an error type means, and the outcome it ends in. */
enum verdict	 verdict_status(unsigned status, const char *type,
		    const char *text, enum turn_outcome *);

/* --- context.c ----------------------------------------------------------- */
/* Make room: 1 something went, 0 nothing can go, -1 not written. */
int		 context_shrink(struct conv *);
#define CONTEXT_BYTES	(24u << 20)	/* the server takes 32 MB at most */

/* --- api.c: one exchange with the model server --------------------------- */
struct turn;
struct api;
int		 api_send(struct turn *, struct buf *body);	/* takes body */
void		 api_detach(struct turn *);	/* all was heard: let it end */
void		 api_abort(struct turn *);	/* no more of it */
void		 api_head(struct link *, const struct msg_API_HEAD *);
void		 api_done(const struct msg_API_DONE *);
void		 api_gate_lost(void);	/* its link is freed already */
unsigned	 api_running(void);

/* --- turn.c, round.c ----------------------------------------------------- */
enum tstate {
	TU_CONV,		/* another turn of the conversation runs */
	TU_PROMPT,		/* CLAUDE.md is being read */
	TU_SLOT,		/* waits for a request to be allowed */
	TU_HEAD,		/* the request is out */
	TU_STREAM,		/* the answer comes */
	TU_BACKOFF,		/* the server is to be left alone */
	TU_TOOLS,		/* calls run */
	TU_MAX
};
#define TURNS_MAX	512
#define TURN_TRIES	8		/* failures in a row */

struct turn {
	TAILQ_ENTRY(turn) entry;	/* by time of arrival */
	uint64_t	 id, convid;
	enum tier	 tier;
	uint32_t	 denied;	/* tools not to be offered */
	int		 resume;
	int64_t		 chat;
	char		 model[64];
	char		*prompt;
	size_t		 promptlen;
	enum tstate	 st;
	uint64_t	 waited;	/* order of those in TU_SLOT */
	struct conv	*conv;
	struct stream	*out;
	struct api	*api;
	struct reply	 reply;
	int		 replying;	/* reply and sse are in use */
	struct sse	 sse;
	struct calls	 calls;
	unsigned	 pending;	/* calls without result */
	unsigned	 atwork;	/* of them, those the relay has */
	struct usage	 used;
	uint32_t	 requests;	/* so many, and so many answers */
	unsigned	 tries;
	unsigned	 shrunk;	/* times in a row */
	uint64_t	 deadline;	/* of the turn */
	uint64_t	 paused;	/* since then its clock stands; or 0 */
	uint64_t	 due;		/* of its state; 0: none */
	struct event	*timer;
	int		 said;		/* text has been shown */
	int		 newpara;	/* the next text is another round's */
	int		 broken;	/* found in a callback; ends the turn */
	int		 quiet;		/* nobody is there to be told */
	unsigned	 pauses;
};
TAILQ_HEAD(turns, turn);
extern struct turns turns;

void		 turn_start(const struct msg_TURN_START *);
void		 turn_stop(uint64_t id);
void		 turn_pause(struct turn *, int on);	/* its clock */
struct turn	*turn_find(uint64_t id);
void		 turns_abort(void);		/* the relay is gone */
void		 turn_state(struct turn *, enum tstate, uint32_t ms);
void		 turn_alive(struct turn *);	/* bytes came */
void		 turn_note(struct turn *, enum turn_note, uint32_t wait_ms);
void		 turn_say(struct turn *, const char *, size_t);
/* Ends and frees it. */
void		 turn_end(struct turn *, enum turn_outcome, const char *, ...)
		    __attribute__((format(printf, 3, 4)));
void		 turn_called(struct turn *);	/* a result came */
void		 turns_forget(uint64_t conv);	/* end those of it */

/* round.c: one request and what follows from its answer. */
void		 round_request(struct turn *);	/* asks for a slot */
void		 round_send(struct turn *);	/* has one */
void		 round_bytes(struct turn *, const char *, size_t);
void		 round_cut(struct turn *, enum turn_outcome, uint32_t retry_ms,
		    const char *why);
void		 round_refused(struct turn *, unsigned status,
		    uint32_t retry_ms, const char *reqid, const char *, size_t);
void		 round_limited(struct turn *, const char *why);	/* no money */
void		 round_results(struct turn *);	/* all calls are answered */

/* --- resume.c ------------------------------------------------------------ */
#define CUT_BLOCK "{\"type\":\"text\",\"text\":\"[Your answer was cut "	\
	"off here by a broken connection. Go on exactly where it stops; " \
	"repeat nothing.]\"}"
int		 resume_prompt(struct turn *);

/* --- slot.c: how many requests at once, and a minute --------------------- */
uint32_t	 slot_wait(void);	/* ms until one is free; 0: now */
void		 slot_take(void);
void		 turns_kick(void);	/* one may be free: the next turn */

#endif
