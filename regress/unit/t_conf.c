/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The configuration: where it is looked for, the environment on top of it,
 * what is refused, and that no byte of a secret stays in the parent.
 */
#include <sys/socket.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "telclauded/conf/conf_int.h"
#include "telclauded/conf/confenv.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/secret.h"
#include "telclauded/lib/util.h"

#define REST	"anthropic { key env K }\nagent telegram { workspace /w }\n"
#define WHOLE	"telegram { token file /t\nallow chat 1 }\n" REST

static char		 dir[] = "/tmp/t_conf.XXXXXX";
static struct conf_notes notes;

static char *
path(const char *name)
{
	static char	 buf[4][256];
	static int	 i;

	i = (i + 1) % 4;
	str_format(buf[i], sizeof(buf[i]), "%s/%s", dir, name);
	return (buf[i]);
}

static char *
put(const char *name, const void *text, size_t len, mode_t mode)
{
	char	*p = path(name);
	int	 fd;

	(void)unlink(p);
	fd = open(p, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd != -1);
	assert_int_equal(write(fd, text, len), (ssize_t)len);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
	return (p);
}

static char *
puts_(const char *name, const char *text)
{
	return (put(name, text, strlen(text), 0600));
}

static struct conf *
load(const char *file, char *const *envp)
{
	struct conf_opts	 o;

	memset(&o, 0, sizeof(o));
	conf_notes_free(&notes);
	o.file = file;
	o.envp = envp;
	return (conf_load(&o, &notes));
}

static int
has(const struct strlist *l, const char *part)
{
	size_t	 i;

	for (i = 0; i < l->n; i++)
		if (strstr(l->v[i], part) != NULL)
			return (1);
	return (0);
}

static void
refused(const char *file, char *const *envp, const char *why)
{
	struct conf	*c = load(file, envp);

	assert_null(c);
	if (!has(&notes.errors, why))
		fail_msg("expected \"%s\", got \"%s\"", why,
		    notes.errors.n > 0 ? notes.errors.v[0] : "nothing");
}

static char *none[] = { NULL };

static void
t_defaults(void **state)
{
	struct conf	*c, *d;
	char		*a, *b;

	(void)state;
	c = conf_new();
	assert_non_null(c);
	assert_int_equal(conf_finish(c), 0);
	assert_non_null(a = conf_print(c));
	d = conf_reparse(a, strlen(a), &notes);
	assert_non_null(d);
	assert_non_null(b = conf_print(d));
	assert_string_equal(a, b);
	assert_int_equal(c->telegram.poll_s, 30);
	assert_int_equal(c->log_level, LOGL_INFO);
	assert_string_equal(c->media.inbox, "/var/lib/telclaude/media/inbox");
	free(a);
	free(b);
	conf_free(c);
	conf_free(d);
	conf_free(NULL);
}

static void
t_search(void **state)
{
	char		 cfg[300], data[300];
	char		*both[] = { cfg, data, NULL };
	char		*key[] = { data, (char *)(uintptr_t)"ANTHROPIC_API_KEY=k",
	    (char *)(uintptr_t)"WORKSPACE_PATH=/w", NULL };
	struct conf	*c;
	struct stat	 st;

	(void)state;
	puts_("a.conf", "log debug\n" WHOLE);
	puts_("b.conf", "log warn\n" WHOLE);
	puts_("telclaude.json", "{ telegram: { botToken: 't', "
	    "allowedChats: [7] }, logging: { level: 'error' } }");
	str_format(cfg, sizeof(cfg), "TELCLAUDE_CONFIG=%s/b.conf", dir);
	str_format(data, sizeof(data), "TELCLAUDE_DATA_DIR=%s", dir);
	assert_non_null(c = load(path("a.conf"), both));
	assert_int_equal(c->log_level, LOGL_DEBUG);
	assert_true(has(&notes.warnings, "TELCLAUDE_CONFIG: overruled by -f"));
	assert_string_equal(c->state, dir);
	conf_free(c);
	assert_non_null(c = load(NULL, both));
	assert_int_equal(c->log_level, LOGL_WARN);
	assert_string_equal(notes.path, path("b.conf"));
	conf_free(c);
	if (stat(TC_SYSCONFDIR "/telclauded.conf", &st) == -1) {
		assert_non_null(c = load(NULL, key));
		assert_int_equal(c->log_level, LOGL_ERROR);
		assert_int_equal(c->telegram.chats[0], 7);
		assert_string_equal(conf_agent_find(c,
		    SCOPE_TELEGRAM)->workspace, "/w");
		conf_free(c);
	}
	str_format(cfg, sizeof(cfg), "TELCLAUDE_CONFIG=%s/nowhere", dir);
	refused(NULL, both, "nowhere: No such file");
}

