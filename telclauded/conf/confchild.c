/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The forked child that reads the configuration and every secret, and the
 * parent's side of it.  What crosses: messages, printed text without secrets,
 * and sealed memfds.  The parent parses the text anew, so that no byte of a
 * secret was ever in its memory, but for the environment, which it wipes.
 */
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "telclauded/conf/conf_int.h"
#include "telclauded/conf/confenv.h"
#include "telclauded/lib/secret.h"
#include "telclauded/lib/util.h"

#define READ_TIMEOUT	60	/* seconds; a file on a dead network mount */

/* --- the child --------------------------------------------------------- */
struct child {
	struct parse	 p;
	int		 s;
	char *const	*envp;
};

/* With -n a missing secret is told, but is no error: it may come later. */
static void __attribute__((format(printf, 3, 4)))
miss(struct child *ch, const struct where *at, const char *fmt, ...)
{
	char	 msg[768];
	va_list	 ap;

	va_start(ap, fmt);
	vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	if (ch->p.opts->check)
		conf_warn(&ch->p, at, "%s", msg);
	else
		conf_err(&ch->p, at, "%s", msg);
}

static int
open_secret(struct child *ch, const struct where *at, const char *key,
    const char *path)
{
	struct stat	 st;
	int		 fd, mem;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd == -1 || fstat(fd, &st) == -1) {
		miss(ch, at, "%s: %s: %s", key, path,
		    strerror(errno));
		if (fd != -1)
			close(fd);
		return (-1);
	}
	if (!S_ISREG(st.st_mode) || st.st_size == 0 ||
	    st.st_size > SECRET_MAX) {
		miss(ch, at, "%s: %s: %s", key, path,
		    !S_ISREG(st.st_mode) ? "not a file" : st.st_size == 0 ?
		    "the file is empty" : "too large for a secret");
		close(fd);
		return (-1);
	}
	if (conf_readable(fd) == READ_OTHERS)
		conf_warn(&ch->p, at, "%s: others can read %s; chmod 600 it",
		    key, path);
	if ((mem = secret_memfd_from(key, fd)) == -1)
		miss(ch, at, "%s: %s: %s", key, path,
		    strerror(errno));
	close(fd);
	return (mem);
}

static int
from_credential(struct child *ch, const struct where *at, const char *key,
    const char *name)
{
	const char	*dir;
	char		 path[512];

	dir = conf_getenv(ch->envp, "CREDENTIALS_DIRECTORY");
	if (dir == NULL) {
		miss(ch, at, "%s: credential %s: systemd set no "
		    "CREDENTIALS_DIRECTORY; add LoadCredential= to the unit",
		    key, name);
		return (-1);
	}
	if (str_format(path, sizeof(path), "%s/%s", dir, name) == -1) {
		miss(ch, at, "%s: the path is too long", key);
		return (-1);
	}
	return (open_secret(ch, at, key, path));
}

/* A variable's value goes to the parent under its own name. */
static int
from_env(struct child *ch, const struct where *at, const char *key,
    const char *name)
{
	const char	*v;
	int		 fd;

	if ((v = conf_getenv(ch->envp, name)) == NULL) {
		if (conf_cached(name) != -1)
			return (0);
		miss(ch, at, "%s: env %s: the variable is not set",
		    key, name);
		return (-1);
	}
	if ((fd = secret_memfd(name, v, strlen(v))) == -1 ||
	    conffd_send(ch->s, 'V', name, strlen(name), fd) == -1) {
		miss(ch, at, "%s: env %s: %s", key, name,
		    strerror(errno));
		return (-1);
	}
	close(fd);
	return (0);
}

