/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * One GET through the sandbox's proxy, within a size and a time.  libcurl
 * follows no redirect, keeps no cookie, asks no name server: https goes
 * through a tunnel of ours, http to the proxy.
 */
#include <sys/stat.h>

#include <arpa/inet.h>

#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "engines/tool/fetch/fetch.h"

#define PROXY_DEFAULT	"http://127.0.0.1:3128"
#define CA_MAX		(8u << 20)
#define HEADERS_MAX	(256u << 10)
#define CONNECT_MS	20000

struct get {
	const struct net *net;
	const struct url *url;
	struct reply	*r;
	int		 fd;		/* the connection to the proxy */
};

/* "http://127.0.0.1:3128", with a slash at the end or without. */
static int
proxy_parse(struct net *n, const char *s)
{
	char host[32], *colon, *end;
	unsigned long port;

	if (strncmp(s, "http://", 7) != 0 ||
	    str_copy(host, s + 7, sizeof(host)) == -1 ||
	    (colon = strchr(host, ':')) == NULL)
		return (-1);
	*colon = '\0';
	port = strtoul(colon + 1, &end, 10);
	if (port == 0 || port > 65535 || strcmp(end, *end ? "/" : "") != 0)
		return (-1);
	n->proxy.sin_family = AF_INET;
	n->proxy.sin_port = htons((uint16_t)port);
	return (inet_pton(AF_INET, host, &n->proxy.sin_addr) == 1 &&
	    (ntohl(n->proxy.sin_addr.s_addr) >> 24) == 127 ? 0 : -1);
}

static int
load(const char *path, struct buf *b)
{
	char block[16384];
	ssize_t n = -1;
	int fd;

	if (path == NULL || (fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return (-1);
	while (b->len < CA_MAX && (n = read(fd, block, sizeof(block))) > 0)
		if (buf_add(b, block, (size_t)n) == -1)
			break;
	close(fd);
	return (n == 0 && b->len > 0 ? 0 : -1);
}

int
net_init(struct net *n, char *why, size_t len)
{
	const char *p, *places[] = { getenv("SSL_CERT_FILE"),
	    curl_version_info(CURLVERSION_NOW)->cainfo,
	    "/etc/ssl/certs/ca-certificates.crt",
	    "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
	    "/etc/ssl/cert.pem" };
	size_t i;

	p = getenv("http_proxy");
	if (proxy_parse(n, p == NULL ? PROXY_DEFAULT : p) == -1) {
		(void)str_copy(why, "http_proxy is no http://127.x.x.x:port",
		    len);
		return (-1);
	}
	buf_init(&n->ca);
	for (i = 0; i < NELEM(places); i++)
		if (load(places[i], &n->ca) == 0)
			break;
	return (0);	/* without certificates http still works */
}

/* A field's value without the blanks around it; 0 when it is another. */
static int
field(const char *line, size_t len, const char *name, char *dst, size_t size)
{
	size_t n = strlen(name), i, k = 0;

	if (len <= n || line[n] != ':' || strncasecmp(line, name, n) != 0)
		return (0);
	for (i = n + 1; i < len && (line[i] == ' ' || line[i] == '\t'); i++)
		;
	for (; i < len && k < size - 1; i++)
		if (line[i] != '\r' && line[i] != '\n')
			dst[k++] = line[i];
	while (k > 0 && (dst[k - 1] == ' ' || dst[k - 1] == '\t'))
		k--;
	dst[k] = '\0';
	return (1);
}

/* "text/html; charset=x" into its two parts. */
static void
content_type(struct reply *r, const char *v)
{
	const char *p;
	size_t n;

	n = strcspn(v, "; \t,");
	n = MINIMUM(n, sizeof(r->type) - 1);
	memcpy(r->type, v, n);
	r->type[n] = '\0';
	for (n = 0; r->type[n] != '\0'; n++)
		if (r->type[n] >= 'A' && r->type[n] <= 'Z')
			r->type[n] |= 32;
		else if (r->type[n] <= ' ' || r->type[n] > '~')
			r->type[n] = '?';
	r->charset[0] = '\0';
	if ((p = strcasestr(v, "charset=")) != NULL)
		(void)str_copy(r->charset, p + 8, sizeof(r->charset));
}

static size_t
on_header(char *p, size_t one, size_t n, void *arg)
{
	struct reply *r = ((struct get *)arg)->r;
	char v[URL_MAXLEN + 2];

	(void)one;
	if ((r->headers += n) > HEADERS_MAX) {
		(void)str_copy(r->why, "the head of the answer has no end",
		    sizeof(r->why));
		return (0);
	}
	/* What follows the body is the server's, whoever made the head. */
	if (r->headed)
		return (n);
	if (n > 0 && (p[0] == '\r' || p[0] == '\n'))
		r->headed = !r->interim;
	else if (n > 9 && memcmp(p, "HTTP/", 5) == 0) {	/* after a 1xx */
		r->interim = p[9] == '1';
		r->type[0] = r->charset[0] = r->location[0] = '\0';
		r->length = -1;
		r->by_proxy = 0;
	} else if (field(p, n, "content-type", v, sizeof(v)))
		content_type(r, v);
	else if (field(p, n, "location", v, sizeof(v)))
		(void)str_copy(r->location, strlen(v) > URL_MAXLEN ? "" : v,
		    sizeof(r->location));
	else if (field(p, n, "content-length", v, sizeof(v)))
		r->length = strtoll(v, NULL, 10);
	else if (field(p, n, "x-telclauded", v, sizeof(v)))
		r->by_proxy = 1;
	return (n);
}

static size_t
on_body(char *p, size_t one, size_t n, void *arg)
{
	struct reply *r = ((struct get *)arg)->r;
	size_t room = BODY_MAX - r->body.len;

	(void)one;
	/* Not a byte of what will not be shown. */
	if (r->body.len == 0 && !show_wants(r)) {
		r->cut = 1;
		return (0);
	}
	if (buf_add(&r->body, p, MINIMUM(n, room)) == -1)
		return (0);
	r->cut = n > room;
	return (r->cut ? 0 : n);
}

static curl_socket_t
on_socket(void *arg, curlsocktype type, struct curl_sockaddr *sa)
{
	struct get *g = arg;

	if (type != CURLSOCKTYPE_IPCXN)
		return (CURL_SOCKET_BAD);
	g->fd = socket(sa->family, sa->socktype | SOCK_CLOEXEC, sa->protocol);
	return (g->fd);
}

/* TLS is about to begin on the connection to the proxy. */
static CURLcode
on_tls(CURL *c, void *ctx, void *arg)
{
	struct get *g = arg;

	(void)c;
	(void)ctx;
	return (tunnel_open(g->net, g->url, g->fd, g->r) == 0 ? CURLE_OK :
	    CURLE_ABORTED_BY_CALLBACK);
}

/* The way: what libcurl thinks it connects to is the proxy, always. */
static int
route(CURL *c, struct get *g, struct curl_slist **to)
{
	char ip[INET_ADDRSTRLEN], text[64];
	struct curl_blob ca = { .data = g->net->ca.p,
	    .len = g->net->ca.len, .flags = CURL_BLOB_NOCOPY };
	unsigned port = ntohs(g->net->proxy.sin_port);

	inet_ntop(AF_INET, &g->net->proxy.sin_addr, ip, sizeof(ip));
	curl_easy_setopt(c, CURLOPT_NOPROXY, "");
	curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, on_socket);
	curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, g);
	if (!g->url->tls) {
		(void)str_format(text, sizeof(text), "http://%s:%u", ip, port);
		return (curl_easy_setopt(c, CURLOPT_PROXY, text) == CURLE_OK ?
		    0 : -1);
	}
	(void)str_format(text, sizeof(text), "::%s:%u", ip, port);
	if ((*to = curl_slist_append(NULL, text)) == NULL)
		return (-1);
	curl_easy_setopt(c, CURLOPT_PROXY, "");
	curl_easy_setopt(c, CURLOPT_CONNECT_TO, *to);
	curl_easy_setopt(c, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(c, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(c, CURLOPT_CAINFO, NULL);
	curl_easy_setopt(c, CURLOPT_SSL_CTX_DATA, g);
	if (curl_easy_setopt(c, CURLOPT_SSL_CTX_FUNCTION, on_tls) != CURLE_OK)
		return (-1);
	return (ca.len == 0 || curl_easy_setopt(c, CURLOPT_CAINFO_BLOB,
	    &ca) == CURLE_OK ? 0 : -1);
}

static void
options(CURL *c, struct get *g, long ms)
{
	static const char agent[] = "telclauded/" TC_VERSION;
	int br = curl_version_info(CURLVERSION_NOW)->features &
	    CURL_VERSION_BROTLI;

	curl_easy_setopt(c, CURLOPT_CURLU, g->url->u);
	curl_easy_setopt(c, CURLOPT_HTTPGET, 1L);
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(c, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_USERAGENT, agent);
	curl_easy_setopt(c, CURLOPT_ACCEPT_ENCODING, br ?
	    "gzip, deflate, br" : "gzip, deflate");
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, MINIMUM(ms,
	    (long)CONNECT_MS));
	curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, ms);
	curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(c, CURLOPT_HEADERDATA, g);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, g);
}

