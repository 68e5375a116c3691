/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The outbox against a server that is a table: what is on disk before it is
 * sent, what a death at any moment leaves, what is repeated and how it says
 * so.  A first life runs in a child that just ends; the second is the parent.
 */
#include <sys/stat.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <event2/event.h>

#include "telclauded/lib/util.h"
#include "engines/relay/files/dirs.h"
#include "engines/relay/files/files.h"
#include "engines/relay/files/spool.h"
#include "engines/relay/out/boxfile.h"
#include "engines/relay/out/outbox.h"
#include "engines/relay/relay.h"
#include "engines/relay/screen/filter.h"
#include "engines/relay/store/store.h"
#include "engines/relay/tg/api.h"

/* --- the server: requests wait here until the test answers them -------- */
struct api_call {
	char		 method[32];
	char		*body;
	api_fn		 fn;
	void		*ctx;
};
static struct api_call	sent[64];
static unsigned		nsent, nanswered;
static unsigned		nprobes;
static int		ill;		/* it answers none of its own */

struct relay		relay;
static struct settings	settings;
static char		dir[64];

uint64_t
relay_id(void)
{
	static uint32_t	n;

	return (store_run() << 32 | ++n);
}

/* All that is sent of a file, in pieces. */
static char *
read_form(const struct api_opts *o, void *ctx)
{
	struct buf	b;
	char		p[7];
	long		n;

	buf_init(&b);
	assert_non_null(strstr(o->type, "multipart/form-data; boundary="));
	while ((n = o->fill(ctx, p, sizeof(p))) > 0)
		(void)buf_add(&b, p, (size_t)n);
	assert_int_equal(b.len, o->len);
	return (b.p);
}

/* Before a repeat it is asked how it is: it says so by itself. */
static void
probed(int fd, short what, void *arg)
{
	struct api_call		*c = arg;
	struct api_reply	 r = { .verdict = ill ? BV_SERVER : BV_OK,
	    .why = "", .body = "" };

	(void)fd;
	(void)what;
	c->fn(&r, c->ctx);
	free(c);
}

static struct api_call *
probe(api_fn fn, void *ctx)
{
	static const struct timeval	 now = { 0, 0 };
	struct api_call			*c = calloc(1, sizeof(*c));

	assert_non_null(c);
	nprobes++;
	c->fn = fn;
	c->ctx = ctx;
	(void)event_base_once(relay.base, -1, EV_TIMEOUT, probed, c, &now);
	return (c);
}

struct api_call *
api_send(const char *method, const char *body, size_t len,
    const struct api_opts *o, api_fn fn, void *ctx)
{
	struct api_call	*c;

	if (strcmp(method, "getMe") == 0)
		return (probe(fn, ctx));
	c = &sent[nsent++];
	assert_true(nsent < NELEM(sent));
	assert_int_equal(o->once, strncmp(method, "send", 4) == 0);
	(void)str_copy(c->method, method, sizeof(c->method));
	c->body = o->fill != NULL ? read_form(o, ctx) : strndup(body, len);
	c->fn = fn;
	c->ctx = ctx;
	return (c);
}

void
api_forget(void)
{
}

static void
loop(void)
{
	int	i;

	for (i = 0; i < 8; i++)
		(void)event_base_loop(relay.base, EVLOOP_NONBLOCK);
}

static void
answer_why(enum api_verdict v, int64_t msgid, const char *why)
{
	struct api_reply	 r = { .verdict = v, .msgid = msgid,
	    .why = why, .body = "" };
	struct api_call		*c = &sent[nanswered++];

	assert_true(nanswered <= nsent);
	r.err = v == BV_UNKNOWN ? HE_CUT : v == BV_UNSENT ? HE_CONNECT : HE_OK;
	c->fn(&r, c->ctx);
	loop();
}

static void
answer(enum api_verdict v, int64_t msgid)
{
	answer_why(v, msgid, "");
}

/* The request that waits longest for an answer. */
static const char *
waiting(void)
{
	assert_true(nanswered < nsent);
	return (sent[nanswered].body);
}

static unsigned
idle(void)
{
	loop();
	return (nsent == nanswered);
}

static void
later(unsigned ms)
{
	struct timeval	tv = { 0, (suseconds_t)ms * 1000 };

	(void)event_base_loopexit(relay.base, &tv);
	(void)event_base_dispatch(relay.base);
	loop();
}

