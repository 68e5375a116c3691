/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * cagegen: compiles cages.def with libseccomp during the build, so that no
 * running process carries a compiler of filters.
 *	cagegen c		C source with every program and call names
 *	cagegen pfc NAME	one program in readable form (golden files)
 *	cagegen list		names
 * Run by the build and the tests only.
 */
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <asm/sockios.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engines/common/cage.h"
#include "engines/common/selftest.h"

#ifndef AF_SMC
#define AF_SMC	43
#endif
#ifndef AF_XDP
#define AF_XDP	44
#endif

#define IOPRIO_WHO_PROCESS 1
#define INT_BITS	0xffffffffULL

/* The namespaces clone(2) can make; CLONE_NEWTIME overlaps the signal. */
#define TOOL_NAMESPACES	(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET |	\
	CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP)

enum { DO_ALLOW, DO_ERRNO, DO_KILL };
enum { TRAP, ALLOW, NOSYS };
enum { EQ, NE, MASK };

struct cmp {
	unsigned	 arg;
	int		 op;
	uint64_t	 a, b;
};
struct rule {
	const char	*call;
	int		 action, err;
	unsigned	 n;
	struct cmp	 cmp[3];
};
struct group {
	const struct rule	*r;
	size_t			 n;
};
struct cage {
	const char	*name;
	int		 def;
	struct group	 groups[10];
};

#define A(c)			{ #c, DO_ALLOW, 0, 0, { { 0 } } }
#define A1(c, p, o, x, y)	{ #c, DO_ALLOW, 0, 1, { { p, o, x, y } } }
#define A2(c, p, o, x, y, p2, o2, x2, y2)				\
	{ #c, DO_ALLOW, 0, 2, { { p, o, x, y }, { p2, o2, x2, y2 } } }
#define A3(c, p, o, x, y, p2, o2, x2, y2, p3, o3, x3, y3)		\
	{ #c, DO_ALLOW, 0, 3, { { p, o, x, y }, { p2, o2, x2, y2 },	\
	    { p3, o3, x3, y3 } } }
