/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The table of built-in names keeps its promises, and every question of who
 * may name what has the answer that the manual gives.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <cmocka.h>

#include "parent/names/names.h"
#include "parent/names/url.h"
#include "telclauded/conf/conf_int.h"
#include "telclauded/lib/util.h"

#define HEAD	"telegram {\n\ttoken file \"/t\"\n\tallow chat 1\n}\n"	\
	"agent telegram {\n\tworkspace \"/w\"\n}\n"			\
	"agent moltbook {\n\tworkspace \"/m\"\n}\n"
#define KEY	"anthropic {\n\tkey file \"/k\"\n}\n"

static struct conf_notes	 notes;

static struct conf *
parsed(const char *text)
{
	struct conf	*c;
	struct buf	 b;

	conf_notes_free(&notes);
	memset(&notes, 0, sizeof(notes));
	buf_init(&b);
	buf_puts(&b, HEAD);
	if (strstr(text, "anthropic {") == NULL)
		buf_puts(&b, KEY);
	buf_puts(&b, text);
	c = conf_reparse(b.p, b.len, &notes);
	buf_free(&b);
	if (c == NULL)
		fail_msg("%s", notes.errors.n > 0 ? notes.errors.v[0] : text);
	return (c);
}

static int
warned(const char *words)
{
	size_t	 i;

	for (i = 0; i < notes.warnings.n; i++)
		if (strstr(notes.warnings.v[i], words) != NULL)
			return (1);
	return (0);
}

/* --- the table --------------------------------------------------------- */

static void
table(void **state)
{
	static const char *const closed[] = { "api.telegram.org",
	    "api.anthropic.com", "claude.ai", "platform.claude.com",
	    "console.anthropic.com", "api.openai.com" };
	static const char *const gone[] = { "code.anthropic.com",
	    "api.code.anthropic.com", "platform.claude.ai" };
	const struct domain_row	*r, *q;
	unsigned		 n[DC_MAX] = { 0 };
	size_t			 i, k;

	(void)state;
	for (i = 0; i < domain_nrows; i++) {
		r = &domain_rows[i];
		n[r->class]++;
		/* A name as it is asked for, or "*." and one. */
		assert_true(domain_valid(r->name) ||
		    (strncmp(r->name, "*.", 2) == 0 &&
		    domain_valid(r->name + 2)));
		assert_true(r->class == DC_TOOLS || r->name[0] != '*');
		if (r->class == DC_TOOLS && domain_covers(r->name) != NULL)
			fail_msg("%s opens %s to tools", r->name,
			    domain_covers(r->name));
		for (k = 0; k < i; k++) {
			q = &domain_rows[k];
			if (domain_match(q->name, r->name) ||
			    domain_match(r->name, q->name))
				fail_msg("%s twice", r->name);
		}
		for (k = 0; k < NELEM(gone); k++)
			assert_string_not_equal(r->name, gone[k]);
	}
	for (i = DC_RELAY; i < DC_MAX; i++)
		assert_true(n[i] > 0);
	for (i = 0; i < NELEM(closed); i++) {
		assert_true(domain_class(closed[i]) != DC_NONE);
		assert_true(domain_class(closed[i]) != DC_TOOLS);
	}
	assert_int_equal(domain_class("x.api.telegram.org"), DC_RELAY);
	assert_int_equal(domain_class("API.Anthropic.COM"), DC_MODEL);
	assert_int_equal(domain_class("api.claude.ai"), DC_LOGIN);
	assert_int_equal(domain_class("notclaude.ai"), DC_NONE);
	assert_int_equal(domain_class("anthropic.com"), DC_NONE);
	assert_int_equal(domain_class("x.npmjs.org"), DC_TOOLS);
	assert_int_equal(domain_class("npmjs.org"), DC_NONE);
	assert_int_equal(domain_class("x.github.com"), DC_NONE);
}

/* What the daemon uses without a line is in the class of its user. */
static void
defaults(void **state)
{
	struct conf	*c = conf_new();
	struct url	 u;

	(void)state;
	assert_non_null(c);
	assert_int_equal(url_parse(c->telegram.api, &u), 0);
	assert_int_equal(domain_class(u.host), DC_RELAY);
	assert_int_equal(url_parse(c->anthropic.api, &u), 0);
	assert_int_equal(domain_class(u.host), DC_MODEL);
	assert_int_equal(url_parse(c->openai.api, &u), 0);
	assert_int_equal(domain_class(u.host), DC_CLOSED);
	conf_free(c);
}