/* --- lives ------------------------------------------------------------- */
static void
live(void)
{
	memset(&settings, 0, sizeof(settings));
	settings.r.retry_min_ms = 20;
	settings.r.retry_max_ms = 40;
	settings.r.retry_factor_pct = 200;
	relay.set = &settings;
	relay.base = event_base_new();
	assert_int_equal(store_open(dir), 0);
	store_start(relay.base);
	outbox_restore();
	relay.running = 1;
	outbox_kick_all();
	loop();
}

static void
die(void)
{
	store_close();
	event_base_free(relay.base);
}

/* Runs the first life to its sudden end. */
static void
first_life(void (*fn)(void))
{
	int	status;
	pid_t	pid;

	fflush(stdout);
	if ((pid = fork()) == 0) {
		/* It must not go on with the other tests when it fails. */
		(void)setenv("CMOCKA_TEST_ABORT", "1", 1);
		live();
		fn();
		/* As by SIGKILL: nothing is closed, nothing is saved. */
		_exit(7);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 7);
	live();
}

static int
setup(void **st)
{
	(void)st;
	(void)str_copy(dir, "/tmp/t_outbox.XXXXXX", sizeof(dir));
	nsent = nanswered = nprobes = 0;
	ill = 0;
	relay.running = 0;
	if (mkdtemp(dir) == NULL)
		return (-1);
	/* Copies of files beside the database: one directory to remove. */
	dirs.spool = dirs_open(AT_FDCWD, dir);
	return (dirs.spool == -1 ? -1 : 0);
}

static int
teardown(void **st)
{
	char	path[128];
	size_t	i;
	static const char *const names[] = { "", "-wal", "-journal" };

	(void)st;
	die();
	for (i = 0; i < NELEM(names); i++) {
		(void)str_format(path, sizeof(path), "%s/relay.db%s", dir,
		    names[i]);
		(void)unlink(path);
	}
	for (i = 0; i < nsent; i++)
		free(sent[i].body);
	close(dirs.spool);
	return (rmdir(dir));
}

static struct msgref *
say(const char *text)
{
	struct outmsg	 m = { .chat = 5, .text = text, .len = strlen(text) };

	return (outbox_send_keep(&m));
}

static void
edit(struct msgref *r, const char *text, int last)
{
	struct outmsg	 m = { .chat = 5, .text = text, .len = strlen(text) };

	outbox_edit(r, &m, last);
}

static int
send_copy(const void *p, size_t n, const char *name, char *why, size_t size)
{
	struct outmsg	 m = { .chat = 5, .topic = 3, .text = "see",
	    .len = 3 };
	struct spool	 s;

	assert_int_equal(spool_new(&s, 1, why, size), 0);
	assert_int_equal(spool_write(&s, p, n), 0);
	return (spool_send(&s, &m, name, 0, why, size));
}

static int
count_one(int fd, const char *name, void *arg)
{
	(void)fd;
	*(unsigned *)arg += strlen(name) == CONV_NAME - 1;
	return (0);
}

/* Copies that are still there. */
static unsigned
copies(void)
{
	unsigned	n = 0;

	(void)dirs_each(dirs.spool, count_one, &n);
	return (n);
}

/* --- tests ------------------------------------------------------------- */
static void
t_committed_first(void **st)
{
	struct msgref	*r;

	(void)st;
	live();
	r = say("one");
	assert_int_equal(nsent, 0);	/* not before it is on disk */
	loop();
	assert_int_equal(nsent, 1);
	outbox_say(5, 0, 0, 0, "two");
	outbox_say(6, 0, 0, 0, "elsewhere");
	loop();
	/* One at a time in a chat; other chats do not wait. */
	assert_int_equal(nsent, 2);
	assert_non_null(strstr(sent[1].body, "elsewhere"));
	edit(r, "one and a half", 0);
	edit(r, "one and more", 0);
	outbox_say(5, 0, 0, 1, "urgent");
	loop();
	answer(BV_OK, 11);
	assert_int_equal(r->msgid, 11);
	answer(BV_OK, 12);
	assert_non_null(strstr(waiting(), "urgent"));
	answer(BV_OK, 13);
	assert_non_null(strstr(waiting(), "two"));
	answer(BV_OK, 14);
	/* Only the newest of edits that did not go out. */
	assert_non_null(strstr(waiting(), "one and more"));
	assert_non_null(strstr(waiting(), "\"message_id\":11"));
	answer(BV_OK, 0);
	assert_true(idle());
	outbox_unkeep(r);
}

