/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Files with the relay around them: albums and what they answer, files that
 * wait and what removes them, clocks that are set, what is on disk when, and
 * files that go out.
 */
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include <event2/event.h>

#include "telclauded/lib/util.h"
#include "regress/unit/relay_world.h"
#include "engines/relay/files/attach.h"
#include "engines/relay/files/collect.h"
#include "engines/relay/files/dirs.h"
#include "engines/relay/files/files.h"
#include "engines/relay/store/store.h"
#include "engines/relay/tg/update.h"
#include "engines/relay/turn/queue.h"
#include "engines/relay/turn/turn.h"

#define HOUR	3600000ULL
#define DAY	(24 * HOUR)
#define KEY	"sk-ant-api03-aB3dE5gH7jK9mN1pQ3sT5vX7zA9cE2gI4kM6"

static char	top[] = "/tmp/t_files.XXXXXX";
static char	base[64];		/* of this test */
static int64_t	skew;			/* of the time of day */
static int	die_running, no_sync;
static unsigned	syncs;
static uint64_t	step_all, step_most;	/* us of CPU */

uint64_t	 __real_wall_ms(void);
uint64_t	 __wrap_wall_ms(void);
void		 __real_turn_save(struct turn *, enum turn_row_state);
void		 __wrap_turn_save(struct turn *, enum turn_row_state);
int		 __real_fsync(int);
int		 __wrap_fsync(int);
enum collect_step __real_collectio_step(struct collect *);
enum collect_step __wrap_collectio_step(struct collect *);

uint64_t
__wrap_wall_ms(void)
{
	return ((uint64_t)((int64_t)__real_wall_ms() + skew));
}

/* Killed when the row is written and the transaction is still open. */
void
__wrap_turn_save(struct turn *t, enum turn_row_state row)
{
	__real_turn_save(t, row);
	if (die_running && row == TW_RUNNING)
		_exit(7);
}

int
__wrap_fsync(int fd)
{
	syncs++;
	errno = EIO;
	return (no_sync ? -1 : __real_fsync(fd));
}

static uint64_t
cpu_us(void)
{
	struct timespec	ts;

	assert_int_equal(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts), 0);
	return ((uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000);
}

enum collect_step
__wrap_collectio_step(struct collect *c)
{
	uint64_t		 t = cpu_us();
	enum collect_step	 r = __real_collectio_step(c);

	t = cpu_us() - t;
	step_all += t;
	step_most = MAXIMUM(step_most, t);
	return (r);
}

/* --- the directories ----------------------------------------------------- */
static const char *
path(const char *dir, uint64_t conv, const char *name)
{
	static char	p[256];
	char		c[CONV_NAME];

	(void)snprintf(p, sizeof(p), "%s/%s%s%s/%s", base, dir, conv != 0 ?
	    "/" : "", conv != 0 ? conv_name(conv, c) : "", name);
	return (p);
}

static void
put(const char *dir, uint64_t conv, const char *name, const char *text)
{
	FILE	*f;

	(void)mkdir(path(dir, conv, ""), 0700);
	assert_non_null(f = fopen(path(dir, conv, name), "w"));
	assert_int_equal(fputs(text, f) < 0, 0);
	assert_int_equal(fclose(f), 0);
}

static int
there(const char *dir, uint64_t conv, const char *name)
{
	return (access(path(dir, conv, name), F_OK) == 0);
}

static int
count_one(int fd, const char *name, void *arg)
{
	(void)fd;
	(void)name;
	++*(unsigned *)arg;
	return (0);
}

static unsigned
names_in(const char *dir, uint64_t conv)
{
	unsigned	n = 0;
	int		fd = open(path(dir, conv, ""), O_RDONLY | O_DIRECTORY);

	if (fd == -1)
		return (0);
	(void)dirs_each(fd, count_one, &n);
	close(fd);
	return (n);
}

/* Each test has directories of its own, its lives share them. */
static void
fresh(void)
{
	(void)snprintf(base, sizeof(base), "%s/%d", top, (int)getpid());
	assert_int_equal(mkdir(base, 0700), 0);
	assert_int_equal(mkdir(path("in", 0, ""), 0700), 0);
	assert_int_equal(mkdir(path("out", 0, ""), 0700), 0);
}

