t_egress.SRCS = regress/unit/t_egress.c $(egress.PURE)
t_egress.LIBS = tc
t_egress.PKGS = cmocka
$(eval $(call TEST,t_egress))

t_egressrun.SRCS = regress/unit/t_egressrun.c regress/unit/egress_world.c \
	regress/unit/egress_io.c
t_egressrun.LIBS = tcimsg tc
t_egressrun.PKGS = cmocka libevent_core
$(eval $(call TEST,t_egressrun))
$(OBJ)/test/t_egressrun: | $(OBJ)/libexec/egress

t_egresslimit.SRCS = regress/unit/t_egresslimit.c \
	regress/unit/egress_world.c regress/unit/egress_io.c
t_egresslimit.LIBS = tcimsg tc
t_egresslimit.PKGS = cmocka libevent_core
$(eval $(call TEST,t_egresslimit))
$(OBJ)/test/t_egresslimit: | $(OBJ)/libexec/egress
