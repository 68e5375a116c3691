/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Pieces of printed configuration: what the lexer and confval.c read back to
 * the same value.
 */
#include <inttypes.h>
#include <string.h>

#include "telclauded/conf/confput.h"

void
put_quoted(struct buf *b, const char *s)
{
	buf_puts(b, "\"");
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			buf_puts(b, "\\");
		buf_add(b, s, 1);
	}
	buf_puts(b, "\"");
}

void
put_str(struct buf *b, const char *word, const char *s)
{
	buf_printf(b, "%s ", word);
	put_quoted(b, s);
}

void
put_list(struct buf *b, const char *word, const struct strlist *l)
{
	size_t	 i;

	if (l->n == 0)
		return;
	buf_printf(b, "%s {", word);
	for (i = 0; i < l->n; i++)
		put_str(b, "", l->v[i]);
	buf_puts(b, " }");
}

void
put_listline(struct buf *b, const char *word, const struct strlist *l)
{
	if (l->n == 0)
		return;
	buf_puts(b, "\t");
	put_list(b, word, l);
	buf_puts(b, "\n");
}

static void
put_unit(struct buf *b, const char *word, uint64_t v, const uint64_t *n,
    const char *const *unit, size_t units)
{
	size_t	 i;

	for (i = units - 1; i > 0; i--)
		if (v > 0 && v % n[i] == 0)
			break;
	buf_printf(b, "%s %" PRIu64 "%s", word, v / n[i], unit[i]);
}

void
put_ms(struct buf *b, const char *word, uint64_t v)
{
	static const uint64_t n[] = { 1, 1000, 60000, 3600000, 86400000 };
	static const char *const unit[] = { "ms", "s", "m", "h", "d" };

	put_unit(b, word, v, n, unit, NELEM(n));
}

void
put_secs(struct buf *b, const char *word, uint64_t v)
{
	static const uint64_t n[] = { 1, 60, 3600, 86400 };
	static const char *const unit[] = { "s", "m", "h", "d" };

	put_unit(b, word, v, n, unit, NELEM(n));
}

void
put_size(struct buf *b, const char *word, uint64_t v)
{
	static const uint64_t n[] = { 1u << 10, 1u << 20, 1u << 30,
	    1ull << 40 };
	static const char *const unit[] = { "K", "M", "G", "T" };

	put_unit(b, word, v, n, unit, NELEM(n));
}

/* The inverse of fixed() in confval.c; at least two digits stay. */
void
put_fixed(struct buf *b, const char *word, uint64_t v, unsigned digits)
{
	uint64_t	 one = 1;
	unsigned	 i;

	for (i = 0; i < digits; i++)
		one *= 10;
	for (; digits > 2 && v % 10 == 0; digits--) {
		v /= 10;
		one /= 10;
	}
	buf_printf(b, "%s %" PRIu64 ".%0*" PRIu64, word, v / one, (int)digits,
	    v % one);
}

void
put_decimal(struct buf *b, const char *word, double v)
{
	put_fixed(b, word, (uint64_t)(v * 1e6 + 0.5), 6);
}

void
put_amount(struct buf *b, const char *word, const struct amount *a)
{
	buf_puts(b, word);
	if (a->minute != 0)
		buf_printf(b, " %u/minute", a->minute);
	if (a->hour != 0)
		buf_printf(b, " %u/hour", a->hour);
	if (a->day != 0)
		buf_printf(b, " %u/day", a->day);
}

void
put_money(struct buf *b, uint64_t microusd, uint64_t tokens)
{
	static const uint64_t n[] = { 1, 1000, 1000000 };
	static const char *const unit[] = { "", "K", "M" };

	if (microusd != 0) {
		put_fixed(b, " usd", microusd, 6);
		buf_puts(b, "/day");
	}
	if (tokens != 0) {
		put_unit(b, " tokens", tokens, n, unit, NELEM(n));
		buf_puts(b, "/day");
	}
}

void
put_person(struct buf *b, const struct person *x)
{
	if (x->kind == PERSON_ANY)
		buf_puts(b, " any");
	else if (x->kind == PERSON_ID)
		buf_printf(b, " %" PRId64, x->id);
	else
		put_str(b, "", x->name);
}

/* `any' stands alone; with others it says no more than by itself. */
void
put_persons(struct buf *b, const struct persons *l)
{
	size_t	 i;

	if (l->n == 1) {
		put_person(b, &l->v[0]);
		return;
	}
	buf_puts(b, " {");
	for (i = 0; i < l->n; i++)
		put_person(b, &l->v[i]);
	buf_puts(b, " }");
}

void
put_secret(struct buf *b, const char *word, const struct conf_secret *s)
{
	static const char *const from[] = { NULL, "file", "credential",
	    "vault", "env", NULL };

	if (s->src == SEC_NONE)
		return;
	buf_printf(b, "\t%s ", word);
	if (s->src == SEC_LITERAL)
		buf_puts(b, "hidden");
	else
		put_str(b, from[s->src], s->arg);
	buf_puts(b, "\n");
}
