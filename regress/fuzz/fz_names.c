/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * A name that a tool chose, judged by root: whatever the bytes are, what is
 * allowed is a plain host name of no closed class, or a number that an
 * endpoint has.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "parent/names/names.h"
#include "parent/names/url.h"
#include "telclauded/lib/util.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static struct conf		 conf;
static struct conf_agent	 agent = { .scope = SCOPE_TELEGRAM };
static struct conf_domain	 all, listed;
static struct conf_private	 priv;
static char			 star[] = "*.org", com[] = "*.anthropic.com";
static char			 nas[] = "nas.lan", net[] = "192.168.1.0/24";
static char			 api[] = "https://llm.corp.org";
static char			*names[] = { star, com };
static char			*hosts[] = { nas, net };
static uint16_t			 ports[] = { 8443 };

/* conf.c would bring the whole parser. */
const struct conf_agent *
conf_agent_find(const struct conf *c, enum scope scope)
{
	(void)c;
	return (scope == agent.scope ? &agent : NULL);
}

static void
setup(void)
{
	TAILQ_INIT(&conf.agents);
	TAILQ_INIT(&conf.providers);
	TAILQ_INIT(&conf.firewall.domains);
	TAILQ_INIT(&conf.firewall.privates);
	TAILQ_INSERT_TAIL(&conf.agents, &agent, entry);
	all.builtin = 1;
	listed.names.v = names;
	listed.names.n = NELEM(names);
	priv.hosts.v = hosts;
	priv.hosts.n = NELEM(hosts);
	priv.ports = ports;
	priv.nports = NELEM(ports);
	TAILQ_INSERT_TAIL(&conf.firewall.domains, &all, entry);
	TAILQ_INSERT_TAIL(&conf.firewall.domains, &listed, entry);
	TAILQ_INSERT_TAIL(&conf.firewall.privates, &priv, entry);
	conf.anthropic.present = 1;
	conf.anthropic.api = api;
}

static void
judge(const char *s, uint16_t port)
{
	struct name_verdict	 v;
	struct netaddr		 a;
	enum domain_class	 c;

	names_judge(&conf, PROC_EGRESS, SCOPE_TELEGRAM, s, port, &v);
	if (v.why == NULL)
		abort();
	if (v.way == NW_NONE)
		return;
	if (addr_parse(s, &a) == 0) {
		if (v.way != NW_PRIVATE || port != 8443 ||
		    !names_addr_ok(&conf, &v, PROC_EGRESS, &a, port))
			abort();
		return;
	}
	c = domain_class(s);
	if (!domain_valid(s) || (c != DC_NONE && c != DC_TOOLS) ||
	    strcasecmp(s, "llm.corp.org") == 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	char	 s[512];

	if (n >= sizeof(s))
		return (0);
	if (conf.anthropic.api == NULL)
		setup();
	memcpy(s, p, n);
	s[n] = '\0';
	conf.firewall.mode = NET_RESTRICTED;
	judge(s, 443);
	judge(s, 8443);
	conf.firewall.mode = NET_PERMISSIVE;
	judge(s, 443);
	judge(s, 80);
	return (0);
}
