# Sanitizers have no walls to leave out: not built with them.
ifndef SAN
# The doubles of layers.t, each without one of its own layers, or with all;
# of engines also static ones, for an empty root.
# $(call LAYENGINE,program,symbols,flags) $(call LAYTOOL,program,symbols)
laywraps = $(foreach s,$(1),-Wl,--wrap=$(s))
define LAYENGINE
$(1).SRCS = $$(patsubst %,regress/confinement/%.c,evilengine evilmsg evilsys \
	evilact layhole)
$(1).LIBS = tceng tcimsg tc
$(1).PKGS = libevent_core
$(1).LDFLAGS = $$(call laywraps,selftest_asked cage_find $(2)) $(3)
$$(eval $$(call TOOLPROG,$(1)))
endef
LAYSTATIC = $(if $(SAN),,$(STATICPIE))
$(eval $(call LAYENGINE,lay_whole))
$(eval $(call LAYENGINE,lay_filter,cage_seccomp))
$(eval $(call LAYENGINE,lay_landlock,cage_landlock))
$(eval $(call LAYENGINE,lays_whole,,$(LAYSTATIC)))
$(eval $(call LAYENGINE,lays_filter,cage_seccomp,$(LAYSTATIC)))
$(eval $(call LAYENGINE,lays_landlock,cage_landlock,$(LAYSTATIC)))

define LAYTOOL
$(1).SRCS = $$(patsubst %,regress/confinement/%.c,laytool evilact layhole) \
	engines/tool/confine.c engines/tool/selftest.c
$(1).LIBS = tceng tcimsg tc
$(1).LDFLAGS = $$(call laywraps,$(2)) $(if $(SAN),,-static-pie)
$$(eval $$(call TOOLPROG,$(1)))
endef
$(eval $(call LAYTOOL,laytool_whole))
$(eval $(call LAYTOOL,laytool_filter,cage_seccomp))
$(eval $(call LAYTOOL,laytool_landlock,cage_landlock_ports))
ifndef SAN
$(foreach d,lays laytool,$(patsubst %,$(OBJ)/test/$(d)_%,whole filter \
    landlock)): \
	LDHARD := $(filter-out -pie,$(LDHARD))
endif
endif
