/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * From a word to a number with a unit: times, sizes, amounts, money.  Every
 * setter refuses a repeated keyword, a wrong unit and a value out of range,
 * and says what would be right.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "telclauded/conf/conf_int.h"
#include "telclauded/lib/util.h"

static char *
seen_key(struct parse *p, const char *key)
{
	char	 k[256];

	if (key[0] == '#')
		str_format(k, sizeof(k), "#%u%s", p->stmt, key);
	else if (p->block[0] == '\0')
		str_copy(k, key, sizeof(k));
	else
		str_format(k, sizeof(k), "%s.%s", p->block, key);
	return (conf_strndup(p, k, strlen(k)));
}

const struct seen *
conf_seen(const struct parse *p, const char *key)
{
	const struct seen	*s;

	for (s = p->seen; s != NULL; s = s->next)
		if (strcmp(s->key, key) == 0)
			return (s);
	return (NULL);
}

/* 0 the first time, else -1 and an error that names the first place. */
int
conf_once(struct parse *p, const struct where *at, const char *key)
{
	const struct seen	*old;
	struct seen		*s;
	char			*k;

	k = seen_key(p, key);
	if ((old = conf_seen(p, k)) != NULL && !(p->flags & CP_OVERLAY)) {
		if (key[0] == '#')
			conf_err(p, at, "%s is given twice", key + 1);
		else
			conf_err(p, at, "%s is set twice, first on line %d of "
			    "%s", key, conf_line(p, &old->at), old->at.file);
		return (-1);
	}
	s = conf_alloc(p, sizeof(*s));
	s->key = k;
	s->at = *at;
	s->next = p->seen;
	p->seen = s;
	return (0);
}

static const char *
label(const char *key)
{
	return (key[0] == '#' ? key + 1 : key);
}

/* Digits at s: 0 and what follows, or -1 when none or too many. */
int
conf_number(const char *s, uint64_t *v, const char **rest)
{
	uint64_t	 n = 0;

	if (*s < '0' || *s > '9')
		return (-1);
	for (; *s >= '0' && *s <= '9'; s++) {
		if (__builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, (uint64_t)(*s - '0'), &n))
			return (-1);
	}
	*v = n;
	*rest = s;
	return (0);
}

int
conf_int64(const char *s, int64_t *v)
{
	const char	*rest;
	uint64_t	 n;
	int		 neg;

	neg = *s == '-';
	if (conf_number(s + neg, &n, &rest) == -1 || *rest != '\0' ||
	    n > INT64_MAX)
		return (-1);
	*v = neg ? -(int64_t)n : (int64_t)n;
	return (0);
}

/* 12.50 with two digits is 1250: exact, or -1. */
static int
fixed(const char *s, unsigned digits, uint64_t *v, const char **rest)
{
	uint64_t	 n;

	if (conf_number(s, &n, &s) == -1)
		return (-1);
	if (*s == '.' && (s[1] < '0' || s[1] > '9'))
		return (-1);
	if (*s == '.')
		s++;
	for (; digits > 0; digits--) {
		if (__builtin_mul_overflow(n, 10, &n))
			return (-1);
		if (*s >= '0' && *s <= '9' &&
		    __builtin_add_overflow(n, (uint64_t)(*s++ - '0'), &n))
			return (-1);
	}
	while (*s == '0')
		s++;
	*v = n;
	*rest = s;
	return (0);
}

struct unit {
	const char	*name;
	uint64_t	 n;
};

/* A number with one of these units: 0 or -1. */
static int
scaled(const char *s, const struct unit *u, uint64_t *v)
{
	const char	*rest;
	uint64_t	 n;

	if (conf_number(s, &n, &rest) == -1)
		return (-1);
	for (; u->name != NULL; u++)
		if (strcmp(u->name, rest) == 0)
			return (__builtin_mul_overflow(n, u->n, v) ? -1 : 0);
	return (-1);
}

static const struct unit times[] = { { "ms", 1 }, { "s", 1000 },
    { "m", 60000 }, { "h", 3600000 }, { "d", 86400000 }, { NULL, 0 } };
