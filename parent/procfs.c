/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * A /proc of the parent's own, mounted nowhere: the one in place may hide the
 * processes of other users (ProtectProc=invisible) and all but processes
 * (ProcSubset=pid).  Where it cannot be made, the one in place.  Run by the
 * parent as root.
 */
#include <sys/mount.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "parent/procfs.h"

static int
own_proc(void)
{
	int	 fs, fd = -1, saved;

	if ((fs = (int)syscall(SYS_fsopen, "proc", FSOPEN_CLOEXEC)) == -1)
		return (-1);
	if (syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL,
	    0) == 0)
		fd = (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC,
		    MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	saved = errno;
	close(fs);
	errno = saved;
	return (fd);
}

int
procfs_fd(void)
{
	static int	 fd = -1;

	if (fd == -1 && (fd = own_proc()) == -1)
		fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return (fd);
}

int
procfs_read(const char *path, char *buf, size_t len)
{
	size_t	 have = 0;
	ssize_t	 n = 0;
	int	 fd;

	if ((fd = openat(procfs_fd(), path, O_RDONLY | O_CLOEXEC)) == -1)
		return (-1);
	while (have < len - 1 &&
	    (n = read(fd, buf + have, len - 1 - have)) > 0)
		have += (size_t)n;
	close(fd);
	buf[have] = '\0';
	return (n == -1 || have == 0 ? -1 : 0);
}
