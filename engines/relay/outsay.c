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
#include "engines/relay/outbox.h"

#define SAY_MAX		200	/* that wait for one chat */
#define TEXT_MAX	4096	/* of a message; bytes are no fewer */

void
outbox_say_all(int64_t chat, int64_t topic, int64_t reply, int urgent,
    const char *p, size_t n)
{
	struct outmsg	 m = { 0 };

	/* Who provokes more than are sent gets no more. */
	if (outbox_depth(chat) >= SAY_MAX) {
		log_debug("chat %lld: too many words wait for it already",
		    (long long)chat);
		return;
	}
	m.chat = chat;
	m.topic = topic;
	m.reply = reply;
	m.urgent = urgent;
	m.text = p;
	m.len = utf8_prefix(p, n, TEXT_MAX);
	(void)outbox_send(&m);
}

void
outbox_say(int64_t chat, int64_t topic, int64_t reply, int urgent,
    const char *fmt, ...)
{
	char		 text[2048];
	va_list		 ap;
	int		 n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	outbox_say_all(chat, topic, reply, urgent, text, strlen(text));
}
