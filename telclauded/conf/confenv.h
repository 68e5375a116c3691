/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Rows of confenv.def, and what is done with them.
 */
#ifndef CONF_CONFENV_H
#define CONF_CONFENV_H

#include "telclauded/conf/confenv.def"

enum env_kind { ENV_SECRET, ENV_STRING, ENV_LIST, ENV_MAP, ENV_SECS, ENV_URL,
    ENV_CODE, ENV_NONE, ENV_NSECRET };
enum env_needs { NEED_ALWAYS, NEED_TELEGRAM, NEED_ASKS, NEED_LOGIN,
    NEED_LOCAL, NEED_MOLTBOOK, NEED_TGREMOTE, NEED_TGLISTEN, NEED_MBREMOTE,
    NEED_MBLISTEN, NEED_TOTP, NEED_VAULT, NEED_OPENAI };
enum env_wins { WINS_FILE, WINS_VAR };

struct env_row {
	const char	*name;
	enum env_kind	 kind;
	enum env_needs	 needs;
	enum env_wins	 wins;
	const char	*key, *stmt, *values, *note;
};

#define ENV_ROW(var, kind, needs, wins, key, stmt, values, note)	\
	{ #var, ENV_##kind, NEED_##needs, WINS_##wins, key, stmt,	\
	    values, note },

struct parse;
/* --- confenv.c --------------------------------------------------------- */
enum conf_origin { FROM_NONE, FROM_NATIVE, FROM_JSON };
const char *conf_getenv(char *const *, const char *);
void	 conf_env(struct parse *, enum conf_origin);
const struct env_row *conf_env_rows(size_t *);
void	 conf_env_wipe(char *const *, const char *name);
void	 conf_env_wipe_all(char *const *);

#endif
