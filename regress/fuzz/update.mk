fz_update.SRCS = regress/fuzz/fz_update.c engines/relay/update.c \
	engines/relay/updscan.c engines/relay/updquote.c \
	engines/relay/files/attach.c engines/relay/files/updfile.c \
	engines/relay/cmdtable.c \
	engines/relay/people/alike.c engines/relay/people/code.c \
	engines/relay/ask/action.c engines/relay/ask/visible.c \
	engines/relay/label.c engines/relay/turntext.c \
	engines/relay/mdtext.c imsg/proc.c \
	telclauded/lib/util.c telclauded/lib/buf.c $(FZSCREEN)
fz_update.PKGS = jansson libpcre2-8
$(eval $(call FUZZ,fz_update))
