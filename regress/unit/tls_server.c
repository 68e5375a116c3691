/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The server of tls_server.h: one process a connection, blocking.
 */
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <arpa/inet.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "regress/unit/tls_server.h"

static volatile unsigned *hits;

struct conn {
	int	 fd;
	SSL	*ssl;
};

static X509 *
make_cert(const char *cn, EVP_PKEY *key, X509 *issuer, EVP_PKEY *signer)
{
	X509V3_CTX ctx;
	X509_NAME *name;
	X509_EXTENSION *e;
	X509 *x = X509_new();
	static long serial = 1;

	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), serial++);
	X509_gmtime_adj(X509_getm_notBefore(x), -3600);
	X509_gmtime_adj(X509_getm_notAfter(x), 86400);
	X509_set_pubkey(x, key);
	name = X509_get_subject_name(x);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
	    (const unsigned char *)cn, -1, -1, 0);
	X509_set_issuer_name(x, issuer == NULL ? name :
	    X509_get_subject_name(issuer));
	X509V3_set_ctx(&ctx, issuer == NULL ? x : issuer, x, NULL, NULL, 0);
	e = issuer == NULL ? X509V3_EXT_conf_nid(NULL, &ctx,
	    NID_basic_constraints, "critical,CA:TRUE") :
	    X509V3_EXT_conf_nid(NULL, &ctx, NID_subject_alt_name,
	    "DNS:api.test,IP:127.0.0.1");
	X509_add_ext(x, e, -1);
	X509_EXTENSION_free(e);
	/* Tells the two authorities of one name apart. */
	e = X509V3_EXT_conf_nid(NULL, &ctx, issuer == NULL ?
	    NID_subject_key_identifier : NID_authority_key_identifier,
	    issuer == NULL ? "hash" : "keyid:always");
	X509_add_ext(x, e, -1);
	X509_EXTENSION_free(e);
	X509_sign(x, signer, EVP_sha256());
	return (x);
}

static int
save(char *path, size_t size, X509 *x, X509 *second)
{
	FILE *f;
	int fd;

	(void)snprintf(path, size, "/tmp/t_tls.XXXXXX");
	if ((fd = mkstemp(path)) == -1 || (f = fdopen(fd, "w")) == NULL)
		return (-1);
	(void)fputs("# comment\n", f);
	PEM_write_X509(f, x);
	if (second != NULL)
		PEM_write_X509(f, second);
	return (fclose(f));
}

static int
get(struct conn *c, void *p, size_t n)
{
	return (c->ssl == NULL ? (int)read(c->fd, p, n) :
	    SSL_read(c->ssl, p, (int)n));
}

static void
put(struct conn *c, const void *p, size_t n)
{
	const char *s = p;
	int w;

	for (; n > 0; s += w, n -= (size_t)w) {
		w = c->ssl == NULL ? (int)write(c->fd, s, n) :
		    SSL_write(c->ssl, s, (int)n);
		if (w <= 0)
			_exit(0);
	}
}

static void
say(struct conn *c, const char *s)
{
	put(c, s, strlen(s));
}

static void
big(struct conn *c)
{
	static char block[65536];
	int i;

	memset(block, 'x', sizeof(block));
	say(c, "HTTP/1.1 200 OK\r\ncontent-length: 8388608\r\n\r\n");
	for (i = 0; i < 128; i++)
		put(c, block, sizeof(block));
}

static void
plain(struct conn *c, const char *body, size_t len)
{
	char line[128];

	(void)snprintf(line, sizeof(line), "HTTP/1.1 200 OK\r\n"
	    "content-length: %zu\r\n\r\n", len);
	say(c, line);
	put(c, body, len);
}

static void
gzip(struct conn *c)
{
	say(c, "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
	    "content-encoding: gzip\r\nset-cookie: a=b\r\n"
	    "Keep-Alive: timeout=5\r\nproxy-authenticate: x\r\n"
	    "alt-svc: h3=\":443\"\r\nodd name: x\r\nx-bad: a\001b\r\n"
	    "request-id: req_9\r\ncontent-length: 6\r\n\r\n");
	put(c, "\037\213\0\377\001\002", 6);
}

static void
chunk(struct conn *c, const char *s)
{
	char size[24];

	(void)snprintf(size, sizeof(size), "%zx\r\n", strlen(s));
	say(c, size);
	say(c, s);
	say(c, "\r\n");
}