#define E(s)	((char *)(uintptr_t)(s))

static void
t_nofile(void **state)
{
	char		*envp[] = { E("TELEGRAM_BOT_TOKEN=t"),
	    E("ANTHROPIC_API_KEY=k"), E("WORKSPACE_PATH=/w"),
	    E("TELCLAUDE_DATA_DIR=/nowhere"), NULL };
	struct conf	*c;
	struct stat	 st;

	(void)state;
	if (stat(TC_SYSCONFDIR "/telclauded.conf", &st) == 0)
		skip();
	assert_non_null(c = load(NULL, envp));
	assert_null(notes.path);
	assert_true(c->telegram.present && c->anthropic.present);
	assert_int_equal(c->telegram.token.src, SEC_ENV);
	assert_string_equal(c->anthropic.key.arg, "ANTHROPIC_API_KEY");
	assert_false(c->totp.present);
	conf_free(c);
	refused(NULL, none, "nothing to run");
}

/* A value each variable accepts, and a file with the keyword. */
static const struct {
	const char	*var, *value, *file, *printed;
} envs[] = {
	{ "TELCLAUDE_DATA_DIR", "/d", "state /s\n", "state \"/d\"" },
	{ "TELEGRAM_BOT_TOKEN", "x", NULL, NULL },
	{ "TELCLAUDE_NETWORK_MODE", "open", "firewall { mode restricted }\n",
	    "mode permissive" },
	{ "TELCLAUDE_IPV6_FAIL_CLOSED", "0", "firewall { ipv6 closed }\n",
	    "ipv6 open" },
	{ "TELCLAUDE_INTERNAL_HOSTS", "a, b,,c",
	    "firewall { internal { z } }\n", "internal { \"a\" \"b\" \"c\" }" },
	{ "TELCLAUDE_FIREWALL_RETRY_COUNT", "3",
	    "firewall { internal retry 4 }\n", "retry 3 delay" },
	{ "TELCLAUDE_FIREWALL_RETRY_DELAY", "5",
	    "firewall { internal delay 4s }\n", "delay 5s" },
	{ "TELCLAUDE_MEDIA_INBOX_DIR", "/in", "media { inbox /i }\n",
	    "inbox \"/in\"" },
	{ "TELCLAUDE_ANTHROPIC_PROXY_RPM", "77", NULL, "requests 77/minute" },
	{ "TELCLAUDE_ADMIN_SECRET", "w", NULL, "claim secret env" },
	{ "OPENAI_API_KEY", "k", NULL, NULL },
};

static void
t_env(void **state)
{
	char		 var[300], text[600];
	char		*envp[] = { var, NULL };
	struct conf	*c;
	char		*s;
	size_t		 i;

	(void)state;
	for (i = 0; i < NELEM(envs); i++) {
		str_format(var, sizeof(var), "%s=%s", envs[i].var,
		    envs[i].value);
		c = load(puts_("e.conf", WHOLE), envp);
		assert_non_null(c);
		s = conf_print(c);
		if (envs[i].printed != NULL &&
		    strstr(s, envs[i].printed) == NULL)
			fail_msg("%s: no %s", envs[i].var, envs[i].printed);
		free(s);
		conf_free(c);
		if (envs[i].file == NULL)
			continue;
		str_format(text, sizeof(text), "%s%s", envs[i].file, WHOLE);
		c = load(puts_("e.conf", text), envp);
		assert_non_null(c);
		s = conf_print(c);
		assert_null(strstr(s, envs[i].printed));
		str_format(text, sizeof(text), "%s: overruled", envs[i].var);
		assert_true(has(&notes.warnings, text));
		free(s);
		conf_free(c);
	}
}

