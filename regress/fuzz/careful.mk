fz_careful.SRCS = regress/fuzz/fz_careful.c $(addprefix engines/relay/ask/,\
	careful.c shellwords.c) telclauded/lib/util.c telclauded/lib/buf.c
fz_careful.PKGS = jansson
$(eval $(call FUZZ,fz_careful))
