/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Which addresses the firewall would open, and what the resolver makes of
 * answers.
 */
#include <sys/wait.h>

#include <arpa/inet.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ares.h>

#include "engines/resolver/answer.h"
#include "firewall/apply.h"
#include "telclauded/lib/util.h"

static struct netaddr
addr(const char *s)
{
	struct netaddr	 a;

	memset(&a, 0, sizeof(a));
	a.family = strchr(s, ':') != NULL ? 6 : 4;
	assert_int_equal(inet_pton(a.family == 4 ? AF_INET : AF_INET6, s, a.a),
	    1);
	return (a);
}

static const char *const closed[] = {
	"0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1",
	"100.127.255.255", "127.0.0.1", "127.77.1.1", "169.254.0.1",
	"172.16.0.1", "172.31.255.255", "192.0.0.8", "192.168.0.1",
	"198.18.0.1", "198.19.255.255", "224.0.0.1", "239.255.255.255",
	"240.0.0.1", "255.255.255.255",
	"::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::8.8.8.8",
	"::ffff:0:8.8.8.8", "64:ff9b::10.0.0.1", "64:ff9b::127.0.0.1",
	"64:ff9b:1::8.8.8.8", "2002:0a00:0001::1", "2002:808:808::1",
	"2001::1", "100::1", "fc00::1", "fd12::1", "fdff::1", "fec0::1",
	"ff02::1",
	/* The same, in every form somebody on the way might undo. */
	"::10.0.0.1", "::ffff:10.0.0.1", "::ffff:0:10.0.0.1",
	"64:ff9b::192.168.1.1", "64:ff9b::100.64.0.1", "64:ff9b::0.0.0.0",
	"64:ff9b::224.0.0.1", "64:ff9b::198.18.0.1", "64:ff9b:1:808:8:800::",
	"2002:c0a8:101::1", "2002:7f00:1::", "2002:6440:1::",
	"2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:2::1", "2001:10::1",
	"2001:20::1", "2001:1ff::1", "2a00::5efe:10.0.0.1",
	"2a00::200:5efe:192.168.1.1", "2606:4700::5efe:127.0.0.1",
	"3fff::1", "3fff:fff::1", "5f00::1", "4000::1", "1fff::1",
	"64:ff9a::1", "64:ff9b:0:1::1", "64:ff9b:2::1", "200::1", "ff0e::1",
	"feff::1", "e000::1", "0:0:0:0:0:1::1", "100:0:0:1::1",
	"0.255.255.255", "192.0.0.170", "192.88.99.1", "255.255.255.254",
};
static const char *const metadata[] = {
	"169.254.169.254", "169.254.170.2", "169.254.0.0", "169.254.255.255",
	"100.100.100.200", "168.63.129.16", "fd00:ec2::254", "fd00:ec2::23",
	"fd20:ce::254", "fd00:42::42", "fe80::1",
	"febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	"64:ff9b::169.254.169.254", "64:ff9b::100.100.100.200",
	"64:ff9b::168.63.129.16", "::ffff:169.254.169.254",
	"::169.254.169.254", "::ffff:0:169.254.169.254",
	"2002:a9fe:a9fe::1", "2002:6464:64c8::", "64:ff9b:1::169.254.169.254",
	"64:ff9b:1:a9fe:a9:fe00::", "2001:0:a9fe:a9fe::1",
	"2001:0:4136:e378:8000:63bf:5601:5601", "2a00::5efe:169.254.169.254",
	"2a00::200:5efe:a9fe:a9fe",
};
static const char *const open_[] = {
	"1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255",
	"100.128.0.0", "126.255.255.255", "128.0.0.1", "168.63.129.15",
	"172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0",
	"198.17.255.255", "198.20.0.0", "223.255.255.255", "149.154.167.220",
	"2606:4700::1111", "2a00::1", "2001:67c:4e8:f004::9",
	"64:ff9b::8.8.8.8", "2000::1", "2001:200::1", "2003::1", "3ffe::1",
	"3fff:1000::1", "2a00::5efe:8.8.8.8", "2a00::5eff:10.0.0.1",
};

