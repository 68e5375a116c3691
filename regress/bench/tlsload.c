/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * tlsload serve			a TLS server; says its port, serves
 *					until standard input ends
 * tlsload latency PORT PROXY N		connection to first byte, N times
 * tlsload bulk PORT PROXY CONNS MS	bytes a second over so many connections
 *
 * PROXY 0 goes straight.  Answers are one line of JSON.  Benchmarks only: TLS
 * as clients and servers do it, a thread a connection, nothing verified.
 */
#include <sys/socket.h>

#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NAME	"api.test"
#define CONNS	256
#define CHUNK	(64 << 10)

static SSL_CTX		*ctx;
static uint16_t		 port, proxy;
static atomic_ulong	 moved;
static atomic_int	 counting, over, up;

static uint64_t
now_us(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000);
}

static struct sockaddr_in
loopback(uint16_t p)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
	    .sin_port = htons(p),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	return (sin);
}

static void
nodelay(int fd)
{
	int on = 1;

	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == -1)
		err(1, "TCP_NODELAY");
}

/* --- the server -------------------------------------------------------- */
/* One byte asks for one; another for bytes without end. */
static void *
serve_one(void *arg)
{
	static const char zeroes[CHUNK];
	int fd = (int)(intptr_t)arg;
	SSL *ssl = SSL_new(ctx);
	char c;

	nodelay(fd);
	if (ssl == NULL || SSL_set_fd(ssl, fd) != 1)
		errx(1, "SSL_new");
	if (SSL_accept(ssl) == 1 && SSL_read(ssl, &c, 1) == 1) {
		if (c == 'b')
			while (SSL_write(ssl, zeroes, CHUNK) > 0)
				;
		else
			(void)SSL_write(ssl, "x", 1);
	}
	SSL_free(ssl);
	(void)close(fd);
	return (NULL);
}

static void
thread(void *(*fn)(void *), void *arg)
{
	pthread_t t;

	if (pthread_create(&t, NULL, fn, arg) != 0 || pthread_detach(t) != 0)
		errx(1, "pthread_create");
}

static void *
serve_all(void *arg)
{
	int l = (int)(intptr_t)arg, fd;

	while ((fd = accept(l, NULL, NULL)) != -1)
		thread(serve_one, (void *)(intptr_t)fd);
	err(1, "accept");
}

static void
certify(void)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = X509_new();

	if (key == NULL || x == NULL ||
	    ASN1_INTEGER_set(X509_get_serialNumber(x), 1) != 1 ||
	    X509_gmtime_adj(X509_getm_notBefore(x), -3600) == NULL ||
	    X509_gmtime_adj(X509_getm_notAfter(x), 86400) == NULL ||
	    X509_set_pubkey(x, key) != 1 ||
	    X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN",
	    MBSTRING_ASC, (const unsigned char *)NAME, -1, -1, 0) != 1 ||
	    X509_set_issuer_name(x, X509_get_subject_name(x)) != 1 ||
	    X509_sign(x, key, EVP_sha256()) == 0 ||
	    SSL_CTX_use_certificate(ctx, x) != 1 ||
	    SSL_CTX_use_PrivateKey(ctx, key) != 1)
		errx(1, "certificate");
}

static void
serve(void)
{
	struct sockaddr_in sin = loopback(0);
	socklen_t len = sizeof(sin);
	int l = socket(AF_INET, SOCK_STREAM, 0);

	if ((ctx = SSL_CTX_new(TLS_server_method())) == NULL)
		errx(1, "SSL_CTX_new");
	certify();
	if (l == -1 || bind(l, (struct sockaddr *)&sin, len) == -1 ||
	    listen(l, 512) == -1 ||
	    getsockname(l, (struct sockaddr *)&sin, &len) == -1)
		err(1, "listen");
	thread(serve_all, (void *)(intptr_t)l);
	(void)printf("%u\n", ntohs(sin.sin_port));
	(void)fflush(stdout);
	while (getchar() != EOF)
		;
}

