/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What the two strict fakes share: a small HTTP server that can cut, stall
 * and count bytes (evhttp cannot), a record of every request, a failure file,
 * injected faults, and a control socket for tests.  Run by tests only; it
 * trusts nothing its clients send, because finding that wrong is its job.
 */
#ifndef FAKE_H
#define FAKE_H

#include <sys/queue.h>
#include <sys/types.h>

#include <event2/bufferevent.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>

#include <jansson.h>
#include <stdint.h>

#define NELEM(a)	(sizeof(a) / sizeof((a)[0]))
#define BODY_MAX	(64 * 1024 * 1024)

struct conn;

/* What a fault does to one request; made from JSON by fault.c. */
enum fault_do { FD_NONE, FD_STATUS, FD_CLOSE, FD_HANG, FD_BODY, FD_KILL };
enum fault_when { FW_RECEIVED, FW_APPLIED, FW_REPLIED };
struct fault {
	enum fault_do	 what;
	int		 apply;		/* carry the request out all the same */
	int		 status, retry_after;
	char		*body;
	size_t		 len;
	long		 cut;		/* close after so many body bytes, or -1 */
	size_t		 slow_n;	/* bytes a piece, 0: not slow */
	unsigned	 slow_ms, delay_ms;
	pid_t		 pid;
	int		 sig;
	enum fault_when	 when;
};

struct req {
	struct conn	*c;		/* NULL once the client is gone */
	uint64_t	 id, t0, t;	/* us: first byte, complete */
	char		*verb, *path;	/* path without the query */
	char		*query;		/* or NULL */
	struct evkeyvalq head;
	struct evbuffer	*body;
	char		 name[48];	/* method, for record and faults */
	struct fault	 fault;
	int		 status;
	/* out.c */
	struct evbuffer	*out;
	struct event	*timer;
	size_t		 sent;
	int		 started, chunked, ended;
	/* the server's own */
	void		*app;
	void		(*gone)(struct req *);	/* client left; req goes after */
};

struct server {
	const char	*name;		/* "tg", "api" */
	void		(*handle)(struct req *);
	/* NULL: no such path; else the answer (*status preset to 200). */
	json_t		*(*control)(const char *path, json_t *arg, int *status);
	/* Is what a test waits for there?  Then *out is what it is told. */
	int		(*ready)(json_t *cond, json_t **out);
	/* Body of an error answer, as the real server words it. */
	json_t		*(*error)(int status, int retry_after, const char *why);
	/* Further options: letters for getopt(3), and who takes them. */
	const char	*opts;
	int		(*opt)(int, const char *);
};

/* main.c */
extern const struct server *srv;
extern struct event_base *base;
int		 fake_main(const struct server *, int, char **);
/* http.c */
void		 conn_new(evutil_socket_t, struct bufferevent *, int control);
void		 conn_reply_done(struct conn *);	/* next request, please */
void		 conn_close(struct conn *);
void		 conn_flush_close(struct conn *);
struct bufferevent *conn_bev(struct conn *);
void		 conn_freeze(void);	/* all present ones never answer again */
unsigned	 conn_count(void);
uint64_t	 conn_made(void);	/* ever, but for control */
uint64_t	 conn_id(const struct conn *);
void		 req_free(struct req *);
const char	*req_header(struct req *, const char *);
/* out.c: the answer, with the request's fault applied */
void		 out_start(struct req *, int status, const char *type,
		    const char *headers, ssize_t len);
/* -1: the fault closed the connection; the request may be gone. */
int		 out_write(struct req *, const void *, size_t);
void		 out_end(struct req *);
void		 out_json(struct req *, int status, json_t *);	/* steals */
void		 out_plain(struct req *, int status, json_t *);	/* no fault */
/* fault.c */
void		 fault_add(json_t *);
void		 fault_clear(void);
size_t		 fault_left(void);
void		 fault_take(struct req *, const char *text);
/* 1: the fault answered (or dropped) the request; stop here. */
int		 fault_before(struct req *);
int		 fault_after(struct req *);
void		 fault_replied(struct req *);
void		 fault_free(struct fault *);
/* record.c */
uint64_t	 now_us(void);
int		 record_open(const char *log, const char *fail);
void		 record(json_t *);			/* steals */
void		 record_req(struct req *, json_t *body);
void		 failure(struct req *, const char *, ...)
		    __attribute__((format(printf, 2, 3)));
json_t		*failures(void);			/* borrowed */
/* control.c */
void		 control_handle(struct req *);
void		 control_kick(void);	/* something changed: look at waiters */
/* fields.c */
enum ftype { FT_INT, FT_NUM, FT_STR, FT_BOOL, FT_OBJ, FT_ARR, FT_ID,
    FT_TEXTS, FT_ANY };
#define F_REQ	1
#define F_NULL	2
struct field {
	const char	*name;
	enum ftype	 type;
	int		 flags;
};
int		 fields_check(const json_t *, const struct field *, size_t,
		    char *why, size_t);
const char	*jstr(const json_t *, const char *);	/* "" when absent */
int64_t		 jint(const json_t *, const char *, int64_t);
int		 jbool(const json_t *, const char *, int);
size_t		 utf16_units(const char *, size_t);

#endif
