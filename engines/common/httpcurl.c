/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * One transfer as libcurl sees it: its options, its callbacks, and what its
 * result codes mean.  Run by relay and gate.  libcurl's error buffer is never
 * read: it may quote the URL, and there the bot token is.
 *
 * HTTP/1.1 only: with HTTP/2 libcurl offers windows of 10 MB and more (by
 * version), all of which may come after the reader paused and then lies in our
 * memory; the 30 kB a stream that sharing a connection saves are not worth it.
 */
#include <arpa/inet.h>

#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "engines/common/http_int.h"
#include "telclauded/lib/util.h"

#define KEEP_S		240L	/* an idle connection is used again so long */

static size_t
header_cb(char *p, size_t sz, size_t n, void *arg)
{
	struct http_req *r = arg;
	size_t len;

	len = n *= sz;
	if (r->state == RQ_DEAD)
		return (0);
	switch (http_head_line(&r->head, p, n, (int64_t)(wall_ms() / 1000))) {
	case -1:
		r->err = HE_SIZE;
		return (0);
	case 0:
		if (r->cb->field == NULL || r->head.done ||
		    r->head.status < 200)
			break;
		while (len > 0 && (p[len - 1] == '\r' || p[len - 1] == '\n'))
			len--;
		r->cb->field(r, p, len, r->ctx);
		if (r->state == RQ_DEAD)
			return (0);
		break;
	case 1:
		r->last = now_ms();
		rq_rearm(r);
		r->cb->head(r, r->head.status, r->head.retry_ms, r->head.reqid,
		    r->ctx);
		if (r->state == RQ_DEAD)
			return (0);
	}
	return (n);
}

/* What the reader leaves is held here; what comes after it, by libcurl. */
static size_t
write_cb(char *p, size_t sz, size_t n, void *arg)
{
	struct http_req *r = arg;
	size_t took;

	n *= sz;
	if (r->state == RQ_DEAD)
		return (0);
	if (r->nhold > 0)
		return (CURL_WRITEFUNC_PAUSE);
	r->last = now_ms();
	r->got += n;
	if (r->max != 0 && r->got > r->max) {
		r->err = HE_SIZE;
		return (0);
	}
	took = r->cb->data(r, p, n, r->ctx);
	if (r->state == RQ_DEAD)
		return (0);
	if (took >= n)
		return (n);
	if ((r->hold = malloc(n - took)) == NULL)
		return (0);
	memcpy(r->hold, p + took, n - took);
	r->nhold = n - took;
	r->ohold = 0;
	r->paused = 1;
	rq_rearm(r);
	return (n);
}

static size_t
read_cb(char *p, size_t sz, size_t n, void *arg)
{
	struct http_req *r = arg;
	long got;

	n *= sz;
	if (r->state == RQ_DEAD)
		return (CURL_READFUNC_ABORT);
	r->last = now_ms();
	if (r->cb->body == NULL) {
		n = MINIMUM(n, r->len - r->off);
		if (n > 0)
			memcpy(p, r->data + r->off, n);
		r->off += n;
		return (n);
	}
	got = r->cb->body(r, p, n, r->ctx);
	if (r->state == RQ_DEAD)
		return (CURL_READFUNC_ABORT);
	if (got == -1) {
		r->up_paused = 1;
		rq_rearm(r);
		return (CURL_READFUNC_PAUSE);
	}
	return ((size_t)got);
}

/* libcurl wants to send the body again, over a fresh connection. */
static int
seek_cb(void *arg, curl_off_t off, int origin)
{
	struct http_req *r = arg;

	if (!r->again || r->cb->body != NULL || origin != SEEK_SET ||
	    off < 0 || (size_t)off > r->len)
		return (CURL_SEEKFUNC_FAIL);
	r->off = (size_t)off;
	return (CURL_SEEKFUNC_OK);
}

/* The connection stands: from here it is the server's time. */
static int
prereq_cb(void *arg, char *to, char *from, int toport, int fromport)
{
	struct http_req *r = arg;

	(void)to;
	(void)from;
	(void)toport;
	(void)fromport;
	r->last = now_ms();
	rq_rearm(r);
	return (r->state == RQ_DEAD ? CURL_PREREQFUNC_ABORT :
	    CURL_PREREQFUNC_OK);
}

