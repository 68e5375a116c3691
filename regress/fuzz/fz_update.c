/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Any bytes as an answer to getUpdates: split, parsed, and what came out held
 * to what the relay relies on.  The same bytes as one update, and as the
 * arguments of a tool call.
 */
#include <stdlib.h>
#include <string.h>

#include "telclauded/lib/util.h"
#include "engines/relay/call/mediate.h"
#include "engines/relay/cmd/command.h"
#include "engines/relay/people/code.h"
#include "engines/relay/tg/update.h"

/* What is stored, shown in a prompt, and put into a request. */
static void
check_file(const struct attach *a)
{
	struct attach	back;
	struct buf	b;

	if (!attach_id_ok(a->id) || a->size < 0 ||
	    !str_isutf8(a->name, strlen(a->name)) ||
	    strpbrk(a->name, "/\\\"[]<>\n\r\t") != NULL)
		abort();
	buf_init(&b);
	if (attach_encode(a, 1, &b) == -1 ||
	    attach_decode(b.p, &back, 1) != 1 ||
	    strcmp(back.id, a->id) != 0 || strcmp(back.name, a->name) != 0)
		abort();
	buf_free(&b);
}

static void
check(const char *p, size_t n)
{
	struct update	u;
	const char	*arg;
	char		 code[CODE_MAX];
	int		 i;

	update_parse(p, n, "fz_bot", 42, &u);
	if ((u.kind == UPD_SKIP) != (u.why != NULL))
		abort();
	if (u.kind != UPD_SKIP && (u.id < 0 || u.chat == 0))
		abort();
	if (u.kind == UPD_MESSAGE || u.kind == UPD_EDIT) {
		if (u.text == NULL || u.text[u.len] != '\0' || u.msg <= 0 ||
		    !str_isutf8(u.text, u.len))
			abort();
		if (u.have_file)
			check_file(&u.file);
		(void)command_match(u.text, "fz_bot",
		    u.ckind != CHAT_PRIVATE, &arg);
		if (*arg != '\0' && (arg < u.text || arg > u.text + u.len))
			abort();
		if (code_read(arg, CODE_HEX, 8, code) == 0 &&
		    (strlen(code) != 8 || strspn(code, CODE_HEX) != 8))
			abort();
	}
	if (u.quote.text != NULL && (u.quote.who == UPD_NOBODY ||
	    strlen(u.quote.text) > UPD_QUOTE + 3 ||
	    !str_isutf8(u.quote.text, strlen(u.quote.text))))
		abort();
	for (i = 0; i < UPD_EMOJI; i++)
		if (!str_isutf8(u.emoji[i], strlen(u.emoji[i])) ||
		    strpbrk(u.emoji[i], "<>\"\n ") != NULL)
			abort();
	if (!str_isutf8(u.quote.name, strlen(u.quote.name)))
		abort();
	if (!str_isutf8(u.name, strlen(u.name)) ||
	    !str_isutf8(u.chat_name, strlen(u.chat_name)))
		abort();
	update_free(&u);
}

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct upd_iter	 it;
	const char	*s, *in;
	char		*copy, label[100];
	size_t		 len;

	/* Exactly n bytes, so that reading one more is seen. */
	if ((copy = malloc(n == 0 ? 1 : n)) == NULL)
		return (0);
	memcpy(copy, data, n);
	in = copy;
	upd_iter_init(&it, in, n);
	while (upd_iter_next(&it, &s, &len)) {
		if (len == 0 || s < in || s + len > in + n)
			abort();
		check(s, len);
	}
	check(in, n);
	if (call_label(TOOL_BASH, "/w", in, n, label, sizeof(label)) == 0 &&
	    !str_isutf8(label, strlen(label)))
		abort();
	if (call_label(TOOL_EDIT, "/w", in, n, label, sizeof(label)) == 0 &&
	    !str_isutf8(label, strlen(label)))
		abort();
	free(copy);
	return (0);
}
