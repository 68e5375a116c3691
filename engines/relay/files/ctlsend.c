/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * telclaudectl send: a text or a file to a listed chat, through the same
 * filter as everything else that leaves.  Run by the relay; whoever is at the
 * other end was let in by the parent, but their file is looked through too.
 */
#include <sys/stat.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "telclauded/lib/log.h"
#include "telclauded/lib/text.h"
#include "telclauded/lib/util.h"
#include "engines/relay/access.h"
#include "engines/relay/cmd/ctlask.h"
#include "engines/relay/files/files.h"
#include "engines/relay/files/spool.h"
#include "engines/relay/out/outbox.h"
#include "engines/relay/relay.h"
#include "engines/relay/screen/filter.h"

#define PIECE		65536
#define TEXT_UNITS	4096

static int
copy(struct spool *s, int fd, char *why, size_t len)
{
	static char	p[PIECE];
	struct stat	st;
	ssize_t		n;

	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode)) {
		(void)str_copy(why, "that is not a plain file", len);
		return (-1);
	}
	while ((n = read(fd, p, sizeof(p))) > 0) {
		if (s->sniff.all + (uint64_t)n > FILE_OUT_MAX) {
			(void)str_copy(why, "it has more than 10 MB, and more "
			    "cannot be looked through before it is sent",
			    len);
			return (-1);
		}
		if (spool_write(s, p, (size_t)n) == -1)
			break;
	}
	if (n == 0)
		return (0);
	(void)str_copy(why, "it cannot be read, or stored here", len);
	return (-1);
}

static int
send_file(struct ctlreq *r, const struct outmsg *m, char *why, size_t len)
{
	struct spool	s;

	if (spool_new(&s, 1, why, len) == -1)
		return (-1);
	if (copy(&s, r->fd, why, len) == -1) {
		spool_drop(&s);
		return (-1);
	}
	return (spool_send(&s, m, r->s, 0, why, len));
}

/* What the filter makes of the text must be all of it, or none is sent. */
static int
clean_text(struct buf *out, const char *p, size_t n, char *why, size_t len)
{
	if (n > 0 && filter_text(p, n, out) == 0 && !out->failed &&
	    out->len == n && memcmp(out->p, p, n) == 0)
		return (0);
	(void)str_copy(why, n == 0 ? "there is no text" : "the output filter "
	    "holds it back: it looks like a credential; nothing was sent",
	    len);
	return (-1);
}

static int
send_text(const struct outmsg *m, char *why, size_t len)
{
	if (utf16_len(m->text, m->len) > TEXT_UNITS) {
		(void)str_copy(why, "a message has at most 4096 characters; "
		    "send a file", len);
		return (-1);
	}
	return (outbox_send(m));
}

void
ctl_send(struct ctlreq *r)
{
	struct outmsg	 m = { 0 };
	struct buf	 text;
	char		 why[256] = "", *copied;
	size_t		 n;
	int		 bad;

	buf_init(&text);
	copied = text_utf8(r->t, &n);
	m.chat = r->a;
	bad = copied == NULL;
	if (!bad && !access_chat(relay.set, r->a)) {
		(void)str_copy(why, "that chat is not listed (allow chat)",
		    sizeof(why));
		bad = 1;
	}
	if (!bad && (n > 0 || r->fd == -1))
		bad = clean_text(&text, copied, n, why, sizeof(why)) == -1;
	m.text = text.p == NULL ? "" : text.p;
	m.len = text.len;
	if (!bad)
		bad = (r->fd == -1 ? send_text(&m, why, sizeof(why)) :
		    send_file(r, &m, why, sizeof(why))) == -1;
	log_info("telclaudectl: a %s for chat %" PRId64 " %s", r->fd == -1 ?
	    "text" : "file", r->a, bad ? "was not sent" : "is queued");
	free(copied);
	buf_free(&text);
	if (r->fd != -1)
		close(r->fd);
	r->fd = -1;
	ctl_end(r->l, r->id, bad ? 1 : 0, why);
}
