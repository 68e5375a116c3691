t_gate.SRCS = regress/unit/t_gate.c regress/unit/tls_server.c
t_gate.LIBS = tcimsg tc
t_gate.PKGS = cmocka libssl libcrypto libevent_core
$(eval $(call TEST,t_gate))
$(OBJ)/test/t_gate: | $(OBJ)/libexec/gate
