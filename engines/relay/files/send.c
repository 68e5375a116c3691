/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Files to people: copied into a directory of our own, looked through there,
 * typed by content, queued.  Run by the relay; trusts no file.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"
#include "engines/relay/files/attach.h"
#include "engines/relay/files/dirs.h"
#include "engines/relay/files/files.h"
#include "engines/relay/files/spool.h"
#include "engines/relay/out/boxfile.h"
#include "engines/relay/out/outbox.h"
#include "engines/relay/relay.h"
#include "engines/relay/screen/filter.h"

#define PHOTO_MAX	(10000000u)	/* larger ones are refused as such */

int
spool_open(uint64_t row, uint64_t *size)
{
	char		name[CONV_NAME];
	struct stat	st;
	int		fd;

	fd = openat(dirs.spool, conv_name(row, name), O_RDONLY | O_NOFOLLOW |
	    O_CLOEXEC);
	if (fd == -1 || fstat(fd, &st) == -1) {
		if (fd != -1)
			close(fd);
		return (-1);
	}
	*size = (uint64_t)st.st_size;
	return (fd);
}

int
spool_new(struct spool *s, int look, char *why, size_t len)
{
	char	name[CONV_NAME];

	s->fd = -1;
	s->search = NULL;
	if (dirs.spool == -1 || dirs.spool_bytes > SPOOL_MAX) {
		(void)str_copy(why, "too many files wait to be sent already",
		    len);
		return (-1);
	}
	s->row = relay_id();
	sniff_init(&s->sniff);
	s->fd = openat(dirs.spool, conv_name(s->row, name), O_RDWR | O_CREAT |
	    O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (s->fd != -1) {
		s->search = look ? filter_file_new() : NULL;
		return (0);
	}
	(void)str_format(why, len, "it cannot be stored here: %s",
	    strerror(errno));
	return (-1);
}

int
spool_write(struct spool *s, const void *p, size_t n)
{
	const char	*c = p;
	ssize_t		 w;

	sniff_feed(&s->sniff, p, n);
	if (s->search != NULL)
		filter_file_feed(s->search, p, n);
	for (; n > 0; c += w, n -= (size_t)w) {
		if ((w = write(s->fd, c, n)) == -1)
			return (-1);
		/* What is there, for that is what goes again. */
		dirs.spool_bytes += (uint64_t)w;
	}
	return (0);
}

void
boxfile_gone(uint64_t row)
{
	char		name[CONV_NAME];
	struct stat	st;

	(void)conv_name(row, name);
	if (fstatat(dirs.spool, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return;
	dirs.spool_bytes -= MINIMUM(dirs.spool_bytes, (uint64_t)st.st_size);
	(void)unlinkat(dirs.spool, name, 0);
}

void
spool_drop(struct spool *s)
{
	if (s->fd == -1)
		return;
	filter_file_drop(s->search);
	s->search = NULL;
	close(s->fd);
	s->fd = -1;
	boxfile_gone(s->row);
}

static const char *
method_of(const struct spool *s, enum ftype t, int as_document)
{
	if (as_document)
		return ("sendDocument");
	switch (t) {
	case FT_JPEG:
	case FT_PNG:
	case FT_WEBP:
		return (s->sniff.all <= PHOTO_MAX ? "sendPhoto" :
		    "sendDocument");
	case FT_OPUS:
		return ("sendVoice");
	case FT_MP3:
	case FT_M4A:
		return ("sendAudio");
	case FT_MP4:
		return ("sendVideo");
	default:
		return ("sendDocument");
	}
}

/* Something is wrong with it: never a reason to send it. */
static int
unfit(struct spool *s, char *why, size_t len)
{
	struct filesearch	*search = s->search;

	s->search = NULL;
	if (s->sniff.all == 0 || search == NULL) {
		filter_file_drop(search);
		(void)str_copy(why, search == NULL ? "it could not be looked "
		    "through" : "it is empty", len);
		return (1);
	}
	return (filter_file_end(search, &s->sniff, why, len) == -1);
}

/* On disk before the row that names it: the original goes next. */
static int
spool_sync(struct spool *s)
{
	return (fsync(s->fd) == -1 || fsync(dirs.spool) == -1 ? -1 : 0);
}

/* A name is text that goes out too: harmless, and no credential. */
static void
name_for(char dst[ATTACH_NAME], const char *name, enum ftype t)
{
	struct buf	b;

	attach_clean(dst, ATTACH_NAME, name);
	buf_init(&b);
	if (dst[0] == '\0' || filter_text(name, strlen(name), &b) ||
	    b.failed || b.len != strlen(name) ||
	    memcmp(b.p, name, b.len) != 0 || filter_wall(dst, strlen(dst)))
		(void)str_format(dst, ATTACH_NAME, "file%s",
		    ftype_row(t)->ext);
	buf_free(&b);
}

int
spool_send(struct spool *s, const struct outmsg *msg, const char *name,
    int as_document, char *why, size_t len)
{
	char		 clean[ATTACH_NAME];
	enum ftype	 t = sniff_type(&s->sniff);
	struct outfile	 f;
	struct outmsg	 m = *msg;

	name_for(clean, name, t);
	if (unfit(s, why, len)) {
		spool_drop(s);
		return (-1);
	}
	if (spool_sync(s) == -1) {
		(void)str_format(why, len, "it cannot be stored here: %s",
		    strerror(errno));
		spool_drop(s);
		return (-1);
	}
	f.row = s->row;
	f.method = method_of(s, t, as_document);
	f.name = clean;
	f.mime = ftype_row(t)->mime;
	m.file = &f;
	(void)outbox_send(&m);
	close(s->fd);
	s->fd = -1;
	return (0);
}

/* The filter saw the Markdown; a reader may see what it renders to. */
static int
rendered_leaks(const char *p, size_t n)
{
	struct md_text	md;
	unsigned	i;
	int		bad;

	if (md_render(p, n, &md) == -1)
		return (1);
	bad = filter_wall(md.s, md.len);
	for (i = 0; i < md.n && !bad; i++)
		bad = md.e[i].arg != NULL && filter_wall(md.e[i].arg,
		    strlen(md.e[i].arg));
	md_free(&md);
	return (bad);
}

int
file_send_bytes(const struct outmsg *msg, const char *name, const void *p,
    size_t n)
{
	struct outfile	 f = { .method = "sendDocument" };
	struct outmsg	 m = *msg;
	struct spool	 s;
	char		 clean[ATTACH_NAME], why[160];

	attach_clean(clean, sizeof(clean), name);
	if (clean[0] == '\0' || n == 0 || n > FILE_OUT_MAX ||
	    rendered_leaks(p, n))
		return (-1);
	if (spool_new(&s, 0, why, sizeof(why)) == -1) {
		log_warnx("a file for chat %" PRId64 ": %s", msg->chat, why);
		return (-1);
	}
	if (spool_write(&s, p, n) == -1 || spool_sync(&s) == -1) {
		log_warn("a file for chat %" PRId64, msg->chat);
		spool_drop(&s);
		return (-1);
	}
	f.row = s.row;
	f.name = clean;
	f.mime = ftype_row(sniff_type(&s.sniff))->mime;
	m.file = &f;
	(void)outbox_send(&m);
	close(s.fd);
	return (0);
}
