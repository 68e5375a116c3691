/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * selftest: has the running daemon try its walls again, and shows what held.
 */
#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "telclauded/ctl/view.h"
#include "telclauded/lib/util.h"

static void
fmt_us(const struct json_t *v, char *out, size_t size)
{
	(void)str_format(out, size, "%.1f ms",
	    (double)json_integer_value(v) / 1000);
}

/* Its layers in a line; instead of them what failed. */
static void
fmt_layers(const struct json_t *v, char *out, size_t size)
{
	const json_t	*l;
	size_t		 i, used = 0;
	int		 n;

	out[0] = '\0';
	json_array_foreach((const json_t *)v, i, l) {
		n = snprintf(out + used, size - used, "%s%s",
		    i > 0 ? ", " : "", json_string_value(l) == NULL ? "?" :
		    json_string_value(l));
		if (n < 0 || (size_t)n >= size - used)
			break;
		used += (size_t)n;
	}
}

static const struct column columns[] = {
	{ "name", "TWIN OF", 24, NULL },
	{ "result", "RESULT", 6, NULL },
	{ "acts", "ACTS", -4, NULL },
	{ "us", "TIME", -8, fmt_us },
	{ "layers", "LAYERS THAT ANSWERED", 20, fmt_layers },
};

static int
ask(struct ctl *c, struct rows *r, char *why, size_t len)
{
	struct client	*cl;
	char		 more[1024];
	int		 down, rv;

	if ((cl = client_open(c->socket, &down)) == NULL)
		return (down ? CTL_DOWN : 1);
	rv = client_do(cl, DO_SELFTEST, 0, why, len);
	if (client_show(cl, SHOW_SELFTEST, rows_add, r, more,
	    sizeof(more)) != 0) {
		rv = 1;
		if (why[0] == '\0')
			(void)str_copy(why, more, len);
	}
	client_close(cl);
	if (rv != 0)
		warnx("%s", why[0] == '\0' ? "refused" : why);
	return (rv == 0 ? 0 : 1);
}

int
cmd_selftest(struct ctl *c)
{
	struct rows	*r;
	char		 why[1024] = "";
	int		 rv;

	if ((r = rows_new()) == NULL)
		return (1);
	rv = ask(c, r, why, sizeof(why));
	if (rv != CTL_DOWN)
		rows_show(c, r, columns, NELEM(columns), "no twins");
	rows_free(r);
	return (rv);
}