/* Called for each secret of the configuration. */
static int
take_secret(struct conf_secret *s, const char *key, void *arg)
{
	struct child		*ch = arg;
	const struct seen	*seen;
	struct where		 at = { "environment", 0 };

	if ((seen = conf_seen(&ch->p, key)) != NULL)
		at = seen->at;
	switch (s->src) {
	case SEC_FILE:
		s->fd = open_secret(ch, &at, key, s->arg);
		break;
	case SEC_CREDENTIAL:
		s->fd = from_credential(ch, &at, key, s->arg);
		break;
	case SEC_ENV:
		from_env(ch, &at, key, s->arg);
		break;
	case SEC_LITERAL:
		if (s->fd == -1)
			miss(ch, &at, "%s: hidden stands for a secret "
			    "that was left out when this was printed; write "
			    "file PATH", key);
		break;
	default:
		break;
	}
	if (s->fd != -1 && conffd_send(ch->s, 'S', key, strlen(key),
	    s->fd) == -1)
		conf_err(&ch->p, &at, "%s: %s", key, strerror(errno));
	return (0);
}

/* Also those no keyword uses yet: a later reload may. */
static void
take_known(struct child *ch)
{
	const struct env_row	*r;
	struct where		 at = { "environment", 0 };
	size_t			 i, n;

	r = conf_env_rows(&n);
	for (i = 0; i < n; i++)
		if (r[i].kind == ENV_SECRET &&
		    conf_getenv(ch->envp, r[i].name) != NULL)
			from_env(ch, &at, "environment", r[i].name);
}

static int
send_notes(int s, const struct conf_notes *n)
{
	size_t	 i;

	for (i = 0; i < n->errors.n; i++)
		if (conffd_send(s, 'E', n->errors.v[i],
		    strlen(n->errors.v[i]), -1) == -1)
			return (-1);
	for (i = 0; i < n->warnings.n; i++)
		if (conffd_send(s, 'W', n->warnings.v[i],
		    strlen(n->warnings.v[i]), -1) == -1)
			return (-1);
	return (n->path == NULL ? 0 :
	    conffd_send(s, 'P', n->path, strlen(n->path), -1));
}

/* Takes every secret; -1 without memory. */
static int
take_all(struct child *ch, struct conf *c)
{
	if (setjmp(ch->p.oom) != 0)
		return (-1);
	conf_secrets(c, take_secret, ch);
	take_known(ch);
	return (0);
}

static void __attribute__((noreturn))
child(int s, const struct conf_opts *opts)
{
	struct conf_notes	 notes;
	struct rlimit		 none = { 0, 0 };
	struct child		 ch;
	struct conf		*c;
	sigset_t		 set;
	char			*text = NULL;

	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0);
	signal(SIGALRM, SIG_DFL);
	sigemptyset(&set);
	sigprocmask(SIG_SETMASK, &set, NULL);
	alarm(READ_TIMEOUT);
	memset(&notes, 0, sizeof(notes));
	ch.s = s;
	ch.envp = opts->envp;
	c = conf_load_keep(&ch.p, opts, &notes);
	if (c != NULL) {
		if (take_all(&ch, c) == -1)
			_exit(1);
		text = conf_print(c);
	}
	if (send_notes(s, &notes) == -1)
		_exit(1);
	if (ch.p.errors == 0 && text != NULL &&
	    conffd_send(s, 'T', text, strlen(text), -1) == -1)
		_exit(1);
	_exit(conffd_send(s, 'Q', "", 0, -1) == -1);
}

/* --- the parent -------------------------------------------------------- */
struct got {
	int	 check;
	struct {
		char	 key[65];
		int	 fd;
	} secret[32];
	size_t	 n;
	char	*text;
	size_t	 len;
	int	 whole;
};

static void
frame(struct got *g, struct conf_notes *notes, int kind, char **body,
    size_t len, int *fd)
{
	switch (kind) {
	case 'E':
		note_add(&notes->errors, *body);
		break;
	case 'W':
		note_add(&notes->warnings, *body);
		break;
	case 'P':
		free(notes->path);
		notes->path = *body;
		*body = NULL;
		break;
	case 'V':
		if (*fd != -1)
			conf_cache_put(*body, *fd);
		*fd = -1;
		break;
	case 'S':
		if (*fd != -1 && g->n < NELEM(g->secret) && str_copy(
		    g->secret[g->n].key, *body, sizeof(g->secret[0].key)) ==
		    0) {
			g->secret[g->n++].fd = *fd;
			*fd = -1;
		}
		break;
	case 'T':
		free(g->text);
		g->text = *body;
		g->len = len;
		*body = NULL;
		break;
	case 'Q':
		g->whole = 1;
		break;
	}
}

