# The output filter; fz_redact: in pieces as whole.
FZSCREEN = $(screen.PURE) telclauded/lib/pattern.c telclauded/lib/log.c
FZSCREENLIB = $(FZSCREEN) telclauded/lib/util.c telclauded/lib/buf.c
fz_filter.SRCS = regress/fuzz/fz_filter.c $(FZSCREENLIB)
fz_filter.PKGS = libpcre2-8
$(eval $(call FUZZ,fz_filter))
fz_redact.SRCS = regress/fuzz/fz_redact.c $(FZSCREENLIB)
fz_redact.PKGS = libpcre2-8
$(eval $(call FUZZ,fz_redact))
fz_observer.SRCS = regress/fuzz/fz_observer.c engines/relay/screen/answer.c \
	engines/relay/screen/lists.c \
	telclauded/lib/log.c telclauded/lib/text.c \
	telclauded/lib/util.c telclauded/lib/buf.c
fz_observer.PKGS = jansson libpcre2-8
$(eval $(call FUZZ,fz_observer))
