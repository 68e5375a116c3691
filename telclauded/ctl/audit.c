/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * audit tail, verify, search, key: read the log itself, with the daemon
 * running or not.  Run by who may read it, root; the files are not trusted.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>
#include <sodium.h>

#include "engines/audit/seal.h"
#include "telclauded/ctl/auditlog.h"
#include "telclauded/ctl/ctl.h"
#include "telclauded/ctl/view.h"
#include "telclauded/lib/text.h"
#include "telclauded/lib/util.h"

#define TAIL_LINES	20
#define TAIL_MOST	100000

/* --- which log ------- */
/* Where the running daemon has it; else where it is by default. */
static void
log_path(struct ctl *c, char *path, size_t len)
{
	struct rows	*r;
	json_t		*o;
	const char	*s;
	int		 quiet;

	(void)str_copy(path, AUDITLOG_DEFAULT, len);
	if (access(c->socket, F_OK) == -1)
		return;
	if ((quiet = view_fetch(c, PROC_PARENT, SHOW_STATUS, &r)) != 0)
		return;
	o = rows_take(r, "daemon");
	s = json_string_value(json_object_get(o, "audit"));
	if (s != NULL)
		(void)str_copy(path, s, len);
	json_decref(o);
	rows_free(r);
}

static int
log_open(struct ctl *c, int argc, char **argv, struct auditlog *l)
{
	char	 path[1024], why[512];

	if (argc > 0)
		return (auditlog_files(l, argc, argv, why, sizeof(why)) == -1 ?
		    (warnx("%s", why), -1) : 0);
	log_path(c, path, sizeof(path));
	if (auditlog_find(l, path, why, sizeof(why)) == -1) {
		warnx("%s", why);
		return (-1);
	}
	return (0);
}

/* --- one line ------- */
static void
put(const json_t *o, const char *key, const char *before)
{
	const json_t	*v = json_object_get(o, key);
	char		 safe[512];
	const char	*s;

	if (json_is_integer(v))
		printf("%s%" JSON_INTEGER_FORMAT, before,
		    json_integer_value(v));
	if ((s = json_string_value(v)) == NULL)
		return;
	text_for_log(text_of(s, strlen(s)), safe, sizeof(safe));
	printf("%s%s", before, safe);
}

static void
print_line(const char *p, size_t n)
{
	json_t	*o = json_loadb(p, n, JSON_ALLOW_NUL, NULL);

	if (o == NULL) {
		printf("(a line that is none of ours, %zu bytes)\n", n);
		return;
	}
	put(o, "timestamp", "");
	put(o, "seq", " #");
	put(o, "event", " ");
	put(o, "outcome", " ");
	put(o, "tool", " ");
	put(o, "permissionTier", " ");
	put(o, "telegramUserId", " user ");
	put(o, "chatId", " chat ");
	put(o, "messagePreview", ": ");
	put(o, "detail", ": ");
	put(o, "errorType", ": ");
	putchar('\n');
	json_decref(o);
}

/* Lines as they come, or as an array of them, where one that was cut is a
 * string. */
struct output {
	int		 json;
	unsigned	 n;
};

/* As it is, but for what a terminal would obey: a line may have been written
 * by somebody else. */
static void
print_json(const char *p, size_t n)
{
	const unsigned char	*u = (const unsigned char *)p;
	size_t			 i;

	for (i = 0; i < n; i++)
		if (u[i] == 0xc2 && i + 1 < n && u[i + 1] >= 0x80 &&
		    u[i + 1] <= 0x9f)
			printf("\\u00%02x", u[++i]);
		else if (u[i] == 0x7f)
			printf("\\u007f");
		else
			putchar(u[i]);
}

static void
output_line(struct output *o, const char *p, size_t n)
{
	struct buf	 b;
	json_t		*v;

	if (!o->json) {
		print_line(p, n);
		return;
	}
	printf("%s", o->n++ == 0 ? "[\n" : ",\n");
	buf_init(&b);
	v = json_loadb(p, n, JSON_ALLOW_NUL, NULL);
	if (v == NULL && buf_json_str(&b, p, n) == 0)
		printf("%s", b.p);
	else
		print_json(p, n);
	buf_free(&b);
	json_decref(v);
}

static void
output_end(struct output *o)
{
	if (o->json)
		printf("%s]\n", o->n == 0 ? "[" : "\n");
}

