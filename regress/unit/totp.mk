t_totp.SRCS = regress/unit/t_totp.c engines/totp/check.c \
	engines/totp/store.c engines/totp/seal.c engines/totp/file.c \
	engines/totp/otp.c
t_totp.LIBS = tc
t_totp.PKGS = cmocka libsodium liboath
$(eval $(call TEST,t_totp))
