/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Do the second factors of a backup open with the key that the configuration
 * names?  Every seal is tried; nothing of what is in them is kept.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engines/totp/file.h"
#include "engines/totp/seal.h"
#include "telclauded/ctl/archive.h"
#include "telclauded/lib/secret.h"

static int
unseal(const struct tf *f, const struct secret *pass, char *why,
    size_t whylen)
{
	uint8_t		 key[SEAL_KEYLEN], plain[TF_PLAIN];
	unsigned	 i;
	int		 r;

	if ((r = seal_derive(f, pass->p, pass->len, key)) == -1)
		(void)str_copy(why, "no memory to derive the key", whylen);
	for (i = 0; r == 0 && i < f->count; i++)
		if ((r = seal_open(f, i, key, plain)) == -1)
			(void)str_copy(why, "it does not open with the key "
			    "of the totp block", whylen);
	explicit_bzero(key, sizeof(key));
	explicit_bzero(plain, sizeof(plain));
	return (r);
}

int
check_totp(const struct part *p, const struct conf *c, char *why,
    size_t whylen)
{
	struct secret	 pass;
	struct tf	*f;
	int		 fd, r = -1;

	if (c->totp.key.fd == -1 ||
	    (fd = fcntl(c->totp.key.fd, F_DUPFD_CLOEXEC, 3)) == -1) {
		(void)str_copy(why, "the key of the totp block is not there "
		    "to open it with", whylen);
		return (-1);
	}
	if ((f = malloc(sizeof(*f))) == NULL || seal_init() == -1 ||
	    secret_read(&pass, fd) == -1) {
		(void)str_format(why, whylen, "the key cannot be read: %s",
		    strerror(errno));
		free(f);
		return (-1);
	}
	if (tf_read(p->m.p, p->m.size, f) == -1)
		(void)str_copy(why, "it is damaged", whylen);
	else
		r = unseal(f, &pass, why, whylen);
	secret_free(&pass);
	free(f);
	return (r);
}
