/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Everything around the relay, for t_relay.c.
 */
#include <sys/socket.h>
#include <sys/wait.h>

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

#include "engines/common/engine.h"
#include "telclauded/lib/text.h"
#include "telclauded/lib/util.h"
#include "engines/relay/ask/ask.h"
#include "engines/relay/audit/auditline.h"
#include "engines/relay/audit/auditreport.h"
#include "engines/relay/call/mediate.h"
#include "engines/relay/cmd/ctlask.h"
#include "engines/relay/out/outbox.h"
#include "engines/relay/people/people.h"
#include "engines/relay/people/totpcode.h"
#include "engines/relay/people/totpgate.h"
#include "engines/relay/route.h"
#include "engines/relay/store/store.h"
#include "engines/relay/tg/api.h"
#include "engines/relay/tg/poll.h"
#include "engines/relay/tg/update.h"
#include "engines/relay/turn/queue.h"
#include "engines/relay/turn/turn.h"
#include "regress/unit/relay_world.h"

struct world		world;
struct relay		relay;
static char		dir[64];
static struct link	*parent, *far_parent, *far_runner;
static struct link	*far_audit, *far_totp;
struct link		*far_agent;
static struct stream	*text_out;

/* Rows that no test here sends. */
#define M(id, from, to, ph, kind, rep, fd, doc)				\
static void								\
none_##id(struct link *l, const struct msg_##id *m, struct msg_meta *meta) \
{									\
	(void)l;							\
	(void)m;							\
	(void)meta;							\
}
MSG_TABLE(M)
#undef M

static void
fill(struct msg_handlers *h)
{
#define M(id, from, to, ph, kind, rep, fd, doc)	h->id = none_##id;
	MSG_TABLE(M)
#undef M
}
static uint32_t		 audit_id, grant_id, totp_id;
static uint64_t		 audit_job, job;
static uint32_t		 nids;

static void
loop(void)
{
	int	i;

	for (i = 0; i < 12; i++)
		(void)event_base_loop(relay.base, EVLOOP_NONBLOCK);
}

/* --- what the relay's other files and the engine would be -------------- */
uint64_t
relay_id(void)
{
	return (store_run() << 32 | ++nids);
}

struct link *
engine_parent(void)
{
	return (parent);
}

void
poll_report(void)
{
}

void
poll_refused(int64_t chat)
{
	(void)chat;
}

/* --- telclaudectl: its rows, and how it ended -------------------------- */
void
ctl_row(struct link *l, struct buf *b)
{
	(void)l;
	(void)snprintf(world.row, sizeof(world.row), "%s", b->p);
	world.nrows++;
	buf_free(b);
}

void
ctl_end(struct link *l, uint32_t id, uint8_t err, const char *why)
{
	(void)l;
	(void)id;
	world.ctl_err = err;
	(void)snprintf(world.why, sizeof(world.why), "%s", why);
}

/* --- Telegram ---------------------------------------------------------- */
struct api_call { int unused; };
static struct api_call	one_call;
struct answer {
	api_fn	 fn;
	void	*ctx;
	int64_t	 id;
	long	 status;
	const char *why;
	int	 path;		/* to a file is asked for */
	int	(*data)(const char *, size_t, void *);
};

static void
answer_now(int fd, short what, void *arg)
{
	struct answer		*a = arg;
	struct api_reply	 r = { .verdict = BV_OK, .why = "",
	    .body = "" };

	(void)fd;
	(void)what;
	r.msgid = a->id;
	if (a->status != 0) {
		r.msgid = 0;
		r.status = a->status;
		r.why = a->why;
		r.verdict = a->status == 1 ? BV_UNSENT :
		    a->status == 429 ? BV_LIMIT :
		    a->status == 404 ? BV_TOKEN : BV_REQUEST;
		r.retry_ms = a->status == 429 ? 300 : a->status == 1 ? 20 : 0;
	}
	if (a->status == 0 && a->path) {
		r.body = "{\"result\":{\"file_path\":\"documents/f\"}}";
		r.len = strlen(r.body);
	}
	if (a->data != NULL && world.nfile > 0)
		(void)a->data(world.file, world.nfile, a->ctx);
	if (a->fn != NULL)
		a->fn(&r, a->ctx);
	free(a);
}

