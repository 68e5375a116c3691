fz_names.SRCS = regress/fuzz/fz_names.c parent/namepolicy.c \
	parent/nameaddr.c parent/nameprivate.c parent/url.c \
	telclauded/domains.c firewall/deny.c telclauded/lib/util.c \
	telclauded/lib/buf.c
$(eval $(call FUZZ,fz_names))
