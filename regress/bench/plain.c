/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The baseline of a tool call: `bash -c true' by fork and exec and nothing
 * else, in the rhythm of the bench's load (plain RUNS GAP_US).  One JSON line.
 */
#include <sys/wait.h>

#include <err.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define RUNS_MAX	2000

extern char **environ;

static uint64_t
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return ((uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000);
}

static int
by_value(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x < *y ? -1 : *x > *y);
}

int
main(int argc, char **argv)
{
	static char bash[] = "/bin/bash", dash_c[] = "-c", cmd[] = "true";
	static char *words[] = { bash, dash_c, cmd, NULL };
	static uint64_t v[RUNS_MAX];
	unsigned long n, gap, i;
	int status;
	pid_t pid;

	if (argc != 3 || (n = strtoul(argv[1], NULL, 10)) == 0 ||
	    n > RUNS_MAX)
		errx(1, "usage: plain RUNS GAP_US");
	gap = strtoul(argv[2], NULL, 10);
	for (i = 0; i < n; i++) {
		v[i] = now_us();
		if (posix_spawn(&pid, bash, NULL, NULL, words, environ) != 0 ||
		    waitpid(pid, &status, 0) == -1 || status != 0)
			errx(1, "%s", bash);
		v[i] = now_us() - v[i];
		usleep((useconds_t)gap);
	}
	qsort(v, n, sizeof(v[0]), by_value);
	printf("{\"n\":%lu,\"median\":%llu,\"p95\":%llu}\n", n,
	    (unsigned long long)v[n / 2], (unsigned long long)v[n * 95 / 100]);
	return (0);
}
