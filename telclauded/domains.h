/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Classes of names, from the table domains.def.  Pure; used by the parser,
 * the parent and the manual.
 */
#ifndef DOMAINS_H
#define DOMAINS_H

#include <stddef.h>

enum domain_class {
	DC_NONE,		/* no built-in name */
	DC_RELAY,
	DC_MODEL,
	DC_LOGIN,
	DC_CLOSED,
	DC_TOOLS,
	DC_MAX
};

struct domain_row {
	enum domain_class	 class;
	const char		*name;
};
extern const struct domain_row	domain_rows[];
extern const size_t		domain_nrows;

const char	*domain_class_name(enum domain_class);
/* Does host match an exact name or "*.x"?  Case does not matter. */
int		 domain_match(const char *pattern, const char *host);
/* The class whose name host is; below a name of the closed ones (all but
 * tools) it is that class too. */
enum domain_class domain_class(const char *host);
/* A host name as DNS has them: letters, digits, hyphens (underscores too),
 * no trailing dot, and not a number in any form a resolver might read. */
int		 domain_valid(const char *host);
/* The built-in name that tools never get and that this pattern of an allow
 * line would cover, or NULL. */
const char	*domain_covers(const char *pattern);

#endif
