/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * telclaudectl limits and usage.  Run by the caller.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

#include "telclauded/ctl/ctl.h"
#include "telclauded/lib/util.h"

static void
fmt_ends(const struct json_t *v, char *out, size_t size)
{
	fmt_since((uint64_t)json_integer_value(v) * 1000, out, size);
}

static void
fmt_usd(const struct json_t *v, char *out, size_t size)
{
	(void)str_format(out, size, "%.4f",
	    (double)json_integer_value(v) / 1e6);
}

/* A scope's tools whose turn nobody can tell. */
static void
fmt_person(const struct json_t *v, char *out, size_t size)
{
	if (json_integer_value(v) == 0)
		(void)str_copy(out, "-", size);
	else
		(void)str_format(out, size, "%" JSON_INTEGER_FORMAT,
		    json_integer_value(v));
}

static const struct column limit_columns[] = {
	{ "limit", "LIMIT", 5, NULL },
	{ "line", "LINE", 16, NULL },
	{ "who", "WHO", -12, NULL },
	{ "window", "WINDOW", 6, NULL },
	{ "used", "USED", -10, NULL },
	{ "max", "MAX", -10, NULL },
	{ "left", "LEFT", -10, NULL },
	{ "unit", "UNIT", 8, NULL },
	{ "ends_s", "ENDS", -6, fmt_ends },
};
static const struct column usage_columns[] = {
	{ "day", "DAY", 10, NULL },
	{ "user", "USER", -12, fmt_person },
	{ "scope", "SCOPE", 8, NULL },
	{ "requests", "REQUESTS", -8, NULL },
	{ "in", "IN", -9, NULL },
	{ "out", "OUT", -9, NULL },
	{ "cached", "CACHED", -9, NULL },
	{ "written", "WRITTEN", -9, NULL },
	{ "microusd", "USD", -9, fmt_usd },
};

static int
show(struct ctl *c, enum ctl_ask verb, int64_t a, const struct column *cols,
    size_t n, const char *empty)
{
	struct rows	*r;
	int		 rv;

	if ((rv = ask_relay(c, verb, a, 0, NULL, NULL, -1, &r)) != 0)
		return (rv);
	rows_show(c, r, cols, n, empty);
	rows_free(r);
	return (CTL_OK);
}

int
cmd_limits(struct ctl *c)
{
	return (show(c, ASK_LIMITS, 0, limit_columns, NELEM(limit_columns),
	    "no limits"));
}

int
cmd_usage(struct ctl *c)
{
	char	*end = NULL;
	long	 days = 30;

	if (c->argc > 0) {
		days = strtol(c->argv[0], &end, 10);
		if (*end != '\0' || days < 1 || days > 400) {
			warnx("days are 1 to 400");
			return (CTL_USAGE);
		}
	}
	return (show(c, ASK_USAGE, days, usage_columns, NELEM(usage_columns),
	    "nothing was used"));
}
