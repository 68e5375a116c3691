fz_frame.SRCS = regress/fuzz/fz_frame.c engines/runner/parse.c
$(eval $(call FUZZ,fz_frame))

fz_ignore.SRCS = regress/fuzz/fz_ignore.c engines/tool/gitignore.c \
	engines/tool/match.c
$(eval $(call FUZZ,fz_ignore))
