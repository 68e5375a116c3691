/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The parent's decisions that need no root: backoff, who may name what,
 * sentinel content, what the kernel's text says, rules as rows.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "parent/confsend.h"
#include "parent/fw/sentinel.h"
#include "parent/logout.h"
#include "parent/names/names.h"
#include "parent/names/url.h"
#include "parent/parent.h"
#include "parent/status.h"
#include "telclauded/domains.h"
#include "telclauded/lib/util.h"
#include "telclauded/summary.h"

static void
backoff(void **state)
{
	static const uint32_t	 want[] = { 1000, 2000, 4000, 8000, 16000,
	    32000, 60000, 60000 };
	uint32_t		 ms = 0;
	size_t			 i;

	(void)state;
	for (i = 0; i < NELEM(want); i++) {
		ms = backoff_next(ms, 10);
		assert_int_equal(ms, want[i]);
	}
	/* Five minutes of health forgive everything, a second less none. */
	assert_int_equal(backoff_next(60000, 299999), 60000);
	assert_int_equal(backoff_next(60000, 300000), 1000);
}

static void
urls(void **state)
{
	static const struct {
		const char *s, *host;
		uint16_t port;
		int tls, ok;
	} t[] = {
		{ "https://api.telegram.org", "api.telegram.org", 443, 1, 1 },
		{ "https://api.telegram.org/", "api.telegram.org", 443, 1, 1 },
		{ "http://127.0.0.1:8081", "127.0.0.1", 8081, 0, 1 },
		{ "http://localhost:1/x:2", "localhost", 1, 0, 1 },
		{ "https://[::1]:8443/v1", "::1", 8443, 1, 1 },
		{ "http://[fd00::1]", "fd00::1", 80, 0, 1 },
		{ "https://api.example.org:65535", "api.example.org", 65535,
		    1, 1 },
		{ "https://", "", 0, 0, 0 },
		{ "ftp://api.example.org", "", 0, 0, 0 },
		{ "https://a:0", "", 0, 0, 0 },
		{ "https://a:65536", "", 0, 0, 0 },
		{ "https://a:", "", 0, 0, 0 },
		{ "https://a:80x", "", 0, 0, 0 },
		{ "https://me@evil.example", "", 0, 0, 0 },
		{ "https://a?b", "", 0, 0, 0 },
		{ "http://[::1", "", 0, 0, 0 },
		{ "http://[::1]x", "", 0, 0, 0 },
		{ "http://[::/]:8081", "", 0, 0, 0 },
	};
	struct url	 u;
	size_t		 i;

	(void)state;
	for (i = 0; i < NELEM(t); i++) {
		assert_int_equal(url_parse(t[i].s, &u), t[i].ok ? 0 : -1);
		if (!t[i].ok)
			continue;
		assert_string_equal(u.host, t[i].host);
		assert_int_equal(u.port, t[i].port);
		assert_int_equal(u.tls, t[i].tls);
	}
}

static void
apis(struct conf *c, char *telegram, char *anthropic)
{
	memset(c, 0, sizeof(*c));
	c->telegram.present = telegram != NULL;
	c->telegram.api = telegram;
	c->anthropic.present = anthropic != NULL;
	c->anthropic.api = anthropic;
}

