/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Reads one file whole and says who else can read it.  A configuration is
 * small text: anything else is refused before it is parsed.
 */
#include <sys/stat.h>
#include <sys/vfs.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "telclauded/conf/conf_int.h"
#include "telclauded/lib/util.h"

/* File systems whose modes mean nothing, from statfs(2). */
#define FS_9P		0x01021997
#define FS_VFAT		0x4d44
#define FS_EXFAT	0x2011bab0
#define FS_FUSE		0x65735546	/* virtiofs says this */
#define FS_CIFS		0xff534d42
#define FS_SMB2		0xfe534d42

enum readable
conf_readable(int fd)
{
	struct statfs	 fs;
	struct stat	 st;

	if (fstat(fd, &st) == -1)
		return (READ_OTHERS);
	if (!S_ISREG(st.st_mode))
		return (READ_OWNER);	/* a pipe: whoever made it */
	if ((st.st_mode & (S_IRWXG | S_IRWXO)) == 0 &&
	    (st.st_uid == 0 || st.st_uid == geteuid()))
		return (READ_OWNER);
	if (fstatfs(fd, &fs) == 0)
		switch ((uint32_t)fs.f_type) {
		case FS_9P:
		case FS_VFAT:
		case FS_EXFAT:
		case FS_FUSE:
		case FS_CIFS:
		case FS_SMB2:
			return (READ_NOMODES);
		}
	return (READ_OTHERS);
}

static int
read_all(int fd, struct buf *b, char *why, size_t size)
{
	char	 chunk[8192];
	ssize_t	 n;
	int	 r = 0;

	while ((n = read(fd, chunk, sizeof(chunk))) != 0) {
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1) {
			str_copy(why, strerror(errno), size);
			r = -1;
			break;
		}
		if (b->len + (size_t)n > CONF_TEXT_MAX) {
			str_format(why, size, "larger than %u bytes: this is "
			    "not a configuration", CONF_TEXT_MAX);
			r = -1;
			break;
		}
		if (buf_add(b, chunk, (size_t)n) == -1) {
			str_copy(why, strerror(ENOMEM), size);
			r = -1;
			break;
		}
	}
	explicit_bzero(chunk, sizeof(chunk));
	return (r);
}

/* 0 (f->text is the caller's to wipe and free), or -1 with errno and why. */
int
conf_slurp(const char *path, struct conf_file *f, char *why, size_t size)
{
	struct stat	 st;
	struct buf	 b;
	int		 fd, r, save;

	memset(f, 0, sizeof(*f));
	/* Not to wait for a writer that never comes; reads then block. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd == -1 || fstat(fd, &st) == -1) {
		str_copy(why, strerror(errno), size);
		if (fd != -1)
			close(fd);
		return (-1);
	}
	if (S_ISDIR(st.st_mode) || S_ISBLK(st.st_mode)) {
		str_copy(why, "not a file", size);
		errno = EINVAL;
		close(fd);
		return (-1);
	}
	(void)fcntl(fd, F_SETFL, 0);
	f->readable = conf_readable(fd);
	buf_init(&b);
	r = read_all(fd, &b, why, size);
	save = errno;
	close(fd);
	if (r == -1 || buf_add(&b, "", 1) == -1) {
		if (b.p != NULL)
			explicit_bzero(b.p, b.len);
		buf_free(&b);
		errno = save;
		return (-1);
	}
	f->text = b.p;
	f->len = b.len - 1;
	return (0);
}

/* 1 when every line is UTF-8 text of bearable length; else which is not. */
int
conf_istext(const char *s, size_t len, int *line, const char **why)
{
	const char	*nl;
	size_t		 i, n;

	for (*line = 1; len > 0; (*line)++, s += n, len -= n) {
		nl = memchr(s, '\n', len);
		n = nl == NULL ? len : (size_t)(nl - s) + 1;
		*why = NULL;
		if (memchr(s, '\0', n) != NULL)
			*why = "a NUL byte: this is not a text file";
		else if (n > CONF_LINE_MAX)
			*why = "the line is longer than 65536 bytes";
		else if (!str_isutf8(s, n))
			*why = "not UTF-8";
		for (i = 0; i < n && *why == NULL; i++)
			if (((unsigned char)s[i] < ' ' && s[i] != '\n' &&
			    s[i] != '\t' && s[i] != '\r') || s[i] == 0x7f)
				*why = "a control character";
		if (*why != NULL)
			return (0);
	}
	return (1);
}