static const struct unit sizes[] = { { "K", 1u << 10 }, { "M", 1u << 20 },
    { "G", 1u << 30 }, { "T", 1ull << 40 }, { NULL, 0 } };
static const struct unit thousands[] = { { "", 1 }, { "K", 1000 },
    { "M", 1000000 }, { "G", 1000000000 }, { NULL, 0 } };
static const struct unit percents[] = { { "%", 1 }, { NULL, 0 } };
static const struct unit counts[] = { { "", 1 }, { NULL, 0 } };

static const char *
show_ms(uint64_t ms, char *buf, size_t size)
{
	size_t	 i;

	for (i = NELEM(times) - 2; i > 0; i--)
		if (ms > 0 && ms % times[i].n == 0)
			break;
	str_format(buf, size, "%" PRIu64 "%s", ms / times[i].n,
	    times[i].name);
	return (buf);
}

static int
time_value(struct parse *p, const struct word *w, const char *key,
    uint64_t *ms, uint64_t min, uint64_t max, uint64_t step)
{
	char	 lo[32], hi[32];

	if (conf_once(p, &w->at, key) == -1)
		return (-1);
	if (scaled(w->s, times, ms) == -1 || *ms % step != 0) {
		conf_err(p, &w->at, "%s: \"%.64s\" is not a time; write it "
		    "like %s30s 10m 4h 90d", label(key), w->s,
		    step == 1 ? "500ms " : "");
		return (-1);
	}
	if (*ms < min || *ms > max) {
		conf_err(p, &w->at, "%s: %.64s is out of range, %s to %s",
		    label(key), w->s, show_ms(min, lo, sizeof(lo)),
		    show_ms(max, hi, sizeof(hi)));
		return (-1);
	}
	return (0);
}

void
conf_secs(struct parse *p, const struct word *w, const char *key,
    uint32_t *v, uint32_t min, uint32_t max)
{
	uint64_t	 ms;

	if (time_value(p, w, key, &ms, min * 1000ull, max * 1000ull,
	    1000) == 0)
		*v = (uint32_t)(ms / 1000);
}

void
conf_msecs(struct parse *p, const struct word *w, const char *key,
    uint32_t *v, uint32_t min, uint32_t max)
{
	uint64_t	 ms;

	if (time_value(p, w, key, &ms, min, max, 1) == 0)
		*v = (uint32_t)ms;
}

static int
ranged(struct parse *p, const struct word *w, const char *key,
    const struct unit *u, uint64_t *n, uint64_t min, uint64_t max)
{
	if (conf_once(p, &w->at, key) == -1)
		return (-1);
	if (scaled(w->s, u, n) == -1) {
		conf_err(p, &w->at, "%s: \"%.64s\" is not a number%s",
		    label(key), w->s, u == percents ?
		    " with %, like 200%" : u == sizes ?
		    " with a unit, like 512K 20M 2G" : "");
		return (-1);
	}
	if (*n < min || *n > max) {
		conf_err(p, &w->at, "%s: %.64s is out of range, %" PRIu64
		    " to %" PRIu64 "%s", label(key), w->s, min, max,
		    u == percents ? "%" : u == sizes ? " bytes" : "");
		return (-1);
	}
	return (0);
}

void
conf_count(struct parse *p, const struct word *w, const char *key,
    uint32_t *v, uint32_t min, uint32_t max)
{
	uint64_t	 n;

	if (ranged(p, w, key, counts, &n, min, max) == 0)
		*v = (uint32_t)n;
}

void
conf_percent(struct parse *p, const struct word *w, const char *key,
    uint32_t *v, uint32_t min, uint32_t max)
{
	uint64_t	 n;

	if (ranged(p, w, key, percents, &n, min, max) == 0)
		*v = (uint32_t)n;
}

void
conf_size(struct parse *p, const struct word *w, const char *key, uint64_t *v,
    uint64_t min)
{
	uint64_t	 n;

	if (ranged(p, w, key, sizes, &n, min, 1ull << 46) == 0)
		*v = n;
}

