MARKDOWN = engines/relay/markdown.c engines/relay/mdent.c \
	engines/relay/mdfit.c engines/relay/mdtable.c engines/relay/mdtext.c

t_markdown.SRCS = regress/unit/t_markdown.c regress/unit/mdcheck.c $(MARKDOWN)
t_markdown.LIBS = tc
t_markdown.PKGS = cmocka md4c
t_markdown.LDFLAGS = -Wl,--wrap=md_parse
$(eval $(call TEST,t_markdown))