static void
t_env_wins(void **state)
{
	char			*level[] = { E("TELCLAUDE_LOG_LEVEL=error"), NULL };
	char			*bad[] = { E("TELCLAUDE_LOG_LEVEL=loud"),
	    E("TELCLAUDE_NETWORK_MODE=\x01"), E("TELCLAUDE_FIREWALL=2"),
	    E("TELCLAUDE_FIREWALL_RETRY_DELAY=x"), NULL };
	struct conf_opts	 o;
	struct conf		*c;
	char			*f;

	(void)state;
	f = puts_("l.conf", "log debug\n" WHOLE);
	assert_non_null(c = load(f, level));
	assert_int_equal(c->log_level, LOGL_ERROR);
	conf_free(c);
	memset(&o, 0, sizeof(o));
	o.file = f;
	o.envp = level;
	o.verbose = 1;
	assert_non_null(c = conf_load(&o, &notes));
	assert_int_equal(c->log_level, LOGL_DEBUG);
	conf_free(c);
	refused(f, bad, "TELCLAUDE_LOG_LEVEL: \"loud\" is none of");
	assert_true(has(&notes.errors, "TELCLAUDE_FIREWALL: \"2\""));
	assert_true(has(&notes.errors, "TELCLAUDE_NETWORK_MODE: "));
	assert_true(has(&notes.errors, "TELCLAUDE_FIREWALL_RETRY_DELAY: "));
}

static void
t_env_useless(void **state)
{
	const struct env_row	*r;
	char			 var[128];
	char			*envp[] = { var, NULL };
	struct conf		*c;
	size_t			 i, n, seen = 0;

	(void)state;
	puts_("u.conf", WHOLE);
	r = conf_env_rows(&n);
	for (i = 0; i < n; i++) {
		if (r[i].kind != ENV_NONE && r[i].kind != ENV_NSECRET)
			continue;
		str_format(var, sizeof(var), "%s=1", r[i].name);
		assert_non_null(c = load(path("u.conf"), envp));
		assert_true(has(&notes.warnings, r[i].note));
		conf_free(c);
		seen++;
	}
	assert_true(seen > 20);
}

static void
t_firewall(void **state)
{
	char		*off[] = { E("TELCLAUDE_FIREWALL=0"), NULL };
	char		*both[] = { E("TELCLAUDE_FIREWALL=0"),
	    E("TELCLAUDE_ACCEPT_NO_FIREWALL=1"), NULL };
	char		*accept[] = { E("TELCLAUDE_ACCEPT_NO_FIREWALL=1"), NULL };
	struct conf	*c;
	char		*f;

	(void)state;
	f = puts_("f.conf", WHOLE);
	refused(f, off, "TELCLAUDE_ACCEPT_NO_FIREWALL=1 as well");
	assert_non_null(c = load(f, accept));
	assert_false(c->firewall.off);
	conf_free(c);
	assert_non_null(c = load(f, both));
	assert_true(c->firewall.off);
	assert_true(has(&notes.warnings, "NO FIREWALL"));
	conf_free(c);
	f = puts_("f.conf", WHOLE "agent moltbook { workspace /m }\n");
	refused(f, both, "agent moltbook never runs without");
}

/* Nobody there to judge a code, and everybody asked for one. */
static void
t_sidecar(void **state)
{
	char	*remote[] = { E("TELCLAUDE_TOTP_SOCKET=/run/totp.sock"), NULL };
	char	*both[] = { E("TELCLAUDE_TOTP_SOCKET=/run/totp.sock"),
	    E("TOTP_ENCRYPTION_KEY=k"), NULL };
	char	*f;

	(void)state;
	f = puts_("t.conf", WHOLE "totp { remote \"/run/totp.sock\"\n}\n");
	refused(f, none, "totp: remote is not effective yet");
	f = puts_("t.conf", WHOLE "totp { session 1h }\n");
	refused(f, remote, "totp: remote is not effective yet");
	refused(f, both, "totp: remote is not effective yet");
}

