t_parent.SRCS = regress/unit/t_parent.c telclauded/summary.c
t_parent.LIBS = tcparent tcfw tcconf tceng tcimsg tc
t_parent.PKGS = cmocka libcap-ng libevent_core libnftnl libmnl libpcre2-8 jansson
$(eval $(call TEST,t_parent))

t_platform.SRCS = regress/unit/t_platform.c parent/platweak.c \
	parent/tool/toolqueue.c
t_platform.LIBS = tcimsg tc
t_platform.PKGS = cmocka
$(eval $(call TEST,t_platform))

t_toolns.SRCS = regress/unit/t_toolns.c
t_toolns.LIBS = tcparent tcfw tcconf tceng tcimsg tc
t_toolns.PKGS = cmocka libcap-ng libevent_core libnftnl libmnl libpcre2-8 jansson
$(eval $(call TEST,t_toolns))
