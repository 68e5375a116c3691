t_gate.SRCS = regress/unit/t_gate.c regress/unit/gate_world.c \
	regress/unit/tls_server.c
t_gate.LIBS = tcimsg tc
t_gate.PKGS = cmocka libssl libcrypto libevent_core
$(eval $(call TEST,t_gate))
$(OBJ)/test/t_gate: | $(OBJ)/libexec/gate
t_gateproxy.SRCS = regress/unit/t_gateproxy.c regress/unit/gate_client.c \
	regress/unit/gate_world.c regress/unit/tls_server.c
t_gateproxy.LIBS = tcimsg tc
t_gateproxy.PKGS = cmocka libssl libcrypto libevent_core
$(eval $(call TEST,t_gateproxy))
$(OBJ)/test/t_gateproxy: | $(OBJ)/libexec/gate
t_gatehostile.SRCS = regress/unit/t_gatehostile.c \
	regress/unit/gate_client.c regress/unit/gate_world.c \
	regress/unit/tls_server.c
t_gatehostile.LIBS = tcimsg tc
t_gatehostile.PKGS = cmocka libssl libcrypto libevent_core
$(eval $(call TEST,t_gatehostile))
$(OBJ)/test/t_gatehostile: | $(OBJ)/libexec/gate
