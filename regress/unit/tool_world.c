/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * A world for the tools: a temporary directory, a child a call, the real
 * frames.  The walls are regress/confinement's matter.
 */
#include <sys/stat.h>
#include <sys/wait.h>

#include <err.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engines/tool/tool.h"
#include "regress/unit/tool_world.h"

#ifdef TC_SANITIZE
int	 __lsan_is_turned_off(void);

/* A tool is one call and one process: its memory goes with it. */
int
__lsan_is_turned_off(void)
{
	return (1);
}
#endif

static char		 dir[64];
static struct answer	 ans;
static struct buf	 text;

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *f)
{
	(void)st;
	(void)type;
	(void)f;
	return (remove(path));
}

void
world_begin(void)
{
	(void)str_copy(dir, "/tmp/t_tool.XXXXXX", sizeof(dir));
	if (mkdtemp(dir) == NULL || chdir(dir) == -1)
		err(1, "%s", dir);
}

void
world_end(void)
{
	(void)!chdir("/");
	(void)nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void
world_put(const char *path, const void *p, size_t len)
{
	char cmd[512], *slash;
	int fd;

	(void)str_copy(cmd, path, sizeof(cmd));
	for (slash = cmd; (slash = strchr(slash + 1, '/')) != NULL;) {
		*slash = '\0';
		(void)mkdir(cmd, 0755);
		*slash = '/';
	}
	if ((fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644)) == -1 ||
	    write(fd, p, len) != (ssize_t)len)
		err(1, "%s", path);
	close(fd);
}

void
world_puts(const char *path, const char *s)
{
	world_put(path, s, strlen(s));
}

char *
world_get(const char *path, size_t *len)
{
	static char buf[1 << 20];
	ssize_t n;
	int fd;

	if ((fd = open(path, O_RDONLY)) == -1)
		return (NULL);
	n = read(fd, buf, sizeof(buf) - 1);
	close(fd);
	buf[n < 0 ? 0 : n] = '\0';
	if (len != NULL)
		*len = (size_t)n;
	return (buf);
}

static void
on_head(void *ctx, int is_error, enum out_kind kind, const char *mime)
{
	(void)ctx;
	ans.head_error = is_error;
	ans.kind = kind;
	(void)str_copy(ans.mime, mime, sizeof(ans.mime));
}

static void
on_data(void *ctx, const uint8_t *p, size_t n)
{
	(void)ctx;
	(void)buf_add(&text, p, n);
}

static void
on_end(void *ctx, const struct frame_end *e)
{
	(void)ctx;
	ans.end = *e;
}

static void
child(const char *tool, size_t output_max, const char *args, int out)
{
	static char *const none[] = { NULL };
	static struct place place = { .tier = TIER_WRITE_LOCAL,
	    .home = "/tmp", .tmp = "/tmp", .paths = none };
	static struct call call;

	if (dup2(out, TOOL_OUT_FD) == -1)
		_exit(99);
	place.workspace = dir;
	call.place = &place;
	call.tool = tool_byname(tool);
	call.time_ms = 20000;
	call.output_max = output_max;
	call.start_ms = now_ms();
	(void)str_copy(call.cwd, dir, sizeof(call.cwd));
	if ((call.args = json_loads(args, JSON_REJECT_DUPLICATES |
	    JSON_ALLOW_NUL, NULL)) == NULL)
		_exit(98);
	switch (call.tool) {
	case TOOL_READ:
		tool_read(&call);
	case TOOL_WRITE:
		tool_write(&call);
	case TOOL_EDIT:
		tool_edit(&call);
	case TOOL_MULTIEDIT:
		tool_multiedit(&call);
	case TOOL_GLOB:
		tool_glob(&call);
	case TOOL_GREP:
		tool_grep(&call);
	default:
		tool_bash(&call);
	}
}

struct answer *
world_call(const char *tool, size_t output_max, const char *args)
{
	static const struct frame_ops ops = { on_head, on_data, on_end };
	static struct frame_parser fp;
	uint8_t block[4096];
	int p[2], status;
	ssize_t n;
	pid_t pid;

	memset(&ans, 0, sizeof(ans));
	memset(&fp, 0, sizeof(fp));
	buf_free(&text);
	buf_init(&text);
	if (pipe2(p, O_CLOEXEC) == -1 || (pid = fork()) == -1)
		err(1, "world_call");
	if (pid == 0)
		child(tool, output_max, args, p[1]);
	close(p[1]);
	while ((n = read(p[0], block, sizeof(block))) > 0)
		if (parse_feed(&fp, block, (size_t)n, &ops, NULL) == -1)
			errx(1, "%s: not a frame", tool);
	close(p[0]);
	(void)waitpid(pid, &status, 0);
	ans.exited = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	(void)buf_add(&text, "", 0);
	ans.text = text.p;
	ans.len = text.len;
	if (ans.text == NULL)
		ans.text = strdup("");
	return (&ans);
}

struct answer *
world_callf(const char *tool, const char *fmt, const char *s)
{
	static struct buf b;
	const char *p = strstr(fmt, "%s");

	buf_free(&b);
	buf_init(&b);
	(void)buf_add(&b, fmt, (size_t)(p - fmt));
	(void)buf_json_str(&b, s, strlen(s));
	(void)buf_puts(&b, p + 2);
	return (world_call(tool, 1 << 20, b.p));
}
