/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Where tools have no namespace: the typed rules around the listeners of
 * their scope.  Run by the parent; trusts the configuration.
 */
#include <string.h>

#include "parent/parent.h"
#include "parent/tool/toolgrant.h"
#include "telclauded/lib/util.h"

static void
door_fill(struct fw_door *d, const struct tool_way *w, const struct conf *c,
    const char *name)
{
	uint16_t	 ports[TOOL_PORTS_MAX];
	unsigned	 i;

	memset(d, 0, sizeof(*d));
	str_copy(d->name, name, sizeof(d->name));
	d->uid = w->uid;
	d->person = w->person;
	d->addr.family = 4;
	for (i = 0; i < 4; i++)
		d->addr.a[i] = (uint8_t)(w->addr >> (24 - 8 * i));
	d->nports = toolkey_ports(c, ports);
	for (i = 0; i < d->nports; i++) {
		d->ports[i].port = ports[i];
		str_copy(d->ports[i].by, proc_name(tooldoor_proc(ports[i])),
		    sizeof(d->ports[i].by));
	}
}

void
fwdoor_add(struct fw_rules *r, const struct conf *c,
    const struct conf_agent *a, uid_t tool_uid)
{
	struct tool_way	 w;

	tool_way(a->scope, tool_uid, a->workspace, &w);
	if (w.addr == 0 || r->ndoors == NELEM(r->doors))
		return;
	door_fill(&r->doors[r->ndoors++], &w, c, scope_name(a->scope));
}

/* Are the scope's tools behind one of them, where they need to be? */
int
fwdoor_fits(const struct fw_rules *r, const struct tool_scope *sc)
{
	const struct fw_door	*d;
	struct tool_way		 w;
	unsigned		 i;

	for (i = 0; i < r->ndoors; i++) {
		d = &r->doors[i];
		w.addr = (uint32_t)d->addr.a[0] << 24 |
		    (uint32_t)d->addr.a[1] << 16 |
		    (uint32_t)d->addr.a[2] << 8 | d->addr.a[3];
		w.uid = d->uid;
		w.person = d->person;
		if (tool_way_fits(sc, &w))
			return (1);
	}
	memset(&w, 0, sizeof(w));
	return (tool_way_fits(sc, &w));
}