/* --- tail ------- */
int
cmd_audit_tail(struct ctl *c)
{
	struct output	 o = { c->json, 0 };
	struct auditlog	 l;
	unsigned	 n = TAIL_LINES;
	char		*end, *p;
	size_t		 len, at;

	if (c->argc > 0) {
		n = (unsigned)strtoul(c->argv[0], &end, 10);
		if (*end != '\0' || n == 0 || n > TAIL_MOST) {
			warnx("audit tail: 1 to %d lines", TAIL_MOST);
			return (CTL_USAGE);
		}
	}
	if (log_open(c, 0, NULL, &l) == -1)
		return (1);
	p = auditlog_tail(&l, n, &len);
	for (at = 0; p != NULL && at < len; at = (size_t)(end - p) + 1) {
		if ((end = memchr(p + at, '\n', len - at)) == NULL)
			break;
		output_line(&o, p + at, (size_t)(end - p) - at);
	}
	output_end(&o);
	free(p);
	auditlog_close(&l);
	return (0);
}

/* --- search ------- */
struct search {
	struct output	 o;
	int		 argc;
	char		**argv;
	unsigned	 found;
};

/* KEY=VALUE: a member of that value, else a part of the line's text. */
static int
word_matches(const char *word, const char *p, size_t n, json_t **o)
{
	const char	*eq = strchr(word, '='), *s;
	const json_t	*v;
	char		 key[64], num[32], *end;
	double		 x;

	if (eq == NULL || str_format(key, sizeof(key), "%.*s",
	    (int)(eq - word), word) == -1)
		return (memmem(p, n, word, strlen(word)) != NULL);
	if (*o == NULL)
		*o = json_loadb(p, n, JSON_ALLOW_NUL, NULL);
	v = json_object_get(*o, key);
	if (json_is_integer(v)) {
		(void)str_format(num, sizeof(num), "%" JSON_INTEGER_FORMAT,
		    json_integer_value(v));
		return (strcmp(num, eq + 1) == 0);
	}
	if (json_is_real(v)) {
		x = strtod(eq + 1, &end);
		return (end != eq + 1 && *end == '\0' &&
		    fabs(x - json_real_value(v)) < 1e-9);
	}
	s = json_string_value(v);
	return (s != NULL && strcmp(s, eq + 1) == 0);
}

static void
search_line(const char *p, size_t n, void *arg)
{
	struct search	*s = arg;
	json_t		*o = NULL;
	int		 i, all = 1;

	for (i = 0; all && i < s->argc; i++)
		all = word_matches(s->argv[i], p, n, &o);
	json_decref(o);
	if (!all)
		return;
	s->found++;
	output_line(&s->o, p, n);
}

int
cmd_audit_search(struct ctl *c)
{
	struct search	 s = { { c->json, 0 }, c->argc, c->argv, 0 };
	struct auditlog	 l;
	int		 r;

	if (log_open(c, 0, NULL, &l) == -1)
		return (1);
	r = auditlog_each(&l, search_line, &s);
	output_end(&s.o);
	auditlog_close(&l);
	if (r == -1)
		warnx("audit log: %s", strerror(errno));
	return (r == -1 || s.found == 0);
}

/* --- key ------- */
int
cmd_audit_key(struct ctl *c)
{
	struct auditlog	 l;
	char		 hex[2 * SEAL_PUBLEN + 1];
	unsigned	 i;

	if (log_open(c, 0, NULL, &l) == -1)
		return (1);
	if (l.pubs.n == 0) {
		warnx("there is no seal.pub beside the audit log");
		auditlog_close(&l);
		return (1);
	}
	for (i = 0; i < l.pubs.n; i++) {
		hex_encode(l.pubs.key[i], SEAL_PUBLEN, hex);
		if (!c->json)
			printf("%s\n", hex);
		else if (i == 0)
			printf("{\"key\":\"%s\",\"retired\":[", hex);
		else
			printf("%s\"%s\"", i > 1 ? "," : "", hex);
	}
	if (c->json)
		puts("]}");
	auditlog_close(&l);
	return (0);
}

/* --- verify ------- */
/* "key=HEX", the newest first; the words replace what lies beside the log. */
static int
verify_key(const char *hex, struct seal_pubs *v)
{
	if (v->n == SEAL_KEYS || strlen(hex) != 2 * SEAL_PUBLEN ||
	    hex_decode(hex, v->key[v->n], SEAL_PUBLEN) == -1)
		return (-1);
	v->n++;
	return (0);
}

/* "LINE:HASH", as the daily report tells it, or a key. */
static int
verify_word(const char *word, struct audit_witness *w, struct seal_pubs *v)
{
	char	*end;

	if (strncmp(word, "key=", 4) == 0)
		return (verify_key(word + 4, v));
	w->seq = strtoull(word, &end, 10);
	if (w->seq == 0 || *end != ':' ||
	    strlen(end + 1) != 2 * AUDIT_HASHLEN)
		return (-1);
	return (hex_decode(end + 1, w->hash, AUDIT_HASHLEN));
}

