/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * `show status', `show engines': one JSON object a row, its kind in "row".
 * Run by the parent; numbers come from the kernel.
 *
 * daemon	version up_s profile config loaded_ms changed state selftest_ms
 *		degraded[]
 * selftest	see selfrow.c
 * telegram	state bot polled_ms chats queued refused last_refused
 *		last_refused_ms
 * anthropic	auth status err asked_ms tokens_today microusd_today
 *		microusd_limit
 * firewall	see showfw.c
 * sandbox	namespaces idmap landlock seccomp cgroup running
 *		weaker[{layer means}]
 * engine	name state pid user up_s caps seccomp filters nnp netns pss_kb
 *		rss_kb restarts last
 */
#include <sys/stat.h>

#include <string.h>
#include <unistd.h>

#include "engines/common/http.h"
#include "imsg/values.h"
#include "parent/caps.h"
#include "parent/control.h"
#include "parent/fw/fw.h"
#include "parent/parent.h"
#include "parent/platform.h"
#include "parent/row.h"
#include "parent/self/selftest.h"
#include "parent/status.h"
#include "parent/tool/toolgrant.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/text.h"
#include "telclauded/lib/util.h"

#define API_ROW	3	/* failures in a row that are no chance */

static const char *const poll_names[PO_MAX] = { "starting", "polling",
    "reconnecting", "conflict", "token refused", "gave up" };
static const char *const state_names[] = { "off", "waiting", "starting",
    "starting", "starting", "running", "drained", "ended" };
static const char *const profile_names[] = { "simple", "strict", "test" };

/* --- status */

static void
complain(struct buf *b, const char *what)
{
	if (b->len > 0)
		buf_puts(b, ",");
	buf_json_str(b, what, strlen(what));
}

static int
is_stopped(const struct engine *e)
{
	struct kernel_facts	 f;

	return (e->pid > 0 && status_read(e->pid, &f) == 0 &&
	    (f.state == 'T' || f.state == 't'));
}

static void
degraded_engines(struct parent *p, struct buf *b)
{
	const struct engine	*e;
	unsigned		 i;
	char			 line[80];

	for (i = 0; i < p->nengines; i++) {
		e = &p->engines[i];
		if (!table_wanted(p->conf, e->row))
			continue;
		if (e->state != ES_RUN)
			str_format(line, sizeof(line), "%s is not running",
			    e->name);
		else if (is_stopped(e))
			str_format(line, sizeof(line), "%s is stopped by a "
			    "signal: kill -CONT %d", e->name, (int)e->pid);
		else
			continue;
		complain(b, line);
	}
}

/* Refusals that stay until somebody does something, at once; others, and what
 * never got an answer, when they come one after the other. */
static void
degraded_api(const struct parent *p, struct buf *b)
{
	const unsigned	 row = p->api_bad.row;
	char		 line[200];

	if (row == 0)
		return;
	if (p->api_bad.err != HE_OK) {
		if (row < API_ROW)
			return;
		str_format(line, sizeof(line), "the last %u requests to "
		    "Anthropic failed (%s): look at the network and the `api' "
		    "line; the log says more", row,
		    http_err_name((enum http_err)p->api_bad.err));
		complain(b, line);
		return;
	}
	switch (p->api_bad.status) {
	case 401:
		complain(b, "Anthropic refuses the key: put a new one in "
		    "place and reload");
		break;
	case 402:
	case 403:
		complain(b, "Anthropic does not let this account do what was "
		    "asked: look at billing and access on its account page");
		break;
	case 404:
		complain(b, "Anthropic does not know the model that was asked "
		    "for: change the `model' line and reload");
		break;
	default:
		if (row < API_ROW)
			break;
		str_format(line, sizeof(line), "Anthropic answered the last "
		    "%u requests with errors, now %u: the log says why", row,
		    p->api_bad.status);
		complain(b, line);
		break;
	}
}

