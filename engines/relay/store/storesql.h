/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The statements of the store, all prepared, and how they are run.  Included
 * by store*.c only.
 */
#ifndef STORE_STORESQL_H
#define STORE_STORESQL_H

#include <stddef.h>
#include <stdint.h>

#include <sqlite3.h>

#include "engines/relay/face/storefacesql.h"
#include "engines/relay/files/storefilesql.h"
#include "engines/relay/money/storemoneysql.h"
#include "engines/relay/state/storestate.h"
#include "engines/relay/store/storever.h"

extern const char *const *const store_schema[STORE_SCHEMA];

#define STORE_CORE(S)							\
S(META_GET, "SELECT value FROM meta WHERE key=?1")			\
S(META_SET, "INSERT INTO meta VALUES(?1,?2) "				\
    "ON CONFLICT(key) DO UPDATE SET value=?2")				\
S(UPD_ADD, "INSERT OR IGNORE INTO updates VALUES(?1,?2,?3,?4,?5)")	\
S(UPD_NEXT, "SELECT id, at FROM updates ORDER BY id DESC LIMIT 1")	\
S(UPD_FORGET, "DELETE FROM updates")					\
S(REFUSED, "INSERT INTO refused VALUES(?1,?2,?3,1) "			\
    "ON CONFLICT(chat) DO UPDATE SET name=?2, at=?3, n=n+1")		\
S(REFUSED_PURGE, "DELETE FROM refused WHERE at<?1 OR chat NOT IN "	\
    "(SELECT chat FROM refused ORDER BY at DESC LIMIT 500)")		\
S(TOTP_GET, "SELECT until FROM totp WHERE user=?1")			\
S(TOTP_SET, "INSERT INTO totp VALUES(?1,?2) "				\
    "ON CONFLICT(user) DO UPDATE SET until=?2")				\
S(TOTP_PURGE, "DELETE FROM totp WHERE until<?1")			\
S(TURN_ADD, "INSERT INTO turns VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,"	\
    "?11,?12,0,?13,?14)")						\
S(TURN_STATE, "UPDATE turns SET state=?2, ended=?3, "			\
    "text=CASE WHEN ?2 IN (2,4,5) THEN '' ELSE text END, "		\
    "files=CASE WHEN ?2 IN (2,4,5) THEN '' ELSE files END WHERE id=?1")	\
S(TURN_CONV, "UPDATE turns SET conv=?2 WHERE id=?1")			\
S(TURN_NOMSG, "UPDATE turns SET msg=0 WHERE msg<>0")			\
S(TURN_GET, "SELECT id, chat, topic, user, msg, conv, at, resumes, "	\
    "grp, state, name, text, taint, files FROM turns WHERE id=?1")	\
S(TURN_OPEN, "SELECT id, chat, topic, user, msg, conv, at, resumes, "	\
    "grp, state, name, text, taint, files FROM turns "			\
    "WHERE state IN (0,1,6,7,8,9,10,11) ORDER BY id")			\
S(TURN_RECENT, "SELECT id, chat, topic, user, msg, conv, at, resumes, "	\
    "grp, state, name, text, taint, files FROM turns "			\
    "ORDER BY id DESC LIMIT ?1")					\
S(LANE_GET, "SELECT conv, used, cwd, model, taint, hold, dropped "	\
    "FROM lanes WHERE chat=?1 AND topic=?2")				\
S(LANE_SET, "INSERT INTO lanes VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9) "	\
    "ON CONFLICT(chat,topic) DO UPDATE SET conv=?3, used=?4, cwd=?5, "	\
    "model=?6, taint=?7, hold=?8, dropped=?9")				\
S(LANE_ALL, "SELECT chat, topic, conv, used FROM lanes "		\
    "ORDER BY used DESC LIMIT 500")					\
S(OUT_ADD, "INSERT INTO outbox VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,"	\
    "?10)")	\
