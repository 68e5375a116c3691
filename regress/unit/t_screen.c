/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The output filter: each format and what merely resembles it, encodings,
 * what is let go while a text grows, and patterns that would run for ever.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "telclauded/lib/util.h"
#include "engines/relay/relay.h"
#include "engines/relay/screen/filter.h"

static struct settings	set;

static char *
filtered(const char *s)
{
	struct buf	b;

	buf_init(&b);
	(void)buf_puts(&b, "");
	(void)filter_text(s, strlen(s), &b);
	assert_false(b.failed);
	return (b.p);
}

static void
expect(const char *in, const char *out)
{
	char	*got = filtered(in);

	assert_string_equal(got, out);
	free(got);
}

static void
same(const char *s)
{
	expect(s, s);
}

/* --- formats ----------------------------------------------------------- */
#define D32	"0123456789abcdef0123456789abcdef"
#define A36	"aB3dE5gH7jK9mN1pQ3sT5vX7zA9cE2gI4kM6"
#define T43	"aB3dE5gH7jK9mN1pQ3sT5vX7zA9cE2gI4kM6o8Q_s-u"
#define SEED	"JBSWY3DPEHPK3PXPGEZDGNBVGY3TQOJQ"
#define KEY	"sk-ant-api03-" T43
#define BOT	"8123456789:AAH" "dE5gH7jK9mN1pQ3sT5vX7zA9cE2gI4kM6"
#define S64	"AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAhIiMkJSYnKCkqKyw"

