FZCONF	= $(tcconf.SRCS) telclauded/lib/log.c telclauded/lib/util.c \
	telclauded/lib/buf.c telclauded/lib/secret.c telclauded/lib/pattern.c imsg/proc.c
fz_conf.SRCS = regress/fuzz/fz_conf.c $(FZCONF)
fz_conf.PKGS = libsodium libpcre2-8
$(eval $(call FUZZ,fz_conf))
fz_confjson.SRCS = regress/fuzz/fz_confjson.c $(FZCONF)
fz_confjson.PKGS = libsodium libpcre2-8
$(eval $(call FUZZ,fz_confjson))
