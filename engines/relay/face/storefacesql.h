/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The statements of storeface.c.  Included by storesql.h only.
 */
#ifndef FACE_STOREFACESQL_H
#define FACE_STOREFACESQL_H

#define STORE_FACE(S)							\
S(SENT_ADD, "INSERT OR REPLACE INTO bot_messages "			\
    "VALUES(?1,?2,?3,?4,?5,?6)")					\
S(SENT_TAINT, "UPDATE bot_messages SET taint=taint|?3 "			\
    "WHERE chat=?1 AND msg=?2 AND taint|?3<>taint")			\
S(SENT_GET, "SELECT taint FROM bot_messages WHERE chat=?1 AND msg=?2")	\
S(SENT_PURGE, "DELETE FROM bot_messages WHERE at<?1")			\
S(SENT_FORGET, "DELETE FROM bot_messages")				\
S(REACT_FORGET, "DELETE FROM reactions")				\
S(REACT_DEL, "DELETE FROM reactions "					\
    "WHERE chat=?1 AND msg=?2 AND user=?3")				\
S(REACT_ADD, "INSERT OR REPLACE INTO reactions(chat, msg, user, "	\
    "emoji, at) SELECT ?1,?2,?3,?4,?5 WHERE (SELECT count(*) FROM reactions " \
    "WHERE chat=?1 AND msg=?2)<100")					\
S(REACT_NEW, "SELECT r.msg, b.words, r.emoji, count(*), b.taint "	\
    "FROM reactions r JOIN bot_messages b USING(chat, msg) "		\
    "WHERE r.chat=?1 AND r.told=0 AND r.msg IN "			\
    "(SELECT DISTINCT x.msg FROM reactions x JOIN bot_messages y "	\
    "USING(chat, msg) WHERE x.chat=?1 AND x.told=0 AND y.topic=?2 "	\
    "ORDER BY x.msg DESC LIMIT ?3) GROUP BY r.msg, r.emoji "		\
    "ORDER BY r.msg DESC")						\
S(REACT_TOLD, "UPDATE reactions SET told=1 WHERE chat=?1 AND told=0 "	\
    "AND msg IN (SELECT msg FROM bot_messages "				\
    "WHERE chat=?1 AND topic=?2)")					\
S(REACT_PURGE, "DELETE FROM reactions WHERE (chat, msg) IN "		\
    "(SELECT chat, msg FROM bot_messages WHERE at<?1)")			\
S(TURN_BYMSG, "SELECT id, user FROM turns WHERE chat=?1 AND msg=?2 "	\
    "AND id<>?3 ORDER BY id LIMIT 1")					\
S(TURN_RETEXT, "UPDATE turns SET text=?2, taint=?3 WHERE id=?1")

#endif
