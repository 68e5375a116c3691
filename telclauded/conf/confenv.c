/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The environment as configuration: each variable that is set becomes a
 * statement of telclauded.conf(5), unless the file has that keyword, and goes
 * through the same parser.  Secrets are wiped from the environment block,
 * which /proc shows as long as the process lives.
 */
#include <sys/stat.h>

#include <stdlib.h>
#include <string.h>

#include "telclauded/conf/conf_int.h"
#include "telclauded/conf/confenv.h"
#include "telclauded/conf/confput.h"

static const struct env_row rows[] = { ENV_TABLE(ENV_ROW) };

/* The value, or NULL when unset or empty (a wiped one is empty). */
const char *
conf_getenv(char *const *envp, const char *name)
{
	size_t	 n = strlen(name);

	for (; envp != NULL && *envp != NULL; envp++)
		if (strncmp(*envp, name, n) == 0 && (*envp)[n] == '=')
			return ((*envp)[n + 1] != '\0' ? *envp + n + 1 : NULL);
	return (NULL);
}

static int
conf_env_secret(const struct env_row *r)
{
	return (r->kind == ENV_SECRET || r->kind == ENV_NSECRET);
}

const struct env_row *
conf_env_rows(size_t *n)
{
	*n = NELEM(rows);
	return (rows);
}

/* Every copy of the variable; the name stays. */
void
conf_env_wipe(char *const *envp, const char *name)
{
	size_t	 n = strlen(name);

	for (; envp != NULL && *envp != NULL; envp++)
		if (strncmp(*envp, name, n) == 0 && (*envp)[n] == '=')
			explicit_bzero(*envp + n + 1, strlen(*envp + n + 1));
}

void
conf_env_wipe_all(char *const *envp)
{
	size_t	 i;

	for (i = 0; i < NELEM(rows); i++)
		if (conf_env_secret(&rows[i]))
			conf_env_wipe(envp, rows[i].name);
}

static int
agent_is(const struct conf *c, enum scope scope, int remote)
{
	const struct conf_agent	*a;

	if ((a = conf_agent_find(c, scope)) == NULL)
		return (0);
	return (remote ? a->remote != NULL : a->listen != NULL);
}

/* A file says which engines run; variables only complete them. */
static int
needed(const struct conf *c, enum env_needs needs, enum conf_origin from)
{
	int	 free_hand, tg;

	free_hand = from != FROM_NATIVE;
	tg = c->telegram.present;
	switch (needs) {
	case NEED_ALWAYS:
		return (1);
	case NEED_TELEGRAM:
		return (tg || free_hand);
	case NEED_ASKS:
		return (tg || !TAILQ_EMPTY(&c->agents));
	case NEED_LOGIN:
		return (tg && c->anthropic.key.src == SEC_NONE);
	case NEED_LOCAL:
		return (tg && !agent_is(c, SCOPE_TELEGRAM, 1));
	case NEED_MOLTBOOK:
		return (c->moltbook.present);
	case NEED_TGREMOTE:
		return (agent_is(c, SCOPE_TELEGRAM, 1));
	case NEED_TGLISTEN:
		return (agent_is(c, SCOPE_TELEGRAM, 0));
	case NEED_MBREMOTE:
		return (agent_is(c, SCOPE_MOLTBOOK, 1));
	case NEED_MBLISTEN:
		return (agent_is(c, SCOPE_MOLTBOOK, 0));
	case NEED_TOTP:
		return (c->totp.present || (free_hand && tg));
	case NEED_VAULT:
		return (c->vault.present || (free_hand && tg));
	case NEED_OPENAI:
		return (c->openai.present || c->media.present);
	}
	return (0);
}

/* One of "a b=c": what it stands for into out; 0 when it is not there. */
static int
mapped(const char *values, const char *v, char *out, size_t size)
{
	const char	*to;
	size_t		 n, len = strlen(v);

	for (; *values != '\0'; values += n + strspn(values + n, " ")) {
		n = strcspn(values, " ");
		if (strncmp(values, v, len) != 0 || len == 0)
			continue;
		if (len == n)
			return (str_copy(out, v, size) == 0);
		if (values[len] != '=')
			continue;
		to = values + len + 1;
		return (str_format(out, size, "%.*s",
		    (int)(n - len - 1), to) == 0);
	}
	return (0);
}

/* http://HOST:PORT to "HOST" port PORT */
static int
put_url(struct buf *b, const char *v)
{
	char		 host[256];
	const char	*why, *port;
	size_t		 n;

	if (!conf_strcheck(STR_URL, v, &why))
		return (-1);
	v = strstr(v, "://") + 3;
	n = strcspn(v, ":/");
	if (str_format(host, sizeof(host), "%.*s", (int)n, v) == -1)
		return (-1);
	put_quoted(b, host);
	port = v[n] == ':' ? v + n + 1 : "80";
	return (buf_printf(b, " port %.*s", (int)strcspn(port, "/"), port));
}

static void
put_words(struct buf *b, const char *v)
{
	struct buf	 w;
	size_t		 n;

	for (; *v != '\0'; v += n + (v[n] == ',')) {
		v += strspn(v, " ");
		n = strcspn(v, ", ");
		if (n == 0)
			continue;
		buf_init(&w);
		if (buf_add(&w, v, n) == 0) {
			put_quoted(b, w.p);
			buf_puts(b, " ");
		}
		buf_free(&w);
		n += strspn(v + n, " ");
	}
}

