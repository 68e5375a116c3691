/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Is the audit log of a backup whole?  All its files, by the chain from line
 * to line and the seals between.
 */
#include <sys/mman.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "engines/audit/seal.h"
#include "telclauded/ctl/archive.h"

#define LOG	"audit/audit.log"
#define OLD	"audit/audit-"
#define PUB	"audit/seal.pub"

static int
as_file(const struct part *p)
{
	uint64_t	 off;
	ssize_t		 n;
	int		 fd;

	if ((fd = memfd_create("audit", MFD_CLOEXEC)) == -1)
		return (-1);
	for (off = 0; off < p->m.size; off += (uint64_t)n)
		if ((n = write(fd, p->m.p + off, p->m.size - off)) == -1) {
			close(fd);
			return (-1);
		}
	if (lseek(fd, 0, SEEK_SET) == 0)
		return (fd);
	close(fd);
	return (-1);
}

/* The names of full files sort by their first line. */
static const struct part *
next_old(const struct archive *a, const char *after)
{
	const struct part	*p = NULL;
	size_t			 i;

	for (i = 0; i < a->n; i++)
		if (strncmp(a->parts[i].m.name, OLD, sizeof(OLD) - 1) == 0 &&
		    strcmp(a->parts[i].m.name, after) > 0 && (p == NULL ||
		    strcmp(a->parts[i].m.name, p->m.name) < 0))
			p = &a->parts[i];
	return (p);
}

static const struct part *
find(const struct archive *a, const char *name)
{
	size_t	 i;

	for (i = 0; i < a->n; i++)
		if (strcmp(a->parts[i].m.name, name) == 0)
			return (&a->parts[i]);
	return (NULL);
}

static int
walk_one(struct audit_walk *w, const struct part *p)
{
	int	 fd, r;

	if ((fd = as_file(p)) == -1)
		return (-1);
	r = audit_walk_file(w, fd);
	close(fd);
	return (r);
}

int
check_audit(const struct archive *a, char *why, size_t whylen)
{
	const struct part	*p, *pub = find(a, PUB);
	struct audit_report	 rep;
	struct audit_walk	*w;
	struct seal_pubs	 keys;
	int			 r = 0;

	memset(&rep, 0, sizeof(rep));
	if (pub != NULL && seal_pubs_parse(&keys, (const char *)pub->m.p,
	    pub->m.size) == -1) {
		(void)str_copy(why, "its " PUB " is no key", whylen);
		return (1);
	}
	if ((w = audit_walk_new(&rep, pub == NULL ? NULL : &keys, NULL)) ==
	    NULL) {
		(void)str_copy(why, "no memory", whylen);
		return (-1);
	}
	for (p = next_old(a, ""); r == 0 && p != NULL;
	    p = next_old(a, p->m.name))
		r = walk_one(w, p);
	if (r == 0 && (p = find(a, LOG)) != NULL)
		r = walk_one(w, p);
	audit_walk_free(w);
	if (r == 1)
		(void)str_format(why, whylen, "its chain is broken in line "
		    "%llu: %s", (unsigned long long)rep.broken, rep.why);
	else if (r == -1)
		(void)str_copy(why, strerror(errno), whylen);
	else if ((r = audit_walk_headless(&rep)) != 0)
		(void)str_format(why, whylen, "it begins with line %llu, and "
		    "no line says that those before were removed for their "
		    "age", (unsigned long long)rep.first);
	return (r);
}
