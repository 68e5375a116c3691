/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The configuration as the tests see it.
 *   conftool print FILE	the printed form; errors and warnings on stderr
 *   conftool errors FILE	errors, then warnings, on stdout
 *   conftool env		the same without a file
 *   conftool load FILE		as telclauded does: in a child, with secrets
 *   conftool json FILE		the translation of a telclaude.json
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "telclauded/conf/conf_int.h"

static void
show(const struct strlist *l, FILE *f, const char *kind)
{
	size_t	 i;

	for (i = 0; i < l->n; i++)
		(void)fprintf(f, "%s%s\n", kind, l->v[i]);
}

static int
load(const char *how, const char *file)
{
	struct conf_opts	 o;
	struct conf_notes	 n;
	struct conf		*c;
	FILE			*f;
	char			*text;
	int			 ok;

	memset(&o, 0, sizeof(o));
	memset(&n, 0, sizeof(n));
	o.file = file;
	o.envp = environ;
	f = strcmp(how, "errors") == 0 ? stdout : stderr;
	c = strcmp(how, "load") == 0 ? conf_load_isolated(&o, &n) :
	    conf_load(&o, &n);
	show(&n.errors, f, "");
	show(&n.warnings, f, "warning: ");
	if (c != NULL && f != stdout) {
		text = conf_print(c);
		(void)fputs(text, stdout);
		free(text);
	}
	ok = c != NULL;
	conf_free(c);
	conf_notes_free(&n);
	return (ok ? 0 : 1);
}

static int
json(const char *file)
{
	struct conf_file	 f;
	struct conf_notes	 n;
	char			*text, why[256];
	int			 ok;

	memset(&n, 0, sizeof(n));
	if (conf_slurp(file, &f, why, sizeof(why)) == -1) {
		(void)fprintf(stderr, "%s: %s\n", file, why);
		return (1);
	}
	text = conf_from_json(f.text, f.len, file, &n);
	show(&n.errors, stderr, "");
	show(&n.warnings, stderr, "warning: ");
	if (text != NULL)
		(void)fputs(text, stdout);
	ok = text != NULL;
	free(text);
	free(f.text);
	conf_notes_free(&n);
	return (ok ? 0 : 1);
}

int
main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "json") == 0)
		return (json(argv[2]));
	if (argc == 3)
		return (load(argv[1], argv[2]));
	if (argc == 2 && strcmp(argv[1], "env") == 0)
		return (load("print", NULL));
	(void)fprintf(stderr, "usage: conftool print|errors|load|json FILE, "
	    "or env\n");
	return (2);
}
