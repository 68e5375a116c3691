/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Statements about what is kept, copied and remembered; see storesql.h, which
 * includes this.
 */
#ifndef STATE_STORESTATE_H
#define STATE_STORESTATE_H

#define STORE_STATE(S)							\
S(KEEP_TURNS, "SELECT max(id), min(at), count(*) FROM (SELECT id, at "	\
    "FROM turns WHERE id>?1 ORDER BY id LIMIT ?2)")			\
S(KEEP_TURNS_DEL, "DELETE FROM turns WHERE id>?1 AND id<=?2 AND at<?3 "	\
    "AND state NOT IN (0,1,6,7,8,9,10,11)")				\
S(KEEP_UPDATES, "SELECT max(id), min(at), count(*) FROM (SELECT id, at " \
    "FROM updates WHERE id>?1 ORDER BY id LIMIT ?2)")			\
S(KEEP_UPDATES_DEL, "DELETE FROM updates WHERE id>?1 AND id<=?2 AND "	\
    "at<?3 AND id<(SELECT max(id) FROM updates)")			\
S(KEEP_LANES, "DELETE FROM lanes WHERE (chat, topic) IN "		\
    "(SELECT chat, topic FROM lanes WHERE used<?1 AND NOT EXISTS "	\
    "(SELECT 1 FROM turns t WHERE t.state IN (0,1,6,7,8,9,10,11) AND "	\
    "t.chat=lanes.chat AND t.topic=lanes.topic) LIMIT ?2)")		\
S(KEEP_FREE, "PRAGMA freelist_count")					\
S(KEEP_PAGES, "PRAGMA page_count")					\
S(KEEP_SHRINK, "PRAGMA incremental_vacuum(64)")				\
S(COPIED_DEL, "DELETE FROM meta WHERE key='copied'")			\
S(COPIED_TURNS, "UPDATE turns SET state=1 WHERE state=0")		\
S(COPIED_DROP, "UPDATE turns SET state=4, text='' "			\
    "WHERE state IN (8,9,10)")						\
S(COPIED_CODES, "DELETE FROM codes")					\
S(COPIED_CLAIMS, "DELETE FROM claims")					\
S(COPIED_OUT, "DELETE FROM outbox")					\
S(COPIED_ALBUM, "DELETE FROM album")					\
S(COPIED_COLLECT, "DELETE FROM collect")				\
S(COPIED_COLLECTED, "DELETE FROM collected")				\
S(COPIED_CARDS, "DELETE FROM cards")					\
S(COPIED_ASKED, "UPDATE asked SET how='This request is older than the "	\
    "backup that was put back: what became of it is not known. Ask again " \
    "if you still want it.' WHERE how=''")				\
S(COPIED_REQUESTS, "DELETE FROM requests")				\
S(COPIED_TOTP, "DELETE FROM totp")					\
S(MEM_ADD, "INSERT OR IGNORE INTO memory VALUES(?1,?2,?3,?4,?5,?6,?7,"	\
    "?8,?9,?10)")							\
S(MEM_COUNT, "SELECT count(*) FROM memory")

#endif
