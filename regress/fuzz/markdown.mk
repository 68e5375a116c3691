fz_markdown.SRCS = regress/fuzz/fz_markdown.c regress/unit/mdcheck.c \
	engines/relay/markdown.c engines/relay/mdent.c engines/relay/mdfit.c \
	engines/relay/mdtable.c engines/relay/mdtext.c \
	telclauded/lib/util.c telclauded/lib/buf.c
fz_markdown.PKGS = md4c
$(eval $(call FUZZ,fz_markdown))
