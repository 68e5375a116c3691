# The filter without the relay.
t_screen.SRCS = regress/unit/t_screen.c $(screen.PURE)
t_screen.LIBS = tcimsg tc
t_screen.PKGS = cmocka libpcre2-8
$(eval $(call TEST,t_screen))
t_screenin.SRCS = regress/unit/t_screenin.c $(screen.PURE) \
	$(addprefix engines/relay/,screen/answer.c screen/lists.c \
	screen/breaker.c)
t_screenin.LIBS = tcimsg tc
t_screenin.PKGS = cmocka jansson libpcre2-8
$(eval $(call TEST,t_screenin))
