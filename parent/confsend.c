/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Each engine's slice of the configuration as messages, its secrets and
 * files as descriptors.  Run by the parent; an engine sees its own row and
 * nothing of the others'.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "parent/confsend.h"
#include "parent/names/url.h"
#include "parent/parent.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"

/* The server may think long before the first byte and between two; a dead
 * connection still has to be noticed within a turn. */
#define GATE_FIRST_MS	180000
#define GATE_IDLE_MS	120000
/* Clients in a sandbox: to say what is wanted, between two bytes of a body;
 * connections of a call at once. */
#define GATE_HEAD_MS	10000
#define GATE_BODY_MS	30000
#define GATE_CONNS	32

/* The tools' tunnel: to say what is wanted, between two bytes; connections of
 * a scope at once, bytes of one. */
#define EGRESS_HEAD_MS	10000
#define EGRESS_IDLE_MS	300000
#define EGRESS_CONNS	256
#define EGRESS_BYTES	(8ULL << 30)

int
confsend_state(char *dst, size_t size, const struct engine *e,
    const struct conf *c)
{
	return (str_format(dst, size, "%s/%s", c->state, e->row->state));
}

static int
send_fd(struct engine *e, enum fdkind kind, int fd)
{
	struct msg_CONF_FD	 m;

	memset(&m, 0, sizeof(m));
	m.kind = (uint8_t)kind;
	if (fd == -1)
		return (-1);
	return (msg_send_CONF_FD(e->link, 0, fd, &m) == 0 ? -1 : 0);
}

static int
send_dup(struct engine *e, enum fdkind kind, int fd)
{
	return (send_fd(e, kind, fcntl(fd, F_DUPFD_CLOEXEC, 5)));
}

int
confsend_secret(struct engine *e, enum fdkind kind, const struct conf_secret *s)
{
	if (s->src == SEC_NONE || s->fd == -1)
		return (0);
	return (send_dup(e, kind, s->fd));
}

/* Opened anew each time: a shared file offset would tie engines together. */
static int
send_file(struct engine *e, enum fdkind kind, const char *path, int flags)
{
	struct stat	 st;
	int		 fd;

	/* A FIFO must not hold up the parent. */
	fd = open(path, flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd == -1 || fstat(fd, &st) == -1) {
		log_error("%s: %s", path, strerror(errno));
		if (fd != -1)
			close(fd);
		return (-1);
	}
	if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)) {
		log_error("%s: not a file", path);
		close(fd);
		return (-1);
	}
	return (send_fd(e, kind, fd));
}

int
confsend_ca(struct engine *e, const char *api, const char *ca)
{
	static const char *const usual[] = {
		"/etc/ssl/certs/ca-certificates.crt",
		"/etc/pki/tls/certs/ca-bundle.crt",
		"/etc/ssl/cert.pem",
	};
	struct url	 u;
	size_t		 i;

	if (url_parse(api, &u) == -1)
		return (-1);
	if (!u.tls)
		return (0);
	if (ca != NULL)
		return (send_file(e, FDK_CA, ca, O_RDONLY));
	for (i = 0; i < NELEM(usual); i++)
		if (access(usual[i], R_OK) == 0)
			return (send_file(e, FDK_CA, usual[i], O_RDONLY));
	log_error("no CA certificates found for %s: install the package "
	    "ca-certificates, or name a file with `ca'", api);
	return (-1);
}

int
confsend_models(struct engine *e, const struct conf *c, enum scope scope)
{
	const struct conf_agent	*a = conf_agent_find(c, scope);
	const struct conf_price	*p;
	struct msg_CONF_MODEL	 m;
	size_t			 i, j;

	for (i = 0; a != NULL && i < a->models.n; i++) {
		memset(&m, 0, sizeof(m));
		if (PUT(m.model, a->models.v[i], "name of a model") == -1)
			return (-1);
		for (j = 0; j < c->anthropic.nprices; j++) {
			p = &c->anthropic.prices[j];
			if (strcmp(p->model, m.model) != 0)
				continue;
			m.in_nano = p->in_nano;
			m.out_nano = p->out_nano;
			m.cached_nano = p->cached_nano;
			m.written_nano = p->written_nano;
		}
		if (msg_send_CONF_MODEL(e->link, 0, -1, &m) == 0)
			return (-1);
	}
	return (0);
}

