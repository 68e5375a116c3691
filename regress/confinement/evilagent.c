/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * A hostile agent for hostile.t, started by the real parent in the agent's
 * place: its user, its links, its descriptors, its cage.  Takes its slice and
 * its turns as the real one does; then does what the text of the turn says.
 *
 *	wait COUNT	for so many results of calls and requests
 *	text BODY	on the turn's own stream
 *	flood BYTES	of text, as credit comes
 *	done		the turn ends, the script does not
 */
#include <sys/resource.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "engines/common/engine.h"
#include "imsg/values.h"
#include "regress/confinement/evil.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/text.h"

#define FLOOD_PIECE	65536
#define RESULT_SHOWN	160

struct result {
	uint32_t	 call;
	unsigned	 is_error, kind;
	struct buf	 out;
};

/* --- a turn -------------------------------------------------------------- */
void
evil_done(uint64_t turn, unsigned outcome, const char *why)
{
	struct msg_TURN_DONE	 m;

	memset(&m, 0, sizeof(m));
	m.turn = turn;
	m.outcome = (uint8_t)outcome;
	m.why = text_of(why, strlen(why));
	msg_send_TURN_DONE(evil.relay, 0, -1, &m);
}

static void
flood_more(void)
{
	static char	 piece[FLOOD_PIECE];
	size_t		 n;

	for (n = 0; piece[0] == '\0' && n < sizeof(piece) - 1; n++)
		piece[n + 1] = "All work and no play. "[n % 22];
	piece[0] = 'A';

	while (evil.text != NULL && evil.flood > 0 &&
	    (n = MINIMUM(stream_room(evil.text), evil.flood)) > 0) {
		n = MINIMUM(n, sizeof(piece));
		if (stream_write(evil.text, piece, n) == -1)
			return;
		evil.flood -= n;
	}
}

static void
text_room(struct stream *s)
{
	if (s != evil.text || evil.flood == 0)
		return;
	flood_more();
	if (evil.flood == 0)
		evil_run();
}

static void
text_gone(struct stream *s)
{
	if (s == evil.text)
		evil.text = NULL;
	if (s == evil.hungtext)
		evil.hungtext = NULL;
	if (evil.flood > 0) {
		evil.flood = 0;
		evil_run();
	}
}

static const struct stream_out	 text_ops = { text_room, text_gone };

static struct stream *
begin(uint64_t turn)
{
	struct msg_TURN_BEGUN	 m;
	struct stream		*s;

	if ((s = stream_write_new(evil.relay, &text_ops, NULL)) == NULL)
		return (NULL);
	m.turn = turn;
	m.sid = stream_sid(s);
	msg_send_TURN_BEGUN(evil.relay, 0, -1, &m);
	return (s);
}

static void
script_end(void)
{
	free(evil.script);
	evil.script = evil.next = NULL;
	if (evil.turn == 0)
		return;
	if (evil.text != NULL) {
		(void)stream_write(evil.text, "```\n", 4);
		(void)stream_write(evil.text, evil.report.p == NULL ? "" :
		    evil.report.p, evil.report.len);
		(void)stream_write(evil.text, "end ", 4);
		(void)stream_write(evil.text, evil.nonce,
		    strlen(evil.nonce));
		(void)stream_write(evil.text, "\n```\n", 5);
		stream_finish(evil.text, 0);
		evil.text = NULL;
	}
	evil_done(evil.turn, TO_OK, "");
	evil.past = evil.turn;
	evil.turn = 0;
}

static void
do_text(const char *body)
{
	struct buf	 b;

	buf_init(&b);
	evil_body(&b, body);
	if (evil.text != NULL)
		(void)stream_write(evil.text, b.p, b.len);
	buf_free(&b);
}

