/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * HTTP out: libcurl multi on libevent, one shared trust store, names only
 * through NAME_NEED (never a resolver of its own), no redirects; bodies come
 * as they are, in whatever content-encoding.  Used by
 * relay and gate; trusts nothing the server sends.
 *
 * A path or header may hold a secret: neither is ever logged nor part of a
 * `why', and libcurl's copies are wiped when it frees them.
 */
#ifndef HTTP_H
#define HTTP_H

#include <stddef.h>
#include <stdint.h>

struct event_base;
struct link;
struct msg_NAME_ADDRS;
struct http;			/* one server: base URL, pins, connections */
struct http_req;

enum http_err { HE_OK, HE_NAME, HE_CONNECT, HE_TLS, HE_FIRST, HE_IDLE,
    HE_TOTAL, HE_CUT, HE_SIZE, HE_ABORT, HE_OTHER,
    HE_LIMIT,			/* gate alone: it would pass a ceiling */
    HE_MAX };
/* For logs and `status'; the parent has this and nothing else of it. */
static inline const char *
http_err_name(enum http_err e)
{
	static const char *const	names[HE_MAX] = {
		[HE_OK] = "ok", [HE_NAME] = "name", [HE_CONNECT] = "connect",
		[HE_TLS] = "tls", [HE_FIRST] = "first byte",
		[HE_IDLE] = "idle", [HE_TOTAL] = "total time",
		[HE_CUT] = "cut", [HE_SIZE] = "size", [HE_ABORT] = "abort",
		[HE_OTHER] = "other", [HE_LIMIT] = "limit",
	};

	return ((unsigned)e < HE_MAX ? names[e] : "?");
}

/*
 * Callbacks come from the event loop, never from inside the calls below.
 * Each may call any of them, also http_abort() of its own request.
 */
struct http_cb {
	/* Status and headers are in; retry_ms from retry-after(-ms), or 0. */
	void	(*head)(struct http_req *, long status, uint32_t retry_ms,
		    const char *reqid, void *ctx);
	/* Body bytes; return how many are taken now: less pauses the body
	 * until http_resume(). */
	size_t	(*data)(struct http_req *, const char *, size_t, void *ctx);
	/* The last call for this request; it is freed after it.  The text is
	 * fit for a person: it names the server and what failed. */
	void	(*done)(struct http_req *, enum http_err, const char *why,
		    void *ctx);
	/* Upload: fill up to n bytes; return count, 0 at the end, -1 to pause
	 * until http_resume().  NULL when the body was given whole. */
	long	(*body)(struct http_req *, char *, size_t n, void *ctx);
	/* Optional: each header field of the final answer as it came, without
	 * its end of line, foreign bytes all; before head. */
	void	(*field)(struct http_req *, const char *, size_t, void *ctx);
};

#define HTTP_CHUNKED	SIZE_MAX
struct http_opts {
	const char	*method;	/* "POST"; "GET" has no body */
	const char	*path;		/* after the base URL; maybe secret */
	const char *const *headers;	/* NULL-ended "Name: value" */
	const void	*data;		/* body, copied; or NULL: cb->body */
	size_t		 len;		/* of data or of cb->body, or
					 * HTTP_CHUNKED: until its end */
	/*
	 * Deadlines, 0: none.  connect: name and connection each.  first:
	 * from the last byte sent to the end of the headers.  idle: between
	 * bytes of the body.  total: from http_send() to the end.  Time that
	 * our own side holds the body up counts for total only.
	 */
	uint32_t	 connect_ms, first_ms, idle_ms, total_ms;
	size_t		 max;		/* of the answer; 0: no bound */
	/*
	 * A kept connection can turn out dead after the request was written.
	 * Without `again' that is HE_CUT, because the server may have acted;
	 * with it (data given whole) the request goes out once more.
	 */
	int		 again;
};

/*
 * Once, before the cage: libcurl, OpenSSL, time zone, the system's trust file.
 * ca_fd: a PEM file to trust instead, or -1 (taken over).  0 or -1 logged.
 */
int		 http_global_init(struct event_base *, int ca_fd);
/* Later, at a reload: trust this PEM file from now on, -1: the system's.
 * Kept connections are dropped.  0, or -1 and the old one stays. */
int		 http_set_trust(int ca_fd);
/* Would it be taken?  0 or -1; the descriptor stays the caller's. */
int		 http_check_trust(int ca_fd);
/* base: "https://host[:port][/prefix]"; an address in place of a name needs
 * NAME_NEED all the same.  NULL: not such a URL. */
struct http	*http_new(const char *base);
/* Ends its requests as http_abort() does. */
void		 http_free(struct http *);
/* Where NAME_NEED goes; the caller's NAME_ADDRS handler hands the answer on
 * (meta->id).  With NULL every name that is not pinned already fails. */
void		 http_set_parent(struct link *parent);
void		 http_name_addrs(const struct msg_NAME_ADDRS *, uint32_t id);
/* NULL: no memory, or a path or header with bytes that do not belong. */
struct http_req	*http_send(struct http *, const struct http_opts *,
		    const struct http_cb *, void *ctx);
void		 http_resume(struct http_req *);
void		 http_abort(struct http_req *);	/* done() is not called */
/* Keep no idle connection (half-open after a suspend, a changed address);
 * running requests go on. */
void		 http_forget(struct http *);
/* Bytes of the body held for a reader that paused (for tests). */
size_t		 http_held(const struct http_req *);

#endif
