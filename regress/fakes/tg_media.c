/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * sendDocument and its like: one file, an optional caption, and the limits of
 * the real server; what each kind may be is looked at.
 */
#include <stdio.h>
#include <string.h>

#include "regress/fakes/tg.h"

#define CAPTION_MAX	1024			/* UTF-16 units */
#define UPLOAD_MAX	(50 * 1024 * 1024)
#define PHOTO_MAX	(10 * 1024 * 1024)

static int
begins(const json_t *file, const char *hex)
{
	return (strncmp(jstr(file, "hex"), hex, strlen(hex)) == 0);
}

/* By the first bytes of it; a stricter server than the real one. */
static int
fits(const char *kind, const json_t *file)
{
	const char	*hex = jstr(file, "hex");

	if (strcmp(kind, "photo") == 0)
		return (begins(file, "ffd8ff") || begins(file, "89504e47") ||
		    begins(file, "52494646"));
	if (strcmp(kind, "voice") == 0)		/* OggS ... OpusHead */
		return (begins(file, "4f676753") &&
		    strstr(hex, "4f70757348656164") != NULL);
	if (strcmp(kind, "audio") == 0)
		return (begins(file, "494433") || begins(file, "fff") ||
		    strstr(hex, "667479704d34") != NULL);
	if (strcmp(kind, "video") == 0)
		return (strstr(hex, "66747970") != NULL);
	return (1);
}

static json_t *
send_file(json_t *args, const char *kind, struct tgerr *e)
{
	json_t		*chat, *m, *file = json_object_get(args, kind);
	const char	*caption = jstr(args, "caption");
	int64_t		 size = jint(file, "size", 0);

	if ((chat = tg_send_chat(args, e)) == NULL)
		return (NULL);
	if (size == 0)
		tgerr(e, 400, 1, "Bad Request: file must be non-empty");
	else if (size > UPLOAD_MAX)
		tgerr(e, 413, 1, "Request Entity Too Large");
	else if (strcmp(kind, "photo") == 0 && size > PHOTO_MAX)
		tgerr(e, 400, 1, "Bad Request: file is too big for a photo");
	else if (utf16_units(caption, strlen(caption)) > CAPTION_MAX)
		tgerr(e, 400, 1, "Bad Request: message caption is too long");
	else if (!fits(kind, file))
		tgerr(e, 400, 1, "Bad Request: %s has invalid contents", kind);
	else if (json_object_get(args, "reply_markup") == NULL ||
	    tg_markup_check(json_object_get(args, "reply_markup"), e) == 0) {
		m = tg_message_add(chat, 1, args, caption);
		json_object_set(m, "file", file);
		json_object_set_new(m, "kind", json_string(kind));
		control_kick();
		return (tg_message_public(chat, m));
	}
	return (NULL);
}

#define SEND(name, kind)						\
json_t *								\
m_send##name(json_t *args, struct tgerr *e)				\
{									\
	return (send_file(args, kind, e));				\
}
SEND(Document, "document")
SEND(Photo, "photo")
SEND(Voice, "voice")
SEND(Audio, "audio")
SEND(Video, "video")
