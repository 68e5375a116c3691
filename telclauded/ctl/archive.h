/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * A backup: the members, and the manifest that says what they must be.
 */
#ifndef CTL_ARCHIVE_H
#define CTL_ARCHIVE_H

#include <sodium.h>

#include "telclauded/conf/conf.h"
#include "telclauded/ctl/tar.h"
#include "telclauded/lib/util.h"

#define ARCHIVE_MANIFEST "manifest.json"
#define ARCHIVE_CONF	"telclauded.conf"
#define ARCHIVE_PARTS	256
#define ARCHIVE_FORMAT	1
#define ARCHIVE_CHUNK	(256u << 10)	/* read and written at once */

struct part {
	struct tar_member m;
	uint8_t		 sha[crypto_hash_sha256_BYTES];
	int64_t		 schema;	/* of a database; else -1 */
	int		 named;		/* by the manifest */
};

struct archive {
	uint8_t		*map;		/* private: may be written to */
	size_t		 len;
	struct part	 parts[ARCHIVE_PARTS];	/* without the manifest */
	size_t		 n;
	char		 host[128], program[64];
	uint64_t	 made_ms;
	char		 doubt[512];	/* what is wrong in the audit log */
	const char	*file;		/* its name, where it is told */
};

/* archive.c: 0, or -1 after an error that says what is wrong.  What opens
 * has every member, with the bytes that were written. */
int	 archive_open(struct archive *, const char *path);
void	 archive_close(struct archive *);
/* The user_version in the head of a database; -1: it is none. */
int64_t	 archive_schema(const uint8_t *, size_t);

/* manifest.c */
int	 manifest_put(struct buf *, const struct part *, size_t n);
/* Fills what the manifest says; -1: its parts are not these members. */
int	 manifest_get(struct archive *, const struct tar_member *,
	    const char **why);

/* archcheck.c: does each part open?  With a configuration also what is
 * sealed.  The number of those that do not; all is said.  An audit log that
 * was changed can be kept and put back all the same, and is a doubt: else one
 * bad line would end all backups. */
unsigned archive_check(struct archive *, const struct conf *, int json);

/* archtotp.c: with the key the configuration names */
int	 check_totp(const struct part *, const struct conf *, char *why,
	    size_t);
/* archaudit.c: all files of the log, which ends in audit/audit.log; 1: they
 * can be read but something was changed, and why */
int	 check_audit(const struct archive *, char *why, size_t);

/* storecheck.c: a database in memory that may be written to, whole and with
 * the tables of this release?  0, or -1 and why. */
int	 store_check(const char *name, uint8_t *, size_t, char *why, size_t);

#endif
