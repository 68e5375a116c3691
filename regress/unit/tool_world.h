/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Runs one tool function in a child and gives back what it answered.
 */
#ifndef TOOL_WORLD_H
#define TOOL_WORLD_H

#include "engines/runner/parse.h"

struct answer {
	int		 exited;	/* its exit status, -1 a signal */
	int		 head_error, kind;
	char		 mime[64];
	char		*text;
	size_t		 len;
	struct frame_end end;
};

/* A fresh directory that is the working directory; removed by world_end(). */
void	 world_begin(void);
void	 world_end(void);
void	 world_put(const char *path, const void *, size_t);
void	 world_puts(const char *path, const char *);
char	*world_get(const char *path, size_t *len);

/* The tool with these arguments (JSON); valid until the next call. */
struct answer *world_call(const char *tool, size_t output_max,
	    const char *args);
/* %s formats with one string that is quoted as JSON needs. */
struct answer *world_callf(const char *tool, const char *fmt, const char *);

#endif
