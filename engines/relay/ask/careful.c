/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What a person may not have meant, found by the names of commands and files
 * (careful.def): in words where a shell would take them for commands or
 * paths, not in every word.  Linked by the relay; pure; the input is the
 * model's.
 */
#include <fnmatch.h>
#include <string.h>
#include <strings.h>

#include <jansson.h>

#include "telclauded/lib/util.h"
#include "engines/relay/ask/careful.def"
#include "engines/relay/ask/careful.h"
#include "engines/relay/ask/shellwords.h"

#define COMMAND_MAX	(128 * 1024)	/* the kernel starts no longer one */
#define NAME_LONGEST	255	/* of a file */

struct row { const char *word, *a, *b, *does; };

#define W(word, does)		{ word, NULL, NULL, does },
#define F(word, a, b, does)	{ word, a, b, does },
#define S(word, a, does)	{ word, a, NULL, does },
#define N(name)			name,
static const struct row	words[] = { CAREFUL_WORDS(W) };
static const struct row	forms[] = { CAREFUL_FORMS(F) };
static const struct row	scripts[] = { CAREFUL_SCRIPTS(S) };
static const char *const names[] = { CAREFUL_NAMES(N) };
static const char *const harmless[] = { CAREFUL_NOT(N) };
#undef W
#undef F
#undef S
#undef N

/* Their arguments are no files, or are not opened. */
static const char *const	quiet[] = { "echo", "printf", "ls", "test", "[",
    "[[", "stat", "which", "type", "basename", "dirname", "cd", "pushd",
    "mkdir", "for", "case", "alias", "man" };
/* Their first argument is no file. */
static const char *const	patterned[] = { "grep", "egrep", "fgrep", "rg",
    "ag", "sed", "awk", "gawk", "jq", "yq", "tr" };
/* What follows these is no file. */
static const char *const	valued[] = { "-m", "-e", "--message", "-name",
    "-iname", "-path", "-regex", "--exclude", "--include", "--grep", "-g" };
static const char *const	shells[] = { "sh", "bash", "dash", "zsh",
    "ksh" };
static const char *const	leading[] = { "then", "do", "else", "elif",
    "if", "while", "until", "!", "{", "time" };
static const char *const	wrappers[] = { "command", "env", "exec",
    "builtin", "nice", "nohup", "timeout", "xargs", "strace", "ltrace" };
static const char *const	rcfiles[] = { ".bashrc", ".profile", ".zshrc",
    ".bash_profile" };

static int
among(const char *s, const char *const *list, size_t n)
{
	while (n > 0)
		if (strcmp(s, list[--n]) == 0)
			return (1);
	return (0);
}
#define AMONG(s, list)	among(s, list, NELEM(list))

static const char *
base_of(const char *path)
{
	const char	*p = strrchr(path, '/');

	return (p == NULL ? path : p + 1);
}

/* --- names ------------------------------------------------------------- */
/* Does this path end in such a name?  shown: the name, if it may be shown,
 * else its kind. */