static void
who_may_name(void **state)
{
	struct conf	 c;
	char		 tg[] = "https://api.telegram.org";
	char		 an[] = "https://api.anthropic.com:8443/v1";

	(void)state;
	apis(&c, tg, an);
	assert_true(names_allowed(&c, PROC_RELAY,
	    SCOPE_NONE, "api.telegram.org", 443));
	assert_true(names_allowed(&c, PROC_RELAY,
	    SCOPE_NONE, "API.Telegram.Org", 443));
	assert_true(names_allowed(&c, PROC_GATE,
	    SCOPE_NONE, "api.anthropic.com", 8443));
	/* Another port, the other's name, a longer or shorter one. */
	assert_false(names_allowed(&c, PROC_RELAY,
	    SCOPE_NONE, "api.telegram.org", 80));
	assert_false(names_allowed(&c, PROC_RELAY,
	    SCOPE_NONE, "api.anthropic.com",
	    8443));
	assert_false(names_allowed(&c, PROC_GATE,
	    SCOPE_NONE, "api.telegram.org", 443));
	assert_false(names_allowed(&c, PROC_GATE,
	    SCOPE_NONE, "api.anthropic.com", 443));
	assert_false(names_allowed(&c, PROC_RELAY,
	    SCOPE_NONE, "api.telegram.org.", 443));
	assert_false(names_allowed(&c, PROC_RELAY,
	    SCOPE_NONE, "x.api.telegram.org",
	    443));
	assert_false(names_allowed(&c, PROC_RELAY,
	    SCOPE_NONE, "", 443));
	/* Nobody else has a row at all. */
	assert_false(names_allowed(&c, PROC_AGENT,
	    SCOPE_NONE, "api.anthropic.com",
	    8443));
	assert_false(names_allowed(&c, PROC_RESOLVER,
	    SCOPE_NONE, "api.telegram.org",
	    443));
	apis(&c, NULL, an);
	assert_false(names_allowed(&c, PROC_RELAY,
	    SCOPE_NONE, "api.telegram.org", 443));
}

static int
ok_for(const struct conf *c, enum proc proc, const char *addr, uint16_t port)
{
	struct name_verdict	 v = { .way = NW_API };
	struct netaddr		 a;

	assert_int_equal(addr_parse(addr, &a), 0);
	return (names_addr_ok(c, &v, proc, &a, port));
}

static void
private_addresses(void **state)
{
	static const char *const closed[] = { "10.0.0.1", "192.168.1.1",
	    "172.16.0.1", "127.0.0.1", "169.254.169.254", "100.64.0.1",
	    "0.0.0.0", "224.0.0.1", "::1", "fd00::1", "fe80::1",
	    "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::",
	    "168.63.129.16", "100.100.100.200" };
	struct conf	 c;
	char		 tg[] = "https://api.telegram.org";
	char		 an[] = "http://127.0.0.1:8081";
	char		 lo[] = "http://localhost:9000";
	size_t		 i;

	(void)state;
	apis(&c, tg, an);
	assert_true(ok_for(&c, PROC_RELAY, "149.154.167.220", 443));
	assert_true(ok_for(&c, PROC_RELAY, "2001:67c:4e8:f004::9", 443));
	for (i = 0; i < NELEM(closed); i++)
		assert_false(ok_for(&c, PROC_RELAY, closed[i], 443));
	/* Written literally: open to the one who has it, on that port. */
	assert_true(ok_for(&c, PROC_GATE, "127.0.0.1", 8081));
	assert_false(ok_for(&c, PROC_GATE, "127.0.0.1", 8082));
	assert_false(ok_for(&c, PROC_GATE, "127.0.0.2", 8081));
	assert_false(ok_for(&c, PROC_RELAY, "127.0.0.1", 8081));
	apis(&c, lo, NULL);
	assert_true(ok_for(&c, PROC_RELAY, "127.0.0.1", 9000));
	assert_true(ok_for(&c, PROC_RELAY, "::1", 9000));
	assert_false(ok_for(&c, PROC_RELAY, "10.0.0.1", 9000));
}

static void
literals(void **state)
{
	struct addrs	 a;

	(void)state;
	assert_int_equal(names_literal("localhost", &a), 2);
	assert_int_equal(a.a[0].family, 4);
	assert_int_equal(names_literal("192.0.2.7", &a), 1);
	assert_int_equal(names_literal("2001:db8::1", &a), 1);
	assert_int_equal(names_literal("example.org", &a), 0);
	/* Forms that only some resolvers take for an address. */
	assert_int_equal(names_literal("127.1", &a), 0);
	assert_int_equal(names_literal("0x7f000001", &a), 0);
	assert_int_equal(names_literal("2130706433", &a), 0);
	assert_int_equal(names_ttl(0), 30);
	assert_int_equal(names_ttl(300), 300);
	assert_int_equal(names_ttl(UINT32_MAX), 3600);
}