/* The value as the statement wants it: 0, or -1 when it makes no sense. */
static int
put_value(struct buf *b, const struct env_row *r, const char *v, int raw)
{
	char	 word[64];

	if (raw) {
		if (strspn(v, "0123456789") != strlen(v))
			return (-1);
		return (buf_puts(b, v));
	}
	switch (r->kind) {
	case ENV_SECRET:
		return (buf_puts(b, r->name));
	case ENV_LIST:
		put_words(b, v);
		return (0);
	case ENV_MAP:
		if (!mapped(r->values, v, word, sizeof(word)))
			return (-1);
		return (buf_puts(b, word));
	case ENV_SECS:
		if (strspn(v, "0123456789") != strlen(v))
			return (-1);
		return (buf_printf(b, "%ss", v));
	case ENV_URL:
		return (put_url(b, v));
	default:
		put_quoted(b, v);
		return (0);
	}
}

static void
overlay(struct parse *p, const char *name, const char *text)
{
	const struct jsonmap	*map = p->map;
	int			 flags = p->flags;

	p->flags |= CP_OVERLAY;
	p->map = NULL;
	if (conf_push_text(p, name, text, strlen(text), READ_OWNER) == 0)
		conf_parse(p);
	p->map = map;
	p->flags = flags;
}

static void
apply(struct parse *p, const struct env_row *r, const char *v)
{
	struct where	 at = { r->name, 0 };
	struct buf	 b;
	const char	*s;
	int		 bad = 0;

	buf_init(&b);
	for (s = r->stmt; *s != '\0' && !bad; s++) {
		if (s[0] == '%' && (s[1] == 's' || s[1] == 'r'))
			bad = put_value(&b, r, v, *++s == 'r') == -1;
		else
			buf_add(&b, s, 1);
	}
	if (bad && r->values[0] != '\0')
		conf_err(p, &at, "\"%.64s\" is none of: %s", v, r->values);
	else if (bad)
		conf_err(p, &at, "\"%.64s\" is not a possible value for %s",
		    v, r->key);
	else if (b.p == NULL || b.failed)
		conf_err(p, &at, "no memory");
	else
		overlay(p, r->name, b.p);
	buf_free(&b);
}

struct named {
	const char	*key, *name;
	int		 found;
};

static int
is_named(struct conf_secret *s, const char *key, void *arg)
{
	struct named	*n = arg;

	if (s->src == SEC_ENV && strcmp(key, n->key) == 0 &&
	    strcmp(s->arg, n->name) == 0)
		n->found = 1;
	return (0);
}

static void
row(struct parse *p, const struct env_row *r, const char *v,
    enum conf_origin from)
{
	const struct seen	*s;
	struct where		 at = { r->name, 0 };
	struct named		 named;

	if (r->kind == ENV_CODE)
		return;
	if (r->kind == ENV_NONE || r->kind == ENV_NSECRET) {
		conf_warn(p, &at, "no effect: %s", r->note);
		return;
	}
	if (!needed(p->conf, r->needs, from))
		return;
	if ((s = conf_seen(p, r->key)) != NULL && r->wins == WINS_FILE) {
		named = (struct named){ r->key, r->name, 0 };
		conf_secrets(p->conf, is_named, &named);
		if (named.found)	/* the file asks for this variable */
			return;
		conf_warn(p, &at, "overruled by %s (%s)", r->key, s->at.file);
		return;
	}
	apply(p, r, v);
}

static void
firewall(struct parse *p)
{
	struct where	 at = { "TELCLAUDE_FIREWALL", 0 };
	const char	*v;

	if ((v = conf_getenv(p->opts->envp, at.file)) == NULL ||
	    strcmp(v, "1") == 0)
		return;
	if (strcmp(v, "0") == 0)
		p->conf->firewall.off = 1;
	else
		conf_err(p, &at, "\"%.64s\" is neither 1 nor 0", v);
}

/* Who brings no telclauded.conf gets an agent, in /workspace if need be. */
static void
local_agent(struct parse *p)
{
	const struct conf_agent	*a;
	struct stat		 st;

	if (conf_agent_find(p->conf, SCOPE_TELEGRAM) == NULL)
		overlay(p, "without a file", "agent telegram { }\n");
	a = conf_agent_find(p->conf, SCOPE_TELEGRAM);
	if (a != NULL && a->workspace == NULL && a->remote == NULL &&
	    stat("/workspace", &st) == 0 && S_ISDIR(st.st_mode))
		overlay(p, "without a file",
		    "agent telegram { workspace /workspace }\n");
}

/* Adds to the configuration what the environment says. */
void
conf_env(struct parse *p, enum conf_origin from)
{
	const char	*v;
	size_t		 i;

	for (i = 0; i < NELEM(rows); i++)
		if ((v = conf_getenv(p->opts->envp, rows[i].name)) != NULL ||
		    (rows[i].kind == ENV_SECRET &&
		    conf_cached(rows[i].name) != -1 && (v = "") != NULL))
			row(p, &rows[i], v, from);
	firewall(p);
	if (from == FROM_NATIVE)
		return;
	if (p->conf->totp.present && p->conf->totp.key.src == SEC_NONE &&
	    p->conf->totp.remote == NULL) {
		conf_warn(p, NULL, "no second factor: TOTP_ENCRYPTION_KEY is "
		    "not set");
		p->conf->totp.present = 0;
	}
	if (p->conf->telegram.present)
		local_agent(p);
}
