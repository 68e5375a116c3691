/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Stands in for the parent (and for relay and telclaudectl) before one real
 * engine in its real cage.  Used by tests: engdrive UID PROGRAM [SCOPE].
 * Commands on standard input, a line of answer each:
 *
 *	dns ADDR...		CONF_DNS
 *	fd KIND PATH dir|log|secret
 *	link relay|ctl		CONF_LINK, and hold the other end
 *	begin			CONF_END, wait for READY, START
 *	reload ADDR...		PREPARE, CONF_DNS, CONF_END, COMMIT
 *	resolve NAME | burst N NAME
 *	audit parent|relay VERDICT EVENT DETAIL
 *	check|verify|enrol|confirm USER [CODE]
 *	code STEPS		the code of the last enrolment, so many steps on
 *	raw relay TYPE		a message of this number, as relay
 *	drain | pid
 */
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <arpa/inet.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>
#include <liboath/oath.h>

#include "regress/firewall/engdrive.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/secret.h"
#include "telclauded/lib/text.h"
#include "telclauded/lib/util.h"

#define WAIT_S	30

struct drive			 drive;
static struct link		*relay, *ctl;
static pid_t			 child;

static long
number(const char *s)
{
	return (strtol(s, NULL, 10));
}

/* --- start ------- */
static void
launch(uid_t uid, const char *prog, const char *scope)
{
	char *const	 argv[] = { strdup(proc_name(drive.who)),
	    strdup(scope), NULL };
	char *const	 envp[] = { NULL };
	int		 sv[2], life[2], null, i;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sv) == -1 ||
	    pipe(life) == -1 || (null = open("/dev/null", O_RDWR)) == -1 ||
	    (child = fork()) == -1)
		fatal("launch");
	if (child == 0) {
		if (fcntl(sv[1], F_DUPFD, 20) != 20 ||
		    fcntl(life[1], F_DUPFD, 21) != 21)
			_exit(20);
		for (i = 0; i < 3; i++)
			dup2(null, i);
		dup2(20, 3);
		dup2(21, 4);
		for (i = 5; i < 64; i++)
			close(i);
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1 ||
		    setresgid(uid, uid, uid) == -1 ||
		    setresuid(uid, uid, uid) == -1 ||
		    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
			_exit(21);
		execve(prog, argv, envp);
		_exit(22);
	}
	close(sv[1]);
	close(life[1]);
	close(null);
	if ((drive.up = link_new(drive.base, sv[0], PROC_PARENT, drive.who,
	    SCOPE_NONE, say_ops(), NULL)) == NULL)
		fatalx("link");
	link_set_phase(drive.up, PH_BOOT);
}

static void
spin(int n)
{
	struct timeval	 tv = { WAIT_S, 0 };

	drive.waiting = n;
	while (drive.waiting > 0 && !drive.dead) {
		event_base_loopexit(drive.base, &tv);
		if (event_base_dispatch(drive.base) == -1 ||
		    event_base_got_exit(drive.base)) {
			puts("timeout");
			break;
		}
	}
	fflush(stdout);
}

static void
addrs_of(char **w, int n, struct addrs *a)
{
	struct netaddr	*p;

	memset(a, 0, sizeof(*a));
	for (; n > 0; n--, w++) {
		p = &a->a[a->n++];
		p->family = strchr(*w, ':') != NULL ? 6 : 4;
		inet_pton(p->family == 4 ? AF_INET : AF_INET6, *w, p->a);
	}
}

static void
do_fd(char **w)
{
	struct msg_CONF_FD	 m = { .kind = (uint8_t)number(w[1]) };
	int			 fd;

	if (strcmp(w[3], "secret") == 0)
		fd = secret_memfd("secret", w[2], strlen(w[2]));
	else if (strcmp(w[3], "dir") == 0)
		fd = open(w[2], O_PATH | O_DIRECTORY);
	else
		fd = open(w[2], O_RDWR | O_APPEND | O_CREAT, 0600);
	if (fd == -1)
		fatal("%s", w[2]);
	msg_send_CONF_FD(drive.up, 0, fd, &m);
	puts("ok");
}

static void
do_link(const char *name)
{
	struct msg_CONF_LINK	 m = { 0 };
	struct link		**l = *name == 'r' ? &relay : &ctl;
	enum proc		 peer = *name == 'r' ? PROC_RELAY : PROC_CTL;
	int			 sv[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sv) == -1)
		fatal("socketpair");
	m.peer = (uint8_t)peer;
	*l = link_new(drive.base, sv[0], peer, drive.who, SCOPE_NONE,
	    say_ops(), NULL);
	msg_send_CONF_LINK(drive.up, 0, sv[1], &m);
	puts("ok");
}

