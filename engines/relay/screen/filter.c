/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The output filter as others use it.  Run by the relay on what the model,
 * tools and people say.  What cannot be looked at is withheld.
 */
#include <stdlib.h>
#include <string.h>

#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"
#include "engines/relay/screen/redact.h"

const char filter_notice[] = "This text was withheld: it looked as if it "
    "held a credential, encoded and in pieces. Ask for it without the "
    "credential; who runs this machine can look in the workspace itself.";

static struct rules	*now;

static struct rules *
rules_now(void)
{
	char	why[128];

	/* Before the first settings the built-in patterns hold. */
	if (now == NULL && (now = rules_new(NULL, why, sizeof(why))) == NULL)
		fatalx("filter: %s", why);
	scatter_init();
	return (now);
}

int
filter_check(const struct settings *s, char *why, size_t size)
{
	struct rules	*r;

	if ((r = rules_new(s, why, size)) == NULL)
		return (-1);
	rules_unref(r);
	return (0);
}

int
filter_setup(const struct settings *s, char *why, size_t size)
{
	struct rules	*r;

	if ((r = rules_new(s, why, size)) == NULL)
		return (-1);
	rules_unref(now);
	now = r;
	return (0);
}

struct redactor *
redact_new(void)
{
	struct redactor	*r;

	if ((r = malloc(sizeof(*r))) != NULL)
		redactor_init(r, rules_now());
	return (r);
}

int
redact_finish(struct redactor *r, struct buf *out)
{
	int	withheld;

	redactor_run(r, 1, out);
	withheld = r->withheld || out->failed;
	redactor_free(r);
	free(r);
	return (withheld);
}

int
filter_text(const char *p, size_t n, struct buf *out)
{
	struct redactor	r;
	size_t		before = out->len;
	int		withheld;

	redactor_init(&r, rules_now());
	redact_feed(&r, p, n, out);
	redactor_run(&r, 1, out);
	withheld = r.withheld || out->failed;
	redactor_free(&r);
	if (withheld) {
		out->len = before;
		(void)buf_puts(out, filter_notice);
	}
	return (withheld);
}

void
filter_look(struct redactor *r)
{
	redactor_init(r, rules_now());
	r->silent = 1;
}

static void
find_all(const char *p, size_t n, struct redactor *r)
{
	filter_look(r);
	redact_feed(r, p, n, NULL);
	redactor_run(r, 1, NULL);
	redactor_free(r);
}

unsigned
filter_critical(const char *p, size_t n, struct buf *names)
{
	static const char *const	forms[FORM_MAX] = { "", "base64(",
	    "hex(", "urlencoded(" };
	struct redactor	r;
	uint64_t	set;
	unsigned	found = 0, row;
	int		f;

	find_all(p, n, &r);
	for (f = 0; f < FORM_MAX; f++)
		for (set = r.found[f] & ~(1ULL << FOUND_USER); set != 0;
		    set &= set - 1) {
			row = (unsigned)__builtin_ctzll(set);
			if (shape_severity(row) != SEV_CRITICAL)
				continue;
			(void)buf_printf(names, "%s%s%s%s",
			    found++ > 0 ? "," : "", forms[f],
			    shape_name(row), f != FORM_PLAIN ? ")" : "");
		}
	return (found);
}

/* Are there rows in it that are no guess? */
static int
certain(uint64_t set)
{
	for (set &= ~(1ULL << FOUND_USER); set != 0; set &= set - 1)
		if (!shape_loose((unsigned)__builtin_ctzll(set)))
			return (1);
	return (0);
}

int
filter_wall(const char *p, size_t n)
{
	struct redactor	r;

	find_all(p, n, &r);
	return (certain(r.found[FORM_PLAIN]) || r.withheld);
}

int
filter_sure(const char *p, size_t n)
{
	struct redactor	r;
	int		f, sure;

	find_all(p, n, &r);
	sure = r.withheld || (r.found[FORM_PLAIN] & 1ULL << FOUND_USER) != 0;
	for (f = 0; f < FORM_MAX; f++)
		sure |= certain(r.found[f]);
	return (sure);
}
