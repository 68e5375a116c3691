/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Files that came with a message, as a plain list: what the sender says of
 * them, and what was found when they were fetched.  Pure; nothing the sender
 * says is trusted for more than being shown.
 */
#ifndef FILES_ATTACH_H
#define FILES_ATTACH_H

#include <stddef.h>
#include <stdint.h>

struct buf;
struct json_t;

#define ATTACH_MAX	10		/* of one turn: an album has no more */
#define ATTACH_ID	256
#define ATTACH_NAME	96		/* bytes, as shown */
#define ATTACH_FILE	48		/* "<ms>-<16 hex><ext>" */

/* kind, field of a message, in words */
#define ATTACH_KINDS(K)							\
	K(PHOTO, "photo", "photo")					\
	K(ANIMATION, "animation", "animation")				\
	K(DOCUMENT, "document", "document")				\
	K(VOICE, "voice", "voice message")				\
	K(VIDEO, "video", "video")					\
	K(AUDIO, "audio", "audio file")					\
	K(VIDEO_NOTE, "video_note", "video message")			\
	K(STICKER, "sticker", "sticker")

enum attach_kind {
#define K(id, field, words)	AT_##id,
	ATTACH_KINDS(K)
#undef K
	AT_MAX
};

struct attach {
	enum attach_kind kind;
	int64_t		 msg;			/* that it came with, or 0 */
	char		 id[ATTACH_ID];		/* file_id: to fetch it by */
	char		 name[ATTACH_NAME];	/* cleaned, or "" */
	int64_t		 size;			/* as said; 0 unknown */
	uint32_t	 seconds;		/* of sound and film */
	/* once fetched */
	char		 file[ATTACH_FILE];	/* in the inbox, or "" */
	char		 type[16];		/* name of its enum ftype */
	char		 why[160];		/* why it is not there, or "" */
};

const char	*attach_words(enum attach_kind);
const char	*attach_field(enum attach_kind);
/* What may be shown in one line, as a file's name: no path, no quotes, no
 * brackets, no control, direction or invisible characters. */
void		 attach_clean(char *dst, size_t size, const char *);
int		 attach_id_ok(const char *);
/* A list as JSON, and back: how many, at most max; -1: not such a list. */
int		 attach_encode(const struct attach *, unsigned, struct buf *);
int		 attach_decode(const char *, struct attach *, unsigned max);
/* "34 kB" */
const char	*attach_size(int64_t, char *, size_t);

#endif
