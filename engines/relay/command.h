/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The commands: one table for matching, /help and the bot's menu.  A command
 * never waits in a queue.
 */
#ifndef RELAY_COMMAND_H
#define RELAY_COMMAND_H

#include <stddef.h>

#include <stdint.h>

struct buf;
struct turn;

/* id, name, words of the menu (or ""), line of /help (or "") */
#define COMMAND_TABLE(C)						\
	C(START,   "start",	 "",					\
	    "")								\
	C(HELP,	   "help",	 "what I understand",			\
	    "/help this list")						\
	C(STATUS,  "status",	 "what runs, money, limits",		\
	    "/status what runs, what waits, what today cost")		\
	C(STOP,	   "stop",	 "end what runs",			\
	    "/stop end what runs, at once")				\
	C(NEW,	   "new",	 "start a fresh conversation",		\
	    "/new start afresh; files stay, the conversation is forgotten") \
	C(WHOAMI,  "whoami",	 "your number and rights",		\
	    "/whoami your number and your rights")			\
	C(VERIFY,  "verify-2fa", "",					\
	    "/verify-2fa CODE prove who you are, when you are asked to")

enum command {
#define C(id, name, menu, help)	CMD_##id,
	COMMAND_TABLE(C)
#undef C
	CMD_MAX,
	CMD_NONE,		/* not a command: a message */
	CMD_OTHER,		/* another bot's */
	CMD_UNKNOWN
};

/* Pure.  *arg: what follows, trimmed, inside text. */
enum command	 command_match(const char *text, const char *bot, int group,
		    const char **arg);
const char	*command_name(enum command);
void		 command_help(struct buf *);
void		 command_menu(struct buf *);	/* body of setMyCommands */

/* One function a row, in the file of its subject; arg: what follows. */
#define C(id, name, menu, help)	void cmd_##id(struct turn *, const char *arg);
COMMAND_TABLE(C)
#undef C

/* command.c: answers in the current transaction. */
void		 command_run(enum command, struct turn *, const char *arg);
void		 command_publish(void);
/* What the buffer holds, to who gave the command; frees it.  markup: JSON of
 * buttons, or NULL. */
void		 command_answer(const struct turn *, struct buf *);
void		 command_answer_markup(const struct turn *, struct buf *,
		    const char *markup);

#endif
