/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Translation of telclaude.json: moltbook, providers, media, the network.
 */
#include <stdlib.h>
#include <string.h>

#include "telclauded/conf/confjson.h"
#include "telclauded/conf/confput.h"

static void
finish(struct out *o, const struct jnode *n, struct buf *b, int bad)
{
	if (!bad && b->p != NULL && !b->failed)
		out_line(o, n, b->p);
	buf_free(b);
}

/* The reference reaches its Moltbook agent at this name and with these. */
static void
moltbook_agent(struct out *o, const struct jnode *n)
{
	out_block(o, n, "agent moltbook");
	out_line(o, n, "remote \"agent-moltbook\" port 8789");
	out_line(o, n, "key env MOLTBOOK_RPC_RELAY_PRIVATE_KEY");
	out_line(o, n, "peer env MOLTBOOK_RPC_AGENT_PUBLIC_KEY");
	out_line(o, n, "token env MOLTBOOK_PROXY_TOKEN");
}

void
json_moltbook(struct out *o)
{
	struct jnode	*n, *on, *key, *every;
	struct buf	 b;

	n = out_get(o, "moltbook", T(J_OBJ));
	on = out_get(o, "moltbook.enabled", T(J_BOOL));
	key = out_get(o, "moltbook.apiKey", T(J_STR));
	every = out_get(o, "moltbook.heartbeatIntervalHours", T(J_NUM));
	if (n == NULL)
		return;
	if (on == NULL || on->num == 0) {
		out_block(o, n, "");
		out_ignored(o, n, "not enabled");
		return;
	}
	moltbook_agent(o, n);
	out_block(o, n, "moltbook");
	if (key != NULL) {
		buf_init(&b);
		buf_puts(&b, "key ");
		finish(o, key, &b, put_jstr(o, &b, key) == -1);
	}
	if (every != NULL) {
		buf_init(&b);
		buf_puts(&b, "every ");
		if (put_jnum(o, &b, every, 3600) == 0) {
			buf_puts(&b, "s");
			finish(o, every, &b, 0);
		} else
			buf_free(&b);
	}
	out_block(o, n, "");
}

static void
provider(struct out *o, struct jnode *c)
{
	struct jnode	*id, *url, *list, *text;
	struct buf	 b;

	c->used = 1;
	id = out_sub(o, c, "id", T(J_STR));
	url = out_sub(o, c, "baseUrl", T(J_STR));
	list = out_sub(o, c, "services", T(J_ARR));
	text = out_sub(o, c, "description", T(J_STR));
	if (id == NULL || url == NULL) {
		out_err(o, c, "must have id and baseUrl");
		return;
	}
	buf_init(&b);
	buf_puts(&b, "provider ");
	if (put_jstr(o, &b, id) == 0) {
		out_block(o, c, b.p);
		o->block = "provider";	/* its name goes with the buffer */
	}
	buf_free(&b);
	buf_init(&b);
	buf_puts(&b, "url ");
	finish(o, url, &b, put_jstr(o, &b, url) == -1);
	if (list != NULL && list->child != NULL) {
		buf_init(&b);
		buf_puts(&b, "services ");
		finish(o, list, &b, put_jlist(o, &b, list) == -1);
	}
	if (text != NULL) {
		buf_init(&b);
		buf_puts(&b, "description ");
		finish(o, text, &b, put_jstr(o, &b, text) == -1);
	}
	out_block(o, c, "");
}

void
json_providers(struct out *o)
{
	struct jnode	*n, *c;

	n = out_get(o, "providers", T(J_ARR));
	for (c = n == NULL ? NULL : n->child; c != NULL; c = c->next)
		provider(o, c);
}

/* Adds `word "value"' for a string of the object. */
static int
opt_str(struct out *o, struct buf *b, struct jnode *n, const char *key,
    const char *word)
{
	struct jnode	*c;

	if ((c = out_sub(o, n, key, T(J_STR))) == NULL)
		return (0);
	buf_printf(b, " %s ", word);
	return (put_jstr(o, b, c));
}