static void
valid(void **state)
{
	static const char *const good[] = { "a.b", "example.org", "A-1.b2c",
	    "_x.example.org", "xn--bcher-kva.example", "nas", "1.2.3.x4",
	    "0x.example" };
	static const char *const bad[] = { "", ".", "a.", "a..b", ".a", "-a.b",
	    "a-.b", "a b", "a/b", "a:b", "1.2.3.4", "127.1", "2130706433",
	    "0x7f000001", "0x7f.1", "0177.0.0.1", "a.0x1f", "a.0x", "x.1",
	    "::1", "[::1]", "a@b", "a%2eb", "\xc3\xa4.de", "a\nb", "*.a" };
	char			 deep[300];
	size_t			 i;

	(void)state;
	for (i = 0; i < NELEM(good); i++)
		if (!domain_valid(good[i]))
			fail_msg("%s is a name", good[i]);
	for (i = 0; i < NELEM(bad); i++)
		if (domain_valid(bad[i]))
			fail_msg("\"%s\" is no name", bad[i]);
	memset(deep, 'a', sizeof(deep));
	deep[64] = '\0';
	assert_false(domain_valid(deep));
	deep[63] = '\0';
	assert_true(domain_valid(deep));
	for (i = 0; i + 1 < sizeof(deep); i += 2)
		memcpy(deep + i, "a.", 2);
	deep[255] = '\0';
	assert_false(domain_valid(deep));
	deep[253] = '\0';
	assert_true(domain_valid(deep));
}

static void
covers(void **state)
{
	(void)state;
	assert_string_equal(domain_covers("*.anthropic.com"),
	    "api.anthropic.com");
	assert_string_equal(domain_covers("*.telegram.org"),
	    "api.telegram.org");
	assert_string_equal(domain_covers("*.org"), "api.telegram.org");
	assert_string_equal(domain_covers("x.api.openai.com"),
	    "api.openai.com");
	assert_string_equal(domain_covers("*.Claude.ai"), "claude.ai");
	assert_null(domain_covers("anthropic.com"));
	assert_null(domain_covers("docs.anthropic.com"));
	assert_null(domain_covers("*.example.org"));
	assert_null(domain_covers("*.ropic.com"));
}

/* --- egress ------------------------------------------------------------ */

#define TG	SCOPE_TELEGRAM
#define MB	SCOPE_MOLTBOOK
#define FW(s)	"firewall {\n" s "}\n"
#define NAS	"allow private \"nas\" host { nas.lan 192.168.1.0/24 } "	\
		"port 8443\n"

