/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * keygen: two Ed25519 pairs as the four lines of an environment file, in
 * base64 of PKCS #8 and SubjectPublicKeyInfo DER (RFC 8410).
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "telclauded/ctl/ctl.h"
#include "telclauded/lib/util.h"

/* RFC 8410, section 7 and 4: everything before the 32 bytes. */
static const uint8_t der_private[16] = { 0x30, 0x2e, 0x02, 0x01, 0x00, 0x30,
    0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20 };
static const uint8_t der_public[12] = { 0x30, 0x2a, 0x30, 0x05, 0x06, 0x03,
    0x2b, 0x65, 0x70, 0x03, 0x21, 0x00 };

static int
key_line(const char *scope, const char *who, const char *half,
    const uint8_t *der, size_t derlen, const uint8_t *key, int json)
{
	uint8_t	 all[64];
	char	*b64;

	memcpy(all, der, derlen);
	memcpy(all + derlen, key, 32);
	if ((b64 = b64_encode(all, derlen + 32)) == NULL)
		return (-1);
	printf(json ? ",\"%s_RPC_%s_%s_KEY\":\"%s\"" : "%s_RPC_%s_%s_KEY=%s\n",
	    scope, who, half, b64);
	explicit_bzero(b64, strlen(b64));
	free(b64);
	explicit_bzero(all, sizeof(all));
	return (0);
}

static int
key_pair(const char *scope, const char *who, int json)
{
	uint8_t	 pk[crypto_sign_PUBLICKEYBYTES];
	uint8_t	 sk[crypto_sign_SECRETKEYBYTES], seed[crypto_sign_SEEDBYTES];
	int	 r;

	crypto_sign_keypair(pk, sk);
	crypto_sign_ed25519_sk_to_seed(seed, sk);
	r = key_line(scope, who, "PRIVATE", der_private,
	    sizeof(der_private), seed, json);
	if (r == 0)
		r = key_line(scope, who, "PUBLIC", der_public,
		    sizeof(der_public), pk, json);
	explicit_bzero(sk, sizeof(sk));
	explicit_bzero(seed, sizeof(seed));
	return (r);
}

int
cmd_keygen(struct ctl *c)
{
	const char	*scope;
	int		 bad;

	if (strcmp(c->argv[0], "telegram") == 0)
		scope = "TELEGRAM";
	else if (strcmp(c->argv[0], "moltbook") == 0)
		scope = "MOLTBOOK";
	else {
		warnx("keygen: no scope %s: telegram or moltbook", c->argv[0]);
		return (CTL_USAGE);
	}
	if (sodium_init() == -1)
		return (1);
	/* Apart from the lines, so that those can go to a file as they are. */
	fprintf(stderr,
	    "# keys of the %s agent; keep the PRIVATE lines apart:\n"
	    "# relay: AGENT_PUBLIC and RELAY_PRIVATE\n"
	    "# agent: AGENT_PRIVATE and RELAY_PUBLIC\n", c->argv[0]);
	if (c->json)
		fputs("[{\"row\":\"keys\"", stdout);
	bad = key_pair(scope, "AGENT", c->json) == -1 ||
	    key_pair(scope, "RELAY", c->json) == -1;
	if (c->json)
		puts("}]");
	return (bad);
}