/* What is not as it should be, as JSON strings; empty when all is well. */
static void
degraded(struct parent *p, struct buf *b)
{
	char		 line[80];

	buf_init(b);
	degraded_engines(p, b);
	if (p->fw == NULL)
		complain(b, "the firewall is off");
	else if (fw_verify(p->fw) != 1)
		complain(b, "the firewall table is not there as it should be");
	else if (guard_foreign(p, 0) != NULL)
		complain(b, "nftables chains of others see packets before "
		    "ours: telclaudectl show firewall");
	if (p->sentinel_fd == -1)
		complain(b, "no sentinel");
	if (p->conf->profile == RP_TEST)
		complain(b, "profile test: messages have no limits");
	degraded_api(p, b);
	if (!p->conf->telegram.present)
		return;
	if (p->poll.state == PO_REFUSED)
		complain(b, "Telegram refuses the bot token: put a new one "
		    "in place and reload");
	else if (p->poll.state == PO_GAVE_UP)
		complain(b, "telegram: gave up after the attempts that the "
		    "configuration allows: a reload tries again");
	else if (!p->poll_seen || p->poll.state != PO_OK) {
		str_format(line, sizeof(line), "telegram: %s",
		    poll_names[p->poll.state]);
		complain(b, line);
	}
}

static int
changed_on_disk(const struct parent *p)
{
	struct stat	 st;

	if (p->conf_path == NULL || stat(p->conf_path, &st) == -1)
		return (1);
	return ((uint64_t)st.st_mtim.tv_sec * 1000 +
	    (uint64_t)st.st_mtim.tv_nsec / 1000000 > p->loaded);
}

static void
row_daemon(struct parent *p, struct link *l)
{
	struct buf	 b, bad;
	const char	*failed;
	uint64_t	 when;

	row_begin(&b, "daemon");
	add_str(&b, "version", TC_VERSION);
	add_num(&b, "up_s", (now_ms() - p->started) / 1000);
	add_str(&b, "profile", profile_names[p->conf->profile]);
	add_str(&b, "config", p->conf_path);
	add_str(&b, "audit", p->conf->audit_file);
	add_num(&b, "loaded_ms", p->loaded);
	add_bool(&b, "changed", changed_on_disk(p));
	add_str(&b, "state", p->state == PS_RUN ? "running" : "stopping");
	if ((when = selftest_last(p, &failed)) != 0)
		add_num(&b, "selftest_ms", when);
	degraded(p, &bad);
	if (failed != NULL)
		complain(&bad, failed);
	buf_printf(&b, ",\"degraded\":[%s]", bad.len > 0 ? bad.p : "");
	buf_free(&bad);
	row_send(&b, l);
}

static void
row_telegram(struct parent *p, struct link *l)
{
	struct buf	 b;

	if (!p->conf->telegram.present)
		return;
	row_begin(&b, "telegram");
	add_str(&b, "state", poll_names[p->poll.state]);
	add_str(&b, "bot", p->poll.bot);
	add_num(&b, "polled_ms", p->poll.polled_ms);
	add_num(&b, "chats", p->conf->telegram.nchats);
	add_num(&b, "queued", p->poll.queued);
	add_num(&b, "refused", p->poll.refused);
	buf_printf(&b, ",\"last_refused\":%lld",
	    (long long)p->poll.last_refused);
	add_num(&b, "last_refused_ms", p->poll.last_refused_ms);
	row_send(&b, l);
}

static void
row_anthropic(struct parent *p, struct link *l)
{
	const struct conf_spend	*s;
	uint64_t		 limit = 0;
	struct buf		 b;

	if (!p->conf->anthropic.present)
		return;
	TAILQ_FOREACH(s, &p->conf->spends, entry)
		if (s->total)
			limit = s->microusd_day;
	row_begin(&b, "anthropic");
	add_str(&b, "auth", p->conf->anthropic.oauth ? "login" : "key");
	add_num(&b, "status", p->api_status);
	add_num(&b, "err", p->api_err);
	add_num(&b, "asked_ms", p->api_ms);
	add_num(&b, "tokens_today", p->poll.tokens_today);
	add_num(&b, "microusd_today", p->poll.microusd_today);
	add_num(&b, "microusd_limit", limit);
	row_send(&b, l);
}

static void
add_weaker(const char *layer, const char *means, void *arg)
{
	struct buf	*b = arg;

	buf_puts(b, b->p[b->len - 1] == '[' ? "{\"layer\":" :
	    ",{\"layer\":");
	buf_json_str(b, layer, strlen(layer));
	add_str(b, "means", means);
	buf_puts(b, "}");
}

