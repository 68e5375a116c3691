/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * A hostile tool for hostiletool.t, in the real one's place and sandbox: takes
 * its job and writes what the job's command says, in hex, where the runner
 * expects frames.  yN. is the last byte N times more, q waits for the reader
 * to go away.
 */
#include <sys/prctl.h>

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engines/tool/tool.h"
#include "imsg/job.h"
#include "telclauded/lib/util.h"

#define JOB_MOST	65536
#define JOB_FD		3
#define OUT_FD		4

static void
put(const uint8_t *p, size_t n)
{
	ssize_t	 w;

	while (n > 0) {
		if ((w = write(OUT_FD, p, n)) == -1) {
			if (errno == EINTR)
				continue;
			_exit(1);
		}
		p += w;
		n -= (size_t)w;
	}
}

static void
put_many(uint8_t byte, size_t n)
{
	uint8_t	 block[16384];

	memset(block, byte, sizeof(block));
	for (; n > sizeof(block); n -= sizeof(block))
		put(block, sizeof(block));
	put(block, n);
}

static void
speak(const char *s)
{
	char	 two[3] = "", *end;
	uint8_t	 byte = 0;

	while (s[0] != '\0' && s[1] != '\0' && s[0] != '"') {
		if (*s == 'q') {
			for (;;)
				(void)pause();
		}
		if (*s == 'y') {
			put_many(byte, (size_t)strtoul(s + 1, &end, 10));
			s = *end == '.' ? end + 1 : end;
			continue;
		}
		two[0] = s[0];
		two[1] = s[1];
		byte = (uint8_t)strtoul(two, NULL, 16);
		put(&byte, 1);
		s += 2;
	}
}

int
main(int argc, char **argv)
{
	static uint8_t	 bytes[JOB_MOST];
	struct job	 job;
	size_t		 len = 0;
	ssize_t		 n;
	char		*args, *cmd;

	/* Or it would never be let in. */
	(void)prctl(PR_SET_DUMPABLE, 0);
	selftest_maybe(argc, argv);
	while (len < sizeof(bytes) &&
	    (n = read(JOB_FD, bytes + len, sizeof(bytes) - len)) > 0)
		len += (size_t)n;
	if (len <= JOB_GRANTLEN || job_decode(bytes + JOB_GRANTLEN,
	    len - JOB_GRANTLEN, &job) == -1)
		return (0);
	if ((args = strndup(job.args, job.argslen)) == NULL ||
	    (cmd = strstr(args, "0x")) == NULL)
		return (2);
	speak(cmd + 2);
	return (0);
}
