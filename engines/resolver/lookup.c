/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Asks the configured name servers for A and AAAA and reports what both came
 * to.  Run by the resolver; name servers and everything they send are
 * foreign.
 */
#include <arpa/nameser.h>
#include <sys/queue.h>
#include <sys/random.h>

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ares.h>
#include <event2/event.h>

#include "engines/resolver/answer.h"
#include "engines/resolver/lookup.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"

#define QUERY_MS	1000		/* first wait; doubles each round */
#define QUERY_TRIES	3
#define UDP_SIZE	1232		/* no fragments; longer goes by TCP */
#define SEED_LEN	64
#define SEED_ITSELF	0x011400	/* the first c-ares that does */
#define SECOND_MS	250		/* one family waits for the other */

/* One socket of c-ares. */
struct sock {
	LIST_ENTRY(sock)	 entry;
	struct event		*ev;
	ares_socket_t		 fd;
};

struct lookup {
	uint32_t	 id;
	unsigned	 waiting;	/* answers still to come */
	int		 told;
	struct answer	 answer;
	struct event	*second;
};

static struct {
	struct event_base	*base;
	struct event		*timer;
	ares_channel		 channel;
	lookup_done		 done;
	unsigned		 open;
	struct addrs		 next;	/* servers to switch to when idle */
	int			 switching;
	LIST_HEAD(, sock)	 socks;
} dns;

static int	 seeded;