static void
do_reload(char **w, int n)
{
	struct msg_PREPARE	 p;
	struct msg_CONF_DNS	 d;
	struct msg_CONF_END	 e;
	struct msg_COMMIT	 c;

	memset(&p, 0, sizeof(p));
	memset(&e, 0, sizeof(e));
	memset(&c, 0, sizeof(c));
	msg_send_PREPARE(drive.up, 0, -1, &p);
	addrs_of(w + 1, n - 1, &d.servers);
	msg_send_CONF_DNS(drive.up, 0, -1, &d);
	msg_send_CONF_END(drive.up, 0, -1, &e);
	spin(1);
	msg_send_COMMIT(drive.up, 0, -1, &c);
}

/* own, seconds between seals, seconds to keep full files */
static void
do_conf(char **w)
{
	struct msg_CONF_AUDIT	 m;

	memset(&m, 0, sizeof(m));
	m.own = (uint8_t)number(w[1]);
	m.seal_s = (uint32_t)number(w[2]);
	m.keep_s = (uint32_t)number(w[3]);
	msg_send_CONF_AUDIT(drive.up, 0, -1, &m);
	puts("ok");
}

static void
do_audit(char **w)
{
	struct msg_AUDIT_LINE	 m;

	memset(&m, 0, sizeof(m));
	m.verdict = (uint8_t)number(w[2]);
	str_copy(m.event, w[3], sizeof(m.event));
	m.detail = text_of(w[4], strlen(w[4]));
	m.ms = wall_ms();
	m.user = 5;
	m.chat = -100123;
	m.turn = 7;
	str_copy(m.tier, "FULL_ACCESS", sizeof(m.tier));
	if (msg_send_AUDIT_LINE(*w[1] == 'r' ? relay : drive.up, 0, -1,
	    &m) == 0)
		puts("not sent");
	else
		spin(1);
}

static void
do_totp(char **w)
{
	struct msg_TOTP_CHECK	 c;
	struct msg_TOTP_VERIFY	 v;
	struct msg_TOTP_CONFIRM	 f;
	struct msg_TOTP_DISABLE	 d;

	memset(&c, 0, sizeof(c));
	memset(&v, 0, sizeof(v));
	str_copy(c.user, w[1], sizeof(c.user));
	str_copy(v.user, w[1], sizeof(v.user));
	str_copy(v.code, w[2] != NULL ? w[2] : "", sizeof(v.code));
	/* verify USER CODE [NUMBER [action]] */
	v.by = w[2] != NULL && w[3] != NULL ? number(w[3]) : 42;
	if (w[2] != NULL && w[3] != NULL && w[4] != NULL)
		memset(v.digest, 7, sizeof(v.digest));
	if (*w[0] == 'v')
		msg_send_TOTP_VERIFY(relay, 0, -1, &v);
	else if (*w[0] == 'd') {
		memset(&d, 0, sizeof(d));
		memcpy(d.user, v.user, sizeof(d.user));
		memcpy(d.code, v.code, sizeof(d.code));
		d.by = v.by;
		msg_send_TOTP_DISABLE(relay, 0, -1, &d);
	} else if (*w[0] == 'r')
		msg_send_TOTP_REMOVE(ctl, 0, -1,
		    (const struct msg_TOTP_REMOVE *)&c);
	else if (strcmp(w[0], "check") == 0)
		msg_send_TOTP_CHECK(relay, 0, -1, &c);
	else if (*w[0] == 'e')
		msg_send_TOTP_ENROL(ctl, 0, -1,
		    (const struct msg_TOTP_ENROL *)&c);
	else {
		memset(&f, 0, sizeof(f));
		memcpy(f.user, v.user, sizeof(f.user));
		memcpy(f.code, v.code, sizeof(f.code));
		msg_send_TOTP_CONFIRM(ctl, 0, -1, &f);
	}
	spin(1);
}

static void
do_code(long steps)
{
	char	*raw = NULL, code[16];
	size_t	 len;

	if (oath_base32_decode(drive.seed, strlen(drive.seed), &raw,
	    &len) != OATH_OK ||
	    oath_totp_generate(raw, len, time(NULL) + 30 * steps, 30, 0, 6,
	    code) != OATH_OK)
		puts("error");
	else
		puts(code);
	free(raw);
}

/* copy PART FILE: what comes is written there. */
static void
do_copy(char **w)
{
	struct msg_COPY_MAKE	 m;

	m.part = (uint8_t)number(w[1]);
	str_copy(drive.copy, w[2], sizeof(drive.copy));
	msg_send_COPY_MAKE(drive.up, 0, -1, &m);
	spin(1);
}

