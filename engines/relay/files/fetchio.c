/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * One file from the Bot API to the inbox: getFile, then its bytes straight to
 * disk, bounded; its name and type are ours.  Run by the relay; trusts
 * neither the server's words nor the sender's.  The path of a file stands in a
 * URL beside the token: neither is logged.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>
#include <jansson.h>

#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"
#include "engines/relay/files/dirs.h"
#include "engines/relay/files/fetch.h"
#include "engines/relay/files/files.h"
#include "engines/relay/relay.h"
#include "engines/relay/tg/api.h"
#include "engines/relay/turn/turn.h"

#define TRIES_MAX	4
#define FILE_MS		120000
#define WAIT_MAX_MS	10000u

static void
part_name(const struct fetch *f, char *dst, size_t size)
{
	(void)str_format(dst, size, "%s.part", f->base);
}

static void
part_drop(struct fetch *f)
{
	char	name[64];

	if (f->fd == -1)
		return;
	close(f->fd);
	f->fd = -1;
	part_name(f, name, sizeof(name));
	(void)unlinkat(dirs.fresh, name, 0);
}

void
fetchio_stop(struct fetch *f)
{
	api_cancel(f->call);
	f->call = NULL;
	part_drop(f);
	if (f->timer != NULL)
		(void)event_del(f->timer);
}

static void
give_up(struct fetch *f, const char *why)
{
	struct attach	*a = &f->v[f->i];

	part_drop(f);
	(void)str_copy(a->why, why, sizeof(a->why));
	log_warnx("turn %llu: a file could not be fetched: %s",
	    (unsigned long long)f->t->id, why);
	f->i++;
	fetch_next(f);
}

static void
again_timer(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	fetchio_ask(arg);
}

static void
wait_for(struct fetch *f, uint32_t ms)
{
	struct timeval	tv = ms_tv(ms);

	if (f->timer == NULL)
		f->timer = event_new(relay.base, -1, 0, again_timer, f);
	if (f->timer == NULL)
		fatal("fetch");
	(void)event_add(f->timer, &tv);
}

static void
try_again(struct fetch *f, const char *why)
{
	part_drop(f);
	if (++f->tries >= TRIES_MAX)
		give_up(f, why);
	else
		wait_for(f, 500u << f->tries);
}

/*
 * No network, or asked to wait: nothing was tried yet, so it costs no try as
 * long as there is time for the files of this turn.
 */
static void
wait_on(struct fetch *f, const char *why, uint32_t ms)
{
	uint64_t	spent = now_ms() - f->began;

	part_drop(f);
	if (ms == 0)
		ms = MINIMUM(500u << MINIMUM(f->waits, 5u), WAIT_MAX_MS);
	f->waits++;
	if (spent + ms >= FETCH_TURN_MS)
		give_up(f, why);
	else
		wait_for(f, ms);
}

/* An answer that is not the wanted one. */
static void
failed(struct fetch *f, const struct api_reply *r, const char *what)
{
	char	why[160];

	(void)str_format(why, sizeof(why), "%s: %s", what, r->why);
	if (r->verdict == BV_REQUEST || r->toobig)
		give_up(f, r->toobig ? "it is larger than 20 MB" : why);
	else if (r->verdict == BV_UNSENT || r->verdict == BV_LIMIT)
		wait_on(f, why, r->retry_ms);
	else
		try_again(f, why);
}

static int
on_bytes(const char *p, size_t n, void *ctx)
{
	struct fetch	*f = ctx;
	ssize_t		 w;

	f->got += n;
	sniff_feed(&f->sniff, p, n);
	while (n > 0) {
		if ((w = write(f->fd, p, n)) == -1) {
			f->broken = errno;
			return (-1);
		}
		p += w;
		n -= (size_t)w;
	}
	return (0);
}

