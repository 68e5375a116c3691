/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The table of reasons.  Data only; part of egress.
 */
#include "engines/egress/reason.h"

const struct reason_row reasons[REASON_MAX] = {
#define R(id, status, verdict, word, phrase, advice)			\
	[WHY_##id] = { status, AV_##verdict, word, phrase, advice },
	REASON_TABLE(R)
#undef R
};
