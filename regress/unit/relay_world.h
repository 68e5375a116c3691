/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Everything around the relay, for t_relay.c: Telegram as a list of caught
 * requests, and the other ends of its links.
 */
#ifndef RELAY_WORLD_H
#define RELAY_WORLD_H

#include "imsg/link.h"
#include "engines/relay/relay.h"

struct attach;
struct upd_quote;

struct world {
	struct settings	 settings;
	/* Telegram */
	char		*method[256];
	char		*body[256];
	unsigned	 nsent;
	int64_t		 update;
	/* of the next messages */
	const char	*foreign;
	int		 media;
	int64_t		 pressed;	/* message of the button, or 0 */
	int64_t		 group, msg;
	const struct upd_quote *quote;
	const struct attach *attach;	/* or NULL */
	const char	*album;		/* that it belongs to, or NULL */
	/* a method that Telegram refuses */
	const char	*refuse, *refuse_why;
	long		 refuse_status;	/* 1: nobody is there */
	const char	*file;		/* what each file holds */
	size_t		 nfile;
	/* agent */
	unsigned	 nturns, stops, resets, results, pauses;
	uint64_t	 first, turn, conv;
	uint8_t		 tier, resume, result_error;
	char		 prompt[1024];
	char		 model[64];
	char		 result[1024];
	/* parent, audit, runner */
	unsigned	 audits, grants, runs, kills, wipes, went_back;
	uint8_t		 turn_verdict;	/* of the line at its end */
	size_t		 turn_preview;
	uint8_t		 granted_tier;
	char		 jobargs[256], jobcwd[256];
	/* telclaudectl */
	char		 row[1024], why[1024];
	unsigned	 nrows;
	uint8_t		 ctl_err;
	/* totp */
	unsigned	 totp_checks;
	char		 code[16], code_user[64];
	int64_t		 code_by;
	uint8_t		 code_digest[32];
	unsigned	 disables;
	char		 totp_user[64];	/* whom the last check was about */
};
extern struct world	world;
extern struct link	*far_agent;	/* of its own end */

/* Runs each in a process of its own. */
void	 world_test(void **state);
int	 world_main(void (*const *)(void), const char *const *, size_t);
void	 world_live(void);
void	 world_first_life(void (*)(void));
void	 world_say(int64_t user, const char *);
void	 world_update(int64_t id, int64_t user, const char *);
void	 world_press(int64_t user, const char *data);
void	 world_edit(int64_t user, int64_t msg, const char *);
void	 world_react(int64_t user, int64_t msg, const char *emoji);
void	 world_wait(unsigned ms);
unsigned world_count(const char *method, const char *part);
int	 world_sent(const char *method, const char *part);
const char *world_button(void);		/* data of the newest Continue */
const char *world_held(char verb);	/* of the newest /stop: r or d */
void	 world_loop(unsigned ms);	/* for timers */
/* Waits until the clock's minute has 15 s left: what is counted by minute,
 * hour or day is then counted in one. */
void	 world_minute(void);
void	 world_begin(void);
void	 world_note(uint8_t);
void	 world_text(const char *);
void	 world_done(uint8_t outcome);
void	 world_tool(uint64_t turn, uint32_t call, enum tool, const char *);
void	 world_audit_done(uint8_t err);
struct msg_AUDIT_LINE;
void	 world_saw_line(const struct msg_AUDIT_LINE *);	/* relay_seen.c */
void	 world_job(void);
void	 world_run(const char *out, uint8_t outcome, const char *cwd);
void	 world_totp_state(uint8_t);
void	 world_totp_result(uint8_t);
void	 world_totp_note(const char *user);
void	 world_agent_dies(void);
void	 world_agent_back(void);
void	 world_runner_dies(void);
void	 world_totp_dies(void);
void	 world_totp_back(void);

#endif