static void
sentinel(void **state)
{
	static const char stat[] = "42 (a b) c) S 1 42 42 0 -1 4194560 1 2 3 "
	    "4 5 6 7 8 20 0 1 0 987654 1000 200";
	char		 out[128], tiny[8];

	(void)state;
	assert_int_equal(sentinel_text(42, stat, "abc-def\n", out,
	    sizeof(out)), 0);
	assert_string_equal(out, "42 987654 abc-def\n");
	assert_int_equal(sentinel_text(42, "42 (x) S 1", "b", out,
	    sizeof(out)), -1);
	assert_int_equal(sentinel_text(42, "", "b", out, sizeof(out)), -1);
	assert_int_equal(sentinel_text(42, stat, "", out, sizeof(out)), -1);
	assert_int_equal(sentinel_text(42, stat, "b", tiny, sizeof(tiny)),
	    -1);
}

/* The lock is what tells the living from the dead. */
static void
locks(void **state)
{
	char	 dir[] = "/tmp/t_parent.XXXXXX", path[64];
	pid_t	 other, pid;
	int	 fd, sent, st;

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_int_not_equal(fd = pidfile_open(dir, &other), -1);
	assert_int_equal(pidfile_write(fd), 0);
	assert_int_not_equal(sent = sentinel_set(dir), -1);
	if ((pid = fork()) == 0)
		_exit(pidfile_open(dir, &other) == -1 && other == getppid() &&
		    sentinel_set(dir) == -1 ? 0 : 1);
	assert_int_equal(waitpid(pid, &st, 0), pid);
	assert_int_equal(st, 0);
	str_format(path, sizeof(path), "%s/" SENTINEL_FILE, dir);
	assert_int_equal(access(path, R_OK), 0);
	sentinel_clear(dir, sent);
	assert_int_equal(access(path, F_OK), -1);
	/* One left behind by a death is taken over. */
	close(fd);
	assert_int_not_equal(fd = pidfile_open(dir, &other), -1);
	pidfile_remove(dir, fd);
	assert_int_equal(rmdir(dir), 0);
}

#define STATUS(caps, nnp)						\
	"Name:\tx\nUid:\t7\t7\t7\t7\nGid:\t8\t8\t8\t8\nGroups:\t \n"	\
	"VmRSS:\t     512 kB\nCapInh:\t0000000000000000\n"		\
	"CapPrm:\t0000000000000000\nCapEff:\t" caps "\n"		\
	"CapBnd:\t0000000000000000\nCapAmb:\t0000000000000000\n"	\
	"NoNewPrivs:\t" nnp "\nSeccomp:\t2\nSeccomp_filters:\t2\n"

static void
kernel_text(void **state)
{
	struct kernel_facts	 f;

	(void)state;
	assert_int_equal(status_parse(STATUS("000001ffffffffff", "1"), &f),
	    0);
	assert_int_equal(f.uid[2], 7);
	assert_int_equal(f.gid[3], 8);
	assert_int_equal(f.groups, 0);
	assert_true(f.cap_eff == 0x1ffffffffffULL && f.cap_bnd == 0);
	assert_int_equal(f.nnp, 1);
	assert_int_equal(f.filters, 2);
	assert_int_equal(f.rss_kb, 512);
	/* A missing line is no zero. */
	assert_int_equal(status_parse("Uid:\t7\t7\t7\t7\n", &f), -1);
	assert_int_equal(status_parse("", &f), -1);
	assert_int_equal(status_parse(STATUS("", "1"), &f), -1);
	assert_int_equal(status_parse(STATUS("0", ""), &f), -1);
}

static void
confined(void **state)
{
	char	 why[200];

	(void)state;
	/* This test is not confined, and it is told what is missing. */
	assert_int_equal(status_confined(getpid(), getuid() + 1, 1, why,
	    sizeof(why)), -1);
	assert_non_null(strstr(why, "kernel says"));
	assert_int_equal(status_confined(-5, 0, 0, why, sizeof(why)), -1);
}

