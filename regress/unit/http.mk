t_http.SRCS = regress/unit/t_http.c regress/unit/tls_server.c
t_http.LIBS = tchttp tcimsg tc
t_http.PKGS = cmocka libcurl libssl libcrypto libevent_core
$(eval $(call TEST,t_http))
