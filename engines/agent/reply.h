/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * One answer of the model, put together from its events: blocks, usage, stop
 * reason.  Run by the agent; the events are hostile, everything is bounded.
 */
#ifndef AGENT_REPLY_H
#define AGENT_REPLY_H

#include "imsg/job.h"
#include "telclauded/lib/util.h"

#define REPLY_BLOCKS	512
#define REPLY_BYTES	(12u << 20)	/* all blocks together */
#define REPLY_TOOLS	128
#define REPLY_INPUT	JOB_MAXARGS	/* of one tool call */

enum blk_type {
	BLK_TEXT,
	BLK_THINKING,
	BLK_REDACTED,
	BLK_TOOL,		/* a call for us */
	BLK_SERVER,		/* a call the server answers itself */
	BLK_RAW,		/* its answer, kept as it came */
	BLK_SKIP		/* of no kind we know */
};

struct blk {
	enum blk_type	 type;
	int64_t		 index;
	int		 open;
	int		 bad;		/* input is not a JSON object */
	struct buf	 text;		/* text, thinking, input, raw block */
	struct buf	 aux;		/* signature; citations, with commas */
	char		*id, *name;
};

struct usage {
	uint64_t	 in, out, cached, written;
	uint32_t	 searches;
};

enum stop_reason { SR_NONE, SR_END, SR_TOOL, SR_MAX_TOKENS, SR_PAUSE,
    SR_REFUSAL, SR_CONTEXT, SR_SEQUENCE, SR_OTHER };

struct reply_cb {
	void	(*text)(void *, const char *, size_t);
	void	(*thinking)(void *);
	void	(*search)(void *);
	/* A call of ours is complete. */
	void	(*tool)(void *, const struct blk *);
};

struct reply {
	struct blk	*b;
	unsigned	 n, cap, tools;
	size_t		 bytes;
	int		 started;
	int		 stopped;	/* message_stop */
	int		 failed;	/* error event, or not the protocol */
	enum stop_reason stop;
	struct usage	 use;
	char		 errtype[64];
	char		 errmsg[256];
	const struct reply_cb *cb;
	void		*ctx;
};

void	 reply_init(struct reply *, const struct reply_cb *, void *);
void	 reply_free(struct reply *);
/* The data of one event; 1 when nothing more is wanted: stopped or failed. */
int	 reply_event(struct reply *, const char *, size_t);
/*
 * Adds the JSON array of the blocks that may go back to the server.  Returns
 * how many there are (the array is then never empty), or -1 without memory.
 * An open text block counts; a search without answer only after pause_turn.
 */
int	 reply_content(const struct reply *, struct buf *);
int	 reply_input_ok(const struct buf *);	/* an object, of modest depth */
int	 reply_calls(const struct reply *);	/* complete BLK_TOOL */

#endif
