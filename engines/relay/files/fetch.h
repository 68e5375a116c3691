/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The insides of fetching, shared by fetch.c (whose turn it is) and fetchio.c
 * (one file from the Bot API to the inbox).
 */
#ifndef FILES_FETCH_H
#define FILES_FETCH_H

#include <sys/queue.h>

#include "engines/relay/files/attach.h"
#include "engines/relay/files/sniff.h"

struct api_call;
struct event;
struct turn;

struct fetch {
	TAILQ_ENTRY(fetch) entry;
	struct turn	*t;
	struct attach	 v[ATTACH_MAX];
	unsigned	 n, i;		/* all, the one under way */
	int		 going;
	uint64_t	 began;		/* monotonic */
	uint64_t	 total;		/* bytes so far, of all */
	/* the one under way */
	struct api_call	*call;
	struct event	*timer;
	unsigned	 tries, waits;	/* those that cost, and that do not */
	int		 fd;
	char		 base[ATTACH_FILE];	/* of its name */
	int64_t		 said;		/* size, by getFile */
	uint64_t	 got;
	int		 broken;	/* errno of writing */
	struct sniff	 sniff;
};

void	 fetch_next(struct fetch *);	/* from f->i on; f may be gone */
void	 fetch_save(struct fetch *);
#define FETCH_TURN_MS	300000	/* for all files of a turn */
void	 fetchio_ask(struct fetch *);
void	 fetchio_stop(struct fetch *);	/* nothing more comes */

#endif
