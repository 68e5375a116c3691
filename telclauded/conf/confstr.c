/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Strings with a meaning: paths, URLs, names, hosts, addresses.  Pure checks,
 * and the setters that use them.
 */
#include <arpa/inet.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "telclauded/conf/conf_int.h"
#include "telclauded/lib/util.h"

#define ALNUM	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

static int
only(const char *s, const char *set)
{
	return (*s != '\0' && s[strspn(s, set)] == '\0');
}

/* 4 or 6 for an address (with a prefix length when allowed), else 0. */
int
conf_isaddr(const char *s, int prefix)
{
	char		 host[64];
	const char	*slash, *rest;
	unsigned char	 a[16];
	uint64_t	 n;
	int		 f;

	slash = strchr(s, '/');
	if (str_format(host, sizeof(host), "%.*s", slash == NULL ?
	    (int)strnlen(s, 64) : (int)(slash - s), s) == -1)
		return (0);
	f = inet_pton(AF_INET, host, a) == 1 ? 4 :
	    inet_pton(AF_INET6, host, a) == 1 ? 6 : 0;
	if (f == 0 || slash == NULL)
		return (f);
	if (!prefix || conf_number(slash + 1, &n, &rest) == -1 ||
	    *rest != '\0' || n > (f == 4 ? 32 : 128))
		return (0);
	return (f);
}

/* A DNS name, perhaps with a leading "*.", or an address. */
static int
ishost(const char *s, int star)
{
	size_t	 n;

	if (conf_isaddr(s, 0))
		return (1);
	if (star && strncmp(s, "*.", 2) == 0)
		s += 2;
	if (!only(s, ALNUM "-._") || strlen(s) > 253 || *s == '.')
		return (0);
	for (; *s != '\0'; s += n + (s[n] == '.'))
		if ((n = strcspn(s, ".")) == 0 || n > 63 || s[0] == '-')
			return (0);
	return (1);
}

static int
path_ok(const char *s, const char **why)
{
	*why = "is not an absolute path";
	if (s[0] != '/')
		return (0);
	*why = "has a .. in it";
	if (strstr(s, "/../") != NULL || (strlen(s) >= 3 &&
	    strcmp(s + strlen(s) - 3, "/..") == 0))
		return (0);
	*why = "is longer than 1023 bytes";
	return (strlen(s) <= 1023);
}

/* The host of a URL into out (without brackets); 0 when it is not one. */
static int
url_host(const char *s, char *out, size_t size)
{
	const char	*end, *port, *rest;
	uint64_t	 n;

	if (strncmp(s, "http://", 7) != 0 && strncmp(s, "https://", 8) != 0)
		return (0);
	s = strstr(s, "://") + 3;
	end = s + strcspn(s, "/?#");
	if (*end == '?' || *end == '#' || memchr(s, '@',
	    (size_t)(end - s)) != NULL)
		return (0);
	if (*s == '[') {
		if ((port = memchr(s, ']', (size_t)(end - s))) == NULL)
			return (0);
		str_format(out, size, "%.*s", (int)(port - s - 1), s + 1);
		port++;
	} else {
		port = s + strcspn(s, ":/");
		str_format(out, size, "%.*s", (int)(port - s), s);
	}
	if (port < end && (*port != ':' || conf_number(port + 1, &n,
	    &rest) == -1 || rest != end || n == 0 || n > 65535))
		return (0);
	return (ishost(out, 0));
}

static int
url_ok(const char *s, const char **why)
{
	char	 host[256];

	*why = "is not a URL: http://HOST or https://HOST, perhaps with "
	    ":PORT and a path";
	if (strlen(s) > 255 || strpbrk(s, " \t\"\\<>") != NULL)
		return (0);
	return (url_host(s, host, sizeof(host)));
}

/* http, not to this machine */
static int
conf_url_plain(const char *s)
{
	char	 host[256];

	if (strncmp(s, "http://", 7) != 0 ||
	    !url_host(s, host, sizeof(host)))
		return (0);
	return (strcmp(host, "localhost") != 0 &&
	    strncmp(host, "127.", 4) != 0 && strcmp(host, "::1") != 0);
}

/* 1, or 0 and what is wrong with it. */
int
conf_strcheck(enum strkind kind, const char *s, const char **why)
{
	*why = "is empty";
	if (s[0] == '\0' && kind != STR_TEXT)
		return (0);
	switch (kind) {
	case STR_TEXT:
		*why = "is longer than 256 bytes";
		return (strlen(s) <= 256);
	case STR_PATH:
		return (path_ok(s, why));
	case STR_URL:
		return (url_ok(s, why));
	case STR_NAME:
		*why = "is not a name: at most 63 letters, digits, _ - . @";
		return (name_word(s));
	case STR_ENV:
		*why = "is not the name of an environment variable";
		return (strlen(s) <= 64 && only(s, ALNUM "_"));
	case STR_HOST:
		*why = "is neither a host name nor an address";
		return (ishost(s, 0));
	case STR_DOMAIN:
		*why = "is neither a domain nor *.DOMAIN";
		return (ishost(s, 1) && !conf_isaddr(s, 0));
	case STR_MODEL:
		*why = "is not a name of a model or feature";
		return (strlen(s) <= 63 && only(s, ALNUM "_-.:/@[]"));
	case STR_WORD:
		*why = "is not one word of at most 63 bytes";
		return (strlen(s) <= 63 && strpbrk(s, " \t") == NULL);
	}
	return (0);
}

void
conf_string(struct parse *p, const struct word *w, const char *key,
    char **dst, enum strkind kind)
{
	const char	*why;

	if (conf_once(p, &w->at, key) == -1)
		return;
	if (key[0] == '#')
		key++;
	if (!conf_strcheck(kind, w->s, &why)) {
		conf_err(p, &w->at, "%s: \"%.128s\" %s", key, w->s, why);
		return;
	}
	if (kind == STR_URL && conf_url_plain(w->s))
		conf_warn(p, &w->at, "%s: http to another machine can be read "
		    "on the way; use https", key);
	free(*dst);
	*dst = NULL;
	*dst = conf_dup(p, w->s);
}

void
conf_strings(struct parse *p, struct word *w, const char *key,
    struct strlist *l, enum strkind kind)
{
	const struct word	*x;
	const char		*why;
	size_t			 i;

	if (conf_once(p, &w->at, key) == -1)
		return;
	if (key[0] == '#')
		key++;
	strlist_free(l);
	for (x = w; x != NULL; x = x->next) {
		for (i = 0; i < l->n; i++)
			if (kind != STR_TEXT && strcmp(l->v[i], x->s) == 0)
				break;
		if (!conf_strcheck(kind, x->s, &why))
			conf_err(p, &x->at, "%s: \"%.128s\" %s", key, x->s,
			    why);
		else if (i < l->n)
			conf_err(p, &x->at, "%s: \"%.128s\" is listed twice",
			    key, x->s);
		else
			conf_append(p, l, x->s);
	}
}
