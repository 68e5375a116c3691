/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What the store keeps of files: parts of albums until their turn is made,
 * what came with a turn, and turns whose files are being sent.
 */
#ifndef FILES_STOREFILES_H
#define FILES_STOREFILES_H

#include <stddef.h>
#include <stdint.h>

/* Strings are borrowed until the next call. */
struct album_row {
	int64_t		 id;		/* of the update */
	const char	*grp;
	int64_t		 chat, topic, user, msg;
	int		 group, addressed;
	const char	*name, *origin, *text, *files;
	int		 qwho, qpart;	/* what it answers: upd_quote */
	int64_t		 qmsg;
	const char	*qname, *qtext;	/* qtext NULL: it has none */
};
void	 store_album_add(const struct album_row *);
void	 store_album_del(int64_t id);
void	 store_album_all(void (*)(const struct album_row *, void *), void *);

void	 store_turn_files(uint64_t turn, const char *files, const char *text,
	    size_t len, uint32_t taint);
int	 store_conv_lives(uint64_t conv);	/* of some chat */
/* A turn that has not run yet, or runs, has brought it. */
int	 store_file_waits(const char *name);
int	 store_out_is_file(uint64_t row);

struct collect_row {
	uint64_t	 turn, conv;
	int64_t		 chat, topic, reply;
	uint64_t	 since;		/* wall clock: nothing older is its */
	uint64_t	 at;		/* nor younger: its end */
};
void	 store_collect_add(const struct collect_row *);
void	 store_collect_del(uint64_t turn);	/* with what it remembers */
void	 store_collect_all(void (*)(const struct collect_row *, void *),
	    void *);
/* This file of that turn is in the queue of messages already. */
void	 store_collected(uint64_t turn, const char *src);
int	 store_collected_has(uint64_t turn, const char *src);

#endif
