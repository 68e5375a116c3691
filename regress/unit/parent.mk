t_parent.SRCS = regress/unit/t_parent.c telclauded/summary.c
t_parent.LIBS = tcparent tcfw tcconf tceng tcimsg tc
t_parent.PKGS = cmocka libcap-ng libevent_core libnftnl libmnl jansson
$(eval $(call TEST,t_parent))
