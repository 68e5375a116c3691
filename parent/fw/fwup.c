/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The firewall at start: the table before any engine, and proof that it
 * holds.  Run by the parent; anything short of that is no start.
 */
#include <errno.h>
#include <string.h>

#include "parent/fw/fw.h"
#include "parent/platform.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"

int
firewall_up(struct parent *p, char *why, size_t len)
{
	char	 cause[200];

	if (p->conf->firewall.off) {
		log_warnx("THE FIREWALL IS OFF, as TELCLAUDE_FIREWALL=0 and "
		    "TELCLAUDE_ACCEPT_NO_FIREWALL=1 say: for testing only");
		audit_event(p, "firewall_off", "started without the "
		    "firewall: TELCLAUDE_ACCEPT_NO_FIREWALL=1");
		return (0);
	}
	if ((p->fw = fw_open()) == NULL) {
		str_format(why, len, "firewall: netlink: %s; no table, no "
		    "start: %s", strerror(errno), errno == EPROTONOSUPPORT ?
		    "this kernel has no nf_tables (CONFIG_NF_TABLES)" :
		    "a container's own filter must allow netlink sockets");
		return (-1);
	}
	if (fw_apply(p->fw, &p->rules, cause, sizeof(cause)) == -1) {
		str_format(why, len, "firewall: %s; no table, no start",
		    cause);
		platform_ipv6(&p->rules, why, len);
		return (-1);
	}
	if (guard_start(p, cause, sizeof(cause)) == -1) {
		str_format(why, len, "firewall: %s; no start", cause);
		return (-1);
	}
	return (0);
}
