/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Parts of the audit log for a backup.
 */
#ifndef AUDIT_COPY_H
#define AUDIT_COPY_H

#include "engines/audit/file.h"

/* Answers COPY_MAKE. */
void	 copy_part(struct alog *, struct link *, uint32_t id, unsigned part);

#endif
