fz_update.SRCS = regress/fuzz/fz_update.c engines/relay/tg/update.c \
	engines/relay/tg/updscan.c engines/relay/tg/updquote.c \
	engines/relay/files/attach.c engines/relay/tg/updfile.c \
	engines/relay/cmd/cmdtable.c \
	engines/relay/people/alike.c engines/relay/people/code.c \
	engines/relay/ask/action.c engines/relay/ask/visible.c \
	engines/relay/call/label.c engines/relay/turn/turntext.c \
	engines/relay/md/mdtext.c imsg/proc.c \
	telclauded/lib/util.c telclauded/lib/buf.c $(FZSCREEN)
fz_update.PKGS = jansson libpcre2-8
$(eval $(call FUZZ,fz_update))