static void
caught(const char *method, const char *body, size_t len)
{
	assert_true(world.nsent < NELEM(world.body));
	world.method[world.nsent] = strdup(method);
	world.body[world.nsent++] = strndup(body, len);
}

struct api_call *
api_send(const char *method, const char *body, size_t len,
    const struct api_opts *o, api_fn fn, void *ctx)
{
	static const struct timeval	 now = { 0, 0 };
	struct answer			*a = calloc(1, sizeof(*a));

	(void)o;
	caught(method, body, len);
	a->fn = fn;
	a->ctx = ctx;
	a->id = 500 + world.nsent;
	a->path = strcmp(method, "getFile") == 0;
	if (world.refuse != NULL && strcmp(method, world.refuse) == 0) {
		a->status = world.refuse_status;
		a->why = world.refuse_why;
	}
	(void)event_base_once(relay.base, -1, EV_TIMEOUT, answer_now, a, &now);
	return (&one_call);
}

void api_forget(void) { }
void api_cancel(struct api_call *c) { (void)c; }

/* A file of the world, by the path that its getFile gave. */
struct api_call *
api_file(const char *path, size_t max, uint32_t total_ms,
    int (*data)(const char *, size_t, void *), api_fn fn, void *ctx, int *bad)
{
	static const struct timeval	 now = { 0, 0 };
	struct answer			*a = calloc(1, sizeof(*a));

	(void)max;
	(void)total_ms;
	caught("file", path, strlen(path));
	*bad = 0;
	a->fn = fn;
	a->ctx = ctx;
	a->data = data;
	(void)event_base_once(relay.base, -1, EV_TIMEOUT, answer_now, a, &now);
	return (&one_call);
}

void api_typing(int64_t chat, int64_t topic) { (void)chat; (void)topic; }
void api_set_commands(const char *b, size_t n) { (void)b; (void)n; }
void api_drop_buttons(int64_t c, int64_t m) { (void)c; (void)m; }
void api_leave_chat(int64_t chat) { (void)chat; }

void
api_answer_button(const char *query, const char *text)
{
	(void)query;
	if (text != NULL)
		caught("answerCallbackQuery", text, strlen(text));
}

void
api_alert_button(const char *query, const char *text)
{
	api_answer_button(query, text);
}

/* --- the other ends ---------------------------------------------------- */
static void
on_turn_start(struct link *l, const struct msg_TURN_START *m,
    struct msg_meta *meta)
{
	const uint8_t	*p;
	size_t		 len;

	(void)l;
	(void)meta;
	world.nturns++;
	world.turn = m->turn;
	if (world.first == 0)
		world.first = m->turn;
	world.conv = m->conv;
	world.tier = m->tier;
	world.resume = m->resume;
	(void)str_copy(world.model, m->model, sizeof(world.model));
	p = text_raw(m->prompt, &len);
	(void)snprintf(world.prompt, sizeof(world.prompt), "%.*s", (int)len,
	    (const char *)p);
}

static void
on_turn_stop(struct link *l, const struct msg_TURN_STOP *m,
    struct msg_meta *meta)
{
	(void)l;
	(void)m;
	(void)meta;
	world.stops++;
}

static void
on_turn_pause(struct link *l, const struct msg_TURN_PAUSE *m,
    struct msg_meta *meta)
{
	(void)l;
	(void)meta;
	world.pauses++;
	assert_int_equal(m->on, world.pauses % 2);
}

static void
on_conv_reset(struct link *l, const struct msg_CONV_RESET *m,
    struct msg_meta *meta)
{
	(void)l;
	(void)m;
	(void)meta;
	world.resets++;
}

static void
result_data(struct stream *s, const uint8_t *p, size_t n)
{
	size_t	len = strlen(world.result);

	(void)snprintf(world.result + len, sizeof(world.result) - len, "%.*s",
	    (int)n, (const char *)p);
	stream_consumed(s, n);
}

static void
result_end(struct stream *s, int err)
{
	(void)s;
	assert_int_equal(err, 0);
}

static void
on_tool_result(struct link *l, const struct msg_TOOL_RESULT *m,
    struct msg_meta *meta)
{
	static const struct stream_in	in = { result_data, result_end };

