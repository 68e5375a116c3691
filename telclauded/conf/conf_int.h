/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What the parts of the configuration parser share: the state of one parse,
 * the lexer, and the setters the grammar calls.  Used by telclauded and by
 * telclaudectl convert; the text read is the administrator's, but it is
 * checked as if it were not.
 */
#ifndef CONF_CONF_INT_H
#define CONF_CONF_INT_H

#include <setjmp.h>

#include "telclauded/conf/conf.h"
#include "telclauded/conf/confset.h"

#define CONF_LINE_MAX	65536
#define CONF_WORD_MAX	4096		/* bytes of one word or string */
#define CONF_NOTES_MAX	200		/* errors kept; more are counted */
#define CONF_FILES_MAX	16		/* include depth */
#define CONF_OPEN_MAX	8		/* brace depth */

/* A place in a file; also bison's location. */
struct where {
	const char	*file;
	int		 line;
};

/* One word or string as written; lists are chained. */
struct word {
	struct word	*next;
	struct where	 at;
	char		*s;
	int		 quoted;
	enum secret_src	 src;		/* of a secret */
};

/* Who else can read a file; NOMODES: its file system cannot tell. */
enum readable { READ_OWNER, READ_OTHERS, READ_NOMODES };

/* One file being read; text stays until the parse ends. */
struct source {
	struct source	*up;
	const char	*name;
	char		*path;		/* resolved, against include loops */
	char		*text;
	size_t		 len, pos;
	int		 line;
	enum readable	 readable;
	int		 depth;		/* braces open where it was included */
	int		 ended;
};

struct macro {
	struct macro	*next;
	char		*name, *value;
	int		 fixed;		/* -D: the file does not change it */
};

/* A keyword that was set, and where: repeats are errors. */
struct seen {
	struct seen	*next;
	char		*key;
	struct where	 at;
};

/* Where a line of translated text came from (confjson.c). */
struct jsonline {
	char		*path;
	int		 line;
};
struct jsonmap {
	struct jsonline	*v;		/* v[0] is line 1 */
	size_t		 n;
};

#define CP_OURS		1	/* text printed by conf_print() */
#define CP_OVERLAY	2	/* one variable of the environment */

struct pool;
struct buf;
struct parse {
	struct conf	*conf;
	struct conf_notes *notes;
	const struct conf_opts *opts;
	const struct jsonmap *map;	/* the text is translated JSON */
	struct jsonmap	 jsonmap;
	int		 flags;		/* CP_ */
	unsigned	 errors;

	struct pool	*pool;
	jmp_buf		 oom;
	struct source	*src;
	struct macro	*macros;
	struct seen	*seen;
	const char	*later[64];	/* keywords warned about */
	size_t		 nlater;

	/* lexer */
	const char	*expand;	/* rest of a macro's value */
	const char	*expanding;	/* its name */
	struct where	 open[CONF_OPEN_MAX];
	int		 depth, inblock;
	int		 recover;	/* skipping to the end of a statement */
	int		 prevtok, first;
	const char	*name;		/* the word a statement began with */
	int		 hush;		/* this line holds a secret */
	struct word	*last;		/* last word, for messages */
	struct word	*pending;	/* include after this line */

	/* grammar */
	const char	*block;		/* "telegram", ... or "" */
	unsigned	 stmt;
	struct conf_agent *agent;
	struct conf_rule *rule;
	uint64_t	*usd, *tokens;	/* a day */
	struct conf_price *price;
	enum { PRICE_INPUT = 1, PRICE_OUTPUT = 2 } sides; /* it has these */
	struct conf_provider *provider;
	struct conf_private *priv;
	struct conf_domain *domain;
	struct conf_media_kind *kind;
	char		**ca;
};

/* --- conflex.c --------------------------------------------------------- */
union CONF_YYSTYPE;
int	 conf_yylex(union CONF_YYSTYPE *, struct where *, struct parse *);
void	 conf_macro(struct parse *, const struct word *, struct word *);
int	 conf_macro_set(struct parse *, const char *, const char *, int);
void	 conf_include(struct parse *, struct word *);
void	 conf_eol(struct parse *);		/* a statement ends */
/* --- parse.y ----------------------------------------------------------- */
int	 conf_yyparse(struct parse *);
int	 conf_keyword(const char *);		/* token, or 0 */
int	 conf_opens_block(int token);
/* --- confread.c: the state of a parse, notes, files -------------------- */
void	 conf_err(struct parse *, const struct where *, const char *, ...)
	    __attribute__((format(printf, 3, 4)));
void	 conf_warn(struct parse *, const struct where *, const char *, ...)
	    __attribute__((format(printf, 3, 4)));
int	 conf_line(const struct parse *, const struct where *);
void	 conf_suggest(struct buf *, const char *got, const char **names,
	    size_t n);
void	 conf_parse_init(struct parse *, struct conf *, struct conf_notes *,
	    const struct conf_opts *);
int	 conf_parse(struct parse *);		/* 0, or -1 with notes */
void	 conf_parse_free(struct parse *);
int	 conf_push(struct parse *, const char *path, const struct where *);
int	 conf_push_text(struct parse *, const char *name, const char *,
	    size_t, enum readable);
/* --- confmem.c: memory of a parse; without any, conf_parse() fails ----- */
void	*conf_alloc(struct parse *, size_t);	/* zeroed; freed with p */
char	*conf_strndup(struct parse *, const char *, size_t);
char	*conf_dup(struct parse *, const char *);	/* for struct conf */
void	*conf_zalloc(struct parse *, size_t);
void	*conf_grow(struct parse *, void *, size_t n, size_t size);
void	 conf_append(struct parse *, struct strlist *, const char *);
void	 conf_pool_free(struct parse *);
int	 note_add(struct strlist *, const char *);
int	 note_printf(struct strlist *, const char *, ...)
	    __attribute__((format(printf, 2, 3)));
void	 strlist_free(struct strlist *);
/* --- conffile.c: one file, whole --------------------------------------- */
struct conf_file {
	char		*text;
	size_t		 len;
	enum readable	 readable;
};
int	 conf_slurp(const char *path, struct conf_file *, char *why, size_t);
int	 conf_istext(const char *, size_t, int *line, const char **why);
/* How many others can read this open file? */
enum readable conf_readable(int fd);
/* --- conf.c: parts of conf_free() -------------------------------------- */
void	 conf_rate_free(struct conf_rate *);
/* --- confcheck.c: what only the whole can tell ------------------------- */
int	 conf_finish(struct conf *);		/* defaults that depend */
void	 conf_check(struct parse *);
/* --- confsecret.c: every secret, in one fixed order ----------------------- */
typedef int (*secret_fn)(struct conf_secret *, const char *key, void *);
int	 conf_secrets(struct conf *, secret_fn, void *);
/* --- confload.c -------------------------------------------------------- */
/* Parses in this process and leaves p for a look at lines; NULL: errors. */
struct conf *conf_load_keep(struct parse *, const struct conf_opts *,
	    struct conf_notes *);
/* --- confcache.c: secrets of the environment already taken ------------- */
int	 conf_cached(const char *name);		/* memfd, or -1 */
int	 conf_cache_put(const char *name, int fd);
/* --- confjson.c -------------------------------------------------------- */
char	*conf_json(const char *, size_t, const char *name,
	    struct conf_notes *, struct jsonmap *);
void	 jsonmap_free(struct jsonmap *);
/* --- conffd.c: frames with a descriptor over a socket ------------------ */
int	 conffd_send(int, int kind, const void *, size_t, int fd);
int	 conffd_recv(int, int *kind, char **, size_t *, int *fd);

#endif