static void
rule_rows(void **state)
{
	struct conf_rule	 r;
	char			 bash[] = "Bash", web[] = "NotebookEdit";
	char			 rd[] = "Read";
	char			*names[] = { bash, web, rd };
	char			*fetch[] = { web };
	enum tool		 t[8];

	(void)state;
	memset(&r, 0, sizeof(r));
	r.verdict = RV_ASK;
	assert_int_equal(confsend_rule_tools(&r, t, 8), 1);
	assert_int_equal(t[0], TOOL_NONE);
	r.tools.v = names;
	r.tools.n = 3;
	assert_int_equal(confsend_rule_tools(&r, t, 8), 2);
	assert_int_equal(t[0], TOOL_BASH);
	assert_int_equal(t[1], TOOL_READ);
	/* A rule about a tool we lack says nothing about the others. */
	r.tools.v = fetch;
	r.tools.n = 1;
	assert_int_equal(confsend_rule_tools(&r, t, 8), 0);
	/* The relay tells tainted turns from others. */
	r.tools.v = names;
	r.tainted = 1;
	r.verdict = RV_ALLOW;
	assert_int_equal(confsend_rule_tools(&r, t, 8), 1);
}

static int
allowed(const struct conf *c)
{
	char	*s = conf_summary(c), *p;
	int	 n = -1;

	if ((p = strstr(s, " names allowed")) != NULL) {
		while (p[-1] >= '0' && p[-1] <= '9')
			p--;
		n = atoi(p);
	}
	free(s);
	return (n);
}

static void
words(void **state)
{
	static char	 git[] = "git.example.org", pypi[] = "pypi.org";
	static char	*two[] = { git, pypi };
	struct conf_domain deny = { .names = { two + 1, 1 } };
	struct conf_domain more = { .names = { two, 2 } };
	struct conf_agent a = { .scope = SCOPE_TELEGRAM };
	int		 n;
	size_t		 i;
	struct conf	*c = conf_new();
	int64_t		 chats[2] = { 1, 2 };
	struct person	 me = { PERSON_ID, 42, NULL };
	char		*s;

	(void)state;
	assert_non_null(c);
	c->telegram.present = 1;
	s = conf_summary(c);
	assert_non_null(strstr(s, "nobody is served yet"));
	free(s);
	c->telegram.chats = chats;
	c->telegram.nchats = 1;
	c->telegram.admin.v = &me;
	c->telegram.admin.n = 1;
	s = conf_summary(c);
	assert_non_null(strstr(s, "1 chat listed, admin 42"));
	free(s);
	c->telegram.nchats = 2;
	s = conf_summary(c);
	assert_non_null(strstr(s, "2 chats listed"));
	assert_null(strstr(s, "allowed"));
	free(s);
	for (i = n = 0; i < domain_nrows; i++)
		n += domain_rows[i].class == DC_TOOLS;
	TAILQ_INSERT_TAIL(&c->agents, &a, entry);
	assert_int_equal(allowed(c), n);
	deny.deny = 1;
	TAILQ_INSERT_TAIL(&c->firewall.domains, &deny, entry);
	assert_int_equal(allowed(c), n - 1);
	TAILQ_INSERT_TAIL(&c->firewall.domains, &more, entry);
	assert_int_equal(allowed(c), n + 1);
	TAILQ_REMOVE(&c->agents, &a, entry);
	TAILQ_REMOVE(&c->firewall.domains, &deny, entry);
	TAILQ_REMOVE(&c->firewall.domains, &more, entry);
	c->telegram.chats = NULL;
	c->telegram.nchats = 0;
	c->telegram.admin.v = NULL;
	c->telegram.admin.n = 0;
	conf_free(c);
	assert_int_not_equal(logout_facility("local3"), -1);
	assert_int_equal(logout_facility("nonsense"), -1);
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test(backoff),
		cmocka_unit_test(urls),
		cmocka_unit_test(who_may_name),
		cmocka_unit_test(private_addresses),
		cmocka_unit_test(literals),
		cmocka_unit_test(sentinel),
		cmocka_unit_test(locks),
		cmocka_unit_test(kernel_text),
		cmocka_unit_test(confined),
		cmocka_unit_test(rule_rows),
		cmocka_unit_test(words),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
