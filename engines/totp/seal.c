/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The cryptography of the secrets file, by libsodium; what is AES-256-GCM is
 * read by nettle, for libsodium has it only where there is hardware.  Run by
 * totp.
 */
#include <string.h>

#include <nettle/gcm.h>
#include <sodium.h>

#include "engines/totp/seal.h"
#include "telclauded/lib/util.h"

#define ADMAX	(TF_HEADMAX + 2 + TF_USERLEN)

_Static_assert(crypto_aead_aes256gcm_KEYBYTES == SEAL_KEYLEN &&
    crypto_aead_xchacha20poly1305_ietf_KEYBYTES == SEAL_KEYLEN, "keys");
_Static_assert(GCM_TAGLEN == GCM_DIGEST_SIZE && GCM_NONCELEN == GCM_IV_SIZE &&
    AES256_KEY_SIZE == SEAL_KEYLEN, "nettle's");
_Static_assert(crypto_aead_aes256gcm_ABYTES == TF_SEALED - TF_PLAIN &&
    crypto_aead_xchacha20poly1305_ietf_ABYTES == TF_SEALED - TF_PLAIN,
    "tags");

int
seal_init(void)
{
	return (sodium_init() == -1 ? -1 : 0);
}

enum tf_alg
seal_choose(void)
{
	return (crypto_aead_aes256gcm_is_available() ? TFA_AES256GCM :
	    TFA_XCHACHA);
}

int
seal_derive(const struct tf *f, const char *pass, size_t len,
    uint8_t key[SEAL_KEYLEN])
{
	return (crypto_pwhash_scryptsalsa208sha256_ll((const uint8_t *)pass,
	    len, f->salt, sizeof(f->salt), (uint64_t)1 << f->log2n, f->r, f->p,
	    key, SEAL_KEYLEN) == 0 ? 0 : -1);
}

/* What an entry is bound to: the version of the file, its place, its user. */
static size_t
bound_to(const struct tf *f, unsigned i, uint8_t ad[ADMAX])
{
	size_t	 n = tf_head(f, ad), len = strlen(f->entry[i].user);

	ad[n++] = (uint8_t)(i >> 8);
	ad[n++] = (uint8_t)i;
	memcpy(ad + n, f->entry[i].user, len);
	return (n + len);
}

void
seal_all(struct tf *f, const uint8_t *plain, const uint8_t key[SEAL_KEYLEN])
{
	struct tf_entry	*e;
	uint8_t		 ad[ADMAX];
	size_t		 adlen;
	unsigned	 i;

	randombytes_buf(f->id, sizeof(f->id));
	for (i = 0; i < f->count; i++) {
		e = &f->entry[i];
		randombytes_buf(e->nonce, sizeof(e->nonce));
		adlen = bound_to(f, i, ad);
		if (f->alg == TFA_AES256GCM)
			crypto_aead_aes256gcm_encrypt(e->sealed, NULL,
			    plain + i * TF_PLAIN, TF_PLAIN, ad, adlen, NULL,
			    e->nonce, key);
		else
			crypto_aead_xchacha20poly1305_ietf_encrypt(e->sealed,
			    NULL, plain + i * TF_PLAIN, TF_PLAIN, ad, adlen,
			    NULL, e->nonce, key);
	}
}

int
gcm_open(const struct gcm_sealed *g, const uint8_t key[SEAL_KEYLEN],
    uint8_t *plain)
{
	struct gcm_aes256_ctx	 ctx;
	uint8_t			 tag[GCM_TAGLEN];
	int			 same;

	gcm_aes256_set_key(&ctx, key);
	gcm_aes256_set_iv(&ctx, GCM_NONCELEN, g->nonce);
	if (g->adlen > 0)
		gcm_aes256_update(&ctx, g->adlen, g->ad);
	gcm_aes256_decrypt(&ctx, g->len, plain, g->data);
	gcm_aes256_digest(&ctx, sizeof(tag), tag);
	same = sodium_memcmp(tag, g->tag, sizeof(tag)) == 0;
	explicit_bzero(&ctx, sizeof(ctx));
	explicit_bzero(tag, sizeof(tag));
	if (!same)
		explicit_bzero(plain, g->len);
	return (same ? 0 : -1);
}

int
seal_open(const struct tf *f, unsigned i, const uint8_t key[SEAL_KEYLEN],
    uint8_t plain[TF_PLAIN])
{
	const struct tf_entry	*e = &f->entry[i];
	uint8_t			 ad[ADMAX];
	size_t			 adlen = bound_to(f, i, ad);
	const struct gcm_sealed	 g = { e->nonce, ad, e->sealed,
	    e->sealed + TF_PLAIN, adlen, TF_PLAIN };

	if (f->alg == TFA_AES256GCM)
		return (gcm_open(&g, key, plain));
	return (crypto_aead_xchacha20poly1305_ietf_decrypt(plain, NULL, NULL,
	    e->sealed, TF_SEALED, ad, adlen, e->nonce, key));
}
