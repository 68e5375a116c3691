/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Printing: secrets at rest, the network, media.
 */
#include <stdlib.h>
#include <string.h>

#include "telclauded/conf/conf_int.h"
#include "telclauded/conf/confput.h"

void
put_services(struct buf *b, const struct conf *c)
{
	if (c->moltbook.present) {
		buf_puts(b, "moltbook {\n");
		put_secret(b, "key", &c->moltbook.key);
		put_secs(b, "\tevery", c->moltbook.every_s);
		buf_puts(b, "\n}\n");
	}
	if (c->totp.present) {
		buf_puts(b, "totp {\n");
		put_secret(b, "key", &c->totp.key);
		if (c->totp.remote != NULL) {
			put_str(b, "\tremote", c->totp.remote);
			buf_puts(b, "\n");
		}
		if (c->totp.listen != NULL) {
			put_str(b, "\tlisten", c->totp.listen);
			buf_puts(b, "\n");
		}
		put_secs(b, "\tsession", c->totp.session_s);
		buf_puts(b, "\n}\n");
	}
	if (c->vault.present) {
		buf_puts(b, "vault {\n");
		put_secret(b, "key", &c->vault.key);
		buf_puts(b, "}\n");
	}
	if (c->openai.present) {
		buf_puts(b, "openai {\n");
		put_secret(b, "key", &c->openai.key);
		put_str(b, "\tapi", c->openai.api);
		buf_puts(b, "\n}\n");
	}
}

static void
put_ports(struct buf *b, const uint16_t *v, size_t n)
{
	size_t	 i;

	if (n == 0)
		return;
	buf_puts(b, " port {");
	for (i = 0; i < n; i++)
		buf_printf(b, " %u", v[i]);
	buf_puts(b, " }");
}

static void
put_firewall(struct buf *b, const struct conf_firewall *f)
{
	const struct conf_domain	*d;
	const struct conf_private	*x;

	buf_printf(b, "firewall {\n\tmode %s\n\tipv6 %s\n", f->off ? "off" :
	    f->mode == NET_RESTRICTED ? "restricted" : "permissive",
	    f->ipv6_open ? "open" : "closed");
	put_listline(b, "resolver", &f->resolvers);
	TAILQ_FOREACH(d, &f->domains, entry) {
		buf_printf(b, "\t%s domain", d->deny ? "deny" : "allow");
		if (d->builtin)
			buf_puts(b, " default");
		else
			put_list(b, "", &d->names);
		put_ports(b, d->ports, d->nports);
		buf_puts(b, "\n");
	}
	TAILQ_FOREACH(x, &f->privates, entry) {
		put_str(b, "\tallow private", x->label);
		put_list(b, " host", &x->hosts);
		put_ports(b, x->ports, x->nports);
		if (x->description != NULL)
			put_str(b, " description", x->description);
		buf_puts(b, "\n");
	}
	buf_puts(b, "\tinternal");
	put_list(b, "", &f->internal);
	buf_printf(b, " retry %u", f->internal_retry);
	put_ms(b, " delay", f->internal_delay_ms);
	buf_puts(b, "\n}\n");
}

void
put_network(struct buf *b, const struct conf *c)
{
	const struct conf_provider	*v;

	put_firewall(b, &c->firewall);
	TAILQ_FOREACH(v, &c->providers, entry) {
		put_str(b, "provider", v->id);
		buf_puts(b, " {\n");
		if (v->url != NULL)
			put_str(b, "\turl", v->url);
		if (v->url != NULL && v->ca != NULL)
			put_str(b, " ca", v->ca);
		if (v->url != NULL)
			buf_puts(b, "\n");
		put_listline(b, "services", &v->services);
		if (v->description != NULL) {
			put_str(b, "\tdescription", v->description);
			buf_puts(b, "\n");
		}
		buf_puts(b, "}\n");
	}
}

static void
put_kind(struct buf *b, const char *name, const struct conf_media_kind *k)
{
	if (!k->present)
		return;
	buf_printf(b, "\t%s ", name);
	if (k->program.n > 0)
		put_list(b, "program", &k->program);
	else
		buf_puts(b, "openai");
	if (k->model != NULL)
		put_str(b, " model", k->model);
	if (k->language != NULL)
		put_str(b, " language", k->language);
	if (k->voice != NULL)
		put_str(b, " voice", k->voice);
	if (k->size != NULL)
		put_str(b, " size", k->size);
	if (k->quality != NULL)
		put_str(b, " quality", k->quality);
	put_ms(b, " timeout", k->timeout_ms);
	if (k->speed != 0)
		put_decimal(b, " speed", k->speed);
	put_amount(b, " quota", &k->quota);
	buf_puts(b, "\n");
}

void
put_media(struct buf *b, const struct conf *c)
{
	const struct conf_media	*m = &c->media;

	if (!m->present)
		return;
	buf_puts(b, "media {\n");
	if (m->inbox != NULL)
		put_str(b, "\tinbox", m->inbox);
	if (m->outbox != NULL)
		put_str(b, "\n\toutbox", m->outbox);
	buf_puts(b, m->inbox != NULL || m->outbox != NULL ? "\n" : "");
	put_kind(b, "transcribe", &m->transcribe);
	put_kind(b, "image", &m->image);
	put_kind(b, "speech", &m->speech);
	if (m->video) {
		buf_printf(b, "\tvideo frames %u", m->video_frames);
		put_ms(b, " every", m->video_every_ms);
		put_secs(b, " first", m->video_first_s);
		buf_printf(b, " audio %s", m->video_audio ? "on" : "off");
		put_amount(b, " quota", &m->video_quota);
		buf_puts(b, "\n");
	} else
		buf_puts(b, "\tvideo off\n");
	buf_puts(b, "}\n");
}