static int
careful_path(const char *path, char *shown, size_t size)
{
	static const char	plain[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-*?";
	char			want[48];
	const char		*name = base_of(path);
	size_t			 i;

	if (strlen(name) > NAME_LONGEST)
		return (0);
	for (i = 0; i < NELEM(harmless); i++)
		if (fnmatch(harmless[i], name, FNM_CASEFOLD) == 0)
			return (0);
	for (i = 0; i < NELEM(names); i++) {
		/* One character at least, whatever it is. */
		(void)str_copy(want, names[i], sizeof(want));
		if (want[0] == '*')
			(void)str_format(want, sizeof(want), "?%s", names[i]);
		if (fnmatch(want, name, FNM_CASEFOLD) != 0)
			continue;
		if (strlen(name) > 32 || strspn(name, plain) != strlen(name))
			name = names[i];
		(void)str_copy(shown, name, size);
		return (1);
	}
	return (0);
}

static int
name_noticed(const char *path, const char *does, char *why)
{
	char	shown[40];

	if (!careful_path(path, shown, sizeof(shown)))
		return (0);
	(void)str_format(why, CAREFUL_WHY, "it %s %s", does, shown);
	return (1);
}

/* An option's value, else the word, is what may be a file. */
static int
argument_noticed(const char *arg, char *why)
{
	const char	*eq = strchr(arg, '=');
	size_t		 i;

	if (arg[0] == '-' && eq == NULL)
		return (0);
	for (i = 0; i < NELEM(valued) && arg[0] == '-'; i++)
		if (strlen(valued[i]) == (size_t)(eq - arg) &&
		    strncmp(arg, valued[i], (size_t)(eq - arg)) == 0)
			return (0);
	return (name_noticed(arg[0] == '-' ? eq + 1 : arg, "uses", why));
}

static int
arguments_noticed(const char *name, const char *const *v, unsigned n,
    char *why)
{
	unsigned	i, first = !AMONG(name, patterned);

	if (AMONG(name, quiet))
		return (0);
	for (i = 0; i < n; i++) {
		if (AMONG(v[i], valued)) {
			/* Its pattern, then: the rest are files. */
			first |= strcmp(v[i], "-e") == 0;
			i++;
		} else if (!first && v[i][0] != '-')
			first = 1;
		else if (argument_noticed(v[i], why))
			return (1);
	}
	return (0);
}

/* --- commands ---------------------------------------------------------- */
static int
does(const char *what, const char *word, char *why)
{
	(void)str_format(why, CAREFUL_WHY, "it %s (%s)", what, word);
	return (1);
}

static int
has(const char *const *v, unsigned n, const char *want)
{
	size_t		len = strlen(want);
	unsigned	i;

	if (len == 0)
		return (1);
	for (i = 0; i < n; i++)
		if (want[len - 1] == '=' ? strncmp(v[i], want, len) == 0 :
		    strcasecmp(v[i], want) == 0)
			return (1);
	return (0);
}

static int
script_noticed(const char *name, const char *const *v, unsigned n, char *why)
{
	size_t		i;
	unsigned	k;

	for (i = 0; i < NELEM(scripts); i++) {
		if (strncmp(name, scripts[i].word, strlen(scripts[i].word)) !=
		    0)
			continue;
		for (k = 0; k + 1 < n; k++)
			if ((strcmp(v[k], "-c") == 0 ||
			    strcmp(v[k], "-e") == 0) &&
			    strstr(v[k + 1], scripts[i].a) != NULL)
				return (does(scripts[i].does, scripts[i].word,
				    why));
	}
	return (0);
}

static int
word_noticed(struct shell *s, const char *name, const char *const *v,
    unsigned n, char *why)
{
	size_t		i;
	unsigned	k;

	for (i = 0; i < NELEM(words); i++)
		if (strcmp(name, words[i].word) == 0)
			return (does(words[i].does, name, why));
	for (i = 0; i < NELEM(forms); i++)
		if (strcmp(name, forms[i].word) == 0 &&
		    has(v, n, forms[i].a) && has(v, n, forms[i].b))
			return (does(forms[i].does, name, why));
	if (s->fetched && AMONG(name, shells))
		return (does("runs what it fetches", name, why));
	s->fetched |= strcmp(name, "curl") == 0 || strcmp(name, "wget") == 0;
	for (k = 0; k < n && !AMONG(name, quiet); k++)
		if (strstr(v[k], ".git/hooks/") != NULL)
			return (does("changes what git runs", ".git/hooks",
			    why));
	return (script_noticed(name, v, n, why));
}

/* What it starts in its turn: sh -c, find -exec. */
static int
inner_noticed(struct shell *s, const char *name, const char **v, unsigned n)
{
	unsigned	i, end;

	for (i = 0; i + 1 < n && AMONG(name, shells); i++)
		if (v[i][0] == '-' && v[i][1] != '-' &&
		    strchr(v[i], 'c') != NULL)
			return (shell_inner(s, v[i + 1], strlen(v[i + 1])));
	for (i = 0; i + 1 < n && strcmp(name, "find") == 0; i++) {
		if (strncmp(v[i], "-exec", 5) != 0 &&
		    strncmp(v[i], "-ok", 3) != 0)
			continue;
		for (end = ++i; end < n && strcmp(v[end], ";") != 0 &&
		    strcmp(v[end], "+") != 0; end++)
			;
		if (shell_command(s, v + i, end - i))
			return (1);
		i = end;
	}
	return (0);
}

/* Words before the command itself: how many. */
static unsigned
before_command(const char **v, unsigned n)
{
	unsigned	i = 0;
	int		wrapped = 0;

	for (; i < n; i++) {
		if (AMONG(v[i], leading) || shell_assigns(v[i]))
			continue;
		if (!AMONG(base_of(v[i]), wrappers)) {
			/* An option, its value, a time: of the wrapper. */
			if (!wrapped || (v[i][0] != '-' && v[i][0] != '{' &&
			    strspn(v[i], "0123456789.") == 0))
				break;
			if (strcmp(v[i], "-v") == 0 || strcmp(v[i], "-V") == 0)
				return (n);	/* asks what it would be */
			if (v[i][0] == '-' && v[i][1] != '\0' &&
			    v[i][2] == '\0' && i + 1 < n &&
			    strchr("IsukCEao", v[i][1]) != NULL)
				i++;
		} else
			wrapped = 1;
	}
	return (i);
}

static int
command_noticed(struct shell *s, const char **v, unsigned n)
{
	unsigned	 i = before_command(v, n);
	const char	*name;

	if (i >= n)
		return (0);
	name = base_of(v[i]);
	v += i + 1;
	n -= i + 1;
	if (s->words && word_noticed(s, name, v, n, s->why))
		return (1);
	return (inner_noticed(s, name, v, n) ||
	    arguments_noticed(name, v, n, s->why));
}

static int
redirect_noticed(struct shell *s, char to, const char *path)
{
	if (name_noticed(path, to == '<' ? "reads" : "writes", s->why))
		return (1);
	if (!s->words || to == '<')
		return (0);
	if (strncmp(path, "/etc/", 5) == 0 || strncmp(path, "/usr/", 5) == 0)
		return (does("writes to the system", "/etc, /usr", s->why));
	if (AMONG(base_of(path), rcfiles))
		return (does("changes what shells start with",
		    base_of(path), s->why));
	if (strstr(path, ".git/hooks/") != NULL)
		return (does("changes what git runs", ".git/hooks", s->why));
	return (0);
}

int
careful_command(const char *p, size_t len, int look, char why[CAREFUL_WHY])
{
	struct shell	s = { .words = look, .why = why,
	    .fn = command_noticed, .redirect = redirect_noticed };

	why[0] = '\0';
	return (shell_run(&s, p, MINIMUM(len, (size_t)COMMAND_MAX)));
}

/* --- calls ------------------------------------------------------------- */
static const char *
member(const json_t *o, const char *key)
{
	const char	*s = json_string_value(json_object_get(o, key));

	return (s == NULL ? "" : s);
}

int
careful_call(enum tool tool, enum tier tier, const char *args, size_t len,
    char why[CAREFUL_WHY])
{
	json_t	*o, *v;
	int	 r = 0;

	why[0] = '\0';
	if ((o = json_loadb(args, len, JSON_ALLOW_NUL, NULL)) == NULL)
		return (0);
	switch (tool) {
	case TOOL_READ:
		r = name_noticed(member(o, "file_path"), "reads", why);
		break;
	case TOOL_WRITE:
	case TOOL_EDIT:
	case TOOL_MULTIEDIT:
		r = name_noticed(member(o, "file_path"), "changes", why);
		break;
	case TOOL_GREP:
		r = name_noticed(member(o, "path"), "reads", why) ||
		    name_noticed(member(o, "glob"), "reads", why);
		break;
	case TOOL_BASH:
		v = json_object_get(o, "command");
		if (json_is_string(v))
			r = careful_command(json_string_value(v),
			    json_string_length(v), tier != TIER_FULL_ACCESS,
			    why);
		break;
	default:
		break;
	}
	json_decref(o);
	return (r);
}
