/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * `telclaudectl firewall test': what an engine would be told about a name,
 * by which line, and where the name leads now.  Run by the parent; pins
 * nothing, and a name that is refused is not looked up here either.
 */
#include <arpa/inet.h>

#include <stdlib.h>
#include <string.h>

#include "parent/control.h"
#include "parent/fw/fw.h"
#include "parent/names/names_int.h"
#include "parent/row.h"

#define TESTS_MAX	8
#define LINE_LEN	512

struct fwtest {
	TAILQ_ENTRY(fwtest) entry;
	struct parent	*p;
	struct link	*ctl;		/* NULL: hung up meanwhile */
	uint32_t	 id;
	enum proc	 proc;
	enum scope	 scope;
	uint16_t	 port;
	char		 host[254];
};
TAILQ_HEAD(fwtests, fwtest);

static struct fwtests	tests = TAILQ_HEAD_INITIALIZER(tests);

static void
put_words(struct buf *b, const struct strlist *l)
{
	size_t	 i;

	for (i = 0; i < l->n && b->len < LINE_LEN; i++)
		buf_printf(b, " %s", l->v[i]);
	if (i < l->n)
		buf_puts(b, " ...");
}

static void
put_ports(struct buf *b, const uint16_t *v, size_t n)
{
	size_t	 i;

	if (n > 0)
		buf_puts(b, " port {");
	for (i = 0; i < n && b->len < LINE_LEN; i++)
		buf_printf(b, " %u", v[i]);
	if (n > 0)
		buf_puts(b, " }");
}

/* The line as the configuration would print it. */
static void
add_line(struct buf *b, const struct name_verdict *v)
{
	struct buf	 t;

	buf_init(&t);
	if (v->priv != NULL) {
		buf_printf(&t, "allow private \"%s\" host {", v->priv->label);
		put_words(&t, &v->priv->hosts);
		buf_puts(&t, " }");
		put_ports(&t, v->priv->ports, v->priv->nports);
	} else if (v->line != NULL) {
		buf_printf(&t, "%s domain", v->line->deny ? "deny" : "allow");
		if (v->line->builtin)
			buf_puts(&t, " default");
		else {
			buf_puts(&t, " {");
			put_words(&t, &v->line->names);
			buf_puts(&t, " }");
		}
		put_ports(&t, v->line->ports, v->line->nports);
	}
	add_str(b, "line", t.len > 0 ? t.p : NULL);
	buf_free(&t);
}

/* 1: an engine would be given these. */
static int
add_addresses(struct buf *b, const struct fwtest *t,
    const struct name_verdict *v, const struct addrs *a)
{
	char		 s[INET6_ADDRSTRLEN];
	unsigned	 i, good = 0, n = a != NULL ? a->n : 0;
	int		 ok;

	buf_puts(b, ",\"addresses\":[");
	for (i = 0; i < n; i++) {
		ok = names_addr_ok(t->p->conf, v, t->proc, &a->a[i],
		    t->port) && (!names_strict(t->proc) ||
		    !pins_closed(t->p->names, &a->a[i]));
		good += (unsigned)ok;
		if (inet_ntop(a->a[i].family == 4 ? AF_INET : AF_INET6,
		    a->a[i].a, s, sizeof(s)) != NULL)
			buf_printf(b, "%s{\"address\":\"%s\","
			    "\"refused\":%s}", i > 0 ? "," : "", s,
			    ok ? "false" : "true");
	}
	buf_puts(b, "]");
	return (good > 0 && (good == n || !names_strict(t->proc)));
}

static const char *
lookup_words(enum name_err err)
{
	switch (err) {
	case NE_OK:
		return (NULL);
	case NE_NOTFOUND:
		return ("the name servers know no such name");
	case NE_SERVERS:
		return ("no name server answered");
	case NE_BUSY:
		return ("too many questions at once");
	default:
		return ("the resolver is not running");
	}
}

static void
result(const struct fwtest *t, const struct name_verdict *v,
    const struct addrs *a, enum name_err err)
{
	struct buf	 b;
	int		 ok;

	row_begin(&b, "test");
	add_str(&b, "to", t->proc == PROC_EGRESS ? scope_name(t->scope) :
	    proc_name(t->proc));
	add_str(&b, "name", t->host);
	add_num(&b, "port", t->port);
	add_str(&b, "class", domain_class_name(v->class));
	add_line(&b, v);
	ok = add_addresses(&b, t, v, a);
	add_str(&b, "why", v->way != NW_NONE && a != NULL && !ok ?
	    "it has an address that it may not have" : v->why);
	add_str(&b, "lookup", lookup_words(err));
	add_bool(&b, "allowed", v->way != NW_NONE && ok);
	row_send(&b, t->ctl);
	control_end(t->ctl, t->id, 0, "");
}

void
fwtest_done(struct fwtest *t, const struct addrs *a, enum name_err err)
{
	struct name_verdict	 v;

	if (t->ctl != NULL) {
		names_judge(t->p->conf, t->proc, t->scope, t->host, t->port,
		    &v);
		result(t, &v, a, err);
	}
	TAILQ_REMOVE(&tests, t, entry);
	free(t);
}

void
fwtest_begin(struct parent *p, struct link *ctl, uint32_t id,
    const struct msg_CTL_TEST *m)
{
	struct name_verdict	 v;
	struct fwtest		*t;
	unsigned		 n = 0;

	TAILQ_FOREACH(t, &tests, entry)
		n++;
	if (m->scope >= SCOPE_MAX || (m->proc != PROC_EGRESS &&
	    m->proc != PROC_RELAY && m->proc != PROC_GATE)) {
		control_end(ctl, id, 1, "no such engine or scope");
		return;
	}
	if (n >= TESTS_MAX || (t = calloc(1, sizeof(*t))) == NULL) {
		control_end(ctl, id, 1, "too many questions at once");
		return;
	}
	t->p = p;
	t->ctl = ctl;
	t->id = id;
	t->proc = (enum proc)m->proc;
	t->scope = (enum scope)m->scope;
	t->port = m->port;
	(void)str_copy(t->host, m->host, sizeof(t->host));
	TAILQ_INSERT_TAIL(&tests, t, entry);
	names_judge(p->conf, t->proc, t->scope, t->host, t->port, &v);
	if (v.way == NW_NONE)
		fwtest_done(t, NULL, NE_OK);
	else
		names_test(p, t, t->proc, t->scope, t->host, t->port);
}

/* The client hung up; the answer has nobody to go to. */
void
fwtest_forget(struct link *ctl)
{
	struct fwtest	*t;

	TAILQ_FOREACH(t, &tests, entry)
		if (t->ctl == ctl)
			t->ctl = NULL;
}
