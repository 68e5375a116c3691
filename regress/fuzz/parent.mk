fz_parent.SRCS = regress/fuzz/fz_parent.c parent/names/url.c parent/status.c \
	parent/fw/sentinel.c parent/caps.c parent/procfs.c telclauded/lib/util.c \
	telclauded/lib/buf.c
fz_parent.PKGS = libcap-ng
$(eval $(call FUZZ,fz_parent))
