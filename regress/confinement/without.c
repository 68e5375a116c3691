/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * without [-e CALL[:VALUE]=ERRNO]... [-l ABI] [-n] [-6] PROGRAM ...
 *
 * Runs a program as on a kernel, or in a container, that lacks something: a
 * system call filter answers for it, and a supervisor where the answer
 * depends on memory.  For the tests; what it pretends it also inspects, as the
 * kernel it plays would.
 *
 *   -e CALL=ERRNO		the call fails so
 *   -e CALL:VALUE=ERRNO	when its first argument is VALUE
 *   -l ABI		Landlock is of this version, and refuses what is newer
 *   -n			no namespaces: clone, unshare, setns, mount
 *   -6			nf_tables knows no `inet' table
 *   -N			there is no netlink to netfilter at all
 *   -k			prints the names of the calls it knows, and ends
 */
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int	abi;		/* 0: the kernel's own */

static int
errno_of(const char *name)
{
	static const struct {
		const char	*name;
		int		 err;
	} known[] = {
		{ "ENOSYS", ENOSYS }, { "EPERM", EPERM },
		{ "EOPNOTSUPP", EOPNOTSUPP }, { "EINVAL", EINVAL },
		{ "EPROTONOSUPPORT", EPROTONOSUPPORT },
		{ "EAFNOSUPPORT", EAFNOSUPPORT }, { "EACCES", EACCES },
	};
	size_t	 i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(name, known[i].name) == 0)
			return (known[i].err);
	errx(2, "%s: no such error here", name);
}

/* CALL[:VALUE]=ERRNO */
static void
add_error(scmp_filter_ctx ctx, char *spec)
{
	struct scmp_arg_cmp	 first;
	char			*eq, *colon;
	unsigned		 n = 0;
	int			 nr, r;

	if ((eq = strchr(spec, '=')) == NULL)
		errx(2, "%s: CALL[:VALUE]=ERRNO", spec);
	*eq++ = '\0';
	if ((colon = strchr(spec, ':')) != NULL) {
		*colon++ = '\0';
		first = SCMP_A0(SCMP_CMP_EQ, strtoull(colon, NULL, 0));
		n = 1;
	}
	if ((nr = seccomp_syscall_resolve_name(spec)) == __NR_SCMP_ERROR)
		errx(2, "%s: no such call", spec);
	r = seccomp_rule_add_array(ctx, SCMP_ACT_ERRNO(
	    (uint32_t)errno_of(eq)), nr, n, n > 0 ? &first : NULL);
	if (r < 0)
		errx(2, "%s: %s", spec, strerror(-r));
}

static void
add_nonamespaces(scmp_filter_ctx ctx)
{
	static const unsigned long	 bits[] = { CLONE_NEWNS, CLONE_NEWPID,
	    CLONE_NEWNET, CLONE_NEWIPC, CLONE_NEWUTS, CLONE_NEWUSER };
	static const char *const	 calls[] = { "unshare", "setns",
	    "mount", "open_tree", "mount_setattr", "fsopen" };
	size_t				 i;

	for (i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
		if (seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM),
		    SCMP_SYS(clone), 1, SCMP_A0(SCMP_CMP_MASKED_EQ, bits[i],
		    bits[i])) < 0)
			errx(2, "clone");
	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM),
		    seccomp_syscall_resolve_name(calls[i]), 0) < 0)
			errx(2, "%s", calls[i]);
}

/* --- the supervisor ---------------------------------------------------- */

static int
peek(pid_t pid, uint64_t at, void *p, size_t len)
{
	char	 path[40];
	ssize_t	 n;
	int	 fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/mem", (int)pid);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return (-1);
	n = pread(fd, p, len, (off_t)at);
	close(fd);
	return (n == (ssize_t)len ? 0 : -1);
}

/* As the kernel of that ABI: an attribute it does not know must be zero. */
static int
landlock_create(const struct seccomp_notif *q, int *err)
{
	static const uint64_t	 fs[] = { 0, 0x1fff, 0x3fff, 0x7fff, 0x7fff,
	    0xffff };
	uint64_t		 attr[3] = { 0, 0, 0 };
	uint64_t		 size = q->data.args[1];

	if (q->data.args[2] == 1)
		return (abi);
	*err = EINVAL;
	if (size < 8 || size > sizeof(attr))
		return (-1);
	*err = EFAULT;
	if (peek((pid_t)q->pid, q->data.args[0], attr, size) == -1)
		return (-1);
	*err = E2BIG;
	if ((attr[1] != 0 && abi < 4) || (attr[2] != 0 && abi < 6))
		return (-1);
	*err = EINVAL;
	if (attr[0] & ~fs[abi > 5 ? 5 : abi])
		return (-1);
	*err = 0;
	return (-1);
}

/* A batch whose first message makes a table of the family inet? */
static int
makes_inet(const struct seccomp_notif *q)
{
	struct {
		struct nlmsghdr		 begin;
		struct nfgenmsg		 bg;
		struct nlmsghdr		 first;
		struct nfgenmsg		 fg;
	} m;

	return (q->data.args[2] > sizeof(m) && peek((pid_t)q->pid,
	    q->data.args[1], &m, sizeof(m)) == 0 &&
	    m.begin.nlmsg_type == NFNL_MSG_BATCH_BEGIN &&
	    m.first.nlmsg_type == (NFNL_SUBSYS_NFTABLES << 8 |
	    NFT_MSG_NEWTABLE) && m.fg.nfgen_family == NFPROTO_INET);
}

static void
answer(const struct seccomp_notif *q, struct seccomp_notif_resp *a)
{
	int	 err = 0, r;

	a->id = q->id;
	a->flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	if (q->data.nr == SYS_landlock_create_ruleset) {
		r = landlock_create(q, &err);
		if (r >= 0) {
			a->flags = 0;
			a->val = r;
		}
	} else if (makes_inet(q))
		err = EOPNOTSUPP;
	if (err != 0) {
		a->flags = 0;
		a->error = -err;
	}
}

static void __attribute__((noreturn))
supervise(int fd)
{
	struct seccomp_notif		*q;
	struct seccomp_notif_resp	*a;

	if (seccomp_notify_alloc(&q, &a) != 0)
		errx(2, "no memory");
	for (;;) {
		memset(q, 0, sizeof(*q));
		memset(a, 0, sizeof(*a));
		if (ioctl(fd, SECCOMP_IOCTL_NOTIF_RECV, q) == -1) {
			/* ENOENT: it died meanwhile, or all of them did. */
			if (errno == EINTR || errno == ENOENT)
				continue;
			_exit(0);
		}
		answer(q, a);
		(void)ioctl(fd, SECCOMP_IOCTL_NOTIF_SEND, a);
	}
}

/*
 * The supervisor is the child, so that the program keeps our pid, and shares
 * our descriptors, so that it has the listener when the filter is there.
 */
static void
load(scmp_filter_ctx ctx, int notified)
{
	int	 go[2], fd;
	pid_t	 pid = 0;
	char	 c = 0;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, go) == -1)
		err(2, "socketpair");
	if (notified && (pid = (pid_t)syscall(SYS_clone, CLONE_FILES | SIGCHLD,
	    0, 0, 0, 0)) == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (read(go[0], &fd, sizeof(fd)) != sizeof(fd))
			_exit(2);
		/* Away from the table that our parent goes on using. */
		if (unshare(CLONE_FILES) == -1 || write(go[0], &c, 1) != 1)
			_exit(2);
		supervise(fd);
	}
	if (pid == -1)
		err(2, "clone");
	if (seccomp_load(ctx) != 0)
		errx(2, "the filter was refused");
	if (!notified)
		goto done;
	fd = seccomp_notify_fd(ctx);
	/* Its answer comes when it has the listener for itself. */
	if (write(go[1], &fd, sizeof(fd)) != sizeof(fd) ||
	    read(go[1], &c, 1) != 1)
		errx(2, "no supervisor");
	close(fd);
done:
	close(go[0]);
	close(go[1]);
}

int
main(int argc, char **argv)
{
	scmp_filter_ctx	 ctx;
	char		*name;
	int		 ch, notified = 0;

	if ((ctx = seccomp_init(SCMP_ACT_ALLOW)) == NULL)
		errx(2, "seccomp_init");
	while ((ch = getopt(argc, argv, "+6e:kl:Nn")) != -1) {
		switch (ch) {
		case '6':
			if (seccomp_rule_add(ctx, SCMP_ACT_NOTIFY,
			    SCMP_SYS(sendto), 0) < 0)
				errx(2, "sendto");
			notified = 1;
			break;
		case 'e':
			add_error(ctx, optarg);
			break;
		case 'k':
			for (ch = 0; ch < 1024; ch++)
				if ((name = seccomp_syscall_resolve_num_arch(
				    SCMP_ARCH_NATIVE, ch)) != NULL)
					puts(name);
			return (0);
		case 'l':
			abi = atoi(optarg);
			if (seccomp_rule_add(ctx, SCMP_ACT_NOTIFY,
			    SCMP_SYS(landlock_create_ruleset), 0) < 0)
				errx(2, "landlock_create_ruleset");
			notified = 1;
			break;
		case 'N':
			if (seccomp_rule_add(ctx,
			    SCMP_ACT_ERRNO(EPROTONOSUPPORT),
			    SCMP_SYS(socket), 2, SCMP_A0(SCMP_CMP_EQ,
			    AF_NETLINK), SCMP_A2(SCMP_CMP_EQ,
			    NETLINK_NETFILTER)) < 0)
				errx(2, "socket");
			break;
		case 'n':
			add_nonamespaces(ctx);
			break;
		default:
			return (2);
		}
	}
	load(ctx, notified);
	if (optind == argc)
		return (2);
	execvp(argv[optind], argv + optind);
	err(127, "%s", argv[optind]);
}
