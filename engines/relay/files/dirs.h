/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The relay's directories of files, each held open: everything is reached
 * from there, by one name at a time, and no link is followed.
 */
#ifndef FILES_DIRS_H
#define FILES_DIRS_H

#include <sys/types.h>

#include <stdint.h>

struct stat;

struct file_dirs {
	int		 in;		/* the inbox: one a conversation */
	int		 fresh;		/* in it: of no conversation yet */
	int		 out;		/* the outbox, the same way */
	int		 spool;		/* ours alone: what is being sent */
	uint64_t	 in_bytes;	/* of all inboxes, about */
	uint64_t	 spool_bytes;
};
extern struct file_dirs	dirs;

#define CONV_NAME	17
const char	*conv_name(uint64_t conv, char dst[CONV_NAME]);
/* Its directory in the inbox, made when it is not there; or -1. */
int		 dirs_inbox(uint64_t conv);
/* Opens a directory below another, never through a link. */
int		 dirs_open(int at, const char *name);
/* Bytes of the files in it; a bounded look. */
uint64_t	 dirs_bytes(int at, const char *name);
/* A name nobody can guess: "<ms>-<16 hex>". */
void		 dirs_name(char *dst, size_t size);
/* Each name in it, not "." and ".."; the callback ends it with 1. */
int		 dirs_each(int fd, int (*)(int fd, const char *, void *),
		    void *);

/* When it was last changed, ms: nobody can set that. */
uint64_t	 stat_changed(const struct stat *);

/* --- reap.c: removes in small steps, beside everything else -------------- */
void		 reap_all(int at, const char *name);	/* and itself */
/* What was last changed before that time; not what lies too deep. */
void		 reap_old(int at, const char *name, uint64_t before_ms);

#endif
