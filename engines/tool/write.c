/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Write: a file, whole.
 */
#include <stdio.h>
#include <string.h>

#include "engines/tool/tool.h"

static const struct arg args[] = {
	{ "file_path", ARG_STRING, 1 },
	{ "content", ARG_STRING, 1 },
};

void
tool_write(struct call *c)
{
	const char *path, *content;
	char text[256];
	int created;
	size_t len;

	args_check(c, args, NELEM(args));
	path = arg_path(c, "file_path");
	content = arg_string(c, "content", &len);
	file_replace(c, path, content, len, &created);
	(void)str_format(text, sizeof(text), "%s %.180s (%zu bytes)",
	    created ? "created" : "replaced", path, len);
	out_write(c, text, strlen(text));
	out_end(c, 0, RO_OK);
}
