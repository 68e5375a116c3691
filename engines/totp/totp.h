/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What the files of the totp engine share: its state, and who is told what.
 */
#ifndef TOTP_TOTP_H
#define TOTP_TOTP_H

#include "engines/totp/check.h"
#include "imsg/link.h"
#include "imsg/values.h"

struct totp {
	struct store	 store;
	struct check	 check;
	struct secret	 pass;
	struct link	*relay;
	int		 dirfd;
	int		 have_key;
	int		 loaded;
};
extern struct totp tt;

/* totp.c */
void	 totp_load(void);
void	 totp_answer(struct link *, uint32_t id, const char *what,
	    const char *user, struct verdict);
void	 totp_note(enum totp_note, const char *user);
void	 totp_on_check(struct link *, const struct msg_TOTP_CHECK *,
	    struct msg_meta *);

/* admin.c: the administrator's questions, and the parent's for a backup. */
/* What lies beside our own file: 1 it is ours now, 0 nothing, -1 and why. */
int	 admin_legacy(char *why, size_t whylen);
void	 admin_on_enrol(struct link *, const struct msg_TOTP_ENROL *,
	    struct msg_meta *);
void	 admin_on_confirm(struct link *, const struct msg_TOTP_CONFIRM *,
	    struct msg_meta *);
void	 admin_on_remove(struct link *, const struct msg_TOTP_REMOVE *,
	    struct msg_meta *);
void	 admin_on_import(struct link *, const struct msg_TOTP_IMPORT *,
	    struct msg_meta *);
void	 admin_on_show(struct link *, const struct msg_CTL_SHOW *,
	    struct msg_meta *);
void	 admin_on_copy(struct link *, const struct msg_COPY_MAKE *,
	    struct msg_meta *);

#endif
