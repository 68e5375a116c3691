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

void
outbox_say(int64_t chat, int64_t topic, int64_t reply, int urgent,
    const char *fmt, ...)
{
	struct outmsg	 m = { 0 };
	char		 text[2048];
	va_list		 ap;
	int		 n;

	/* Who provokes more than are sent gets no more. */
	if (outbox_depth(chat) >= SAY_MAX) {
		log_debug("chat %lld: too many words wait for it already",
		    (long long)chat);
		return;
	}
	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	m.chat = chat;
	m.topic = topic;
	m.reply = reply;
	m.urgent = urgent;
	m.text = text;
	m.len = utf8_prefix(text, strlen(text), sizeof(text) - 1);
	(void)outbox_send(&m);
}
