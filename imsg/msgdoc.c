/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * msgdoc: prints the message table as telclauded-messages(7) in mdoc, or as
 * a graph.  Run by the build and the tests only.
 */
#include <stdio.h>
#include <string.h>

#include "imsg/links.def"
#include "imsg/msg.h"

#define DOC_u8(n, b)	 "\\ " #n " u8",
#define DOC_u16(n, b)	 "\\ " #n " u16",
#define DOC_u32(n, b)	 "\\ " #n " u32",
#define DOC_u64(n, b)	 "\\ " #n " u64",
#define DOC_i64(n, b)	 "\\ " #n " i64",
#define DOC_str(n, b)	 "\\ " #n " str<" #b,
#define DOC_secret(n, b) "\\ " #n " secret<" #b,
#define DOC_text(n, b)	 "\\ " #n " text<=" #b,
#define DOC_blob(n, b)	 "\\ " #n " blob<=" #b,
#define DOC_hash(n, b)	 "\\ " #n " hash",
#define DOC_addrs(n, b)	 "\\ " #n " addrs",
#define DOC(k, n, b)	 DOC_##k(n, b)

#define MAXFIELDS	40

static const char *const fields[MSG_MAX][MAXFIELDS] = {
#define M(id, from, to, ph, kind, rep, fd, doc)				\
	[MSG_##id] = { F_##id(DOC) NULL },
	MSG_TABLE(M)
#undef M
};

static const struct { enum proc a, b; } links[] = {
#define L(x, y)	{ PROC_##x, PROC_##y },
	LINK_TABLE(L)
#undef L
};

static void
print_set(uint32_t set)
{
	const char	*sep = "";
	int		 i;

	if (set == (ENGINES)) {
		printf("any engine");
		return;
	}
	for (i = 0; i < PROC_MAX; i++)
		if (set & (1u << i)) {
			printf("%s%s", sep, proc_name((enum proc)i));
			sep = ", ";
		}
}

static void
print_phases(uint32_t ph)
{
	static const struct { uint32_t bit; const char *name; } names[] = {
		{ PH_BOOT, "boot" }, { PH_CONFIG, "config" },
		{ PH_RUN, "run" }, { PH_RELOAD, "reload" },
		{ PH_DRAIN, "drain" },
	};
	const char	*sep = "";
	size_t		 i;

	if (ph == PH_ANY) {
		printf("any");
		return;
	}
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (ph & names[i].bit) {
			printf("%s%s", sep, names[i].name);
			sep = ", ";
		}
}

static void
print_row(uint16_t t)
{
	const struct msg_row	*r = &msg_rows[t];
	int			 i;

	printf(".It Dv %s\n", r->name);
	printf("%c%s.\n.br\nFrom ", r->doc[0] - ('a' <= r->doc[0] &&
	    r->doc[0] <= 'z' ? 32 : 0), r->doc + 1);
	print_set(r->from);
	printf(" to ");
	print_set(r->to);
	printf(";\nphase ");
	print_phases(r->phase);
	switch (r->kind) {
	case REQ:
		printf("; request, answered by\n.Dv %s\n", msg_name(r->rep));
		break;
	case REP:
		printf("; reply\n");
		break;
	default:
		printf("; event\n");
		break;
	}
	if (r->fd != FD_NONE)
		printf("(%s a descriptor)\n", r->fd == FD_MUST ? "carries" :
		    "may carry");
	if (fields[t][0] == NULL)
		return;
	printf(".br\nFields:");
	for (i = 0; i < MAXFIELDS && fields[t][i] != NULL; i++)
		printf("%s%s", i > 0 && i % 3 == 0 ? "\n" : " ",
		    fields[t][i] + 2);
	printf(".\n");
}

static void
print_page(void)
{
	uint16_t	 t;

	printf(".\\\" Made by msgdoc from imsg/msg.def.\n"
	    ".Dd $Mdocdate: November 23 2026 $\n"
	    ".Dt TELCLAUDED-MESSAGES 7\n.Os\n.Sh NAME\n"
	    ".Nm telclauded-messages\n"
	    ".Nd what the processes of telclauded may say to each other\n"
	    ".Sh DESCRIPTION\n"
	    "The processes of\n.Xr telclauded 8\n"
	    "share no memory and no files.\n"
	    "All they know of each other comes in the messages below, over\n"
	    "socket pairs that the parent makes.\n"
	    "The channel says who the sender is.\n"
	    "A message of an unknown type, from the wrong sender, in the\n"
	    "wrong phase, of the wrong length, with a field out of bounds or\n"
	    "with a descriptor where there should be none ends the channel,\n"
	    "and the parent kills and restarts the sender.\n.Pp\n"
	    "A frame is a length of 32 bits, a type and flags of 16 bits\n"
	    "each, a request number of 32 bits, and the fields, one after\n"
	    "the other in network byte order, at most %d bytes in all.\n"
	    "Fields of kind\n.Em str\nand\n.Em secret\n"
	    "hold no control bytes;\n.Em text\n"
	    "is what outsiders wrote and may hold anything.\n"
	    ".Ss Messages\n.Bl -tag -width Ds\n", MSG_MAXLEN);
	for (t = 1; t < MSG_MAX; t++)
		print_row(t);
	printf(".El\n.Sh SEE ALSO\n.Xr telclauded.conf 5 ,\n"
	    ".Xr telclaudectl 8 ,\n.Xr telclauded 8\n");
}

static void
print_graph(void)
{
	uint16_t	 t;
	size_t		 i;

	printf("digraph telclauded {\n");
	for (i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		printf("\t%s -> %s [dir=both];\n", proc_name(links[i].a),
		    proc_name(links[i].b));
	for (t = 1; t < MSG_MAX; t++)
		printf("\t// %s\n", msg_name(t));
	printf("}\n");
}

int
main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "dot") == 0)
		print_graph();
	else
		print_page();
	return (0);
}
