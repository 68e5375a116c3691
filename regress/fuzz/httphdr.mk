fz_httphdr.SRCS = regress/fuzz/fz_httphdr.c engines/common/httphdr.c \
	engines/common/trust.c telclauded/lib/util.c telclauded/lib/buf.c \
	telclauded/lib/log.c
fz_httphdr.PKGS = libcurl libssl libcrypto libevent_core
$(eval $(call FUZZ,fz_httphdr))
