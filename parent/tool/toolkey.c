/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What a scope of tools is made from, out of the configuration: as text, so
 * that a reload can tell whether it has changed, and as the ports where the
 * tools find their way out.  Run by the parent; trusts the configuration.
 */
#include <sys/stat.h>

#include <stdlib.h>
#include <string.h>

#include "imsg/values.h"
#include "parent/tool/toolgrant.h"
#include "telclauded/lib/util.h"

static void
key_list(struct buf *b, const char *name, const struct strlist *l)
{
	size_t	 i;

	for (i = 0; i < l->n; i++)
		buf_printf(b, "%s %s\n", name, l->v[i]);
}

/* Everything a scope is made from, as text: same text, same scope. */
char *
toolkey_make(const struct conf *c, const struct conf_agent *a)
{
	struct stat	 st;
	struct buf	 b;

	buf_init(&b);
	buf_printf(&b, "workspace %s\ninbox %s\noutbox %s\n", a->workspace,
	    c->media.inbox != NULL ? c->media.inbox : "",
	    c->media.outbox != NULL ? c->media.outbox : "");
	if (stat(a->workspace, &st) == 0)
		buf_printf(&b, "owner %u %u\n", (unsigned)st.st_uid,
		    (unsigned)st.st_gid);
	key_list(&b, "read", &a->read);
	key_list(&b, "write", &a->write);
	buf_printf(&b, "%u %llu %u %llu %llu %d\n", a->cpu_pct,
	    (unsigned long long)a->memory, a->processes,
	    (unsigned long long)a->file, (unsigned long long)a->tmp,
	    c->anthropic.present);
	if (b.failed) {
		buf_free(&b);
		return (NULL);
	}
	return (b.p);
}

unsigned
toolkey_ports(const struct conf *c, uint16_t ports[TOOL_PORTS_MAX])
{
	unsigned	 n = 0;

	ports[n++] = PORT_EGRESS;
	if (c->anthropic.present)
		ports[n++] = PORT_ANTHROPIC;
	return (n);
}

/* A NULL-ended copy of the pointers. */
const char **
toolkey_list(const struct strlist *l)
{
	const char	**v;
	size_t		  i;

	if ((v = calloc(l->n + 1, sizeof(*v))) == NULL)
		return (NULL);
	for (i = 0; i < l->n; i++)
		v[i] = l->v[i];
	return (v);
}

/* A tool with an engine's number would pass for it. */
int
toolkey_owner_ok(struct parent *p, const struct conf_agent *a, char *why,
    size_t len)
{
	struct stat	 st;
	unsigned	 i;

	if (stat(a->workspace, &st) == -1)
		return (1);	/* said better when it is opened */
	for (i = 0; i < p->nengines; i++)
		if (p->engines[i].uid == st.st_uid) {
			str_format(why, len, "agent %s: workspace \"%s\" "
			    "belongs to %s, the user of an engine: give it "
			    "to another (chown)", scope_name(a->scope),
			    a->workspace, p->engines[i].row->user);
			return (0);
		}
	return (1);
}