static void
sse(struct conn *c)
{
	say(c, "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; "
	    "charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n");
	chunk(c, "event: message_start\ndata: {\"type\":\"message_start\","
	    "\"message\":{\"model\":\"cheap\",\"usage\":{\"input_tokens\":"
	    "100,\"cache_read_input_tokens\":10,\"output_tokens\":1}}}\n\n");
	(void)usleep(200000);
	chunk(c, "event: message_delta\ndata: {\"type\":\"message_delta\","
	    "\"delta\":{},\"usage\":{\"output_tokens\":50}}\n\nevent: "
	    "message_stop\ndata: {\"type\":\"message_stop\"}\n\n");
	say(c, "0\r\n\r\n");
}

/* A body of a line that points to a book; the answer takes its time. */
static void
book(struct conn *c)
{
	say(c, "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
	    "transfer-encoding: chunked\r\n\r\n");
	chunk(c, "event: message_start\ndata: {\"type\":\"message_start\","
	    "\"message\":{\"model\":\"cheap\",\"usage\":{\"input_tokens\":"
	    "600000,\"output_tokens\":1}}}\n\n");
	(void)sleep(2);
}

static void
json(struct conn *c, const char *status, const char *body)
{
	char line[160];

	(void)snprintf(line, sizeof(line), "HTTP/1.1 %s\r\ncontent-type: "
	    "application/json\r\ncontent-length: %zu\r\n\r\n", status,
	    strlen(body));
	say(c, line);
	say(c, body);
}

/* Of any length: bytes that are here already, then those that come. */
struct source {
	struct conn	*c;
	const char	*p;
	size_t		 n;
};

static unsigned char
next_byte(struct source *s)
{
	static char block[16384];
	int got;

	if (s->n == 0) {
		if ((got = get(s->c, block, sizeof(block))) <= 0)
			_exit(0);
		s->p = block;
		s->n = (size_t)got;
	}
	s->n--;
	return ((unsigned char)*s->p++);
}

static void
count(struct conn *c, const char *body, size_t have, size_t len, int chunked)
{
	struct source s = { c, body, have };
	unsigned long sum = 0, total = 0;
	char line[64], out[64];
	size_t n;

	for (;;) {
		if (chunked) {
			for (n = 0; n < sizeof(line) - 1 && (line[n] =
			    (char)next_byte(&s)) != '\n'; n++)
				;
			line[n] = '\0';
			len = strtoul(line, NULL, 16);
		}
		for (n = 0; n < len; n++, total++)
			sum = sum * 31 + next_byte(&s);
		if (!chunked)
			break;
		(void)next_byte(&s);
		(void)next_byte(&s);
		if (len == 0)
			break;
	}
	(void)snprintf(out, sizeof(out), "%s %lu %lu", chunked ? "chunked" :
	    "length", total, sum & 0xffffffff);
	plain(c, out, strlen(out));
}

static void
answer(struct conn *c, const char *path, const char *body, size_t len)
{
	if (strcmp(path, "/redirect") == 0)
		say(c, "HTTP/1.1 302 Found\r\nlocation: https://evil.test/\r\n"
		    "content-length: 0\r\n\r\n");
	else if (strcmp(path, "/cut") == 0) {
		say(c, "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello");
		_exit(0);
	} else if (strcmp(path, "/chunkcut") == 0) {
		say(c, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
		    "5\r\nhello\r\n");
		_exit(0);
	} else if (strcmp(path, "/slow") == 0)
		(void)pause();
	else if (strcmp(path, "/idle") == 0) {
		say(c, "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello");
		(void)pause();
	} else if (strcmp(path, "/big") == 0)
		big(c);
	else if (strcmp(path, "/drop") == 0)
		_exit(0);
	else if (strcmp(path, "/headers") == 0) {
		say(c, "HTTP/1.1 200 OK\r\n");
		for (;;)
			say(c, "x-more: of the same, and so on and on\r\n");
	} else if (strcmp(path, "/retry") == 0)
		say(c, "HTTP/1.1 429 Slow\r\nretry-after: 7\r\n"
		    "retry-after-ms: 1500\r\nrequest-id: req_01\r\n"
		    "content-length: 2\r\n\r\n{}");
	else if (strcmp(path, "/echo") == 0)
		plain(c, body, len);
	else if (strcmp(path, "/gzip") == 0)
		gzip(c);
	else if (strcmp(path, "/book") == 0)
		book(c);
	else if (strcmp(path, "/sse") == 0)
		sse(c);
	else if (strcmp(path, "/json") == 0)
		json(c, "200 OK", "{\"model\":\"cheap\",\"content\":[{\"text\":"
		    "\"\\\"usage\\\":{\\\"output_tokens\\\":1}\"}],\"usage\":"
		    "{\"input_tokens\":100,\"output_tokens\":50}}");
	else if (strcmp(path, "/bad") == 0)
		json(c, "400 Bad Request", "{\"type\":\"error\",\"error\":{"
		    "\"type\":\"invalid_request_error\",\"message\":\"x\"}}");
	else {
		say(c, "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello");
		if (strcmp(path, "/close") == 0)
			_exit(0);
	}
}