static void
test_ranges(void **state)
{
	struct fw_rules	 r;
	struct netaddr	 a;
	size_t		 i;

	(void)state;
	memset(&r, 0, sizeof(r));
	for (i = 0; i < NELEM(closed); i++) {
		a = addr(closed[i]);
		if (fw_addr_ok(&r, &a, 443))
			fail_msg("%s is open", closed[i]);
	}
	for (i = 0; i < NELEM(metadata); i++) {
		a = addr(metadata[i]);
		if (fw_addr_ok(&r, &a, 80) || !addr_is_meta(&a))
			fail_msg("%s is open", metadata[i]);
	}
	for (i = 0; i < NELEM(open_); i++) {
		a = addr(open_[i]);
		if (!fw_addr_ok(&r, &a, 443))
			fail_msg("%s is closed", open_[i]);
	}
	a = addr("1.1.1.1");
	assert_false(fw_addr_ok(&r, &a, 0));
	a.family = 9;
	assert_false(fw_addr_ok(&r, &a, 443));
}

static void
test_privates(void **state)
{
	struct fw_private	 p[3];
	struct fw_rules		 r;
	struct netaddr		 a;
	size_t			 i;

	(void)state;
	memset(p, 0, sizeof(p));
	memset(&r, 0, sizeof(r));
	p[0].addr = addr("192.168.1.0");
	p[0].plen = 23;
	p[0].port = 80;
	/* The whole world: metadata stays closed even so. */
	p[1].addr = addr("0.0.0.0");
	p[1].port = 81;
	p[2].addr = addr("fd12::");
	p[2].plen = 61;
	p[2].port = 443;
	r.privates = p;
	r.nprivates = 3;
	a = addr("192.168.0.255");
	assert_true(fw_addr_ok(&r, &a, 80));
	assert_false(fw_addr_ok(&r, &a, 443));
	a = addr("192.168.2.0");
	assert_false(fw_addr_ok(&r, &a, 80));
	a = addr("10.1.1.1");
	assert_true(fw_addr_ok(&r, &a, 81));
	a = addr("169.254.169.254");
	assert_false(fw_addr_ok(&r, &a, 81));
	a = addr("fd12:0:0:7::1");
	assert_true(fw_addr_ok(&r, &a, 443));
	a = addr("fd12:0:0:8::1");
	assert_false(fw_addr_ok(&r, &a, 443));
	/* All of IPv6: no form of a metadata address is in it. */
	p[2].addr = addr("::");
	p[2].plen = 0;
	for (i = 0; i < NELEM(metadata); i++) {
		a = addr(metadata[i]);
		if (fw_addr_ok(&r, &a, 443) || fw_addr_ok(&r, &a, 81))
			fail_msg("%s is open", metadata[i]);
	}
	a = addr("fd13::1");
	assert_true(fw_addr_ok(&r, &a, 443));
	/* One row's endpoint is not another's. */
	str_copy(p[2].who, "gate", sizeof(p[2].who));
	assert_true(addr_ok(&r, "gate", &a, 443));
	assert_false(addr_ok(&r, "egress", &a, 443));
	assert_true(addr_ok(&r, NULL, &a, 443));
}

static void
test_check(void **state)
{
	struct fw_rules	 r;
	char		 why[256];

	(void)state;
	memset(&r, 0, sizeof(r));
	assert_int_equal(fw_check(&r, why, sizeof(why)), 0);
	r.nuids = 1;
	str_copy(r.uids[0].name, "relay", sizeof(r.uids[0].name));
	r.uids[0].uid = 901;
	assert_int_equal(fw_check(&r, why, sizeof(why)), 0);
	r.uids[0].uid = 0;
	assert_int_equal(fw_check(&r, why, sizeof(why)), -1);
	r.uids[0].uid = (uid_t)-1;
	assert_int_equal(fw_check(&r, why, sizeof(why)), -1);
	r.uids[0].uid = 901;
	memset(r.uids[0].name, 'a', sizeof(r.uids[0].name));
	assert_int_equal(fw_check(&r, why, sizeof(why)), -1);
	str_copy(r.uids[0].name, "meta", sizeof(r.uids[0].name));
	assert_int_equal(fw_check(&r, why, sizeof(why)), -1);
	r.nuids = FW_MAXUIDS + 1;
	assert_int_equal(fw_check(&r, why, sizeof(why)), -1);
}

