t_conf.SRCS = regress/unit/t_conf.c
t_conf.LIBS = tcconf tcimsg tc
t_conf.PKGS = cmocka libsodium libpcre2-8
$(eval $(call TEST,t_conf))
