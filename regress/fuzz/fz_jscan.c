/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What gate reads of bodies and answers: the same in one piece and byte by
 * byte; and what a full parser finds at the top of a body, it has found too,
 * or it counts as the worst.
 */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "engines/gate/scan.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static int
named(const struct bodyscan *b, const char *model)
{
	unsigned i;

	for (i = 0; i < b->nmodel; i++)
		if (strcmp(b->model[i], model) == 0)
			return (1);
	return (0);
}

static void
body(const char *s, size_t n)
{
	struct bodyscan a, b;
	json_t *root, *v;
	size_t i;

	bodyscan_init(&a, 1);
	bodyscan_feed(&a, s, n);
	bodyscan_end(&a);
	bodyscan_init(&b, 1);
	for (i = 0; i < n; i++)
		bodyscan_feed(&b, s + i, 1);
	bodyscan_end(&b);
	if (a.nmodel != b.nmodel || a.anymodel != b.anymodel ||
	    a.max_tokens != b.max_tokens || a.anymax != b.anymax ||
	    a.points != b.points || a.caches != b.caches ||
	    a.files != b.files || a.filebytes != b.filebytes ||
	    a.pdfs != b.pdfs || a.notimage != b.notimage ||
	    a.searches != b.searches || a.filebytes > n)
		abort();
	if ((root = json_loadb(s, n, 0, NULL)) == NULL)
		return;
	v = json_object_get(root, "model");
	if (!a.anymodel && (v == NULL || (json_is_string(v) &&
	    strspn(json_string_value(v), "abcdefghijklmnopqrstuvwxyz-") ==
	    json_string_length(v) && !named(&a, json_string_value(v)))))
		abort();
	v = json_object_get(root, "max_tokens");
	if (!a.anymax && (!json_is_integer(v) ||
	    (uint64_t)json_integer_value(v) > a.max_tokens))
		abort();
	json_decref(root);
}

static void
answer(const char *s, size_t n, enum usage_form form)
{
	struct usagescan a, b;
	size_t i;

	usage_init(&a, form);
	usage_feed(&a, s, n);
	usage_init(&b, form);
	for (i = 0; i < n; i++)
		usage_feed(&b, s + i, 1);
	if (usage_end(&a) != usage_end(&b) ||
	    memcmp(&a.u, &b.u, sizeof(a.u)) != 0 ||
	    strcmp(a.model, b.model) != 0 || strlen(a.model) >= SCAN_MODEL)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *s = (const char *)data + 1;

	if (size < 1)
		return (0);
	switch (data[0] % 3) {
	case 0:
		body(s, size - 1);
		break;
	case 1:
		answer(s, size - 1, UF_JSON);
		break;
	default:
		answer(s, size - 1, UF_SSE);
	}
	return (0);
}