/* Whole and bounded: what is it, and what is it called from here on? */
static void
keep(struct fetch *f)
{
	const struct ftype_row	*r = ftype_row(sniff_type(&f->sniff));
	struct attach		*a = &f->v[f->i];
	char			 name[64];

	/* The row must not outlive the bytes. */
	if (fsync(f->fd) == -1) {
		give_up(f, "it could not be stored here");
		return;
	}
	close(f->fd);
	f->fd = -1;
	part_name(f, name, sizeof(name));
	(void)str_format(a->file, sizeof(a->file), "%s%s", f->base, r->ext);
	(void)str_copy(a->type, r->name, sizeof(a->type));
	a->size = (int64_t)f->got;
	if (renameat(dirs.fresh, name, dirs.fresh, a->file) == -1) {
		a->file[0] = '\0';
		give_up(f, "it could not be stored");
		return;
	}
	if (fsync(dirs.fresh) == -1)
		log_warn("turn %llu: directory of its files",
		    (unsigned long long)f->t->id);
	f->total += f->got;
	dirs.in_bytes += f->got;
	fetch_save(f);
	f->i++;
	fetch_next(f);
}

static void
on_fetched(const struct api_reply *r, void *ctx)
{
	struct fetch	*f = ctx;
	char		 why[96];

	f->call = NULL;
	if (f->broken != 0) {
		(void)str_format(why, sizeof(why), "it could not be stored "
		    "here: %s", strerror(f->broken));
		give_up(f, why);
	} else if (r->verdict == BV_OK && f->got == 0)
		give_up(f, "it is empty");
	else if (r->verdict == BV_OK && (f->said == 0 ||
	    (uint64_t)f->said == f->got))
		keep(f);
	else if (r->verdict == BV_OK)
		try_again(f, "it came with another size than Telegram "
		    "announced");
	else if (r->verdict == BV_TOKEN)
		try_again(f, "Telegram no longer has it; send it again");
	else
		failed(f, r, "fetching it failed");
}

static int
part_open(struct fetch *f)
{
	char	name[64];

	dirs_name(f->base, sizeof(f->base));
	part_name(f, name, sizeof(name));
	f->got = 0;
	f->broken = 0;
	sniff_init(&f->sniff);
	f->fd = openat(dirs.fresh, name, O_WRONLY | O_CREAT | O_EXCL |
	    O_NOFOLLOW | O_CLOEXEC, 0640);
	return (f->fd == -1 ? -1 : 0);
}

/* The path is a secret: it may hold the token. */
static void
bytes_from(struct fetch *f, const char *path)
{
	int	bad = 0;

	if (part_open(f) == -1) {
		give_up(f, "it could not be stored here");
		return;
	}
	f->call = api_file(path, FILE_IN_MAX, FILE_MS, on_bytes, on_fetched,
	    f, &bad);
	if (f->call != NULL)
		return;
	if (bad)
		give_up(f, "the Bot API server gives no way to it that could "
		    "be followed");
	else
		try_again(f, "it could not be asked for");
}

static void
on_path(const struct api_reply *r, void *ctx)
{
	struct fetch	*f = ctx;
	const char	*path;
	json_t		*o, *res;

	f->call = NULL;
	if (r->verdict != BV_OK) {
		failed(f, r, "Telegram says");
		return;
	}
	o = json_loadb(r->body, r->len, 0, NULL);
	res = json_object_get(o, "result");
	path = json_string_value(json_object_get(res, "file_path"));
	f->said = (int64_t)json_integer_value(json_object_get(res,
	    "file_size"));
	if (path == NULL)
		give_up(f, "Telegram gives no way to it");
	else if (f->said > (int64_t)FILE_IN_MAX)
		give_up(f, "it is larger than 20 MB");
	else
		bytes_from(f, path);
	json_decref(o);
}

void
fetchio_ask(struct fetch *f)
{
	struct buf	b;

	buf_init(&b);
	(void)buf_printf(&b, "{\"file_id\":\"%s\"}", f->v[f->i].id);
	if (!b.failed)
		f->call = api_send("getFile", b.p, b.len, NULL, on_path, f);
	buf_free(&b);
	if (f->call == NULL)
		try_again(f, "it could not be asked for");
}
