/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Methods of the Bot API: one request each, JSON both ways, and one verdict on
 * how it went.  Run by the relay; trusts nothing the server sends.
 */
#ifndef TG_API_H
#define TG_API_H

#include <stddef.h>
#include <stdint.h>

#include "engines/common/http.h"

struct json_t;

/* What a caller does next depends on this alone. */
enum api_verdict {
	BV_OK,
	BV_UNSENT,		/* never written: trying again is free */
	BV_UNKNOWN,		/* written, no answer read */
	BV_SERVER,		/* 5xx, or a stranger: maybe done */
	BV_LIMIT,		/* 429: wait retry_ms */
	BV_TOKEN,		/* 401, 404: the token is refused */
	BV_CONFLICT,		/* 409: somebody else polls */
	BV_REQUEST,		/* 400, 403 ...: will never work as it is */
	BV_MAX
};

struct api_reply {
	enum api_verdict verdict;
	enum http_err	 err;
	long		 status;
	uint32_t	 retry_ms;
	int		 toobig;	/* the answer passed its bound */
	int64_t		 msgid;		/* result.message_id, or 0 */
	const char	*why;		/* for people; never NULL */
	const char	*body;		/* the whole answer */
	size_t		 len;
};

typedef void	(*api_fn)(const struct api_reply *, void *ctx);
struct api_call;

int	 api_init(int ca_fd);		/* before the cage */
int	 api_setup(const char *base);	/* 0, or -1: not such a URL.  What runs
					 * ends with BV_UNKNOWN. */
int	 api_url_ok(const char *base);
void	 api_forget(void);		/* drop idle connections */

struct api_opts {
	uint32_t	 total_ms;	/* in all; 0: API_TOTAL_MS */
	size_t		 max;		/* of the answer; 0: API_MAX */
	int		 once;		/* must not be written twice unasked */
	int		 raw;		/* leave a good answer unparsed */
	/* A body that is not JSON in one piece: its type, and who fills up to
	 * n bytes of its len; 0 before the end: it cannot.  What is handed
	 * over as JSON only says which chat it is for. */
	const char	*type;
	long		(*fill)(void *ctx, char *, size_t n);
	size_t		 len;
};
/*
 * body: JSON object text; o may be NULL.  NULL when nothing could be started;
 * fn is then not called.
 */
struct api_call	*api_send(const char *method, const char *body, size_t len,
	    const struct api_opts *o, api_fn, void *ctx);
void	 api_cancel(struct api_call *);	/* fn is not called */
/*
 * The bytes of a file, by the path that getFile gave; data takes all or
 * returns -1, which ends it.  -1 in *bad: no path of a file.
 */
struct api_call	*api_file(const char *path, size_t max, uint32_t total_ms,
	    int (*data)(const char *, size_t, void *), api_fn, void *ctx,
	    int *bad);

/* Typed ones; those without fn are told to nobody when they fail. */
struct api_call	*api_get_me(api_fn, void *);
struct api_call	*api_get_updates(int64_t offset, uint32_t timeout_s,
	    uint32_t limit, uint32_t total_ms, size_t max, api_fn, void *);
void	 api_typing(int64_t chat, int64_t topic);
void	 api_answer_button(const char *query, const char *text);
void	 api_alert_button(const char *query, const char *text);	/* to read */
void	 api_drop_buttons(int64_t chat, int64_t msg);
void	 api_leave_chat(int64_t chat);
void	 api_set_commands(const char *body, size_t len);

/* Pure: what an answer means.  In apijudge.c. */
void	 api_judge(enum http_err, long status, uint32_t retry_ms,
	    const char *body, size_t len, int raw, struct api_reply *,
	    char *why, size_t whylen);

#define API_TOTAL_MS	30000
#define API_MAX		(256u << 10)

#endif
