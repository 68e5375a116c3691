/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What the small numbers in messages mean.  They travel between programs, so
 * values are only ever appended.
 */
#ifndef IMSG_VALUES_H
#define IMSG_VALUES_H

/* LISTEN.port: where tools find their way out, and who answers there. */
#define PORT_EGRESS	3128	/* egress: to allowed names */
#define PORT_ANTHROPIC	8790	/* gate: to the model server */

#define TURN_PROMPT	24576	/* bytes of TURN_START.prompt */

/* TURN_NOTE.note: what a turn waits for. */
enum turn_note {
	TN_NONE,
	TN_MODEL,		/* a request is on its way */
	TN_THINKING,		/* the model thinks */
	TN_RETRY,		/* the server is busy; again in wait_ms */
	TN_AWAY,		/* it cannot be reached; again in wait_ms */
	TN_QUEUED,		/* other turns of the agent go first */
	TN_SEARCH,		/* a search of the server's runs */
	TN_MAX
};

/* TURN_DONE.outcome: how a turn ended; why holds detail for people. */
enum turn_outcome {
	TO_OK,
	TO_STOPPED,		/* TURN_STOP was heard */
	TO_MAXTOKENS,		/* the answer was cut at its bound */
	TO_REFUSED,		/* the model would not */
	TO_CONTEXT,		/* the conversation is full */
	TO_KEY,			/* the server refused our key */
	TO_BUSY,		/* 503 or 529 until patience ended */
	TO_SERVER,		/* the server answered with an error */
	TO_NETWORK,		/* gate could not reach the server */
	TO_TIMEOUT,		/* the turn's time was used up */
	TO_BROKEN,		/* ours: the agent or the gate failed */
	TO_LIMIT,		/* money or requests are used up */
	TO_MODEL,		/* the server has no such model */
	TO_ACCOUNT,		/* nothing is paid for, or not allowed */
	TO_RATE,		/* 429 until patience ended */
	TO_MAX
};

/* AUDIT_LINE.observed: what the observer said of a message. */
enum observed {
	OB_NONE,		/* it was not asked */
	OB_ALLOW,
	OB_WARN,
	OB_BLOCK,
	OB_MAX
};

/* TOTP_STATE.state */
enum totp_state {
	TS_NONE,
	TS_PENDING,		/* enrolled, first code not proven yet */
	TS_ACTIVE,
	TS_UNKNOWN,		/* the file is damaged: cannot tell */
	TS_MAX
};
/* TOTP_RESULT.result, TOTP_URI.result */
enum totp_result {
	TR_OK,
	TR_WRONG,
	TR_USED,		/* right, but used before */
	TR_LOCKED,		/* too many tries; again in wait_s */
	TR_NONE,		/* this person has no (pending) secret */
	TR_BROKEN,		/* the file cannot be read or written */
	TR_ACTIVE,		/* enrol: there is one in force already */
	TR_FULL,		/* enrol: no room for another person */
	TR_MAX
};

/* TOTP_NOTE.what */
enum totp_note {
	TNO_ENROLLED,
	TNO_DISABLED,		/* by the person, with a code */
	TNO_REMOVED,		/* by the administrator */
	TNO_IMPORTED,
	TNO_MAX
};

/* TOOL_KILL.why */
enum kill_why {
	TK_STOP,		/* a person said so */
	TK_TIME,
	TK_OUTPUT,
	TK_GONE,		/* its turn or its reader is gone */
	TK_MAX
};

/* POLL_STATE.state */
enum poll_state {
	PO_START,		/* getMe not answered yet */
	PO_OK,
	PO_RETRY,		/* network or server trouble, going on */
	PO_CONFLICT,		/* 409: another program polls this bot */
	PO_REFUSED,		/* 401, 404: the token; not polling */
	PO_GAVE_UP,		/* too many failures; not polling */
	PO_MAX
};

/* NAME_ADDRS.err, RESOLVED.err */
enum name_err {
	NE_OK,
	NE_REFUSED,		/* not a name of this engine's row */
	NE_NOTFOUND,		/* the name servers know no such name */
	NE_SERVERS,		/* no name server answered in time */
	NE_PRIVATE,		/* only addresses the firewall denies */
	NE_BUSY,		/* too many questions at once */
	NE_BROKEN,		/* ours: no resolver, or the set is full */
	NE_MAX
};

/* AUDIT_LINE.verdict: the reference's `outcome', in its words */
enum audit_verdict {
	AV_SUCCESS,
	AV_BLOCKED,
	AV_TIMEOUT,
	AV_ERROR,
	AV_RATE_LIMITED,
	AV_PENDING,		/* waits for a person's approval */
	AV_MAX
};

/* CTL_SHOW.what */
enum ctl_show {
	SHOW_STATUS,
	SHOW_ENGINES,
	SHOW_FIREWALL,
	SHOW_SESSIONS,
	SHOW_QUEUE,
	SHOW_MESSAGES,
	SHOW_SELFTEST,
	SHOW_TOTP,
	SHOW_MAX
};

/* CTL_DO.verb */
enum ctl_verb {
	DO_RELOAD,
	DO_STOP,
	DO_LOGLEVEL,		/* arg: enum log_level */
	DO_SELFTEST,
	DO_MAX
};

/* CTL_ASK.verb: a, b, s and t by verb, see engines/relay/cmd/ctlask.h */
enum ctl_ask {
	ASK_CLAIM,		/* rows: claims that wait, with their codes;
				 * s: the one that is meant; b: 1 forget all */
	ASK_LINK,		/* s: name; row: the code */
	ASK_LINKS,
	ASK_UNLINK,		/* a: number */
	ASK_BAN,		/* a: chat or person, t: reason */
	ASK_UNBAN,		/* a */
	ASK_BANS,
	ASK_REAUTH,		/* a: chat or person */
	ASK_PAIR,		/* s: name, or ""; row: the code */
	ASK_APPROVALS,
	ASK_LIMITS,
	ASK_USAGE,		/* a: days back */
	ASK_SEND,		/* a: chat, t: text, s: file's name, fd */
	ASK_IMPORT,		/* s: table, t: one row as JSON */
	ASK_HEAD,		/* what the relay last heard of the audit log */
	ASK_PAIRS,
	ASK_UNPAIR,		/* a: chat */
	ASK_WHO,		/* a: number, or s: name; row: who that is */
	ASK_MAX
};

/* CONF_RATE.kind, CONF_SPEND.kind */
enum limit_kind { LK_TOTAL, LK_TIER, LK_PERSON, LK_SCOPE, LK_MAX };

/* CONF_SCREEN.observer_failure */
enum observer_failure { OF_DENY, OF_ASK, OF_ALLOW };

/* CONF_SCREEN.careful */
enum careful_mode { CF_ASK, CF_DENY, CF_OFF };

/* CONF_RELAY.profile */
enum relay_profile { RP_SIMPLE, RP_STRICT, RP_TEST };

/* CONF_RELAY.stream */
enum relay_stream { RS_DRAFT, RS_EDIT, RS_OFF };

/* CONF_RULE.verdict */
enum access_verdict { RV_ALLOW, RV_ASK, RV_ASK_CODE, RV_DENY };

/* CTL_PART.err, COPY_DONE.err */
enum copy_err { CE_OK, CE_END, CE_FAILED, CE_ABSENT };

#endif
