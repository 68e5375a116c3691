/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Talks to nf_tables: one socket, which owns the table; one batch of
 * messages, which is one transaction.  Run by the parent with CAP_NET_ADMIN.
 * The kernel answers within sendto(2), so nothing here ever waits.
 */
#include <sys/socket.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <libnftnl/common.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nf_tables.h>

#include "firewall/plan.h"

#define BATCH_MAX	(512u << 10)	/* 32 uids need 90 KB */
#define BATCH_STEP	(16u << 10)
#define MSG_SLACK	4096		/* largest single message */

struct nl {
	struct mnl_socket	*sock;
	uint32_t		 seq;
};

struct label {
	const char	*what;
	char		 name[FW_NAMELEN];
};

struct batch {
	struct nl	*nl;
	char		*p;
	size_t		 len;		/* whole messages */
	size_t		 cap;
	struct nlmsghdr	*last;		/* not yet counted in len */
	struct label	*labels;	/* one a message, for errors */
	unsigned	 nlabels;
	uint32_t	 first;		/* sequence number of the first */
	uint32_t	 failed;	/* index of the label that failed + 1 */
};

struct nl *
nl_open(void)
{
	struct nl	*nl;
	int		 size = 1 << 20;

	if ((nl = calloc(1, sizeof(*nl))) == NULL)
		return (NULL);
	if ((nl->sock = mnl_socket_open2(NETLINK_NETFILTER,
	    SOCK_CLOEXEC)) == NULL)
		goto fail;
	if (mnl_socket_bind(nl->sock, 0, MNL_SOCKET_AUTOPID) == -1)
		goto fail;
	/* A refused batch brings an answer for each message: room for all. */
	(void)setsockopt(mnl_socket_get_fd(nl->sock), SOL_SOCKET,
	    SO_RCVBUFFORCE, &size, sizeof(size));
	return (nl);
 fail:
	nl_close(nl);
	return (NULL);
}

void
nl_close(struct nl *nl)
{
	int	 saved = errno;

	if (nl == NULL)
		return;
	if (nl->sock != NULL)
		mnl_socket_close(nl->sock);
	free(nl);
	errno = saved;
}

int
nl_fd(const struct nl *nl)
{
	return (mnl_socket_get_fd(nl->sock));
}

uint32_t
nl_portid(const struct nl *nl)
{
	return (mnl_socket_get_portid(nl->sock));
}

/* A mark around the batch; nfnetlink wants them addressed to nf_tables. */
static void
batch_mark(struct batch *b, uint16_t type)
{
	struct nlmsghdr		*nlh;
	struct nfgenmsg		*nfg;

	nlh = mnl_nlmsg_put_header(b->p + b->len);
	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST;
	nlh->nlmsg_seq = b->nl->seq++;
	nfg = mnl_nlmsg_put_extra_header(nlh, sizeof(*nfg));
	nfg->nfgen_family = AF_UNSPEC;
	nfg->version = NFNETLINK_V0;
	nfg->res_id = htons(NFNL_SUBSYS_NFTABLES);
	b->len += mnl_nlmsg_size(MNL_ALIGN(sizeof(*nfg)));
}

struct batch *
batch_new(struct nl *nl)
{
	struct batch	*b;

	if ((b = calloc(1, sizeof(*b))) == NULL)
		return (NULL);
	b->nl = nl;
	b->cap = BATCH_STEP;
	if ((b->p = calloc(1, b->cap)) == NULL) {
		free(b);
		return (NULL);
	}
	batch_mark(b, NFNL_MSG_BATCH_BEGIN);
	b->first = nl->seq;
	return (b);
}

void
batch_free(struct batch *b)
{
	if (b == NULL)
		return;
	free(b->p);
	free(b->labels);
	free(b);
}

/* The last message is whole now. */
static void
batch_settle(struct batch *b)
{
	if (b->last != NULL)
		b->len += MNL_ALIGN(b->last->nlmsg_len);
	b->last = NULL;
}

static int
batch_room(struct batch *b)
{
	struct label	*l;
	char		*p;

	if (b->cap - b->len < 2 * MSG_SLACK) {
		if (b->cap + BATCH_STEP > BATCH_MAX ||
		    (p = realloc(b->p, b->cap + BATCH_STEP)) == NULL)
			return (-1);
		memset(p + b->cap, 0, BATCH_STEP);
		b->p = p;
		b->cap += BATCH_STEP;
	}
	if (b->nlabels % 64 == 0) {
		if ((l = reallocarray(b->labels, b->nlabels + 64,
		    sizeof(*l))) == NULL)
			return (-1);
		b->labels = l;
	}
	return (0);
}