/* Every uid of a full table has its chains; no name is cut or doubled. */
static void
test_plan(void **state)
{
	struct fw_rules	 r;
	struct fw_plan	 p;
	char		 name[FW_NAMELEN];
	unsigned	 i, k;

	(void)state;
	memset(&r, 0, sizeof(r));
	for (i = 0; i < FW_MAXUIDS; i++) {
		str_format(r.uids[i].name, sizeof(r.uids[i].name),
		    "engine_with_long_nam%02u", i);
		r.uids[i].uid = 900 + i;
		r.uids[i].class = FWC_PINNED;
	}
	r.nuids = FW_MAXUIDS;
	assert_int_equal(plan_make(&p, &r, 0), 0);
	assert_int_equal(p.nchains, 3 + 2 * FW_MAXUIDS);
	assert_int_equal(p.nsets, 5 + 2 * FW_MAXUIDS);
	for (i = 0; i < FW_MAXUIDS; i++) {
		str_format(name, sizeof(name), "deny_%s", r.uids[i].name);
		assert_non_null(plan_chain(&p, name));
	}
	for (i = 0; i < p.nrules; i++)
		assert_non_null(plan_chain(&p, p.rules[i].chain));
	for (i = 0; i < p.nchains; i++)
		for (k = 0; k < i; k++)
			assert_string_not_equal(p.chains[i].name,
			    p.chains[k].name);
	plan_free(&p);
	assert_int_equal(plan_make(&p, &r, 1), 0);
	for (i = 0; i < p.nsets; i++)
		assert_int_not_equal(p.sets[i].family, 6);
	plan_free(&p);
}

/*
 * In a network namespace of its own: a transaction that fails half-way leaves
 * nothing, and says where it failed; a table without IPv6 can be made.
 * 0, or where it went wrong.
 */
static int
in_kernel(void)
{
	struct fw_rules	 r;
	struct fw_plan	 p;
	struct step	 to = { &r, &p };
	struct nl	*nl;
	const char	*what, *name;
	char		 label[FW_NAMELEN], good[FW_NAMELEN];
	unsigned	 i;
	int		 only4;

	memset(&r, 0, sizeof(r));
	str_copy(r.uids[0].name, "relay", sizeof(r.uids[0].name));
	r.uids[0].uid = 901;
	r.nuids = 1;
	if (unshare(CLONE_NEWNET) == -1 || (nl = nl_open()) == NULL)
		return (77);
	for (only4 = 0; only4 < 2; only4++) {
		if (plan_make(&p, &r, only4) == -1)
			return (1);
		for (i = 0; i < p.nrules; i++)
			if (strcmp(p.rules[i].t[p.rules[i].n - 1].name,
			    "deny_relay") == 0)
				break;
		name = p.rules[i].t[p.rules[i].n - 1].name;
		memcpy(good, name, sizeof(good));
		memcpy(p.rules[i].t[p.rules[i].n - 1].name, "nowhere", 8);
		if (step_commit(nl, NULL, &to, &what, &name, label) == 0)
			return (2);
		if (errno == EPERM)
			return (77);
		if (errno != ENOENT || what == NULL ||
		    strcmp(name, p.rules[i].chain) != 0)
			return (3);
		memcpy(p.rules[i].t[p.rules[i].n - 1].name, good,
		    sizeof(good));
		/* A left-over table would be in the way of this one. */
		if (step_commit(nl, NULL, &to, &what, &name, label) == -1)
			return (4);
		if (step_commit(nl, NULL, &to, &what, &name, label) == 0)
			return (5);
		if (table_delete(nl, plan_family(&p)) == -1)
			return (6);
		plan_free(&p);
	}
	nl_close(nl);
	return (0);
}

static void
test_transaction(void **state)
{
	pid_t	 pid;
	int	 status;

	(void)state;
	pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0)
		_exit(in_kernel());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77) {
		print_message("# no nftables or no right to it: skipped\n");
		skip();
	}
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* --- resolver ------- */
static void
test_names(void **state)
{
	(void)state;
	assert_true(name_valid("api.telegram.org"));
	assert_true(name_valid("a"));
	assert_true(name_valid("_dmarc.example.org."));
	assert_true(name_valid("xn--bcher-kva.example"));
	assert_false(name_valid(""));
	assert_false(name_valid("."));
	assert_false(name_valid("a..b"));
	assert_false(name_valid("-a.b"));
	assert_false(name_valid("a-.b"));
	assert_false(name_valid("1.2.3.4"));
	assert_false(name_valid("16909060"));
	assert_false(name_valid("a b"));
	assert_false(name_valid("a/b"));
	assert_false(name_valid("::1"));
}

