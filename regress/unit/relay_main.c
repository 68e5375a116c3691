/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Functions that each want a relay of their own, as one group of tests.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "telclauded/lib/util.h"
#include "regress/unit/relay_world.h"

int
world_main(void (*const *fns)(void), const char *const *names, size_t n)
{
	static struct CMUnitTest	tests[64];
	static void			(*fn[64])(void);
	size_t				i;

	if (n > NELEM(tests))
		abort();	/* what is left out would pass unseen */
	for (i = 0; i < n; i++) {
		fn[i] = fns[i];
		tests[i].name = names[i];
		tests[i].test_func = world_test;
		tests[i].initial_state = &fn[i];
	}
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (_cmocka_run_group_tests("tests", tests, n, NULL, NULL));
}
