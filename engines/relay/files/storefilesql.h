/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The statements of storefiles.c; part of storesql.h.
 */
#ifndef FILES_STOREFILESQL_H
#define FILES_STOREFILESQL_H

#define STORE_FILES(S)							\
S(ALBUM_ADD, "INSERT OR IGNORE INTO album VALUES(?1,?2,?3,?4,?5,?6,?7,"	\
    "?8,?9,?10,?11,?12,?13,?14,?15,?16,?17)")				\
S(ALBUM_DEL, "DELETE FROM album WHERE id=?1")				\
S(ALBUM_ALL, "SELECT id, grp, chat, topic, user, msg, isgroup, "	\
    "addressed, name, origin, text, files, qwho, qmsg, qpart, qname, "	\
    "qtext FROM album ORDER BY id")					\
S(TURN_FILES, "UPDATE turns SET files=?2, text=?3, taint=?4 "		\
    "WHERE id=?1")							\
S(LANE_CONV, "SELECT 1 FROM lanes WHERE conv=?1 LIMIT 1")		\
S(FILE_WAITS, "SELECT 1 FROM turns WHERE state IN "			\
    "(0,1,6,7,8,9,10,11) AND instr(files,?1)>0 LIMIT 1")		\
S(OUT_HAS, "SELECT 1 FROM outbox WHERE id=?1 AND kind=2")		\
S(COLLECT_ADD, "INSERT OR REPLACE INTO collect "			\
    "VALUES(?1,?2,?3,?4,?5,?6,?7)")					\
S(COLLECT_DEL, "DELETE FROM collect WHERE turn=?1")			\
S(COLLECT_ALL, "SELECT turn, conv, chat, topic, reply, since, at "	\
    "FROM collect ORDER BY turn")					\
S(COLLECTED_ADD, "INSERT OR IGNORE INTO collected VALUES(?1,?2)")	\
S(COLLECTED_HAS, "SELECT 1 FROM collected WHERE turn=?1 AND src=?2")	\
S(COLLECTED_DEL, "DELETE FROM collected WHERE turn=?1")

#endif
