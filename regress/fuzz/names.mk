fz_names.SRCS = regress/fuzz/fz_names.c parent/names/namepolicy.c \
	parent/names/nameaddr.c parent/names/nameprivate.c parent/names/url.c \
	telclauded/domains.c firewall/deny.c telclauded/lib/util.c \
	telclauded/lib/buf.c
$(eval $(call FUZZ,fz_names))