static const struct {
	const char	*conf, *host;
	uint16_t	 port;
	enum scope	 scope;
	enum name_way	 way;
} cases[] = {
	/* no line: the built-in list, two ports */
	{ "", "github.com", 443, TG, NW_DOMAIN },
	{ "", "GitHub.com", 80, TG, NW_DOMAIN },
	{ "", "github.com", 22, TG, NW_NONE },
	{ "", "github.com", 8443, TG, NW_NONE },
	{ "", "pypi.org", 443, MB, NW_DOMAIN },
	{ "", "x.npmjs.org", 443, TG, NW_DOMAIN },
	{ "", "npmjs.org", 443, TG, NW_NONE },
	{ "", "example.org", 443, TG, NW_NONE },
	{ "", "github.com.", 443, TG, NW_NONE },
	{ "", "github.com", 443, SCOPE_NONE, NW_NONE },
	{ "", "github.com", 443, SCOPE_MAX, NW_NONE },
	{ "", "github.com", 0, TG, NW_NONE },
	{ "", "evil.org/github.com", 443, TG, NW_NONE },
	/* the last line that names it */
	{ FW("deny domain github.com\n"), "github.com", 443, TG, NW_NONE },
	{ FW("deny domain default\n"), "github.com", 443, TG, NW_NONE },
	{ FW("deny domain github.com\nallow domain default\n"), "github.com",
	    443, TG, NW_DOMAIN },
	{ FW("allow domain \"*.example.org\"\n"), "a.b.example.org", 443, TG,
	    NW_DOMAIN },
	{ FW("allow domain \"*.example.org\"\n"), "example.org", 443, TG,
	    NW_NONE },
	{ FW("allow domain \"*.example.org\"\n"), "badexample.org", 443, TG,
	    NW_NONE },
	{ FW("allow domain \"*.example.org\"\ndeny domain x.example.org\n"),
	    "x.example.org", 443, TG, NW_NONE },
	{ FW("allow domain example.org port { 22 8443 }\n"), "example.org", 22,
	    TG, NW_DOMAIN },
	{ FW("allow domain example.org port { 22 8443 }\n"), "example.org",
	    443, TG, NW_NONE },
	{ FW("allow domain example.org port 80\n"), "example.org", 80, TG,
	    NW_DOMAIN },
	/* what no line opens to tools */
	{ FW("allow domain \"*.anthropic.com\"\n"), "api.anthropic.com", 443,
	    TG, NW_NONE },
	{ FW("allow domain \"*.anthropic.com\"\n"), "docs.anthropic.com", 443,
	    TG, NW_DOMAIN },
	{ FW("allow domain \"*.anthropic.com\"\n"), "console.anthropic.com",
	    443, TG, NW_NONE },
	{ FW("allow domain \"*.telegram.org\"\n"), "API.telegram.org", 443,
	    TG, NW_NONE },
	{ FW("allow domain api.openai.com\n"), "api.openai.com", 443, TG,
	    NW_NONE },
	{ FW("allow domain \"*.claude.ai\"\n"), "x.claude.ai", 443, TG,
	    NW_NONE },
	{ FW("allow domain \"*.corp.example\"\n") "anthropic {\n\tkey file "
	    "\"/k\"\n\tapi \"https://llm.corp.example\"\n}\n",
	    "llm.corp.example", 443, TG, NW_NONE },
	{ FW("allow domain \"*.corp.example\"\n") "anthropic {\n\tkey file "
	    "\"/k\"\n\tapi \"https://llm.corp.example\"\n}\n",
	    "api.anthropic.com", 443, TG, NW_NONE },
	/* permissive: public hosts, two ports, never those, never moltbook */
	{ FW("mode permissive\n"), "example.org", 443, TG, NW_DOMAIN },
	{ FW("mode permissive\n"), "example.org", 80, TG, NW_DOMAIN },
	{ FW("mode permissive\n"), "example.org", 25, TG, NW_NONE },
	{ FW("mode permissive\n"), "intranet", 443, TG, NW_NONE },
	{ FW("mode permissive\n"), "example.org", 443, MB, NW_NONE },
	{ FW("mode permissive\n"), "pypi.org", 443, MB, NW_DOMAIN },
	{ FW("mode permissive\n"), "api.telegram.org", 443, TG, NW_NONE },
	{ FW("mode permissive\n"), "api.telegram.org.", 443, TG, NW_NONE },
	{ FW("mode permissive\n"), "api.anthropic.com", 80, TG, NW_NONE },
	{ FW("mode permissive\n"), "platform.claude.com", 443, TG, NW_NONE },
	{ FW("mode permissive\n"), "api.openai.com", 443, TG, NW_NONE },
	{ FW("mode permissive\n"), "198.51.100.7", 443, TG, NW_NONE },
	{ FW("mode permissive\n"), "2001:db8::7", 443, TG, NW_NONE },
	{ FW("mode permissive\n"), "3325256711", 443, TG, NW_NONE },
	{ FW("mode permissive\n"), "0xc6336407", 443, TG, NW_NONE },
	{ FW("mode permissive\n"), "localhost", 80, TG, NW_NONE },
	{ FW("mode permissive\n"), "x.localhost", 80, TG, NW_NONE },
	{ FW("mode permissive\n"), "metadata.google.internal", 80, TG,
	    NW_NONE },
	{ FW("mode permissive\ndeny domain example.org\n"), "example.org",
	    443, TG, NW_NONE },
	/* private endpoints */
	{ FW(NAS), "nas.lan", 8443, TG, NW_PRIVATE },
	{ FW(NAS), "NAS.LAN", 8443, TG, NW_PRIVATE },
	{ FW(NAS), "nas.lan", 443, TG, NW_NONE },
	{ FW(NAS), "nas.lan", 8443, MB, NW_NONE },
	{ FW(NAS), "192.168.1.9", 8443, TG, NW_PRIVATE },
	{ FW(NAS), "192.168.1.9", 443, TG, NW_NONE },
	{ FW(NAS), "192.168.2.9", 8443, TG, NW_NONE },
	{ FW(NAS), "192.168.1.9", 8443, MB, NW_NONE },
	{ FW(NAS), "::ffff:192.168.1.9", 8443, TG, NW_NONE },
	{ FW(NAS), "0xc0a80109", 8443, TG, NW_NONE },
	{ FW(NAS "mode permissive\n"), "nas.lan", 443, TG, NW_NONE },
	{ FW("allow private \"x\" host fd12::/64\n"), "fd12::7", 443, TG,
	    NW_PRIVATE },
	{ FW("allow private \"x\" host fd12::/64\n"), "fd12:0:0:1::7", 443,
	    TG, NW_NONE },
	{ FW("allow private \"x\" host 0.0.0.0/0 port 80\n"),
	    "169.254.169.254", 80, TG, NW_NONE },
	{ FW("allow private \"x\" host ::/0 port 80\n"), "fd00:ec2::254", 80,
	    TG, NW_NONE },
	{ FW("allow private \"dev\" host localhost port 3000\n"), "localhost",
	    3000, TG, NW_PRIVATE },
	{ FW("allow private \"dev\" host localhost port 3000\n"), "127.0.0.1",
	    3000, TG, NW_PRIVATE },
	{ FW("allow private \"dev\" host localhost port 3000\n"), "127.0.0.2",
	    3000, TG, NW_NONE },
	/* a provider is the gate's, also below an endpoint's prefix */
	{ FW(NAS) "provider p {\n\turl \"http://192.168.1.5:8443\"\n}\n",
	    "192.168.1.5", 8443, TG, NW_NONE },
	{ FW(NAS) "provider p {\n\turl \"http://192.168.1.5:8443\"\n}\n",
	    "192.168.1.6", 8443, TG, NW_PRIVATE },
	{ FW("mode permissive\n") "provider p {\n\turl "
	    "\"https://p.example.org\"\n}\n", "p.example.org", 443, TG,
	    NW_NONE },
	/* and so is a model server on this machine */
	{ FW("allow private \"l\" host 127.0.0.1 port { 80 81 }\n")
	    "anthropic {\n\tkey file \"/k\"\n\tapi \"http://127.0.0.1\"\n}\n",
	    "127.0.0.1", 80, TG, NW_NONE },
	{ FW("allow private \"l\" host 127.0.0.1 port { 80 81 }\n")
	    "anthropic {\n\tkey file \"/k\"\n\tapi \"http://127.0.0.1\"\n}\n",
	    "127.0.0.1", 81, TG, NW_PRIVATE },
};

