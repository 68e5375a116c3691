/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The files of the audit log, the oldest first, and the key of its seals.
 */
#ifndef CTL_AUDITLOG_H
#define CTL_AUDITLOG_H

#include "engines/audit/seal.h"
#include "telclauded/ctl/ctl.h"
#include "telclauded/lib/paths.h"

#define AUDITLOG_DEFAULT	STATE_DEFAULT "/audit/audit.log"
#define AUDITLOG_FILES		4097
#define AUDITLOG_NAME		1400

struct auditlog {
	char		(*names)[AUDITLOG_NAME];
	unsigned	 n;
	struct seal_pubs pubs;		/* none: seals are not checked */
};

/* The log at this path with the full files beside it.  0, or -1 with why. */
int	 auditlog_find(struct auditlog *, const char *path, char *why, size_t);
/* Exactly these files, brought into their order. */
int	 auditlog_files(struct auditlog *, int, char **, char *why, size_t);
void	 auditlog_close(struct auditlog *);
/* As audit_walk_file(), over all of them. */
int	 auditlog_verify(const struct auditlog *, struct audit_report *,
	    struct audit_witness *);
/* Every line without its newline.  0, or -1 with errno. */
int	 auditlog_each(const struct auditlog *,
	    void (*)(const char *, size_t, void *), void *);
/* The last n lines (of the newest two files), malloc'd; NULL: none. */
char	*auditlog_tail(const struct auditlog *, unsigned n, size_t *len);

/* The last line that the relay was told of.  0 or -1. */
int	 auditlog_heard(struct ctl *, uint64_t *seq);

#endif
