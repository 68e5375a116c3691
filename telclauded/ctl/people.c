/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Who is who: claims, links, bans, second factors, pairs.  The relay decides
 * and keeps; here are the words of it.  Run by the administrator.
 */
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "telclauded/ctl/ctl.h"
#include "telclauded/ctl/view.h"
#include "telclauded/lib/util.h"

#define FACTOR_MAX	64

static const struct column claim_columns[] = {
	{ "code", "CODE", 6, NULL },
	{ "user", "NUMBER", -12, NULL },
	{ "left_s", "LEFT", -5, fmt_seconds },
	{ "name", "NAME", 0, NULL },
};
static const struct column link_columns[] = {
	{ "user", "NUMBER", -12, NULL },
	{ "name", "NAME", 12, NULL },
	{ "factor", "FACTOR OF", 12, NULL },
	{ "admin", "ADMIN", 5, NULL },
	{ "at_ms", "SINCE", -6, fmt_ago },
};
static const struct column ban_columns[] = {
	{ "id", "CHAT OR PERSON", -14, NULL },
	{ "at_ms", "SINCE", -6, fmt_ago },
	{ "reason", "REASON", 0, NULL },
};
static const struct column pair_columns[] = {
	{ "chat", "CHAT", -14, NULL },
	{ "who", "WHO", 12, NULL },
	{ "name", "NAME", 12, NULL },
	{ "heard", "HEARD", 5, NULL },
	{ "at_ms", "SINCE", -6, fmt_ago },
};

/* Telegram's: a person above zero, a group below. */
static int
number(const struct ctl *c, const char *what, int64_t *n)
{
	const char	*s = c->argv[0];
	char		*end;

	errno = 0;
	*n = strtoll(s, &end, 10);
	if (*s != '\0' && *end == '\0' && errno == 0 && *n != 0 &&
	    strspn(s + (*s == '-'), "0123456789") ==
	    strlen(s) - (*s == '-'))
		return (0);
	warnx("%s: \"%s\" is not a number that Telegram gives", what, s);
	return (-1);
}

static int
list(struct ctl *c, enum ctl_ask verb, const char *s,
    const struct column *cols, size_t n, const char *empty)
{
	struct rows	*r;
	int		 rv;

	if ((rv = ask_relay(c, verb, 0, 0, s, NULL, -1, &r)) != 0)
		return (rv);
	rows_show(c, r, cols, n, empty);
	rows_free(r);
	return (0);
}

/* Something is done; the relay's words, or its row. */
static int
tell(struct ctl *c, enum ctl_ask verb, int64_t a, int64_t b, const char *t)
{
	struct rows	*r;
	int		 rv;

	if ((rv = ask_relay(c, verb, a, b, NULL, t, -1, &r)) != 0)
		return (rv);
	if (c->json)
		rows_print_json(r);
	rows_free(r);
	return (0);
}

static int
done(struct ctl *c, enum ctl_ask verb, const char *what, const char *t)
{
	int64_t	 n;

	if (number(c, what, &n) == -1)
		return (CTL_USAGE);
	return (tell(c, verb, n, 0, t));
}

/* The code, and what is done with it. */
static int
code(struct ctl *c, enum ctl_ask verb, const char *name, const char *send)
{
	const char	*v;
	struct rows	*r;
	int		 rv;

	if ((rv = ask_relay(c, verb, 0, 0, name, NULL, -1, &r)) != 0)
		return (rv);
	v = json_string_value(json_object_get(rows_get(r, 0), "code"));
	if (c->json)
		rows_print_json(r);
	else if (v != NULL)
		printf("%s\nGood once, for ten minutes. In a private chat "
		    "with the bot: %s %s\n", v, send, v);
	rows_free(r);
	return (0);
}

static void
take_factor(const char *json, size_t len, void *arg)
{
	json_t		*o = json_loadb(json, len, 0, NULL);
	const char	*v = json_string_value(json_object_get(o, "factor"));

	if (v == NULL || str_copy(arg, v, FACTOR_MAX) == -1)
		*(char *)arg = '\0';
	json_decref(o);
}

