TOOLSPAWN = $(patsubst %,parent/tool%.c,call cg conv env exec fall fork listen ns \
	open paths \
	scope spare spawn \
	view wipe) parent/cgroup.c

# The driver of tool.t.
tooldrv.SRCS = regress/confinement/tooldrv.c engines/runner/parse.c \
	$(TOOLSPAWN)
tooldrv.LIBS = tcimsg tc
tooldrv.PKGS = jansson libevent_core
$(eval $(call TOOLPROG,tooldrv))

# What the sandbox costs; run by regress/bench.
toolbench.SRCS = regress/confinement/toolbench.c $(TOOLSPAWN)
toolbench.LIBS = tcimsg tc
toolbench.PKGS = libevent_core
$(eval $(call TOOLPROG,toolbench))

# A hostile program behind the tool's own walls.
toolprobe.SRCS = regress/confinement/toolprobe.c engines/tool/confine.c \
	engines/tool/frames.c
toolprobe.LIBS = tceng tcimsg tc
toolprobe.PKGS = jansson
$(eval $(call TOOLPROG,toolprobe))
