t_trust.SRCS = regress/unit/t_trust.c
t_trust.LIBS = tchttp tcimsg tc
t_trust.PKGS = cmocka libcurl libssl libcrypto libevent_core
$(eval $(call TEST,t_trust))
