/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Names of roles, scopes, tiers and tools, and which tools a tier has.
 * Linked by every process; pure.
 */
#include <string.h>

#include "imsg/proc.h"

#define TOOL_BIT(t)	(1u << TOOL_##t)

/* Design section 6. */
#define TOOLS_READ	(TOOL_BIT(READ) | TOOL_BIT(GLOB) | TOOL_BIT(GREP) | \
			 TOOL_BIT(WEBSEARCH) | TOOL_BIT(WEBFETCH))
#define TOOLS_WRITE	(TOOLS_READ | TOOL_BIT(WRITE) | TOOL_BIT(EDIT) |  \
			 TOOL_BIT(MULTIEDIT) | TOOL_BIT(BASH))

static const unsigned tier_tools[TIER_MAX] = {
	[TIER_SOCIAL]		= TOOLS_WRITE,
	[TIER_READ_ONLY]	= TOOLS_READ,
	[TIER_WRITE_LOCAL]	= TOOLS_WRITE,
	[TIER_FULL_ACCESS]	= TOOLS_WRITE,
};

const char *
proc_name(enum proc p)
{
	static const char *const names[] = {
#define R(id, name)	[PROC_##id] = name,
		PROC_TABLE(R)
#undef R
	};

	return ((unsigned)p < PROC_MAX ? names[p] : "?");
}

const char *
scope_name(enum scope s)
{
	static const char *const names[] = { "", "telegram", "moltbook" };

	return ((unsigned)s < SCOPE_MAX ? names[s] : "?");
}

const char *
tier_name(enum tier t)
{
	static const char *const names[] = { "none", "social", "read-only",
	    "write-local", "full-access" };

	return ((unsigned)t < TIER_MAX ? names[t] : "?");
}

static const char *const tool_names[] = {
	[TOOL_NONE] = "none",
#define T(id, name)	[TOOL_##id] = name,
	TOOL_TABLE(T)
#undef T
};

const char *
tool_name(enum tool t)
{
	return ((unsigned)t < TOOL_MAX ? tool_names[t] : "?");
}

enum tool
tool_byname(const char *s)
{
	int	 i;

	for (i = TOOL_NONE + 1; i < TOOL_MAX; i++)
		if (strcmp(tool_names[i], s) == 0)
			return ((enum tool)i);
	return (TOOL_NONE);
}

int
tier_allows(enum tier tier, enum tool tool)
{
	if ((unsigned)tier >= TIER_MAX || (unsigned)tool >= TOOL_MAX)
		return (0);
	return ((tier_tools[tier] & (1u << tool)) != 0);
}
