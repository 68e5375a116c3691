/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Locked, guarded, undumpable pages for secrets, and the sealed memfds they
 * travel in.  Run by the engine that owns the secret; the parent only makes
 * memfds and never maps them.
 */
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "telclauded/lib/secret.h"

#define SEALS	(F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL)

int
secret_alloc(struct secret *s, size_t len)
{
	size_t	 page = (size_t)sysconf(_SC_PAGESIZE), body;
	char	*m;

	memset(s, 0, sizeof(*s));
	if (len >= SECRET_MAX) {
		errno = E2BIG;
		return (-1);
	}
	body = (len + 1 + page - 1) / page * page;
	if ((m = mmap(NULL, body + 2 * page, PROT_NONE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) == MAP_FAILED)
		return (-1);
	s->map = m;
	s->maplen = body + 2 * page;
	if (mprotect(m + page, body, PROT_READ | PROT_WRITE) == -1 ||
	    madvise(m + page, body, MADV_DONTDUMP) == -1 ||
	    madvise(m + page, body, MADV_WIPEONFORK) == -1) {
		secret_free(s);
		return (-1);
	}
	if (mlock(m + page, body) == -1) {
		secret_free(s);
		errno = ENOLCK;
		return (-1);
	}
	/* The end touches the guard page: an overrun faults. */
	s->p = m + page + body - (len + 1);
	s->len = len;
	return (0);
}

void
secret_free(struct secret *s)
{
	if (s->p != NULL)
		explicit_bzero(s->p, s->len + 1);
	if (s->map != NULL)
		(void)munmap(s->map, s->maplen);
	memset(s, 0, sizeof(*s));
}

int
secret_read(struct secret *s, int fd)
{
	struct stat	 st;
	size_t		 off = 0;
	ssize_t		 n;

	memset(s, 0, sizeof(*s));
	if (fstat(fd, &st) == -1)
		goto fail;
	if (!S_ISREG(st.st_mode) || st.st_size < 0 ||
	    st.st_size >= SECRET_MAX) {
		errno = EINVAL;
		goto fail;
	}
	if (secret_alloc(s, (size_t)st.st_size) == -1)
		goto fail;
	while (off < s->len) {
		if ((n = pread(fd, s->p + off, s->len - off,
		    (off_t)off)) == -1)
			goto fail;
		if (n == 0)
			break;
		off += (size_t)n;
	}
	s->len = off;
	if (s->len > 0 && s->p[s->len - 1] == '\n')
		s->p[--s->len] = '\0';
	if (s->len > 0 && s->p[s->len - 1] == '\r')
		s->p[--s->len] = '\0';
	close(fd);
	return (0);
 fail:
	secret_free(s);
	close(fd);
	return (-1);
}

static int
secret_seal(int fd)
{
	if (fcntl(fd, F_ADD_SEALS, SEALS) == -1) {
		close(fd);
		return (-1);
	}
	return (fd);
}

int
secret_memfd(const char *name, const void *p, size_t n)
{
	int	 fd;

	if (n >= SECRET_MAX) {
		errno = E2BIG;
		return (-1);
	}
	if ((fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING)) == -1)
		return (-1);
	if (write(fd, p, n) != (ssize_t)n) {
		close(fd);
		return (-1);
	}
	return (secret_seal(fd));
}

int
secret_memfd_from(const char *name, int from)
{
	struct stat	 st;
	off_t		 off = 0;
	ssize_t		 n;
	int		 fd;

	if (fstat(from, &st) == -1)
		return (-1);
	if (!S_ISREG(st.st_mode) || st.st_size <= 0 ||
	    st.st_size >= SECRET_MAX) {
		errno = EINVAL;
		return (-1);
	}
	if ((fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING)) == -1)
		return (-1);
	while (off < st.st_size) {
		n = sendfile(fd, from, &off, (size_t)(st.st_size - off));
		if (n <= 0) {
			close(fd);
			return (-1);
		}
	}
	return (secret_seal(fd));
}
