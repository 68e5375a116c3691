/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * From a rule to a Message, and from a Message to its events.
 */
#ifndef API_EVENTS_H
#define API_EVENTS_H

#include "regress/fakes/api.h"

json_t		*api_message(const json_t *body, const json_t *rule);
json_t		*api_events(const json_t *message, size_t piece);
/* "text", "tool_use", "thinking" for a delta of such a block, else "" */
const char	*api_event_kind(const json_t *event);

#endif