static void
t_file(void **st)
{
	static const char	png[] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR!";
	static const char	key[] = "key = sk-ant-api03-Zq8Rk2Wm5Tn7Yb3Vc"
				    "1Xd4Fg6Hj9Lp0Qs8Ua2Ie5Ow7Mz3Nx1Bv4Cr6\n";
	struct outmsg		m = { .chat = 5, .text = "", .len = 0 };
	char			why[160];

	(void)st;
	live();
	outbox_say(5, 0, 0, 0, "before");
	assert_int_equal(send_copy("a,b\n", 4, "../t\".csv", why,
	    sizeof(why)), 0);
	outbox_say(5, 0, 0, 0, "after");
	loop();
	answer(BV_OK, 41);
	assert_string_equal(sent[1].method, "sendDocument");
	assert_non_null(strstr(waiting(), "name=\"document\"; filename=\"t.csv\""
	    "\r\nContent-Type: text/plain\r\n\r\na,b\n\r\n--"));
	assert_non_null(strstr(waiting(), "name=\"caption\"\r\n\r\nsee\r\n"));
	assert_non_null(strstr(waiting(),
	    "name=\"message_thread_id\"\r\n\r\n3\r\n"));
	assert_int_equal(copies(), 1);
	answer(BV_OK, 42);
	assert_non_null(strstr(waiting(), "after"));
	answer(BV_OK, 43);
	assert_int_equal(copies(), 0);
	/* What the filter holds back leaves nothing. */
	assert_int_equal(send_copy(key, sizeof(key) - 1, "k", why,
	    sizeof(why)), -1);
	assert_string_not_equal(why, "");
	assert_int_equal(send_copy("", 0, "e", why, sizeof(why)), -1);
	assert_int_equal(copies(), 0);
	/* A picture that is refused as one goes as a document. */
	assert_int_equal(send_copy(png, sizeof(png) - 1, "p.txt", why,
	    sizeof(why)), 0);
	loop();
	assert_string_equal(sent[nanswered].method, "sendPhoto");
	answer_why(BV_REQUEST, 0, "Bad Request: PHOTO_INVALID_DIMENSIONS");
	assert_string_equal(sent[nanswered].method, "sendDocument");
	answer_why(BV_REQUEST, 0, "Bad Request: no");
	assert_non_null(strstr(waiting(), "could not be sent: Bad Request"));
	answer(BV_OK, 44);
	assert_int_equal(copies(), 0);
	assert_int_equal(file_send_bytes(&m, "long.md", "x", 1), 0);
	loop();
	answer(BV_OK, 45);
	assert_int_equal(file_send_bytes(&m, "", "x", 1), -1);
	assert_int_equal(file_send_bytes(&m, "long.md", "", 0), -1);
	assert_true(idle());
}

static void
life_file(void)
{
	char	why[64];

	assert_int_equal(send_copy("a,b\n", 4, "t.csv", why, sizeof(why)), 0);
	loop();
	assert_int_equal(nsent, 1);
}

static void
t_file_repeat(void **st)
{
	(void)st;
	first_life(life_file);
	assert_int_equal(nsent, 1);
	assert_non_null(strstr(waiting(), "see\n\n\xe2\x86\xbb sent again"));
	assert_non_null(strstr(waiting(), "\r\n\r\na,b\n\r\n--"));
	answer(BV_UNKNOWN, 0);
	later(60);
	assert_non_null(strstr(waiting(), "may not have arrived"));
	answer(BV_OK, 22);
	assert_true(idle());
	assert_int_equal(copies(), 0);
}

static int
remove_one(int fd, const char *name, void *arg)
{
	(void)arg;
	return (strlen(name) == CONV_NAME - 1 && unlinkat(fd, name, 0) == -1);
}

static void
t_file_gone(void **st)
{
	char	why[64];

	(void)st;
	live();
	assert_int_equal(send_copy("a,b\n", 4, "t.csv", why, sizeof(why)), 0);
	(void)dirs_each(dirs.spool, remove_one, NULL);
	loop();
	assert_non_null(strstr(waiting(), "it is no longer there"));
	answer(BV_OK, 46);
	assert_true(idle());
}

static void
life_unread(void)
{
	(void)say("hello");
	loop();
	assert_int_equal(nsent, 1);
}

