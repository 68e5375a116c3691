/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The program that brings a page for WebFetch:
 *	fetch MAX-TEXT MILLISECONDS < ADDRESS > TEXT
 * The tool starts it in the sandbox.  It loads all it needs, gives up every
 * file and every call it can do without, and only then speaks to anybody;
 * what takes it over holds a socket to the proxy and a pipe to the tool.
 */
#include <sys/prctl.h>

#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engines/tool/fetch/fetch.h"
#include "telclauded/lib/log.h"

#define HOPS_MAX	5
#define ERROR_TEXT	4000	/* of the page of an HTTP error */

static void
quit(enum fetch_end end, const struct buf *b)
{
	size_t at = 0;
	ssize_t n;

	while (at < b->len) {
		n = write(1, b->p + at, b->len - at);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		at += (size_t)n;
	}
	_exit(end);
}

static void __attribute__((noreturn))
quit_text(enum fetch_end end, const char *text)
{
	struct buf b;

	buf_init(&b);
	buf_puts(&b, text);
	quit(end, &b);
	_exit(end);
}

static void
read_address(char *dst, size_t size)
{
	size_t len = 0;
	ssize_t n;

	while (len < size - 1) {
		n = read(0, dst + len, size - 1 - len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	dst[len] = '\0';
	close(0);
}

static int
redirects(const struct reply *r)
{
	return (r->status == 301 || r->status == 302 || r->status == 303 ||
	    r->status == 307 || r->status == 308);
}

/* The next address, or the end. */
static void
hop(struct url *u, const struct reply *r, unsigned n)
{
	const char *why;
	struct url next;
	struct buf b;

	buf_init(&b);
	buf_printf(&b, "%s answers %ld and points elsewhere", u->text,
	    r->status);
	if (r->location[0] == '\0') {
		buf_puts(&b, ", but names no address.");
		quit(FE_REDIRECT, &b);
	}
	if (url_parse(&next, r->location, u, &why) == -1) {
		buf_printf(&b, ": %s.", why);
		quit(FE_REDIRECT, &b);
	}
	buf_printf(&b, ": %s", next.text);
	if (u->tls && !next.tls) {
		buf_puts(&b, "\nThat is http after https.");
		quit(FE_REDIRECT, &b);
	}
	if (!url_same(u, &next))
		quit(FE_ELSEWHERE, &b);
	if (n >= HOPS_MAX) {
		buf_printf(&b, "\nThat is one redirect more than %d.",
		    HOPS_MAX);
		quit(FE_REDIRECT, &b);
	}
	buf_free(&b);
	url_free(u);
	*u = next;
}

static void
failed(const struct url *u, const struct reply *r)
{
	struct buf b, clean;
	size_t i;

	buf_init(&b);
	buf_init(&clean);
	if (r->end != FE_REFUSED)
		buf_printf(&b, "%s: ", u->host);
	for (i = 0; r->why[i] != '\0'; i++)
		(void)buf_add(&b, r->why[i] == '\n' || (r->why[i] >= ' ' &&
		    r->why[i] <= '~') ? r->why + i : "?", 1);
	if (r->end == FE_TIME || r->end == FE_TRANSFER)
		buf_printf(&b, " (%zu bytes of the page had come)",
		    r->body.len);
	quit(r->end, &b);
}

static void
show(const struct url *u, struct reply *r, const char *asked, size_t max)
{
	enum fetch_end end;
	struct buf b;

	buf_init(&b);
	/* Behind TLS it is the site that says so. */
	if (r->by_proxy && !u->tls && r->status >= 400)
		end = FE_REFUSED;
	else if (r->status < 200 || r->status >= 300)
		end = FE_STATUS;
	else
		end = FE_OK;
	if (end == FE_STATUS)
		buf_printf(&b, "HTTP %ld from %s\n\n", r->status, u->host);
	else if (end == FE_OK && strcmp(u->text, asked) != 0)
		buf_printf(&b, "Address: %s\n", u->text);
	if (end == FE_OK)
		end = show_body(u, r, max, &b);
	else
		(void)show_body(u, r, MINIMUM(max, (size_t)ERROR_TEXT), &b);
	if (b.failed)
		quit_text(FE_BROKEN, "out of memory");
	quit(end, &b);
}

int
main(int argc, char **argv)
{
	char asked[URL_MAXLEN + 2], why[128];
	struct reply r;
	struct net net;
	struct url u;
	const char *bad;
	unsigned hops;
	long max, ms;

	if (argc != 3 || (max = strtol(argv[1], NULL, 10)) <= 0 ||
	    (ms = strtol(argv[2], NULL, 10)) <= 0)
		fatalx("usage: fetch max-text milliseconds");
	log_init("fetch");
	(void)prctl(PR_SET_DUMPABLE, 0);
	(void)signal(SIGPIPE, SIG_IGN);
	/* libidn2 reads names in the locale's encoding. */
	(void)setlocale(LC_CTYPE, "C.UTF-8");
	memset(&net, 0, sizeof(net));
	net.deadline = now_ms() + (uint64_t)ms;
	read_address(asked, sizeof(asked));
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		quit_text(FE_BROKEN, "libcurl");
	charset_init();
	if (net_init(&net, why, sizeof(why)) == -1)
		quit_text(FE_PROXY, why);
	if (wall_raise(&net.proxy, &bad) == -1)
		quit_text(FE_BROKEN, bad);
	if (url_parse(&u, asked, NULL, &bad) == -1)
		quit_text(FE_URL, bad);
	for (hops = 0;; hops++) {
		net_get(&net, &u, &r);
		if (r.end != FE_OK)
			failed(&u, &r);
		if (!redirects(&r))
			break;
		hop(&u, &r, hops);
		reply_free(&r);
	}
	show(&u, &r, asked, (size_t)max);
	return (0);
}
