/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What each tool answers, on real files.
 */
#include <sys/stat.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <utime.h>

#include <cmocka.h>

#include "regress/unit/tool_world.h"
#include "telclauded/lib/util.h"

#define HAS(a, s) do {							\
	if (strstr((a)->text, (s)) == NULL)				\
		fail_msg("no \"%s\" in \"%s\"", (s), (a)->text);	\
} while (0)
#define ERROR(a, s) do {						\
	HAS(a, s);							\
	assert_int_equal((a)->end.is_error, 1);				\
	assert_int_equal((a)->exited, 0);				\
} while (0)
#define TEXT(a, s) do {							\
	assert_string_equal((a)->text, (s));				\
	assert_int_equal((a)->end.is_error, 0);				\
	assert_int_equal((a)->exited, 0);				\
} while (0)

static int
setup(void **state)
{
	(void)state;
	world_begin();
	return (0);
}

static int
teardown(void **state)
{
	(void)state;
	world_end();
	return (0);
}

static struct answer *
call(const char *tool, const char *args)
{
	return (world_call(tool, 1 << 20, args));
}

/* --- arguments --------------------------------------------------------- */

static void
t_args(void **state)
{
	(void)state;
	ERROR(call("Read", "{}"), "\"file_path\" is missing");
	ERROR(call("Read", "{\"file_path\":1}"), "must be a string");
	ERROR(call("Read", "{\"file_path\":\"a\",\"x\":1}"),
	    "unknown argument \"x\"");
	ERROR(call("Read", "{\"file_path\":\"a\",\"limit\":\"1\"}"),
	    "must be a whole number");
	ERROR(call("Read", "{\"file_path\":\"a\",\"limit\":1.5}"),
	    "must be a whole number");
	ERROR(call("Read", "{\"file_path\":\"\"}"), "is empty");
	ERROR(call("Read", "{\"file_path\":\"a\\u0000b\"}"), "holds a NUL");
	ERROR(call("Edit", "{\"file_path\":\"a\",\"old_string\":\"x\","
	    "\"new_string\":\"y\",\"replace_all\":\"yes\"}"),
	    "must be true or false");
	ERROR(call("MultiEdit", "{\"file_path\":\"a\",\"edits\":{}}"),
	    "must be a list");
	ERROR(call("Grep", "{\"pattern\":\"a\",\"-A\":-1}"), "from 0 to");
	ERROR(call("Grep", "{\"pattern\":\"a\",\"output_mode\":\"x\"}"),
	    "output_mode must be");
	ERROR(call("Bash", "{\"command\":\"true\","
	    "\"run_in_background\":true}"), "run_in_background is not");
}

/* --- Read -------------------------------------------------------------- */

static void
t_read(void **state)
{
	char many[40000], *p = many;
	struct answer *a;
	int i;

	(void)state;
	world_puts("a", "one\ntwo\r\nthree");
	TEXT(call("Read", "{\"file_path\":\"a\"}"),
	    "     1\tone\n     2\ttwo\n     3\tthree\n");
	TEXT(call("Read", "{\"file_path\":\"a\",\"offset\":2,\"limit\":1}"),
	    "     2\ttwo\n[more lines follow; go on with offset 3]\n");
	TEXT(call("Read", "{\"file_path\":\"a\",\"offset\":3,\"limit\":1}"),
	    "     3\tthree\n");
	ERROR(call("Read", "{\"file_path\":\"a\",\"offset\":4}"),
	    "a has 3 lines");
	world_puts("empty", "");
	HAS(call("Read", "{\"file_path\":\"empty\"}"), "is empty");
	ERROR(call("Read", "{\"file_path\":\"no\"}"), "no: no such file");
	ERROR(call("Read", "{\"file_path\":\"/tmp\"}"), "is a directory");
	world_put("bin", "a\0b\n", 4);
	ERROR(call("Read", "{\"file_path\":\"bin\"}"), "binary file");
	for (i = 0; i < 2500; i++)
		p += sprintf(p, "line %d\n", i + 1);
	world_put("many", many, (size_t)(p - many));
	a = call("Read", "{\"file_path\":\"many\"}");
	HAS(a, "  2000\tline 2000\n[more lines follow; go on with offset "
	    "2001]");
	memset(many, 'x', 3000);
	many[3000] = '\n';
	world_put("long", many, 3001);
	a = call("Read", "{\"file_path\":\"long\"}");
	HAS(a, " [... 1000 bytes cut]\n");
	a = world_call("Read", 300, "{\"file_path\":\"many\"}");
	HAS(a, "[more lines follow");
}

