/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * See backups.h.  Run by root.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "telclauded/ctl/backups.h"
#include "telclauded/lib/util.h"

#define PATTERN	"telclaude-[0-9]*-[0-9]*.tar"

int
backup_dir(const char *state, char *out, size_t size, char *why,
    size_t whylen)
{
	struct stat	 st;

	if (str_format(out, size, "%s/" BACKUP_DIR, state) == -1)
		errno = ENAMETOOLONG;
	else if ((mkdir(out, 0700) == 0 || errno == EEXIST) &&
	    lstat(out, &st) == 0) {
		if (S_ISDIR(st.st_mode) && st.st_uid == 0 &&
		    (st.st_mode & 077) == 0)
			return (0);
		(void)str_format(why, whylen, "%s must be a directory of "
		    "root's, mode 0700", out);
		return (-1);
	}
	(void)str_format(why, whylen, "%s: %s", out, strerror(errno));
	return (-1);
}

int
backup_syncdir(const char *file)
{
	char		 dir[1024];
	const char	*s = strrchr(file, '/');
	int		 fd, r;

	(void)str_format(dir, sizeof(dir), "%.*s", s == NULL ? 1 :
	    s == file ? 1 : (int)(s - file), s == NULL ? "." : file);
	if ((fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		return (-1);
	r = fsync(fd);
	close(fd);
	return (r);
}

static int
ours(const struct dirent *d)
{
	return (fnmatch(PATTERN, d->d_name, 0) == 0);
}

void
backup_prune(const char *dir, uint32_t keep)
{
	struct dirent	**v;
	int		  n, i, fd;

	if (keep == 0 || (fd = open(dir, O_RDONLY | O_DIRECTORY |
	    O_CLOEXEC)) == -1)
		return;
	/* Their names sort by time. */
	if ((n = scandir(dir, &v, ours, alphasort)) == -1) {
		close(fd);
		return;
	}
	for (i = 0; i < n; i++) {
		if (n - i > (int)keep && unlinkat(fd, v[i]->d_name, 0) == -1)
			fprintf(stderr, "telclaudectl: %s/%s: %s\n", dir,
			    v[i]->d_name, strerror(errno));
		free(v[i]);
	}
	free(v);
	close(fd);
}