static void
t_literal(void **state)
{
	static const char	 text[] = "telegram { token \"s3cret-word\"\n"
	    "allow chat 1 }\n" REST;
	static const char	 json[] = "{telegram:{\nbotToken:'s3'}}";
	struct conf		*c;
	char			*s;

	(void)state;
	refused(put("m.conf", text, sizeof(text) - 1, 0644), none,
	    "m.conf:1: token: a literal secret, but others");
	refused(put("m.conf", text, sizeof(text) - 1, 0640), none, "others");
	assert_non_null(c = load(put("m.conf", text, sizeof(text) - 1, 0600),
	    none));
	assert_true(has(&notes.warnings, "better token file PATH"));
	assert_true(c->telegram.token.fd != -1);
	s = conf_print(c);
	assert_null(strstr(s, "s3cret"));
	free(s);
	conf_free(c);
	refused(put("m.json", json, sizeof(json) - 1, 0604), none,
	    "m.json:2: telegram.botToken: token: a literal");
	assert_false(has(&notes.errors, "s3'"));
}

static void
t_macros(void **state)
{
	struct conf_opts	 o;
	struct conf		*c;
	char			*v[2];

	(void)state;
	memset(&o, 0, sizeof(o));
	conf_notes_free(&notes);
	o.file = puts_("d.conf", "dir = /from/file\nstate $dir\n" WHOLE);
	o.envp = none;
	o.macros.v = v;
	o.macros.n = 1;
	v[0] = E("dir=/from/line");
	assert_non_null(c = conf_load(&o, &notes));
	assert_string_equal(c->state, "/from/line");
	conf_free(c);
	v[0] = E("dir");
	v[1] = E("a b=1");
	o.macros.n = 2;
	assert_null(conf_load(&o, &notes));
	assert_true(has(&notes.errors, "-D dir: write it as name=value"));
	assert_true(has(&notes.errors, "-D a b: a name is"));
	refused(puts_("d.conf", "a = \"$b\"\nb = 1\nlog info $a\n" WHOLE),
	    none, "names another macro");
}

/* What is too much of something. */
static void
t_bounds(void **state)
{
	char	*big, name[32], text[64];
	size_t	 i;

	(void)state;
	assert_non_null(big = malloc(CONF_TEXT_MAX + 16));
	memset(big, 'x', CONF_TEXT_MAX + 16);
	refused(put("b.conf", big, CONF_TEXT_MAX + 16, 0600), none,
	    "larger than");
	refused(put("b.conf", big, CONF_LINE_MAX + 1, 0600), none,
	    "b.conf:1: the line is longer");
	refused(put("b.conf", big, CONF_WORD_MAX + 1, 0600), none,
	    "this word is longer");
	big[0] = '"';
	refused(put("b.conf", big, CONF_WORD_MAX + 9, 0600), none,
	    "this string is longer");
	memset(big, '{', 1000);
	big[0] = 'a';
	refused(put("b.conf", big, 1000, 0600), none, "braces are open");
	memset(big, '[', 1000);
	refused(put("b.json", big, 1000, 0600), none, "nested too deeply");
	for (i = 0; i < 1000; i++)
		memcpy(big + i * 4, "x y\n", 4);
	refused(put("b.conf", big, 4000, 0600), none, "b.conf:1: unknown");
	assert_int_equal(notes.errors.n, CONF_NOTES_MAX + 1);
	assert_true(has(&notes.errors, "more errors follow"));
	refused(put("b.conf", "log\0info\n", 9, 0600), none, "a NUL byte");
	for (i = 0; i < 20; i++) {
		str_format(name, sizeof(name), "i%zu", i);
		str_format(text, sizeof(text), "include \"i%zu\"\n", i + 1);
		puts_(name, text);
	}
	refused(path("i0"), none, "more than 16 files deep");
	refused(dir, none, "not a file");
	free(big);
}

/* --- secrets ----------------------------------------------------------- */
static char
canary(unsigned seed, size_t i)
{
	return ((char)('a' + (seed * 7 + i * i * 5 + i * 11) % 26));
}

#define CANARY	40