static void
files_up(void)
{
	static struct settings	 set;
	struct msg_CONF_RELAY	*r = &set.r;

	(void)str_copy(r->inbox, path("in", 0, ""), sizeof(r->inbox));
	(void)str_copy(r->outbox, path("out", 0, ""), sizeof(r->outbox));
	(void)str_copy(r->state, base, sizeof(r->state));
	assert_int_equal(files_open(&set), 0);
	world_live();
	world.settings.r.keep_media_s = 86400;
	files_start();
	world.file = "hello";
	world.nfile = 5;
}

static void
live(void)
{
	fresh();
	files_up();
}

/* A life before this one, in the same directories, and how it ends. */
static void
after_life(void (*fn)(void))
{
	int	status;
	pid_t	pid;

	fresh();
	if ((pid = fork()) == 0) {
		files_up();
		fn();
		_exit(8);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 7);
	files_up();
}

static const struct attach	doc = { .kind = AT_DOCUMENT, .id = "D",
    .name = "a.txt", .size = 5 };

static void
answered(void)
{
	world_begin();
	world_text("ok");
	world_done(TO_OK);
}

/* The turn's text says what its file is called. */
static const char *
file_told(void)
{
	static char	 name[64];
	const char	*p = strstr(world.prompt, ": file ");

	assert_non_null(p);
	p += 7;
	(void)snprintf(name, sizeof(name), "%.*s", (int)strcspn(p, ";"), p);
	return (name);
}

/* --- albums -------------------------------------------------------------- */
static const struct upd_quote	eve = { .who = UPD_OTHER, .name = "Eve",
    .text = (char *)(uintptr_t)"the words of somebody else" };

static void
album_parts(void)
{
	world.attach = &doc;
	world.album = "77";
	world.quote = &eve;
	world_say(5, "first");
	world.quote = NULL;
	world_say(5, "second");
	world.attach = NULL;
	world.album = NULL;
}

static void
album_told(void)
{
	/* What is written next ends it. */
	world_say(5, "next");
	assert_non_null(strstr(world.prompt, "[In answer to what somebody "
	    "else wrote (\"Eve\"), quoted:]\n> the words of somebody else\n"));
	assert_non_null(strstr(world.prompt, "first\n\nsecond"));
	assert_true((lane_get(5, 0)->taint & TAINT_FORWARD) != 0);
}

static void
t_album_quote(void)
{
	live();
	album_parts();
	album_told();
}

static void
album_life(void)
{
	album_parts();
	_exit(7);
}

static void
t_album_restart(void)
{
	after_life(album_life);
	assert_int_equal(world.nturns, 0);
	album_told();
}

/* A credential in any part: all of it is deleted, or the person hears. */
static void
t_album_secret(void)
{
	int64_t	first;

	live();
	first = world.update + 1;
	world.attach = &doc;
	world.album = "78";
	world_say(5, "look");
	world_say(5, "key " KEY);
	world.attach = NULL;
	world.album = NULL;
	world_say(5, "next");
	world_loop(1);
	assert_int_equal(world_count("deleteMessage", ""), 2);
	assert_int_equal(world_count("deleteMessage", "\"message_id\":0"), 0);
	for (; first < world.update; first++) {
		char	id[40];

		(void)snprintf(id, sizeof(id), "\"message_id\":%lld}",
		    (long long)first);
		assert_true(world_sent("deleteMessage", id));
	}
	assert_int_equal(world_count("sendMessage", "could not delete"), 0);
}

static void
t_erase_refused(void)
{
	live();
	world.refuse = "deleteMessage";
	world.refuse_status = 400;
	world.refuse_why = "Bad Request: message can't be deleted";
	world_say(5, "key " KEY);
	world_wait(100);
	assert_true(world_sent("sendMessage", "I could not delete this message "
	    "here"));
	assert_true(world_sent("sendMessage", "Delete it yourself. Replace"));
	/* Somebody was faster: nothing is left to be done. */
	world.refuse_why = "Bad Request: message to delete not found";
	world_say(6, "key " KEY);
	world_loop(1);
	assert_int_equal(world_count("sendMessage", "could not delete"), 1);
	/* Asked to wait: asked again. */
	world.refuse_status = 429;
	world_say(5, "key " KEY);
	world.refuse = NULL;
	world_wait(400);
	assert_int_equal(world_count("deleteMessage", ""), 4);
	assert_int_equal(world_count("sendMessage", "could not delete"), 1);
}

