/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What the files of the HTTP client share; nobody else includes this.
 *   http.c	 servers and requests	httpcurl.c  one transfer in libcurl
 *   httploop.c	 libcurl on libevent	httpname.c  names, pins, sockets
 *   httphdr.c	 URL and header values	trust.c	    whom TLS believes
 */
#ifndef HTTP_INT_H
#define HTTP_INT_H

#include <sys/queue.h>

#include <curl/curl.h>
#include <event2/event.h>
#include <event2/event_struct.h>

#include "engines/common/http.h"
#include "imsg/msg.h"

#define HTTP_HEAD_MAX	32768	/* bytes of headers taken */
#define HTTP_HOLD	16384	/* libcurl hands over at most so many */
/* Of a burst, which go a minute later; a new one costs 2 ms and more. */
#define HTTP_KEEP	256	/* idle connections kept */
#define HTTP_HOSTMAX	254
#define HTTP_IDMAX	80

struct x509_store_st;

/* --- httphdr.c: pure --------------------------------------------------- */
struct http_url {
	char		 host[HTTP_HOSTMAX];	/* lower case, no brackets */
	uint16_t	 port;
	int		 tls;
	int		 literal;		/* 4, 6, or 0 for a name */
	char		 base[512];		/* no slash at the end */
};
int		 http_url_parse(const char *, struct http_url *);
int		 http_clean(const char *, int space);
struct http_head {
	long		 status;
	uint32_t	 retry_ms;
	size_t		 bytes;
	int		 done;
	char		 reqid[HTTP_IDMAX];
};
/* One line as it came: 0, 1 when the head is complete, -1 too much. */
int		 http_head_line(struct http_head *, const char *, size_t,
		    int64_t now_s);
uint32_t	 http_retry_after(const char *, size_t, int64_t now_s);

/* --- trust.c ------------------------------------------------------------ */
struct trust;
int		 trust_system(void);	/* descriptor of the trust file or -1 */
/* own: fd is closed with it, also when NULL comes back. */
struct trust	*trust_new(int fd, int own);
void		 trust_free(struct trust *);
/* For the fuzzer. */
size_t		 trust_probe(const char *, size_t);
struct x509_store_st *trust_store(struct trust *);

/* --- requests ------------------------------------------------------------ */
enum rq_state { RQ_NAME, RQ_RUN, RQ_ENDED, RQ_DEAD };
struct pool;
struct http_req {
	TAILQ_ENTRY(http_req) entry;	/* of its server, or of the dead */
	struct http	*h;
	struct pool	*pool;		/* while in a multi handle */
	enum rq_state	 state;
	CURL		*e;
	struct curl_slist *headers, *pins;
	const struct http_cb *cb;
	void		*ctx;
	struct http_head head;
	enum http_err	 err;		/* why we ended it ourselves */
	char		 why[200];
	uint8_t		*data;		/* body to send */
	size_t		 len, off;
	size_t		 max, got;
	char		*hold;		/* body the reader did not take */
	size_t		 nhold, ohold;
	int		 paused, up_paused, again;
	int		 kicked;	/* the timer runs out at once: to */
	int		 failed;	/* end it (err, why), else to resume */
	int		 unpinned;	/* a socket was wanted without a pin */
	int		 asked;		/* times a name was asked for */
	uint32_t	 connect_ms, first_ms, idle_ms, total_ms;
	uint64_t	 began, last;
	struct event	 timer;
};
TAILQ_HEAD(http_reqs, http_req);

struct http {
	TAILQ_ENTRY(http) entry;
	struct http_url	 url;
	struct http_reqs reqs;
	struct pool	*pool;
	struct addrs	 pin;
	uint64_t	 pin_until;	/* now_ms() clock */
	uint32_t	 asking;	/* id of the open NAME_NEED, or 0 */
};
TAILQ_HEAD(https, http);
extern struct https	 http_all;
extern struct event_base *http_base;
extern struct trust	*http_trust;

void		 rq_run(struct http_req *);
void		 rq_end(struct http_req *, enum http_err, const char *);
void		 rq_rearm(struct http_req *);
void		 rq_sweep(void);	/* free what died inside libcurl */

/* --- httpcurl.c -------------------------------------------------------- */
int		 rq_setup(struct http_req *, const struct http_opts *);
int		 rq_pin(struct http_req *);	/* CURLOPT_RESOLVE */
void		 rq_result(struct http_req *, CURLcode);

/* --- httploop.c -------------------------------------------------------- */
extern int	 http_in_curl;		/* depth of calls into libcurl */
extern unsigned	 http_trim_s;	/* after a burst, till connections go */
struct pool	*pool_new(struct http *);
void		 pool_retire(struct pool *);	/* freed with its last one */
int		 pool_add(struct pool *, struct http_req *);
void		 pool_remove(struct http_req *);
void		 pool_unpause(struct http_req *);

/* --- httpname.c -------------------------------------------------------- */
int		 name_fresh(const struct http *);
void		 name_ask(struct http *);
void		 name_stale(struct http *);	/* ask before the next socket */
int		 name_resolver(void *, void *, void *);
curl_socket_t	 name_socket(void *, curlsocktype, struct curl_sockaddr *);

#endif
