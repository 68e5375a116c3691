/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The tables of the relay's database, by the version that brought them.  A
 * database of an older version runs what it lacks, in order.  Run by the
 * relay.
 */
#include "engines/relay/store/storesql.h"

static const char *const v1[] = {
	"CREATE TABLE meta(key TEXT PRIMARY KEY, value INTEGER) WITHOUT ROWID",
	"CREATE TABLE updates(id INTEGER PRIMARY KEY, chat INTEGER, "
	    "user INTEGER, at INTEGER, state INTEGER)",
	"CREATE TABLE turns(id INTEGER PRIMARY KEY, chat INTEGER, "
	    "topic INTEGER, user INTEGER, msg INTEGER, conv INTEGER, "
	    "at INTEGER, resumes INTEGER, grp INTEGER, state INTEGER, "
	    "name TEXT, text TEXT, ended INTEGER)",
	"CREATE INDEX turns_open ON turns(state, id) "
	    "WHERE state IN (0,1,6,7,8)",
	"CREATE TABLE lanes(chat INTEGER, topic INTEGER, conv INTEGER, "
	    "used INTEGER, cwd BLOB, PRIMARY KEY(chat, topic)) WITHOUT ROWID",
	"CREATE TABLE outbox(id INTEGER PRIMARY KEY, chat INTEGER, "
	    "kind INTEGER, state INTEGER, ref INTEGER, msgid INTEGER, "
	    "turn INTEGER, at INTEGER, head TEXT, body TEXT)",
	"CREATE TABLE totp(user TEXT PRIMARY KEY, until INTEGER) "
	    "WITHOUT ROWID",
	"CREATE TABLE refused(chat INTEGER PRIMARY KEY, name TEXT, "
	    "at INTEGER, n INTEGER)",
	"CREATE TABLE usage(day INTEGER, user INTEGER, tin INTEGER, "
	    "tout INTEGER, cached INTEGER, written INTEGER, "
	    "microusd INTEGER, turns INTEGER, PRIMARY KEY(day, user)) "
	    "WITHOUT ROWID",
	NULL
};

