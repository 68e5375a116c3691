# The hostile agent of hostile.t.
evilagent.SRCS = $(patsubst %,regress/confinement/%.c,evilagent evilmsg evilsys)
evilagent.LIBS = tceng tcimsg tc
evilagent.PKGS = libevent_core
$(eval $(call TOOLPROG,evilagent))