struct nlmsghdr *
batch_add(struct batch *b, uint16_t type, uint16_t family, uint16_t flags,
    const char *what, const char *name)
{
	struct label	*l;

	batch_settle(b);
	if (batch_room(b) == -1) {
		errno = ENOMEM;
		return (NULL);
	}
	l = &b->labels[b->nlabels++];
	memset(l, 0, sizeof(*l));
	l->what = what;
	if (name != NULL)
		memcpy(l->name, name, strnlen(name, sizeof(l->name) - 1));
	b->last = nftnl_nlmsg_build_hdr(b->p + b->len, type, family, flags,
	    b->nl->seq++);
	return (b->last);
}

/*
 * Only the last message asks for an acknowledgement, and the kernel answers
 * in order: an error before it is the reason, its absence is no success.
 */
static int
batch_verdict(struct batch *b, uint32_t acked)
{
	const struct nlmsgerr	*e;
	struct nlmsghdr		*nlh;
	char			 buf[16384] __attribute__((aligned(8)));
	ssize_t			 n;
	int			 len, error = 0, seen = 0;

	while ((n = recv(nl_fd(b->nl), buf, sizeof(buf), MSG_DONTWAIT)) > 0) {
		len = (int)n;
		for (nlh = (struct nlmsghdr *)buf; mnl_nlmsg_ok(nlh, len);
		    nlh = mnl_nlmsg_next(nlh, &len)) {
			if (nlh->nlmsg_type != NLMSG_ERROR)
				continue;
			e = mnl_nlmsg_get_payload(nlh);
			if (e->error == 0 && nlh->nlmsg_seq == acked)
				seen = 1;
			if (e->error == 0 || error != 0)
				continue;
			error = -e->error;
			b->failed = nlh->nlmsg_seq - b->first + 1;
		}
	}
	if (n == -1 && errno != EAGAIN && error == 0)
		return (-1);
	if (error != 0 || !seen) {
		errno = error != 0 ? error : EIO;
		return (-1);
	}
	return (0);
}

int
batch_commit(struct batch *b, const char **what, const char **name)
{
	struct label	*l;
	uint32_t	 acked;

	*what = *name = NULL;
	if (b->last == NULL) {
		errno = EINVAL;
		return (-1);
	}
	b->last->nlmsg_flags |= NLM_F_ACK;
	acked = b->last->nlmsg_seq;
	batch_settle(b);
	batch_mark(b, NFNL_MSG_BATCH_END);
	if (mnl_socket_sendto(b->nl->sock, b->p, b->len) == -1)
		return (-1);
	if (batch_verdict(b, acked) == 0)
		return (0);
	if (b->failed > 0 && b->failed <= b->nlabels) {
		l = &b->labels[b->failed - 1];
		*what = l->what;
		*name = l->name;
	}
	return (-1);
}

int
nl_query(struct nl *nl, uint16_t type, uint16_t family, uint16_t flags,
    void (*fill)(struct nlmsghdr *, void *), nl_cb cb, void *arg)
{
	char		 buf[16384] __attribute__((aligned(8)));
	struct nlmsghdr	*nlh;
	uint32_t	 seq = nl->seq++;
	ssize_t		 n;
	int		 r = 1;

	nlh = nftnl_nlmsg_build_hdr(buf, type, family, flags, seq);
	if (fill != NULL)
		fill(nlh, arg);
	if (mnl_socket_sendto(nl->sock, nlh, nlh->nlmsg_len) == -1)
		return (-1);
	/* A dump goes on in recv(2), without waiting, until it is done. */
	while (r > 0) {
		n = recv(nl_fd(nl), buf, sizeof(buf), MSG_DONTWAIT);
		if (n == -1 && errno == EAGAIN)
			return (flags & NLM_F_DUMP ? -1 : 0);
		if (n == -1)
			return (-1);
		r = mnl_cb_run(buf, (size_t)n, seq, nl_portid(nl), cb, arg);
		if (r == -1)
			return (-1);
	}
	return (0);
}
