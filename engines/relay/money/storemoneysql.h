/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The statements about rates and spending; see storesql.h.
 */
#ifndef MONEY_STOREMONEYSQL_H
#define MONEY_STOREMONEYSQL_H

#define STORE_MONEY(S)							\
S(RATE_GET, "SELECT n FROM rates WHERE span=?1 AND start=?2 AND kind=?3 " \
    "AND who=?4")							\
S(RATE_ADD, "INSERT INTO rates VALUES(?1,?2,?3,?4,1,coalesce("	\
    "(SELECT value FROM meta WHERE key='rate_hours'),0)) "		\
    "ON CONFLICT(span,start,kind,who) DO UPDATE SET n=n+1, "		\
    "hour=excluded.hour")						\
S(RATE_NOW, "SELECT kind, who, n FROM rates WHERE span=?1 AND start=?2 " \
    "ORDER BY kind, who")						\
S(RATE_PURGE, "DELETE FROM rates WHERE span=?1 AND start<?2 AND "	\
    "hour<?3")								\
S(HELD_ADD, "INSERT INTO held VALUES(?1,?2,?3,?4,?5,?6)")		\
S(HELD_DEL, "DELETE FROM held WHERE id=?1")				\
S(HELD_CLEAR, "DELETE FROM held")					\
S(HELD_ALL, "SELECT id, day, user, scope, microusd, tokens FROM held")	\
S(SPENT_ADD, "INSERT INTO spent VALUES(?1,?2,?3,?4,?5,?6,?7,?8,1) "	\
    "ON CONFLICT(day,user,scope) DO UPDATE SET tin=tin+excluded.tin, "	\
    "tout=tout+excluded.tout, cached=cached+excluded.cached, "		\
    "written=written+excluded.written, "				\
    "microusd=microusd+excluded.microusd, requests=requests+1")		\
S(SPENT_DAYS, "SELECT day, user, scope, tin, tout, cached, written, "	\
    "microusd, requests FROM spent WHERE day BETWEEN ?1 AND ?2 "	\
    "ORDER BY day, user, scope")					\
S(SPENT_PURGE, "DELETE FROM spent WHERE day<?1")

#endif
