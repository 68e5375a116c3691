/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What others do in nf_tables: a second socket that hears of changes, and the
 * list of chains that see a packet before ours.  Run by the parent; names in
 * what it returns were chosen by whoever made those chains.
 */
#include <sys/socket.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <libmnl/libmnl.h>
#include <libnftnl/chain.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netlink.h>

#include "firewall/plan.h"
#include "telclauded/lib/util.h"

#define MSG_OF(type)	((type) & 0xff)

int
fw_watch(void)
{
	struct sockaddr_nl	 sa;
	int			 fd, saved, group = NFNLGRP_NFTABLES;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    NETLINK_NETFILTER);
	if (fd == -1)
		return (-1);
	memset(&sa, 0, sizeof(sa));
	sa.nl_family = AF_NETLINK;
	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) == -1 ||
	    setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group,
	    sizeof(group)) == -1) {
		saved = errno;
		close(fd);
		errno = saved;
		return (-1);
	}
	return (fd);
}

/* Pins are elements of sets: they come by the dozen and change no rule. */
static int
is_news(const char *buf, size_t n)
{
	const struct nlmsghdr	*nlh = (const struct nlmsghdr *)(const void *)
				    buf;
	int			 len = (int)n;

	for (; mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len)) {
		switch (MSG_OF(nlh->nlmsg_type)) {
		case NFT_MSG_NEWTABLE:
		case NFT_MSG_DELTABLE:
		case NFT_MSG_NEWCHAIN:
		case NFT_MSG_DELCHAIN:
			return (1);
		default:
			break;
		}
	}
	return (0);
}

int
fw_watch_read(int fd)
{
	char	 buf[32768] __attribute__((aligned(8)));
	ssize_t	 n;
	int	 news = 0;

	for (;;) {
		n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT);
		if (n > 0)
			news |= is_news(buf, (size_t)n);
		else if (n == -1 && errno == ENOBUFS)
			news = 1;	/* too much to be told: look */
		else if (n == -1 && errno == EINTR)
			continue;
		else
			return (news);
	}
}

struct seek {
	struct fw_foreign	*out;
	unsigned		 max, n;
};

static const char *
family_name(uint32_t family)
{
	return (family == NFPROTO_INET ? "inet" :
	    family == NFPROTO_IPV4 ? "ip" :
	    family == NFPROTO_IPV6 ? "ip6" : "?");
}

static void
keep(char *dst, const char *src, size_t size)
{
	size_t	 i;

	(void)str_copy(dst, src != NULL ? src : "?", size);
	for (i = 0; dst[i] != '\0'; i++)
		if (dst[i] <= ' ' || dst[i] > '~' || dst[i] == '"')
			dst[i] = '?';
}

static int
read_chain(const struct nlmsghdr *nlh, void *arg)
{
	struct seek		*s = arg;
	struct fw_foreign	*f;
	struct nftnl_chain	*c;
	const char		*table;

	if ((c = nftnl_chain_alloc()) == NULL)
		return (MNL_CB_ERROR);
	if (nftnl_chain_nlmsg_parse(nlh, c) == -1 ||
	    !nftnl_chain_is_set(c, NFTNL_CHAIN_HOOKNUM) ||
	    nftnl_chain_get_u32(c, NFTNL_CHAIN_HOOKNUM) !=
	    NF_INET_LOCAL_OUT ||
	    nftnl_chain_get_s32(c, NFTNL_CHAIN_PRIO) > FW_PRIORITY)
		goto done;
	switch (nftnl_chain_get_u32(c, NFTNL_CHAIN_FAMILY)) {
	case NFPROTO_INET:
	case NFPROTO_IPV4:
	case NFPROTO_IPV6:
		break;
	default:
		goto done;
	}
	table = nftnl_chain_get_str(c, NFTNL_CHAIN_TABLE);
	if (nftnl_chain_get_s32(c, NFTNL_CHAIN_PRIO) == FW_PRIORITY &&
	    table != NULL && strcmp(table, FW_TABLE) == 0)
		goto done;	/* ours: nobody else can have one of the name */
	if (s->n++ >= s->max)
		goto done;
	f = &s->out[s->n - 1];
	memset(f, 0, sizeof(*f));
	keep(f->family, family_name(nftnl_chain_get_u32(c,
	    NFTNL_CHAIN_FAMILY)), sizeof(f->family));
	keep(f->table, table, sizeof(f->table));
	keep(f->chain, nftnl_chain_get_str(c, NFTNL_CHAIN_NAME),
	    sizeof(f->chain));
	keep(f->type, nftnl_chain_get_str(c, NFTNL_CHAIN_TYPE),
	    sizeof(f->type));
	f->prio = nftnl_chain_get_s32(c, NFTNL_CHAIN_PRIO);
	f->handle = nftnl_chain_get_u64(c, NFTNL_CHAIN_HANDLE);
 done:
	nftnl_chain_free(c);
	return (MNL_CB_OK);
}

int
fw_foreign(struct firewall *fw, struct fw_foreign *out, unsigned max)
{
	struct seek	 s = { out, max, 0 };
	unsigned	 tries;

	/* EINTR: somebody changed a table while we read. */
	for (tries = 0; tries < FW_DUMP_TRIES; tries++) {
		s.n = 0;
		if (nl_query(fw_nl(fw), NFT_MSG_GETCHAIN, NFPROTO_UNSPEC,
		    NLM_F_DUMP, NULL, read_chain, &s) == 0)
			return ((int)MINIMUM(s.n, max));
		if (errno != EINTR)
			break;
	}
	return (-1);
}
