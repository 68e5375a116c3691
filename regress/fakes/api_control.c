/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What a test can do to the model.
 *   /rules [..]	all rules anew	/rule {..}	one more, before the others
 *   /key {key}		the key that is good from now on
 *   /stats		counters	/last		the last request's body
 * /wait conditions: {requests n} {finished n} {active n} {idle true}
 */
#include <stdlib.h>
#include <string.h>

#include "regress/fakes/api.h"

json_t *
api_control(const char *path, json_t *arg, int *status)
{
	(void)status;
	if (strcmp(path, "/rules") == 0)
		api_rules_set(json_deep_copy(arg));
	else if (strcmp(path, "/rule") == 0)
		api_rules_add(arg);
	else if (strcmp(path, "/key") == 0) {
		free(api_key);
		if ((api_key = strdup(jstr(arg, "key"))) == NULL)
			abort();
	} else if (strcmp(path, "/last") == 0)
		return (json_pack("{s:b,s:O?}", "ok", 1, "body", api_last));
	else if (strcmp(path, "/stats") != 0)
		return (NULL);
	return (json_pack("{s:b,s:I,s:I,s:i,s:i,s:i,s:i,s:i}", "ok", 1,
	    "requests", (json_int_t)api_requests, "finished",
	    (json_int_t)api_finished, "active", api_active, "active_max",
	    api_active_max, "rules", (int)api_rules_left(), "failures",
	    (int)json_array_size(failures()), "connections",
	    (int)conn_count()));
}

int
api_ready(json_t *cond, json_t **out)
{
	(void)out;
	if (json_object_get(cond, "requests") != NULL)
		return ((int64_t)api_requests >= jint(cond, "requests", 1));
	if (json_object_get(cond, "finished") != NULL)
		return ((int64_t)api_finished >= jint(cond, "finished", 1));
	if (json_object_get(cond, "active") != NULL)
		return (api_active >= jint(cond, "active", 1));
	if (json_object_get(cond, "idle") != NULL)
		return (api_active == 0);
	if (json_object_get(cond, "failures") != NULL)
		return ((int64_t)json_array_size(failures()) >=
		    jint(cond, "failures", 1));
	return (0);
}
