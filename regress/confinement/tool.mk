# The driver of tool.t and of the sandbox figures of regress/bench.
tooldrv.SRCS = regress/confinement/tooldrv.c \
	regress/confinement/toolbench.c engines/runner/parse.c \
	$(patsubst %,parent/tool%.c,conv exec fall ns paths spawn view)
tooldrv.LIBS = tcimsg tc
tooldrv.PKGS = jansson libevent_core
$(eval $(call TOOLPROG,tooldrv))

# A hostile program behind the tool's own walls.
toolprobe.SRCS = regress/confinement/toolprobe.c engines/tool/confine.c \
	engines/tool/frames.c
toolprobe.LIBS = tceng tcimsg tc
toolprobe.PKGS = jansson
$(eval $(call TOOLPROG,toolprobe))
