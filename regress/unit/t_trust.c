/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The index of trusted certificates against OpenSSL's own reading of the
 * system's bundle: all are found, and nobody else is.
 */
#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "engines/common/http_int.h"
#include "telclauded/lib/log.h"

#define BUNDLE	"/etc/ssl/certs/ca-certificates.crt"

/* X509_V_OK, or why the store does not believe it. */
static int
verdict(X509_STORE *store, X509 *x)
{
	X509_STORE_CTX *c = X509_STORE_CTX_new();
	int err;

	assert_non_null(c);
	assert_int_equal(X509_STORE_CTX_init(c, store, x, NULL), 1);
	/* Age is another matter. */
	X509_STORE_CTX_set_flags(c, X509_V_FLAG_NO_CHECK_TIME);
	(void)X509_verify_cert(c);
	err = X509_STORE_CTX_get_error(c);
	X509_STORE_CTX_free(c);
	return (err);
}

static void
test_bundle(void **state)
{
	struct trust *t;
	X509 *x;
	FILE *f;
	int fd, n = 0;

	(void)state;
	if ((fd = open(BUNDLE, O_RDONLY | O_CLOEXEC)) == -1) {
		skip();
		return;
	}
	assert_non_null(t = trust_new(fd, 1));
	assert_non_null(f = fopen(BUNDLE, "re"));
	while ((x = PEM_read_X509(f, NULL, NULL, NULL)) != NULL) {
		assert_int_equal(verdict(trust_store(t), x), X509_V_OK);
		/* Again: now it is in the store. */
		assert_int_equal(verdict(trust_store(t), x), X509_V_OK);
		X509_free(x);
		n++;
	}
	(void)fclose(f);
	assert_true(n > 0);
	(void)printf("# %d certificates\n", n);
	trust_free(t);
}

static X509 *
self_signed(const char *cn, EVP_PKEY *k)
{
	X509 *x = X509_new();

	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
	X509_gmtime_adj(X509_getm_notBefore(x), -60);
	X509_gmtime_adj(X509_getm_notAfter(x), 3600);
	X509_set_pubkey(x, k);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN",
	    MBSTRING_ASC, (const unsigned char *)cn, -1, -1, 0);
	X509_set_issuer_name(x, X509_get_subject_name(x));
	X509_sign(x, k, EVP_sha256());
	return (x);
}

static int
file_with(X509 *x, const char *before, const char *after)
{
	char path[] = "/tmp/t_trust.XXXXXX";
	int fd = mkstemp(path);
	FILE *f;

	assert_int_not_equal(fd, -1);
	assert_non_null(f = fopen(path, "we"));
	(void)fputs(before, f);
	if (x != NULL)
		PEM_write_X509(f, x);
	(void)fputs(after, f);
	(void)fclose(f);
	(void)unlink(path);
	return (fd);
}

static void
test_strangers(void **state)
{
	EVP_PKEY *a = EVP_EC_gen("P-256"), *b = EVP_EC_gen("P-256");
	X509 *mine = self_signed("mine", a), *twin = self_signed("mine", b),
	    *other = self_signed("other", a), *cased = self_signed("Mine", a);
	struct trust *t;

	(void)state;
	assert_non_null(t = trust_new(file_with(mine, "# mine\r\n\n",
	    "-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n"
	    "-----BEGIN CERTIFICATE-----\nMIIB"), 1));
	assert_int_equal(verdict(trust_store(t), mine), X509_V_OK);
	assert_int_not_equal(verdict(trust_store(t), twin), X509_V_OK);
	assert_int_not_equal(verdict(trust_store(t), other), X509_V_OK);
	assert_int_not_equal(verdict(trust_store(t), cased), X509_V_OK);
	trust_free(t);
	X509_free(mine);
	X509_free(twin);
	X509_free(other);
	X509_free(cased);
	EVP_PKEY_free(a);
	EVP_PKEY_free(b);
}

/* The file changes under us: no crash, no trust. */
static void
test_changed(void **state)
{
	EVP_PKEY *k = EVP_EC_gen("P-256");
	X509 *x = self_signed("mine", k);
	int fd = file_with(x, "", "");
	struct trust *t;

	(void)state;
	assert_non_null(t = trust_new(fd, 1));
	assert_int_equal(ftruncate(fd, 40), 0);
	assert_int_not_equal(verdict(trust_store(t), x), X509_V_OK);
	trust_free(t);
	X509_free(x);
	EVP_PKEY_free(k);
}

static void
test_none(void **state)
{
	(void)state;
	assert_null(trust_new(file_with(NULL, "", ""), 1));
	assert_null(trust_new(file_with(NULL, "no certificate\n", ""), 1));
	assert_null(trust_new(open("/dev/null", O_RDONLY | O_CLOEXEC), 1));
	assert_null(trust_new(open("/tmp", O_RDONLY | O_CLOEXEC), 1));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bundle),
		cmocka_unit_test(test_strangers),
		cmocka_unit_test(test_changed),
		cmocka_unit_test(test_none),
	};

	log_init("t_trust");
	log_level(LOGL_ERROR);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests_name("trust", tests, NULL, NULL));
}
