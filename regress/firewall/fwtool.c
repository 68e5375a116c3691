/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Drives the firewall library from a script: reads commands from standard
 * input, answers each with a line.  Used by the tests only.
 *
 *	uid NAME UID pinned|dns|none|tool	add a row
 *	ns ADDR			add a name server
 *	private ADDR/LEN PORT [NAME]	add a private endpoint, of one row
 *	door NAME ADDR UID own|person	tools' way out, 3128 and 8790
 *	reset			forget rows, servers, endpoints
 *	text			print the ruleset
 *	apply | verify | counters | keep | drop
 *	pin NAME ADDR PORT TTL
 *	unpin NAME ADDR PORT	take one back
 *	ok ADDR PORT		would a pin be accepted?
 *	time N			microseconds of N applies and N pins
 *	close			delete the table and exit
 *	crash			exit without deleting anything
 */
#include <arpa/inet.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "firewall/firewall.h"
#include "telclauded/lib/util.h"

static struct fw_private	 privates[64];
static struct fw_rules		 rules = { .privates = privates };
static struct firewall		*fw;
static int			 kept = -1;

static int
parse_addr(const char *s, struct netaddr *a)
{
	memset(a, 0, sizeof(*a));
	a->family = strchr(s, ':') != NULL ? 6 : 4;
	return (inet_pton(a->family == 4 ? AF_INET : AF_INET6, s, a->a) == 1 ?
	    0 : -1);
}

static unsigned long
number(const char *s)
{
	return (strtoul(s, NULL, 10));
}

static void
result(int ok)
{
	if (ok)
		puts("ok");
	else
		printf("error %s\n", strerror(errno));
}

static void
do_uid(char **w)
{
	static const struct { const char *name; enum fw_class class; } c[] = {
		{ "pinned", FWC_PINNED }, { "dns", FWC_DNS },
		{ "none", FWC_NONE }, { "tool", FWC_TOOL },
	};
	struct fw_uid	*u = &rules.uids[rules.nuids];
	size_t		 i;

	for (i = 0; i < NELEM(c); i++) {
		if (strcmp(c[i].name, w[3]) != 0)
			continue;
		memset(u, 0, sizeof(*u));
		str_copy(u->name, w[1], sizeof(u->name));
		u->uid = (uid_t)number(w[2]);
		u->class = c[i].class;
		rules.nuids++;
		puts("ok");
		return;
	}
	puts("error class");
}

static void
do_private(char **w, int n)
{
	struct fw_private	*p = &privates[rules.nprivates];
	char			*slash = strchr(w[1], '/');

	if (slash == NULL) {
		puts("error prefix");
		return;
	}
	*slash = '\0';
	if (parse_addr(w[1], &p->addr) == -1) {
		puts("error address");
		return;
	}
	p->plen = (uint8_t)number(slash + 1);
	p->port = (uint16_t)number(w[2]);
	p->who[0] = '\0';
	if (n == 4)
		str_copy(p->who, w[3], sizeof(p->who));
	rules.nprivates++;
	puts("ok");
}

static void
do_door(char **w)
{
	struct fw_door	*d = &rules.doors[rules.ndoors];

	memset(d, 0, sizeof(*d));
	if (parse_addr(w[2], &d->addr) == -1) {
		puts("error address");
		return;
	}
	str_copy(d->name, w[1], sizeof(d->name));
	d->uid = (uid_t)number(w[3]);
	d->person = strcmp(w[4], "person") == 0;
	d->ports[0].port = 3128;
	str_copy(d->ports[0].by, "egress", sizeof(d->ports[0].by));
	d->ports[1].port = 8790;
	str_copy(d->ports[1].by, "gate", sizeof(d->ports[1].by));
	d->nports = 2;
	rules.ndoors++;
	puts("ok");
}

static void
do_counters(void)
{
	struct fw_counter	 c[FW_MAXUIDS];
	int			 i, n;

	if ((n = fw_counters(fw, c, FW_MAXUIDS)) == -1) {
		result(0);
		return;
	}
	for (i = 0; i < n; i++)
		printf("%s=%llu ", c[i].name, (unsigned long long)c[i].packets);
	puts("ok");
}

static double
usec(const struct timespec *a, const struct timespec *b)
{
	return ((double)(b->tv_sec - a->tv_sec) * 1e6 +
	    (double)(b->tv_nsec - a->tv_nsec) / 1e3);
}