/* --- clients ----------------------------------------------------------- */
static void
tunnel(int fd)
{
	char req[128], ans[1024];
	size_t have = 0;
	ssize_t n;
	int len = snprintf(req, sizeof(req), "CONNECT " NAME
	    ":%u HTTP/1.1\r\nHost: " NAME ":%u\r\n\r\n", port, port);

	if (write(fd, req, (size_t)len) != len)
		err(1, "proxy");
	do {
		n = read(fd, ans + have, sizeof(ans) - 1 - have);
		if (n <= 0)
			errx(1, "the proxy closed");
		have += (size_t)n;
		ans[have] = '\0';
	} while (strstr(ans, "\r\n\r\n") == NULL);
	if (strncmp(ans, "HTTP/1.1 200", 12) != 0)
		errx(1, "the proxy said %s", ans);
}

static SSL *
dial(int *fd)
{
	struct sockaddr_in sin = loopback(proxy != 0 ? proxy : port);
	SSL *ssl = SSL_new(ctx);
	char name[] = NAME;

	if ((*fd = socket(AF_INET, SOCK_STREAM, 0)) == -1 ||
	    connect(*fd, (struct sockaddr *)&sin, sizeof(sin)) == -1)
		err(1, "connect");
	nodelay(*fd);
	if (proxy != 0)
		tunnel(*fd);
	if (ssl == NULL || SSL_set_fd(ssl, *fd) != 1 ||
	    SSL_set_tlsext_host_name(ssl, name) != 1 ||
	    SSL_connect(ssl) != 1)
		errx(1, "TLS failed");
	return (ssl);
}

static int
by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x < y ? -1 : x > y);
}

static void
latency(unsigned n)
{
	uint64_t *us = calloc(n, sizeof(*us)), t;
	unsigned i;
	SSL *ssl;
	char c;
	int fd;

	if (us == NULL || n == 0)
		errx(1, "how often?");
	for (i = 0; i < n; i++) {
		t = now_us();
		ssl = dial(&fd);
		if (SSL_write(ssl, "1", 1) != 1 || SSL_read(ssl, &c, 1) != 1)
			errx(1, "TLS broke");
		us[i] = now_us() - t;
		SSL_free(ssl);
		(void)close(fd);
	}
	qsort(us, n, sizeof(*us), by_value);
	(void)printf("{\"n\": %u, \"p50\": %lu, \"p95\": %lu}\n", n,
	    (unsigned long)us[n / 2], (unsigned long)us[n * 95 / 100]);
	free(us);
}

static void *
pull(void *arg)
{
	char *buf = malloc(CHUNK);
	SSL *ssl;
	int fd, n;

	(void)arg;
	ssl = dial(&fd);
	if (buf == NULL || SSL_write(ssl, "b", 1) != 1)
		errx(1, "TLS broke");
	atomic_fetch_add(&up, 1);
	while (!over && (n = SSL_read(ssl, buf, CHUNK)) > 0)
		if (counting)
			atomic_fetch_add(&moved, (unsigned long)n);
	if (!over)
		errx(1, "the bytes ended");
	return (NULL);
}

static void
bulk(int conns, unsigned ms)
{
	uint64_t t;
	int i;

	for (i = 0; i < conns; i++)
		thread(pull, NULL);
	while (up < conns)
		(void)usleep(1000);
	(void)usleep(200000);
	t = now_us();
	counting = 1;
	(void)usleep(ms * 1000);
	counting = 0;
	t = now_us() - t;
	over = 1;
	(void)printf("{\"conns\": %d, \"mb_s\": %.1f}\n", conns,
	    (double)moved / (double)t);
	(void)fflush(stdout);
	_exit(0);
}

int
main(int argc, char **argv)
{
	(void)signal(SIGPIPE, SIG_IGN);
	if (argc == 2 && strcmp(argv[1], "serve") == 0) {
		serve();
		return (0);
	}
	if (argc < 5)
		errx(1, "usage: see the source");
	if ((ctx = SSL_CTX_new(TLS_client_method())) == NULL)
		errx(1, "SSL_CTX_new");
	port = (uint16_t)strtoul(argv[2], NULL, 10);
	proxy = (uint16_t)strtoul(argv[3], NULL, 10);
	if (strcmp(argv[1], "latency") == 0)
		latency((unsigned)strtoul(argv[4], NULL, 10));
	else if (strcmp(argv[1], "bulk") == 0 && argc == 6)
		bulk((int)strtoul(argv[4], NULL, 10),
		    (unsigned)strtoul(argv[5], NULL, 10));
	else
		errx(1, "usage: see the source");
	return (0);
}
