/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The program that runs one tool call.  The parent starts it in the sandbox
 * as the owner of the workspace; it raises its last walls, waits for the job
 * the relay writes, runs it, answers to the runner and ends.  It believes no
 * byte of the job.
 */
#include <sys/prctl.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "engines/tool/tool.h"
#include "telclauded/lib/log.h"

#ifndef PR_SET_MDWE
#define PR_SET_MDWE	65
#define PR_MDWE_REFUSE_EXEC_GAIN 1
#endif
#define JOB_MAX		(JOB_GRANTLEN + JOB_HDRLEN + JOB_MAXCWD + \
			    (size_t)JOB_MAXARGS)

static void
descriptors(void)
{
	if (fd_cloexec(TOOL_JOB_FD) == -1 || fd_cloexec(TOOL_OUT_FD) == -1)
		fatal("descriptors");
	(void)fd_cloexec(TOOL_LIFE_FD);		/* may be absent in tests */
	(void)fd_cloexec(TOOL_OOM_FD);		/* without memory groups */
	(void)fd_cloexec(TOOL_FETCH_FD);
}

/* The parent's grant and all of the job: the relay ends it by shutting its
 * side down. */
static uint8_t *
job_read(size_t *len)
{
	struct buf b;
	char *block;
	ssize_t n;

	buf_init(&b);
	if ((block = malloc(65536)) == NULL)
		return (NULL);
	while (b.len <= JOB_MAX) {
		n = read(TOOL_JOB_FD, block, 65536);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		if (buf_add(&b, block, (size_t)n) == -1)
			break;
	}
	free(block);
	close(TOOL_JOB_FD);
	*len = b.failed ? 0 : b.len;
	return ((uint8_t *)b.p);
}

/*
 * The relay writes the job; the parent said before which tool it granted and,
 * where a person gave a code for it, which bytes in which directory.
 */
static int
granted(const struct job_grant *g, const struct job *j)
{
	uint8_t digest[sizeof(g->digest)];
	crypto_hash_sha256_state h;

	if (g->tool != j->tool)
		return (0);
	if (!g->bound)
		return (1);
	(void)crypto_hash_sha256_init(&h);
	(void)crypto_hash_sha256_update(&h, &j->tool, 1);
	(void)crypto_hash_sha256_update(&h, (const uint8_t *)j->cwd,
	    j->cwdlen);
	(void)crypto_hash_sha256_update(&h, (const uint8_t *)"", 1);
	(void)crypto_hash_sha256_update(&h, (const uint8_t *)j->args,
	    j->argslen);
	(void)crypto_hash_sha256_final(&h, digest);
	return (mem_equal(digest, g->digest, sizeof(digest)));
}

static void
refuse(struct call *c, const char *why)
{
	out_begin(c, 1, OUT_TEXT, "text/plain");
	out_write(c, why, strlen(why));
	out_end(c, 1, RO_REFUSED);
}

/* What it was meant, and maybe allowed, to change is not where it would be. */
static int
changes(enum tool t)
{
	return (t == TOOL_BASH || t == TOOL_WRITE || t == TOOL_EDIT ||
	    t == TOOL_MULTIEDIT);
}

/* No link that took its place leads elsewhere: the path is a physical one. */
static int
cwd_same(const char *path)
{
	static char now[JOB_MAXCWD + 1];

	return (path[0] == '/' && chdir(path) == 0 &&
	    getcwd(now, sizeof(now)) != NULL && strcmp(now, path) == 0);
}

/* Back where the conversation was, or in the workspace, saying so. */
static void
cwd_enter(struct call *c, const struct job *j)
{
	int gone;

	memcpy(c->cwd, j->cwd, j->cwdlen);
	c->cwd[j->cwdlen] = '\0';
	gone = c->cwd[0] != '\0' && !cwd_same(c->cwd);
	if (gone && changes(c->tool)) {
		(void)str_copy(c->cwd, c->place->workspace, sizeof(c->cwd));
		refuse(c, "the working directory is gone, so nothing was run; "
		    "the next call begins in the workspace");
	}
	if (gone) {
		(void)str_format(c->note, sizeof(c->note), "the working "
		    "directory is gone; back in %.150s", c->place->workspace);
		c->cwd[0] = '\0';
	}
	if (c->cwd[0] == '\0') {
		(void)str_copy(c->cwd, c->place->workspace, sizeof(c->cwd));
		if (chdir(c->cwd) == -1)
			fail(c, "cannot enter the workspace %s: %s", c->cwd,
			    strerror(errno));
	}
}

static void
run(struct call *c)
{
	switch (c->tool) {
	case TOOL_READ:
		tool_read(c);
	case TOOL_WRITE:
		tool_write(c);
	case TOOL_EDIT:
		tool_edit(c);
	case TOOL_MULTIEDIT:
		tool_multiedit(c);
	case TOOL_GLOB:
		tool_glob(c);
	case TOOL_GREP:
		tool_grep(c);
	case TOOL_BASH:
		tool_bash(c);
	case TOOL_WEBFETCH:
		tool_webfetch(c);
	default:
		refuse(c, "this tool does not run here");
	}
}

/* Programs that are started may be translators; what runs in here is not. */
static void
no_new_code(enum tool t)
{
	if (t != TOOL_BASH && t != TOOL_WEBFETCH)
		(void)prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0);
}

int
main(int argc, char **argv)
{
	static struct place place;
	static struct call call;
	struct job_grant grant;
	struct job job;
	uint8_t *bytes;
	size_t len;

	log_init("tool");
	(void)prctl(PR_SET_DUMPABLE, 0);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN);	/* EFBIG is told instead */
	selftest_maybe(argc, argv);
	place_parse(&place, argc, argv);
	descriptors();
	call.place = &place;
	if (confine(&place) == -1)
		refuse(&call, "the sandbox could not be closed from inside "
		    "(Landlock or filter); nothing was run");
	bytes = job_read(&len);
	if (bytes == NULL || len <= JOB_GRANTLEN)
		return (0);	/* nobody needs this one any more */
	call.start_ms = now_ms();
	if (job_grant_decode(bytes, len, &grant) == -1 ||
	    job_decode(bytes + JOB_GRANTLEN, len - JOB_GRANTLEN, &job) == -1)
		refuse(&call, "the job came damaged; nothing was run");
	call.tool = (enum tool)job.tool;
	if (!granted(&grant, &job))
		refuse(&call, "this is not the call that was granted; nothing "
		    "was run");
	call.time_ms = job.time_ms;
	call.output_max = job.output_max;
	if (job.tier != place.tier || !tier_allows(place.tier, call.tool))
		refuse(&call, "this tool is not of this tier; nothing was "
		    "run");
	no_new_code(call.tool);
	cwd_enter(&call, &job);
	call.args = json_loadb(job.args, job.argslen, JSON_REJECT_DUPLICATES |
	    JSON_ALLOW_NUL, NULL);
	if (!json_is_object(call.args))
		fail(&call, "the tool's input is not a JSON object");
	run(&call);
	return (0);
}