static void
row_sandbox(struct parent *p, struct link *l)
{
	struct platform			 f;
	const struct tool_platform	*t = tool_platform();
	struct buf			 b;

	row_begin(&b, "sandbox");
	add_bool(&b, "namespaces", t->namespaces);
	add_bool(&b, "idmap", t->idmap);
	add_num(&b, "landlock", (uint64_t)t->landlock);
#ifdef TC_SANITIZE
	add_bool(&b, "seccomp", 0);
#else
	add_bool(&b, "seccomp", 1);
#endif
	add_num(&b, "cgroup", (uint64_t)t->cgroup);
	add_num(&b, "running", tools_running(p));
	platform_facts(p, &f);
	buf_puts(&b, ",\"weaker\":[");
	(void)platform_weaker(&f, add_weaker, &b);
	buf_puts(&b, "]");
	row_send(&b, l);
}

/* --- engines */

static void
add_facts(struct buf *b, pid_t pid)
{
	struct kernel_facts	 f;

	if (pid <= 0 || status_read(pid, &f) == -1)
		return;
	add_num(b, "pid", (uint64_t)pid);
	add_num(b, "uid", f.uid[0]);
	add_num(b, "caps", (unsigned)__builtin_popcountll(f.cap_eff |
	    f.cap_prm));
	add_num(b, "capbnd", (unsigned)__builtin_popcountll(f.cap_bnd));
	add_str(b, "seccomp", f.seccomp == 2 ? "filter" : "-");
	buf_printf(b, ",\"filters\":%d", f.filters);
	add_bool(b, "nnp", f.nnp);
	add_num(b, "pss_kb", status_pss(pid));
	add_num(b, "rss_kb", f.rss_kb);
}

static void
row_parent(struct parent *p, struct link *l)
{
	struct buf	 b;

	row_begin(&b, "engine");
	add_str(&b, "name", "parent");
	add_str(&b, "state", "running");
	add_str(&b, "user", "root");
	add_num(&b, "up_s", (now_ms() - p->started) / 1000);
	add_facts(&b, getpid());
	add_str(&b, "netns", "host");
	add_num(&b, "restarts", 0);
	row_send(&b, l);
}

static void
row_engine(const struct engine *e, struct link *l)
{
	struct buf	 b;
	int		 i;

	row_begin(&b, "engine");
	add_str(&b, "name", e->name);
	add_str(&b, "state", state_names[e->state]);
	add_str(&b, "user", e->row->user);
	if (e->pid > 0) {
		add_num(&b, "up_s", (now_ms() - e->since) / 1000);
		add_facts(&b, e->pid);
		add_str(&b, "netns", e->rep.netns ? "empty" : "host");
		add_str(&b, "root", e->rep.root ? "empty" : "host");
		buf_puts(&b, ",\"ns\":{");
		for (i = 0; i < SPN_MAX; i++)
			buf_printf(&b, "%s\"%s\":%llu", i > 0 ? "," : "",
			    spawn_ns_names[i],
			    (unsigned long long)e->rep.ns[i]);
		buf_puts(&b, "}");
	}
	add_num(&b, "restarts", e->restarts);
	add_str(&b, "last", e->last);
	row_send(&b, l);
}

static void
rows_engines(struct parent *p, struct link *l)
{
	unsigned	 i;

	row_parent(p, l);
	for (i = 0; i < p->nengines; i++)
		if (p->engines[i].state != ES_OFF)
			row_engine(&p->engines[i], l);
}

static void
rows_selftest(struct parent *p, struct link *l)
{
	struct buf	 b;
	unsigned	 i;

	for (i = 0; selftest_row(p, i, &b); i++)
		row_send(&b, l);
}

/* 0, or -1 when this is not ours to show. */
int
show(struct parent *p, struct link *l, enum ctl_show what)
{
	switch (what) {
	case SHOW_STATUS:
		row_daemon(p, l);
		row_telegram(p, l);
		row_anthropic(p, l);
		show_firewall_row(p, l);
		row_sandbox(p, l);
		rows_engines(p, l);
		return (0);
	case SHOW_ENGINES:
		rows_engines(p, l);
		return (0);
	case SHOW_SELFTEST:
		rows_selftest(p, l);
		return (0);
	case SHOW_FIREWALL:
		show_firewall_row(p, l);
		show_firewall(p, l);
		return (0);
	default:
		return (-1);
	}
}
