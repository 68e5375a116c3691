/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * One line about a configuration, for telclauded -n.
 */
#ifndef TELCLAUDED_SUMMARY_H
#define TELCLAUDED_SUMMARY_H

#include "telclauded/conf/conf.h"

char	*conf_summary(const struct conf *);	/* malloc'd, or NULL */

#endif
