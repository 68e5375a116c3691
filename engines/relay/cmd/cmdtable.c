/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Matching of commands, and what people are shown of the table.  Linked by
 * the relay; pure.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "telclauded/lib/util.h"
#include "engines/relay/cmd/command.h"
#include "engines/relay/people/alike.h"

static const struct {
	const char	*name, *menu, *help;
} table[CMD_MAX] = {
#define C(id, name, menu, help)	[CMD_##id] = { name, menu, help },
	COMMAND_TABLE(C)
#undef C
};

/* Telegram's menu and its links allow no dash: both spellings are one. */
static int
name_is(const char *p, size_t n, const char *name)
{
	size_t	i;
	int	c;

	if (strlen(name) != n)
		return (0);
	for (i = 0; i < n; i++) {
		c = tolower((unsigned char)p[i]);
		if ((c == '_' ? '-' : c) != name[i])
			return (0);
	}
	return (1);
}

static int
is_space(char c)
{
	return (c == ' ' || c == '\t' || c == '\n' || c == '\r');
}

/* No command by its bytes; one to the eye must not become a message. */
static enum command
no_command(const char *text, int group)
{
	switch (command_alike(text)) {
	case AL_COMMAND:
		return (CMD_ALIKE);
	case AL_PLAIN:
		return (CMD_UNKNOWN);
	case AL_WORD:
		return (group ? CMD_OTHER : CMD_UNKNOWN);
	default:
		return (CMD_NONE);
	}
}

enum command
command_match(const char *text, const char *bot, int group, const char **arg)
{
	const char	*p, *at, *all = text;
	size_t		 n, len;
	int		 i;

	while (is_space(*text))
		text++;
	*arg = "";
	if (*text != '/')
		return (no_command(all, group));
	for (p = ++text; *p != '\0' && (isalnum((unsigned char)*p) ||
	    *p == '_' || *p == '-'); p++)
		;
	n = (size_t)(p - text);
	/* "/etc/passwd is what?" is a message; so is "/" alone. */
	if (n == 0 || (*p != '\0' && *p != '@' && !is_space(*p)))
		return (no_command(all, group));
	at = NULL;
	if (*p == '@') {
		at = p + 1;
		for (p++; *p != '\0' && !is_space(*p); p++)
			;
		len = (size_t)(p - at);
		if (len != strlen(bot) || strncasecmp(at, bot, len) != 0)
			return (CMD_OTHER);
	}
	while (is_space(*p))
		p++;
	*arg = p;
	for (i = 0; i < CMD_MAX; i++)
		if (name_is(text, n, table[i].name))
			return ((enum command)i);
	/* In a group it is probably for somebody else. */
	return (group && at == NULL ? CMD_OTHER : CMD_UNKNOWN);
}

const char *
command_name(enum command c)
{
	return (c < CMD_MAX ? table[c].name : "");
}

void
command_help(struct buf *b)
{
	int	i;

	for (i = 0; i < CMD_MAX; i++)
		if (table[i].help[0] != '\0')
			(void)buf_printf(b, "\n%s", table[i].help);
}

void
command_menu(struct buf *b)
{
	int	i, n = 0;

	(void)buf_puts(b, "{\"commands\":[");
	for (i = 0; i < CMD_MAX; i++)
		if (table[i].menu[0] != '\0')
			(void)buf_printf(b, "%s{\"command\":\"%s\","
			    "\"description\":\"%s\"}", n++ > 0 ? "," : "",
			    table[i].name, table[i].menu);
	(void)buf_puts(b, "]}");
}
