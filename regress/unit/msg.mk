t_msg.SRCS = regress/unit/t_msg.c
t_msg.LIBS = tcimsg tc
t_msg.PKGS = cmocka libevent_core
$(eval $(call TEST,t_msg))

t_link.SRCS = regress/unit/t_link.c
t_link.LIBS = tcimsg tc
t_link.PKGS = cmocka libevent_core
$(eval $(call TEST,t_link))

t_lib.SRCS = regress/unit/t_lib.c
t_lib.LIBS = tcimsg tc
t_lib.PKGS = cmocka
$(eval $(call TEST,t_lib))
