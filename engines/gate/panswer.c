/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Answers to the clients in the sandboxes: the server's, as they come, and
 * errors of our own in the server's shape.  Run by gate.
 */
#include <string.h>

#include "engines/gate/proxy.h"
#include "telclauded/lib/log.h"

static const struct {
	unsigned	 status;
	const char	*reason, *type;
} known[] = {
	{ 200, "OK", "api_error" },
	{ 400, "Bad Request", "invalid_request_error" },
	{ 401, "Unauthorized", "authentication_error" },
	{ 403, "Forbidden", "permission_error" },
	{ 404, "Not Found", "not_found_error" },
	{ 405, "Method Not Allowed", "invalid_request_error" },
	{ 408, "Request Timeout", "timeout_error" },
	{ 411, "Length Required", "invalid_request_error" },
	{ 413, "Content Too Large", "request_too_large" },
	{ 414, "URI Too Long", "invalid_request_error" },
	{ 417, "Expectation Failed", "invalid_request_error" },
	{ 429, "Too Many Requests", "rate_limit_error" },
	{ 431, "Request Header Fields Too Large", "invalid_request_error" },
	{ 500, "Internal Server Error", "api_error" },
	{ 501, "Not Implemented", "invalid_request_error" },
	{ 502, "Bad Gateway", "api_error" },
	{ 503, "Service Unavailable", "api_error" },
	{ 504, "Gateway Timeout", "timeout_error" },
	{ 505, "HTTP Version Not Supported", "invalid_request_error" },
	{ 529, "Overloaded", "overloaded_error" },
};

static size_t
find(unsigned status)
{
	size_t i;

	for (i = NELEM(known) - 1; i > 0 && known[i].status != status; i--)
		;
	return (i);
}

static const char *
reason(unsigned status)
{
	size_t i = find(status);

	return (known[i].status == status ? known[i].reason : "Status");
}

void
answer_error(struct pconn *c, unsigned status, const char *extra,
    const char *why)
{
	struct buf body, head;
	char text[640];

	(void)str_format(text, sizeof(text), "telclaude: %s", why);
	buf_init(&body);
	buf_init(&head);
	(void)buf_printf(&body, "{\"type\":\"error\",\"error\":{\"type\":"
	    "\"%s\",\"message\":", known[find(status)].type);
	(void)buf_json_str(&body, text, strlen(text));
	(void)buf_puts(&body, "}}");
	(void)buf_printf(&head, "HTTP/1.1 %u %s\r\n"
	    "content-type: application/json\r\ncontent-length: %zu\r\n%s%s\r\n",
	    status, reason(status), body.len, extra,
	    c->close ? "connection: close\r\n" : "");
	if (!body.failed && !head.failed) {
		pconn_add(c, head.p, head.len);
		pconn_add(c, body.p, body.len);
	} else
		c->close = 1;
	buf_free(&body);
	buf_free(&head);
	pconn_flush(c);
}

void
answer_begin(struct preq *q)
{
	struct pconn *c = q->c;
	struct answer_head *a = &q->a;
	char line[96];

	/* Answered before all was heard: nobody knows where the next begins. */
	if (!q->ended)
		c->close = 1;
	(void)str_format(line, sizeof(line), "HTTP/1.1 %u %s\r\n", q->status,
	    reason(q->status));
	pconn_add(c, line, strlen(line));
	pconn_add(c, a->fields.p, a->fields.len);
	if (a->haslen) {
		(void)str_format(line, sizeof(line), "content-length: %llu\r\n",
		    (unsigned long long)a->length);
		pconn_add(c, line, strlen(line));
	} else if (q->status != 204 && q->status != 304) {
		q->chunks = 1;
		pconn_add(c, "transfer-encoding: chunked\r\n", 28);
	}
	if (c->close)
		pconn_add(c, "connection: close\r\n", 19);
	pconn_add(c, "\r\n", 2);
	q->headed = 1;
	pconn_flush(c);
}

void
answer_data(struct preq *q, const char *p, size_t n)
{
	char size[24];

	q->answered += n;
	if (!q->chunks)
		pconn_add(q->c, p, n);
	else if (n > 0) {
		(void)str_format(size, sizeof(size), "%zx\r\n", n);
		pconn_add(q->c, size, strlen(size));
		pconn_add(q->c, p, n);
		pconn_add(q->c, "\r\n", 2);
	}
	pconn_flush(q->c);
}

void
answer_end(struct preq *q)
{
	if (q->chunks)
		pconn_add(q->c, "0\r\n\r\n", 5);
	else if (q->a.haslen && q->a.length != q->answered)
		q->c->cut = 1;
	pconn_flush(q->c);
}