static int
opt_num(struct out *o, struct buf *b, struct jnode *n, const char *key,
    const char *word, double scale, const char *unit)
{
	struct jnode	*c;

	if ((c = out_sub(o, n, key, T(J_NUM))) == NULL)
		return (0);
	buf_printf(b, " %s ", word);
	if (put_jnum(o, b, c, scale) == -1)
		return (-1);
	return (buf_puts(b, unit));
}

/* The reference's defaults stand in for what is left out. */
static int
opt_quota(struct out *o, struct buf *b, struct jnode *n, unsigned hour,
    unsigned day)
{
	struct jnode	*h, *d;
	int		 bad = 0;

	h = out_sub(o, n, "maxPerHourPerUser", T(J_NUM));
	d = out_sub(o, n, "maxPerDayPerUser", T(J_NUM));
	if (h == NULL && d == NULL)
		return (0);
	buf_puts(b, " quota ");
	if (h != NULL)
		bad |= put_jnum(o, b, h, 1) == -1;
	else
		buf_printf(b, "%u", hour);
	buf_puts(b, "/hour ");
	if (d != NULL)
		bad |= put_jnum(o, b, d, 1) == -1;
	else
		buf_printf(b, "%u", day);
	buf_puts(b, "/day");
	return (bad ? -1 : 0);
}

static void
transcribe(struct out *o, struct jnode *n)
{
	struct jnode	*who, *cmd;
	struct buf	 b;
	int		 bad = 0;

	who = out_sub(o, n, "provider", T(J_STR));
	cmd = out_sub(o, n, "command", T(J_ARR));
	buf_init(&b);
	buf_puts(&b, "transcribe ");
	if (who != NULL && strcmp(who->str, "command") == 0) {
		if (cmd == NULL || cmd->child == NULL) {
			out_err(o, n, "command is missing");
			bad = 1;
		} else {
			buf_puts(&b, "program ");
			bad |= put_jlist(o, &b, cmd) == -1;
		}
	} else
		buf_puts(&b, "openai");
	if (cmd != NULL)
		cmd->used = 3;
	bad |= opt_str(o, &b, n, "model", "model");
	bad |= opt_str(o, &b, n, "language", "language");
	bad |= opt_num(o, &b, n, "timeoutSeconds", "timeout", 1, "s");
	out_block(o, n, "media");
	if (who != NULL && strcmp(who->str, "openai") != 0 &&
	    strcmp(who->str, "command") != 0) {
		out_ignored(o, who, "only openai and command transcribe");
		bad = 1;
	}
	finish(o, n, &b, bad);
}

static void
image(struct out *o, struct jnode *n)
{
	struct jnode	*who;
	struct buf	 b;
	int		 bad = 0;

	who = out_sub(o, n, "provider", T(J_STR));
	buf_init(&b);
	buf_puts(&b, "image openai");
	bad |= opt_str(o, &b, n, "model", "model");
	bad |= opt_str(o, &b, n, "size", "size");
	bad |= opt_str(o, &b, n, "quality", "quality");
	bad |= opt_quota(o, &b, n, 10, 50);
	out_block(o, n, "media");
	if (who != NULL && strcmp(who->str, "gpt-image") != 0) {
		out_ignored(o, who, strcmp(who->str, "disabled") == 0 ?
		    "switched off" : "only gpt-image makes images");
		bad = 1;
	}
	finish(o, n, &b, bad);
}

static void
speech(struct out *o, struct jnode *n)
{
	struct jnode	*who;
	struct buf	 b;
	int		 bad = 0;

	who = out_sub(o, n, "provider", T(J_STR));
	buf_init(&b);
	buf_puts(&b, "speech openai");
	bad |= opt_str(o, &b, n, "voice", "voice");
	bad |= opt_num(o, &b, n, "speed", "speed", 1, "");
	bad |= opt_quota(o, &b, n, 30, 100);
	out_block(o, n, "media");
	if (who != NULL && strcmp(who->str, "openai") != 0) {
		out_ignored(o, who, strcmp(who->str, "disabled") == 0 ?
		    "switched off" : "only openai speaks");
		bad = 1;
	}
	finish(o, n, &b, bad);
}

