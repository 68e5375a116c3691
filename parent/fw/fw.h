/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What the parent does with the firewall besides holding it.
 */
#ifndef PARENT_FW_FW_H
#define PARENT_FW_FW_H

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

/* fwup.c: 0, or -1 and why there is no start */
int	 firewall_up(struct parent *, char *why, size_t);

/* fwprobe.c: how many families could be tried, -1 and what is open */
int	 fwprobe(const struct fw_rules *, char *why, size_t);

/* fwguard.c: do the rules still hold; 0, or -1 and why not */
int	 guard_start(struct parent *, char *why, size_t);
void	 guard_free(struct parent *);
void	 guard_denied(struct parent *);	/* audit what was denied until now */
/* As fw_counters(), without what our own probes and twins were denied. */
int	 guard_counters(struct parent *, struct fw_counter *, unsigned max);
const struct fw_foreign *guard_foreign(const struct parent *, unsigned);

/* fwtest.c: a question of telclaudectl's */
struct fwtest;
void	 fwtest_begin(struct parent *, struct link *, uint32_t id,
	    const struct msg_CTL_TEST *);
void	 fwtest_done(struct fwtest *, const struct addrs *, enum name_err);
void	 fwtest_forget(struct link *);

/* showfw.c */
struct buf;
void	 show_firewall_row(struct parent *, struct link *);
void	 show_firewall(struct parent *, struct link *);

#endif
