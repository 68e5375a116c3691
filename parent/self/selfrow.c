/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What telclaudectl shows of the selftest: a row a twin of the last run, and
 * when one passed.  Run by the parent.
 *
 * selftest	name result why acts us layers[]
 */
#include <string.h>

#include "parent/self/self_int.h"

static void
add_layers(const struct twin *t, struct buf *b)
{
	const char	*s, *sep = "";
	int		 i;

	buf_puts(b, ",\"layers\":[");
	for (i = 0; i < SL_MAX; i++) {
		if ((t->v.layers >> i & 1) == 0)
			continue;
		s = self_layer_words((enum self_layer)i);
		buf_puts(b, sep);
		buf_json_str(b, s, strlen(s));
		sep = ",";
	}
	buf_puts(b, "]");
}

/* Left open at its end for the sender. */
int
selftest_row(const struct parent *p, unsigned i, struct buf *b)
{
	const struct selftest	*s = p->selftest;
	const struct twin	*t;

	if (s == NULL || s->running || i >= s->n)
		return (0);
	t = &s->twins[i];
	buf_init(b);
	buf_puts(b, "{\"row\":\"selftest\",\"name\":");
	buf_json_str(b, t->name, strlen(t->name));
	buf_printf(b, ",\"result\":\"%s\",\"why\":",
	    t->v.why[0] == '\0' ? "ok" : "FAILED");
	buf_json_str(b, t->v.why, strlen(t->v.why));
	buf_printf(b, ",\"acts\":%u,\"us\":%llu", t->v.acts,
	    (unsigned long long)t->us);
	add_layers(t, b);
	return (1);
}

uint64_t
selftest_last(const struct parent *p, const char **failed)
{
	const struct selftest	*s = p->selftest;

	*failed = NULL;
	if (s == NULL)
		return (0);
	if (!s->running && s->failed[0] != '\0')
		*failed = s->failed;
	return (s->last_ms);
}