static void
judge(struct reply *r, CURLcode code, const char *err, int tls, int has_ca)
{
	if (r->end != FE_OK)		/* the tunnel has said it */
		return;
	if (code == CURLE_OK || (code == CURLE_WRITE_ERROR && r->cut))
		return;
	if (r->why[0] == '\0')
		(void)str_copy(r->why, err[0] != '\0' ? err :
		    curl_easy_strerror(code), sizeof(r->why));
	switch (code) {
	case CURLE_OPERATION_TIMEDOUT:
		r->end = FE_TIME;
		break;
	case CURLE_COULDNT_CONNECT:
		r->end = FE_PROXY;
		break;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_CERTPROBLEM:
		r->end = FE_TLS;
		if (tls && !has_ca)
			(void)str_copy(r->why, "the sandbox has no file of "
			    "certificates to check the server's against",
			    sizeof(r->why));
		break;
	default:
		r->end = FE_TRANSFER;
	}
}

void
net_get(struct net *n, const struct url *u, struct reply *r)
{
	struct get g = { .net = n, .url = u, .r = r };
	char err[CURL_ERROR_SIZE] = "";
	struct curl_slist *to = NULL;
	uint64_t now = now_ms();
	CURLcode code;
	CURL *c;

	memset(r, 0, sizeof(*r));
	buf_init(&r->body);
	r->length = -1;
	if (now >= n->deadline) {
		(void)str_copy(r->why, "no time is left", sizeof(r->why));
		r->end = FE_TIME;
		return;
	}
	if ((c = curl_easy_init()) == NULL || route(c, &g, &to) == -1) {
		(void)str_copy(r->why, "libcurl refuses", sizeof(r->why));
		r->end = FE_BROKEN;
	} else {
		options(c, &g, (long)(n->deadline - now));
		curl_easy_setopt(c, CURLOPT_ERRORBUFFER, err);
		code = curl_easy_perform(c);
		curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &r->status);
		judge(r, code, err, u->tls, n->ca.len > 0);
	}
	curl_easy_cleanup(c);
	curl_slist_free_all(to);
}

void
reply_free(struct reply *r)
{
	buf_free(&r->body);
}
