/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What the preprocessor makes of msg.def: the enum, one struct a message, one
 * typed handler a message, one typed send function a message, and the row
 * that the permission check consults.  Linked by every process.
 */
#ifndef IMSG_MSG_H
#define IMSG_MSG_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "imsg/proc.h"
#include "imsg/values.h"
#include "imsg/msg.def"

#define P(x)		(1u << PROC_##x)
#define MSG_VERSION	1
#define MSG_HDRLEN	12	/* u32 length, u16 type, u16 flags, u32 id */
#define MSG_MAXLEN	32768		/* header and fields together */
#define ADDRS_MAX	32

struct link;

enum msg_kind { EVT, REQ, REP };
enum msg_fd { FD_NONE, FD_MAY, FD_MUST };

enum msg_type {
	MSG_NONE,
#define M(id, from, to, ph, kind, rep, fd, doc)	MSG_##id,
	MSG_TABLE(M)
#undef M
	MSG_MAX
};

/* Bytes an outsider wrote: read them only through telclauded/lib/text.h. */
struct text {
	const char	*taint;
	uint32_t	 len;
};

/* Borrowed bytes: valid until the handler returns. */
struct blob {
	const uint8_t	*p;
	uint32_t	 len;
};

struct netaddr {
	uint8_t		 family;	/* 4 or 6 */
	uint8_t		 a[16];		/* network order; IPv4 in the first 4 */
};

struct addrs {
	uint8_t		 n;
	struct netaddr	 a[ADDRS_MAX];
};

#define FLD_u8(n, b)	 uint8_t n;
#define FLD_u16(n, b)	 uint16_t n;
#define FLD_u32(n, b)	 uint32_t n;
#define FLD_u64(n, b)	 uint64_t n;
#define FLD_i64(n, b)	 int64_t n;
#define FLD_str(n, b)	 char n[b];
#define FLD_secret(n, b) char n[b];
#define FLD_text(n, b)	 struct text n;
#define FLD_blob(n, b)	 struct blob n;
#define FLD_hash(n, b)	 uint8_t n[32];
#define FLD_addrs(n, b)	 struct addrs n;
#define FLD(k, n, b)	 FLD_##k(n, b)
#define M(id, from, to, ph, kind, rep, fd, doc)				\
	struct msg_##id { F_##id(FLD) char _none[0]; };
MSG_TABLE(M)
#undef M

/* What came with a message besides its fields. */
struct msg_meta {
	uint32_t	 id;	/* pairs REQ and REP; 0 for EVT */
	int		 fd;	/* take it by setting it to -1; else closed */
};

/*
 * One handler a message.  A process fills in the rows addressed to it;
 * link_new() refuses a table that lacks one, so none can be forgotten.
 * Borrowed fields end with the handler.
 */
struct msg_handlers {
#define M(id, from, to, ph, kind, rep, fd, doc)				\
	void	(*id)(struct link *, const struct msg_##id *,		\
		    struct msg_meta *);
	MSG_TABLE(M)
#undef M
};

/*
 * msg_send_X(link, id, fd, fields) queues a message and returns its id, or 0
 * when it could not be queued (closed link, field out of bounds, no memory).
 *   REQ	id 0: a new id is made and its answer expected
 *   REP	id of the request
 *   EVT	id 0; the return value is 1
 * fd: -1, or a descriptor that is closed here once it is sent (also on
 * failure).
 */
#define M(id, from, to, ph, kind, rep, fd, doc)				\
	uint32_t msg_send_##id(struct link *, uint32_t, int,		\
		    const struct msg_##id *);
MSG_TABLE(M)
#undef M

struct msg_row {
	const char	*name;
	uint32_t	 from;		/* set of P() */
	uint32_t	 to;
	uint32_t	 phase;
	enum msg_kind	 kind;
	enum msg_type	 rep;		/* what answers a REQ */
	enum msg_fd	 fd;
	const char	*doc;
};
extern const struct msg_row msg_rows[MSG_MAX];

enum msg_verdict { MV_OK, MV_UNKNOWN, MV_SENDER, MV_RECEIVER, MV_PHASE,
    MV_LENGTH, MV_FIELD, MV_FD, MV_ID, MV_CREDIT, MV_UNREAD, MV_MAX };
const char	*msg_verdict_name(enum msg_verdict);
const char	*msg_name(uint16_t type);

/*
 * May `from' send this row to `to' in this phase, with or without a
 * descriptor?  Length and fields are judged by msg_decode().
 */
enum msg_verdict msg_permitted(uint16_t type, enum proc from, enum proc to,
		    uint32_t phase, int has_fd);

/*
 * Decode fields into *m (the struct of this type, at least
 * sizeof(union msg_any)).  Left-over bytes are refused.
 */
union msg_any {
#define M(id, from, to, ph, kind, rep, fd, doc)	struct msg_##id id;
	MSG_TABLE(M)
#undef M
};
enum msg_verdict msg_decode(uint16_t type, const uint8_t *, size_t,
		    union msg_any *);
void		 msg_call(const struct msg_handlers *, uint16_t type,
		    struct link *, const union msg_any *, struct msg_meta *);
int		 msg_handled(const struct msg_handlers *, uint16_t type);
void		 msg_wipe(uint16_t type, union msg_any *);

#endif
