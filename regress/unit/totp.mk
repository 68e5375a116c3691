TOTP_PARTS = $(filter-out engines/totp/totp.c engines/totp/admin.c,\
	$(totp.SRCS))
t_totp.SRCS = regress/unit/t_totp.c $(TOTP_PARTS)
t_totp.LIBS = tc
t_totp.PKGS = cmocka libsodium liboath nettle jansson
$(eval $(call TEST,t_totp))

t_totpimport.SRCS = regress/unit/t_totpimport.c $(TOTP_PARTS)
t_totpimport.LIBS = tc
t_totpimport.PKGS = $(t_totp.PKGS)
$(eval $(call TEST,t_totpimport))
