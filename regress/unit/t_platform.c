/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What is said of a platform for given facts, and the queue of grants where
 * tools run one at a time.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <errno.h>
#include <string.h>
#include <cmocka.h>

#include "parent/platform.h"
#include "parent/tool/toolslot.h"
#include "telclauded/lib/util.h"

struct said {
	char	 layers[400];
	char	 words[4096];
	size_t	 longest;
};

static void
hear(const char *layer, const char *means, void *arg)
{
	struct said	*s = arg;

	(void)str_format(s->layers + strlen(s->layers), sizeof(s->layers) -
	    strlen(s->layers), "%s ", layer);
	(void)str_format(s->words + strlen(s->words), sizeof(s->words) -
	    strlen(s->words), "%s\n", means);
	s->longest = MAXIMUM(s->longest, strlen(means));
}

/* Nothing is missing. */
static const struct platform whole = { .landlock = 7, .ipv6 = 1,
    .ipv6_filter = 1, .mdwe = 1, .chroot = 1, .bounds = 1, .netns = 1,
    .namespaces = 1, .idmap = 1, .cgroup = 2, .tools = 1, .init = 0 };

static void
says(struct platform f, const char *layers)
{
	struct said	 s;
	const char	*p;
	unsigned	 n, want = 0;

	memset(&s, 0, sizeof(s));
	n = platform_weaker(&f, hear, &s);
	assert_string_equal(s.layers, layers);
	for (p = layers; (p = strchr(p, ' ')) != NULL; p++)
		want++;
	assert_int_equal(n, want);
	/* telclaudectl shows a line of it, whole. */
	assert_true(s.longest < 256);
}

static void
layers(void **state)
{
	struct platform	 f;

	(void)state;
	says(whole, "");
#define ONE(field, value, words) do {					\
	f = whole;							\
	f.field = value;						\
	says(f, words);							\
} while (0)
	ONE(mdwe, 0, "mdwe ");
	ONE(chroot, 0, "root ");
	ONE(bounds, 0, "bounding ");
	ONE(netns, 0, "network ");
	ONE(idmap, 0, "idmap ");
	ONE(cgroup, 0, "cgroup ");
	ONE(ipv6_filter, 0, "ipv6 ");
	ONE(namespaces, 0, "view namespaces init ");
	ONE(landlock, 6, "");
	ONE(landlock, 5, "landlock ");
	ONE(landlock, 1, "landlock landlock landlock landlock landlock ");
#undef ONE
	/* IPv6 that is not there needs no filter. */
	f = whole;
	f.ipv6 = f.ipv6_filter = 0;
	says(f, "");
	/* Process 1 takes everything with it. */
	f = whole;
	f.namespaces = 0;
	f.init = 1;
	says(f, "view namespaces ");
	/* Where no tool runs, nothing is said of tools. */
	f.tools = f.cgroup = f.idmap = 0;
	says(f, "view ");
}

static void
carried(void **state)
{
	struct platform	 f = whole;
	struct said	 s;

	(void)state;
	/* A right that is missing is named with what carries it instead. */
	memset(&s, 0, sizeof(s));
	f.landlock = 2;
	(void)platform_weaker(&f, hear, &s);
	assert_non_null(strstr(s.words, "ABI 2, not 3: truncation"));
	assert_non_null(strstr(s.words, "read-only mounts carry it"));
	assert_non_null(strstr(s.words, "network namespaces carry it"));
	assert_null(strstr(s.words, "one tool at a time"));
	memset(&s, 0, sizeof(s));
	f.landlock = 3;
	f.namespaces = 0;
	(void)platform_weaker(&f, hear, &s);
	assert_null(strstr(s.words, "namespaces carry"));
	assert_non_null(strstr(s.words, "a scope runs one tool at a time"));
}

static struct msg_TOOL_GRANT
grant(uint64_t job, enum scope scope)
{
	struct msg_TOOL_GRANT	 m;

	memset(&m, 0, sizeof(m));
	m.job = job;
	m.scope = (uint8_t)scope;
	return (m);
}

static void
queue(void **state)
{
	struct msg_TOOL_GRANT	 m;
	uint32_t		 id;
	uint64_t		 j;
	int			 n;

	(void)state;
	assert_false(toolqueue_waits(SCOPE_TELEGRAM));
	for (j = 1; j <= 3; j++) {
		m = grant(j, j == 2 ? SCOPE_MOLTBOOK : SCOPE_TELEGRAM);
		assert_int_equal(toolqueue_put(&m, 10 + (uint32_t)j), 0);
	}
	assert_int_equal(toolqueue_put(&m, 99), EEXIST);
	/* First come, first served, and scopes do not mix. */
	assert_true(toolqueue_take(SCOPE_TELEGRAM, &m, &id));
	assert_true(m.job == 1 && id == 11);
	assert_true(toolqueue_waits(SCOPE_MOLTBOOK));
	/* A runner kills in its own scope alone. */
	assert_false(toolqueue_drop(2, SCOPE_TELEGRAM, &id));
	assert_false(toolqueue_drop(1, SCOPE_NONE, &id));
	assert_true(toolqueue_drop(2, SCOPE_MOLTBOOK, &id));
	assert_int_equal(id, 12);
	assert_true(toolqueue_drop(3, SCOPE_NONE, &id));
	assert_false(toolqueue_take(SCOPE_TELEGRAM, &m, &id));
	/* Bounded, and empty after a flush. */
	for (n = 0, j = 1; n == 0 && j < 1000; j++) {
		m = grant(j, SCOPE_TELEGRAM);
		n = toolqueue_put(&m, 1);
	}
	assert_int_equal(n, EAGAIN);
	assert_true(j > 8);
	toolqueue_flush();
	assert_false(toolqueue_waits(SCOPE_TELEGRAM));
	m = grant(1, SCOPE_TELEGRAM);
	assert_int_equal(toolqueue_put(&m, 1), 0);
	toolqueue_flush();
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test(layers),
		cmocka_unit_test(carried),
		cmocka_unit_test(queue),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
