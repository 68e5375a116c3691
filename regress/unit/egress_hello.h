/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Makes ClientHellos, right ones and wrong ones; tests only.
 */
#ifndef EGRESS_HELLO_H_
#define EGRESS_HELLO_H_

#include <stdint.h>
#include <string.h>

struct eh {
	const char	*sni;		/* NULL: no such extension */
	const char	*second;	/* in the same list */
	const char	*twice;		/* in a list of its own */
	unsigned	 ext;		/* one more, empty */
	unsigned	 pad;		/* bytes of padding, 0: none */
	unsigned	 split;		/* bytes a record, 0: one record */
	int		 left, tail, noexts;
};

/* The random of a HelloRetryRequest. */
static const uint8_t eh_retry[32] = {
	0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11,
	0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
	0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e,
	0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
};

static inline void
eh_init(struct eh *h, const char *sni)
{
	memset(h, 0, sizeof(*h));
	h->sni = sni;
}

static inline uint8_t *
eh_u16(uint8_t *p, size_t v)
{
	*p++ = (uint8_t)(v >> 8);
	*p++ = (uint8_t)v;
	return (p);
}

static inline uint8_t *
eh_entry(uint8_t *p, const char *name)
{
	*p++ = 0;
	p = eh_u16(p, strlen(name));
	memcpy(p, name, strlen(name));
	return (p + strlen(name));
}

static inline uint8_t *
eh_sni(uint8_t *p, const char *name, const char *second)
{
	uint8_t *at = p;

	p = eh_entry(p + 6, name);
	if (second != NULL)
		p = eh_entry(p, second);
	(void)eh_u16(at, 0);
	(void)eh_u16(at + 2, (size_t)(p - at) - 4);
	(void)eh_u16(at + 4, (size_t)(p - at) - 6);
	return (p);
}

static inline uint8_t *
eh_exts(const struct eh *h, uint8_t *p)
{
	uint8_t *at = p;

	p += 2;
	if (h->sni != NULL)
		p = eh_sni(p, h->sni, h->second);
	if (h->ext != 0)
		p = eh_u16(eh_u16(p, h->ext), 0);
	if (h->twice != NULL)
		p = eh_sni(p, h->twice, NULL);
	if (h->pad != 0) {
		p = eh_u16(eh_u16(p, 21), h->pad);
		memset(p, 0, h->pad);
		p += h->pad;
	}
	(void)eh_u16(at, (size_t)(p - at) - 2);
	return (p);
}

static inline size_t
eh_records(uint8_t *out, const uint8_t *msg, size_t len, size_t each)
{
	size_t n = 0, part, off;

	for (off = 0; off < len; off += part) {
		part = len - off < each ? len - off : each;
		out[n++] = 22;
		out[n++] = 3;
		out[n++] = 1;
		(void)eh_u16(out + n, part);
		n += 2;
		memcpy(out + n, msg + off, part);
		n += part;
	}
	return (n);
}

/* Records of a ClientHello; their length. */
static inline size_t
eh_build(const struct eh *h, uint8_t *out)
{
	uint8_t msg[18000], *p = msg;
	size_t len;

	*p++ = 1;
	p += 3;
	p = eh_u16(p, 0x0303);
	memset(p, 0xaa, 32);
	p += 32;
	*p++ = 0;
	p = eh_u16(eh_u16(p, 2), 0x1301);
	*p++ = 1;
	*p++ = 0;
	if (!h->noexts)
		p = eh_exts(h, p);
	if (h->left)
		*p++ = 0;
	len = (size_t)(p - msg);
	msg[1] = 0;
	(void)eh_u16(msg + 2, len - 4);
	if (h->tail)
		msg[len++] = 0;
	return (eh_records(out, msg, len, h->split != 0 ? h->split : 16384));
}

#endif