static void
t_read_binary(void **state)
{
	static const char png[] = "\x89PNG\r\n\x1a\n12345";
	static char big[4 << 20];
	struct answer *a;

	(void)state;
	world_put("p.txt", png, sizeof(png));
	a = call("Read", "{\"file_path\":\"p.txt\"}");
	assert_int_equal(a->kind, OUT_IMAGE);
	assert_string_equal(a->mime, "image/png");
	assert_int_equal(a->len, sizeof(png));
	assert_memory_equal(a->text, png, sizeof(png));
	world_puts("d", "%PDF-1.7\n...");
	a = call("Read", "{\"file_path\":\"d\"}");
	assert_int_equal(a->kind, OUT_DOCUMENT);
	assert_string_equal(a->mime, "application/pdf");
	world_put("w", "RIFFxxxxWEBPmore", 16);
	assert_string_equal(call("Read", "{\"file_path\":\"w\"}")->mime,
	    "image/webp");
	memcpy(big, "\xff\xd8\xff", 3);
	world_put("big", big, sizeof(big));
	ERROR(call("Read", "{\"file_path\":\"big\"}"), "may have at most");
}

static void
t_read_waits_for_nobody(void **state)
{
	(void)state;
	assert_int_equal(mkfifo("pipe", 0600), 0);
	ERROR(call("Read", "{\"file_path\":\"pipe\"}"), "a named pipe");
	ERROR(call("Read", "{\"file_path\":\"/dev/zero\"}"), "a device");
}

/* --- Write ------------------------------------------------------------- */

