/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The capabilities root keeps, each with why, in one place.  Run by the
 * parent.  The bounding set is emptied once here, where CAP_SETPCAP is given:
 * every child inherits that, and an exec that slips through as root has no
 * power.
 */
#include <cap-ng.h>
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <sys/prctl.h>

#include "parent/caps.h"
#include "telclauded/lib/util.h"

static const struct {
	unsigned	 cap;
	int		 must;
	const char	*why;
} kept[] = {
	{ CAP_SETUID,		1, "engines and tools become their users" },
	{ CAP_SETGID,		1, "and their groups" },
	{ CAP_NET_ADMIN,	1, "the firewall; names pinned in service" },
	{ CAP_KILL,		0, "signals to engines and tools; without it "
	    "asuser.c becomes their user" },
	{ CAP_SYS_ADMIN,	0, "namespaces and mounts of tools" },
	{ CAP_SYS_CHROOT,	0, "empty roots; entering mount namespaces" },
	{ CAP_DAC_READ_SEARCH,	0, "a workspace below a 0700 home; "
	    "secret files at a reload" },
	{ CAP_CHOWN,		0, "a tool's private /tmp gets its owner" },
	/* The last: kept only where READ_SEARCH is not given, for its work. */
	{ CAP_DAC_OVERRIDE,	0, "in place of DAC_READ_SEARCH" },
};

static int	bounds_empty = 1;

static int
have(unsigned cap)
{
	return (capng_have_capability(CAPNG_EFFECTIVE, cap));
}

/* As in capabilities(7) and container options: "NET_ADMIN". */
static const char *
cap_name(unsigned cap)
{
	static char	 buf[40];
	const char	*s = capng_capability_to_name(cap);
	size_t		 i;

	for (i = 0; s != NULL && s[i] != '\0' && i < sizeof(buf) - 1; i++)
		buf[i] = (char)toupper((unsigned char)s[i]);
	buf[i] = '\0';
	return (buf);
}

int
caps_check(char *why, size_t len)
{
	size_t	 i;

	if (capng_get_caps_process() != 0) {
		str_format(why, len, "cannot read my own capabilities");
		return (-1);
	}
	for (i = 0; i < NELEM(kept); i++) {
		if (kept[i].must && !have(kept[i].cap)) {
			str_format(why, len, "needs root with CAP_%s (%s); "
			    "in a container add it with --cap-add",
			    cap_name(kept[i].cap), kept[i].why);
			return (-1);
		}
	}
	return (0);
}

int
caps_drop(char *why, size_t len)
{
	capng_select_t	 what = CAPNG_SELECT_CAPS;
	int		 had[NELEM(kept)];
	size_t		 i;

	if (caps_check(why, len) == -1)
		return (-1);
	for (i = 0; i < NELEM(kept); i++)
		had[i] = have(kept[i].cap);
	if (have(CAP_DAC_READ_SEARCH))
		had[NELEM(kept) - 1] = 0;
	/* Without it no_new_privs, below, keeps an exec from gaining what
	 * is in the bounding set; status says so. */
	if (have(CAP_SETPCAP))
		what |= CAPNG_SELECT_BOUNDS;
	else
		bounds_empty = capng_have_capabilities(CAPNG_SELECT_BOUNDS) ==
		    CAPNG_NONE;
	capng_clear(CAPNG_SELECT_BOTH);
	for (i = 0; i < NELEM(kept); i++)
		if (had[i])
			capng_update(CAPNG_ADD, CAPNG_EFFECTIVE |
			    CAPNG_PERMITTED, kept[i].cap);
	if (capng_apply(what) != 0) {
		str_format(why, len, "cannot drop capabilities: %s",
		    strerror(errno));
		return (-1);
	}
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) == -1 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1) {
		str_format(why, len, "prctl: %s", strerror(errno));
		return (-1);
	}
	return (0);
}

int
caps_bounds_empty(void)
{
	return (bounds_empty);
}