S(OUT_STATE, "UPDATE outbox SET state=?2, msgid=?3 WHERE id=?1")	\
S(OUT_BODY, "UPDATE outbox SET body=?2 WHERE id=?1")			\
S(OUT_AGAIN, "UPDATE outbox SET kind=0, state=0, ref=0, msgid=0 "	\
    "WHERE id=?1")							\
S(OUT_DEL, "DELETE FROM outbox WHERE id=?1")				\
S(OUT_FOLD, "UPDATE outbox SET body=(SELECT e.body FROM outbox e "	\
    "WHERE e.ref=outbox.id AND e.kind=1 ORDER BY e.id DESC LIMIT 1), "	\
    "state=min(state,1) "						\
    "WHERE kind=0 AND state<>3 AND id IN "				\
    "(SELECT ref FROM outbox WHERE kind=1)")				\
S(OUT_MSGID, "UPDATE outbox SET msgid=(SELECT s.msgid FROM outbox s "	\
    "WHERE s.id=outbox.ref) WHERE kind=1 AND msgid=0")			\
S(OUT_ALONE, "UPDATE outbox SET kind=0, state=0, ref=0, msgid=0 "	\
    "WHERE kind=1 AND coalesce(msgid,0)=0 AND "				\
    "NOT EXISTS (SELECT 1 FROM outbox s WHERE s.id=outbox.ref)")	\
S(OUT_DROP, "DELETE FROM outbox WHERE (kind=0 AND state=3) OR "		\
    "(kind=1 AND coalesce(msgid,0)=0)")					\
S(OUT_OPEN, "SELECT id, chat, kind, state, ref, msgid, head, "	\
    "body FROM outbox ORDER BY id")

/* Those of each directory below; the tables are in storeschema.c. */
#define STORE_PEOPLE(S)							\
S(LINK_SET, "INSERT INTO links VALUES(?1,?2,?3,?4,?5) "			\
    "ON CONFLICT(user) DO UPDATE SET name=?2, totp=?3, at=?4, by=?5")	\
S(LINK_DEL, "DELETE FROM links WHERE user=?1")				\
S(LINK_ALL, "SELECT user, name, totp, at, by FROM links ORDER BY name")	\
S(CODE_ADD, "INSERT INTO codes(kind,code,name,until,by) "		\
    "VALUES(?1,?2,?3,?4,?5)")						\
S(CODE_DEL, "DELETE FROM codes WHERE id=?1")				\
S(CODE_LIVE, "SELECT id, code, name, until, by FROM codes "		\
    "WHERE kind=?1 AND until>?2 AND until<=?2+?3 ORDER BY id")		\
S(CODE_PURGE, "DELETE FROM codes WHERE until<=?1")			\
S(CLAIM_SET, "INSERT INTO claims VALUES(?1,?2,?3,?4,?5) "		\
    "ON CONFLICT(user) DO UPDATE SET code=?2, name=?3, until=?4, "	\
    "state=?5")								\
S(CLAIM_STATE, "UPDATE claims SET state=?2 WHERE user=?1")		\
S(CLAIM_CLEAR, "DELETE FROM claims")					\
S(CLAIM_ALL, "SELECT user, code, name, until, state FROM claims "	\
    "ORDER BY until")							\
S(BAN_SET, "INSERT INTO bans VALUES(?1,?2,?3) "				\
    "ON CONFLICT(id) DO UPDATE SET at=?2, reason=?3")			\
S(BAN_DEL, "DELETE FROM bans WHERE id=?1")				\
S(BAN_ALL, "SELECT id, at, reason FROM bans ORDER BY at")		\
S(PAIR_SET, "INSERT INTO pairs VALUES(?1,?2,?3,?4,?5) "			\
    "ON CONFLICT(chat) DO UPDATE SET name=?2, who=?3, at=?4, by=?5")	\