	(void)meta;
	world.results++;
	world.result_error = m->is_error;
	world.result[0] = '\0';
	assert_non_null(stream_read_new(l, m->sid, 65536, &in, NULL));
}

static void
on_run_job(struct link *l, const struct msg_RUN_JOB *m, struct msg_meta *meta)
{
	(void)l;
	(void)meta;
	world.runs++;
	job = m->job;
}

static void
on_audit_line(struct link *l, const struct msg_AUDIT_LINE *m,
    struct msg_meta *meta)
{
	(void)l;
	world_saw_line(m);
	if (m->job == 0)
		return;
	world.audits++;
	audit_id = meta->id;
	audit_job = m->job;
}

static void
on_totp_check(struct link *l, const struct msg_TOTP_CHECK *m,
    struct msg_meta *meta)
{
	(void)l;
	world.totp_checks++;
	(void)str_copy(world.totp_user, m->user, sizeof(world.totp_user));
	totp_id = meta->id;
}

static void
on_totp_verify(struct link *l, const struct msg_TOTP_VERIFY *m,
    struct msg_meta *meta)
{
	(void)l;
	totp_id = meta->id;
	(void)str_copy(world.code, m->code, sizeof(world.code));
	(void)str_copy(world.code_user, m->user, sizeof(world.code_user));
	world.code_by = m->by;
	memcpy(world.code_digest, m->digest, sizeof(m->digest));
}

static void
on_totp_disable(struct link *l, const struct msg_TOTP_DISABLE *m,
    struct msg_meta *meta)
{
	(void)l;
	world.disables++;
	totp_id = meta->id;
	(void)str_copy(world.code, m->code, sizeof(world.code));
	world.code_by = m->by;
}

static void
on_tool_soon(struct link *l, const struct msg_TOOL_SOON *m,
    struct msg_meta *meta)
{
	(void)l;
	(void)m;
	(void)meta;
}

static void
on_tool_grant(struct link *l, const struct msg_TOOL_GRANT *m,
    struct msg_meta *meta)
{
	(void)l;
	world.grants++;
	world.granted_tier = m->tier;
	grant_id = meta->id;
	assert_int_equal(m->job, audit_job);
}

static void
on_tool_kill(struct link *l, const struct msg_TOOL_KILL *m,
    struct msg_meta *meta)
{
	(void)l;
	(void)m;
	(void)meta;
	world.kills++;
}

static void
on_conv_wipe(struct link *l, const struct msg_CONV_WIPE *m,
    struct msg_meta *meta)
{
	(void)l;
	(void)m;
	(void)meta;
	world.wipes++;
}

static void
far_closed(struct link *l)
{
	link_free(l);
}

static void
violated(struct link *l, enum msg_verdict v, uint16_t type)
{
	(void)l;
	print_error("%s: %s\n", msg_name(type), msg_verdict_name(v));
	fail();
}

static void
near_closed(struct link *l)
{
	if (l == relay.agent) {
		relay.agent = NULL;
		turn_all_interrupted();
	} else if (l == relay.runner) {
		relay.runner = NULL;
		mediate_runner_gone();
	} else if (l == relay.totp) {
		relay.totp = NULL;
		totpgate_link_closed();
	}
	link_free(l);
}

static void
no_AUDIT_ASK(struct link *l, const struct msg_AUDIT_ASK *m,
    struct msg_meta *meta)
{
	(void)l;
	(void)m;
	(void)meta;
}

/* Every row there is: link_new() asks for those that may come only. */
static const struct msg_handlers near_handlers = {
	.TURN_BEGUN = turn_on_begun, .TURN_NOTE = turn_on_note,
	.TURN_DONE = turn_on_done, .TOOL_CALL = mediate_on_call,
	.RUN_HEAD = mediate_on_head, .RUN_DONE = mediate_on_done,
	.TOTP_STATE = totpgate_on_state, .TOTP_RESULT = totpcode_on_result,
	.TOTP_NOTE = totpgate_on_note,
	.AUDIT_DONE = audit_on_done, .AUDIT_HEAD = audit_on_head,
};
static const struct msg_handlers far_handlers = {
	.TURN_START = on_turn_start, .TURN_STOP = on_turn_stop,
	.CONV_RESET = on_conv_reset, .TOOL_RESULT = on_tool_result,
	.RUN_JOB = on_run_job, .AUDIT_LINE = on_audit_line,
	.TOTP_CHECK = on_totp_check, .TOTP_VERIFY = on_totp_verify,
	.TURN_PAUSE = on_turn_pause, .TOTP_DISABLE = on_totp_disable,
	.AUDIT_ASK = no_AUDIT_ASK,
};
static const struct link_ops near_ops = { &near_handlers, near_closed,
    violated };
