/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The message table turned into code: rows, permission check, encoders and
 * decoders.  Linked by every process; every byte decoded here is hostile.
 */
#include <endian.h>
#include <string.h>
#include <unistd.h>

#include "imsg/link_int.h"

const struct msg_row msg_rows[MSG_MAX] = {
#define M(id, from, to, ph, kind, rep, fd, doc)				\
	[MSG_##id] = { #id, from, to, ph, kind, MSG_##rep, fd, doc },
	MSG_TABLE(M)
#undef M
};

const char *
msg_name(uint16_t type)
{
	if (type == MSG_NONE || type >= MSG_MAX)
		return ("unknown");
	return (msg_rows[type].name);
}

const char *
msg_verdict_name(enum msg_verdict v)
{
	static const char *const names[MV_MAX] = {
		[MV_OK]		= "ok",
		[MV_UNKNOWN]	= "unknown type",
		[MV_SENDER]	= "not its to send",
		[MV_RECEIVER]	= "not ours to receive",
		[MV_PHASE]	= "wrong phase",
		[MV_LENGTH]	= "wrong length",
		[MV_FIELD]	= "field out of bounds",
		[MV_FD]		= "descriptor missing or unexpected",
		[MV_ID]		= "request id missing or unexpected",
		[MV_CREDIT]	= "more than the credit given",
		[MV_UNREAD]	= "does not read what it is sent",
	};

	return ((unsigned)v < MV_MAX ? names[v] : "?");
}

enum msg_verdict
msg_permitted(uint16_t type, enum proc from, enum proc to, uint32_t phase,
    int has_fd)
{
	const struct msg_row	*r;
	uint32_t		 allowed;

	if (type == MSG_NONE || type >= MSG_MAX)
		return (MV_UNKNOWN);
	r = &msg_rows[type];
	if ((r->from & (1u << from)) == 0)
		return (MV_SENDER);
	if ((r->to & (1u << to)) == 0 || from == to)
		return (MV_RECEIVER);
	/* While a reload is under way the link still runs. */
	allowed = phase == PH_RELOAD ? PH_RELOAD | PH_RUN : phase;
	if ((r->phase & allowed) == 0)
		return (MV_PHASE);
	if ((has_fd && r->fd == FD_NONE) || (!has_fd && r->fd == FD_MUST))
		return (MV_FD);
	return (MV_OK);
}

/* --- writing ----------------------------------------------------------- */
struct wr {
	uint8_t	*p;
	size_t	 len;
	int	 bad;
};

static uint8_t *
wr_room(struct wr *w, size_t n)
{
	uint8_t	*p;

	if (w->bad || n > MSG_MAXLEN - w->len) {
		w->bad = 1;
		return (NULL);
	}
	p = w->p + w->len;
	w->len += n;
	return (p);
}

static void
wr_int(struct wr *w, uint64_t v, unsigned n)
{
	uint64_t	 be = htobe64(v);
	uint8_t		*p;

	if ((p = wr_room(w, n)) != NULL)
		memcpy(p, (uint8_t *)&be + (8 - n), n);
}

static void
wr_bytes(struct wr *w, const void *v, size_t n, size_t max)
{
	uint8_t	*p;

	if (n > max) {
		w->bad = 1;
		return;
	}
	wr_int(w, n, 2);
	if ((p = wr_room(w, n)) != NULL && n > 0)
		memcpy(p, v, n);
}

static int
str_clean(const char *s, size_t n)
{
	size_t	 i;

	for (i = 0; i < n; i++)
		if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f)
			return (0);
	return (1);
}

static void
wr_str(struct wr *w, const char *s, size_t size)
{
	size_t	 n = strnlen(s, size);

	if (n == size || !str_clean(s, n))
		w->bad = 1;
	wr_bytes(w, s, n, size - 1);
}

static void
wr_addrs(struct wr *w, const struct addrs *a)
{
	size_t	 i, n;
	uint8_t	*p;

	if (a->n > ADDRS_MAX) {
		w->bad = 1;
		return;
	}
	wr_int(w, a->n, 1);
	for (i = 0; i < a->n; i++) {
		if (a->a[i].family != 4 && a->a[i].family != 6) {
			w->bad = 1;
			return;
		}
		n = a->a[i].family == 4 ? 4 : 16;
		wr_int(w, a->a[i].family, 1);
		if ((p = wr_room(w, n)) != NULL)
			memcpy(p, a->a[i].a, n);
	}
}