/* Where the bytes are in this process, but for shared memory files. */
static unsigned
scan(unsigned seed)
{
	static char	 buf[65536];
	char		 line[512], perm[8];
	unsigned long	 from, to, at;
	unsigned	 found = 0;
	size_t		 i, k;
	ssize_t		 n;
	FILE		*f;
	int		 mem;

	assert_non_null(f = fopen("/proc/self/maps", "r"));
	mem = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	assert_true(mem != -1);
	while (fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line, "%lx-%lx %7s", &from, &to, perm) != 3 ||
		    perm[1] != 'w' || to - from > (1ul << 28) ||
		    strstr(line, "memfd:") != NULL)
			continue;
		for (at = from; at < to; at += sizeof(buf) - CANARY) {
			n = pread(mem, buf, MINIMUM(sizeof(buf), to - at),
			    (off_t)at);
			for (i = 0; n > 0 && i + CANARY <= (size_t)n; i++) {
				for (k = 0; k < CANARY; k++)
					if (buf[i + k] != canary(seed, k))
						break;
				found += k == CANARY;
			}
		}
		explicit_bzero(buf, sizeof(buf));
	}
	close(mem);
	(void)fclose(f);
	return (found);
}

static void
put_canary(const char *name, unsigned seed, const char *before,
    const char *after)
{
	char	*b;
	size_t	 n, i;

	n = strlen(before) + CANARY + strlen(after);
	assert_non_null(b = malloc(n + 1));
	memcpy(b, before, strlen(before));
	for (i = 0; i < CANARY; i++)
		b[strlen(before) + i] = canary(seed, i);
	memcpy(b + strlen(before) + CANARY, after, strlen(after));
	put(name, b, n, 0600);
	explicit_bzero(b, n);
	free(b);
}

static void
is_canary(int fd, unsigned seed)
{
	struct secret	 s;
	size_t		 i;

	assert_true(fd != -1);
	assert_int_equal(secret_read(&s, dup(fd)), 0);
	assert_int_equal(s.len, CANARY);
	for (i = 0; i < CANARY; i++)
		assert_int_equal(s.p[i], canary(seed, i));
	secret_free(&s);
}

static void
t_isolated(void **state)
{
	struct conf_opts	 o;
	struct conf		*c;
	char			 text[600], *var, *envp[2];
	size_t			 i, n;
	int			 round;

	(void)state;
	put_canary("tok", 1, "", "\n");
	str_format(text, sizeof(text), "telegram { token file \"%s/tok\"\n"
	    "allow chat 1\nclaim secret \"", dir);
	put_canary("s.conf", 2, text, "\" }\nanthropic { key env SOME_KEY }\n"
	    "agent telegram { workspace /w }\n");
	n = strlen("SOME_KEY=");
	assert_non_null(var = calloc(1, n + CANARY + 1));
	memcpy(var, "SOME_KEY=", n);
	for (i = 0; i < CANARY; i++)
		var[n + i] = canary(3, i);
	envp[0] = var;
	envp[1] = NULL;
	memset(&o, 0, sizeof(o));
	o.file = path("s.conf");
	o.envp = envp;
	assert_int_equal(scan(3), 1);
	/* The second time the variable is empty: a reload. */
	for (round = 0; round < 2; round++) {
		conf_notes_free(&notes);
		c = conf_load_isolated(&o, &notes);
		if (c == NULL)
			fail_msg("%s", notes.errors.v[0]);
		assert_int_equal(var[n], '\0');
		assert_int_equal(scan(1) + scan(2) + scan(3), 0);
		is_canary(c->telegram.token.fd, 1);
		is_canary(c->telegram.claim.fd, 2);
		is_canary(c->anthropic.key.fd, 3);
		assert_int_equal(scan(1) + scan(2) + scan(3), 0);
		conf_free(c);
	}
	free(var);
}

/* Without a file everything is in the environment, and a reload finds it. */
static void
t_reload_env(void **state)
{
	static char		 tok[] = "TELEGRAM_BOT_TOKEN=t0k";
	static char		 key[] = "ANTHROPIC_API_KEY=k3y";
	static char		 unused[] = "GITHUB_TOKEN=gh";
	char			*envp[] = { tok, key, unused,
	    E("WORKSPACE_PATH=/w"), E("TELCLAUDE_DATA_DIR=/nowhere"), NULL };
	struct conf_opts	 o;
	struct conf		*c;
	struct stat		 st;
	int			 round;

	(void)state;
	if (stat(TC_SYSCONFDIR "/telclauded.conf", &st) == 0)
		skip();
	memset(&o, 0, sizeof(o));
	o.envp = envp;
	for (round = 0; round < 2; round++) {
		conf_notes_free(&notes);
		c = conf_load_isolated(&o, &notes);
		if (c == NULL)
			fail_msg("%s", notes.errors.v[0]);
		assert_true(c->telegram.token.fd != -1);
		assert_true(c->anthropic.key.fd != -1);
		assert_string_equal(tok, "TELEGRAM_BOT_TOKEN=");
		assert_string_equal(key, "ANTHROPIC_API_KEY=");
		assert_string_equal(unused, "GITHUB_TOKEN=");
		conf_free(c);
	}
}

