/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Landlock: deny every file but the listed paths, and what newer kernels add
 * (TCP, abstract sockets, signals).  Run by engines and tools on themselves.
 * The headers of Debian 12 know ABI 2; newer constants are from the kernel's
 * Documentation/userspace-api/landlock.rst and masked by what the running
 * kernel reports.
 */
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "engines/common/cage.h"

#define LL_EXECUTE	(1ULL << 0)
#define LL_WRITE_FILE	(1ULL << 1)
#define LL_READ_FILE	(1ULL << 2)
#define LL_READ_DIR	(1ULL << 3)
#define LL_REMOVE	((1ULL << 4) | (1ULL << 5))
#define LL_MAKE		(0x7fULL << 6)	/* char dir reg sock fifo block sym */
#define LL_MAKE_CHAR	(1ULL << 6)
#define LL_MAKE_BLOCK	(1ULL << 11)
#define LL_REFER	(1ULL << 13)	/* ABI 2 */
#define LL_TRUNCATE	(1ULL << 14)	/* ABI 3 */
#define LL_IOCTL_DEV	(1ULL << 15)	/* ABI 5 */
#define LL_FS_ABI1	0x1fffULL

#define LL_NET_BIND	(1ULL << 0)	/* ABI 4 */
#define LL_NET_CONNECT	(1ULL << 1)
#define LL_SCOPE_ABSTRACT (1ULL << 0)	/* ABI 6 */
#define LL_SCOPE_SIGNAL	(1ULL << 1)

#define LL_VERSION	1U		/* flag of create_ruleset */
#define LL_PATH_BENEATH	1
#define LL_NET_PORT	2

struct ll_ruleset {
	uint64_t	 fs;
	uint64_t	 net;
	uint64_t	 scoped;
};
struct ll_path {
	uint64_t	 access;
	int32_t		 fd;
} __attribute__((packed));

struct ll_port {
	uint64_t	 access;
	uint64_t	 port;
};

int
cage_landlock_abi(void)
{
	long	 r;

	r = syscall(SYS_landlock_create_ruleset, NULL, 0, LL_VERSION);
	return (r < 0 ? 0 : (int)r);
}

static uint64_t
fs_handled(int abi)
{
	uint64_t	 h = LL_FS_ABI1;

	if (abi >= 2)
		h |= LL_REFER;
	if (abi >= 3)
		h |= LL_TRUNCATE;
	if (abi >= 5)
		h |= LL_IOCTL_DEV;
	return (h);
}

static uint64_t
path_access(unsigned cp, int isdir)
{
	uint64_t	 a = 0;

	if (cp & CP_READ)
		a |= LL_READ_FILE | LL_READ_DIR;
	if (cp & CP_LIST)
		a |= LL_READ_DIR;
	if (cp & CP_EXEC)
		a |= LL_EXECUTE;
	if (cp & CP_WRITE)
		a |= LL_WRITE_FILE | LL_TRUNCATE | LL_REMOVE |
		    (LL_MAKE & ~(LL_MAKE_CHAR | LL_MAKE_BLOCK));
	if (cp & CP_REMOVE)
		a |= LL_REMOVE;
	if (cp & CP_REFER)
		a |= LL_REFER;
	if (cp & CP_DEV)
		a |= LL_READ_FILE | LL_WRITE_FILE | LL_IOCTL_DEV;
	if (!isdir)
		a &= LL_EXECUTE | LL_WRITE_FILE | LL_READ_FILE |
		    LL_TRUNCATE | LL_IOCTL_DEV;
	return (a);
}

static int
path_add(int rs, const struct cage_path *p, uint64_t handled)
{
	struct ll_path	 pb;
	struct stat	 st;
	int		 fd = p->fd, r = -1;

	if (p->path != NULL &&
	    (fd = open(p->path, O_PATH | O_CLOEXEC)) == -1)
		return (-1);
	if (fstat(fd, &st) == 0) {
		memset(&pb, 0, sizeof(pb));
		pb.access = path_access(p->access, S_ISDIR(st.st_mode)) &
		    handled;
		pb.fd = fd;
		r = (int)syscall(SYS_landlock_add_rule, rs, LL_PATH_BENEATH,
		    &pb, 0);
	}
	if (p->path != NULL)
		close(fd);
	return (r);
}

static int
port_add(int rs, uint16_t port)
{
	struct ll_port	 lp = { LL_NET_CONNECT, port };

	return ((int)syscall(SYS_landlock_add_rule, rs, LL_NET_PORT, &lp, 0));
}

int
cage_landlock(const struct cage_path *paths, size_t n, enum cage_net net)
{
	return (cage_landlock_ports(paths, n, net, NULL, 0));
}

int
cage_landlock_ports(const struct cage_path *paths, size_t n,
    enum cage_net net, const uint16_t *ports, size_t nports)
{
	struct ll_ruleset	 rs;
	size_t			 i, size;
	int			 abi, fd, saved;

	if ((abi = cage_landlock_abi()) == 0) {
		errno = EOPNOTSUPP;
		return (-1);
	}
	memset(&rs, 0, sizeof(rs));
	rs.fs = fs_handled(abi);
	if (abi >= 4 && net != CAGE_NET_ANY)
		rs.net = LL_NET_BIND;
	if (abi >= 4 && net == CAGE_NET_NONE)
		rs.net |= LL_NET_CONNECT;
	if (abi >= 6)
		rs.scoped = LL_SCOPE_ABSTRACT | LL_SCOPE_SIGNAL;
	size = abi >= 6 ? sizeof(rs) : abi >= 4 ? 16 : 8;
	if ((fd = (int)syscall(SYS_landlock_create_ruleset, &rs, size,
	    0)) == -1)
		return (-1);
	for (i = 0; i < n; i++)
		if (path_add(fd, &paths[i], rs.fs) == -1)
			goto fail;
	for (i = 0; rs.net != 0 && i < nports; i++)
		if (port_add(fd, ports[i]) == -1)
			goto fail;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ||
	    syscall(SYS_landlock_restrict_self, fd, 0) == -1)
		goto fail;
	close(fd);
	return (0);
 fail:
	saved = errno;
	close(fd);
	errno = saved;
	return (-1);
}