/* 1: go on with the next line; 0: something is waited for. */
static int
command(char *line)
{
	char	*args = line, *cmd = evil_word(&args);

	if (strcmp(cmd, "wait") == 0) {
		evil.want = (unsigned)strtoul(evil_word(&args), NULL, 10);
		return (evil.results >= evil.want);
	}
	if (strcmp(cmd, "flood") == 0) {
		evil.flood = (size_t)strtoull(evil_word(&args), NULL, 10);
		flood_more();
		return (evil.flood == 0);
	}
	if (strcmp(cmd, "text") == 0) {
		do_text(evil_word(&args));
		return (1);
	}
	if (strcmp(cmd, "done") == 0) {
		if (evil.text != NULL)
			stream_finish(evil.text, 0);
		evil.text = NULL;
		evil_done(evil.turn, TO_OK, "");
		evil.past = evil.turn;
		evil.turn = 0;
		return (1);
	}
	if (!evil_message(cmd, args) && !evil_system(cmd, args))
		evil_say("no command %s", cmd);
	return (1);
}

void
evil_run(void)
{
	char	*line;

	if (evil.script == NULL || evil.flood > 0 ||
	    evil.results < evil.want)
		return;
	evil.results -= evil.want;
	evil.want = 0;
	while ((line = strsep(&evil.next, "\n")) != NULL)
		if (*line != '\0' && !command(line))
			return;
		else if (evil.want > 0) {
			evil.results -= evil.want;
			evil.want = 0;
		}
	script_end();
}

static void
on_turn_start(struct link *l, const struct msg_TURN_START *m,
    struct msg_meta *meta)
{
	char	*prompt;
	size_t	 len;

	(void)l;
	(void)meta;
	if ((prompt = text_utf8(m->prompt, &len)) == NULL)
		fatal("prompt");
	if (strncmp(prompt, "hang", 4) == 0) {
		evil.hung = m->turn;
		evil.hungtext = begin(m->turn);
		free(prompt);
		return;
	}
	evil.turn = m->turn;
	evil.text = begin(m->turn);
	evil.results = evil.want = 0;
	evil.flood = 0;
	buf_free(&evil.report);
	free(evil.script);
	evil.script = evil.next = prompt;
	(void)str_copy(evil.nonce, strsep(&evil.next, "\n"),
	    sizeof(evil.nonce));
	evil_run();
}

static void
on_turn_stop(struct link *l, const struct msg_TURN_STOP *m,
    struct msg_meta *meta)
{
	(void)l;
	(void)meta;
	if (m->turn == evil.hung) {
		if (evil.hungtext != NULL)
			stream_finish(evil.hungtext, 0);
		evil.hungtext = NULL;
		evil.hung = 0;
	} else if (m->turn == evil.turn) {
		if (evil.text != NULL)
			stream_finish(evil.text, 0);
		evil.text = NULL;
		evil.turn = 0;
	}
	evil_done(m->turn, TO_STOPPED, "");
}

static void
on_conv_reset(struct link *l, const struct msg_CONV_RESET *m,
    struct msg_meta *meta)
{
	(void)l;
	(void)m;
	(void)meta;
}

/* --- answers ------------------------------------------------------------- */
static void
result_data(struct stream *s, const uint8_t *p, size_t n)
{
	struct result	*r = stream_ctx(s);

	stream_consumed(s, n);
	if (r != NULL && r->out.len < RESULT_SHOWN)
		(void)buf_add(&r->out, p, MINIMUM(n,
		    (size_t)RESULT_SHOWN - r->out.len));
}

static void
result_end(struct stream *s, int err)
{
	struct result	*r = stream_ctx(s);
	char		 text[RESULT_SHOWN * 4 + 1] = "";

	if (r == NULL || !link_alive(evil.relay))
		return;
	if (r->out.len > 0)
		text_for_log(text_of(r->out.p, r->out.len), text,
		    sizeof(text));
	evil_say("result %u error %u kind %u end %d: %s", r->call,
	    r->is_error, r->kind, err, text);
	buf_free(&r->out);
	free(r);
	evil.results++;
	evil_run();
}

static const struct stream_in	 result_ops = { result_data, result_end };
static const struct stream_in	 answer_ops = { result_data, NULL };

static void
on_tool_result(struct link *l, const struct msg_TOOL_RESULT *m,
    struct msg_meta *meta)
{
	struct result	*r;

	(void)meta;
	if ((r = calloc(1, sizeof(*r))) == NULL)
		fatal("result");
	r->call = m->call;
	r->is_error = m->is_error;
	r->kind = m->kind;
	if (stream_read_new(l, m->sid, 262144, &result_ops, r) == NULL)
		fatalx("no stream for a result");
}