/* What was said besides answers, since the last time. */
static void
do_heard(void)
{
	puts(drive.heard[0] == '\0' ? "nothing" : drive.heard);
	drive.heard[0] = '\0';
}

/* A message the relay's link may not carry, as a hijacked relay would. */
static void
do_raw(void)
{
	struct msg_STREAM_END	 m = { 0 };

	msg_send_STREAM_END(relay, 0, -1, &m);
	spin(1);
}

static void
do_resolve(char **w, int n)
{
	struct msg_RESOLVE	 m;
	long			 i, times = n == 3 ? number(w[1]) : 1;

	memset(&m, 0, sizeof(m));
	str_copy(m.host, w[n - 1], sizeof(m.host));
	for (i = 0; i < times; i++)
		msg_send_RESOLVE(drive.up, 0, -1, &m);
	spin((int)times);
}

static void
do_begin(void)
{
	struct msg_CONF_END	 e;
	struct msg_START	 s;

	memset(&e, 0, sizeof(e));
	memset(&s, 0, sizeof(s));
	msg_send_CONF_END(drive.up, 0, -1, &e);
	spin(1);
	if (drive.dead)
		return;
	msg_send_START(drive.up, 0, -1, &s);
	link_set_phase(drive.up, PH_RUN);
	puts("ok");
}

static void
run(char **w, int n)
{
	struct msg_CONF_DNS	 d;
	struct msg_DRAIN	 dr;

	if (strcmp(w[0], "dns") == 0) {
		addrs_of(w + 1, n - 1, &d.servers);
		msg_send_CONF_DNS(drive.up, 0, -1, &d);
		puts("ok");
	} else if (strcmp(w[0], "fd") == 0 && n == 4)
		do_fd(w);
	else if (strcmp(w[0], "link") == 0 && n == 2)
		do_link(w[1]);
	else if (strcmp(w[0], "begin") == 0)
		do_begin();
	else if (strcmp(w[0], "reload") == 0)
		do_reload(w, n);
	else if (strcmp(w[0], "resolve") == 0 || strcmp(w[0], "burst") == 0)
		do_resolve(w, n);
	else if (strcmp(w[0], "audit") == 0 && n == 5)
		do_audit(w);
	else if (strcmp(w[0], "conf") == 0 && n == 4)
		do_conf(w);
	else if (strcmp(w[0], "code") == 0 && n == 2)
		do_code(number(w[1]));
	else if (strcmp(w[0], "copy") == 0 && n == 3)
		do_copy(w);
	else if (strcmp(w[0], "heard") == 0)
		do_heard();
	else if (strcmp(w[0], "raw") == 0)
		do_raw();
	else if (strcmp(w[0], "pid") == 0)
		printf("%d\n", (int)child);
	else if (strcmp(w[0], "drain") == 0) {
		memset(&dr, 0, sizeof(dr));
		link_set_phase(drive.up, PH_DRAIN);
		msg_send_DRAIN(drive.up, 0, -1, &dr);
		spin(1);
	} else if (n >= 2)
		do_totp(w);
	else
		puts("error command");
}

int
main(int argc, char **argv)
{
	char	 line[8192], *w[16], *save;
	int	 n, status, p;

	if (argc < 3)
		return (2);
	signal(SIGPIPE, SIG_IGN);
	log_init("engdrive");
	for (p = 0; p < PROC_MAX; p++)
		if (strcmp(strrchr(argv[2], '/') + 1,
		    proc_name((enum proc)p)) == 0)
			drive.who = (enum proc)p;
	drive.base = event_base_new();
	launch((uid_t)number(argv[1]), argv[2], argc > 3 ? argv[3] : "");
	spin(1);
	if (drive.up != NULL)
		link_set_phase(drive.up, PH_CONFIG);
	while (!drive.dead && fgets(line, sizeof(line), stdin) != NULL) {
		memset(w, 0, sizeof(w));
		save = line;
		line[strcspn(line, "\n")] = '\0';
		for (n = 0; n < 15 && save != NULL; n++) {
			/* The detail of an audit line has blanks. */
			w[n] = n == 4 && *line == 'a' ? save :
			    strsep(&save, " ");
			if (n == 4 && *line == 'a')
				save = NULL;
		}
		if (n > 0 && *w[0] != '\0' && *w[0] != '#')
			run(w, n);
		fflush(stdout);
	}
	link_free(drive.up);
	if (waitpid(child, &status, 0) == child) {
		if (WIFSIGNALED(status))
			printf("died of signal %d\n", WTERMSIG(status));
		else
			printf("exit %d\n", WEXITSTATUS(status));
	}
	return (0);
}
