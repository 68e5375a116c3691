/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Names of kinds of files that Grep's `type' takes, with their patterns.
 */
#include <string.h>

#include "engines/tool/filetype.h"
#include "engines/tool/tool.h"

static const struct {
	const char	*name;
	const char	*patterns;	/* separated by spaces */
} types[] = {
	{ "asm", "*.asm *.s *.S" },
	{ "c", "*.c *.h *.H *.cats" },
	{ "config", "*.cfg *.conf *.config *.ini" },
	{ "cpp", "*.C *.cc *.cpp *.cxx *.c++ *.h *.hh *.hpp *.hxx *.inl" },
	{ "cs", "*.cs" },
	{ "css", "*.css *.scss" },
	{ "csv", "*.csv" },
	{ "dart", "*.dart" },
	{ "docker", "*Dockerfile*" },
	{ "elixir", "*.ex *.eex *.exs *.heex" },
	{ "erlang", "*.erl *.hrl" },
	{ "go", "*.go" },
	{ "haskell", "*.hs *.lhs" },
	{ "html", "*.html *.htm *.ejs" },
	{ "java", "*.java *.jsp *.properties" },
	{ "js", "*.js *.jsx *.mjs *.cjs *.vue" },
	{ "json", "*.json *.sarif composer.lock" },
	{ "kotlin", "*.kt *.kts" },
	{ "lua", "*.lua" },
	{ "make", "Makefile makefile GNUmakefile *.mk *.mak" },
	{ "markdown", "*.md *.markdown *.mdx" },
	{ "md", "*.md *.markdown *.mdx" },
	{ "perl", "*.pl *.pm *.PL *.t" },
	{ "php", "*.php *.phtml" },
	{ "py", "*.py *.pyi" },
	{ "python", "*.py *.pyi" },
	{ "ruby", "*.rb *.gemspec Gemfile Rakefile config.ru" },
	{ "rust", "*.rs" },
	{ "scala", "*.scala *.sbt" },
	{ "sh", "*.sh *.bash *.zsh *.ksh .bashrc .profile" },
	{ "sql", "*.sql *.psql" },
	{ "svelte", "*.svelte" },
	{ "swift", "*.swift" },
	{ "tex", "*.tex *.ltx *.cls *.sty *.bib" },
	{ "toml", "*.toml Cargo.lock" },
	{ "ts", "*.ts *.tsx *.cts *.mts" },
	{ "typescript", "*.ts *.tsx *.cts *.mts" },
	{ "txt", "*.txt" },
	{ "vue", "*.vue" },
	{ "xml", "*.xml *.xsd *.xsl *.xslt *.rng *.dtd" },
	{ "yaml", "*.yaml *.yml" },
	{ "zig", "*.zig" },
};

int
filetype_known(const char *name)
{
	size_t i;

	for (i = 0; i < NELEM(types); i++)
		if (strcmp(types[i].name, name) == 0)
			return ((int)i);
	return (-1);
}

int
filetype_match(int type, const char *base)
{
	const char *p = types[type].patterns;
	char one[32];
	size_t n;

	while (*p != '\0') {
		n = strcspn(p, " ");
		if (str_format(one, sizeof(one), "%.*s", (int)n, p) == 0 &&
		    match_path(one, base))
			return (1);
		p += n + strspn(p + n, " ");
	}
	return (0);
}