/* --- the others -------------------------------------------------------- */

static int
slice_agent(struct engine *e, const struct conf *c)
{
	const struct conf_agent	*a = conf_agent_find(c, e->row->scope);
	struct msg_CONF_AGENT	 m;
	struct buf		 beta;
	size_t			 i;
	int			 r;

	if (a == NULL)
		return (-1);
	memset(&m, 0, sizeof(m));
	m.turn_ms = a->turn_ms;
	m.parallel = a->parallel;
	m.per_minute = a->per_minute;
	m.keep_s = c->keep_transcripts_s;
	(void)gethostname(m.host, sizeof(m.host) - 1);
	buf_init(&beta);
	for (i = 0; i < a->betas.n; i++)
		buf_printf(&beta, "%s%s", i > 0 ? "," : "", a->betas.v[i]);
	r = PUT(m.beta, beta.len > 0 ? beta.p : "", "list of betas");
	buf_free(&beta);
	if (r == -1 || PUT(m.workspace, a->workspace, "workspace") == -1 ||
	    (c->media.outbox != NULL &&
	    PUT(m.outbox, c->media.outbox, "media outbox") == -1) ||
	    confsend_state(m.state, sizeof(m.state), e, c) == -1 ||
	    msg_send_CONF_AGENT(e->link, 0, -1, &m) == 0 ||
	    confsend_models(e, c, e->row->scope) == -1)
		return (-1);
	if (a->prompt == NULL)
		return (0);
	return (send_file(e, FDK_PROMPT, a->prompt, O_RDONLY));
}

static int
slice_runner(struct engine *e, const struct conf *c)
{
	const struct conf_agent	*a = conf_agent_find(c, e->row->scope);
	struct msg_CONF_RUNNER	 m;

	if (a == NULL)
		return (-1);
	memset(&m, 0, sizeof(m));
	m.output_max = (uint32_t)MINIMUM(a->output, UINT32_MAX);
	m.call_ms = a->call_ms;
	return (msg_send_CONF_RUNNER(e->link, 0, -1, &m) == 0 ? -1 : 0);
}

/* All prices: the sandbox may ask for any model. */
static int
gate_prices(struct engine *e, const struct conf *c)
{
	const struct conf_price	*p;
	struct msg_CONF_MODEL	 m;
	size_t			 i;

	for (i = 0; i < c->anthropic.nprices; i++) {
		p = &c->anthropic.prices[i];
		memset(&m, 0, sizeof(m));
		if (PUT(m.model, p->model, "name of a model") == -1)
			return (-1);
		m.in_nano = p->in_nano;
		m.out_nano = p->out_nano;
		m.cached_nano = p->cached_nano;
		m.written_nano = p->written_nano;
		if (msg_send_CONF_MODEL(e->link, 0, -1, &m) == 0)
			return (-1);
	}
	return (0);
}

/* Bounds of each scope's sandbox. */
static int
gate_proxies(struct engine *e, const struct conf *c)
{
	const struct conf_agent	*a;
	struct msg_CONF_PROXY	 m;

	TAILQ_FOREACH(a, &c->agents, entry) {
		memset(&m, 0, sizeof(m));
		m.scope = (uint8_t)a->scope;
		m.per_minute = a->per_minute;
		m.parallel = a->parallel;
		if (msg_send_CONF_PROXY(e->link, 0, -1, &m) == 0 ||
		    confsend_secret(e, FDK_PROXY_TOKEN, &a->token) == -1)
			return (-1);
	}
	return (0);
}