static void
do_time(unsigned n)
{
	struct timespec	 t0, t1, t2;
	struct netaddr	 a;
	char		 why[256];
	unsigned	 i;
	int		 bad = 0;

	clock_gettime(CLOCK_MONOTONIC, &t0);
	for (i = 0; i < n; i++)
		bad |= fw_apply(fw, &rules, why, sizeof(why));
	clock_gettime(CLOCK_MONOTONIC, &t1);
	parse_addr("198.51.100.0", &a);
	for (i = 0; i < n; i++) {
		a.a[3] = (uint8_t)i;
		bad |= fw_pin(fw, rules.uids[0].name, &a, 443, 60);
	}
	clock_gettime(CLOCK_MONOTONIC, &t2);
	if (bad)
		puts("error");
	else
		printf("apply %.0f us, pin %.1f us ok\n", usec(&t0, &t1) / n,
		    usec(&t1, &t2) / n);
}

static void
do_apply(void)
{
	char	 why[512];

	if (fw_apply(fw, &rules, why, sizeof(why)) == -1)
		printf("error %s\n", why);
	else
		puts("ok");
}

static void
do_text(void)
{
	char	*s;

	if ((s = fw_text(&rules)) == NULL)
		puts("error");
	else
		fputs(s, stdout);
	free(s);
}

static void
do_addr(char **w, int n)
{
	struct netaddr	 a;
	int		 pin = strcmp(w[0], "pin") == 0;
	int		 unpin = strcmp(w[0], "unpin") == 0;

	if (parse_addr(w[pin || unpin ? 2 : 1], &a) == -1) {
		puts("error address");
		return;
	}
	if (pin && n == 5)
		result(fw_pin(fw, w[1], &a, (uint16_t)number(w[3]),
		    (uint32_t)number(w[4])) == 0);
	else if (unpin && n == 4)
		result(fw_unpin(fw, w[1], &a, (uint16_t)number(w[3])) == 0);
	else if (!pin && !unpin)
		puts(fw_addr_ok(&rules, &a, (uint16_t)number(w[2])) ? "yes" :
		    "no");
}

/* One line; 0 when it was the last. */
static int
run(char **w, int n)
{
	if (n == 4 && strcmp(w[0], "uid") == 0 && rules.nuids < FW_MAXUIDS)
		do_uid(w);
	else if (n == 2 && strcmp(w[0], "ns") == 0)
		result(parse_addr(w[1],
		    &rules.nameservers.a[rules.nameservers.n++]) == 0);
	else if (n == 5 && strcmp(w[0], "door") == 0 &&
	    rules.ndoors < NELEM(rules.doors))
		do_door(w);
	else if ((n == 3 || n == 4) && strcmp(w[0], "private") == 0)
		do_private(w, n);
	else if (n >= 3 && (strcmp(w[0], "pin") == 0 ||
	    strcmp(w[0], "unpin") == 0 ||
	    strcmp(w[0], "ok") == 0))
		do_addr(w, n);
	else if (strcmp(w[0], "reset") == 0) {
		memset(&rules, 0, sizeof(rules));
		rules.privates = privates;
		puts("ok");
	} else if (strcmp(w[0], "text") == 0)
		do_text();
	else if (strcmp(w[0], "apply") == 0)
		do_apply();
	else if (strcmp(w[0], "verify") == 0)
		printf("%d\n", fw_verify(fw));
	else if (strcmp(w[0], "counters") == 0)
		do_counters();
	else if (strcmp(w[0], "time") == 0 && n == 2)
		do_time((unsigned)number(w[1]));
	else if (strcmp(w[0], "keep") == 0)
		result((kept = fw_dupfd(fw)) != -1);
	else if (strcmp(w[0], "drop") == 0)
		result(close(kept) == 0);
	else if (strcmp(w[0], "crash") == 0)
		_exit(0);
	else if (strcmp(w[0], "close") == 0)
		return (0);
	else
		puts("error command");
	return (1);
}

int
main(int argc, char **argv)
{
	char	 line[512], *w[6], *save;
	int	 n;

	(void)argv;
	/* With an argument only the pure half is used. */
	if (argc == 1 && (fw = fw_open()) == NULL) {
		perror("fw_open");
		return (1);
	}
	while (fgets(line, sizeof(line), stdin) != NULL) {
		save = line;
		for (n = 0; n < 5 &&
		    (w[n] = strsep(&save, " \n")) != NULL && *w[n] != '\0'; )
			n++;
		if (n == 0 || *w[0] == '#')
			continue;
		if (!run(w, n))
			break;
		fflush(stdout);
	}
	fw_close(fw);
	puts("closed");
	return (0);
}
