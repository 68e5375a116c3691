/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What the parent does with the firewall besides holding it.
 */
#ifndef PARENT_FW_H
#define PARENT_FW_H

#include "parent/parent.h"

/* fwrules.c */
int	 fwrules_make(struct parent *, const struct conf *, struct fw_rules *,
	    char *why, size_t);
void	 fwrules_free(struct fw_rules *);
/* fwprivate.c: what is exempt from the private ranges, and for whom */
int	 fwprivate_make(const struct conf *, struct fw_rules *, char *why,
	    size_t);

/* internal.c: hosts of remote lines */
struct internal_host {
	char		 name[254];
	enum scope	 scope;
	uint16_t	 port;
	enum { IH_ASKING, IH_OPEN, IH_GAVE_UP } state;
	int		 err;		/* enum name_err of the last try */
};
void	 internal_start(struct parent *);
void	 internal_done(struct parent *, const char *host, uint16_t port,
	    int err);
void	 internal_free(struct parent *);
const struct internal_host *internal_host(const struct parent *, unsigned);

#endif