static void
t_missing(void **state)
{
	struct conf_opts	 o;
	struct conf		*c;
	char			 text[600];

	(void)state;
	memset(&o, 0, sizeof(o));
	conf_notes_free(&notes);
	assert_int_equal(mkfifo(path("fifo"), 0600), 0);
	puts_("empty", "");
	str_format(text, sizeof(text), "telegram { token file %s/nowhere\n"
	    "claim secret file %s/fifo\n allow chat 1 }\n"
	    "anthropic { key env UNSET_KEY }\n"
	    "agent telegram { workspace /w }\n"
	    "totp { key credential x }\nvault { key file %s/empty }\n", dir,
	    dir, dir);
	o.file = puts_("x.conf", text);
	o.envp = none;
	assert_null(conf_load_isolated(&o, &notes));
	assert_true(has(&notes.errors, "x.conf:1: telegram.token"));
	assert_true(has(&notes.errors, "fifo: not a file"));
	assert_true(has(&notes.errors, "x.conf:4: anthropic.key: env"));
	assert_true(has(&notes.errors, "x.conf:6: totp.key: credential x"));
	assert_true(has(&notes.errors, "the file is empty"));
	conf_notes_free(&notes);
	o.check = 1;
	assert_non_null(c = conf_load_isolated(&o, &notes));
	assert_int_equal(notes.errors.n, 0);
	assert_true(has(&notes.warnings, "x.conf:1: telegram.token"));
	conf_free(c);
}

static void
t_frames(void **state)
{
	static const unsigned char	 huge[] = { 'T', 255, 255, 255, 255 };
	char				*body;
	size_t				 len;
	int				 sv[2], kind, fd;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	assert_int_equal(conffd_send(sv[0], 'S', "abc", 3, 0), 0);
	assert_int_equal(conffd_recv(sv[1], &kind, &body, &len, &fd), 1);
	assert_int_equal(kind, 'S');
	assert_string_equal(body, "abc");
	assert_true(fd != -1);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
	free(body);
	assert_int_equal(write(sv[0], huge, sizeof(huge)), 5);
	assert_int_equal(conffd_recv(sv[1], &kind, &body, &len, &fd), -1);
	assert_null(body);
	close(sv[0]);
	assert_int_equal(conffd_recv(sv[1], &kind, &body, &len, &fd), 0);
	close(sv[1]);
}

static int
setup(void **state)
{
	(void)state;
	return (mkdtemp(dir) == NULL ? -1 : 0);
}

static int
teardown(void **state)
{
	struct dirent	*e;
	DIR		*d;

	(void)state;
	conf_notes_free(&notes);
	if ((d = opendir(dir)) == NULL)
		return (-1);
	while ((e = readdir(d)) != NULL)
		if (e->d_name[0] != '.')
			(void)unlink(path(e->d_name));
	(void)closedir(d);
	return (rmdir(dir));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_defaults), cmocka_unit_test(t_search),
		cmocka_unit_test(t_nofile), cmocka_unit_test(t_env),
		cmocka_unit_test(t_env_wins), cmocka_unit_test(t_env_useless),
		cmocka_unit_test(t_firewall),
		cmocka_unit_test(t_sidecar), cmocka_unit_test(t_literal),
		cmocka_unit_test(t_macros), cmocka_unit_test(t_bounds),
		cmocka_unit_test(t_isolated),
		cmocka_unit_test(t_reload_env), cmocka_unit_test(t_missing),
		cmocka_unit_test(t_frames),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests_name("conf", tests, setup, teardown));
}
