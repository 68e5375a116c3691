# The hostile agent of hostile*.t.
evilagent.SRCS = $(patsubst %,regress/confinement/%.c,evilagent evilmsg evilsys)
evilagent.LIBS = tceng tcimsg tc
evilagent.PKGS = libevent_core
$(eval $(call TOOLPROG,evilagent))

# The hostile runner of hostilerun.t.
evilrunner.SRCS = $(patsubst %,regress/confinement/%.c,evilrunner evilmsg evilsys)
evilrunner.LIBS = tceng tcimsg tc
evilrunner.PKGS = libevent_core
$(eval $(call TOOLPROG,evilrunner))

# The hostile tool of hostiletool.t; static, as the real one is.
eviltool.SRCS = regress/confinement/eviltool.c engines/tool/confine.c \
	engines/tool/selftest.c
eviltool.LIBS = tceng tcimsg tc
eviltool.PKGS = jansson
ifndef SAN
eviltool.LDFLAGS = -static-pie
$(OBJ)/test/eviltool: LDHARD := $(filter-out -pie,$(LDHARD))
endif
$(eval $(call TOOLPROG,eviltool))

# The hostile relay, egress and gate of hostilenet.t and hostilerelay.t.
evilengine.SRCS = $(patsubst %,regress/confinement/%.c,evilengine evilmsg evilsys \
	evilact)
evilengine.LIBS = tceng tcimsg tc
evilengine.PKGS = libevent_core
$(eval $(call TOOLPROG,evilengine))
