/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What the model reads of the files of a message: a line for each, behind the
 * text, and where they lie.  Run by the relay; what senders called their files
 * was cleaned and is shown as a name only.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"
#include "engines/relay/files/attach.h"
#include "engines/relay/files/dirs.h"
#include "engines/relay/files/files.h"
#include "engines/relay/files/sniff.h"
#include "engines/relay/relay.h"
#include "engines/relay/route.h"
#include "engines/relay/turn/turn.h"

#define NOTES_MAX	6144	/* of a prompt; the text gets the rest */
#define TEXT_MAX	(PROMPT_MAX - NOTES_MAX - 1280)

/* How to look at it, or that nobody can. */
static const char *
how(const struct attach *a)
{
	switch (ftype_row(ftype_byname(a->type))->cls) {
	case FC_IMAGE:
	case FC_TEXT:
	case FC_PDF:
		return ("look at it with Read");
	case FC_SOUND:
		return ("you cannot hear it: transcription is not set up");
	case FC_VIDEO:
		return ("you cannot see it: only its bytes are there");
	default:
		return ("Read may not understand it; say so if it does not");
	}
}

static void
note_one(struct buf *b, const struct attach *a)
{
	char	size[24];

	(void)buf_printf(b, "\n[Attached: %s", attach_words(a->kind));
	if (a->name[0] != '\0')
		(void)buf_printf(b, " \"%s\"", a->name);
	if (a->file[0] == '\0') {
		(void)buf_printf(b, ", but it did not arrive: %s]", a->why);
		return;
	}
	(void)buf_printf(b, ", by its content %s, %s",
	    ftype_row(ftype_byname(a->type))->words,
	    attach_size(a->size, size, sizeof(size)));
	if (a->seconds > 0)
		(void)buf_printf(b, ", %u s", a->seconds);
	(void)buf_printf(b, ": file %s; %s]", a->file, how(a));
}

/* Nothing was written: say what was sent. */
static void
note_alone(struct buf *b, const struct attach *v, unsigned n)
{
	if (n == 1)
		(void)buf_printf(b, "I sent you this %s.\n",
		    attach_words(v[0].kind));
	else
		(void)buf_printf(b, "I sent you these %u files.\n", n);
}

void
note_files(struct turn *t, const struct attach *v, unsigned n)
{
	struct buf	b;
	unsigned	i;

	buf_init(&b);
	if (!t->framed)
		t->nown = MINIMUM(t->len, (size_t)TEXT_MAX);
	t->framed = 1;
	if (t->len == 0)
		note_alone(&b, v, n);
	else {
		(void)buf_add(&b, t->text, utf8_prefix(t->text, t->len,
		    TEXT_MAX));
		if (t->len > TEXT_MAX)
			(void)buf_puts(&b, " [cut]");
		(void)buf_puts(&b, "\n");
	}
	for (i = 0; i < n; i++)
		note_one(&b, &v[i]);
	if (b.failed)
		fatal("note_files");
	explicit_bzero(t->text, t->len);
	free(t->text);
	t->text = b.p;
	t->len = b.len;
}

/* From where all wait to where this conversation's tools see them. */
void
files_begin(struct turn *t)
{
	struct attach	*v;
	int		 i, n, fd;

	if (t->files == NULL || dirs.in == -1)
		return;
	if ((v = calloc(ATTACH_MAX, sizeof(*v))) == NULL)
		fatal("files_begin");
	n = attach_decode(t->files, v, ATTACH_MAX);
	fd = n > 0 ? dirs_inbox(t->conv) : -1;
	for (i = 0; fd != -1 && i < n; i++)
		if (v[i].file[0] != '\0' && renameat(dirs.fresh, v[i].file,
		    fd, v[i].file) == -1 &&
		    faccessat(fd, v[i].file, F_OK, 0) == -1)
			log_warnx("turn %llu: file %s is no longer there",
			    (unsigned long long)t->id, v[i].file);
	if (n > 0 && fd == -1)
		log_warn("turn %llu: no inbox of its conversation",
		    (unsigned long long)t->id);
	if (fd != -1)
		close(fd);
	free(v);
}

void
files_prompt(const struct turn *t, struct buf *b)
{
	char	conv[CONV_NAME];

	(void)buf_add(b, t->text, t->len);
	if (t->files != NULL && strstr(t->text, "[Attached: ") != NULL)
		(void)buf_printf(b, "\n[The files are in %s/%s]",
		    relay.set->r.inbox, conv_name(t->conv, conv));
}
