/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What the parts of the program `fetch' share, and how it ends.  The tool
 * runs it for WebFetch: it brings one page through the sandbox's proxy and
 * writes it as text.  No byte it handles is trusted, and nobody trusts it.
 */
#ifndef FETCH_H
#define FETCH_H

#include <sys/types.h>

#include <netinet/in.h>

#include <curl/curl.h>
#include <stddef.h>
#include <stdint.h>

#include "engines/tool/fetch/end.h"
#include "engines/tool/fetch/html.h"
#include "telclauded/lib/util.h"

/* --- url.c -------------------------------------------------------------- */
#define URL_MAXLEN	2048

struct url {
	CURLU		*u;
	char		 text[URL_MAXLEN + 1];
	char		 host[264];
	unsigned	 port;
	int		 tls;
};
/* An address we would fetch, relative to base unless that is NULL; 0, or -1
 * and why not, in words. */
int	 url_parse(struct url *, const char *, const struct url *base,
	    const char **why);
void	 url_free(struct url *);
/* The same host, but for www., at its usual port. */
int	 url_same(const struct url *, const struct url *);

/* --- tunnel.c, net.c ---------------------------------------------------- */
#define BODY_MAX	(5u << 20)

struct net {
	struct sockaddr_in proxy;
	struct buf	 ca;		/* certificates, PEM */
	uint64_t	 deadline;
};
struct reply {
	long		 status;
	char		 type[128], charset[64];
	char		 location[URL_MAXLEN + 1];
	int64_t		 length;	/* as the server says, or -1 */
	size_t		 headers;	/* bytes of them */
	int		 interim, headed;	/* a 1xx; the head is over */
	int		 by_proxy;	/* it is the proxy that answers */
	struct buf	 body;
	int		 cut;		/* there was more than we take */
	char		 why[1024];	/* what went wrong */
	enum fetch_end	 end;
};
/* From the environment; reads all files there are to read. */
int	 net_init(struct net *, char *why, size_t);
void	 net_get(struct net *, const struct url *, struct reply *);
void	 reply_free(struct reply *);
/* Makes of a connection to the proxy one to the host; 0, or -1 with r->end
 * and why. */
int	 tunnel_open(const struct net *, const struct url *, int fd,
	    struct reply *);

/* --- wall.c ------------------------------------------------------------- */
int	 wall_raise(const struct sockaddr_in *proxy, const char **what);

/* --- show.c ------------------------------------------------------------- */
/* A body as text in at most max bytes. */
enum fetch_end show_body(const struct url *, struct reply *, size_t max,
	    struct buf *);
int	 show_wants(const struct reply *);	/* judged by its type alone */

#endif