static void
t_repeat_once(void **st)
{
	(void)st;
	first_life(life_unread);
	assert_int_equal(nsent, 1);
	assert_non_null(strstr(waiting(), "hello"));
	assert_non_null(strstr(waiting(), "sent again"));
	/* Unread a second time: twice is enough, and the chat is told. */
	answer(BV_UNKNOWN, 0);
	later(60);
	assert_non_null(strstr(waiting(), "may not have arrived"));
	answer(BV_OK, 21);
	assert_true(idle());
}

static void
life_backoff(void)
{
	char	why[64];
	int	i;

	/* It does not end by itself, however slow this is. */
	settings.r.retry_min_ms = settings.r.retry_max_ms = 60000;
	(void)say("hello");
	loop();
	answer(BV_UNKNOWN, 0);
	assert_true(idle());
	outbox_say(6, 0, 0, 0, "refused at the door");
	loop();
	answer(BV_UNKNOWN, 0);
	assert_true(idle());
	outbox_kick_all();
	loop();
	assert_int_equal(nsent, 4);
	/* hello again, and the other one: that one does not get out. */
	for (i = 0; i < 2; i++)
		if (strstr(waiting(), "at the door") != NULL)
			answer(BV_UNSENT, 0);
		else
			answer(BV_OK, 24);
	assert_int_equal(send_copy("a,b\n", 4, "t.csv", why, sizeof(why)), 0);
	loop();
	answer(BV_UNKNOWN, 0);
	assert_true(idle());
}

/* What is to be repeated, and was not begun, is repeated by the next life. */
static void
t_repeat_after_backoff(void **st)
{
	unsigned	i;

	(void)st;
	first_life(life_backoff);
	assert_int_equal(nsent, 2);
	for (i = 0; i < nsent; i++)
		assert_non_null(strstr(sent[i].body, "sent again"));
	assert_non_null(strstr(sent[0].body, sent[0].method[4] == 'D' ?
	    "a,b" : "at the door"));
	answer(BV_OK, 25);
	answer(BV_OK, 26);
	assert_true(idle());
	assert_int_equal(copies(), 0);
}

/* Behind a 5xx the message may be there: once more, marked, and not before
 * the server is well again. */
static void
t_server_trouble(void **st)
{
	(void)st;
	live();
	outbox_say(5, 0, 0, 0, "patience");
	loop();
	ill = 1;
	answer(BV_SERVER, 0);
	later(200);
	assert_true(idle());
	assert_in_range(nprobes, 2, 20);
	ill = 0;
	later(60);
	assert_non_null(strstr(waiting(), "sent again"));
	answer(BV_SERVER, 0);
	later(200);
	/* No third time: the chat is told, and of that nothing more. */
	assert_non_null(strstr(waiting(), "may not have arrived"));
	answer(BV_SERVER, 0);
	later(200);
	assert_non_null(strstr(waiting(), "may not have arrived"));
	answer(BV_SERVER, 0);
	later(200);
	assert_true(idle());
}

static void
life_edit_alone(void)
{
	struct msgref	*r = say("\xe3\x85\xa4");

	loop();
	answer_why(BV_REQUEST, 0, "Bad Request: text must be non-empty");
	edit(r, "the whole answer", 1);
	outbox_unkeep(r);
	/* On disk; what it became since is not. */
	store_sync();
}

static void
t_edit_without_message(void **st)
{
	(void)st;
	first_life(life_edit_alone);
	assert_string_equal(sent[0].method, "sendMessage");
	assert_non_null(strstr(waiting(), "the whole answer"));
	assert_null(strstr(waiting(), "sent again"));
	answer(BV_OK, 73);
	assert_true(idle());
}

static void
life_queued(void)
{
	(void)say("first");
	loop();
	answer(BV_OK, 21);
	outbox_say(5, 0, 0, 0, "second");
	outbox_say(5, 0, 0, 0, "third");
	loop();
	assert_int_equal(nsent, 2);
}

static void
t_queued_is_not_marked(void **st)
{
	(void)st;
	first_life(life_queued);
	assert_non_null(strstr(waiting(), "second"));
	assert_non_null(strstr(waiting(), "sent again"));
	answer(BV_OK, 22);
	assert_non_null(strstr(waiting(), "third"));
	assert_null(strstr(waiting(), "sent again"));
	answer(BV_OK, 23);
	/* What was answered is not sent again. */
	assert_true(idle());
}

