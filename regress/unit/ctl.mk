t_tar.SRCS = regress/unit/t_tar.c telclauded/ctl/tar.c
t_tar.LIBS = tc
t_tar.PKGS = cmocka
$(eval $(call TEST,t_tar))
