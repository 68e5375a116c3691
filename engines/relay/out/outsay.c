/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Our own plain words to a person.  Run by the relay.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"
#include "engines/relay/out/outbox.h"
#include "engines/relay/out/outboxq.h"

#define SAY_MAX		200	/* that wait for one chat */
#define TEXT_MAX	4096	/* of a message; bytes are no fewer */
#define CODES_SAID	4	/* places of one code */

/* Each place of code in the text, so that a tap copies it. */
static unsigned
mark_code(const char *text, const char *code, struct md_entity *e, unsigned n)
{
	const char	*p = text;
	unsigned	 i;

	for (i = 0; i < n && (p = strstr(p, code)) != NULL; i++) {
		memset(&e[i], 0, sizeof(e[i]));
		e[i].kind = MD_CODE;
		e[i].off = (uint32_t)utf16_len(text, (size_t)(p - text));
		e[i].len = (uint32_t)utf16_len(code, strlen(code));
		p += strlen(code);
	}
	return (i);
}

static void	 say(struct outmsg *, const char *, va_list)
		    __attribute__((format(printf, 2, 0)));

static void
say_text(struct outmsg *m, const char *p, size_t n)
{
	/* Who provokes more than are sent gets no more. */
	if (outbox_depth(m->chat) >= SAY_MAX) {
		log_debug("chat %lld: too many words wait for it already",
		    (long long)m->chat);
		return;
	}
	m->text = p;
	m->len = utf8_prefix(p, n, TEXT_MAX);
	(void)outbox_send(m);
}

static void
say(struct outmsg *m, const char *fmt, va_list ap)
{
	char	text[2048];

	if (vsnprintf(text, sizeof(text), fmt, ap) >= 0)
		say_text(m, text, strlen(text));
}

void
outbox_say_all(int64_t chat, int64_t topic, int64_t reply, int urgent,
    const char *p, size_t n)
{
	struct outmsg	 m = { .chat = chat, .topic = topic, .reply = reply,
	    .urgent = urgent };

	say_text(&m, p, n);
}

void
outbox_vsay(int64_t chat, int64_t topic, int64_t reply, int urgent,
    const char *fmt, va_list ap)
{
	struct outmsg	 m = { .chat = chat, .topic = topic, .reply = reply,
	    .urgent = urgent };

	say(&m, fmt, ap);
}

void
outbox_say(int64_t chat, int64_t topic, int64_t reply, int urgent,
    const char *fmt, ...)
{
	va_list	 ap;

	va_start(ap, fmt);
	outbox_vsay(chat, topic, reply, urgent, fmt, ap);
	va_end(ap);
}

void
outbox_note(int64_t chat, int64_t topic, const char *fmt, ...)
{
	struct outmsg	 m = { .chat = chat, .topic = topic, .silent = 1 };
	va_list		 ap;

	va_start(ap, fmt);
	say(&m, fmt, ap);
	va_end(ap);
}

void
outbox_say_code(int64_t chat, const char *code, const char *fmt, ...)
{
	struct md_entity e[CODES_SAID];
	struct outmsg	 m = { .chat = chat, .urgent = 1 };
	char		 text[2048];
	va_list		 ap;
	int		 n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	m.e = e;
	m.n = mark_code(text, code, e, CODES_SAID);
	say_text(&m, text, strlen(text));
}

/* Its whole text still comes, as an edit or instead of one. */
static int
is_told_later(const struct out *o)
{
	const struct out	*p;

	TAILQ_FOREACH(p, &o->q->outs, entry)
		if (p != o && p->ref == o->ref)
			return (1);
	return (0);
}

/* Of a notice that is lost no other one tells: that could go on for ever. */
void
out_lost(const struct out *o)
{
	static const char	text[] = "Something I said here may not have "
	    "arrived: Telegram's server failed, and failed again when I "
	    "repeated it. Ask me to say it once more.";
	struct outmsg		m = { .chat = o->q->chat, .topic = o->topic,
	    .notice = 1 };

	log_warnx("chat %lld: a message was sent twice without an answer; "
	    "not again", (long long)o->q->chat);
	if (!o->notice && !is_told_later(o))
		say_text(&m, text, sizeof(text) - 1);
}
