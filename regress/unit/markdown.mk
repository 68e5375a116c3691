MARKDOWN = $(wildcard engines/relay/md/*.c)

t_markdown.SRCS = regress/unit/t_markdown.c regress/unit/mdcheck.c $(MARKDOWN)
t_markdown.LIBS = tc
t_markdown.PKGS = cmocka md4c
t_markdown.LDFLAGS = -Wl,--wrap=md_parse
$(eval $(call TEST,t_markdown))
