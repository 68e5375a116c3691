t_names.SRCS = regress/unit/t_names.c
t_names.LIBS = tcparent tcfw tcconf tceng tcimsg tc
t_names.PKGS = cmocka libcap-ng libevent_core libnftnl libmnl libpcre2-8
$(eval $(call TEST,t_names))
