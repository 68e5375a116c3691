/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The insides of collecting, shared by collect.c (whose files, in which
 * order) and collectio.c (the outbox as a hostile directory).
 */
#ifndef FILES_COLLECT_H
#define FILES_COLLECT_H

#include <sys/queue.h>

#include <limits.h>

#include "telclauded/lib/util.h"
#include "engines/relay/files/files.h"
#include "engines/relay/files/spool.h"
#include "engines/relay/files/storefiles.h"

struct found {
	char		 dir[NAME_MAX + 1];	/* one below, or "" */
	char		 name[NAME_MAX + 1];
	uint64_t	 mtime;		/* ns */
	uint64_t	 ino, size;
	int		 refused;
};

struct collect {
	TAILQ_ENTRY(collect) entry;
	struct collect_row r;
	struct found	 f[TURN_OUT_MAX];
	unsigned	 n, i, more;
	unsigned	 looked;	/* names, in all */
	unsigned	 deep;		/* directories not looked into */
	unsigned	 nsaid;		/* that are not sent ... */
	struct buf	 said;		/* ... and why: lines */
	int		 wait;		/* for the disk */
	int		 in;		/* the one under way */
	struct spool	 spool;
};

enum collect_step { CS_MORE, CS_QUEUED, CS_NOT };

void	 collect_refused(struct collect *, const char *name, const char *why);
void	 collectio_list(struct collect *);
/* When the youngest thing was changed that is there now; or 0. */
uint64_t collectio_youngest(uint64_t conv);
enum collect_step collectio_step(struct collect *);
void	 collectio_unlink(struct collect *);	/* the original */
void	 collectio_close(struct collect *);

#endif