static void
video(struct out *o, struct jnode *n)
{
	struct jnode	*on, *audio;
	struct buf	 b;
	int		 bad = 0;

	on = out_sub(o, n, "enabled", T(J_BOOL));
	audio = out_sub(o, n, "extractAudio", T(J_BOOL));
	buf_init(&b);
	buf_printf(&b, "video audio %s",
	    audio == NULL || audio->num != 0 ? "on" : "off");
	bad |= opt_num(o, &b, n, "maxFrames", "frames", 1, "");
	bad |= opt_num(o, &b, n, "frameInterval", "every", 1000, "ms");
	bad |= opt_num(o, &b, n, "maxDurationSeconds", "first", 1, "s");
	out_block(o, n, "media");
	if (on == NULL || on->num == 0) {
		buf_free(&b);
		out_line(o, n, "video off");
	} else
		finish(o, n, &b, bad);
}

void
json_media(struct out *o)
{
	static const struct {
		const char	*key;
		void		(*f)(struct out *, struct jnode *);
	} kinds[] = { { "transcription", transcribe },
	    { "imageGeneration", image }, { "tts", speech },
	    { "videoProcessing", video } };
	struct jnode	*n;
	size_t		 i;

	for (i = 0; i < NELEM(kinds); i++)
		if ((n = out_get(o, kinds[i].key, T(J_OBJ))) != NULL)
			kinds[i].f(o, n);
	out_block(o, o->root, "");
}

static void
endpoint(struct out *o, struct jnode *c)
{
	struct jnode	*label, *host, *cidr, *ports, *text, *x;
	struct buf	 b;
	int		 bad;

	c->used = 1;
	label = out_sub(o, c, "label", T(J_STR));
	host = out_sub(o, c, "host", T(J_STR));
	cidr = out_sub(o, c, "cidr", T(J_STR));
	ports = out_sub(o, c, "ports", T(J_ARR));
	text = out_sub(o, c, "description", T(J_STR));
	if (label == NULL || (host == NULL) == (cidr == NULL)) {
		out_err(o, c, "must have label and one of host and cidr");
		return;
	}
	buf_init(&b);
	buf_puts(&b, "allow private ");
	bad = put_jstr(o, &b, label) == -1;
	buf_puts(&b, " host ");
	bad |= put_jstr(o, &b, host != NULL ? host : cidr) == -1;
	if (ports != NULL && ports->child != NULL) {
		buf_puts(&b, " port {");
		for (x = ports->child; x != NULL; x = x->next) {
			x->used = 1;
			buf_puts(&b, " ");
			bad |= put_jnum(o, &b, x, 1) == -1;
		}
		buf_puts(&b, " }");
	}
	if (text != NULL) {
		buf_puts(&b, " description ");
		bad |= put_jstr(o, &b, text) == -1;
	}
	finish(o, c, &b, bad);
}

void
json_network(struct out *o)
{
	struct jnode	*n, *c;
	struct buf	 b;

	n = out_get(o, "security.network.additionalDomains", T(J_ARR));
	if (n != NULL && n->child != NULL) {
		out_block(o, n, "firewall");
		buf_init(&b);
		buf_puts(&b, "allow domain ");
		finish(o, n, &b, put_jlist(o, &b, n) == -1);
	}
	n = out_get(o, "security.network.privateEndpoints", T(J_ARR));
	for (c = n == NULL ? NULL : n->child; c != NULL; c = c->next) {
		out_block(o, n, "firewall");
		endpoint(o, c);
	}
	out_block(o, o->root, "");
}
