/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * From the configuration to typed firewall rules: which uid is in which
 * class, and the name servers.  Run by the parent.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "parent/fw/fw.h"
#include "parent/names/url.h"
#include "parent/parent.h"
#include "parent/tool/toolgrant.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"

#define RESOLV_CONF	"/etc/resolv.conf"

static void
server_add(struct fw_rules *r, const char *s)
{
	struct netaddr	 a;

	if (r->nameservers.n >= ADDRS_MAX)
		return;
	if (addr_parse(s, &a) == -1) {
		log_warnx("name server \"%s\" is not an address: ignored", s);
		return;
	}
	r->nameservers.a[r->nameservers.n++] = a;
}

/* "nameserver ADDRESS" lines, no more; at most the first 8 KiB. */
static void
servers_from_file(struct fw_rules *r)
{
	char	 buf[8192], *line, *next, *s;
	ssize_t	 n;
	int	 fd;

	if ((fd = open(RESOLV_CONF, O_RDONLY | O_CLOEXEC)) == -1) {
		log_warn("%s", RESOLV_CONF);
		return;
	}
	n = read(fd, buf, sizeof(buf) - 1);
	close(fd);
	if (n <= 0)
		return;
	buf[n] = '\0';
	for (line = buf; line != NULL; line = next) {
		if ((next = strchr(line, '\n')) != NULL)
			*next++ = '\0';
		if (strncmp(line, "nameserver", 10) != 0 ||
		    (line[10] != ' ' && line[10] != '\t'))
			continue;
		s = line + 10 + strspn(line + 10, " \t");
		s[strcspn(s, " \t#;%\r")] = '\0';
		server_add(r, s);
	}
}

static void
uid_add(struct fw_rules *r, const char *name, uid_t uid, enum fw_class class)
{
	struct fw_uid	*u = &r->uids[r->nuids++];

	str_copy(u->name, name, sizeof(u->name));
	u->uid = uid;
	u->class = class;
}

int
fwrules_make(struct parent *p, const struct conf *c, struct fw_rules *r,
    char *why, size_t len)
{
	const struct conf_agent *a;
	struct engine	*e;
	unsigned	 i;
	uid_t		 uid;
	gid_t		 gid;

	memset(r, 0, sizeof(*r));
	/* Every row, wanted or not: a uid of ours never has no rule. */
	for (i = 0; i < p->nengines; i++) {
		e = &p->engines[i];
		uid_add(r, e->fwname, e->uid, e->row->fw);
	}
	a = conf_agent_find(c, SCOPE_TELEGRAM);
	if (a != NULL && a->remote == NULL) {
		if (table_users("_tctgtool", &uid, &gid, why, len) == -1)
			goto fail;
		uid_add(r, "tool_telegram", uid, FWC_TOOL);
		fwdoor_add(r, c, a, uid);
	}
	for (i = 0; i < c->firewall.resolvers.n; i++)
		server_add(r, c->firewall.resolvers.v[i]);
	if (c->firewall.resolvers.n == 0)
		servers_from_file(r);
	if (fwprivate_make(c, r, why, len) == -1)
		goto fail;
	r->ipv6_open = c->firewall.ipv6_open;
	return (0);
fail:
	fwrules_free(r);
	return (-1);
}

void
fwrules_free(struct fw_rules *r)
{
	free(r->privates);
	memset(r, 0, sizeof(*r));
}