static int
slice_gate(struct engine *e, const struct conf *c)
{
	struct msg_CONF_GATE	 m;

	memset(&m, 0, sizeof(m));
	m.oauth = c->anthropic.oauth != 0;
	m.first_ms = GATE_FIRST_MS;
	m.idle_ms = GATE_IDLE_MS;
	m.head_ms = GATE_HEAD_MS;
	m.body_ms = GATE_BODY_MS;
	m.conns = GATE_CONNS;
	if (PUT(m.api, c->anthropic.api, "anthropic api") == -1 ||
	    msg_send_CONF_GATE(e->link, 0, -1, &m) == 0 ||
	    confsend_secret(e, FDK_API_KEY, &c->anthropic.key) == -1 ||
	    gate_prices(e, c) == -1 || gate_proxies(e, c) == -1)
		return (-1);
	return (confsend_ca(e, c->anthropic.api, c->anthropic.ca));
}

static int
slice_egress(struct engine *e)
{
	struct msg_CONF_EGRESS	 m;

	memset(&m, 0, sizeof(m));
	m.head_ms = EGRESS_HEAD_MS;
	m.idle_ms = EGRESS_IDLE_MS;
	m.conns = EGRESS_CONNS;
	m.bytes = EGRESS_BYTES;
	return (msg_send_CONF_EGRESS(e->link, 0, -1, &m) == 0 ? -1 : 0);
}

/* Exactly those the firewall opens: resolv.conf is read once for both. */
static int
slice_dns(struct engine *e, const struct fw_rules *rules)
{
	struct msg_CONF_DNS	 m;

	memset(&m, 0, sizeof(m));
	m.servers = rules->nameservers;
	return (msg_send_CONF_DNS(e->link, 0, -1, &m) == 0 ? -1 : 0);
}

static int
send_state_dir(struct engine *e, const struct conf *c)
{
	char	 path[1024];

	if (confsend_state(path, sizeof(path), e, c) == -1)
		return (-1);
	return (send_file(e, FDK_STATE, path, O_PATH | O_DIRECTORY |
	    O_NOFOLLOW));
}

static int
slice_totp(struct engine *e, const struct conf *c)
{
	struct msg_CONF_TOTP	 m;

	memset(&m, 0, sizeof(m));
	m.have_key = c->totp.key.fd != -1;
	if (msg_send_CONF_TOTP(e->link, 0, -1, &m) == 0 ||
	    send_state_dir(e, c) == -1)
		return (-1);
	return (confsend_secret(e, FDK_TOTP_KEY, &c->totp.key));
}

static int
slice_audit(struct engine *e, const struct conf *c)
{
	struct msg_CONF_AUDIT	 m;
	char			 own[1024];

	memset(&m, 0, sizeof(m));
	m.own = str_format(own, sizeof(own), "%s/%s/audit.log", c->state,
	    e->row->state) == 0 && strcmp(own, c->audit_file) == 0;
	m.seal_s = c->audit_seal_s;
	m.keep_s = c->keep_audit_s;
	if (send_state_dir(e, c) == -1 ||
	    msg_send_CONF_AUDIT(e->link, 0, -1, &m) == 0)
		return (-1);
	return (send_dup(e, FDK_AUDIT_LOG, e->p->audit_fd));
}

int
confsend(struct engine *e, const struct conf *c, const struct fw_rules *rules)
{
	switch (e->row->proc) {
	case PROC_RELAY:
		return (confsend_relay(e, c));
	case PROC_AGENT:
		return (slice_agent(e, c));
	case PROC_RUNNER:
		return (slice_runner(e, c));
	case PROC_GATE:
		return (slice_gate(e, c));
	case PROC_EGRESS:
		return (slice_egress(e));
	case PROC_RESOLVER:
		return (slice_dns(e, rules));
	case PROC_TOTP:
		return (slice_totp(e, c));
	case PROC_AUDIT:
		return (slice_audit(e, c));
	case PROC_KEEPER:
		/* Without a firewall (testing) there is nothing to keep. */
		if (e->p->fw == NULL)
			return (0);
		return (send_fd(e, FDK_FIREWALL, fw_dupfd(e->p->fw)));
	default:
		return (-1);
	}
}
