/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The file of a message, out of its JSON: of a photo the largest size, of
 * what is called both an animation and a document the animation.  Linked by
 * the relay (and its fuzz target); trusts nothing.
 */
#include <string.h>

#include "telclauded/lib/util.h"
#include "engines/relay/tg/update.h"
#include "engines/relay/tg/update_int.h"

static int64_t
get_size(const json_t *o)
{
	int64_t	n = upd_int(o, "file_size");

	return (n > 0 ? n : 0);
}

static int64_t
get_area(const json_t *o)
{
	int64_t	w = upd_int(o, "width"), h = upd_int(o, "height");

	return (w > 0 && h > 0 && w < 100000 && h < 100000 ? w * h : 0);
}

static const json_t *
largest(const json_t *sizes)
{
	const json_t	*o, *best = NULL;
	size_t		 i;

	json_array_foreach(sizes, i, o)
		if (json_is_object(o) && (best == NULL ||
		    get_area(o) > get_area(best)))
			best = o;
	return (best);
}

/* Drawn by vectors or frames: nothing here can look at it. */
static int
moves(const json_t *sticker)
{
	return (json_is_true(json_object_get(sticker, "is_animated")) ||
	    json_is_true(json_object_get(sticker, "is_video")));
}

static int
file_take(const json_t *o, enum attach_kind kind, struct attach *a)
{
	const char	*id = upd_str(o, "file_id");
	json_int_t	 s;

	if (!json_is_object(o) || !attach_id_ok(id) ||
	    (kind == AT_STICKER && moves(o)))
		return (-1);
	a->kind = kind;
	(void)str_copy(a->id, id, sizeof(a->id));
	attach_clean(a->name, sizeof(a->name), upd_str(o, "file_name"));
	a->size = get_size(o);
	s = json_integer_value(json_object_get(o, "duration"));
	a->seconds = s > 0 && s < 1000000 ? (uint32_t)s : 0;
	return (0);
}

void
update_file(const json_t *m, struct update *u)
{
	const json_t	*o;
	int		 k;

	for (k = 0; k < AT_MAX && !u->have_file; k++) {
		o = json_object_get(m, attach_field((enum attach_kind)k));
		if (o == NULL)
			continue;
		if (k == AT_PHOTO)
			o = largest(o);
		u->have_file = file_take(o, (enum attach_kind)k,
		    &u->file) == 0;
	}
	if (u->have_file && strspn(upd_str(m, "media_group_id"),
	    "0123456789") == strlen(upd_str(m, "media_group_id")) &&
	    str_copy(u->album, upd_str(m, "media_group_id"),
	    sizeof(u->album)) == -1)
		u->album[0] = '\0';
}
