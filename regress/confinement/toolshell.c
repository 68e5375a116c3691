/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * A hostile tool for attacks.t: takes the tool program's place, raises the
 * same walls around itself, and then runs its job's command whatever tool and
 * tier the job names, with the tool's own descriptors left open.  So a tool of
 * a tier that has no Bash is attacked with the same programs as the others.
 */
#include <sys/prctl.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engines/tool/tool.h"

#define JOB_MOST	(256 * 1024)

static struct call	 call;

static const char *
command(void)
{
	static uint8_t bytes[JOB_MOST];
	struct job job;
	json_t *args;
	size_t len = 0;
	ssize_t n;

	while (len < sizeof(bytes) && (n = read(TOOL_JOB_FD, bytes + len,
	    sizeof(bytes) - len)) > 0)
		len += (size_t)n;
	if (len <= JOB_GRANTLEN)
		exit(0);	/* a spare nobody needed */
	if (job_decode(bytes + JOB_GRANTLEN, len - JOB_GRANTLEN,
	    &job) == -1 || (args = json_loadb(job.args,
	    job.argslen, 0, NULL)) == NULL)
		fail(&call, "damaged job");
	return (json_string_value(json_object_get(args, "command")));
}

static int
run(const char *cmd)
{
	char block[16384];
	int fds[2], status = 0;
	ssize_t n;
	pid_t pid;

	if (pipe(fds) == -1 || (pid = fork()) == -1)
		fail(&call, "cannot start: %s", strerror(errno));
	if (pid == 0) {
		dup2(fds[1], 1);
		dup2(fds[1], 2);
		close(fds[0]);
		close(fds[1]);
		execl("/bin/bash", "bash", "-c", cmd, (char *)NULL);
		_exit(127);
	}
	close(fds[1]);
	while ((n = read(fds[0], block, sizeof(block))) > 0) {
		out_write(&call, block, (size_t)n);
		out_flush();
	}
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	return (status);
}

int
main(int argc, char **argv)
{
	static struct place place;
	const char *cmd;

	if (argc <= 6)
		return (2);
	place.namespaces = strcmp(argv[1], "ns") == 0;
	place.tier = strcmp(argv[3], "read-only") == 0 ? TIER_READ_ONLY :
	    TIER_WRITE_LOCAL;
	place.home = argv[4];
	place.tmp = argv[5];
	place.paths = argv + 6;
	place.workspace = argv[6] + 2;
	call.place = &place;
	if (confine(&place) == -1)
		return (124);
	if ((cmd = command()) == NULL)
		fail(&call, "no command");
	out_end(&call, run(cmd) != 0, RO_OK);
}