static const struct {
	const char	*name, *text, *near;
} formats[] = {
	{ "telegram_bot_token", BOT, "8123456789:AAHdE5gH7jK9mN1pQ3sT5vX" },
	{ "telegram_bot_token", "12345678:" A36, "1234567/" A36 },
	{ "anthropic_api_key", KEY, "sk-ant-api03-ab" },
	{ "ssh_private_key", "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n"
	    "-----END RSA PRIVATE KEY-----", "-----BEGIN PUBLIC KEY-----" },
	{ "ssh_private_key", "-----BEGIN PRIVATE KEY-----\nMIIEow\n"
	    "-----END PRIVATE KEY-----", "-----BEGIN CERTIFICATE-----" },
	{ "ssh_private_key", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nx\n"
	    "-----END ENCRYPTED PRIVATE KEY-----", "BEGIN PRIVATE KEY" },
	{ "ssh_private_key", "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n"
	    "-----END OPENSSH PRIVATE KEY-----", "-----BEGIN OPENSSH PRI" },
	{ "ssh_private_key", "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\n"
	    "P2/5\n---- END SSH2 ENCRYPTED PRIVATE KEY ----",
	    "---- BEGIN SSH2 PUBLIC KEY ----" },
	{ "ssh_private_key", "PuTTY-User-Key-File-3: ssh-ed25519\n"
	    "Private-Lines: 1\nAAAAID\nPrivate-MAC: 0f0f",
	    "PuTTY-User-Key-File" },
	{ "pgp_private_key", "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n"
	    "lQOY\n-----END PGP PRIVATE KEY BLOCK-----",
	    "-----BEGIN PGP PUBLIC KEY BLOCK-----" },
	{ "ssh_agent_key", "AAAAC3NzaC1lZDI1NTE5AAAAIAECAwQFBgcICQoLDA0OD"
	    "xAREhMUFRYXGBkaGxwdHh8gAAAAQAECAwQFBgcICQoLDA0ODxAREhM",
	    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAECAwQFBgcICQoLDA0ODxARE"
	    "hMUFRYXGBkaGxwdHh8g ana@pine" },
	{ "ssh_agent_key", "AAAAB3NzaC1yc2EAAAEBAL" S64,
	    "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC" S64 },
	{ "totp_seed", SEED, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" },
	{ "totp_seed", SEED "ABCDEFGH",
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567" },
	{ "totp_seed", "otpauth://totp/x:ana?secret=JBSWY3DP",
	    "JBSWY3DPEHPK3PXPGEZDGNBVGY3TQO" },
	{ "age_secret_key", "AGE-SECRET-KEY-1QQPQQPQQPQQPQQPQQPQQPQQPQQPQQPQ"
	    "QPQQPQQPQQPQQPQQPQQPQQ", "AGE-SECRET-KEY-1QQPQQ" },
	{ "session_token", "v3:telegram:" D32 ":1700000000000:1700003600000:"
	    T43 T43, "v3:telegram:" D32 ":1700000000000" },
	{ "proxy_token", "eyJzZXNzaW9uSWQiOiIwMDExMjIzMzQ0NTU2Njc3ODg5OWFhYm"
	    "JjY2RkZWVmZiIsImNyZWF0ZWRBdCI6MX0=", "eyJzZXNzaW9uSWQiOiIwMDE" },
	{ "aws_access_key", "AKIA" "IOSFODNN7EXAMPLE", "AKIAIOSFODNN7EX" },
	{ "openai_api_key", "sk-proj-" A36, "sk-proj-short" },
	{ "openai_api_key", "sk-" A36, "task-management-framework-for-all" },
	{ "github_pat", "ghp_" A36, "ghp_aB3dE5gH7jK9mN1pQ3sT5vX7zA9cE2gI4k" },
	{ "github_pat", "github_pat_" T43, "github_pat_short" },
	{ "github_oauth", "gho_" A36, "gho_short" },
	{ "github_app_token", "ghs_" A36, "ghs_short" },
	{ "github_app_token", "ghu_" A36, "ghu_short" },
	{ "github_app_token", "ghr_" A36, "ghr_short" },
	{ "gitlab_token", "glpat-" A36, "glpat-short" },
	{ "slack_token", "xoxb-123456789012-abc", "xoxb-123" },
	{ "slack_token", "xapp-1-A0123456789-abc", "xapp-1" },
	{ "stripe_key", "sk_live_" A36, "sk_live_short" },
	{ "stripe_key", "pk_test_" A36, "pk_tested_" A36 },
	{ "sendgrid_key", "SG.aB3dE5gH7jK9mN1pQ3sT5v." T43,
	    "SG.aB3dE5gH7jK9mN1pQ3sT5v.short" },
	{ "twilio_key", "SK" D32, "TASK" D32 },
	{ "google_api_key", "AIza" A36, "AIzaShort" },
	{ "google_oauth", "ya29.a0" A36, "ya29.a0" },
	{ "huggingface_token", "hf_" A36, "hf_transfer" },
	{ "npm_token", "npm_" A36, "npm_config_registry" },
	{ "jwt", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln_-A",
	    "eyJhbGciOiJIUzI1NiJ9" },
	{ "jwt", "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.",
	    "eyJhbGciOiJub25lIn0.nothing" },
};

/* In a sentence, alone, and with the near miss left as it is. */
static void
t_formats(void **state)
{
	char	in[1024], out[1024];
	size_t	i;

	(void)state;
	for (i = 0; i < NELEM(formats); i++) {
		(void)snprintf(in, sizeof(in), "It is %s now", formats[i].text);
		(void)snprintf(out, sizeof(out), "It is [REDACTED:%s]%s now",
		    formats[i].name, strcmp(formats[i].name, "jwt") == 0 &&
		    formats[i].text[strlen(formats[i].text) - 1] == '.' ?
		    "." : "");
		if (strncmp(formats[i].text, "PuTTY", 5) == 0)
			out[strlen(out) - 4] = '\0';
		expect(in, out);
		(void)snprintf(in, sizeof(in), "It is %s now",
		    formats[i].near);
		same(in);
	}
}

static void
t_values(void **state)
{
	(void)state;
	expect("API_KEY=qW8rT2yU5iOp9", "API_KEY=[REDACTED:env_secret]");
	expect("{\"apiKey\": \"qW8rT2yU5iOp9\", \"x\": 1}",
	    "{\"apiKey\": \"[REDACTED:env_secret]\", \"x\": 1}");
	expect("`DB_PASSWORD=qW8rT2yU5iOp9`.", "`DB_PASSWORD="
	    "[REDACTED:env_secret]`.");
	expect("**Token**: `qW8rT2yU5iOp9`", "**Token**: "
	    "`[REDACTED:env_secret]`");
	expect("credentials => 'qW8rT2yU5iOp9'", "credentials => "
	    "'[REDACTED:env_secret]'");
	same("the key: something else");
	same("token: aaaaaaaaaaaaaaaaaaaaaaaa");
	same("The key is that it works: always.");
	same("password: short");
	expect("aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMP"
	    "LEKEY", "aws_secret_access_key = [REDACTED:aws_secret_key]");
	expect("postgresql://app:hunter2@db/x", "postgresql://app:"
	    "[REDACTED:connection_string_password]@db/x");
	expect("mongodb+srv://u:p@ss@h", "mongodb+srv://u:"
	    "[REDACTED:connection_string_password]@h");
	expect("amqps://u:pw@h:5671", "amqps://u:"
	    "[REDACTED:connection_string_password]@h:5671");
	expect("git clone https://bob:a-b_C-d@host/x", "git clone https://bob:"
	    "[REDACTED:url_password]@host/x");
	same("http://host:8080/a:b@c and https://x.example/@bob:c@d");
	same("redis://cache:6379/0 postgres://localhost:5432/db");
	expect("{\"type\": \"service_account\", \"private_key\": "
	    "\"-----BEGIN PRIVATE KEY-----\\nMIIEvQ\\n-----END PRIVATE "
	    "KEY-----\\n\", \"client\": \"a\"}", "{\"type\": "
	    "\"service_account\", \"private_key\": "
	    "\"[REDACTED:gcp_service_account]\", \"client\": \"a\"}");
	same("{\"private_key\": \"abcdefgh\"}");
}

static void
t_entropy(void **state)
{
	(void)state;
	expect("digest=" T43 " ok", "digest=[REDACTED:HIGH_ENTROPY] ok");
	same("digest=" D32 D32);		/* four bits at most */
	same("digest " T43);
	set.screen.entropy = 0;
	assert_int_equal(filter_setup(&set, NULL, 0), 0);
	same("digest=" T43 " ok");
	set.screen.entropy = 1;
	set.screen.entropy_len = 44;
	assert_int_equal(filter_setup(&set, NULL, 0), 0);
	same("digest=" T43 " ok");
	set.screen.entropy_len = 32;
	assert_int_equal(filter_setup(&set, NULL, 0), 0);
}

/* Names and values in columns; code, checksums and paths, which are none. */
static void
t_columns(void **state)
{
	(void)state;
	expect("client_secret                 = \"qW8rT2yU5iOp9\"",
	    "client_secret                 = \"[REDACTED:env_secret]\"");
	expect("token:                       qW8rT2yU5iOp9",
	    "token:                       [REDACTED:env_secret]");
	expect("aws_secret_access_key          =          wJalrXUtnFEMI/K7MD"
	    "ENG/bPxRfiCYEXAMPLEKEY", "aws_secret_access_key          =      "
	    "    [REDACTED:aws_secret_key]");
	same("api_key = os.environ[\"API_KEY\"]");
	same("key = hashlib.sha256(data).hexdigest()");
	same("docker run -e TOKEN=${GITHUB_TOKEN} -e SECRET_KEY=$MY_OWN_SECRET");
	same("TOKEN=$(pass show github/token)");
	same("Key: https://example.org/documents/4711");
	same("apiKey: process.env.OPENAI_API_KEY,");
	same("monkey: qW8rT2yU5iOp9");
	expect("apikey: qW8rT2yU5iOp9", "apikey: [REDACTED:env_secret]");
	expect("KEY=https://me:qW8rT2yU5iOp9@h", "KEY=[REDACTED:env_secret]");
	expect("PASSWORD=7(wJalrXUtnFEMI", "PASSWORD=[REDACTED:env_secret]");
}

static void
t_checksums(void **state)
{
	(void)state;
	same("\"integrity\": \"sha512-aB3dE5gH7jK9mN1pQ3sT5vX7zA9cE2gI4kM6o8Q"
	    "aB3dE5gH7jK9mN1pQ3sT5vX7zA9cE2gI4kM6o8QaB3dE==\",");
	same("resolution: {integrity: sha384-aB3dE5gH7jK9mN1pQ3sT5vX7zA9cE2gI}");
	same("github.com/x/y v1.0.0 h1:aB3dE5gH7jK9mN1pQ3sT5vX7zA9cE2gI4kM6o8Q=");
	same("256 SHA256:aB3dE5gH7jK9mN1pQ3sT5vX7zA9cE2gI4kM6o8Qw ana (RSA)");
	same("commit: 3f786850e387550fdab836ed7e6dc881de23001b");
	same("image: a@sha256:" D32 D32);
	same("id: 123e4567-e89b-12d3-a456-426614174000");
	same("file: /Users/JohnDoe/Documents/Projects/2024-Q3/WebApp/SourceCode"
	    "/HeaderNav");
	same("path=/Users/JohnDoe/Documents/Projects/2024Q3/WebApp/Src/HeadNav");
	same("class: AbstractSingletonProxyFactoryBeanConfigurers");
	expect("material: aB3dE5gH7jK9mN1pQ3sT5vX7zA9cE2gI4kM6o8Q=",
	    "material: [REDACTED:HIGH_ENTROPY]");
	expect("x1:aB3dE5gH7jK9mN1pQ3sT5vX7zA9cE2gI4kM6o8Q=",
	    "x1:[REDACTED:HIGH_ENTROPY]");
}

/* --- encodings --------------------------------------------------------- */
static char *
hexed(const char *s, int upper, const char *before)
{
	struct buf	b;

	buf_init(&b);
	for (; *s != '\0'; s++)
		(void)buf_printf(&b, upper ? "%s%02X" : "%s%02x", before,
		    (uint8_t)*s);
	return (b.p);
}

static void
hidden(const char *lead, const char *code, const char *trail,
    const char *marker)
{
	char	in[2048], out[2048];

	/* The first letters of a word have gone before one can tell. */
	(void)snprintf(in, sizeof(in), "%s%s%s", lead, code, trail);
	(void)snprintf(out, sizeof(out), "%s%.8s[REDACTED:%s]%s", lead, code,
	    marker, trail);
	expect(in, out);
}

static void
t_encoded(void **state)
{
	char	*p, text[400], wrapped[800];
	size_t	 i, k, n;

	(void)state;
	for (i = 0; i < 3; i++) {
		(void)snprintf(text, sizeof(text), "%.*s%s", (int)i, "?!.",
		    KEY);
		p = b64_encode(text, strlen(text));
		hidden("so (", p, ") it is", "base64(anthropic_api_key)");
		/* the other alphabet, no padding */
		for (k = 0; p[k] != '\0'; k++)
			if (p[k] == '+' || p[k] == '/')
				p[k] = p[k] == '+' ? '-' : '_';
		hidden("<", p, ">", "base64(anthropic_api_key)");
		free(p);
	}
	p = hexed(KEY, 0, "");
	hidden("x ", p, "\n", "hex(anthropic_api_key)");
	free(p);
	p = hexed(BOT, 1, "");
	hidden("", p, "", "hex(telegram_bot_token)");
	free(p);
	p = hexed(KEY, 1, "%");
	hidden("to ", p, " go", "urlencoded(anthropic_api_key)");
	free(p);
	same("https://example.org/a%20b%2Fc%3Fd?x=%C3%A4%C3%B6%C3%BC");
	/* in lines, as base64(1) has them */
	n = (size_t)snprintf(text, sizeof(text), "Here it is, and "
	    "more: %s and then some more text to fill lines", KEY);
	p = b64_encode(text, n);
	for (i = k = 0; p[i] != '\0'; i++) {
		if (i > 0 && i % 76 == 0)
			wrapped[k++] = '\n';
		wrapped[k++] = p[i];
	}
	wrapped[k] = '\0';
	hidden("see:\n", wrapped, "\nend", "base64(anthropic_api_key)");
	free(p);
	/* the body of a key without its lines */
	hidden("b: ", "MIIEvgIBADANBgkqhkiG9w0BAQEFAASCBKgwggSkAgEAAoIBAQC7V",
	    " e", "base64(ssh_private_key)");
}

/* In pieces: no span of it is the credential, so nothing is shown. */
static void
t_scattered(void **state)
{
	struct buf	 b;
	char		*p = b64_encode(KEY, strlen(KEY)), text[400];
	size_t		 i, k;

	(void)state;
	for (i = k = 0; p[i] != '\0'; i++) {
		text[k++] = p[i];
		if (i % 4 == 3)
			text[k++] = ' ';
	}
	text[k] = '\0';
	expect(text, filter_notice);
	free(p);
	p = hexed(KEY, 0, " ");
	expect(p, filter_notice);
	free(p);
	p = hexed(KEY, 0, "\\x");
	expect(p, filter_notice);
	free(p);
	buf_init(&b);
	(void)buf_puts(&b, "before ");
	assert_int_equal(filter_text("c2st YW50LWFw", 13, &b), 1);
	assert_int_equal(strncmp(b.p, "before This text", 16), 0);
	buf_free(&b);
	/* a certificate and a public key, as hexdump has them; a private one */
	same("2d2d 2d2d 2d42 4547 494e 2043 4552 5449  -----BEGIN CERTI\n");
	same("2d 2d 2d 2d 2d 42 45 47 49 4e 20 50 55 42 4c 49 43 20 4b 45 59");
	same("LS0t LS1C RUdJ TiBD RVJU SUZJ Q0FU RS0t");
	same("2d 2d 2d 2d 2d 42 45 47");
	expect("2d2d 2d2d 2d42 4547 494e 2050 5249 5641", filter_notice);
	expect("2d2d 2d2d 2d42 4547 494e 2052 5341 2050  -----BEGIN RSA P",
	    filter_notice);
	expect("LS0t LS1C RUdJ TiBQ UklW QVRF IEtF WS0t", filter_notice);
	expect("2d 2d 2d 2d 2d 42 2d 2d 2d 2d 2d 42", filter_notice);
	same("c2st YW4 no key");
	same("73 6b 2d 61 and 6e 74 2d too");
}

/* --- growing ----------------------------------------------------------- */
static uint32_t
rnd(uint32_t below)
{
	static uint32_t	x = 2463534242u;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return (x % below);
}

static int
in_pieces(const char *s, size_t n, size_t most, struct buf *out)
{
	struct redactor	*r = redact_new();
	size_t		 k;

	assert_non_null(r);
	for (; n > 0; s += k, n -= k) {
		k = 1 + rnd((uint32_t)most);
		k = MINIMUM(k, n);
		redact_feed(r, s, k, out);
	}
	return (redact_finish(r, out));
}

static const char *const crumbs[] = {
	KEY, BOT, SEED, "sk-", "sk-ant-", "-----BEGIN ", "RSA PRIVATE KEY-----",
	"-----BEGIN RSA PRIVATE KEY-----\n", "\n-----END RSA PRIVATE KEY-----",
	"-----", "PGP PRIVATE KEY BLOCK-----", "ghp_", A36, T43, D32, "eyJ",
	".eyJ", "key", "=", ":", " ", "\n", "\r\n", "\"", "'", "`", "**",
	"password", "\"type\": \"service_account\"", "\"private_key\": \"",
	"postgres://", "u:p", "@host", "%73%6b", "c2stYW50LWFwaTAzLWFCM2RFN",
	"736b2d616e742d", "ACME-", "0123456789ABCDEF0123456789ABCDEF", "zz",
	"Private-MAC:", "PuTTY-User-Key-File-2", "otpauth://", "the ", "of ",
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "\xc3\xa4", "v3:",
	"https://example.org/path/of/a/file", S64, "x", "1700000000000:",
};

/* Whatever the pieces: what comes out is what the whole gives. */
static void
t_pieces(void **state)
{
	struct buf	 text, whole, part;
	const char	*c;
	int		 round, i, w1, w2;

	(void)state;
	for (round = 0; round < 4000; round++) {
		buf_init(&text);
		buf_init(&whole);
		buf_init(&part);
		for (i = 1 + (int)rnd(60); i > 0; i--) {
			c = crumbs[rnd(NELEM(crumbs))];
			(void)buf_add(&text, c, 1 + rnd((uint32_t)strlen(c) +
			    (uint32_t)strlen(c)) % strlen(c));
			if (rnd(3) == 0)
				(void)buf_puts(&text, c);
		}
		w1 = filter_text(text.p, text.len, &whole);
		w2 = in_pieces(text.p, text.len, 1 + rnd(60), &part);
		assert_int_equal(w1, w2);
		if (!w1 && (whole.len != part.len ||
		    memcmp(whole.p, part.p, part.len) != 0)) {
			fail_msg("%.*s\nwhole:  %.*s\npieces: %.*s",
			    (int)text.len, text.p, (int)whole.len, whole.p,
			    (int)part.len, part.p);
		}
		buf_free(&text);
		buf_free(&whole);
		buf_free(&part);
	}
}

/* What is in pieces over the borders of blocks is found. */
static void
t_scattered_far(void **state)
{
	static const char *const	what[] = { "c2st YW50 LWFw",
	    "LS0t LS1C RUdJ TiBQ UklW", "73 6b\n2d 61 6e 74 2d",
	    "LS0t LS1C RUdJ TiBD RVJU SUZJ", "c2st YW4" };
	struct buf	 b, out;
	size_t		 i, k, pad;

	(void)state;
	for (i = 0; i < NELEM(what) * 520; i++) {
		buf_init(&b);
		buf_init(&out);
		pad = i / NELEM(what) * 4 + rnd(4);
		for (k = 0; k < pad; k++)
			(void)buf_add(&b, &" .\ng"[rnd(4)], 1);
		for (k = 0; what[i % NELEM(what)][k] != '\0'; k++) {
			(void)buf_add(&b, &what[i % NELEM(what)][k], 1);
			if (what[i % NELEM(what)][k] == ' ' && rnd(9) == 0)
				for (pad = rnd(700); pad > 0; pad--)
					(void)buf_puts(&b, " ");
		}
		for (k = 0; k < 1200; k++)
			(void)buf_puts(&b, ".");
		assert_int_equal(filter_text(b.p, b.len, &out),
		    i % NELEM(what) < 3);
		buf_free(&b);
		buf_free(&out);
	}
}

/* The longest part of a secret that was ever out. */
static size_t
most_shown(const char *out, const char *secret)
{
	size_t	n, most = 0;

	for (; *out != '\0'; out++) {
		/* A marker says what it stands for. */
		if (strncmp(out, "[REDACTED:", 10) == 0)
			out = strchr(out, ']');
		for (n = 1; secret[n - 1] != '\0'; n++) {
			if (strncmp(out, secret, n) != 0)
				break;
			most = MAXIMUM(most, n);
		}
	}
	return (most);
}

/* A byte at a time: nothing but what is in every key of its kind. */
static void
t_no_leak(void **state)
{
	struct redactor	*r;
	struct buf	 out;
	const char	*s;
	size_t		 i, k;

	(void)state;
	for (i = 0; i < NELEM(formats); i++) {
		r = redact_new();
		buf_init(&out);
		(void)buf_puts(&out, "");
		for (k = 0; formats[i].text[k] != '\0'; k++) {
			redact_feed(r, formats[i].text + k, 1, &out);
			assert_int_equal(out.failed, 0);
			s = out.p + strspn(out.p, "-");
			/* its marker may be out; of itself nothing is */
			if (*s != '\0' && *s != '[')
				fail_msg("%s", out.p);
		}
		redact_feed(r, " x", 2, &out);
		assert_int_equal(redact_finish(r, &out), 0);
		if (most_shown(out.p, formats[i].text) > 1)
			fail_msg("%s of %s", out.p, formats[i].text);
		buf_free(&out);
	}
}

/* Encoded ones, and a key of many lines whose tail must not come out. */
static void
t_no_leak_long(void **state)
{
	struct redactor	*r = redact_new();
	struct buf	 out, pem;
	char		*p = b64_encode(KEY KEY KEY KEY, 4 * strlen(KEY));
	size_t		 i;

	(void)state;
	buf_init(&out);
	(void)buf_puts(&out, "");
	for (i = 0; p[i] != '\0'; i++) {
		redact_feed(r, p + i, 1, &out);
		assert_true(out.len <= 8);
	}
	assert_int_equal(redact_finish(r, &out), 0);
	assert_string_equal(out.p,
	    "c2stYW50[REDACTED:base64(anthropic_api_key)]");
	free(p);
	buf_free(&out);
	buf_init(&pem);
	(void)buf_puts(&pem, "-----BEGIN RSA PRIVATE KEY-----\n");
	(void)buf_puts(&pem, "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,"
	    D32 "\n\n");
	for (i = 0; i < 200; i++)
		(void)buf_puts(&pem, S64 "\n");
	r = redact_new();
	(void)buf_puts(&out, "");
	for (i = 0; i < pem.len; i++) {
		redact_feed(r, pem.p + i, 1, &out);
		if (out.len != 0 && (i < 30 || strcmp(out.p,
		    "[REDACTED:ssh_private_key]") != 0))
			fail_msg("%zu: %s", i, out.p);
	}
	redact_feed(r, "-----END RSA PRIVATE KEY-----, done", 35, &out);
	assert_int_equal(redact_finish(r, &out), 0);
	assert_string_equal(out.p, "[REDACTED:ssh_private_key], done");
	buf_free(&out);
	/* Without an end line nothing of it comes out either. */
	assert_int_equal(in_pieces(pem.p, pem.len, 7, &out), 0);
	assert_string_equal(out.p, "[REDACTED:ssh_private_key]");
	buf_free(&out);
	buf_free(&pem);
}

/* Prose about a key is not lost for good. */
static void
t_block_gives_up(void **state)
{
	struct buf	 text;
	char		*p;
	int		 i;

	(void)state;
	buf_init(&text);
	(void)buf_puts(&text, "Look for -----BEGIN PRIVATE KEY----- in it. ");
	for (i = 0; i < 60; i++)
		(void)buf_puts(&text, i % 3 == 0 ? "A password-protected "
		    "one. " : i % 3 == 1 ? "---------------------- " :
		    "internationalization, src/screen/redactor ");
	(void)buf_puts(&text, "The last words.");
	p = filtered(text.p);
	assert_non_null(strstr(p, "[REDACTED:ssh_private_key]"));
	assert_non_null(strstr(p, "The last words."));
	free(p);
	buf_free(&text);
}

/* Ordinary text is not held: at most the word that is being written. */
static void
t_flows(void **state)
{
	static const char	 text[] = "Let me look at the files of the "
	    "project: src/util.c has the keys, and the task-list says more.";
	struct redactor		*r = redact_new();
	struct buf		 out;
	size_t			 i;

	(void)state;
	buf_init(&out);
	for (i = 0; i < sizeof(text) - 1; i++) {
		redact_feed(r, text + i, 1, &out);
		assert_true(i + 1 - out.len <= 16);
	}
	/* A pause lets the rest of an ordinary word go. */
	assert_int_equal(redact_pause(r, &out), 0);
	assert_int_equal(out.len, sizeof(text) - 1);
	redact_feed(r, " and of the configuration", 25, &out);
	assert_int_equal(redact_pause(r, &out), 0);
	assert_int_equal(out.len, sizeof(text) - 1 + 25);
	(void)redact_finish(r, &out);
	buf_free(&out);
}

/* A token that a pause cuts anywhere stays one. */
static void
t_pause(void **state)
{
	struct redactor	*r;
	struct buf	 out;
	const char	*s;
	size_t		 i, k, n;

	(void)state;
	for (i = 0; i < NELEM(formats); i++) {
		s = formats[i].text;
		n = strlen(s);
		for (k = 1; k < n; k++) {
			r = redact_new();
			buf_init(&out);
			redact_feed(r, "It is ", 6, &out);
			redact_feed(r, s, k, &out);
			(void)redact_pause(r, &out);
			redact_feed(r, s + k, n - k, &out);
			redact_feed(r, " now", 4, &out);
			assert_int_equal(redact_finish(r, &out), 0);
			if (most_shown(out.p + 6, s) > 4 ||
			    strstr(out.p, "[REDACTED:") == NULL)
				fail_msg("%zu of %s: %s", k, s, out.p);
			buf_free(&out);
		}
	}
}

/* Nor do pauses show it by and by; without them all is as at once. */
static void
t_pauses(void **state)
{
	struct redactor	*r;
	struct buf	 out;
	const char	*s;
	size_t		 i, k, n, left;
	int		 round;

	(void)state;
	for (round = 0; round < 40 * (int)NELEM(formats); round++) {
		i = (size_t)round % NELEM(formats);
		r = redact_new();
		buf_init(&out);
		redact_feed(r, "It is ", 6, &out);
		s = formats[i].text;
		for (left = strlen(s); left > 0; s += k, left -= k) {
			n = round < (int)NELEM(formats) ? 4 : 1 + rnd(20);
			k = MINIMUM(n, left);
			redact_feed(r, s, k, &out);
			(void)redact_pause(r, &out);
		}
		redact_feed(r, " now", 4, &out);
		assert_int_equal(redact_finish(r, &out), 0);
		if (most_shown(out.p + 6, formats[i].text) > 4)
			fail_msg("%s: %s", formats[i].text, out.p);
		buf_free(&out);
	}
}

static void
paused(const char *a, const char *b, const char *expected)
{
	struct redactor	*r = redact_new();
	struct buf	 out;

	buf_init(&out);
	redact_feed(r, a, strlen(a), &out);
	if (!redact_pause(r, &out))
		(void)buf_puts(&out, "|");
	(void)redact_pause(r, &out);
	redact_feed(r, b, strlen(b), &out);
	assert_int_equal(redact_finish(r, &out), 0);
	assert_string_equal(out.p, expected);
	buf_free(&out);
}

/* What is held comes out in front of the gap; a word may begin behind it. */
static void
t_pause_gap(void **state)
{
	(void)state;
	paused("see engines/relay/turn.c.", "It says", "see engines/relay/"
	    "turn.c.\n\nIt says");
	paused("The key:", "ghp_" A36, "The key:|[REDACTED:github_pat]");
	paused("some text", "ghp_" A36 " x",
	    "some text|[REDACTED:github_pat] x");
	paused("engines/relay/screens", "ghp_" A36 " x",
	    "engines/relay/screens\n\n[REDACTED:github_pat] x");
	paused("it is " KEY, "tail and", "it is [REDACTED:anthropic_api_key]"
	    " and");
	paused("README and CONTRIBUTING", "\nmore",
	    "README and CONTRIBUTING\nmore");
}

/* A text of one long word is held in parts of a bounded size. */
static void
t_bounded(void **state)
{
	struct redactor	*r = redact_new();
	struct buf	 out, one;
	size_t		 i;

	(void)state;
	buf_init(&out);
	buf_init(&one);
	for (i = 0; i < 200000; i += 10) {
		redact_feed(r, "QUJDREVGR0", 10, &out);
		assert_true(i + 10 - out.len < 16384);
	}
	(void)redact_finish(r, &out);
	assert_int_equal(out.len, 200000);
	buf_free(&out);
	/* ... and what is in it is found wherever it is. */
	for (i = 0; i < 20000; i++)
		(void)buf_puts(&one, "z");
	(void)buf_puts(&one, "c2stYW50LWFwaTAzLWFCM2RFNWdIN2pLOW1O");
	for (i = 0; i < 20000; i++)
		(void)buf_puts(&one, "z");
	assert_int_equal(in_pieces(one.p, one.len, 999, &out), 0);
	assert_null(memmem(out.p, out.len, "c2stYW50LWF", 11));
	assert_non_null(memmem(out.p, out.len, "[REDACTED:base64(", 17));
	buf_free(&one);
	buf_free(&out);
}

/* --- patterns of the administrator --------------------------------------- */
static void
patterns(const char *a, const char *b)
{
	static struct msg_CONF_PATTERN	pat[2];
	char				why[256];

	set.patterns = pat;
	set.npatterns = (a != NULL) + (b != NULL);
	(void)snprintf(pat[0].name, sizeof(pat[0].name), "acme");
	(void)snprintf(pat[1].name, sizeof(pat[1].name), "other");
	if (a != NULL)
		(void)snprintf(pat[0].regex, sizeof(pat[0].regex), "%s", a);
	if (b != NULL)
		(void)snprintf(pat[1].regex, sizeof(pat[1].regex), "%s", b);
	if (filter_setup(&set, why, sizeof(why)) == -1)
		fail_msg("%s", why);
}

static void
t_user(void **state)
{
	(void)state;
	patterns("ACME-[0-9A-F]{32}", "(?i)\\bbadge\\s+\\d{4,}");
	expect("x ACME-0123456789ABCDEF0123456789ABCDEF y",
	    "x [REDACTED:user:acme] y");
	same("ACME-0123456789ABCDEF0123456789ABCDE");
	expect("My Badge 123456.", "My [REDACTED:user:other].");
	same("xbadge 123456");
	patterns("^Serial: \\S+", "(?<=id=)[a-f]{6}");
	expect("a\nSerial: 77x\nb Serial: 1", "a\n[REDACTED:user:acme]\n"
	    "b Serial: 1");
	expect("id=abcdef no=abcdef", "id=[REDACTED:user:other] no=abcdef");
	patterns(NULL, NULL);
}

static void
t_user_refused(void **state)
{
	static const char *const	bad[] = { "(", "a*", ".+x", "[\\s\\S]x",
	    "\\Ax", "(*UTF)\xc3\xa4", "(?<=" D32 D32 "a)b", "(?s).*x" };
	static struct msg_CONF_PATTERN	pat;
	char				why[256];
	size_t				i;

	(void)state;
	set.patterns = &pat;
	set.npatterns = 1;
	(void)snprintf(pat.name, sizeof(pat.name), "p");
	for (i = 0; i < NELEM(bad); i++) {
		(void)snprintf(pat.regex, sizeof(pat.regex), "%s", bad[i]);
		why[0] = '\0';
		assert_int_equal(filter_check(&set, why, sizeof(why)), -1);
		assert_int_equal(strncmp(why, "pattern \"p\": ", 13), 0);
	}
	set.npatterns = 0;
}

/* Steps run out: what could not be looked at is withheld, the rest is not. */
static void
t_user_slow(void **state)
{
	struct buf	 text, a, b;
	int		 i;

	(void)state;
	patterns("(a+)+$", "(x+x+)+y");
	expect("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa! ok",
	    "[REDACTED:user:acme]! ok");
	buf_init(&text);
	buf_init(&a);
	buf_init(&b);
	for (i = 0; i < 3000; i++)
		(void)buf_puts(&text, i % 7 == 0 ? "xxxxxxxxxxxxxxxxxxxxxx " :
		    "aaaaaaaaaaaaaaaaaaaaa!xxxxxxx ");
	assert_int_equal(filter_text(text.p, text.len, &a), 0);
	assert_int_equal(in_pieces(text.p, text.len, 700, &b), 0);
	assert_int_equal(a.len, b.len);
	assert_memory_equal(a.p, b.p, a.len);
	buf_free(&text);
	buf_free(&a);
	buf_free(&b);
	patterns(NULL, NULL);
}

static void
t_user_pieces(void **state)
{
	patterns("ACME-[0-9A-F]{32}", "\\bz+(?=ACME|\\s)[^ ]*?x|zz\\n?z");
	t_pieces(state);
	patterns(NULL, NULL);
}

/* --- what others ask ----------------------------------------------------- */
static void
t_critical(void **state)
{
	struct buf	 b;
	char		*p = b64_encode(BOT " and more", strlen(BOT) + 9);

	(void)state;
	buf_init(&b);
	assert_int_equal(filter_critical("hello", 5, &b), 0);
	assert_int_equal(filter_critical("ghp_" A36, 40, &b), 0);
	assert_int_equal(b.len, 0);
	assert_int_equal(filter_critical(KEY " " SEED, strlen(KEY SEED) + 1,
	    &b), 2);
	assert_string_equal(b.p, "anthropic_api_key,totp_seed");
	buf_free(&b);
	assert_int_equal(filter_critical(p, strlen(p), &b), 1);
	assert_string_equal(b.p, "base64(telegram_bot_token)");
	buf_free(&b);
	free(p);
	assert_int_equal(filter_wall("ghp_" A36, 40), 1);
	assert_int_equal(filter_wall("KEY=qW8rT2yU5iOp9", 17), 0);
	assert_int_equal(filter_wall("hello", 5), 0);
	assert_int_equal(filter_sure("ghp_" A36, 40), 1);
	assert_int_equal(filter_sure("KEY=qW8rT2yU5iOp9", 17), 0);
	p = b64_encode(BOT " and more", strlen(BOT) + 9);
	assert_int_equal(filter_sure(p, strlen(p)), 1);
	free(p);
}

int
main(void)
{
	static const struct CMUnitTest	tests[] = {
		cmocka_unit_test(t_formats),
		cmocka_unit_test(t_values),
		cmocka_unit_test(t_entropy),
		cmocka_unit_test(t_columns),
		cmocka_unit_test(t_checksums),
		cmocka_unit_test(t_encoded),
		cmocka_unit_test(t_scattered),
		cmocka_unit_test(t_pieces),
		cmocka_unit_test(t_scattered_far),
		cmocka_unit_test(t_no_leak),
		cmocka_unit_test(t_no_leak_long),
		cmocka_unit_test(t_block_gives_up),
		cmocka_unit_test(t_flows),
		cmocka_unit_test(t_pause),
		cmocka_unit_test(t_pauses),
		cmocka_unit_test(t_pause_gap),
		cmocka_unit_test(t_bounded),
		cmocka_unit_test(t_user),
		cmocka_unit_test(t_user_refused),
		cmocka_unit_test(t_user_slow),
		cmocka_unit_test(t_user_pieces),
		cmocka_unit_test(t_critical),
	};

	set.screen.entropy = 1;
	set.screen.entropy_millibits = 4500;
	set.screen.entropy_len = 32;
	if (filter_setup(&set, NULL, 0) == -1)
		return (1);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
