/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The parts of the audit log for a backup: full files, the log, the signing
 * key and the note of the last seal.  Run by the audit engine, for the
 * parent.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "engines/audit/copy.h"
#include "engines/audit/keep.h"
#include "telclauded/lib/text.h"
#include "telclauded/lib/util.h"

static int
part_open(const struct alog *a, unsigned part, char *name, size_t len)
{
	/* The note before the log: it may not be ahead of it. */
	static const char *const	 rest[] = {
		KEEP_KEY, KEEP_PUB, KEEP_HEAD, KEEP_LOG,
	};
	unsigned			 old;
	int				 fd;

	if (part < NELEM(rest)) {
		(void)str_copy(name, rest[part], len);
		/* A log elsewhere is the administrator's to keep. */
		if (part == NELEM(rest) - 1 && !a->own) {
			errno = ENOENT;
			return (-1);
		}
		return (openat(a->dir, name, O_RDONLY | O_NOFOLLOW |
		    O_CLOEXEC | O_NONBLOCK));
	}
	old = part - (unsigned)NELEM(rest);
	if ((fd = keep_old(a->dir, old, name, len)) == -1)
		name[0] = '\0';
	return (fd);
}

void
copy_part(struct alog *a, struct link *l, uint32_t id, unsigned part)
{
	struct msg_COPY_DONE	 d;
	int			 fd = -1;

	/* Files keep their places until the last was handed out. */
	a->copied_ms = now_ms();
	memset(&d, 0, sizeof(d));
	if (a->dir == -1)
		d.err = CE_END;
	else {
		/* What is copied says how far it goes. */
		if (part == 0)
			file_seal(a);
		fd = part_open(a, part, d.name, sizeof(d.name));
		if (fd == -1)
			d.err = d.name[0] == '\0' ? CE_END :
			    errno == ENOENT ? CE_ABSENT : CE_FAILED;
	}
	if (d.err == CE_END)
		a->copied_ms = 0;
	if (d.err == CE_FAILED)
		d.why = text_of(strerror(errno), strlen(strerror(errno)));
	(void)msg_send_COPY_DONE(l, id, fd, &d);
}
