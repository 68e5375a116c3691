/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What the kernel says about a process: uid, capabilities, filters, memory
 * from /proc.  Run by the parent, which believes this and not the engine.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "parent/caps.h"
#include "parent/procfs.h"
#include "parent/status.h"
#include "telclauded/lib/util.h"

/* The value after "\nKEY:\t", or NULL. */
static const char *
line_of(const char *text, const char *key)
{
	const char	*s;
	size_t		 n = strlen(key);

	for (s = text; s != NULL; s = strchr(s, '\n')) {
		if (*s == '\n')
			s++;
		if (strncmp(s, key, n) == 0 && s[n] == ':')
			return (s + n + 1 + strspn(s + n + 1, " \t"));
	}
	return (NULL);
}

static int
number(const char *text, const char *key, int base, uint64_t *out)
{
	const char	*s;
	char		*end;

	/* strtoull(3) would skip the end of an empty line. */
	if ((s = line_of(text, key)) == NULL || *s == '\n')
		return (-1);
	errno = 0;
	*out = strtoull(s, &end, base);
	return (end == s || errno != 0 ? -1 : 0);
}

static int
four(const char *text, const char *key, uint32_t out[4])
{
	const char	*s;
	char		*end;
	int		 i;

	if ((s = line_of(text, key)) == NULL)
		return (-1);
	for (i = 0; i < 4; i++, s = end) {
		out[i] = (uint32_t)strtoul(s, &end, 10);
		if (end == s)
			return (-1);
	}
	return (0);
}

static int
words(const char *s)
{
	int	 n = 0;

	for (s += strspn(s, " \t"); *s != '\n' && *s != '\0';
	    s += strspn(s, " \t")) {
		n++;
		s += strcspn(s, " \t\n");
	}
	return (n);
}

int
status_parse(const char *text, struct kernel_facts *f)
{
	const char	*groups, *state;
	uint64_t	 n;

	memset(f, 0, sizeof(*f));
	if (four(text, "Uid", f->uid) == -1 ||
	    four(text, "Gid", f->gid) == -1 ||
	    (groups = line_of(text, "Groups")) == NULL ||
	    number(text, "CapInh", 16, &f->cap_inh) == -1 ||
	    number(text, "CapPrm", 16, &f->cap_prm) == -1 ||
	    number(text, "CapEff", 16, &f->cap_eff) == -1 ||
	    number(text, "CapBnd", 16, &f->cap_bnd) == -1 ||
	    number(text, "CapAmb", 16, &f->cap_amb) == -1 ||
	    number(text, "NoNewPrivs", 10, &n) == -1)
		return (-1);
	f->groups = words(groups);
	f->nnp = (int)n;
	if (number(text, "Seccomp", 10, &n) == -1)
		return (-1);
	f->seccomp = (int)n;
	/* Since Linux 5.9. */
	f->filters = number(text, "Seccomp_filters", 10, &n) == 0 ?
	    (int)n : -1;
	f->state = (state = line_of(text, "State")) != NULL ? *state : '?';
	/* A zombie has no memory lines. */
	if (number(text, "VmRSS", 10, &f->rss_kb) == -1)
		f->rss_kb = 0;
	return (0);
}

static int
read_of(pid_t pid, const char *name, char *buf, size_t len)
{
	char	 path[64];

	return (str_format(path, sizeof(path), "%d/%s", (int)pid, name) == -1 ?
	    -1 : procfs_read(path, buf, len));
}

int
status_read(pid_t pid, struct kernel_facts *f)
{
	char	 buf[8192];

	if (read_of(pid, "status", buf, sizeof(buf)) == -1)
		return (-1);
	errno = EINVAL;
	return (status_parse(buf, f));
}

uint64_t
status_pss(pid_t pid)
{
	char		 buf[4096];
	uint64_t	 kb;

	/* A process that is not dumpable shows this to nobody without
	 * CAP_SYS_PTRACE, which we do not keep; root outside can ask. */
	if (read_of(pid, "smaps_rollup", buf, sizeof(buf)) == -1 ||
	    number(buf, "Pss", 10, &kb) == -1)
		return (0);
	return (kb);
}

int
status_confined(pid_t pid, uid_t uid, int filters, char *why, size_t len)
{
	struct kernel_facts	 f;
	const char		*what = NULL;
	int			 i;

	if (status_read(pid, &f) == -1) {
		str_format(why, len, "its status cannot be read: %s",
		    strerror(errno));
		return (-1);
	}
	for (i = 0; i < 4; i++)
		if (f.uid[i] != uid)
			what = "runs as another user";
	if (f.cap_eff | f.cap_prm | f.cap_inh | f.cap_amb |
	    (caps_bounds_empty() ? f.cap_bnd : 0))
		what = "has capabilities";
	else if (f.groups != 0)
		what = "has supplementary groups";
	else if (f.nnp != 1)
		what = "could gain privileges by exec";
	else if (filters > 0 && f.seccomp != 2)
		what = "has no system call filter";
	else if (filters > 0 && f.filters != -1 && f.filters < filters)
		what = "lacks one of its system call filters";
	if (what == NULL)
		return (0);
	str_format(why, len, "the kernel says that it %s", what);
	return (-1);
}