/* The relay's answer; ENOENT: there is no relay here, as beside a sidecar. */
static int
ask_factor(struct ctl *c, const char *user, char dst[FACTOR_MAX], char *why,
    size_t whylen)
{
	struct client	*cl;
	int64_t		 n = 0;
	int		 r, down, named;

	why[0] = dst[0] = '\0';
	named = strspn(user, "0123456789") != strlen(user);
	errno = 0;
	if (!named)
		n = strtoll(user, NULL, 10);
	if (errno != 0) {
		(void)str_copy(why, "not a number that Telegram gives",
		    whylen);
		return (1);
	}
	if ((cl = client_open(c->socket, &down)) == NULL)
		return (down ? -CTL_DOWN : -1);
	if ((r = client_goto(cl, PROC_RELAY, why, whylen)) == 0)
		r = client_ask(cl, ASK_WHO, n, 0, named ? user : NULL, NULL,
		    -1, take_factor, dst, why, whylen);
	client_close(cl);
	return (r == -1 ? EAGAIN : r);
}

int
who_factor(struct ctl *c, const char *user, char *dst, size_t size)
{
	char	 factor[FACTOR_MAX], why[1024];
	int	 r;

	if (strcmp(user, "admin") == 0)
		return (str_copy(dst, user, size) == -1);
	if ((r = ask_factor(c, user, factor, why, sizeof(why))) < 0)
		return (-r);
	if (r == ENOENT && totp_person(user))
		return (str_copy(dst, user, size) == -1);
	if (r == 0 && factor[0] != '\0' &&
	    str_copy(dst, factor, size) == 0) {
		if (strcmp(factor, user) != 0)
			printf("%s has the second factor of: %s\n", user,
			    factor);
		return (0);
	}
	warnx("%s", r != 0 && why[0] != '\0' ? why : "the relay does not say "
	    "whose second factor that is");
	return (r == 1 ? CTL_USAGE : 1);
}

int
cmd_claim(struct ctl *c)
{
	return (list(c, ASK_CLAIM, c->argc > 0 ? c->argv[0] : "",
	    claim_columns, NELEM(claim_columns), ""));
}

int
cmd_claim_reset(struct ctl *c)
{
	return (tell(c, ASK_CLAIM, 0, 1, NULL));
}

int
cmd_link(struct ctl *c)
{
	return (code(c, ASK_LINK, c->argv[0], "/link"));
}

int
cmd_links(struct ctl *c)
{
	return (list(c, ASK_LINKS, NULL, link_columns, NELEM(link_columns),
	    "nobody is linked to a name"));
}

int
cmd_unlink(struct ctl *c)
{
	return (done(c, ASK_UNLINK, "unlink", NULL));
}

int
cmd_ban(struct ctl *c)
{
	char	 why[512] = "";
	int	 i;

	for (i = 1; i < c->argc; i++)
		if (str_format(why + strlen(why), sizeof(why) - strlen(why),
		    "%s%s", i > 1 ? " " : "", c->argv[i]) == -1) {
			warnx("ban: a reason has at most %zu bytes",
			    sizeof(why) - 1);
			return (CTL_USAGE);
		}
	return (done(c, ASK_BAN, "ban", why));
}

int
cmd_unban(struct ctl *c)
{
	return (done(c, ASK_UNBAN, "unban", NULL));
}

int
cmd_bans(struct ctl *c)
{
	return (list(c, ASK_BANS, NULL, ban_columns, NELEM(ban_columns),
	    "nobody is banned"));
}

int
cmd_reauth(struct ctl *c)
{
	return (done(c, ASK_REAUTH, "force-reauth", NULL));
}

int
cmd_pair(struct ctl *c)
{
	return (code(c, ASK_PAIR, c->argc > 0 ? c->argv[0] : "", "/pair"));
}

int
cmd_pairs(struct ctl *c)
{
	return (list(c, ASK_PAIRS, NULL, pair_columns, NELEM(pair_columns),
	    "nobody was let in by a code"));
}

int
cmd_unpair(struct ctl *c)
{
	return (done(c, ASK_UNPAIR, "unpair", NULL));
}