void
conf_port(struct parse *p, const struct word *w, const char *key, uint16_t *v)
{
	uint64_t	 n;

	if (ranged(p, w, key, counts, &n, 1, 65535) == 0)
		*v = (uint16_t)n;
}

/* At most six digits after the point, so that printing is exact. */
void
conf_decimal(struct parse *p, const struct word *w, const char *key,
    double *v, double min, double max)
{
	const char	*rest;
	uint64_t	 n;

	if (conf_once(p, &w->at, key) == -1)
		return;
	if (fixed(w->s, 6, &n, &rest) == -1 || *rest != '\0')
		conf_err(p, &w->at, "%s: \"%.64s\" is not a decimal number",
		    label(key), w->s);
	else if ((double)n / 1e6 < min || (double)n / 1e6 > max)
		conf_err(p, &w->at, "%s: %.64s is out of range, %g to %g",
		    label(key), w->s, min, max);
	else
		*v = (double)n / 1e6;
}

/* Dollars to the unit that has so many digits below a dollar. */
void
conf_usd(struct parse *p, const struct word *w, const char *key, uint64_t *v,
    unsigned digits)
{
	const char	*rest;
	uint64_t	 n;

	if (conf_once(p, &w->at, key) == -1)
		return;
	if (fixed(w->s, digits, &n, &rest) == -1 || *rest != '\0' ||
	    n > UINT32_MAX)
		conf_err(p, &w->at, "%s: \"%.64s\" is not a price in usd "
		    "with at most %u digits after the point", label(key),
		    w->s, digits);
	else
		*v = n;
}

void
conf_per_day(struct parse *p, const struct word *w, const char *key,
    uint64_t *v, int usd)
{
	const char	*rest;
	char		 num[64];
	uint64_t	 n;
	int		 r;

	if (conf_once(p, &w->at, key) == -1)
		return;
	rest = strchr(w->s, '/');
	if (rest == NULL || strcmp(rest, "/day") != 0 ||
	    (size_t)(rest - w->s) >= sizeof(num)) {
		conf_err(p, &w->at, "%s: \"%.64s\" is not an amount a day, "
		    "like %s", label(key), w->s, usd ? "5.00/day" : "20M/day");
		return;
	}
	memcpy(num, w->s, (size_t)(rest - w->s));
	num[rest - w->s] = '\0';
	if (usd)
		r = fixed(num, 6, &n, &rest) == -1 || *rest != '\0' ? -1 : 0;
	else
		r = scaled(num, thousands, &n);
	if (r == -1 || n == 0 || n > INT64_MAX)
		conf_err(p, &w->at, "%s: \"%.64s\" is not a possible amount",
		    label(key), w->s);
	else
		*v = n;
}

/* N/minute N/hour N/day, each at most once; what is not said is no limit. */
void
conf_amounts(struct parse *p, const struct word *w, const char *key,
    struct amount *a)
{
	static const struct unit per[] = { { "/minute", 1 }, { "/hour", 2 },
	    { "/day", 3 }, { NULL, 0 } };
	const struct word	*x;
	struct amount		 new = { 0, 0, 0 };
	const char		*rest;
	uint64_t		 n;
	uint32_t		*f;
	size_t			 i;

	if (conf_once(p, &w->at, key) == -1)
		return;
	for (x = w; x != NULL; x = x->next) {
		f = NULL;
		if (conf_number(x->s, &n, &rest) == 0 && n <= UINT32_MAX)
			for (i = 0; per[i].name != NULL; i++)
				if (strcmp(per[i].name, rest) == 0)
					f = i == 0 ? &new.minute :
					    i == 1 ? &new.hour : &new.day;
		if (f == NULL || n == 0)
			conf_err(p, &x->at, "%s: \"%.64s\" is not an amount, "
			    "like 20/minute 100/hour 500/day", label(key),
			    x->s);
		else if (*f != 0)
			conf_err(p, &x->at, "%s: two amounts for one time",
			    label(key));
		else
			*f = (uint32_t)n;
	}
	*a = new;
}
