/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Which layers are weaker here, and what carries their part instead.  Pure:
 * facts in, words out; the parent logs them at start and shows them in
 * status.
 */
#include "parent/platform.h"
#include "telclauded/lib/util.h"

/* From which Landlock ABI on there is nothing to say; with namespaces, and
 * without. */
static const struct {
	int		 abi;
	const char	*ns, *fb;
} rights[] = {
	{ 2, "renames and links from one directory to another fail in tools",
	    "renames and links from one directory to another fail in tools" },
	{ 3, "truncation of files is not covered; users and read-only mounts "
	    "carry it", NULL },	/* toolfall.c refuses to start */
	{ 4, "TCP is not covered; the firewall, filters and network "
	    "namespaces carry it",
	    "TCP is not covered; the firewall and filters carry it, and tools "
	    "that run as a person have no network at all" },
	{ 5, "ioctl of devices is not covered; filters and a private /dev "
	    "carry it",
	    "ioctl of devices is not covered; filters carry it" },
	{ PLATFORM_LANDLOCK, "signals and abstract sockets are not covered; "
	    "users, pid and network namespaces carry them",
	    "signals and abstract sockets are not covered; users and filters "
	    "carry them, and a scope runs one tool at a time" },
};

static unsigned
landlock_weaker(const struct platform *f, platform_fn fn, void *arg)
{
	char		 line[200];
	const char	*s;
	unsigned	 n = 0;
	size_t		 i;

	for (i = 0; i < NELEM(rights); i++) {
		s = f->namespaces ? rights[i].ns : rights[i].fb;
		if (f->landlock >= rights[i].abi || s == NULL)
			continue;
		(void)str_format(line, sizeof(line), "ABI %d, not %d: %s",
		    f->landlock, rights[i].abi, s);
		fn("landlock", line, arg);
		n++;
	}
	return (n);
}

unsigned
platform_weaker(const struct platform *f, platform_fn fn, void *arg)
{
	unsigned	 n = landlock_weaker(f, fn, arg);

#define SAY(cond, layer, means) do {					\
	if (cond) {							\
		fn(layer, means, arg);					\
		n++;							\
	}								\
} while (0)
	SAY(!f->netns, "network", "no network namespaces (CAP_SYS_ADMIN): "
	    "engines without a network see the host's, which firewall and "
	    "filters close to them");
	SAY(!f->namespaces, "view", "no mounts (CAP_SYS_ADMIN, "
	    "CAP_SYS_CHROOT): engines see the host's file system, which users "
	    "and Landlock close to them");
	SAY(f->tools && !f->namespaces, "namespaces", "none, or no mounts, "
	    "for tools (CAP_SYS_ADMIN): they run as the owner of the "
	    "workspace, kept by Landlock and filters alone, and so are the "
	    "files of one conversation from another's tools");
	SAY(f->tools && !f->namespaces && !f->init, "init", "no namespaces, "
	    "and not process 1: what a tool detached outlives a parent that "
	    "is killed, until the next start");
	SAY(f->tools && f->namespaces && !f->idmap, "idmap", "the workspace's "
	    "file system takes no id mapping: tools run as its owner, a "
	    "number they share with that person's processes");
	SAY(f->tools && f->cgroup == 0, "cgroup", "none is ours to divide "
	    "(systemd gives one with Delegate=, as in our unit): memory and "
	    "processes are bounded for each process of a tool, not for all "
	    "of them together, and cpu not at all");
	SAY(!f->bounds, "bounding", "no CAP_SETPCAP: the bounding set stays; "
	    "no_new_privs alone keeps a program from gaining what is in it");
	SAY(!f->chroot, "root", "no CAP_SYS_CHROOT: totp keeps the host's "
	    "root directory; Landlock alone closes it");
	SAY(!f->mdwe, "mdwe", "memory that was written may be made "
	    "executable (before Linux 6.3); filters alone refuse it");
	SAY(!f->ipv6_filter && f->ipv6, "ipv6", "IPv6 is not filtered, as the "
	    "configuration allows: engines and tools reach anything by it");
#undef SAY
	return (n);
}