static void
rearm(void)
{
	struct timeval	 tv, *tvp;

	if ((tvp = ares_timeout(dns.channel, NULL, &tv)) != NULL)
		evtimer_add(dns.timer, tvp);
	else
		evtimer_del(dns.timer);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	ares_process_fd(dns.channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	rearm();
}

static void
on_sock(evutil_socket_t fd, short what, void *arg)
{
	(void)arg;
	ares_process_fd(dns.channel, what & EV_READ ? fd : ARES_SOCKET_BAD,
	    what & EV_WRITE ? fd : ARES_SOCKET_BAD);
	rearm();
}

static void
sock_drop(struct sock *s)
{
	LIST_REMOVE(s, entry);
	event_free(s->ev);
	free(s);
}

/* c-ares says what it wants to hear of; nothing: it closes the socket. */
static void
on_state(void *arg, ares_socket_t fd, int rd, int wr)
{
	struct sock	*s;

	(void)arg;
	LIST_FOREACH(s, &dns.socks, entry)
		if (s->fd == fd)
			break;
	if (s != NULL)
		sock_drop(s);
	if (!rd && !wr)
		return;
	if ((s = calloc(1, sizeof(*s))) == NULL)
		goto nomem;
	s->fd = fd;
	s->ev = event_new(dns.base, fd, (short)(EV_PERSIST |
	    (rd ? EV_READ : 0) | (wr ? EV_WRITE : 0)), on_sock, NULL);
	if (s->ev == NULL || event_add(s->ev, NULL) == -1) {
		if (s->ev != NULL)
			event_free(s->ev);
		free(s);
		goto nomem;
	}
	LIST_INSERT_HEAD(&dns.socks, s, entry);
	return;
 nomem:
	/* The question then ends by its timeout. */
	log_warnx("no memory to watch a socket");
}

/* Nothing of /etc is read: every setting is given here. */
/*
 * c-ares opens the files of a name service and a source of random numbers for
 * its query ids, and does without what is missing.  In the empty root nothing
 * is there: the linker leads its fopen(3) here, and the kernel gives the seed.
 */
FILE	*__wrap_fopen(const char *, const char *);

FILE *
__wrap_fopen(const char *path, const char *mode)
{
	static uint8_t	 seed[SEED_LEN];

	if (strcmp(path, "/dev/urandom") != 0) {
		errno = ENOENT;
		return (NULL);
	}
	if (getrandom(seed, sizeof(seed), 0) != (ssize_t)sizeof(seed))
		return (NULL);
	seeded = 1;
	return (fmemopen(seed, sizeof(seed), mode));
}

int
lookup_init(struct event_base *base, lookup_done done)
{
	struct ares_options	 o;
	char			 lookups[] = "b";
	int			 status;
	const int		 given = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS |
	    ARES_OPT_TRIES | ARES_OPT_NDOTS | ARES_OPT_SERVERS |
	    ARES_OPT_DOMAINS | ARES_OPT_LOOKUPS | ARES_OPT_SORTLIST |
	    ARES_OPT_SOCK_STATE_CB | ARES_OPT_EDNSPSZ | ARES_OPT_NOROTATE;

	seeded = 0;
	memset(&o, 0, sizeof(o));
	o.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES | ARES_FLAG_EDNS;
	o.timeout = QUERY_MS;
	o.tries = QUERY_TRIES;
	o.ndots = 1;
	o.lookups = lookups;
	o.ednspsz = UDP_SIZE;
	o.sock_state_cb = on_state;
	LIST_INIT(&dns.socks);
	dns.base = base;
	dns.done = done;
	if ((status = ares_library_init(ARES_LIB_INIT_ALL)) != ARES_SUCCESS ||
	    (status = ares_init_options(&dns.channel, &o, given)) !=
	    ARES_SUCCESS) {
		log_warnx("c-ares: %s", ares_strerror(status));
		return (-1);
	}
#ifndef TC_SANITIZE		/* that one is dynamic: not led here */
	if (!seeded && ARES_VERSION < SEED_ITSELF) {
		log_warnx("c-ares was not seeded");
		return (-1);
	}
#endif
	if ((dns.timer = evtimer_new(base, on_timer, NULL)) == NULL)
		return (-1);
	return (0);
}

static void
switch_servers(void)
{
	struct ares_addr_node	 node[ADDRS_MAX];
	unsigned		 i;
	int			 status;

	if (!dns.switching || dns.open > 0)
		return;
	dns.switching = 0;
	memset(node, 0, sizeof(node));
	for (i = 0; i < dns.next.n; i++) {
		node[i].next = i + 1 < dns.next.n ? &node[i + 1] : NULL;
		node[i].family = dns.next.a[i].family == 4 ? AF_INET : AF_INET6;
		memcpy(&node[i].addr, dns.next.a[i].a,
		    dns.next.a[i].family == 4 ? 4 : 16);
	}
	if ((status = ares_set_servers(dns.channel, node)) != ARES_SUCCESS)
		log_warnx("c-ares: name servers: %s", ares_strerror(status));
}

void
lookup_servers(const struct addrs *servers)
{
	dns.next = *servers;
	dns.switching = 1;
	switch_servers();
}

static void
tell(struct lookup *l)
{
	struct msg_RESOLVED	 m;

	if (l->told)
		return;
	l->told = 1;
	memset(&m, 0, sizeof(m));
	m.err = answer_finish(&l->answer, &m.addrs, &m.ttl);
	dns.done(l->id, &m);
}

static void
on_second(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	tell(arg);
}

static void
answered(struct lookup *l, int family, int status, const unsigned char *p,
    int len)
{
	struct timeval	 tv = { 0, SECOND_MS * 1000 };

	answer_add(&l->answer, family, status, p, len);
	if (--l->waiting == 0) {
		tell(l);
		if (l->second != NULL)
			event_free(l->second);
		free(l);
		dns.open--;
		return;
	}
	/* Some servers never answer one of the two. */
	if (l->answer.v4.n + l->answer.v6.n == 0)
		return;
	if ((l->second = evtimer_new(dns.base, on_second, l)) == NULL ||
	    evtimer_add(l->second, &tv) == -1)
		tell(l);
}

static void
on_a(void *arg, int status, int timeouts, unsigned char *p, int len)
{
	(void)timeouts;
	answered(arg, 4, status, p, len);
}

static void
on_aaaa(void *arg, int status, int timeouts, unsigned char *p, int len)
{
	(void)timeouts;
	answered(arg, 6, status, p, len);
}

static void
refuse(uint32_t id, uint8_t err)
{
	struct msg_RESOLVED	 m;

	memset(&m, 0, sizeof(m));
	m.err = err;
	m.ttl = TTL_MIN;
	dns.done(id, &m);
}

void
lookup_start(uint32_t id, const char *host)
{
	struct lookup	*l;

	if (!name_valid(host)) {
		refuse(id, NE_NOTFOUND);
		return;
	}
	if (dns.open >= LOOKUPS_MAX) {
		log_warnx("%u names are being looked up; one more is refused",
		    dns.open);
		refuse(id, NE_BUSY);
		return;
	}
	switch_servers();
	if ((l = calloc(1, sizeof(*l))) == NULL) {
		refuse(id, NE_BROKEN);
		return;
	}
	l->id = id;
	l->waiting = 2;
	answer_init(&l->answer);
	dns.open++;
	/* Either may answer at once; l lives until both have. */
	ares_query(dns.channel, host, ns_c_in, ns_t_a, on_a, l);
	ares_query(dns.channel, host, ns_c_in, ns_t_aaaa, on_aaaa, l);
	rearm();
}
