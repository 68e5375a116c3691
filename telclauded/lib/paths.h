/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Where things are when the configuration does not say otherwise.
 */
#ifndef LIB_PATHS_H
#define LIB_PATHS_H

#define STATE_DEFAULT	"/var/lib/telclaude"
#define RUNTIME_DEFAULT	"/run/telclaude"
#define CONTROL_SOCK	"telclauded.sock"	/* in the runtime directory */

#endif
