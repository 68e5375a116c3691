/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Options and listeners of both fakes:
 *   -p ADDR:PORT	plain HTTP	-t ADDR:PORT	TLS, with -c CERT -k KEY
 *   -s PATH		control socket	-l FILE		record of requests
 *   -f FILE		failure file
 */
#include <sys/socket.h>
#include <sys/un.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <event2/bufferevent_ssl.h>
#include <event2/listener.h>

#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "regress/fakes/fake.h"

const struct server	*srv;
struct event_base	*base;
static SSL_CTX		*ctx;

enum kind { K_PLAIN, K_TLS, K_CONTROL };

static void
die(const char *what, const char *arg)
{
	fprintf(stderr, "fake%s: %s: %s\n", srv->name, what, arg);
	exit(2);
}

static void
accept_cb(struct evconnlistener *l, evutil_socket_t fd, struct sockaddr *sa,
    int len, void *arg)
{
	struct bufferevent	*bev;
	enum kind		 kind = (enum kind)(uintptr_t)arg;
	SSL			*ssl;
	int			 one = 1;

	(void)l;
	(void)sa;
	(void)len;
	if (kind != K_CONTROL)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (kind == K_TLS) {
		if ((ssl = SSL_new(ctx)) == NULL)
			abort();
		bev = bufferevent_openssl_socket_new(base, fd, ssl,
		    BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);
		bufferevent_openssl_set_allow_dirty_shutdown(bev, 1);
	} else
		bev = bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (bev == NULL)
		abort();
	conn_new(fd, bev, kind == K_CONTROL);
}

static void
listen_tcp(const char *where, enum kind kind)
{
	struct sockaddr_storage	 ss;
	int			 len = sizeof(ss);

	if (evutil_parse_sockaddr_port(where, (struct sockaddr *)&ss, &len) ==
	    -1)
		die("not an address and port", where);
	if (evconnlistener_new_bind(base, accept_cb, (void *)(uintptr_t)kind,
	    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE | LEV_OPT_CLOSE_ON_EXEC,
	    128, (struct sockaddr *)&ss, len) == NULL)
		die("cannot listen", where);
}

static void
listen_unix(const char *path)
{
	struct sockaddr_un	 sun;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	if ((size_t)snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", path) >=
	    sizeof(sun.sun_path))
		die("path too long", path);
	unlink(path);
	if (evconnlistener_new_bind(base, accept_cb, (void *)K_CONTROL,
	    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 128,
	    (struct sockaddr *)&sun, sizeof(sun)) == NULL)
		die("cannot listen", path);
}

static void
load_tls(const char *cert, const char *key)
{
	if ((ctx = SSL_CTX_new(TLS_server_method())) == NULL ||
	    SSL_CTX_use_certificate_chain_file(ctx, cert) != 1 ||
	    SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1)
		die("cannot use the certificate", cert);
}

struct listens { const char *where; enum kind kind; };

static void
start(const struct listens *v, size_t n, const char *cert, const char *key)
{
	size_t	 i;

	if (cert != NULL)
		load_tls(cert, key != NULL ? key : cert);
	for (i = 0; i < n; i++) {
		if (v[i].kind == K_TLS && ctx == NULL)
			die("TLS needs -c and -k", v[i].where);
		listen_tcp(v[i].where, v[i].kind);
	}
}

int
fake_main(const struct server *s, int argc, char **argv)
{
	struct listens	 v[8];
	const char	*cert = NULL, *key = NULL, *log = NULL, *fail = NULL;
	const char	*ctl = NULL;
	char		 opts[64];
	size_t		 n = 0;
	int		 ch;

	srv = s;
	signal(SIGPIPE, SIG_IGN);
	snprintf(opts, sizeof(opts), "p:t:c:k:s:l:f:%s", s->opts);
	while ((ch = getopt(argc, argv, opts)) != -1) {
		if ((ch == 'p' || ch == 't') && n < NELEM(v)) {
			v[n].where = optarg;
			v[n++].kind = ch == 't' ? K_TLS : K_PLAIN;
		} else if (ch == 'c')
			cert = optarg;
		else if (ch == 'k')
			key = optarg;
		else if (ch == 's')
			ctl = optarg;
		else if (ch == 'l')
			log = optarg;
		else if (ch == 'f')
			fail = optarg;
		else if (s->opt(ch, optarg) == -1)
			die("bad option", argv[optind - 1]);
	}
	if (n == 0 || (base = event_base_new()) == NULL)
		die("nothing to listen on", "-p or -t");
	if (record_open(log, fail) == -1)
		die("cannot open", log != NULL ? log : fail);
	fault_clear();
	start(v, n, cert, key);
	if (ctl != NULL)
		listen_unix(ctl);
	event_base_dispatch(base);
	return (0);
}