#define E(c, e)			{ #c, DO_ERRNO, e, 0, { { 0 } } }
#define E1(c, e, p, o, x, y)	{ #c, DO_ERRNO, e, 1, { { p, o, x, y } } }
#define E2(c, e, p, o, x, y, p2, o2, x2, y2)				\
	{ #c, DO_ERRNO, e, 2, { { p, o, x, y }, { p2, o2, x2, y2 } } }
#define E2(c, e, p, o, x, y, p2, o2, x2, y2)				\
	{ #c, DO_ERRNO, e, 2, { { p, o, x, y }, { p2, o2, x2, y2 } } }
#define K(c)			{ #c, DO_KILL, 0, 0, { { 0 } } }
#define K1(c, p, o, x, y)	{ #c, DO_KILL, 0, 1, { { p, o, x, y } } }
#define G(g)			{ g, sizeof(g) / sizeof((g)[0]) }

#include "engines/common/cages.def"

#define NCAGES	(sizeof(cages) / sizeof(cages[0]))

/*
 * No rule gives these: so libseccomp does not merge a soft answer with a
 * rule's, and they can be told apart afterwards.
 */
#define SOFT_DEFAULT	SCMP_ACT_ERRNO(0x7fe)
#define SOFT_KILL	SCMP_ACT_ERRNO(0x7ff)

/* Compile for the selftest's twin, or for real. */
static int	 soft;

static uint32_t
rule_action(const struct rule *r)
{
	switch (r->action) {
	case DO_ALLOW:
		return (SCMP_ACT_ALLOW);
	case DO_ERRNO:
		return (SCMP_ACT_ERRNO((uint32_t)r->err));
	default:
		return (soft ? SOFT_KILL : SCMP_ACT_KILL_PROCESS);
	}
}

static uint32_t
cage_default(const struct cage *c)
{
	switch (c->def) {
	case TRAP:
		return (soft ? SOFT_DEFAULT : SCMP_ACT_TRAP);
	case ALLOW:
		return (SCMP_ACT_ALLOW);
	default:
		return (SCMP_ACT_ERRNO(ENOSYS));
	}
}

/* libseccomp lets a plain rule swallow conditional ones without a word. */
static void
rule_check(const struct cage *c, const struct rule *r)
{
	const struct rule	*o;
	size_t			 g, i;

	for (g = 0; c->groups[g].r != NULL; g++)
		for (i = 0; i < c->groups[g].n; i++) {
			o = &c->groups[g].r[i];
			if (o == r || strcmp(o->call, r->call) != 0)
				continue;
			if (r->n == 0 && o->n > 0)
				errx(1, "%s: plain %s beside a conditional",
				    c->name, r->call);
		}
}

static void
rule_add(scmp_filter_ctx ctx, const struct cage *c, const struct rule *r)
{
	struct scmp_arg_cmp	 cmp[3];
	unsigned		 i;
	int			 nr, rv;

	if ((nr = seccomp_syscall_resolve_name(r->call)) == __NR_SCMP_ERROR)
		errx(1, "%s: no system call %s", c->name, r->call);
	if (nr < 0)
		return;		/* not on this architecture */
	if (rule_action(r) == cage_default(c))
		return;
	for (i = 0; i < r->n; i++) {
		memset(&cmp[i], 0, sizeof(cmp[i]));
		cmp[i].arg = r->cmp[i].arg;
		cmp[i].op = r->cmp[i].op == EQ ? SCMP_CMP_EQ :
		    r->cmp[i].op == NE ? SCMP_CMP_NE : SCMP_CMP_MASKED_EQ;
		cmp[i].datum_a = r->cmp[i].a;
		cmp[i].datum_b = r->cmp[i].b;
	}
	rv = seccomp_rule_add_array(ctx, rule_action(r), nr, r->n, cmp);
	if (rv < 0 && rv != -EEXIST)
		errx(1, "%s: %s: %s", c->name, r->call, strerror(-rv));
}

static scmp_filter_ctx
cage_build(const struct cage *c)
{
	scmp_filter_ctx	 ctx;
	size_t		 g, i;

	if ((ctx = seccomp_init(cage_default(c))) == NULL ||
	    seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH,
	    SCMP_ACT_KILL_PROCESS) < 0 ||
	    seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2) < 0)
		errx(1, "%s: libseccomp", c->name);
	for (g = 0; c->groups[g].r != NULL; g++)
		for (i = 0; i < c->groups[g].n; i++) {
			rule_check(c, &c->groups[g].r[i]);
			rule_add(ctx, c, &c->groups[g].r[i]);
		}
	return (ctx);
}

static struct sock_filter *
cage_compile(const struct cage *c, size_t *n)
{
	scmp_filter_ctx		 ctx = cage_build(c);
	struct sock_filter	*f;
	off_t			 len;
	int			 fd;

	if ((fd = memfd_create("bpf", 0)) == -1 ||
	    seccomp_export_bpf(ctx, fd) < 0 ||
	    (len = lseek(fd, 0, SEEK_END)) <= 0 ||
	    (f = malloc((size_t)len)) == NULL ||
	    pread(fd, f, (size_t)len, 0) != len)
		err(1, "%s: export", c->name);
	close(fd);
	seccomp_release(ctx);
	*n = (size_t)len / sizeof(*f);
	return (f);
}

static void
cage_print(const char *kind, const struct cage *c,
    const struct sock_filter *f, size_t n)
{
	size_t	 i;

	printf("static const struct sock_filter %s_%s[] = {\n", kind,
	    c->name);
	for (i = 0; i < n; i++)
		printf("\t{ 0x%02x, %u, %u, 0x%08x },\n", f[i].code, f[i].jt,
		    f[i].jf, f[i].k);
	printf("};\n");
}

static void
answer(struct sock_filter *f, size_t n, uint32_t from, uint32_t to)
{
	size_t	 i;

	for (i = 0; i < n; i++)
		if (f[i].code == (BPF_RET | BPF_K) && f[i].k == from)
			f[i].k = to;
}

/*
 * Both programs of a row.  The one of kills is compiled once, with a mark for
 * them, for else they would be merged with the kill of foreign
 * architectures; the ones of a default are compiled each for itself.
 */
