/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The resolver: turns names the parent has permitted into addresses.  Run as
 * _tcdns, which the firewall lets speak to port 53 of the name servers and to
 * nothing else.  Trusts the parent; name servers are foreign.
 */
#include <string.h>

#include <event2/event.h>

#include "engines/common/engine.h"
#include "engines/resolver/lookup.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"

static struct addrs	 slice;		/* of the configuration coming in */

static void
on_conf_dns(struct link *l, const struct msg_CONF_DNS *m,
    struct msg_meta *meta)
{
	(void)l;
	(void)meta;
	slice = m->servers;
}

static void
on_resolve(struct link *l, const struct msg_RESOLVE *m, struct msg_meta *meta)
{
	(void)l;
	lookup_start(meta->id, m->host);
}

static void
resolver_done(uint32_t id, const struct msg_RESOLVED *m)
{
	if (msg_send_RESOLVED(engine_parent(), id, -1, m) == 0)
		log_warnx("an answer to the parent could not be queued");
}

static int
resolver_lockin(void)
{
	if (slice.n == 0) {
		log_warnx("no name server: set resolver { ADDRESS } in the "
		    "firewall block");
		return (-1);
	}
	if (lookup_init(engine_base(), resolver_done) == -1)
		return (-1);
	lookup_servers(&slice);
	return (0);
}

static void
resolver_prepare(void)
{
	memset(&slice, 0, sizeof(slice));
}

static int
resolver_check(char *why, size_t whylen)
{
	if (slice.n > 0)
		return (0);
	str_format(why, whylen, "no name server: set resolver { ADDRESS } in "
	    "the firewall block");
	return (-1);
}

static void
resolver_commit(void)
{
	lookup_servers(&slice);
}

int
main(int argc, char **argv)
{
	static struct msg_handlers	 h = {
		.CONF_DNS = on_conf_dns,
		.RESOLVE = on_resolve,
	};
	static const struct engine_def	 def = {
		.proc = PROC_RESOLVER,
		.parent = &h,
		.lockin = resolver_lockin,
		.prepare = resolver_prepare,
		.check = resolver_check,
		.commit = resolver_commit,
	};

	engine_main(&def, argc, argv);
}
