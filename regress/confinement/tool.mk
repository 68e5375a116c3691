# The part of the parent that makes tool processes, without who grants them.
TOOLSPAWN = $(filter-out $(patsubst %,parent/tool/tool%.c, \
	code door grant key queue steer twin),$(wildcard parent/tool/*.c)) \
	parent/asuser.c parent/cgroup.c parent/procfs.c

# The driver of tool.t.
tooldrv.SRCS = regress/confinement/tooldrv.c engines/runner/parse.c \
	$(TOOLSPAWN)
tooldrv.LIBS = tceng tcimsg tc
tooldrv.PKGS = jansson libevent_core
$(eval $(call TOOLPROG,tooldrv))

# What the sandbox costs; run by regress/bench.
toolbench.SRCS = regress/confinement/toolbench.c $(TOOLSPAWN)
toolbench.LIBS = tceng tcimsg tc
toolbench.PKGS = libevent_core
$(eval $(call TOOLPROG,toolbench))

# A hostile program behind the tool's own walls.
toolprobe.SRCS = regress/confinement/toolprobe.c engines/tool/confine.c \
	engines/tool/frames.c
toolprobe.LIBS = tceng tcimsg tc
toolprobe.PKGS = jansson
$(eval $(call TOOLPROG,toolprobe))

# A hostile shell behind them, for every tier, and a program with set-id bits.
toolshell.SRCS = regress/confinement/toolshell.c engines/tool/confine.c \
	engines/tool/frames.c
toolshell.LIBS = tceng tcimsg tc
toolshell.PKGS = jansson
$(eval $(call TOOLPROG,toolshell))
setid.SRCS = regress/confinement/setid.c
$(eval $(call TOOLPROG,setid))

# A kernel or container that lacks something; for platform.t.
without.SRCS = regress/confinement/without.c
without.PKGS = libseccomp
$(eval $(call TOOLPROG,without))

# What stands in for fetch, and tries its walls.
evilfetch.SRCS = regress/confinement/evilfetch.c engines/tool/fetch/wall.c
evilfetch.LIBS = tceng tcimsg tc
evilfetch.PKGS = libcurl
$(eval $(call TOOLPROG,evilfetch))
