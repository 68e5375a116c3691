/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * A small reader of JSON5 for configuration files: comments, trailing commas,
 * single quotes, bare keys.  Every node knows its line.
 */
#ifndef CONF_JSON5_H
#define CONF_JSON5_H

#include <stddef.h>

#define JSON5_DEPTH	32
#define JSON5_NODES	8000

enum jtype { J_NULL, J_BOOL, J_NUM, J_STR, J_ARR, J_OBJ };

struct jnode {
	struct jnode	*parent, *child, *last, *next;
	enum jtype	 type;
	int		 line;
	char		*key;		/* in an object */
	size_t		 index;		/* in an array */
	char		*str;		/* J_STR: UTF-8 without NUL */
	double		 num;		/* J_NUM, J_BOOL */
	int		 used;		/* for the reader's caller */
};

/* The root, or NULL with *line and *why. */
struct jnode	*json5_parse(const char *, size_t, int *line,
		    const char **why);
void		 json5_free(struct jnode *);
struct jnode	*json5_get(const struct jnode *, const char *key);
/* a.b[3].c into buf; returns buf. */
const char	*json5_path(const struct jnode *, char *buf, size_t size);

#endif
