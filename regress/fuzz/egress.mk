fz_hello.SRCS = regress/fuzz/fz_hello.c engines/egress/hello.c
$(eval $(call FUZZ,fz_hello))

fz_proxyhead.SRCS = regress/fuzz/fz_proxyhead.c engines/egress/head.c \
	engines/egress/field.c engines/egress/host.c \
	telclauded/lib/util.c telclauded/lib/buf.c
$(eval $(call FUZZ,fz_proxyhead))

fz_proxybody.SRCS = regress/fuzz/fz_proxybody.c engines/egress/body.c
$(eval $(call FUZZ,fz_proxybody))