static void
policy(void **state)
{
	struct name_verdict	 v;
	struct conf		*c;
	size_t			 i;

	(void)state;
	for (i = 0; i < NELEM(cases); i++) {
		c = parsed(cases[i].conf);
		names_judge(c, PROC_EGRESS, cases[i].scope, cases[i].host,
		    cases[i].port, &v);
		if (v.way != cases[i].way || v.why == NULL)
			fail_msg("%s port %u for scope %d: %d (%s), not %d, "
			    "with\n%s", cases[i].host, cases[i].port,
			    (int)cases[i].scope, (int)v.way, v.why,
			    (int)cases[i].way, cases[i].conf);
		assert_int_equal(names_allowed(c, PROC_EGRESS,
		    cases[i].scope, cases[i].host, cases[i].port),
		    cases[i].way != NW_NONE);
		conf_free(c);
	}
}

static int
addr_of(const struct conf *c, enum proc proc, const char *host, uint16_t port,
    const char *addr)
{
	struct name_verdict	 v;
	struct netaddr		 a;

	names_judge(c, proc, TG, host, port, &v);
	assert_int_equal(addr_parse(addr, &a), 0);
	return (names_addr_ok(c, &v, proc, &a, port));
}

/* No answer opens more than the line did. */
static void
answers(void **state)
{
	struct conf	*c;

	(void)state;
	c = parsed(FW(NAS "allow private \"six\" host { six.lan fd12::/64 }\n"
	    "allow domain example.org\n")
	    "provider p {\n\turl \"http://192.168.1.5:8443\"\n}\n"
	    "provider q {\n\turl \"http://q.lan:8443\"\n}\n");
	assert_true(addr_of(c, PROC_EGRESS, "example.org", 443, "1.1.1.1"));
	assert_false(addr_of(c, PROC_EGRESS, "example.org", 443,
	    "192.168.1.9"));
	assert_false(addr_of(c, PROC_EGRESS, "example.org", 443,
	    "169.254.169.254"));
	assert_true(addr_of(c, PROC_EGRESS, "nas.lan", 8443, "192.168.1.9"));
	assert_false(addr_of(c, PROC_EGRESS, "nas.lan", 8443, "192.168.2.9"));
	assert_false(addr_of(c, PROC_EGRESS, "nas.lan", 8443, "1.1.1.1"));
	assert_false(addr_of(c, PROC_EGRESS, "nas.lan", 8443, "fd12::1"));
	assert_false(addr_of(c, PROC_EGRESS, "nas.lan", 8443, "192.168.1.5"));
	assert_true(addr_of(c, PROC_EGRESS, "six.lan", 443, "fd12::1"));
	/* The gate: each provider its own, and a name its endpoint's. */
	assert_true(addr_of(c, PROC_GATE, "192.168.1.5", 8443,
	    "192.168.1.5"));
	assert_false(addr_of(c, PROC_GATE, "192.168.1.5", 443,
	    "192.168.1.5"));
	assert_true(addr_of(c, PROC_GATE, "q.lan", 8443, "192.168.1.7"));
	assert_false(addr_of(c, PROC_GATE, "q.lan", 8443, "1.1.1.1"));
	assert_false(addr_of(c, PROC_GATE, "q.lan", 8443, "10.0.0.1"));
	assert_false(names_allowed(c, PROC_GATE, MB, "q.lan", 8443));
	assert_false(names_allowed(c, PROC_RELAY, TG, "q.lan", 8443));
	conf_free(c);
}

