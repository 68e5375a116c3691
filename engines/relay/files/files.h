/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Files that people send, and files that tools made for them.
 */
#ifndef FILES_FILES_H
#define FILES_FILES_H

#include <stddef.h>
#include <stdint.h>

#include "engines/relay/route.h"
#include "engines/relay/store/store.h"

struct attach;
struct buf;
struct lane;
struct outmsg;
struct settings;
struct turn;
struct update;

#define FILE_IN_MAX	(20u << 20)	/* the Bot API gives no larger ones */
#define TURN_IN_MAX	(50u << 20)	/* all that came with one message */
#define CONV_IN_MAX	(200u << 20)	/* of a conversation */
#define ALL_IN_MAX	(2ull << 30)	/* of all */
#define FILE_OUT_MAX	(10u << 20)	/* more cannot be looked through */
#define TURN_OUT_MAX	10		/* files of one turn */
#define SPOOL_MAX	(512ull << 20)	/* all that wait to be sent */

/* --- files.c: the directories --------------------------------------------- */
/* Before the cage: opens them; 0, or -1 logged. */
int		 files_open(const struct settings *);
void		 files_start(void);	/* at START: what the last run left */
/* A look at both clocks in ms, each half hour: what is older than is kept goes,
 * but not what a waiting message has brought. */
void		 files_sweep(uint64_t mono, uint64_t wall);
void		 files_conv_end(uint64_t conv);	/* nothing of it is needed */
/* 1 when a reload may go on with these directories. */
int		 files_same(const struct settings *, const struct settings *);

/* --- album.c ------------------------------------------------------------- */
void		 album_add(const struct update *);
void		 album_flush(const struct update *);
void		 album_restore(void);

/* --- fetch.c ------------------------------------------------------------- */
enum passed	 fetch_pass(struct turn *);	/* a step of the route */
unsigned	 fetch_drop(struct lane *);	/* all of it; how many */

/* --- note.c: what the model reads of files ------------------------------- */
/* The turn's text with a line a file; in its place. */
void		 note_files(struct turn *, const struct attach *, unsigned n);
/* At the start: files into the conversation's inbox; the whole prompt. */
void		 files_begin(struct turn *);
void		 files_prompt(const struct turn *, struct buf *);

/* --- collect.c: after a turn, what its tools left in the outbox ---------- */
void		 files_after(struct turn *, enum turn_row_state);
void		 collect_restore(void);
int		 collect_runs(uint64_t conv);

/* --- send.c -------------------------------------------------------------- */
/* Sends bytes as a document called name, with m's text as its caption, in the
 * order of the outbox.  They were filtered already.  -1: cannot be sent. */
int		 file_send_bytes(const struct outmsg *m, const char *name,
		    const void *, size_t);

#endif
