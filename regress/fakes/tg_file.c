/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Files that people sent: getFile, and their bytes at /file/bot<TOKEN>/PATH.
 *   /file {hex|size path said too_big}	a file; its ids
 * said: the size that getFile tells; path: "documents/file_0.pdf".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "regress/fakes/tg.h"

#define BOT_MAX	(20 * 1024 * 1024)	/* more is not given to bots */

struct file {
	char		 id[80], unique[32], path[512];
	unsigned char	*p;
	size_t		 n;
	int64_t		 said;
};

static struct file	*files;
static size_t		 nfiles;

static int
digit(char c)
{
	return (c >= '0' && c <= '9' ? c - '0' : c - 'a' + 10);
}

static void
fill(struct file *f, const char *hex, size_t size)
{
	size_t	i;

	f->n = hex[0] != '\0' ? strlen(hex) / 2 : size;
	if ((f->p = malloc(f->n + 1)) == NULL)
		abort();
	for (i = 0; i < f->n; i++)
		f->p[i] = hex[0] != '\0' ? (unsigned char)
		    (digit(hex[2 * i]) << 4 | digit(hex[2 * i + 1])) :
		    (unsigned char)('a' + i % 26);
}

json_t *
tg_file_add(const json_t *arg)
{
	const char	*path = jstr(arg, "path");
	struct file	*f;

	if ((files = realloc(files, (nfiles + 1) * sizeof(*files))) == NULL)
		abort();
	f = &files[nfiles];
	memset(f, 0, sizeof(*f));
	snprintf(f->id, sizeof(f->id), "BQACAgIAAxkBAAI_%08zu-Fake", nfiles);
	snprintf(f->unique, sizeof(f->unique), "AgAD%08zu", nfiles);
	if (path[0] != '\0')
		snprintf(f->path, sizeof(f->path), "%s", path);
	else
		snprintf(f->path, sizeof(f->path), "documents/file_%zu",
		    nfiles);
	fill(f, jstr(arg, "hex"), (size_t)jint(arg, "size", 0));
	f->said = jint(arg, "said", (int64_t)f->n);
	nfiles++;
	return (json_pack("{s:b,s:s,s:s,s:I}", "ok", 1, "file_id", f->id,
	    "file_unique_id", f->unique, "file_size", (json_int_t)f->said));
}

json_t *
m_getFile(json_t *args, struct tgerr *e)
{
	const char	*id = jstr(args, "file_id");
	size_t		 i;

	for (i = 0; i < nfiles && strcmp(files[i].id, id) != 0; i++)
		continue;
	if (i == nfiles) {
		tgerr(e, 400, 1, "Bad Request: wrong file_id or the file is "
		    "temporarily unavailable");
		return (NULL);
	}
	if (files[i].said > BOT_MAX) {
		tgerr(e, 400, 0, "Bad Request: file is too big");
		return (NULL);
	}
	return (json_pack("{s:s,s:s,s:I,s:s}", "file_id", files[i].id,
	    "file_unique_id", files[i].unique, "file_size",
	    (json_int_t)files[i].said, "file_path", files[i].path));
}

/* What follows the token, whichever way the path of it was told. */
static const struct file *
find(const char *path)
{
	const char	*p;
	size_t		 i;

	for (i = 0; i < nfiles; i++) {
		p = files[i].path;
		if (p[0] == '/' && (p = strstr(p, tg_token)) != NULL)
			p += strlen(tg_token) + 1;
		if (p != NULL && strcmp(p, path) == 0)
			return (&files[i]);
	}
	return (NULL);
}

/* /file/bot<TOKEN>/<file_path> */
void
tg_file_serve(struct req *r)
{
	const struct file	*f = NULL;
	const char		*p = r->path + 9, *slash = strchr(p, '/');
	size_t			 n = slash == NULL ? 0 : (size_t)(slash - p);

	snprintf(r->name, sizeof(r->name), "file");
	++*tg_count(r->name);
	if (n == strlen(tg_token) && memcmp(p, tg_token, n) == 0 &&
	    !tg_revoked && strcmp(r->verb, "GET") == 0 && r->query == NULL)
		f = find(slash + 1);
	record_req(r, NULL);
	fault_take(r, "");
	if (fault_before(r))
		return;
	if (f == NULL) {
		failure(r, "no such file, or not that way");
		out_json(r, 404, json_pack("{s:b,s:i,s:s}", "ok", 0,
		    "error_code", 404, "description", "Not Found"));
		return;
	}
	out_start(r, 200, "application/octet-stream", NULL, (ssize_t)f->n);
	if (out_write(r, f->p, f->n) == 0)
		out_end(r);
}
