fz_totpfile.SRCS = regress/fuzz/fz_totpfile.c engines/totp/file.c
$(eval $(call FUZZ,fz_totpfile))

fz_totpimport.SRCS = regress/fuzz/fz_totpimport.c $(filter-out \
	engines/totp/totp.c engines/totp/admin.c engines/totp/check.c,\
	$(totp.SRCS)) telclauded/lib/util.c telclauded/lib/buf.c \
	telclauded/lib/secret.c
fz_totpimport.PKGS = libsodium liboath nettle jansson
$(eval $(call FUZZ,fz_totpimport))

fz_audit.SRCS = regress/fuzz/fz_audit.c $(addprefix engines/audit/,chain.c \
	walk.c seal.c line.c redact.c) $(addprefix telclauded/lib/,util.c \
	buf.c text.c)
fz_audit.PKGS = libsodium
$(eval $(call FUZZ,fz_audit))

fz_answer.SRCS = regress/fuzz/fz_answer.c engines/resolver/answer.c
fz_answer.PKGS = libcares
$(eval $(call FUZZ,fz_answer))
