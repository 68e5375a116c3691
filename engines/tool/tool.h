/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What the tools share: the call, its typed arguments, its answer, files.
 * Linked by the program `tool' alone, which runs one call as the owner of
 * the workspace behind every wall and ends.
 */
#ifndef TOOL_H
#define TOOL_H

#include <sys/types.h>

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "imsg/job.h"
#include "telclauded/lib/util.h"

#define TOOL_JOB_FD	3
#define TOOL_OUT_FD	4
#define TOOL_LIFE_FD	5
#define TOOL_OOM_FD	6	/* counts out-of-memory kills */
#define TOOL_FETCH_FD	7	/* the program for WebFetch, to be run */

/* Where the walls stand, from the parent's arguments. */
struct place {
	int		 namespaces;	/* we are init of a pid namespace */
	enum tier	 tier;
	const char	*home, *tmp;
	const char	*workspace;
	char *const	*paths;		/* [rw][fd]/path ... NULL */
	uint16_t	 ports[4];	/* without namespaces: all that TCP
					 * may connect to */
	size_t		 nports;
	void		(*landlocked)(void);	/* may be NULL: before the
						 * filter */
};

struct call {
	const struct place *place;
	enum tool	 tool;
	uint32_t	 time_ms;
	size_t		 output_max;
	uint64_t	 start_ms;
	json_t		*args;
	char		 cwd[JOB_MAXCWD + 1];	/* reported at the end */
	char		 note[256];	/* what the text does not say */
};

/* --- confine.c --------------------------------------------------------- */
int	 confine(const struct place *);		/* 0, or -1 and logged */
void	 place_parse(struct place *, int argc, char **argv);
void	 place_mode(struct place *, const char *);

/* --- selftest.c --------------------------------------------------------- */
/* Does not come back when the parent asks for a twin. */
void	 selftest_maybe(int argc, char **argv);

/* --- frames.c: the only writer of descriptor 4 ------------------------- */
/* The answer.  The head goes out with the first byte or the end. */
void	 out_begin(struct call *, int is_error, enum out_kind,
	    const char *mime);
void	 out_write(struct call *, const void *, size_t);	/* unbounded */
void	 out_flush(void);
void	 out_end(struct call *, int is_error, enum run_outcome)
	    __attribute__((noreturn));
/* A whole answer that is an error of the call, in words for the model. */
void	 fail(struct call *, const char *, ...)
	    __attribute__((noreturn, format(printf, 2, 3)));

/* --- bound.c: text within output_max, cut in the middle ---------------- */
struct bound {
	struct call	*call;
	size_t		 head_left;	/* goes out at once */
	char		*ring;		/* the last bytes seen after that */
	size_t		 size, fill, at;
	uint64_t	 total, sent;
};
void	 bound_init(struct bound *, struct call *, size_t max);
void	 bound_add(struct bound *, const void *, size_t);
void	 bound_finish(struct bound *);

/* --- args.c ------------------------------------------------------------ */
enum arg_type { ARG_STRING, ARG_INT, ARG_BOOL, ARG_ARRAY };
struct arg {
	const char	*name;
	enum arg_type	 type;
	int		 required;
};
/* Fails the call unless its arguments are just these. */
void	 args_check(struct call *, const struct arg *, size_t);
const char *arg_string(struct call *, const char *name, size_t *len);
int64_t	 arg_int(struct call *, const char *name, int64_t dflt, int64_t min,
	    int64_t max);
int	 arg_bool(struct call *, const char *name, int dflt);
/* A path: no NUL, not empty, not absurdly long. */
const char *arg_path(struct call *, const char *name);
/* Why a table does not accept an object; 0 or -1. */
int	 args_judge(json_t *, const struct arg *, size_t, char *why, size_t);

/* --- files.c ----------------------------------------------------------- */
#define FILE_TEXT_MAX	(64u << 20)
/* A regular file, not blocking on others; fails the call. */
int	 file_open(struct call *, const char *path, off_t *size);
char	*file_load(struct call *, const char *path, size_t *len, mode_t *);
/* Replaces or creates atomically, keeping the mode; fails the call. */
void	 file_replace(struct call *, const char *path, const void *, size_t,
	    int *created);
int	 is_binary(const char *, size_t);

/* --- match.c ----------------------------------------------------------- */
/* git's wildmatch: * and ? stop at a slash, ** does not, [classes], \x. */
int	 match_path(const char *pattern, const char *path);
/* {a,b} alternatives expanded; NULL-ended, or NULL when too many. */
char	**match_braces(const char *pattern);
void	 match_free(char **);

/* --- gitignore.c ------------------------------------------------------- */
struct ignore;
/* Rules of one directory, on top of those of the ones above it. */
struct ignore *ignore_parse(struct ignore *above, const char *dir,
	    const char *text, size_t len);
struct ignore *ignore_load(struct ignore *above, int dirfd, const char *dir);
void	 ignore_free_one(struct ignore *);
void	 ignore_free(struct ignore *);
int	 ignore_match(const struct ignore *, const char *path, int is_dir);

/* --- walk.c ------------------------------------------------------------ */
struct walk_entry {
	const char	*path;		/* as the user would write it */
	const char	*rel;		/* below the start */
	int		 dirfd;
	const char	*name;
};
/* Regular files below start in order of name, without the ignored; fn
 * returns 1 to stop. */
typedef int (*walk_fn)(const struct walk_entry *, void *);
int	 walk(struct call *, const char *start, walk_fn, void *);

/* --- hits.c ------------------------------------------------------------ */
struct hit {
	const char	*path;		/* once sorted */
	size_t		 at;
	struct timespec	 mtime;
};
struct hits {
	struct hit	*v;
	size_t		 n;
	struct buf	 paths;
};
int	 hits_add(struct hits *, const char *path, const struct timespec *);
void	 hits_sort(struct hits *);	/* the newest first */

/* --- one file a tool --------------------------------------------------- */
void	 tool_read(struct call *) __attribute__((noreturn));
void	 tool_write(struct call *) __attribute__((noreturn));
void	 tool_edit(struct call *) __attribute__((noreturn));
void	 tool_multiedit(struct call *) __attribute__((noreturn));
void	 tool_glob(struct call *) __attribute__((noreturn));
void	 tool_grep(struct call *) __attribute__((noreturn));
void	 tool_bash(struct call *) __attribute__((noreturn));
void	 tool_webfetch(struct call *) __attribute__((noreturn));

#endif