static void
on_api_head(struct link *l, const struct msg_API_HEAD *m,
    struct msg_meta *meta)
{
	(void)meta;
	evil_say("api %u status %u", m->req, m->status);
	(void)stream_read_new(l, m->sid, 262144, &answer_ops, NULL);
}

static void
on_api_done(struct link *l, const struct msg_API_DONE *m,
    struct msg_meta *meta)
{
	char	 why[300];

	(void)l;
	(void)meta;
	text_for_log(m->why, why, sizeof(why));
	evil_say("api %u done %u: %s", m->req, m->err, why);
	evil.results++;
	evil_run();
}

static void
on_turn_pause(struct link *l, const struct msg_TURN_PAUSE *m,
    struct msg_meta *meta)
{
	(void)l;
	(void)m;
	(void)meta;
}

static const struct msg_handlers	 siblings = {
	.TURN_PAUSE = on_turn_pause,
	.TURN_START = on_turn_start,
	.TURN_STOP = on_turn_stop,
	.CONV_RESET = on_conv_reset,
	.TOOL_RESULT = on_tool_result,
	.API_HEAD = on_api_head,
	.API_DONE = on_api_done,
};

/* --- the engine ---------------------------------------------------------- */
static void
gone(struct link *l)
{
	log_info("channel to %s closed", proc_name(link_peer(l)));
	if (l == evil.relay)
		evil.relay = NULL;
	if (l == evil.gate)
		evil.gate = NULL;
	link_free(l);
}

static const struct link_ops	 sibling_ops = {
	&siblings, gone, engine_violation
};

static void
evil_newlink(enum proc peer, enum scope scope, int fd)
{
	struct link	**slot;

	slot = peer == PROC_RELAY ? &evil.relay : &evil.gate;
	link_free(*slot);
	*slot = link_new(engine_base(), fd, PROC_AGENT, peer, scope,
	    &sibling_ops, NULL);
}

static char	 state[256];

static void
on_conf_agent(struct link *l, const struct msg_CONF_AGENT *m,
    struct msg_meta *meta)
{
	(void)l;
	(void)meta;
	(void)str_copy(state, m->state, sizeof(state));
}

static void
on_conf_model(struct link *l, const struct msg_CONF_MODEL *m,
    struct msg_meta *meta)
{
	(void)l;
	(void)m;
	(void)meta;
}

static void
evil_gotfd(enum fdkind kind, int fd)
{
	(void)kind;
	close(fd);
}

static int
evil_lockin(void)
{
	return (engine_allow_path(state, EA_READ | EA_WRITE));
}

/* Another name each time, also in another life; the last one is fine, but
 * what it names is no file. */
static void
on_copy_make(struct link *l, const struct msg_COPY_MAKE *m,
    struct msg_meta *meta)
{
	static const char *const	 names[] = { "../../../tmp/evil",
	    ".evil", "evil/x", "EVIL", "", "evil.db" };
	struct msg_COPY_DONE		 d;
	char				 path[300], n = 0;
	int				 fd;

	(void)m;
	memset(&d, 0, sizeof(d));
	(void)str_format(path, sizeof(path), "%s/copies", state);
	if ((fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600)) == -1 ||
	    pread(fd, &n, 1, 0) == -1)
		return;
	(void)str_copy(d.name, names[(unsigned)n % NELEM(names)],
	    sizeof(d.name));
	n++;
	if (pwrite(fd, &n, 1, 0) == 1)
		msg_send_COPY_DONE(l, meta->id, open(state, O_RDONLY |
		    O_DIRECTORY | O_CLOEXEC), &d);
	close(fd);
}

static struct msg_handlers	 handlers = {
	.COPY_MAKE = on_copy_make,
	.CONF_AGENT = on_conf_agent,
	.CONF_MODEL = on_conf_model,
};

static const struct engine_def	 def = {
	.proc = PROC_AGENT,
	.parent = &handlers,
	.link = evil_newlink,
	.fd = evil_gotfd,
	.lockin = evil_lockin,
};

int
main(int argc, char **argv)
{
	engine_main(&def, argc, argv);
}
