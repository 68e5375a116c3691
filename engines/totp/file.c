/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Takes the secrets file apart and puts it together.  Run by totp; nothing
 * here has a key, and nothing in the file is believed.
 */
#include <string.h>

#include "engines/totp/file.h"
#include "telclauded/lib/util.h"

/* scrypt: what we write, and the most we would spend on a file. */
#define LOG2N_MIN	14
#define LOG2N_MAX	18
#define R_MAX		16
#define P_MAX		4

static const struct {
	const char	*magic;
	size_t		 noncelen;
} algs[TFA_MAX] = {
	[TFA_AES256GCM] = { "telclaude-totp 1 aes-256-gcm\n", 12 },
	[TFA_XCHACHA] = { "telclaude-totp 1 xchacha20-poly1305\n", 24 },
};

static uint8_t *
put(uint8_t *p, const void *src, size_t n)
{
	memcpy(p, src, n);
	return (p + n);
}

size_t
tf_head(const struct tf *f, uint8_t out[TF_HEADMAX])
{
	uint8_t	*p = out;

	p = put(p, algs[f->alg].magic, strlen(algs[f->alg].magic));
	p = put(p, f->salt, sizeof(f->salt));
	*p++ = f->log2n;
	*p++ = f->r;
	*p++ = f->p;
	p = put(p, f->id, sizeof(f->id));
	*p++ = (uint8_t)(f->count >> 8);
	*p++ = (uint8_t)f->count;
	return ((size_t)(p - out));
}

size_t
tf_write(const struct tf *f, uint8_t out[TF_MAX])
{
	uint8_t		*p = out + tf_head(f, out);
	size_t		 len;
	unsigned	 i;

	for (i = 0; i < f->count; i++) {
		len = strlen(f->entry[i].user);
		*p++ = (uint8_t)len;
		p = put(p, f->entry[i].user, len);
		p = put(p, f->entry[i].nonce, algs[f->alg].noncelen);
		p = put(p, f->entry[i].sealed, TF_SEALED);
	}
	return ((size_t)(p - out));
}

struct cursor {
	const uint8_t	*p;
	size_t		 left;
	int		 bad;
};

static void
get(struct cursor *c, void *dst, size_t n)
{
	if (c->left < n) {
		c->bad = 1;
		memset(dst, 0, n);
		return;
	}
	memcpy(dst, c->p, n);
	c->p += n;
	c->left -= n;
}

static int
read_alg(struct cursor *c, struct tf *f)
{
	size_t	 i, n;

	for (i = 0; i < TFA_MAX; i++) {
		n = strlen(algs[i].magic);
		if (c->left < n || memcmp(c->p, algs[i].magic, n) != 0)
			continue;
		f->alg = (enum tf_alg)i;
		c->p += n;
		c->left -= n;
		return (0);
	}
	return (-1);
}

static int
read_entry(struct cursor *c, struct tf *f, unsigned i)
{
	struct tf_entry	*e = &f->entry[i];
	uint8_t		 len;
	unsigned	 k;

	get(c, &len, 1);
	if (c->bad || len == 0 || len >= TF_USERLEN)
		return (-1);
	get(c, e->user, len);
	if (memchr(e->user, '\0', len) != NULL)
		return (-1);
	e->user[len] = '\0';
	get(c, e->nonce, algs[f->alg].noncelen);
	get(c, e->sealed, TF_SEALED);
	for (k = 0; k < i; k++)
		if (strcmp(f->entry[k].user, e->user) == 0)
			return (-1);
	return (c->bad ? -1 : 0);
}

int
tf_read(const uint8_t *buf, size_t n, struct tf *f)
{
	struct cursor	 c = { buf, n, 0 };
	uint8_t		 count[2];
	unsigned	 i;

	memset(f, 0, sizeof(*f));
	if (read_alg(&c, f) == -1)
		return (-1);
	get(&c, f->salt, sizeof(f->salt));
	get(&c, &f->log2n, 1);
	get(&c, &f->r, 1);
	get(&c, &f->p, 1);
	get(&c, f->id, sizeof(f->id));
	get(&c, count, sizeof(count));
	f->count = (unsigned)(count[0] << 8 | count[1]);
	if (c.bad || f->count > TF_USERS || f->log2n < LOG2N_MIN ||
	    f->log2n > LOG2N_MAX || f->r == 0 || f->r > R_MAX || f->p == 0 ||
	    f->p > P_MAX)
		return (-1);
	for (i = 0; i < f->count; i++)
		if (read_entry(&c, f, i) == -1)
			return (-1);
	return (c.left == 0 ? 0 : -1);
}
