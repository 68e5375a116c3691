fz_parent.SRCS = regress/fuzz/fz_parent.c parent/url.c parent/status.c \
	parent/sentinel.c telclauded/lib/util.c telclauded/lib/buf.c
$(eval $(call FUZZ,fz_parent))