/* An answer of n addresses to a question about "a.b". */
static int
answer_bytes(unsigned char *b, int n, int six, unsigned ttl)
{
	static const unsigned char	 q[] = { 1, 'a', 1, 'b', 0 };
	unsigned char			*p = b;
	int				 i;

	memset(b, 0, 12);
	b[2] = 0x81;
	b[3] = 0x80;
	b[5] = 1;
	b[7] = (unsigned char)n;
	p += 12;
	memcpy(p, q, sizeof(q));
	p += sizeof(q);
	*p++ = 0;
	*p++ = six ? 28 : 1;
	*p++ = 0;
	*p++ = 1;
	for (i = 0; i < n; i++) {
		*p++ = 0xc0;
		*p++ = 12;
		*p++ = 0;
		*p++ = six ? 28 : 1;
		*p++ = 0;
		*p++ = 1;
		*p++ = (unsigned char)(ttl >> 24);
		*p++ = (unsigned char)(ttl >> 16);
		*p++ = (unsigned char)(ttl >> 8);
		*p++ = (unsigned char)ttl;
		*p++ = 0;
		*p++ = six ? 16 : 4;
		memset(p, 9, 16);
		p[3] = (unsigned char)i;
		p += six ? 16 : 4;
	}
	return ((int)(p - b));
}

static void
test_merge(void **state)
{
	unsigned char	 b[4096];
	struct answer	 a;
	struct addrs	 out;
	uint32_t	 ttl;
	int		 n;

	(void)state;
	answer_init(&a);
	n = answer_bytes(b, 40, 0, 100);
	answer_add(&a, 4, ARES_SUCCESS, b, n);
	n = answer_bytes(b, 3, 1, 50);
	answer_add(&a, 6, ARES_SUCCESS, b, n);
	assert_int_equal(answer_finish(&a, &out, &ttl), NE_OK);
	assert_int_equal(out.n, ADDRS_MAX);
	assert_int_equal(ttl, 50);
	assert_int_equal(out.a[0].family, 4);
	assert_int_equal(out.a[ADDRS_MAX - 1].family, 6);

	/* One of the two of no use is no harm. */
	answer_init(&a);
	n = answer_bytes(b, 1, 0, 0xffffffff);
	answer_add(&a, 4, ARES_SUCCESS, b, n);
	answer_add(&a, 6, ARES_ETIMEOUT, NULL, 0);
	assert_int_equal(answer_finish(&a, &out, &ttl), NE_OK);
	assert_int_equal(out.n, 1);
	assert_int_equal(ttl, TTL_MIN);

	answer_init(&a);
	answer_add(&a, 4, ARES_ENOTFOUND, NULL, 0);
	answer_add(&a, 6, ARES_ENODATA, NULL, 0);
	assert_int_equal(answer_finish(&a, &out, &ttl), NE_NOTFOUND);
	answer_init(&a);
	answer_add(&a, 4, ARES_ENOTFOUND, NULL, 0);
	answer_add(&a, 6, ARES_ESERVFAIL, NULL, 0);
	assert_int_equal(answer_finish(&a, &out, &ttl), NE_SERVERS);
	answer_init(&a);
	answer_add(&a, 4, ARES_SUCCESS, b, n / 2);
	answer_add(&a, 6, ARES_SUCCESS, b, 3);
	assert_int_equal(answer_finish(&a, &out, &ttl), NE_SERVERS);
	/* An answer to the other question holds no address of this family. */
	answer_init(&a);
	answer_add(&a, 6, ARES_SUCCESS, b, n);
	assert_int_not_equal(answer_finish(&a, &out, &ttl), NE_OK);
	assert_int_equal(out.n, 0);
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_privates),
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_plan),
		cmocka_unit_test(test_transaction),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_merge),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