S(PAIR_DEL, "DELETE FROM pairs WHERE chat=?1")				\
S(PAIR_ALL, "SELECT chat, name, who, at, by FROM pairs ORDER BY at")	\
S(TRY_ADD, "INSERT INTO tries VALUES(?1,?2,?3,1) "			\
    "ON CONFLICT(kind,who) DO UPDATE SET "				\
    "n=CASE WHEN ?3>=win+?4 THEN 1 ELSE n+1 END, "			\
    "win=CASE WHEN ?3>=win+?4 THEN ?3 ELSE min(win,?3) END")		\
S(TRY_GET, "SELECT n, win FROM tries WHERE kind=?1 AND who=?2")		\
S(TRY_PURGE, "DELETE FROM tries WHERE win<?1")
#define STORE_ASK(S)							\
S(CARD_SET, "INSERT INTO cards VALUES(?1,?2,?3) "			\
    "ON CONFLICT(row) DO UPDATE SET body=?3")				\
S(CARD_DEL, "DELETE FROM cards WHERE row=?1")				\
S(CARD_ALL, "SELECT row, chat, body FROM cards")			\
S(CARD_CLEAR, "DELETE FROM cards")					\
S(ASKED_ADD, "INSERT INTO asked(id, chat, at) VALUES(?1,?2,?3)")	\
S(ASKED_HOW, "UPDATE asked SET how=?2 WHERE id=?1")			\
S(ASKED_GET, "SELECT how FROM asked WHERE id=?1 AND chat=?2")		\
S(ASKED_SETTLE, "UPDATE asked SET how=?1 WHERE how=''")			\
S(ASKED_PURGE, "DELETE FROM asked WHERE at<?1")				\
S(REQUEST_ADD, "INSERT INTO requests(turn, nonce, chat, user, tier, at) " \
    "VALUES(?1,?2,?3,?4,?5,?6)")					\
S(REQUEST_GET, "SELECT turn, chat, user, tier, at, approved, nonce "	\
    "FROM requests WHERE turn=?1")					\
S(REQUEST_FIND, "SELECT turn, chat, user, tier, at, approved "		\
    "FROM requests WHERE nonce=?1 AND approved=0")			\
S(REQUEST_OK, "UPDATE requests SET approved=1 "				\
    "WHERE turn=?1 AND approved=0")					\
S(REQUEST_DEL, "DELETE FROM requests WHERE turn=?1")			\
S(REQUEST_PURGE, "DELETE FROM requests WHERE turn NOT IN "		\
    "(SELECT id FROM turns WHERE state IN (0,11))")			\
S(REQUEST_ALL, "SELECT turn, chat, user, tier, at, approved "		\
    "FROM requests")
#define STORE_SCREEN(S)							\
S(BREAKER_GET, "SELECT state, failures, successes, opened "		\
    "FROM breaker WHERE name=?1")					\
S(BREAKER_SET, "INSERT INTO breaker VALUES(?1,?2,?3,?4,?5) "		\
    "ON CONFLICT(name) DO UPDATE SET state=?2, failures=?3, "		\
    "successes=?4, opened=?5")
#define STORE_STATEMENTS(S)						\
	STORE_CORE(S) STORE_PEOPLE(S) STORE_MONEY(S) STORE_ASK(S)	\
	STORE_SCREEN(S) STORE_FILES(S) STORE_FACE(S) STORE_STATE(S)

enum st {
#define S(id, text)	ST_##id,
	STORE_STATEMENTS(S)
#undef S
	ST_MAX
};

/*
 * Arguments by letter: i int64_t, t (const char *, size_t) text, b (const
 * void *, size_t) blob.
 */
int		 sql_run(enum st, const char *fmt, ...); /* rows changed */
sqlite3_stmt	*sql_query(enum st, const char *fmt, ...);
int		 sql_next(sqlite3_stmt *);	/* 1: a row; 0: end, is reset */
void		 sql_end(sqlite3_stmt *);
/* A column; NULL is "".  Borrowed until the next row. */
const char	*sql_text(sqlite3_stmt *, int);
sqlite3		*sql_db(void);

#endif
