/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * HTTP out: libcurl multi on libevent, one shared trust store, names only
 * through NAME_NEED (never a resolver of its own), no redirects.  Used by
 * relay and gate; trusts nothing the server sends.
 */
#ifndef HTTP_H
#define HTTP_H

#include <stddef.h>
#include <stdint.h>

struct event_base;
struct link;
struct http;			/* one server: base URL, trust, pins */
struct http_req;

enum http_err { HE_OK, HE_NAME, HE_CONNECT, HE_TLS, HE_FIRST, HE_IDLE,
    HE_TOTAL, HE_CUT, HE_SIZE, HE_ABORT, HE_OTHER, HE_MAX };
const char	*http_err_name(enum http_err);

struct http_cb {
	/* Status and headers are in; retry_ms from retry-after(-ms), or 0. */
	void	(*head)(struct http_req *, long status, uint32_t retry_ms,
		    const char *reqid, void *ctx);
	/* Body bytes; return how many are taken now: less pauses the body
	 * until http_resume(). */
	size_t	(*data)(struct http_req *, const char *, size_t, void *ctx);
	/* The last call for this request; it is freed after it. */
	void	(*done)(struct http_req *, enum http_err, const char *why,
		    void *ctx);
	/* Upload: fill up to n bytes; return count, 0 at the end, -1 to pause
	 * until http_resume().  NULL when the body was given whole. */
	long	(*body)(struct http_req *, char *, size_t n, void *ctx);
};

struct http_opts {
	const char	*method;	/* "POST" */
	const char	*path;		/* appended to the base URL; may hold a secret */
	const char *const *headers;	/* NULL-ended "Name: value" */
	const void	*data;		/* whole body, copied; or NULL and cb->body */
	size_t		 len;		/* of data, or of what cb->body will give */
	uint32_t	 connect_ms, first_ms, idle_ms, total_ms; /* 0: none */
	size_t		 max;		/* body bytes taken at most; 0: no bound */
};

/*
 * Once, before the cage: libcurl, the trust store (ca_fd: a PEM file, or -1
 * for the system's), time zone.  0 or -1 logged.
 */
int		 http_global_init(struct event_base *, int ca_fd);
/* base: "https://host[:port][/prefix]"; an address in place of a name needs
 * NAME_NEED all the same.  NULL: not such a URL. */
struct http	*http_new(const char *base);
void		 http_free(struct http *);
/* Where NAME_NEED goes; the caller's NAME_ADDRS handler hands the answer on. */
void		 http_set_parent(struct link *parent);
void		 http_name_addrs(const void *msg_NAME_ADDRS, uint32_t id);
struct http_req	*http_send(struct http *, const struct http_opts *,
		    const struct http_cb *, void *ctx);
void		 http_resume(struct http_req *);
void		 http_abort(struct http_req *);	/* done(HE_ABORT) is not called */
/* Drop idle connections (half-open after a suspend, a changed address). */
void		 http_forget(struct http *);

#endif