static void
print_broken(struct ctl *c, const struct auditlog *l,
    const struct audit_report *r)
{
	json_t	*o;
	char	*s;

	if (c->json) {
		o = json_pack("{s:b,s:s,s:I,s:s,s:I}", "whole", 0, "file",
		    l->names[r->file], "line", (json_int_t)r->broken, "why",
		    r->why, "good", (json_int_t)r->last);
		if ((s = json_dumps(o, JSON_COMPACT)) != NULL)
			printf("%s\n", s);
		free(s);
		json_decref(o);
	} else
		printf("BROKEN: line %" PRIu64 " of %s %s; line %" PRIu64
		    " is the last good one\n", r->broken, l->names[r->file],
		    r->why, r->last);
}

static int
print_whole(struct ctl *c, const struct auditlog *l,
    const struct audit_report *r, const struct audit_witness *w, int headless)
{
	char	 head[2 * AUDIT_HASHLEN + 1];
	int	 bad = w->seq != 0 && !w->seen;

	hex_encode(r->head, AUDIT_HASHLEN, head);
	if (c->json) {
		printf("{\"whole\":%s,\"lines\":%" PRIu64 ",\"first\":%" PRIu64
		    ",\"last\":%" PRIu64 ",\"head\":\"%s\",\"seals\":%" PRIu64
		    ",\"sealed\":%" PRIu64 ",\"key\":%s,\"repairs\":%" PRIu64
		    ",\"headless\":%s,\"witness\":%s}\n",
		    bad || headless ? "false" : "true", r->lines,
		    r->first, r->last, head, r->seals, r->sealed,
		    l->pubs.n > 0 ? "true" : "false", r->repairs,
		    headless ? "true" : "false",
		    w->seq == 0 ? "null" : bad ? "false" : "true");
		return (bad || headless);
	}
	if (headless)
		printf("BROKEN: it begins with line %" PRIu64 ", and no line "
		    "of it says that those before were removed for their "
		    "age\n", r->first);
	if (bad) {
		printf("BROKEN: line %" PRIu64 " is %s; the log ends at line "
		    "%" PRIu64 "\n", w->seq, w->seq > r->last ||
		    w->seq < r->first ? "not in this log: it was cut or is an "
		    "older copy" : "not the one you noted", r->last);
		return (1);
	}
	printf("%s: lines %" PRIu64 " to %" PRIu64 ", %" PRIu64 " seals%s",
	    headless ? "the rest" : "whole", r->first, r->last, r->seals,
	    l->pubs.n > 0 ? "" : " (not checked: no "
	    "seal.pub)");
	if (r->seals > 0)
		printf(", sealed up to line %" PRIu64, r->sealed);
	if (r->repairs > 0)
		printf(", %" PRIu64 " cut lines that are named", r->repairs);
	printf("\nhead %" PRIu64 ":%s\n", r->last, head);
	return (headless);
}

/* What the relay heard last is a witness that lives elsewhere. */
static int
witness_relay(struct ctl *c, const struct audit_report *r)
{
	uint64_t	 seq = 0;

	if (access(c->socket, F_OK) == -1 ||
	    auditlog_heard(c, &seq) == -1 || seq <= r->last)
		return (0);
	warnx("audit: line %" PRIu64 " was written, the relay says, but the "
	    "log ends at %" PRIu64, seq, r->last);
	return (1);
}

int
cmd_audit_verify(struct ctl *c)
{
	struct audit_witness	 w = { 0 };
	struct audit_report	 r;
	struct auditlog		 l;
	struct seal_pubs	 given = { .n = 0 };
	int			 i, files = 0, ret;

	/* Files first, then what is known of the log. */
	while (files < c->argc && access(c->argv[files], F_OK) == 0)
		files++;
	if (sodium_init() == -1 ||
	    log_open(c, files, c->argv, &l) == -1)
		return (1);
	for (i = files; i < c->argc; i++)
		if (verify_word(c->argv[i], &w, &given) == -1) {
			warnx("audit verify: %s is neither a file, nor "
			    "LINE:HASH, nor key=HEX", c->argv[i]);
			auditlog_close(&l);
			return (CTL_USAGE);
		}
	if (given.n > 0)
		l.pubs = given;
	ret = auditlog_verify(&l, &r, &w);
	if (ret == -1)
		warnx("audit log: %s", strerror(errno));
	else if (ret == 1)
		print_broken(c, &l, &r);
	else
		ret = print_whole(c, &l, &r, &w, files == 0 &&
		    audit_walk_headless(&r)) |
		    (files == 0 && witness_relay(c, &r));
	auditlog_close(&l);
	return (ret != 0);
}