static void
wr_hash(struct wr *w, const uint8_t *h)
{
	uint8_t	*p;

	if ((p = wr_room(w, 32)) != NULL)
		memcpy(p, h, 32);
}

/* --- reading ----------------------------------------------------------- */
struct rd {
	const uint8_t	*p;
	size_t		 len;
	enum msg_verdict v;
};

static const uint8_t *
rd_take(struct rd *r, size_t n)
{
	const uint8_t	*p = r->p;

	if (r->v != MV_OK)
		return (NULL);
	if (n > r->len) {
		r->v = MV_LENGTH;
		return (NULL);
	}
	r->p += n;
	r->len -= n;
	return (p);
}

static uint64_t
rd_int(struct rd *r, unsigned n)
{
	const uint8_t	*p;
	uint64_t	 be = 0;

	if ((p = rd_take(r, n)) != NULL)
		memcpy((uint8_t *)&be + (8 - n), p, n);
	return (be64toh(be));
}

static const uint8_t *
rd_bytes(struct rd *r, size_t max, size_t *n)
{
	*n = rd_int(r, 2);
	if (r->v == MV_OK && *n > max)
		r->v = MV_FIELD;
	return (rd_take(r, *n));
}

static void
rd_str(struct rd *r, char *s, size_t size)
{
	const uint8_t	*p;
	size_t		 n;

	s[0] = '\0';
	if ((p = rd_bytes(r, size - 1, &n)) == NULL)
		return;
	if (!str_clean((const char *)p, n)) {
		r->v = MV_FIELD;
		return;
	}
	memcpy(s, p, n);
	s[n] = '\0';
}

static void
rd_text(struct rd *r, struct text *t, size_t max)
{
	size_t	 n;

	t->taint = (const char *)rd_bytes(r, max, &n);
	t->len = t->taint == NULL ? 0 : (uint32_t)n;
}

static void
rd_blob(struct rd *r, struct blob *b, size_t max)
{
	size_t	 n;

	b->p = rd_bytes(r, max, &n);
	b->len = b->p == NULL ? 0 : (uint32_t)n;
}

static void
rd_addrs(struct rd *r, struct addrs *a)
{
	const uint8_t	*p;
	unsigned	 i;
	size_t		 n;

	a->n = (uint8_t)rd_int(r, 1);
	if (a->n > ADDRS_MAX) {
		a->n = 0;
		r->v = MV_FIELD;
	}
	for (i = 0; i < a->n && r->v == MV_OK; i++) {
		a->a[i].family = (uint8_t)rd_int(r, 1);
		if (r->v == MV_OK && a->a[i].family != 4 &&
		    a->a[i].family != 6)
			r->v = MV_FIELD;
		n = a->a[i].family == 4 ? 4 : 16;
		if ((p = rd_take(r, n)) != NULL)
			memcpy(a->a[i].a, p, n);
	}
}

static void
rd_hash(struct rd *r, uint8_t *h)
{
	const uint8_t	*p;

	if ((p = rd_take(r, 32)) != NULL)
		memcpy(h, p, 32);
}

/* --- one encoder, one decoder a row ------------------------------------ */
#define ENC_u8(n, b)	 wr_int(w, m->n, 1);
#define ENC_u16(n, b)	 wr_int(w, m->n, 2);
#define ENC_u32(n, b)	 wr_int(w, m->n, 4);
#define ENC_u64(n, b)	 wr_int(w, m->n, 8);
#define ENC_i64(n, b)	 wr_int(w, (uint64_t)m->n, 8);
#define ENC_str(n, b)	 wr_str(w, m->n, b);
#define ENC_secret(n, b) wr_str(w, m->n, b);
#define ENC_text(n, b)	 wr_bytes(w, m->n.taint, m->n.len, b);
#define ENC_blob(n, b)	 wr_bytes(w, m->n.p, m->n.len, b);
#define ENC_hash(n, b)	 wr_hash(w, m->n);
#define ENC_addrs(n, b)	 wr_addrs(w, &m->n);
#define ENC(k, n, b)	 ENC_##k(n, b)

