t_audit.SRCS = regress/unit/t_audit.c engines/audit/line.c \
	engines/audit/redact.c engines/audit/chain.c engines/audit/seal.c
t_audit.LIBS = tc
t_audit.PKGS = cmocka libsodium jansson
$(eval $(call TEST,t_audit))
