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

# The relay's side of it.
t_relaytotp.SRCS = regress/unit/t_relaytotp.c $(filter-out \
	regress/unit/t_relay.c,$(t_relay.SRCS))
t_relaytotp.LIBS = $(t_relay.LIBS)
t_relaytotp.PKGS = $(t_relay.PKGS)
$(eval $(call TEST,t_relaytotp))
