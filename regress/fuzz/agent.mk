fz_sse.SRCS = regress/fuzz/fz_sse.c engines/agent/sse.c \
	telclauded/lib/buf.c telclauded/lib/util.c
$(eval $(call FUZZ,fz_sse))

fz_stream.SRCS = regress/fuzz/fz_stream.c engines/agent/sse.c \
	engines/agent/reply.c engines/agent/content.c telclauded/lib/buf.c \
	telclauded/lib/util.c
fz_stream.PKGS = jansson
$(eval $(call FUZZ,fz_stream))
