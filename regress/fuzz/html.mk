fz_html.SRCS = regress/fuzz/fz_html.c $(FETCH_HTML) \
	telclauded/lib/util.c telclauded/lib/buf.c
fz_html.PKGS = libcurl
$(eval $(call FUZZ,fz_html))