static void
cage_pair(const struct cage *c)
{
	struct cage_prog	 real, twin;
	struct sock_filter	*f, *s;
	size_t			 n, m;

	soft = 1;
	s = cage_compile(c, &m);
	soft = c->def == ALLOW;
	f = cage_compile(c, &n);
	soft = 0;
	answer(f, n, SOFT_KILL, SCMP_ACT_KILL_PROCESS);
	answer(s, m, SOFT_KILL, SCMP_ACT_ERRNO(SELFTEST_BASE_ERRNO));
	answer(s, m, SOFT_DEFAULT, SCMP_ACT_ERRNO(EPERM));
	real = (struct cage_prog){ c->name, f, (uint16_t)n };
	twin = (struct cage_prog){ c->name, s, (uint16_t)m };
	if (cage_compare(&real, &twin) == -1)
		errx(1, "%s: the twin's filter is not the real one", c->name);
	cage_print("cage", c, f, n);
	cage_print("soft", c, s, m);
	free(f);
	free(s);
}

static void
cage_alone(const struct cage *c)
{
	struct sock_filter	*f;
	size_t			 n;

	f = cage_compile(c, &n);
	cage_print("cage", c, f, n);
	free(f);
}

static void
names_print(void)
{
	char	*name;
	int	 nr;

	printf("const char *\ncage_call_name(int nr)\n{\n\tswitch (nr) {\n");
	for (nr = 0; nr < 600; nr++) {
		name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, nr);
		if (name == NULL)
			continue;
		printf("\tcase %d: return (\"%s\");\n", nr, name);
		free(name);
	}
	printf("\tdefault: return (NULL);\n\t}\n}\n");
}

/* What is told everything already, as tools are, needs no second one. */
static int
has_soft(const struct cage *c)
{
	size_t	 g, i;

	for (g = 0; c->def == ALLOW && c->groups[g].r != NULL; g++)
		for (i = 0; i < c->groups[g].n; i++)
			if (c->groups[g].r[i].action == DO_KILL)
				return (1);
	return (c->def == TRAP);
}

static void
find_print(const char *kind, const char *fn, int all)
{
	size_t	 i;

	printf("static const struct cage_prog %s_progs[] = {\n", kind);
	for (i = 0; i < NCAGES; i++)
		if (all || has_soft(&cages[i]))
			printf("\t{ \"%s\", %s_%s, sizeof(%s_%s) / "
			    "sizeof(%s_%s[0]) },\n", cages[i].name, kind,
			    cages[i].name, kind, cages[i].name, kind,
			    cages[i].name);
	printf("};\n\nconst struct cage_prog *\n"
	    "%s(const char *name)\n{\n\tsize_t\t i;\n\n"
	    "\tfor (i = 0; i < sizeof(%s_progs) / sizeof(%s_progs[0]); i++)\n"
	    "\t\tif (strcmp(%s_progs[i].name, name) == 0)\n"
	    "\t\t\treturn (&%s_progs[i]);\n\treturn (NULL);\n}\n\n", fn,
	    kind, kind, kind, kind);
}

static void
source_print(void)
{
	size_t	 i;

	printf("/* made by cagegen from cages.def */\n"
	    "#include <string.h>\n\n#include <linux/filter.h>\n\n"
	    "#include \"engines/common/cage.h\"\n\n"
	    "const char *cage_call_name(int);\n\n");
	for (i = 0; i < NCAGES; i++) {
		if (has_soft(&cages[i]))
			cage_pair(&cages[i]);
		else
			cage_alone(&cages[i]);
	}
	find_print("cage", "cage_find", 1);
	find_print("soft", "cage_soft", 0);
	names_print();
}

int
main(int argc, char **argv)
{
	size_t	 i;

	if (argc == 2 && strcmp(argv[1], "c") == 0)
		source_print();
	else if (argc == 2 && strcmp(argv[1], "list") == 0) {
		for (i = 0; i < NCAGES; i++)
			printf("%s\n", cages[i].name);
	} else if (argc == 3 && strcmp(argv[1], "pfc") == 0) {
		for (i = 0; i < NCAGES; i++)
			if (strcmp(cages[i].name, argv[2]) == 0)
				return (seccomp_export_pfc(cage_build(
				    &cages[i]), STDOUT_FILENO) < 0);
		errx(1, "no cage %s", argv[2]);
	} else
		errx(1, "usage: cagegen c | list | pfc NAME");
	return (0);
}
