fz_action.SRCS = regress/fuzz/fz_action.c $(addprefix engines/relay/,\
	ask/visible.c ask/action.c ask/cardtext.c) \
	telclauded/lib/util.c telclauded/lib/buf.c imsg/proc.c
fz_action.PKGS = jansson
$(eval $(call FUZZ,fz_action))