static void
serve(struct conn *c)
{
	static char buf[1 << 20];
	char path[64], *end, *cl;
	size_t n = 0, len, head;
	int got;

	for (;;) {
		buf[n] = '\0';
		if ((end = strstr(buf, "\r\n\r\n")) == NULL) {
			if ((got = get(c, buf + n, sizeof(buf) - 1 - n)) <= 0)
				_exit(0);
			n += (size_t)got;
			continue;
		}
		head = (size_t)(end - buf) + 4;
		cl = strcasestr(buf, "content-length:");
		len = cl == NULL || cl > end ? 0 :
		    strtoul(cl + 15, NULL, 10);
		if (sscanf(buf, "%*s %63s", path) != 1)
			_exit(0);
		path[1 + strcspn(path + 1, "/")] = '\0';
		if (strcmp(path, "/count") == 0) {
			(*hits)++;
			*end = '\0';
			count(c, buf + head, n - head, len, strcasestr(buf,
			    "transfer-encoding: chunked") != NULL);
			n = 0;
			continue;
		}
		while (n < head + len) {
			if ((got = get(c, buf + n, sizeof(buf) - 1 - n)) <= 0)
				_exit(0);
			n += (size_t)got;
		}
		(*hits)++;
		if (strcmp(path, "/head") == 0)
			plain(c, buf, head);
		else
			answer(c, path, buf + head, len);
		memmove(buf, buf + head + len, n - head - len);
		n -= head + len;
	}
}

static void
loop(int fd, SSL_CTX *ctx)
{
	const int on = 1;
	struct conn c = { 0 };

	(void)signal(SIGCHLD, SIG_IGN);
	for (;;) {
		if ((c.fd = accept(fd, NULL, NULL)) == -1)
			_exit(0);
		(void)setsockopt(c.fd, IPPROTO_TCP, TCP_NODELAY, &on,
		    sizeof(on));
		if (fork() == 0) {
			(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
			close(fd);
			if (ctx != NULL) {
				c.ssl = SSL_new(ctx);
				SSL_set_fd(c.ssl, c.fd);
				if (SSL_accept(c.ssl) <= 0)
					_exit(0);
			}
			serve(&c);
		}
		close(c.fd);
	}
}

static int
listener(uint16_t *port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t len = sizeof(sin);
	int fd;

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if ((fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1 ||
	    bind(fd, (struct sockaddr *)&sin, sizeof(sin)) == -1 ||
	    listen(fd, 64) == -1 ||
	    getsockname(fd, (struct sockaddr *)&sin, &len) == -1)
		return (-1);
	*port = ntohs(sin.sin_port);
	return (fd);
}

int
tls_server_start(struct tls_server *s, int tls)
{
	EVP_PKEY *ck = EVP_EC_gen("P-256"), *sk = EVP_EC_gen("P-256"),
	    *ok = EVP_EC_gen("P-256");
	X509 *ca = make_cert("test ca", ck, NULL, ck);
	/* The same name with another key: a subject alone proves nothing. */
	X509 *other = make_cert("test ca", ok, NULL, ok);
	X509 *crt = make_cert("api.test", sk, ca, ck);
	SSL_CTX *ctx = NULL;
	int fd;

	hits = mmap(NULL, sizeof(*hits), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (hits == MAP_FAILED)
		return (-1);
	s->hits = hits;
	if (save(s->ca, sizeof(s->ca), other, ca) != 0 ||
	    save(s->other, sizeof(s->other), other, NULL) != 0 ||
	    (fd = listener(&s->port)) == -1)
		return (-1);
	if (tls) {
		ctx = SSL_CTX_new(TLS_server_method());
		SSL_CTX_use_certificate(ctx, crt);
		SSL_CTX_use_PrivateKey(ctx, sk);
	}
	(void)fflush(NULL);
	if ((s->pid = fork()) == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		loop(fd, ctx);
	}
	close(fd);
	SSL_CTX_free(ctx);
	X509_free(crt);
	X509_free(other);
	X509_free(ca);
	EVP_PKEY_free(ck);
	EVP_PKEY_free(sk);
	EVP_PKEY_free(ok);
	return (s->pid == -1 ? -1 : 0);
}

void
tls_server_stop(struct tls_server *s)
{
	(void)kill(s->pid, SIGKILL);
	(void)waitpid(s->pid, NULL, 0);
	(void)unlink(s->ca);
	(void)unlink(s->other);
}
