/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Names and sockets of the HTTP client, run by relay and gate.  A name is
 * opened by the parent (NAME_NEED); its answer is the pin: sockets go to those
 * addresses and no others, and only while the firewall holds them.  libcurl's
 * own resolver, a thread, never starts.
 */
#include <sys/socket.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <arpa/inet.h>
#include <string.h>

#include "engines/common/http_int.h"
#include "imsg/link.h"
#include "imsg/values.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"

#define PIN_MARGIN_MS	2000	/* the firewall's clock is not ours */
#define KEEPALIVE_IDLE	30	/* seconds */
#define KEEPALIVE_EVERY	10
#define KEEPALIVE_TRIES	3
#define UNACKED_MS	30000	/* then the peer counts as gone */

static struct link	*parent;

void
http_set_parent(struct link *l)
{
	parent = l;
}

int
name_fresh(const struct http *h)
{
	return (h->pin.n > 0 && now_ms() < h->pin_until);
}

void
name_stale(struct http *h)
{
	h->pin_until = 0;
}

/* Everybody who waits for this name goes on, or ends. */
static void
name_answered(struct http *h, const char *why)
{
	struct http_req *r;

	/* Nobody is called back in here: the list stays as it is. */
	TAILQ_FOREACH(r, &h->reqs, entry) {
		if (r->state != RQ_NAME)
			continue;
		if (why == NULL)
			rq_run(r);
		else {
			r->kicked = r->failed = 1;
			r->err = HE_NAME;
			(void)str_copy(r->why, why, sizeof(r->why));
			event_active(&r->timer, EV_TIMEOUT, 0);
		}
	}
}

void
name_ask(struct http *h)
{
	struct msg_NAME_NEED m = { .port = h->url.port };

	if (h->asking != 0)
		return;
	if (parent != NULL && str_copy(m.host, h->url.host, sizeof(m.host)) ==
	    0)
		h->asking = msg_send_NAME_NEED(parent, 0, -1, &m);
	if (h->asking == 0)
		name_answered(h, "the parent process cannot be asked for the "
		    "server's address");
}

/* Who failed, and what to do about it. */
static const char *
name_words(uint8_t err)
{
	static const char *const words[NE_MAX] = {
		[NE_OK] = "the answer had no address",
		[NE_REFUSED] = "the parent does not allow it here",
		[NE_NOTFOUND] = "the name servers know no such name; check "
		    "the `api\' line",
		[NE_SERVERS] = "no name server answered in time; check the "
		    "network, or name a resolver in `firewall\'",
		[NE_PRIVATE] = "it has only addresses that the firewall "
		    "denies; a `private\' endpoint would allow one",
		[NE_BUSY] = "too many names are asked for at once",
		[NE_BROKEN] = "the resolver or the firewall set is not there",
	};

	return (err < NE_MAX ? words[err] : "an error we have no word for");
}

void
http_name_addrs(const struct msg_NAME_ADDRS *m, uint32_t id)
{
	char why[200];
	struct http *h;

	TAILQ_FOREACH(h, &http_all, entry)
		if (id != 0 && h->asking == id)
			break;
	if (h == NULL)
		return;
	h->asking = 0;
	if (m->err != 0 || m->addrs.n == 0) {
		(void)str_format(why, sizeof(why), "%s: no address: %s",
		    h->url.host, name_words(m->err));
		name_answered(h, why);
		return;
	}
	h->pin = m->addrs;
	h->pin_until = now_ms() + (uint64_t)m->ttl * 1000;
	h->pin_until -= m->ttl > 4 ? PIN_MARGIN_MS : 0;
	name_answered(h, NULL);
}

/*
 * libcurl found no pin and is about to start its resolver.  An address in
 * place of a name never gets as far as a thread; anything else ends here.
 */
int
name_resolver(void *state, void *reserved, void *arg)
{
	struct http_req *r = arg;

	(void)state;
	(void)reserved;
	if (r->state == RQ_DEAD)
		return (1);
	if (r->h->url.literal)
		return (0);
	r->unpinned = 1;
	return (1);
}

static int
pinned(const struct http *h, const struct curl_sockaddr *sa)
{
	const struct sockaddr_in6 *s6 = (const void *)&sa->addr;
	const struct sockaddr_in *s4 = (const void *)&sa->addr;
	const struct netaddr *a;
	unsigned i;

	for (i = 0; i < h->pin.n; i++) {
		a = &h->pin.a[i];
		if (sa->family == AF_INET && a->family == 4 &&
		    memcmp(a->a, &s4->sin_addr, 4) == 0 &&
		    ntohs(s4->sin_port) == h->url.port)
			return (1);
		if (sa->family == AF_INET6 && a->family == 6 &&
		    memcmp(a->a, &s6->sin6_addr, 16) == 0 &&
		    ntohs(s6->sin6_port) == h->url.port)
			return (1);
	}
	return (0);
}

/*
 * A dead peer must be noticed without a timer of ours: the kernel probes
 * idle connections and gives up on bytes nobody acknowledges.
 */
static void
watch_peer(int fd)
{
	const int on = 1, idle = KEEPALIVE_IDLE, every = KEEPALIVE_EVERY,
	    tries = KEEPALIVE_TRIES, unacked = UNACKED_MS;

	if (setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on)) == -1 ||
	    setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle)) ==
	    -1 || setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &every,
	    sizeof(every)) == -1 || setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT,
	    &tries, sizeof(tries)) == -1 || setsockopt(fd, IPPROTO_TCP,
	    TCP_USER_TIMEOUT, &unacked, sizeof(unacked)) == -1)
		log_warn("http: keepalive");
}

curl_socket_t
name_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *sa)
{
	struct http_req *r = arg;
	int fd;

	if (r->state == RQ_DEAD)	/* its server may be gone */
		return (CURL_SOCKET_BAD);
	if (purpose != CURLSOCKTYPE_IPCXN || sa->socktype != SOCK_STREAM)
		return (CURL_SOCKET_BAD);
	if (!name_fresh(r->h)) {
		r->unpinned = 1;
		return (CURL_SOCKET_BAD);
	}
	if (!pinned(r->h, sa))
		return (CURL_SOCKET_BAD);
	fd = socket(sa->family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    IPPROTO_TCP);
	if (fd == -1) {
		log_warn("http: socket");
		return (CURL_SOCKET_BAD);
	}
	watch_peer(fd);
	return (fd);
}