static CURLcode
tls_cb(CURL *e, void *ctx, void *arg)
{
	X509_STORE *store = trust_store(http_trust);

	(void)e;
	(void)arg;
	if (store == NULL || !X509_STORE_up_ref(store))
		return (CURLE_SSL_CERTPROBLEM);
	SSL_CTX_set_cert_store(ctx, store);
	return (CURLE_OK);
}

static int
set_callbacks(struct http_req *r)
{
	CURL *e = r->e;
	CURLcode rc = CURLE_OK;

#define SET(o, v)	rc |= curl_easy_setopt(e, CURLOPT_##o, v)
	SET(PRIVATE, r);
	SET(HEADERFUNCTION, header_cb);
	SET(HEADERDATA, r);
	SET(WRITEFUNCTION, write_cb);
	SET(WRITEDATA, r);
	SET(READFUNCTION, read_cb);
	SET(READDATA, r);
	SET(SEEKFUNCTION, seek_cb);
	SET(SEEKDATA, r);
	SET(PREREQFUNCTION, prereq_cb);
	SET(PREREQDATA, r);
	SET(OPENSOCKETFUNCTION, name_socket);
	SET(OPENSOCKETDATA, r);
	SET(RESOLVER_START_FUNCTION, name_resolver);
	SET(RESOLVER_START_DATA, r);
	SET(SSL_CTX_FUNCTION, tls_cb);
	/* Else libcurl parses the system's bundle for every connection. */
	SET(CAINFO, NULL);
	SET(CAPATH, NULL);
	return (rc == CURLE_OK ? 0 : -1);
}

