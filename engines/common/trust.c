/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Whom TLS believes, for relay and gate: one X509_STORE for all connections,
 * over a PEM file that stays on disk.  At start only the place and the hash of
 * the subject of each certificate are noted; a certificate is read and parsed
 * when a chain first asks for its issuer.  Compared with the usual ways
 * (Debian's 145 certificates): libcurl parses the bundle for every connection
 * (18 ms), a loaded store once (17 ms, 0.85 MB for good), OpenSSL's hashed
 * directory not at all, but it opens files at run time, so the cage of a
 * process that owns no file would have to allow that, and it exists only
 * where c_rehash ran.  The index costs 1 ms and 3 kB, and no open.
 *
 * The file is the administrator's and is trusted to say who is trusted; it
 * is still parsed as if it were not.
 */
#include <sys/stat.h>

#include <fcntl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engines/common/http_int.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"

#define TRUST_FILE_MAX	(4u << 20)
#define TRUST_DER_MAX	16384

struct cert {
	unsigned long	 hash;		/* X509_NAME_hash of the subject */
	uint32_t	 off, len;	/* its base64 text in the file */
	int		 loaded;
};

struct trust {
	int		 fd, own;	/* own: close it in the end */
	struct cert	*v;
	size_t		 n, cap;
	X509_STORE	*store;
	X509_LOOKUP_METHOD *method;
};

static const char begin[] = "-----BEGIN CERTIFICATE-----";
static const char end[] = "-----END CERTIFICATE-----";

/* Where the distributions keep the bundle. */
int
trust_system(void)
{
	static const char *const paths[] = {
		"/etc/ssl/certs/ca-certificates.crt",	/* Debian, Arch */
		"/etc/pki/tls/certs/ca-bundle.crt",	/* Fedora */
		"/etc/ssl/ca-bundle.pem",		/* SUSE */
		"/etc/ssl/cert.pem",			/* Alpine */
	};
	size_t i;
	int fd;

	for (i = 0; i < NELEM(paths); i++)
		if ((fd = open(paths[i], O_RDONLY | O_CLOEXEC)) != -1)
			return (fd);
	return (-1);
}

static int
b64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (c - 'A');
	if (c >= 'a' && c <= 'z')
		return (c - 'a' + 26);
	if (c >= '0' && c <= '9')
		return (c - '0' + 52);
	return (c == '+' ? 62 : c == '/' ? 63 : -1);
}

/* The base64 text between the lines, white space and all; 0: not that. */
static size_t
pem_der(const char *s, size_t n, uint8_t *out)
{
	uint32_t acc = 0;
	unsigned bits = 0;
	size_t i, o = 0;
	int v;

	for (i = 0; i < n && s[i] != '='; i++) {
		if (s[i] == '\n' || s[i] == '\r' || s[i] == ' ' || s[i] == '\t')
			continue;
		if ((v = b64_value(s[i])) == -1 || o == TRUST_DER_MAX)
			return (0);
		acc = (acc << 6 | (uint32_t)v) & 0xffffff;
		if ((bits += 6) >= 8) {
			bits -= 8;
			out[o++] = (uint8_t)(acc >> bits);
		}
	}
	return (o);
}

/* One DER element at *p: its tag and contents; *p moves behind it. */
static int
der_next(const uint8_t **p, const uint8_t *lim, uint8_t *tag,
    const uint8_t **body, size_t *len)
{
	const uint8_t *q = *p;
	size_t n, left;
	unsigned k;

	if (lim - q < 2)
		return (-1);
	*tag = *q++;
	n = *q++;
	if (n & 0x80) {
		k = n & 0x7f;
		if (k == 0 || k > 3 || (size_t)(lim - q) < k)
			return (-1);
		for (n = 0; k > 0; k--)
			n = n << 8 | *q++;
	}
	left = (size_t)(lim - q);
	if (n > left)
		return (-1);
	*body = q;
	*len = n;
	*p = q + n;
	return (0);
}

