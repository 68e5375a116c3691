fz_imsg.SRCS = regress/fuzz/fz_imsg.c imsg/msg.c imsg/link.c imsg/linkio.c imsg/stream.c \
	imsg/proc.c telclauded/lib/log.c telclauded/lib/util.c \
	telclauded/lib/buf.c
fz_imsg.PKGS = libevent_core
$(eval $(call FUZZ,fz_imsg))
