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
t_gatepure.SRCS = regress/unit/t_gatepure.c engines/gate/jscan.c \
	engines/gate/bodyscan.c engines/gate/usage.c engines/gate/cost.c \
	engines/gate/limit.c
t_gatepure.LIBS = tceng tcimsg tc
t_gatepure.PKGS = cmocka libevent_core
$(eval $(call TEST,t_gatepure))
