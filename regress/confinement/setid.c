/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What attacks.t puts into a workspace with set-id bits or file capabilities:
 * says as whom it runs.  With the argument `i386' or `x32' it enters the
 * kernel by another door than the filter watches, to make a directory.
 */
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <linux/capability.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifdef __x86_64__
/* mkdir(2) by its number of another table; the path is in low memory. */
static long
by_int80(const char *path)
{
	long r;

	__asm__ volatile ("int $0x80" : "=a"(r) : "a"(39L), "b"(path),
	    "c"(0755L) : "memory", "r8", "r9", "r10", "r11");
	return (r);
}

static int
other_door(const char *how)
{
	char *low;
	long r;

	low = mmap((void *)0x10000, 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_32BIT, -1, 0);
	if (low == MAP_FAILED)
		return (2);
	strcpy(low, "made-by-another-door");
	if (strcmp(how, "i386") == 0)
		r = by_int80(low);
	else
		r = syscall(0x40000000 | SYS_mkdir, low, 0755) == -1 ?
		    -errno : 0;
	printf("%s\n", r == 0 ? "DONE" : strerrorname_np((int)-r));
	return (0);
}
#endif

int
main(int argc, char **argv)
{
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct d[2] = { { 0, 0, 0 }, { 0, 0, 0 } };

#ifdef __x86_64__
	if (argc > 1)
		return (other_door(argv[1]));
#else
	(void)argc;
	(void)argv;
#endif
	if (syscall(SYS_capget, &h, d) == -1)
		return (1);
	printf("uid %u euid %u egid %u caps %x\n", getuid(), geteuid(),
	    getegid(), d[0].effective | d[1].effective | d[0].permitted |
	    d[1].permitted);
	return (0);
}
