t_audit.SRCS = regress/unit/t_audit.c $(addprefix engines/audit/, \
	budget.c line.c redact.c chain.c seal.c)
t_audit.LIBS = tc
t_audit.PKGS = cmocka libsodium jansson
$(eval $(call TEST,t_audit))
t_auditfile.SRCS = regress/unit/t_auditfile.c $(addprefix engines/audit/, \
	file.c keep.c line.c redact.c chain.c seal.c walk.c)
t_auditfile.LIBS = tc
t_auditfile.PKGS = cmocka libevent_core libsodium jansson
$(eval $(call TEST,t_auditfile))