/* The subject of a certificate, without parsing the rest of it. */
static X509_NAME *
der_subject(const uint8_t *der, size_t n)
{
	const uint8_t *p = der, *lim = der + n, *body, *start;
	uint8_t tag;
	size_t len;
	int i;

	for (i = 0; i < 2; i++) {	/* Certificate, tbsCertificate */
		if (der_next(&p, lim, &tag, &body, &len) == -1 || tag != 0x30)
			return (NULL);
		p = body;
		lim = body + len;
	}
	/* [0] version, serial, algorithm, issuer, validity, subject */
	for (i = 0; i < 6; i++) {
		start = p;
		if (der_next(&p, lim, &tag, &body, &len) == -1)
			return (NULL);
		if (i == 0 && tag != 0xa0)
			i++;		/* version 1 does not say so */
	}
	return (d2i_X509_NAME(NULL, &start, p - start));
}

static int
add_cert(struct trust *t, const char *text, size_t off, size_t len)
{
	uint8_t der[TRUST_DER_MAX];
	X509_NAME *name;
	struct cert *v;
	size_t n;
	int ok = 0;

	if ((n = pem_der(text + off, len, der)) == 0 ||
	    (name = der_subject(der, n)) == NULL)
		return (-1);
	if (t->n == t->cap) {
		n = t->cap == 0 ? 8 : t->cap * 2;
		if ((v = reallocarray(t->v, n, sizeof(*v))) == NULL) {
			X509_NAME_free(name);
			return (-1);
		}
		t->v = v;
		t->cap = n;
	}
	t->v[t->n].hash = X509_NAME_hash_ex(name, NULL, NULL, &ok);
	t->v[t->n].off = (uint32_t)off;
	t->v[t->n].len = (uint32_t)len;
	t->v[t->n].loaded = 0;
	t->n += ok != 0;
	X509_NAME_free(name);
	return (ok ? 0 : -1);
}

/* Notes the certificates of a text; returns how many could not be read. */
static size_t
trust_index(struct trust *t, const char *s, size_t n)
{
	const char *p = s, *a, *z, *lim = s + n;
	size_t bad = 0;

	while ((a = memmem(p, (size_t)(lim - p), begin, sizeof(begin) - 1)) !=
	    NULL) {
		a += sizeof(begin) - 1;
		if ((z = memmem(a, (size_t)(lim - a), end, sizeof(end) - 1)) ==
		    NULL)
			return (bad + 1);
		bad += add_cert(t, s, (size_t)(a - s), (size_t)(z - a)) == -1;
		p = z;
	}
	return (bad);
}

static X509 *
read_cert(const struct trust *t, const struct cert *c)
{
	uint8_t der[TRUST_DER_MAX];
	const uint8_t *p = der;
	char text[TRUST_DER_MAX * 2];
	ssize_t got;
	size_t n;

	if (c->len > sizeof(text) || (got = pread(t->fd, text, c->len,
	    c->off)) != (ssize_t)c->len || (n = pem_der(text, c->len, der)) ==
	    0)
		return (NULL);
	return (d2i_X509(NULL, &p, (long)n));
}

/*
 * OpenSSL asks who has this subject.  All of them go into the store, which
 * owns them; what is answered with is borrowed from it.
 */
static int
by_subject(X509_LOOKUP *lu, X509_LOOKUP_TYPE type, const X509_NAME *name,
    X509_OBJECT *ret)
{
	struct trust *t = X509_LOOKUP_get_method_data(lu);
	X509_OBJECT *o;
	unsigned long h;
	X509 *x;
	size_t i;
	int ok = 0, fresh = 0;

	if (type != X509_LU_X509)
		return (0);
	h = X509_NAME_hash_ex(name, NULL, NULL, &ok);
	for (i = 0; ok && i < t->n; i++) {
		if (t->v[i].hash != h || t->v[i].loaded)
			continue;
		t->v[i].loaded = 1;
		if ((x = read_cert(t, &t->v[i])) == NULL)
			continue;
		fresh += X509_STORE_add_cert(t->store, x);
		X509_free(x);
	}
	if (fresh == 0 || (o = X509_OBJECT_retrieve_by_subject(
	    X509_STORE_get0_objects(t->store), type, name)) == NULL)
		return (0);
	x = X509_OBJECT_get0_X509(o);
	if (!X509_OBJECT_set1_X509(ret, x))
		return (0);
	X509_free(x);		/* borrowed: the caller takes its own */
	return (1);
}