static const struct link_ops far_ops = { &far_handlers, far_closed,
    violated };

static struct link *
pair(enum proc peer, struct link **far)
{
	struct link	*l;
	int		 fd[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	l = link_new(relay.base, fd[0], PROC_RELAY, peer, SCOPE_TELEGRAM,
	    &near_ops, NULL);
	*far = link_new(relay.base, fd[1], peer, PROC_RELAY, SCOPE_TELEGRAM,
	    &far_ops, NULL);
	assert_non_null(l);
	assert_non_null(*far);
	return (l);
}

/* The relay's real parent link has more rows; only these are asked here. */
static void
pair_parent(void)
{
	static struct msg_handlers	near, far;
	static struct link_ops		near_po = { &near, NULL, violated };
	static struct link_ops		far_po = { &far, NULL, violated };
	int				fd[2];

	fill(&near);
	fill(&far);
	far.TOOL_SOON = on_tool_soon;
	far.TOOL_GRANT = on_tool_grant;
	far.TOOL_KILL = on_tool_kill;
	far.CONV_WIPE = on_conv_wipe;
	near.TOOL_JOB = mediate_on_job;
	near.TOOL_EXIT = mediate_on_exit;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	parent = link_new(relay.base, fd[0], PROC_RELAY, PROC_PARENT,
	    SCOPE_NONE, &near_po, NULL);
	far_parent = link_new(relay.base, fd[1], PROC_PARENT, PROC_RELAY,
	    SCOPE_NONE, &far_po, NULL);
	assert_non_null(parent);
	assert_non_null(far_parent);
}

void
world_live(void)
{
	static struct msg_CONF_TIER	tiers[] = {
		{ .tier = TIER_WRITE_LOCAL, .any = 1 },
		{ .tier = TIER_READ_ONLY, .user = 7 },
	};
	static int64_t			chats[] = { 5, 6, 7 };
	struct settings			*s = &world.settings;

	memset(&world, 0, sizeof(world));
	memset(&relay, 0, sizeof(relay));
	s->r.edit_ms = 1500;
	s->r.stream = 1;	/* edits */
	s->r.typing_ms = 4000;
	s->r.retry_min_ms = 10;
	s->r.retry_max_ms = 10;
	s->r.turn_ms = s->r.call_ms = 60000;
	s->r.output_max = 1 << 20;
	s->r.admin = 9;
	s->chats = chats;
	s->nchats = NELEM(chats);
	s->tiers = tiers;
	s->ntiers = NELEM(tiers);
	relay.set = s;
	relay.base = event_base_new();
	assert_int_equal(store_open(dir), 0);
	store_start(relay.base);
	people_load();
	world.update = 1000 + (int64_t)store_run() * 1000 - 1000;
	pair_parent();
	relay.agent = pair(PROC_AGENT, &far_agent);
	relay.runner = pair(PROC_RUNNER, &far_runner);
	relay.audit = pair(PROC_AUDIT, &far_audit);
	relay.totp = pair(PROC_TOTP, &far_totp);
	ask_restore();
	outbox_restore();
	relay.running = 1;
	route_recover();
	outbox_kick_all();
	queue_kick_all();
	loop();
}

/* Each test, and each life, ends with its process: nothing is closed. */
static int
in_child(void (*fn)(void))
{
	int	status;
	pid_t	pid;

	fflush(stdout);
	if ((pid = fork()) == 0) {
		/* It must not go on with the other tests when it fails. */
		(void)setenv("CMOCKA_TEST_ABORT", "1", 1);
		fn();
		_exit(7);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return (WIFEXITED(status) && WEXITSTATUS(status) == 7);
}

void
world_test(void **state)
{
	char	path[96];
	size_t	i;
	static const char *const names[] = { "", "-wal", "-journal" };

	(void)str_copy(dir, "/tmp/t_relay.XXXXXX", sizeof(dir));
	assert_non_null(mkdtemp(dir));
	assert_true(in_child(*(void (**)(void))*state));
	for (i = 0; i < NELEM(names); i++) {
		(void)str_format(path, sizeof(path), "%s/relay.db%s", dir,
		    names[i]);
		(void)unlink(path);
	}
	assert_int_equal(rmdir(dir), 0);
}

void
world_first_life(void (*fn)(void))
{
	assert_true(in_child(fn));
	world_live();
}

/* --- acts -------------------------------------------------------------- */
static void
update(int64_t id, int64_t user, enum upd_kind kind, const char *text)
{
	struct update	u;

	memset(&u, 0, sizeof(u));
	u.id = id;
	u.kind = kind;
	u.chat = u.user = user;
	u.msg = kind == UPD_BUTTON && world.pressed != 0 ? world.pressed : id;
	u.ckind = CHAT_PRIVATE;
	u.addressed = 1;
	(void)str_copy(u.name, "Ana", sizeof(u.name));
	(void)str_copy(u.query, "q", sizeof(u.query));
	(void)str_copy(u.button, text, sizeof(u.button));
	if (world.group) {
		u.chat = world.group;
		u.ckind = CHAT_GROUP;
	}
	if (world.msg != 0)
		u.msg = world.msg;
	if (world.quote != NULL) {
		u.quote = *world.quote;
		u.quote.text = strdup(world.quote->text);
	}
	if (kind == UPD_REACTION)
		(void)str_copy(u.emoji[0], text, sizeof(u.emoji[0]));
	u.foreign = world.foreign;
	u.media = world.media || world.attach != NULL;
	if (world.attach != NULL) {
		u.have_file = 1;
		u.file = *world.attach;
	}
	if (world.album != NULL)
		(void)str_copy(u.album, world.album, sizeof(u.album));
	u.text = strdup(text);
	u.len = strlen(text);
	route_update(&u);
	update_free(&u);
	loop();
}

void
world_update(int64_t id, int64_t user, const char *text)
{
	update(id, user, UPD_MESSAGE, text);
}

void
world_say(int64_t user, const char *text)
{
	update(++world.update, user, UPD_MESSAGE, text);
}

void
world_edit(int64_t user, int64_t msg, const char *text)
{
	world.msg = msg;
	update(++world.update, user, UPD_EDIT, text);
	world.msg = 0;
}

void
world_react(int64_t user, int64_t msg, const char *emoji)
{
	world.msg = msg;
	update(++world.update, user, UPD_REACTION, emoji);
	world.msg = 0;
}

void
world_wait(unsigned ms)
{
	struct timeval	tv = { ms / 1000, (suseconds_t)(ms % 1000) * 1000 };

	(void)event_base_loopexit(relay.base, &tv);
	(void)event_base_dispatch(relay.base);
	loop();
}

void
world_press(int64_t user, const char *data)
{
	update(++world.update, user, UPD_BUTTON, data);
}

void
world_loop(unsigned ms)
{
	loop();
	(void)usleep(ms * 1000);
	loop();
}

void
world_begin(void)
{
	static const struct stream_out	 out = { NULL, NULL };
	struct msg_TURN_BEGUN		 m;

	text_out = stream_write_new(far_agent, &out, NULL);
	assert_non_null(text_out);
	m.turn = world.turn;
	m.sid = stream_sid(text_out);
	msg_send_TURN_BEGUN(far_agent, 0, -1, &m);
	loop();
}

void
world_note(uint8_t note)
{
	struct msg_TURN_NOTE	m = { .turn = world.turn, .note = note,
				    .wait_ms = 9000 };

	msg_send_TURN_NOTE(far_agent, 0, -1, &m);
	loop();
}

void
world_text(const char *text)
{
	assert_int_equal(stream_write(text_out, text, strlen(text)), 0);
	loop();
}

void
world_done(uint8_t outcome)
{
	struct msg_TURN_DONE	m;

	memset(&m, 0, sizeof(m));
	m.turn = world.turn;
	m.outcome = outcome;
	m.why = text_of("", 0);
	/* The end of the text may come after the end of the turn. */
	msg_send_TURN_DONE(far_agent, 0, -1, &m);
	if (text_out != NULL)
		stream_finish(text_out, 0);
	text_out = NULL;
	loop();
}

void
world_tool(uint64_t turn, uint32_t call, enum tool tool, const char *args)
{
	static const struct stream_out	 out = { NULL, NULL };
	struct msg_TOOL_CALL		 m;
	struct stream			*s;

	s = stream_write_new(far_agent, &out, NULL);
	assert_non_null(s);
	memset(&m, 0, sizeof(m));
	m.turn = turn;
	m.call = call;
	m.tool = (uint8_t)tool;
	m.size = (uint32_t)strlen(args);
	m.sid = stream_sid(s);
	msg_send_TOOL_CALL(far_agent, 0, -1, &m);
	(void)stream_write(s, args, strlen(args));
	stream_finish(s, 0);
	loop();
}

void
world_audit_done(uint8_t err)
{
	struct msg_AUDIT_DONE	m = { .err = err, .seq = 1 };

	msg_send_AUDIT_DONE(far_audit, audit_id, -1, &m);
	loop();
}

void
world_job(void)
{
	struct msg_TOOL_JOB	m = { .job = audit_job, .err = 0 };
	struct job		j;
	uint8_t			buf[4096];
	ssize_t			n;
	size_t			len = 0;
	int			fd[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	msg_send_TOOL_JOB(far_parent, grant_id, fd[0], &m);
	loop();
	while ((n = read(fd[1], buf + len, sizeof(buf) - len)) > 0)
		len += (size_t)n;
	close(fd[1]);
	if (len == 0)			/* it was not wanted any more */
		return;
	assert_int_equal(job_decode(buf, len, &j), 0);
	assert_int_equal(j.tier, world.granted_tier);
	(void)snprintf(world.jobargs, sizeof(world.jobargs), "%.*s",
	    (int)j.argslen, j.args);
	(void)snprintf(world.jobcwd, sizeof(world.jobcwd), "%.*s",
	    (int)j.cwdlen, j.cwd);
}

void
world_run(const char *text, uint8_t outcome, const char *cwd)
{
	static const struct stream_out	 out = { NULL, NULL };
	struct msg_RUN_HEAD		 h;
	struct msg_RUN_DONE		 d;
	struct stream			*s;

	s = stream_write_new(far_runner, &out, NULL);
	assert_non_null(s);
	memset(&h, 0, sizeof(h));
	h.job = job;
	h.sid = stream_sid(s);
	msg_send_RUN_HEAD(far_runner, 0, -1, &h);
	memset(&d, 0, sizeof(d));
	d.job = job;
	d.outcome = outcome;
	d.cwd = text_of(cwd, strlen(cwd));
	d.note = text_of("", 0);
	/* The output may come after the word that it is over. */
	msg_send_RUN_DONE(far_runner, 0, -1, &d);
	(void)stream_write(s, text, strlen(text));
	stream_finish(s, 0);
	loop();
}

void
world_totp_state(uint8_t state)
{
	struct msg_TOTP_STATE	m = { .state = state };

	msg_send_TOTP_STATE(far_totp, totp_id, -1, &m);
	loop();
}

void
world_totp_result(uint8_t result)
{
	struct msg_TOTP_RESULT	m = { .result = result };

	msg_send_TOTP_RESULT(far_totp, totp_id, -1, &m);
	loop();
}

void
world_agent_dies(void)
{
	text_out = NULL;
	link_free(far_agent);
	loop();
	assert_null(relay.agent);
}

void
world_agent_back(void)
{
	relay.agent = pair(PROC_AGENT, &far_agent);
	queue_kick_all();
	loop();
}

void
world_runner_dies(void)
{
	link_free(far_runner);
	loop();
	assert_null(relay.runner);
}

void
world_totp_note(const char *user)
{
	struct msg_TOTP_NOTE	m = { .what = TNO_REMOVED };

	(void)str_copy(m.user, user, sizeof(m.user));
	msg_send_TOTP_NOTE(far_totp, 0, -1, &m);
	loop();
}

void
world_totp_dies(void)
{
	link_free(far_totp);
	loop();
	assert_null(relay.totp);
}

void
world_totp_back(void)
{
	relay.totp = pair(PROC_TOTP, &far_totp);
	totpgate_link_up();
	loop();
}
