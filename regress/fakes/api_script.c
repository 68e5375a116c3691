/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The model, as a list of rules; the first that fits answers:
 *   text		substring of the last thing the user wrote
 *   result	substring of the last message's tool results ("" any); a rule
 *		without it fits only messages that bring no result
 *   times	use it so often, then drop it
 *   reply	blocks: {type text text} {type thinking thinking}
 *		{type tool_use name input} {type web_search query results};
 *		${text} and ${result} in a string stand for what fitted
 *   stop_reason first_ms every_ms piece	how it streams
 *   stop_in TYPE stop_how cut|hang|error	break inside a block of TYPE
 * Without a fitting rule the model repeats what it heard.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "regress/fakes/api.h"

static json_t	*rules;

struct heard {
	struct evbuffer	*text, *result;
	int		 has_result;
};

void
api_rules_set(json_t *j)
{
	json_decref(rules);
	rules = json_is_array(j) ? j : json_array();
	if (rules != j)
		json_decref(j);
}

/* Newer rules come first. */
void
api_rules_add(json_t *j)
{
	if (rules == NULL)
		rules = json_array();
	json_array_insert(rules, 0, j);
}

size_t
api_rules_left(void)
{
	return (json_array_size(rules));
}

static void
collect(struct evbuffer *to, const json_t *content, const char *type,
    int *found)
{
	json_t	*b;
	size_t	 i;

	if (json_is_string(content) && strcmp(type, "text") == 0)
		evbuffer_add_printf(to, "%s", json_string_value(content));
	if (!json_is_array(content))
		return;
	json_array_foreach(content, i, b) {
		if (strcmp(jstr(b, "type"), type) != 0)
			continue;
		if (found != NULL)
			*found = 1;
		if (strcmp(type, "text") == 0)
			evbuffer_add_printf(to, "%s", jstr(b, "text"));
		else if (json_is_string(json_object_get(b, "content")))
			evbuffer_add_printf(to, "%s", jstr(b, "content"));
		else
			collect(to, json_object_get(b, "content"), "text",
			    NULL);
	}
}

static void
hear(const json_t *body, struct heard *h)
{
	const json_t	*v = json_object_get(body, "messages"), *m;
	size_t		 i;

	h->text = evbuffer_new();
	h->result = evbuffer_new();
	h->has_result = 0;
	i = json_array_size(v);
	collect(h->result, json_object_get(json_array_get(v, i - 1),
	    "content"), "tool_result", &h->has_result);
	/* A result beside words of the user (a stopped call): the words count. */
	collect(h->text, json_object_get(json_array_get(v, i - 1),
	    "content"), "text", NULL);
	if (evbuffer_get_length(h->text) > 0)
		h->has_result = 0;
	while (i > 0 && evbuffer_get_length(h->text) == 0) {
		m = json_array_get(v, --i);
		if (strcmp(jstr(m, "role"), "user") == 0)
			collect(h->text, json_object_get(m, "content"), "text",
			    NULL);
	}
	evbuffer_add(h->text, "", 1);
	evbuffer_add(h->result, "", 1);
}

static int
fits(const json_t *rule, const struct heard *h)
{
	const char	*t, *r;

	t = json_string_value(json_object_get(rule, "text"));
	r = json_string_value(json_object_get(rule, "result"));
	if ((r != NULL) != h->has_result)
		return (0);
	if (t != NULL && strstr((char *)evbuffer_pullup(h->text, -1), t) ==
	    NULL)
		return (0);
	return (r == NULL ||
	    strstr((char *)evbuffer_pullup(h->result, -1), r) != NULL);
}

static json_t *
fill_string(const char *s, const struct heard *h)
{
	struct evbuffer	*b = evbuffer_new();
	json_t		*j;

	while (*s != '\0') {
		if (strncmp(s, "${text}", 7) == 0) {
			evbuffer_add_printf(b, "%s",
			    (char *)evbuffer_pullup(h->text, -1));
			s += 7;
		} else if (strncmp(s, "${result}", 9) == 0) {
			evbuffer_add_printf(b, "%s",
			    (char *)evbuffer_pullup(h->result, -1));
			s += 9;
		} else
			evbuffer_add(b, s++, 1);
	}
	evbuffer_add(b, "", 1);
	j = json_string((char *)evbuffer_pullup(b, -1));
	evbuffer_free(b);
	return (j);
}

static json_t *
fill(const json_t *v, const struct heard *h)
{
	const char	*k;
	json_t		*out, *x;
	size_t		 i;

	if (json_is_string(v))
		return (fill_string(json_string_value(v), h));
	if (json_is_array(v)) {
		out = json_array();
		json_array_foreach(v, i, x)
			json_array_append_new(out, fill(x, h));
		return (out);
	}
	if (!json_is_object(v))
		return (json_deep_copy(v));
	out = json_object();
	json_object_foreach((json_t *)(uintptr_t)v, k, x)
		json_object_set_new(out, k, fill(x, h));
	return (out);
}

static json_t *
echo(const struct heard *h)
{
	const char	*s;

	s = (char *)evbuffer_pullup(h->has_result ? h->result : h->text, -1);
	return (json_pack("{s:[{s:s,s:o}]}", "reply", "type", "text", "text",
	    json_sprintf("%s: %.3000s", h->has_result ? "result" : "echo",
	    s)));
}

json_t *
api_script(const json_t *body)
{
	struct heard	 h;
	json_t		*rule, *out = NULL;
	int64_t		 n;
	size_t		 i;

	hear(body, &h);
	json_array_foreach(rules, i, rule) {
		if (!fits(rule, &h))
			continue;
		out = fill(rule, &h);
		if ((n = jint(rule, "times", 0)) == 1)
			json_array_remove(rules, i);
		else if (n > 1)
			json_object_set_new(rule, "times",
			    json_integer(n - 1));
		break;
	}
	if (out == NULL && (out = echo(&h)) == NULL)	/* cut in a sequence */
		out = json_pack("{s:[{s:s,s:s}]}", "reply", "type", "text",
		    "text", "echo");
	evbuffer_free(h.text);
	evbuffer_free(h.result);
	return (out);
}