/* The store is gone, with the last connection that used it. */
static void
lookup_free(X509_LOOKUP *lu)
{
	struct trust *t = X509_LOOKUP_get_method_data(lu);

	if (t == NULL)
		return;
	if (t->own)
		close(t->fd);
	X509_LOOKUP_meth_free(t->method);
	free(t->v);
	free(t);
}

static struct trust *
trust_empty(int fd, int own)
{
	struct trust *t;
	X509_LOOKUP *lu = NULL;

	if ((t = calloc(1, sizeof(*t))) == NULL)
		return (NULL);
	t->fd = -1;
	t->store = X509_STORE_new();
	t->method = X509_LOOKUP_meth_new("index");
	if (t->store != NULL && t->method != NULL &&
	    X509_LOOKUP_meth_set_get_by_subject(t->method, by_subject) &&
	    X509_LOOKUP_meth_set_free(t->method, lookup_free))
		lu = X509_STORE_add_lookup(t->store, t->method);
	if (lu == NULL) {
		X509_STORE_free(t->store);
		X509_LOOKUP_meth_free(t->method);
		free(t);
		return (NULL);
	}
	(void)X509_LOOKUP_set_method_data(lu, t);
	/* What the file names is an anchor, self-signed or not. */
	X509_STORE_set_flags(t->store, X509_V_FLAG_TRUSTED_FIRST |
	    X509_V_FLAG_PARTIAL_CHAIN);
	t->fd = fd;
	t->own = own;
	return (t);
}

static char *
slurp(int fd, size_t *len)
{
	struct stat st;
	char *s;
	ssize_t n;

	*len = 0;
	if (fstat(fd, &st) == -1 || st.st_size <= 0 ||
	    st.st_size > TRUST_FILE_MAX ||
	    (s = malloc((size_t)st.st_size)) == NULL)
		return (NULL);
	while (*len < (size_t)st.st_size) {
		n = pread(fd, s + *len, (size_t)st.st_size - *len,
		    (off_t)*len);
		if (n <= 0)
			break;
		*len += (size_t)n;
	}
	return (s);
}

struct trust *
trust_new(int fd, int own)
{
	struct trust *t;
	size_t len, bad;
	char *s;

	if ((s = slurp(fd, &len)) == NULL ||
	    (t = trust_empty(fd, own)) == NULL) {
		log_warnx("trust file: empty, unreadable or over %u bytes",
		    TRUST_FILE_MAX);
		free(s);
		if (own)
			close(fd);
		return (NULL);
	}
	if ((bad = trust_index(t, s, len)) > 0)
		log_warnx("trust file: %zu certificates cannot be read", bad);
	free(s);
	if (t->n == 0) {
		log_warnx("trust file: no certificate in it");
		trust_free(t);
		return (NULL);
	}
	return (t);
}

/* Index a text that is nowhere on disk, for the fuzzer; how many it has. */
size_t
trust_probe(const char *s, size_t n)
{
	struct trust t = { .fd = -1 };
	size_t had;

	(void)trust_index(&t, s, n);
	had = t.n;
	free(t.v);
	return (had);
}

void
trust_free(struct trust *t)
{
	if (t != NULL)
		X509_STORE_free(t->store);	/* and with it the rest */
}

struct x509_store_st *
trust_store(struct trust *t)
{
	return (t == NULL ? NULL : t->store);
}
