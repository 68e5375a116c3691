/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The commands: one table for matching, /help and the bot's menu.  A command
 * never waits in a queue.
 */
#ifndef CMD_COMMAND_H
#define CMD_COMMAND_H

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
	C(RESET,   "reset",	 "",					\
	    "")								\
	C(MODEL,   "model",	 "choose the model",			\
	    "/model choose the model of this chat")			\
	C(USAGE,   "usage",	 "today and this month",		\
	    "/usage what was used today and this month")		\
	C(CLAIM,   "claim",	 "",					\
	    "/claim be the admin of a bot that has none") \
	C(APPROVE, "approve",	 "",					\
	    "/approve CODE, /deny: answer what I asked")		\
	C(DENY,	   "deny",	 "",					\
	    "")								\
	C(LINK,	   "link",	 "",					\
	    "/link CODE tie this number to a name the machine knows")	\
	C(UNLINK,  "unlink",	 "",					\
	    "/unlink, or with a second factor /unlink CODE: end that") \
	C(PAIR,	   "pair",	 "",					\
	    "/pair a code that lets one more person in (admin)")	\
	C(SETUP,   "setup-2fa",	 "",					\
	    "/setup_2fa how to get a second factor")			\
	C(VERIFY,  "verify-2fa", "",					\
	    "/verify_2fa CODE prove who you are, when you are asked to") \
	C(DISABLE, "disable-2fa", "",					\
	    "/disable_2fa CODE give up your second factor")		\
	C(LOGOUT,  "2fa-logout", "",					\
	    "/2fa_logout ask me for a code again")			\
	C(REAUTH,  "force-reauth", "",					\
	    "/force_reauth NUMBER ask a person for a code again (admin)") \
	C(SKIP,	   "skip-totp",	 "",					\
	    "")								\
	C(OTP,	   "otp",	 "",					\
	    "")								\
	C(PROMOTE, "promote",	 "",					\
	    "")								\
	C(PENDING, "pending",	 "",					\
	    "")

enum command {
#define C(id, name, menu, help)	CMD_##id,
	COMMAND_TABLE(C)
#undef C
	CMD_MAX,
	CMD_NONE,		/* not a command: a message */
	CMD_OTHER,		/* another bot's */
	CMD_UNKNOWN,
	CMD_ALIKE		/* one of ours to the eye, not by its bytes */
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