static void
collect(struct got *g, struct conf_notes *notes, int s, char *const *envp)
{
	char	*body;
	size_t	 len;
	int	 kind, fd;

	while (!g->whole && conffd_recv(s, &kind, &body, &len, &fd) == 1) {
		if (kind == 'V')
			conf_env_wipe(envp, body);
		frame(g, notes, kind, &body, len, &fd);
		free(body);
		if (fd != -1)
			close(fd);
	}
}

/* Called for each secret: gives it the memfd that came for it. */
static int
hand_over(struct conf_secret *s, const char *key, void *arg)
{
	struct got	*g = arg;
	size_t		 i;
	int		 fd;

	if (s->src == SEC_ENV) {
		if ((fd = conf_cached(s->arg)) != -1)
			s->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	} else
		for (i = 0; i < g->n; i++)
			if (strcmp(g->secret[i].key, key) == 0) {
				s->fd = g->secret[i].fd;
				g->secret[i].fd = -1;
			}
	return (s->fd == -1 && s->src != SEC_VAULT && !g->check ? -1 : 0);
}

static struct conf *
assemble(struct got *g, struct conf_notes *notes)
{
	struct conf_notes	 again;
	struct conf		*c;

	memset(&again, 0, sizeof(again));
	if ((c = conf_reparse(g->text, g->len, &again)) == NULL)
		note_printf(&notes->errors, "the printed configuration does "
		    "not parse: %s", again.errors.n > 0 ? again.errors.v[0] :
		    "no reason");
	conf_notes_free(&again);
	if (c != NULL && conf_secrets(c, hand_over, g) == -1) {
		note_add(&notes->errors, "a secret was lost on its way from "
		    "the reading process");
		conf_free(c);
		c = NULL;
	}
	return (c);
}

static struct conf *
receive(int s, pid_t pid, const struct conf_opts *opts,
    struct conf_notes *notes)
{
	struct conf	*c = NULL;
	struct got	 g;
	size_t		 i;
	int		 status = 0;

	memset(&g, 0, sizeof(g));
	g.check = opts->check;
	collect(&g, notes, s, opts->envp);
	close(s);
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	conf_env_wipe_all(opts->envp);
	if (!g.whole)
		note_printf(&notes->errors, "the process that reads the "
		    "configuration ended early: %s %d%s",
		    WIFSIGNALED(status) ? "signal" : "exit",
		    WIFSIGNALED(status) ? WTERMSIG(status) :
		    WEXITSTATUS(status), WIFSIGNALED(status) &&
		    WTERMSIG(status) == SIGALRM ? " (a file did not answer "
		    "for a minute)" : "");
	else if (notes->errors.n == 0 && g.text != NULL)
		c = assemble(&g, notes);
	else if (notes->errors.n == 0)
		note_add(&notes->errors, "no memory");
	free(g.text);
	for (i = 0; i < g.n; i++)
		if (g.secret[i].fd != -1)
			close(g.secret[i].fd);
	return (c);
}

struct conf *
conf_load_isolated(const struct conf_opts *opts, struct conf_notes *notes)
{
	pid_t	 pid;
	int	 sv[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv) == -1) {
		note_printf(&notes->errors, "socketpair: %s",
		    strerror(errno));
		return (NULL);
	}
	switch (pid = fork()) {
	case -1:
		note_printf(&notes->errors, "fork: %s", strerror(errno));
		close(sv[0]);
		close(sv[1]);
		return (NULL);
	case 0:
		close(sv[0]);
		child(sv[1], opts);
	}
	close(sv[1]);
	return (receive(sv[0], pid, opts, notes));
}
