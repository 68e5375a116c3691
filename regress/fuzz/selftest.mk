fz_selftest.SRCS = regress/fuzz/fz_selftest.c parent/self/selfjudge.c \
	engines/common/selfwant.c engines/common/selfword.c \
	telclauded/lib/util.c telclauded/lib/buf.c
$(eval $(call FUZZ,fz_selftest))
