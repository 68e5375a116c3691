/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What the parent remembers of pinned names: bounds a scope, answers that
 * hold, what a reload takes back.  Without a kernel's table.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "parent/names/names_int.h"
#include "parent/names/url.h"
#include "telclauded/conf/conf_int.h"
#include "telclauded/lib/util.h"

static const struct engine_row	 egress_row = { .proc = PROC_EGRESS };
static const struct engine_row	 relay_row = { .proc = PROC_RELAY };
static struct parent		 p;
static struct engine		*egress, *relay;
static struct conf_notes	 notes;

static void
configure(const char *firewall)
{
	struct buf	 b;

	buf_init(&b);
	buf_printf(&b, "agent telegram {\n\tworkspace \"/w\"\n}\nagent "
	    "moltbook {\n\tworkspace \"/m\"\n}\nfirewall {\n%s\n}\n",
	    firewall);
	conf_free(p.conf);
	p.conf = conf_reparse(b.p, b.len, &notes);
	buf_free(&b);
	assert_non_null(p.conf);
}

static int
setup(void **state)
{
	(void)state;
	memset(&p, 0, sizeof(p));
	egress = &p.engines[0];
	relay = &p.engines[1];
	p.nengines = 2;
	egress->p = relay->p = &p;
	egress->row = &egress_row;
	relay->row = &relay_row;
	str_copy(egress->fwname, "egress", sizeof(egress->fwname));
	str_copy(relay->fwname, "relay", sizeof(relay->fwname));
	p.names = names_new();
	configure("allow domain \"*.example.org\"");
	return (p.names == NULL ? -1 : 0);
}

static int
teardown(void **state)
{
	(void)state;
	names_free(p.names);
	conf_free(p.conf);
	conf_notes_free(&notes);
	return (0);
}

static struct addrs
some(unsigned first, unsigned n)
{
	struct addrs	 a;
	unsigned	 i;

	memset(&a, 0, sizeof(a));
	for (i = 0; i < n; i++) {
		a.a[i].family = 4;
		a.a[i].a[0] = 198;
		a.a[i].a[1] = 51;
		a.a[i].a[2] = (uint8_t)((first + i) >> 8);
		a.a[i].a[3] = (uint8_t)(first + i);
	}
	a.n = (uint8_t)n;
	return (a);
}

static unsigned
held(enum scope scope)
{
	const struct pin	*k;
	unsigned		 n = 0;

	TAILQ_FOREACH(k, &p.names->pins, entry)
		if (k->scope == scope)
			n += k->addrs.n;
	return (n);
}

/* A scope that asks for everything keeps its own bound, and no other's. */
static void
bounded(void **state)
{
	struct addrs	 a;
	char		 host[64];
	unsigned	 i;

	(void)state;
	a = some(1, 4);
	assert_int_equal(pins_add(egress, SCOPE_MOLTBOOK, "m.example.org",
	    443, &a, 60), 4);
	a = some(1, ADDRS_MAX);
	assert_int_equal(pins_add(egress, SCOPE_TELEGRAM, "big.example.org",
	    443, &a, 60), 8);
	for (i = 0; i < 2000; i++) {
		str_format(host, sizeof(host), "n%u.example.org", i);
		a = some(i * 8, 8);
		assert_int_equal(pins_add(egress, SCOPE_TELEGRAM, host, 443,
		    &a, 60), 8);
		assert_true(held(SCOPE_TELEGRAM) <= 448);
	}
	assert_true(held(SCOPE_TELEGRAM) > 400);
	assert_int_equal(held(SCOPE_MOLTBOOK), 4);
	assert_non_null(pins_find(p.names, PROC_EGRESS, SCOPE_TELEGRAM,
	    "N1999.example.org", 443));
	assert_null(pins_find(p.names, PROC_EGRESS, SCOPE_TELEGRAM,
	    "big.example.org", 443));
	/* Another port, scope or engine is another question. */
	assert_null(pins_find(p.names, PROC_EGRESS, SCOPE_TELEGRAM,
	    "n1999.example.org", 80));
	assert_null(pins_find(p.names, PROC_EGRESS, SCOPE_MOLTBOOK,
	    "n1999.example.org", 443));
	assert_null(pins_find(p.names, PROC_GATE, SCOPE_TELEGRAM,
	    "n1999.example.org", 443));
}

static void
reload(void **state)
{
	struct addrs	 a;

	(void)state;
	a = some(1, 1);
	pins_add(egress, SCOPE_TELEGRAM, "a.example.org", 443, &a, 60);
	pins_add(egress, SCOPE_TELEGRAM, "b.example.org", 443, &a, 60);
	said_put(p.names, "a.example.org", &a, 60);
	configure("allow domain b.example.org");
	names_recheck(&p);
	assert_null(pins_find(p.names, PROC_EGRESS, SCOPE_TELEGRAM,
	    "a.example.org", 443));
	assert_non_null(pins_find(p.names, PROC_EGRESS, SCOPE_TELEGRAM,
	    "b.example.org", 443));
	assert_int_equal(p.names->nsaid, 0);
	pins_drop(&p, PROC_EGRESS, SCOPE_TELEGRAM, "b.example.org", 443);
	assert_int_equal(p.names->npins, 0);
}

/* The addresses of relay and gate are closed while they are theirs. */
static void
closed(void **state)
{
	struct addrs	 a = some(1, 2), b = some(9, 1);

	(void)state;
	pins_add(relay, SCOPE_NONE, "api.telegram.org", 443, &a, 60);
	pins_add(egress, SCOPE_TELEGRAM, "x.example.org", 443, &b, 60);
	assert_true(pins_closed(p.names, &a.a[0]));
	assert_true(pins_closed(p.names, &a.a[1]));
	assert_false(pins_closed(p.names, &b.a[0]));
	/* A server of the user's own may be a tool's too. */
	pins_add(relay, SCOPE_NONE, "tg.example.org", 443, &b, 60);
	assert_false(pins_closed(p.names, &b.a[0]));
}

static void
answers(void **state)
{
	struct addrs	 a = some(1, 2), b;
	char		 host[64];
	uint32_t	 ttl;
	unsigned	 i, n;

	(void)state;
	assert_false(said_get(p.names, "a.example.org", &b, &ttl));
	said_put(p.names, "a.example.org", &a, 60);
	assert_true(said_get(p.names, "A.Example.Org", &b, &ttl));
	assert_true(ttl >= 59 && ttl <= 60 && b.n == 2);
	/* What is about to end is asked for again. */
	said_put(p.names, "a.example.org", &a, 1);
	assert_false(said_get(p.names, "a.example.org", &b, &ttl));
	for (i = 0; i < 1000; i++) {
		str_format(host, sizeof(host), "n%u.example.org", i);
		said_put(p.names, host, &a, 60);
	}
	assert_true(p.names->nsaid <= 256);
	assert_true(said_get(p.names, "n999.example.org", &b, &ttl));
	assert_false(said_get(p.names, "n0.example.org", &b, &ttl));
	/* Names are messages too: so many at once, and each scope its own. */
	for (n = 0; n < 1000 && said_may_ask(p.names, SCOPE_TELEGRAM); n++)
		;
	assert_true(n >= 60 && n <= 62);
	assert_true(said_may_ask(p.names, SCOPE_MOLTBOOK));
	assert_true(said_may_tell(p.names, SCOPE_TELEGRAM));
	assert_true(said_may_tell(p.names, (enum scope)200));
}

int
main(void)
{
#define T(fn)	cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest	 tests[] = {
		T(bounded), T(reload), T(closed), T(answers),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