/* --- in ------------------------------------------------------------------ */
static void
running_life(void)
{
	world_agent_dies();
	world.attach = &doc;
	world_say(5, "read it");
	die_running = 1;
	world_agent_back();
}

/* Killed before the row is on disk: the file waits for the next life. */
static void
t_begin_killed(void)
{
	after_life(running_life);
	world_loop(1);
	assert_int_equal(world.nturns, 1);
	assert_true(there("in", world.conv, file_told()));
	assert_int_equal(names_in("in/new", 0), 0);
}

/* No network costs no try; it is there when the network is. */
static void
t_fetch_waits(void)
{
	live();
	world.attach = &doc;
	world.refuse = "getFile";
	world.refuse_status = 1;
	world.refuse_why = "no such name";
	world_say(5, "read it");
	world_wait(300);
	assert_true(world_count("getFile", "") > 5);
	world.refuse_status = 429;
	world_wait(700);
	assert_int_equal(world.nturns, 0);
	assert_int_equal(world_count("sendMessage", "I have no"), 0);
	world.refuse = NULL;
	world_wait(400);
	assert_int_equal(world.nturns, 1);
	assert_true(there("in", world.conv, file_told()));
}

static void
t_fetch_lost(void)
{
	live();
	world.attach = &doc;
	world.album = "79";
	world.refuse = "getFile";
	world.refuse_status = 400;
	world.refuse_why = "wrong file_id";
	world_say(5, "one");
	world_say(5, "two");
	world_say(5, "three");
	world.attach = NULL;
	world.album = NULL;
	world_say(5, "next");
	world_loop(1);
	assert_int_equal(world_count("sendMessage", "I have no document"), 1);
	assert_true(world_sent("sendMessage", "Of 3 files 3 did not arrive."));
}

/* --- keep media ---------------------------------------------------------- */
static void
t_sweep(void)
{
	uint64_t	mono, wall, conv;
	char		first[64], second[64];

	live();
	mono = now_ms();
	wall = wall_ms();
	world.attach = &doc;
	world_say(5, "one");
	conv = world.conv;
	(void)str_copy(first, file_told(), sizeof(first));
	world_say(5, "two, which waits");
	world.attach = NULL;
	assert_int_equal(names_in("in/new", 0), 1);
	put("in/new", 0, "1-0123456789abcdef.txt", "of nobody");
	put("out", conv, "left.txt", "old");
	/* Set forward: it says that all is old, and nothing goes. */
	files_sweep(mono + HOUR, wall + 3 * DAY);
	world_loop(20);
	assert_true(there("in", conv, first));
	assert_true(there("out", conv, "left.txt"));
	assert_int_equal(names_in("in/new", 0), 2);
	files_sweep(mono + 2 * HOUR, wall + 2 * HOUR);
	files_sweep(mono + 3 * HOUR, wall + 3 * HOUR);
	world_loop(20);
	assert_true(there("in", conv, first));
	/* Really old: it goes, but what waits to be read. */
	files_sweep(mono + 2 * DAY, wall + 2 * DAY);
	world_loop(20);
	assert_false(there("in", conv, first));
	assert_false(there("out", conv, "left.txt"));
	assert_int_equal(names_in("in/new", 0), 1);
	answered();
	assert_int_equal(world.nturns, 2);
	(void)str_copy(second, file_told(), sizeof(second));
	assert_true(there("in", conv, second));
}

