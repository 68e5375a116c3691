t_selftest.SRCS = regress/unit/t_selftest.c parent/self/selfjudge.c
t_selftest.LIBS = tceng tcimsg tc
t_selftest.PKGS = cmocka libevent_core
$(eval $(call TEST,t_selftest))