static void
life_edit_pending(void)
{
	struct msgref	*r = say("begin");

	loop();
	answer(BV_OK, 31);
	edit(r, "begin and end", 1);
	outbox_unkeep(r);
	loop();
	assert_int_equal(nsent, 2);
}

static void
t_last_edit_survives(void **st)
{
	(void)st;
	first_life(life_edit_pending);
	assert_non_null(strstr(waiting(), "begin and end"));
	assert_non_null(strstr(waiting(), "\"message_id\":31"));
	assert_null(strstr(waiting(), "sent again"));
	answer_why(BV_REQUEST, 0, "Bad Request: message is not modified");
	assert_true(idle());
}

static void
life_edit_folds(void)
{
	struct msgref	*r = say("begin");

	loop();
	edit(r, "begin and end", 1);
	outbox_unkeep(r);
	loop();
	assert_int_equal(nsent, 1);
}

static void
t_edit_of_unread_send(void **st)
{
	(void)st;
	first_life(life_edit_folds);
	/* One message with the whole text, marked: it may be there twice. */
	assert_string_equal(sent[0].method, "sendMessage");
	assert_non_null(strstr(waiting(), "begin and end"));
	assert_non_null(strstr(waiting(), "sent again"));
	answer(BV_OK, 41);
	assert_true(idle());
}

static void
t_unread_while_alive(void **st)
{
	struct msgref	*r;

	(void)st;
	live();
	r = say("hello");
	loop();
	answer(BV_UNKNOWN, 0);
	later(60);
	assert_int_equal(nsent, 2);
	assert_non_null(strstr(waiting(), "sent again"));
	answer(BV_OK, 51);
	/* Its later texts still say so. */
	edit(r, "hello there", 0);
	loop();
	assert_non_null(strstr(waiting(), "sent again"));
	answer(BV_OK, 0);
	outbox_unkeep(r);
	assert_true(idle());
}

static void
t_trouble(void **st)
{
	(void)st;
	live();
	outbox_say(5, 0, 0, 0, "patience");
	loop();
	answer(BV_UNSENT, 0);
	assert_true(idle());
	later(60);
	assert_null(strstr(waiting(), "sent again"));
	answer(BV_LIMIT, 0);
	later(60);
	assert_true(idle());		/* a second is a second */
	later(999);
	answer(BV_OK, 61);
	outbox_say(5, 0, 0, 0, "blocked");
	outbox_say(5, 0, 0, 0, "next");
	loop();
	answer_why(BV_REQUEST, 0, "Forbidden: bot was blocked by the user");
	assert_non_null(strstr(waiting(), "next"));
	answer(BV_OK, 62);
	assert_true(idle());
}

static void
t_dead_message(void **st)
{
	struct msgref	*r;

	(void)st;
	live();
	r = say("hello");
	edit(r, "hello you", 1);
	loop();
	answer_why(BV_REQUEST, 0, "Forbidden: bot was kicked");
	assert_true(r->dead);
	outbox_unkeep(r);
	assert_true(idle());
}

/* The first message was refused as it was, or twice unread: the whole text is
 * not lost with it. */
static void
t_whole_text_all_the_same(void **st)
{
	struct msgref	*r;

	(void)st;
	live();
	r = say("\xe3\x85\xa4");
	loop();
	answer_why(BV_REQUEST, 0, "Bad Request: text must be non-empty");
	edit(r, "the whole answer", 0);
	edit(r, "the whole answer.", 1);
	outbox_unkeep(r);
	loop();
	assert_string_equal(sent[nanswered].method, "sendMessage");
	assert_non_null(strstr(waiting(), "the whole answer."));
	assert_null(strstr(waiting(), "sent again"));
	answer(BV_OK, 71);
	assert_true(idle());
	r = say("begin");
	loop();
	answer(BV_UNKNOWN, 0);
	later(60);
	edit(r, "begin and end", 1);
	outbox_unkeep(r);
	answer(BV_UNKNOWN, 0);
	later(90);
	assert_string_equal(sent[nanswered].method, "sendMessage");
	assert_non_null(strstr(waiting(), "begin and end"));
	assert_non_null(strstr(waiting(), "sent again"));
	answer(BV_OK, 72);
	assert_true(idle());
}