/* --- out ----------------------------------------------------------------- */
/* One conversation for all: what was one chat's goes to no other. */
static void
t_clock_back(void)
{
	uint64_t	conv;

	live();
	world.settings.r.global_session = 1;
	world_say(5, "make it");
	conv = world.conv;
	put("out", conv, "report.txt", "for chat 5 alone");
	skew = -(int64_t)HOUR;
	answered();
	world_loop(50);
	skew = 0;
	world_say(6, "something else");
	assert_int_equal(world.conv, conv);
	answered();
	world_loop(50);
	assert_int_equal(world_count("sendDocument", "report.txt"), 1);
	assert_int_equal(world_count("sendDocument", "\"chat_id\":6"), 0);
	/* Half a file of a turn that was stopped. */
	world_say(5, "again");
	put("out", conv, "half.txt", "half of it");
	skew = -(int64_t)HOUR;
	world_say(5, "/stop");
	world_done(TO_STOPPED);
	world_loop(50);
	skew = 0;
	world_say(6, "and now");
	answered();
	world_loop(50);
	assert_int_equal(world_count("sendDocument", "half.txt"), 0);
	assert_int_equal(names_in("out", conv), 0);
}

/* What is refused is told of in one message, and then removed. */
static void
t_refused(void)
{
	live();
	world_say(5, "make them");
	put("out", world.conv, "a.zip", "PK\3\4....");
	put("out", world.conv, "b.zip", "PK\3\4....");
	put("out", world.conv, "c.txt", "key " KEY);
	put("out", world.conv, "good.txt", "good");
	answered();
	world_loop(50);
	assert_true(world_sent("sendDocument", "good.txt"));
	assert_int_equal(world_count("sendMessage", "was not sent"), 1);
	assert_true(world_sent("sendMessage", "a.zip"));
	assert_true(world_sent("sendMessage", "c.txt"));
	assert_int_equal(names_in("out", world.conv), 0);
}

/* Bytes are on disk before a row says so, or there is no such row. */
static void
t_sync(void)
{
	unsigned	n;

	live();
	world.attach = &doc;
	n = syncs;
	world_say(5, "read it");
	assert_true(syncs >= n + 2);
	world.attach = NULL;
	put("out", world.conv, "kept.txt", "good");
	n = syncs;
	answered();
	world_loop(50);
	assert_true(world_sent("sendDocument", "kept.txt"));
	assert_true(syncs >= n + 2);
	no_sync = 1;
	world.attach = &doc;
	world_say(5, "read another");
	assert_true(world_sent("sendMessage", "could not be stored here"));
	world.attach = NULL;
	put("out", world.conv, "lost.txt", "good");
	answered();
	world_loop(50);
	assert_true(world_sent("sendMessage", "lost.txt"));
	assert_int_equal(world_count("sendDocument", "lost.txt"), 0);
}

/* A large file is looked through a little at a time. */
static void
t_steps(void)
{
	FILE	*f;
	int	 i;

	live();
	world_say(5, "make it");
	put("out", world.conv, "large.txt", "");
	assert_non_null(f = fopen(path("out", world.conv, "large.txt"), "w"));
	for (i = 0; i < 180000; i++)
		(void)fprintf(f, "key=%d the task of %x is sk-%d words\n", i,
		    i, i);
	assert_int_equal(fclose(f), 0);
	answered();
	for (i = 0; i < 100 && world_count("sendDocument", "") == 0; i++)
		world_loop(1);
	assert_true(world_sent("sendDocument", "large.txt"));
	if (step_most * 4 > step_all)
		fail_msg("%llu of %llu us in one step",
		    (unsigned long long)step_most,
		    (unsigned long long)step_all);
}

static int
remove_one(const char *p, const struct stat *st, int what, struct FTW *f)
{
	(void)st;
	(void)what;
	(void)f;
	return (remove(p));
}

int
main(void)
{
	static void (*const fns[])(void) = {
		t_album_quote, t_album_restart, t_album_secret,
		t_erase_refused, t_begin_killed, t_fetch_waits, t_fetch_lost,
		t_sweep, t_clock_back, t_refused, t_sync, t_steps,
	};
	static const char *const names[] = {
		"t_album_quote", "t_album_restart", "t_album_secret",
		"t_erase_refused", "t_begin_killed", "t_fetch_waits",
		"t_fetch_lost", "t_sweep", "t_clock_back", "t_refused",
		"t_sync", "t_steps",
	};
	int	rc;

	_Static_assert(NELEM(fns) == NELEM(names), "a name each");
	if (mkdtemp(top) == NULL)
		return (1);
	rc = world_main(fns, names, NELEM(fns));
	(void)nftw(top, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return (rc);
}
