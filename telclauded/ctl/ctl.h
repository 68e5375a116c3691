/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * telclaudectl's own interfaces: sentences, the conversation with the
 * daemon, and what is done with its rows.  Run by the caller; trusts what
 * the daemon sends no further than a terminal may.
 */
#ifndef CTL_H
#define CTL_H

#include <stddef.h>
#include <stdint.h>

#include "imsg/link.h"
#include "imsg/values.h"

#define CTL_OK		0
#define CTL_DEGRADED	1
#define CTL_DOWN	2
#define CTL_DOUBT	3	/* done or possible, but for the audit log */
#define CTL_USAGE	64

struct ctl {
	const char	*socket;
	const char	*conf;		/* -f, or NULL: as telclauded(8) */
	int		 json;
	int		 argc;		/* words the sentence left over */
	char		**argv;
};

/* sentence.c: the table of commands; runs the one that matches. */
int	 sentence_run(struct ctl *, int argc, char **argv);
void	 sentence_help(int argc, char **argv);	/* those that fit */

/* client.c ---------------------------------------------------------------- */
struct client;
/* A row arrived: one JSON object of ours, borrowed. */
typedef void (*client_row_fn)(const char *json, size_t len, void *ctx);

/* NULL after an error that says what to do; *down is set when nobody
 * answers. */
struct client	*client_open(const char *path, int *down);
void		 client_close(struct client *);
/* -1 on a broken channel, else the daemon's code; why gets its words. */
int		 client_show(struct client *, enum ctl_show, client_row_fn,
		    void *, char *why, size_t whylen);
int		 client_do(struct client *, enum ctl_verb, uint8_t arg,
		    char *why, size_t whylen);
/* What would this engine be told about the name?  One row. */
int	 client_test(struct client *, enum proc, enum scope,
	    const char *host, uint16_t port, client_row_fn, void *,
	    char *why, size_t whylen);
/* Moves the conversation to an engine (relay, totp). */
int		 client_goto(struct client *, enum proc, char *why,
		    size_t whylen);
/* For a file that adds a request of its own: rows go to fn from now on (the
 * link to send on), then what client_show returns. */
struct link	*client_rows(struct client *, client_row_fn, void *);
int		 client_answer(struct client *, uint32_t sent, char *why,
		    size_t whylen);

/* ask.c: a request to the relay, after client_goto(PROC_RELAY).  Strings may
 * be NULL; fd is -1 or is closed here.  Returns what client_show does. */
int		 client_ask(struct client *, enum ctl_ask, int64_t a,
		    int64_t b, const char *s, const char *t, int fd,
		    client_row_fn, void *, char *why, size_t whylen);
/* The whole of it, with words on stderr when it fails: exit status, and 0
 * with the rows in *rows (rows_free).  rows may be NULL.  What the relay says
 * besides is printed, unless JSON is wanted. */
struct rows;
int		 ask_relay(struct ctl *, enum ctl_ask, int64_t a, int64_t b,
		    const char *s, const char *t, int fd, struct rows **);

/* Second factor, after client_goto(PROC_TOTP): enum totp_result or -1. */
int		 client_enrol(struct client *, const char *user, char *uri,
		    size_t urilen);
int		 client_confirm(struct client *, const char *user,
		    const char *code, uint32_t *wait_s);

/* totp.c: words for an enum totp_result; a person the relay can ask about;
 * the channel to the totp engine, or NULL, said so, and *status. */
const char	*totp_words(int result);
int		 totp_person(const char *);
struct client	*totp_open(struct ctl *, int *status);
/* The n-th part of the family's state, in order from 0: enum copy_err or -1;
 * the name and, with CE_OK, a descriptor. */
int		 client_part(struct client *, unsigned part, char *name,
		    size_t namelen, int *fd, char *why, size_t whylen);

/* people.c: under which name the second factor of a number, a linked name
 * or the admin is kept.  0, or an exit status, and said why. */
int		 who_factor(struct ctl *, const char *user, char *dst,
		    size_t size);

/* The commands */
int	 cmd_status(struct ctl *);
int	 cmd_show_engines(struct ctl *);
int	 cmd_show_firewall(struct ctl *);
int	 cmd_firewall_test(struct ctl *);
int	 cmd_show_sessions(struct ctl *);
int	 cmd_show_queue(struct ctl *);
int	 cmd_show_messages(struct ctl *);
int	 cmd_reload(struct ctl *);
int	 cmd_selftest(struct ctl *);
int	 cmd_stop(struct ctl *);
int	 cmd_log(struct ctl *);
int	 cmd_convert(struct ctl *);
int	 cmd_keygen(struct ctl *);
int	 cmd_totp_enrol(struct ctl *);
int	 cmd_totp_remove(struct ctl *);
int	 cmd_totp_import(struct ctl *);
int	 cmd_show_totp(struct ctl *);
int	 cmd_send(struct ctl *);
int	 cmd_audit_tail(struct ctl *);
int	 cmd_audit_verify(struct ctl *);
int	 cmd_audit_search(struct ctl *);
int	 cmd_audit_key(struct ctl *);
int	 cmd_claim(struct ctl *);
int	 cmd_claim_reset(struct ctl *);
int	 cmd_link(struct ctl *);
int	 cmd_links(struct ctl *);
int	 cmd_unlink(struct ctl *);
int	 cmd_ban(struct ctl *);
int	 cmd_unban(struct ctl *);
int	 cmd_bans(struct ctl *);
int	 cmd_reauth(struct ctl *);
int	 cmd_pair(struct ctl *);
int	 cmd_pairs(struct ctl *);
int	 cmd_unpair(struct ctl *);
int	 cmd_approvals(struct ctl *);
int	 cmd_limits(struct ctl *);
int	 cmd_usage(struct ctl *);
int	 cmd_backup(struct ctl *);
int	 cmd_restore(struct ctl *);
int	 cmd_restore_check(struct ctl *);
int	 cmd_import(struct ctl *);

/* rows.c: a list of objects as a table, or as they came. */
struct json_t;
struct column {
	const char	*key;		/* of the JSON object */
	const char	*title;
	int		 width;		/* least; negative: to the right */
	void		(*format)(const struct json_t *, char *, size_t);
};
struct rows;
struct rows	*rows_new(void);
void		 rows_free(struct rows *);
void		 rows_add(const char *json, size_t len, void *rows);
void		 rows_print_json(const struct rows *);
void		 rows_print_table(const struct rows *,
		    const struct column *, size_t n, const char *empty);
/* As JSON when that is wanted, else as a table; an empty word: no line. */
void		 rows_show(const struct ctl *, const struct rows *,
		    const struct column *, size_t n, const char *empty);
const struct json_t *rows_get(const struct rows *, size_t i);
size_t		 rows_count(const struct rows *);
/* ms -> 4m10s; kB -> 2.9M */
void		 fmt_age(const struct json_t *, char *, size_t);
void		 fmt_kb(const struct json_t *, char *, size_t);
void		 fmt_since(uint64_t ms, char *, size_t);
/* show.c: seconds; a time of the wall clock in ms -> how long ago. */
void		 fmt_seconds(const struct json_t *, char *, size_t);
void		 fmt_ago(const struct json_t *, char *, size_t);

#endif