static const char *const v2[] = {
	/* turns: what they carry besides text, and more ways to wait */
	"ALTER TABLE turns ADD COLUMN taint INTEGER NOT NULL DEFAULT 0",
	"ALTER TABLE turns ADD COLUMN files TEXT NOT NULL DEFAULT ''",
	"DROP INDEX turns_open",
	"CREATE INDEX turns_open ON turns(state, id) "
	    "WHERE state IN (0,1,6,7,8,9,10,11)",
	/* lanes: what was chosen for a chat, and what its context has read */
	"ALTER TABLE lanes ADD COLUMN model TEXT NOT NULL DEFAULT ''",
	"ALTER TABLE lanes ADD COLUMN taint INTEGER NOT NULL DEFAULT 0",
	/* and up to which turn its queue waits for a word, or was dropped */
	"ALTER TABLE lanes ADD COLUMN hold INTEGER NOT NULL DEFAULT 0",
	"ALTER TABLE lanes ADD COLUMN dropped INTEGER NOT NULL DEFAULT 0",
	/* people: totp is whom the second factor knows the number as */
	"CREATE TABLE links(user INTEGER PRIMARY KEY, name TEXT, totp TEXT, "
	    "at INTEGER, by INTEGER)",
	"CREATE TABLE codes(id INTEGER PRIMARY KEY, kind INTEGER, "
	    "code TEXT, name TEXT, until INTEGER, by INTEGER)",
	"CREATE TABLE claims(user INTEGER PRIMARY KEY, code TEXT, "
	    "name TEXT, until INTEGER, state INTEGER)",
	"CREATE TABLE bans(id INTEGER PRIMARY KEY, at INTEGER, reason TEXT)",
	"CREATE TABLE pairs(chat INTEGER PRIMARY KEY, name TEXT, "
	    "who TEXT, at INTEGER, by INTEGER)",
	"CREATE TABLE tries(kind INTEGER, who INTEGER, win INTEGER, "
	    "n INTEGER, PRIMARY KEY(kind, who)) WITHOUT ROWID",
	/* money */
	"CREATE TABLE rates(span INTEGER, start INTEGER, kind INTEGER, "
	    "who INTEGER, n INTEGER, hour INTEGER, "
	    "PRIMARY KEY(span, start, kind, who)) WITHOUT ROWID",
	"CREATE TABLE held(id INTEGER PRIMARY KEY, day INTEGER, "
	    "user INTEGER, scope INTEGER, microusd INTEGER, tokens INTEGER)",
	"CREATE TABLE spent(day INTEGER, user INTEGER, scope INTEGER, "
	    "tin INTEGER, tout INTEGER, cached INTEGER, written INTEGER, "
	    "microusd INTEGER, requests INTEGER, "
	    "PRIMARY KEY(day, user, scope)) WITHOUT ROWID",
	"INSERT INTO spent SELECT day, user, 1, tin, tout, cached, written, "
	    "microusd, turns FROM usage",
	"DROP TABLE usage",
	/* ask */
	"CREATE TABLE cards(row INTEGER PRIMARY KEY, chat INTEGER, "
	    "body TEXT)",
	"CREATE TABLE asked(id INTEGER PRIMARY KEY, chat INTEGER, "
	    "at INTEGER, how TEXT NOT NULL DEFAULT '')",
	"CREATE TABLE requests(turn INTEGER PRIMARY KEY, nonce TEXT UNIQUE, "
	    "chat INTEGER, user INTEGER, tier INTEGER, at INTEGER, "
	    "approved INTEGER NOT NULL DEFAULT 0)",
	/* screen */
	"CREATE TABLE breaker(name TEXT PRIMARY KEY, state INTEGER, "
	    "failures INTEGER, successes INTEGER, opened INTEGER) "
	    "WITHOUT ROWID",
	/* files: parts of albums that come in, and turns whose files go out */
	"CREATE TABLE album(id INTEGER PRIMARY KEY, grp TEXT, chat INTEGER, "
	    "topic INTEGER, user INTEGER, msg INTEGER, isgroup INTEGER, "
	    "addressed INTEGER, name TEXT, origin TEXT, text TEXT, "
	    "files TEXT, qwho INTEGER, qmsg INTEGER, qpart INTEGER, "
	    "qname TEXT, qtext TEXT)",
	"CREATE TABLE collect(turn INTEGER PRIMARY KEY, conv INTEGER, "
	    "chat INTEGER, topic INTEGER, reply INTEGER, since INTEGER, "
	    "at INTEGER)",
	"CREATE TABLE collected(turn INTEGER, src TEXT, "
	    "PRIMARY KEY(turn, src)) WITHOUT ROWID",
	/* face */
	"CREATE INDEX turns_msg ON turns(chat, msg)",
	"CREATE TABLE bot_messages(chat INTEGER, msg INTEGER, "
	    "topic INTEGER, taint INTEGER, words TEXT, at INTEGER, "
	    "PRIMARY KEY(chat, msg)) WITHOUT ROWID",
	"CREATE INDEX bot_messages_at ON bot_messages(at)",
	"CREATE TABLE reactions(chat INTEGER, msg INTEGER, user INTEGER, "
	    "emoji TEXT, at INTEGER, told INTEGER NOT NULL DEFAULT 0, "
	    "PRIMARY KEY(chat, msg, user, emoji)) WITHOUT ROWID",
	/* state: what the reference's telclaude.db remembered */
	"CREATE TABLE memory(id TEXT PRIMARY KEY, category TEXT NOT NULL, "
	    "content TEXT NOT NULL, source TEXT NOT NULL, "
	    "trust TEXT NOT NULL, chat INTEGER NOT NULL, "
	    "created INTEGER NOT NULL, promoted INTEGER NOT NULL, "
	    "promoted_by TEXT NOT NULL, posted INTEGER NOT NULL) "
	    "WITHOUT ROWID",
	NULL
};

const char *const *const store_schema[STORE_SCHEMA] = { v1, v2 };
