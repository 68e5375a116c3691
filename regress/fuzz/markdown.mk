fz_markdown.SRCS = regress/fuzz/fz_markdown.c regress/unit/mdcheck.c \
	$(wildcard engines/relay/md/*.c) \
	telclauded/lib/util.c telclauded/lib/buf.c
fz_markdown.PKGS = md4c
$(eval $(call FUZZ,fz_markdown))
