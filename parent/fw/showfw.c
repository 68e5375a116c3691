/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * `show firewall': one JSON object a row, its kind in "row".  Run by the
 * parent; numbers come from the kernel.
 *
 * firewall	on mode owned sentinel pinned foreign denied{NAME: packets}
 * name		engine scope name port addresses[] left_s asked
 * internal	scope name port state
 * foreign	family table chain type priority
 * counter	name packets bytes
 */
#include <arpa/inet.h>

#include <string.h>

#include "parent/fw/fw.h"
#include "parent/names/names.h"
#include "parent/row.h"

static const char *
mode_name(const struct conf_firewall *f)
{
	return (f->off ? "off" : f->mode == NET_PERMISSIVE ? "permissive" :
	    "restricted");
}

static void
show_addrs(struct buf *b, const struct addrs *a)
{
	char		 s[INET6_ADDRSTRLEN];
	unsigned	 i;

	buf_puts(b, ",\"addresses\":[");
	for (i = 0; i < a->n; i++)
		if (inet_ntop(a->a[i].family == 4 ? AF_INET : AF_INET6,
		    a->a[i].a, s, sizeof(s)) != NULL)
			buf_printf(b, "%s\"%s\"", i > 0 ? "," : "", s);
	buf_puts(b, "]");
}

void
show_firewall_row(struct parent *p, struct link *l)
{
	struct fw_counter	 c[FW_MAXUIDS];
	struct buf		 b;
	unsigned		 pinned = 0, foreign = 0, j;
	int			 i, n = 0;

	for (j = 0; j < p->nengines; j++)
		pinned += p->engines[j].pinned > now_ms();
	while (guard_foreign(p, foreign) != NULL)
		foreign++;
	row_begin(&b, "firewall");
	add_bool(&b, "on", p->fw != NULL);
	add_str(&b, "mode", mode_name(&p->conf->firewall));
	add_bool(&b, "owned", p->fw != NULL && fw_verify(p->fw) == 1);
	add_bool(&b, "sentinel", p->sentinel_fd != -1);
	add_num(&b, "pinned", pinned);
	add_num(&b, "foreign", foreign);
	if (p->fw != NULL)
		n = guard_counters(p, c, NELEM(c));
	buf_puts(&b, ",\"denied\":{");
	for (i = 0; i < n; i++)
		buf_printf(&b, "%s\"%s\":%llu", i > 0 ? "," : "", c[i].name,
		    (unsigned long long)c[i].packets);
	buf_puts(&b, "}");
	row_send(&b, l);
}

static void
row_name(const struct name_open *o, void *ctx)
{
	struct link	*l = ctx;
	struct buf	 b;

	row_begin(&b, "name");
	add_str(&b, "engine", o->fwname);
	add_str(&b, "scope", o->scope == SCOPE_NONE ? NULL :
	    scope_name(o->scope));
	add_str(&b, "name", o->host);
	add_num(&b, "port", o->port);
	show_addrs(&b, o->addrs);
	add_num(&b, "left_s", o->left_s);
	add_num(&b, "asked", o->asked);
	row_send(&b, l);
}

static void
rows_internal(struct parent *p, struct link *l)
{
	static const char *const states[] = { "asking", "open", "not found" };
	const struct internal_host	*h;
	struct buf			 b;
	unsigned			 i;

	for (i = 0; (h = internal_host(p, i)) != NULL; i++) {
		row_begin(&b, "internal");
		add_str(&b, "scope", scope_name(h->scope));
		add_str(&b, "name", h->name);
		add_num(&b, "port", h->port);
		add_str(&b, "state", states[h->state]);
		row_send(&b, l);
	}
}

static void
rows_foreign(struct parent *p, struct link *l)
{
	const struct fw_foreign	*f;
	struct buf		 b;
	unsigned		 i;

	for (i = 0; (f = guard_foreign(p, i)) != NULL; i++) {
		row_begin(&b, "foreign");
		add_str(&b, "family", f->family);
		add_str(&b, "table", f->table);
		add_str(&b, "chain", f->chain);
		add_str(&b, "type", f->type);
		buf_printf(&b, ",\"priority\":%d", f->prio);
		row_send(&b, l);
	}
}

static void
rows_counters(struct parent *p, struct link *l)
{
	struct fw_counter	 c[FW_MAXUIDS];
	struct buf		 b;
	int			 i, n;

	if (p->fw == NULL || (n = guard_counters(p, c, NELEM(c))) == -1)
		return;
	for (i = 0; i < n; i++) {
		row_begin(&b, "counter");
		add_str(&b, "name", c[i].name);
		add_num(&b, "packets", c[i].packets);
		add_num(&b, "bytes", c[i].bytes);
		row_send(&b, l);
	}
}

void
show_firewall(struct parent *p, struct link *l)
{
	guard_denied(p);
	names_each(p, row_name, l);
	rows_internal(p, l);
	rows_foreign(p, l);
	rows_counters(p, l);
}