static void
login_and_remote(void **state)
{
	struct conf	*c;

	(void)state;
	c = parsed("");
	assert_false(names_allowed(c, PROC_GATE, TG, "platform.claude.com",
	    443));
	conf_free(c);
	c = parsed("anthropic {\n\tlogin \"/l\"\n}\n");
	assert_true(names_allowed(c, PROC_GATE, TG, "platform.claude.com",
	    443));
	assert_false(names_allowed(c, PROC_GATE, TG, "platform.claude.com",
	    80));
	assert_false(names_allowed(c, PROC_RELAY, TG, "platform.claude.com",
	    443));
	assert_false(names_allowed(c, PROC_EGRESS, TG, "platform.claude.com",
	    443));
	/* A remote agent: its host and port, for the relay, on a site's own
	 * networks, and never metadata. */
	free(TAILQ_LAST(&c->agents, conf_agents)->workspace);
	TAILQ_LAST(&c->agents, conf_agents)->workspace = NULL;
	TAILQ_LAST(&c->agents, conf_agents)->remote = strdup("agent-moltbook");
	TAILQ_LAST(&c->agents, conf_agents)->port = 8789;
	assert_true(names_allowed(c, PROC_RELAY, TG, "agent-moltbook", 8789));
	assert_false(names_allowed(c, PROC_RELAY, TG, "agent-moltbook", 443));
	assert_false(names_allowed(c, PROC_GATE, TG, "agent-moltbook", 8789));
	assert_true(addr_of(c, PROC_RELAY, "agent-moltbook", 8789,
	    "172.18.0.3"));
	assert_false(addr_of(c, PROC_RELAY, "agent-moltbook", 8789,
	    "169.254.169.254"));
	assert_false(addr_of(c, PROC_RELAY, "agent-moltbook", 8789,
	    "127.0.0.1"));
	conf_free(c);
}

static void
warnings(void **state)
{
	struct conf	*c;

	(void)state;
	c = parsed(FW("allow domain { example.org \"*.telegram.org\" }\n"));
	assert_true(warned("never reach api.telegram.org (relay)"));
	conf_free(c);
	c = parsed(FW("allow domain { example.org }\n"
	    "deny domain \"*.telegram.org\"\n"));
	assert_false(warned("never reach"));
	conf_free(c);
	c = parsed(FW("allow private \"n\" host nas.lan\n"));
	assert_true(warned("a name alone opens nothing"));
	conf_free(c);
	c = parsed(FW(NAS));
	assert_false(warned("alone"));
	conf_free(c);
	conf_notes_free(&notes);
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test(table),
		cmocka_unit_test(defaults),
		cmocka_unit_test(valid),
		cmocka_unit_test(covers),
		cmocka_unit_test(policy),
		cmocka_unit_test(answers),
		cmocka_unit_test(login_and_remote),
		cmocka_unit_test(warnings),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