static int
set_limits(struct http_req *r)
{
	CURL *e = r->e;
	CURLcode rc = CURLE_OK;

	SET(NOSIGNAL, 1L);
	SET(PROTOCOLS_STR, r->h->url.tls ? "https" : "http");
	SET(FOLLOWLOCATION, 0L);
	SET(PROXY, "");
	SET(NETRC, (long)CURL_NETRC_IGNORED);
	SET(HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(SSL_VERIFYPEER, 1L);
	SET(SSL_VERIFYHOST, 2L);
	SET(PATH_AS_IS, 1L);
	SET(BUFFERSIZE, (long)HTTP_HOLD);
	SET(UPLOAD_BUFFERSIZE, (long)HTTP_HOLD);
	SET(MAXAGE_CONN, KEEP_S);
	SET(DNS_CACHE_TIMEOUT, -1L);
	SET(CONNECTTIMEOUT_MS, r->connect_ms == 0 ? 3600000L :
	    (long)r->connect_ms);
	if (r->max != 0)
		SET(MAXFILESIZE_LARGE, (curl_off_t)r->max);
	return (rc == CURLE_OK ? 0 : -1);
}

static int
add_header(struct http_req *r, const char *line)
{
	struct curl_slist *l;

	if (!http_clean(line, 1) ||
	    (l = curl_slist_append(r->headers, line)) == NULL)
		return (-1);
	r->headers = l;
	return (0);
}

int
rq_setup(struct http_req *r, const struct http_opts *o)
{
	struct buf url;
	size_t i;
	CURL *e;
	CURLcode rc = CURLE_OK;
	int get = strcmp(o->method, "GET") == 0;
	int body = !get && (o->data != NULL || r->cb->body != NULL);

	if (!http_clean(o->path, 0) || (e = r->e = curl_easy_init()) == NULL)
		return (-1);
	buf_init(&url);
	(void)buf_puts(&url, r->h->url.base);
	if (buf_puts(&url, o->path) == 0)
		SET(URL, url.p);
	else
		rc = CURLE_OUT_OF_MEMORY;
	if (url.p != NULL)
		explicit_bzero(url.p, url.len);
	buf_free(&url);
	for (i = 0; o->headers != NULL && o->headers[i] != NULL; i++)
		if (add_header(r, o->headers[i]) == -1)
			return (-1);
	/* Waiting for 100 Continue costs a round trip. */
	if (add_header(r, "Expect:") == -1)
		return (-1);
	if (body && o->len == HTTP_CHUNKED &&
	    add_header(r, "Transfer-Encoding: chunked") == -1)
		return (-1);
	SET(HTTPHEADER, r->headers);
	if (body) {
		SET(POST, 1L);
		SET(POSTFIELDSIZE_LARGE, o->len == HTTP_CHUNKED ? -1 :
		    (curl_off_t)o->len);
	}
	if (strcmp(o->method, body ? "POST" : "GET") != 0)
		SET(CUSTOMREQUEST, o->method);
	return (rc != CURLE_OK || set_callbacks(r) == -1 || set_limits(r) ==
	    -1 ? -1 : 0);
}
#undef SET

/* Tell libcurl the addresses; it keeps them for the pool. */
int
rq_pin(struct http_req *r)
{
	const struct http *h = r->h;
	const struct netaddr *a;
	struct curl_slist *l = NULL;
	char s[INET6_ADDRSTRLEN];
	struct buf b;
	unsigned i;

	if (h->url.literal == 6)	/* no place for it in that syntax */
		return (0);
	buf_init(&b);
	(void)buf_printf(&b, "%s:%u:", h->url.host, h->url.port);
	for (i = 0; i < h->pin.n; i++) {
		a = &h->pin.a[i];
		if (inet_ntop(a->family == 4 ? AF_INET : AF_INET6, a->a, s,
		    sizeof(s)) == NULL)
			continue;
		(void)buf_printf(&b, a->family == 4 ? "%s%s" : "%s[%s]",
		    i == 0 ? "" : ",", s);
	}
	if (!b.failed)
		l = curl_slist_append(NULL, b.p);
	buf_free(&b);
	if (l == NULL || curl_easy_setopt(r->e, CURLOPT_RESOLVE, l) !=
	    CURLE_OK) {
		curl_slist_free_all(l);
		return (-1);
	}
	curl_slist_free_all(r->pins);
	r->pins = l;
	return (0);
}

static enum http_err
meaning(CURLcode rc)
{
	switch (rc) {
	case CURLE_OK:
		return (HE_OK);
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
		return (HE_NAME);
	case CURLE_COULDNT_CONNECT:
	case CURLE_OPERATION_TIMEDOUT:	/* only connecting has a limit there */
		return (HE_CONNECT);
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CIPHER:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_CACERT_BADFILE:
		return (HE_TLS);
	case CURLE_PARTIAL_FILE:
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR:
	case CURLE_SEND_FAIL_REWIND:
	case CURLE_GOT_NOTHING:
		return (HE_CUT);
	case CURLE_FILESIZE_EXCEEDED:
		return (HE_SIZE);
	default:
		return (HE_OTHER);
	}
}

/* Why, in words of ours or of a fixed table: never the error buffer. */
static void
explain(struct http_req *r, enum http_err err, CURLcode rc, char *why,
    size_t size)
{
	const char *host = r->h->url.host;
	long v = 0;

	switch (err) {
	case HE_OK:
		why[0] = '\0';
		return;
	case HE_CONNECT:
		(void)curl_easy_getinfo(r->e, CURLINFO_OS_ERRNO, &v);
		(void)str_format(why, size, "%s: cannot connect: %s", host,
		    rc == CURLE_OPERATION_TIMEDOUT || v == 0 ? "no answer" :
		    strerror((int)v));
		return;
	case HE_TLS:
		(void)curl_easy_getinfo(r->e, CURLINFO_SSL_VERIFYRESULT, &v);
		(void)str_format(why, size, "%s: TLS: %s", host, v > 1 ?
		    X509_verify_cert_error_string(v) : curl_easy_strerror(rc));
		return;
	case HE_CUT:
		(void)str_format(why, size, "%s: the connection broke %s", host,
		    r->head.done ? "in mid answer" : "before the answer");
		return;
	case HE_SIZE:
		(void)str_format(why, size, "%s: the answer is too large",
		    host);
		return;
	default:
		(void)str_format(why, size, "%s: %s", host,
		    curl_easy_strerror(rc));
	}
}

/* libcurl is done with it; out of its hands already. */
void
rq_result(struct http_req *r, CURLcode rc)
{
	enum http_err err;
	char why[sizeof(r->why)];

	if (r->state == RQ_DEAD)
		return;
	if (rc != CURLE_OK && r->unpinned && !r->head.done && r->asked < 2) {
		/* No byte went out: ask for the name, then once more. */
		r->state = RQ_NAME;
		r->unpinned = 0;
		r->off = 0;
		r->last = now_ms();
		r->asked++;
		name_stale(r->h);
		rq_rearm(r);
		name_ask(r->h);
		return;
	}
	err = rc != CURLE_OK && r->err != HE_OK ? r->err : meaning(rc);
	if (err == HE_CONNECT)
		name_stale(r->h);
	explain(r, err, rc, why, sizeof(why));
	rq_end(r, err, why);
}
