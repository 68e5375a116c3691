t_net.SRCS = regress/unit/t_net.c engines/resolver/answer.c
t_net.LIBS = tcfw tc
t_net.PKGS = cmocka libcares libnftnl libmnl
$(eval $(call TEST,t_net))
