/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What confsend.c, confrelay.c and confrules.c share, and the part that
 * decides, for its test.
 */
#ifndef PARENT_CONFSEND_H
#define PARENT_CONFSEND_H

#include <stddef.h>

#include "imsg/proc.h"
#include "telclauded/conf/conf.h"

struct conf_secret;
struct engine;

#define PUT(f, s, what)	confsend_put((f), sizeof(f), (s), (what))
int	 confsend_relay(struct engine *, const struct conf *);
/* Parts of a slice: 0, or -1 after an error is logged. */
int	 confsend_state(char *, size_t, const struct engine *,
	    const struct conf *);
int	 confsend_secret(struct engine *, enum fdkind,
	    const struct conf_secret *);
int	 confsend_ca(struct engine *, const char *api, const char *ca);
int	 confsend_models(struct engine *, const struct conf *, enum scope);
int	 confsend_put(char *, size_t, const char *src, const char *what);
int	 confsend_tiers(struct engine *, const struct conf *);
int	 confsend_rules(struct engine *, const struct conf *);
int	 confsend_rates(struct engine *, const struct conf *);
int	 confsend_spends(struct engine *, const struct conf *);
/* The tools a rule's rows name (TOOL_NONE: any); how many, 0: no row. */
int	 confsend_rule_tools(const struct conf_rule *, enum tool *, size_t);

#endif
