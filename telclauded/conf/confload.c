/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Finds the configuration, has it parsed with the environment on top, and
 * checks the whole.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "telclauded/conf/conf_int.h"
#include "telclauded/conf/confenv.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"

/* A copy in the pool of the first file that is there; NULL: there is none. */
static const char *
search(struct parse *p)
{
	static const char	 native[] = TC_SYSCONFDIR "/telclauded.conf";
	struct where		 at = { "TELCLAUDE_CONFIG", 0 };
	const char		*dir, *env;
	char			 path[1100];

	env = conf_getenv(p->opts->envp, at.file);
	if (p->opts->file != NULL) {
		if (env != NULL && strcmp(env, p->opts->file) != 0)
			conf_warn(p, &at, "overruled by -f %s",
			    p->opts->file);
		return (strcmp(p->opts->file, "-") == 0 ? "/dev/stdin" :
		    p->opts->file);
	}
	if (env != NULL)
		return (env);
	if (access(native, F_OK) == 0 || errno != ENOENT)
		return (native);
	dir = conf_getenv(p->opts->envp, "TELCLAUDE_DATA_DIR");
	if (str_format(path, sizeof(path), "%s/telclaude.json",
	    dir != NULL ? dir : "/data") == 0 &&
	    (access(path, F_OK) == 0 || (errno != ENOENT && errno != ENOTDIR)))
		return (conf_strndup(p, path, strlen(path)));
	return (NULL);
}

static int
isjson(const char *path, const struct conf_file *f)
{
	size_t	 i, n = strlen(path);

	if (n > 5 && strcmp(path + n - 5, ".json") == 0)
		return (1);
	for (i = 0; i < f->len; i++)
		if (strchr(" \t\r\n\xef\xbb\xbf", f->text[i]) == NULL)
			return (f->text[i] == '{');
	return (0);
}

static int
push_json(struct parse *p, const char *path, const struct conf_file *f)
{
	char	*native;
	int	 r;

	if ((native = conf_json(f->text, f->len, path, p->notes,
	    &p->jsonmap)) == NULL) {
		p->errors++;
		return (-1);
	}
	p->map = &p->jsonmap;
	r = conf_push_text(p, path, native, strlen(native), f->readable);
	explicit_bzero(native, strlen(native));
	free(native);
	return (r);
}

/* Reads the file, in either language. */
static enum conf_origin
read_file(struct parse *p, const char *path)
{
	enum conf_origin	 from = FROM_NATIVE;
	struct conf_file	 f;
	char			 why[256], real[PATH_MAX];
	int			 r;

	if (conf_slurp(path, &f, why, sizeof(why)) == -1) {
		conf_err(p, NULL, "%s: %s", path, why);
		return (from);
	}
	if (isjson(path, &f)) {
		from = FROM_JSON;
		r = push_json(p, path, &f);
	} else
		r = conf_push_text(p, path, f.text, f.len, f.readable);
	if (r == 0 && realpath(path, real) != NULL)
		p->src->path = conf_strndup(p, real, strlen(real));
	explicit_bzero(f.text, f.len);
	free(f.text);
	if (r == 0)
		conf_parse(p);
	return (from);
}

static void
set_macros(struct parse *p)
{
	const struct strlist	*l = &p->opts->macros;
	const char		*eq, *s;
	char			*name;
	size_t			 i;

	for (i = 0; i < l->n; i++) {
		if ((eq = strchr(l->v[i], '=')) == NULL) {
			conf_err(p, NULL, "-D %.64s: write it as name=value",
			    l->v[i]);
			continue;
		}
		name = conf_strndup(p, l->v[i], (size_t)(eq - l->v[i]));
		for (s = eq; *s != '\0'; s++)
			if ((unsigned char)*s < ' ')
				break;
		if (*s != '\0' || strlen(eq) > CONF_WORD_MAX)
			conf_err(p, NULL, "-D %.64s: an impossible value",
			    name);
		else if (conf_macro_set(p, name, eq + 1, 1) != 0)
			conf_err(p, NULL, "-D %.64s: a name is letters, "
			    "digits and _, each once", name);
	}
}

static void
load(struct parse *p, void *arg)
{
	enum conf_origin	 from = FROM_NONE;
	const char		*path;

	(void)arg;
	set_macros(p);
	if ((path = search(p)) != NULL) {
		free(p->notes->path);
		p->notes->path = NULL;
		p->notes->path = conf_dup(p, path);
		from = read_file(p, path);
	}
	conf_env(p, from);
	if (p->errors == 0)
		conf_check(p);
	if (p->opts->verbose && !p->opts->check)	/* -nv only prints */
		p->conf->log_level = LOGL_DEBUG;
	if (conf_finish(p->conf) == -1)
		longjmp(p->oom, 1);
}

/* The only place a parse comes back to when memory runs out. */
static void
guarded(struct parse *p, void (*f)(struct parse *, void *), void *arg)
{
	if (setjmp(p->oom) == 0)
		f(p, arg);
	else
		conf_err(p, NULL, "no memory");
}

struct conf *
conf_load_keep(struct parse *p, const struct conf_opts *opts,
    struct conf_notes *notes)
{
	struct conf	*c;

	if ((c = conf_new()) == NULL) {
		note_add(&notes->errors, "no memory");
		return (NULL);
	}
	conf_parse_init(p, c, notes, opts);
	guarded(p, load, NULL);
	if (p->errors != 0) {
		conf_free(c);
		return (NULL);
	}
	return (c);
}

struct conf *
conf_load(const struct conf_opts *opts, struct conf_notes *notes)
{
	struct parse	 p;
	struct conf	*c;

	c = conf_load_keep(&p, opts, notes);
	conf_parse_free(&p);
	return (c);
}

struct ours {
	const char	*text;
	size_t		 len;
};

static void
reload(struct parse *p, void *arg)
{
	struct ours	*t = arg;

	if (conf_push_text(p, "printed configuration", t->text, t->len,
	    READ_OWNER) == 0 && conf_parse(p) == 0 &&
	    conf_finish(p->conf) == -1)
		longjmp(p->oom, 1);
}

/* Text of conf_print(): no search, no environment, no checks. */
struct conf *
conf_reparse(const char *text, size_t len, struct conf_notes *notes)
{
	static const struct conf_opts	 none;
	struct ours			 t = { text, len };
	struct parse			 p;
	struct conf			*c;
	unsigned			 errors;

	if ((c = conf_new()) == NULL) {
		note_add(&notes->errors, "no memory");
		return (NULL);
	}
	conf_parse_init(&p, c, notes, &none);
	p.flags = CP_OURS;
	guarded(&p, reload, &t);
	errors = p.errors;
	conf_parse_free(&p);
	if (errors == 0)
		return (c);
	conf_free(c);
	return (NULL);
}