#define DEC_u8(n, b)	 m->n = (uint8_t)rd_int(r, 1);
#define DEC_u16(n, b)	 m->n = (uint16_t)rd_int(r, 2);
#define DEC_u32(n, b)	 m->n = (uint32_t)rd_int(r, 4);
#define DEC_u64(n, b)	 m->n = rd_int(r, 8);
#define DEC_i64(n, b)	 m->n = (int64_t)rd_int(r, 8);
#define DEC_str(n, b)	 rd_str(r, m->n, b);
#define DEC_secret(n, b) rd_str(r, m->n, b);
#define DEC_text(n, b)	 rd_text(r, &m->n, b);
#define DEC_blob(n, b)	 rd_blob(r, &m->n, b);
#define DEC_hash(n, b)	 rd_hash(r, m->n);
#define DEC_addrs(n, b)	 rd_addrs(r, &m->n);
#define DEC(k, n, b)	 DEC_##k(n, b)

#define SEC_u8(n, b)	 0
#define SEC_u16(n, b)	 0
#define SEC_u32(n, b)	 0
#define SEC_u64(n, b)	 0
#define SEC_i64(n, b)	 0
#define SEC_str(n, b)	 0
#define SEC_secret(n, b) 1
#define SEC_text(n, b)	 0
#define SEC_blob(n, b)	 0
#define SEC_hash(n, b)	 0
#define SEC_addrs(n, b)	 0
#define SEC(k, n, b)	 | SEC_##k(n, b)

static const uint8_t msg_secret[MSG_MAX] = {
#define M(id, from, to, ph, kind, rep, fd, doc)				\
	[MSG_##id] = 0 F_##id(SEC),
	MSG_TABLE(M)
#undef M
};

#define M(id, from, to, ph, kind, rep, fd, doc)				\
static void								\
enc_##id(struct wr *w, const struct msg_##id *m)			\
{									\
	(void)w;							\
	(void)m;							\
	F_##id(ENC)							\
}									\
static void								\
dec_##id(struct rd *r, struct msg_##id *m)				\
{									\
	(void)r;							\
	(void)m;							\
	F_##id(DEC)							\
}									\
uint32_t								\
msg_send_##id(struct link *l, uint32_t rid, int ffd,			\
    const struct msg_##id *m)						\
{									\
	struct wr	 w = { link_scratch(), MSG_HDRLEN, 0 };		\
	uint32_t	 ret = 0;					\
									\
	enc_##id(&w, m);						\
	if (!w.bad)							\
		ret = link_put(l, MSG_##id, rid, ffd, w.p, w.len);	\
	else if (ffd != -1)						\
		close(ffd);						\
	if (msg_secret[MSG_##id])					\
		explicit_bzero(w.p, w.len);				\
	return (ret);							\
}
MSG_TABLE(M)
#undef M

enum msg_verdict
msg_decode(uint16_t type, const uint8_t *p, size_t len, union msg_any *any)
{
	struct rd	 r = { p, len, MV_OK };

	switch (type) {
#define M(id, from, to, ph, kind, rep, fd, doc)				\
	case MSG_##id:							\
		dec_##id(&r, &any->id);					\
		break;
	MSG_TABLE(M)
#undef M
	default:
		return (MV_UNKNOWN);
	}
	if (r.v == MV_OK && r.len != 0)
		r.v = MV_LENGTH;
	return (r.v);
}

void
msg_call(const struct msg_handlers *h, uint16_t type, struct link *l,
    const union msg_any *any, struct msg_meta *meta)
{
	switch (type) {
#define M(id, from, to, ph, kind, rep, fd, doc)				\
	case MSG_##id:							\
		h->id(l, &any->id, meta);				\
		break;
	MSG_TABLE(M)
#undef M
	default:
		break;
	}
}

int
msg_handled(const struct msg_handlers *h, uint16_t type)
{
	/* These three end in stream.c. */
	if (type == MSG_STREAM_DATA || type == MSG_STREAM_CREDIT ||
	    type == MSG_STREAM_END)
		return (1);
	switch (type) {
#define M(id, from, to, ph, kind, rep, fd, doc)				\
	case MSG_##id:							\
		return (h->id != NULL);
	MSG_TABLE(M)
#undef M
	default:
		return (0);
	}
}

void
msg_wipe(uint16_t type, union msg_any *any)
{
	if (type < MSG_MAX && msg_secret[type])
		explicit_bzero(any, sizeof(*any));
}