static void
life_as_new(void)
{
	struct msgref	*r = say("begin");

	loop();
	answer(BV_OK, 81);
	edit(r, "begin and end", 1);
	outbox_unkeep(r);
	loop();
	answer_why(BV_REQUEST, 0, "Bad Request: message to edit not found");
	assert_string_equal(sent[nanswered].method, "sendMessage");
}

/* Killed while an edit went out as a new message: that is a send. */
static void
t_as_new_is_a_send(void **st)
{
	(void)st;
	first_life(life_as_new);
	assert_string_equal(sent[0].method, "sendMessage");
	assert_non_null(strstr(waiting(), "sent again"));
	answer(BV_OK, 82);
	assert_true(idle());
}

/* An edit that waited behind the send says what the repeated send says. */
static void
t_mark_stays(void **st)
{
	struct msgref	*r;

	(void)st;
	live();
	r = say("begin");
	loop();
	edit(r, "begin and end", 1);
	outbox_unkeep(r);
	loop();
	answer(BV_UNKNOWN, 0);
	later(60);
	assert_non_null(strstr(waiting(), "sent again"));
	answer(BV_OK, 91);
	assert_string_equal(sent[nanswered].method, "editMessageText");
	assert_non_null(strstr(waiting(), "sent again"));
	answer(BV_OK, 0);
	assert_true(idle());
}

/* A credential that only shows when the escapes of a link are undone. */
static void
t_link_to_secret(void **st)
{
	static const char	url[] = "https://x.example/sk-ant-api03-"
	    "aB3dE5gH7jK9mN1pQ3sT5vX7zA9cE2gI4kM6";
	struct md_entity	e[2];
	struct outmsg		m = { .chat = 5, .text = "here and there",
	    .len = 14, .e = e, .n = 2 };

	(void)st;
	live();
	memset(e, 0, sizeof(e));
	e[0].kind = e[1].kind = MD_LINK;
	e[0].len = 4;
	e[0].arg = strdup(url);
	e[1].off = 9;
	e[1].len = 5;
	e[1].arg = strdup("https://x.example/");
	assert_int_equal(outbox_send(&m), 0);
	loop();
	assert_null(strstr(waiting(), "sk-ant"));
	assert_non_null(strstr(waiting(), "\"entities\":[{\"type\":\"text_link"
	    "\",\"offset\":9"));
	answer(BV_OK, 71);
	free(e[0].arg);
	free(e[1].arg);
	assert_true(idle());
}

/* The same in the rest of an answer: as messages it is replaced. */
static void
t_rendered_file(void **st)
{
	static const char	hidden[] = "It is sk-ant-**api03-aB3dE5gH7jK9m"
	    "N1pQ3sT5vX7zA9cE2gI4kM6** now";
	struct outmsg		m = { .chat = 5, .text = "see", .len = 3 };

	(void)st;
	live();
	assert_int_equal(file_send_bytes(&m, "answer.md", hidden,
	    strlen(hidden)), -1);
	assert_int_equal(file_send_bytes(&m, "answer.md", "It is **now**", 13),
	    0);
	loop();
	answer(BV_OK, 72);
	assert_true(idle());
}

/* What was not written takes no room of the spool. */
static void
t_spool_counts(void **st)
{
	struct spool	s;
	uint64_t	before = dirs.spool_bytes;
	char		why[160];
	int		fd;

	(void)st;
	live();
	assert_int_equal(spool_new(&s, 1, why, sizeof(why)), 0);
	fd = s.fd;
	s.fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	assert_int_equal(spool_write(&s, "0123456789", 10), -1);
	close(s.fd);
	s.fd = fd;
	spool_drop(&s);
	assert_int_equal(dirs.spool_bytes, before);
}

int
main(void)
{
#define T(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)
	static const struct CMUnitTest tests[] = {
		T(t_committed_first),
		T(t_repeat_once),
		T(t_repeat_after_backoff),
		T(t_server_trouble),
		T(t_edit_without_message),
		T(t_queued_is_not_marked),
		T(t_last_edit_survives),
		T(t_edit_of_unread_send),
		T(t_unread_while_alive),
		T(t_trouble),
		T(t_dead_message),
		T(t_whole_text_all_the_same),
		T(t_as_new_is_a_send),
		T(t_mark_stays),
		T(t_file),
		T(t_file_repeat),
		T(t_file_gone),
		T(t_link_to_secret),
		T(t_rendered_file),
		T(t_spool_counts),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