static void
t_write(void **state)
{
	struct stat st;

	(void)state;
	HAS(call("Write", "{\"file_path\":\"x/y/z\",\"content\":\"hi\"}"),
	    "created x/y/z (2 bytes)");
	assert_string_equal(world_get("x/y/z", NULL), "hi");
	assert_int_equal(stat("x/y/z", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_int_equal(chmod("x/y/z", 0750), 0);
	HAS(call("Write", "{\"file_path\":\"x/y/z\",\"content\":\"ho\"}"),
	    "replaced");
	assert_int_equal(stat("x/y/z", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0750);
	assert_int_equal(symlink("x/y/z", "link"), 0);
	call("Write", "{\"file_path\":\"link\",\"content\":\"through\"}");
	assert_int_equal(lstat("link", &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_string_equal(world_get("x/y/z", NULL), "through");
	ERROR(call("Write", "{\"file_path\":\"x\",\"content\":\"\"}"),
	    "is a directory");
	assert_int_equal(symlink("gone", "dangling"), 0);
	ERROR(call("Write", "{\"file_path\":\"dangling\",\"content\":\"\"}"),
	    "link to nothing");
	call("Write", "{\"file_path\":\"n\",\"content\":\"a\\u0000b\"}");
	assert_int_equal(stat("n", &st), 0);
	assert_int_equal(st.st_size, 3);
	/* No temporary file is left. */
	TEXT(call("Glob", "{\"pattern\":\"**/.tc*\"}"), "No files found");
}

/* --- Edit -------------------------------------------------------------- */

static void
t_edit(void **state)
{
	struct answer *a;

	(void)state;
	world_puts("f", "one two two\nthree\n");
	ERROR(call("Edit", "{\"file_path\":\"f\",\"old_string\":\"four\","
	    "\"new_string\":\"x\"}"), "(0 matches)");
	ERROR(call("Edit", "{\"file_path\":\"f\",\"old_string\":\"two\","
	    "\"new_string\":\"x\"}"), "found 2 times");
	ERROR(call("Edit", "{\"file_path\":\"f\",\"old_string\":\"two\","
	    "\"new_string\":\"two\"}"), "the same");
	ERROR(call("Edit", "{\"file_path\":\"f\",\"old_string\":\"\","
	    "\"new_string\":\"two\"}"), "is empty");
	assert_string_equal(world_get("f", NULL), "one two two\nthree\n");
	a = call("Edit", "{\"file_path\":\"f\",\"old_string\":\"one\","
	    "\"new_string\":\"1\\n1b\"}");
	TEXT(a, "edited f: 1 replacement, +2 -1 lines");
	call("Edit", "{\"file_path\":\"f\",\"old_string\":\"two\","
	    "\"new_string\":\"2\",\"replace_all\":true}");
	assert_string_equal(world_get("f", NULL), "1\n1b 2 2\nthree\n");
	call("Edit", "{\"file_path\":\"new/file\",\"old_string\":\"\","
	    "\"new_string\":\"made\"}");
	assert_string_equal(world_get("new/file", NULL), "made");
	ERROR(call("Edit", "{\"file_path\":\"no\",\"old_string\":\"a\","
	    "\"new_string\":\"b\"}"), "no such file");
}

static void
t_edit_crlf(void **state)
{
	(void)state;
	world_puts("f", "a\r\nb\r\nc\r\n");
	call("Edit", "{\"file_path\":\"f\",\"old_string\":\"a\\nb\","
	    "\"new_string\":\"x\\ny\\nz\"}");
	assert_string_equal(world_get("f", NULL), "x\r\ny\r\nz\r\nc\r\n");
	call("Edit", "{\"file_path\":\"f\",\"old_string\":\"y\\r\\nz\","
	    "\"new_string\":\"q\"}");
	assert_string_equal(world_get("f", NULL), "x\r\nq\r\nc\r\n");
	world_puts("g", "a\nb\n");
	call("Edit", "{\"file_path\":\"g\",\"old_string\":\"a\","
	    "\"new_string\":\"1\\n2\"}");
	assert_string_equal(world_get("g", NULL), "1\n2\nb\n");
}

static void
t_multiedit(void **state)
{
	(void)state;
	world_puts("f", "a b c\n");
	ERROR(call("MultiEdit", "{\"file_path\":\"f\",\"edits\":["
	    "{\"old_string\":\"a\",\"new_string\":\"1\"},"
	    "{\"old_string\":\"z\",\"new_string\":\"2\"}]}"),
	    "edit 2: old_string was not found");
	assert_string_equal(world_get("f", NULL), "a b c\n");
	ERROR(call("MultiEdit", "{\"file_path\":\"f\",\"edits\":["
	    "{\"old_string\":\"a\"}]}"), "edit 1: argument");
	ERROR(call("MultiEdit", "{\"file_path\":\"f\",\"edits\":[]}"),
	    "1 to");
	HAS(call("MultiEdit", "{\"file_path\":\"f\",\"edits\":["
	    "{\"old_string\":\"a\",\"new_string\":\"b\"},"
	    "{\"old_string\":\"b\",\"new_string\":\"x\","
	    "\"replace_all\":true}]}"), "3 replacements");
	assert_string_equal(world_get("f", NULL), "x x c\n");
}

/* --- Glob -------------------------------------------------------------- */

static void
redate(const char *path, time_t t)
{
	struct utimbuf u = { t, t };

	assert_int_equal(utime(path, &u), 0);
}

static void
dated(const char *path, time_t t)
{
	world_puts(path, "x");
	redate(path, t);
}

static void
t_glob(void **state)
{
	(void)state;
	dated("src/a.c", 1000);
	dated("src/deep/er/b.c", 3000);
	dated("top.c", 2000);
	dated("src/x.h", 5000);
	dated(".hidden/c.c", 500);
	dated(".git/config.c", 9000);
	TEXT(call("Glob", "{\"pattern\":\"**/*.c\"}"),
	    "src/deep/er/b.c\ntop.c\nsrc/a.c\n.hidden/c.c\n");
	TEXT(call("Glob", "{\"pattern\":\"*.c\"}"), "top.c\n");
	TEXT(call("Glob", "{\"pattern\":\"*.{h,c}\",\"path\":\"src\"}"),
	    "src/x.h\nsrc/a.c\n");
	TEXT(call("Glob", "{\"pattern\":\"src/**/b.?\"}"),
	    "src/deep/er/b.c\n");
	TEXT(call("Glob", "{\"pattern\":\"./src/[xy].h\"}"),
	    "./src/x.h\n");
	TEXT(call("Glob", "{\"pattern\":\"*.zig\"}"), "No files found");
	ERROR(call("Glob", "{\"pattern\":\"*\",\"path\":\"no\"}"),
	    "No such file");
	ERROR(call("Glob", "{\"pattern\":\"*\",\"path\":\"top.c\"}"),
	    "not a directory");
}

static void
t_glob_ignores(void **state)
{
	(void)state;
	world_puts(".gitignore", "# comment\n*.o\n/build/\n!keep.o\n"
	    "docs/*.txt\nnode_modules\n\\#odd\ntrail\\ \n");
	world_puts("sub/.gitignore", "!*.o\nlocal\n");
	redate(".gitignore", 100);
	redate("sub/.gitignore", 101);
	dated("a.o", 1);
	dated("keep.o", 2);
	dated("build/x", 3);
	dated("sub/build/y", 4);
	dated("sub/a.o", 5);
	dated("sub/local", 6);
	dated("docs/a.txt", 7);
	dated("docs/deep/b.txt", 8);
	dated("node_modules/z", 9);
	dated("#odd", 10);
	dated("trail ", 11);
	dated("local", 12);
	TEXT(call("Glob", "{\"pattern\":\"**\"}"),
	    "sub/.gitignore\n.gitignore\nlocal\ndocs/deep/b.txt\nsub/a.o\n"
	    "sub/build/y\nkeep.o\n");
	TEXT(call("Glob", "{\"pattern\":\"*\",\"path\":\"sub\"}"),
	    "sub/.gitignore\nsub/a.o\n");
	TEXT(call("Glob", "{\"pattern\":\"*\",\"path\":\"docs\"}"),
	    "No files found");
	/* A directory that is named is searched. */
	TEXT(call("Glob", "{\"pattern\":\"*\",\"path\":\"node_modules\"}"),
	    "node_modules/z\n");
}

/* --- Grep -------------------------------------------------------------- */

static void
grep_files(void)
{
	dated("one.c", 100);
	world_puts("one.c", "int main(void)\n{\n\treturn 0;\n}\n");
	world_puts("two.py", "def main():\n    return 0\n\nmain()\n");
	world_put("bin.c", "main\0", 5);
	world_puts("skip/three.c", "main\n");
	world_puts(".gitignore", "skip\n");
}

static void
t_grep(void **state)
{
	struct answer *a;

	(void)state;
	grep_files();
	a = call("Grep", "{\"pattern\":\"main\"}");
	HAS(a, "one.c\n");
	HAS(a, "two.py\n");
	assert_null(strstr(a->text, "bin.c"));
	assert_null(strstr(a->text, "three"));
	TEXT(call("Grep", "{\"pattern\":\"main\",\"output_mode\":\"count\"}"),
	    "one.c:1\ntwo.py:2\n");
	TEXT(call("Grep", "{\"pattern\":\"RETURN\",\"-i\":true,"
	    "\"output_mode\":\"content\",\"type\":\"c\"}"),
	    "one.c:3:\treturn 0;\n");
	TEXT(call("Grep", "{\"pattern\":\"^main\",\"-n\":false,"
	    "\"output_mode\":\"content\",\"glob\":\"*.{py,rb}\"}"),
	    "two.py:main()\n");
	TEXT(call("Grep", "{\"pattern\":\"return\",\"-B\":1,\"-A\":1,"
	    "\"output_mode\":\"content\",\"path\":\"one.c\"}"),
	    "2-{\n3:\treturn 0;\n4-}\n");
	TEXT(call("Grep", "{\"pattern\":\"nowhere\"}"), "No matches found");
	ERROR(call("Grep", "{\"pattern\":\"(\"}"), "is not valid");
	ERROR(call("Grep", "{\"pattern\":\"a\",\"type\":\"cobol9\"}"),
	    "not known");
	TEXT(call("Grep", "{\"pattern\":\"main.*return\",\"multiline\":true,"
	    "\"output_mode\":\"content\",\"path\":\"two.py\"}"),
	    "1:def main():\n2:    return 0\n");
	HAS(call("Grep", "{\"pattern\":\".\",\"output_mode\":\"content\","
	    "\"path\":\"two.py\",\"head_limit\":2}"), "[cut here");
}

static void
t_grep_context(void **state)
{
	(void)state;
	world_puts("f", "1\nx\n3\n4\n5\nx\n7\nx\n9\n");
	TEXT(call("Grep", "{\"pattern\":\"x\",\"-C\":1,\"output_mode\":"
	    "\"content\",\"path\":\"f\"}"),
	    "1-1\n2:x\n3-3\n--\n5-5\n6:x\n7-7\n8:x\n9-9\n");
	TEXT(call("Grep", "{\"pattern\":\"^$\",\"path\":\"f\"}"),
	    "No matches found");
	world_puts("g", "a\n\nb");
	TEXT(call("Grep", "{\"pattern\":\"^$\",\"output_mode\":\"content\","
	    "\"path\":\"g\"}"), "2:\n");
	TEXT(call("Grep", "{\"pattern\":\"b$\",\"output_mode\":\"content\","
	    "\"path\":\"g\"}"), "3:b\n");
}

/* An expression that takes for ever is given up, in time. */
static void
t_grep_bounded(void **state)
{
	char text[2000];
	struct answer *a;
	uint64_t t = now_ms();

	(void)state;
	memset(text, 'a', sizeof(text));
	world_put("f", text, sizeof(text));
	a = call("Grep", "{\"pattern\":\"(a|aa)+[0-9]$\"}");
	ERROR(a, "too much work");
	assert_true(now_ms() - t < 10000);
	world_put("bad", "\xff\xfe main \xc3\n", 10);
	HAS(call("Grep", "{\"pattern\":\"main\",\"path\":\"bad\"}"), "bad");
}

/* --- Bash -------------------------------------------------------------- */

static void
t_bash(void **state)
{
	struct answer *a;

	(void)state;
	a = call("Bash", "{\"command\":\"echo out; echo err >&2; echo x\"}");
	TEXT(a, "out\nerr\nx\n");
	a = call("Bash", "{\"command\":\"true\"}");
	TEXT(a, "(no output)");
	a = call("Bash", "{\"command\":\"echo a; exit 3\"}");
	ERROR(a, "a\n\nexit status 3");
	assert_string_equal(a->end.note, "");
	a = call("Bash", "{\"command\":\"cd /usr; false\"}");
	assert_string_equal(a->end.cwd, "/usr");
	ERROR(a, "exit status 1");
	ERROR(call("Bash", "{\"command\":\"if\"}"), "syntax error");
	ERROR(call("Bash", "{\"command\":\"echo a\\nfoo_not_there\"}"),
	    "line 2: foo_not_there");
	a = call("Bash", "{\"command\":\"cat <<X\\nhere\\nX\\n\"}");
	TEXT(a, "here\n");
	a = call("Bash", "{\"command\":\"cat; echo end\"}");
	TEXT(a, "end\n");
	a = call("Bash", "{\"command\":\"sleep 20\",\"timeout\":200}");
	assert_non_null(strstr(a->end.note, "timed out after 0.2 s"));
	assert_int_equal(a->end.is_error, 1);
	assert_int_equal(a->end.outcome, RO_TIMEOUT);
	a = call("Bash", "{\"command\":\"exec >&- 2>&-; sleep 0.2\"}");
	TEXT(a, "(no output)");
	ERROR(call("Bash", "{\"command\":\"kill -KILL $$\"}"), "signal 9");
}

static void
t_bash_bounded(void **state)
{
	struct answer *a;

	(void)state;
	a = world_call("Bash", 10000, "{\"command\":\"for i in $(seq 9999); "
	    "do echo line $i; done\"}");
	assert_true(a->len <= 10000 && a->len > 9000);
	HAS(a, "line 1\nline 2\n");
	HAS(a, "bytes cut");
	HAS(a, "line 9999\n");
}

int
main(void)
{
#define T(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)
	static const struct CMUnitTest tests[] = {
		T(t_args), T(t_read), T(t_read_binary),
		T(t_read_waits_for_nobody), T(t_write), T(t_edit),
		T(t_edit_crlf), T(t_multiedit), T(t_glob), T(t_glob_ignores),
		T(t_grep), T(t_grep_context), T(t_grep_bounded), T(t_bash),
		T(t_bash_bounded),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
