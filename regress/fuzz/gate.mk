fz_httpreq.SRCS = regress/fuzz/fz_httpreq.c engines/common/httpreq.c \
	engines/gate/phead.c telclauded/lib/util.c telclauded/lib/buf.c
fz_httpreq.PKGS = libevent_core
$(eval $(call FUZZ,fz_httpreq))
fz_jscan.SRCS = regress/fuzz/fz_jscan.c engines/gate/jscan.c \
	engines/gate/bodyscan.c engines/gate/usage.c telclauded/lib/util.c \
	telclauded/lib/buf.c
fz_jscan.PKGS = jansson
$(eval $(call FUZZ,fz_jscan))
