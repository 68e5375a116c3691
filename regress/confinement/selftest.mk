# Sanitizers have no walls to leave out: not built with them.
ifndef SAN
# Programs with one layer left out, for selftest.t: what they call instead of
# the wall is put in by the linker.  The tests build them; nobody installs
# them.
comma	= ,
wraps	= $(addprefix -Wl$(comma)--wrap=,$(1))

sabparent.SRCS = telclauded/main.c telclauded/summary.c \
	regress/confinement/sabparent.c
sabparent.LIBS = $(telclauded.LIBS)
sabparent.PKGS = $(telclauded.PKGS)
sabparent.LDFLAGS = $(call wraps,selftest_begin_all spawn_engine \
	cage_seccomp prctl capng_apply capng_have_capabilities setresuid \
	getresuid setresgid unshare setns chroot fw_apply fwprobe cage_find \
	toolexec_clone toolview_call toollisten_child syscall \
	status_confined)
$(eval $(call TOOLPROG,sabparent))

# $(call SABOTAGED,program,engine,symbols)
define SABOTAGED
$(1).SRCS = $$($(2).SRCS) regress/confinement/sabengine.c
$(1).LIBS = $$($(2).LIBS)
$(1).PKGS = $$($(2).PKGS)
$(1).LDFLAGS = $$($(2).LDFLAGS) $$(call wraps,$(3))
$$(eval $$(call TOOLPROG,$(1)))
endef
$(eval $(call SABOTAGED,sab_audit_landlock,audit,selftest_asked cage_landlock))
$(eval $(call SABOTAGED,sab_audit_filter,audit,selftest_asked cage_seccomp))
$(eval $(call SABOTAGED,sab_audit_kill,audit,selftest_asked cage_find))
$(eval $(call SABOTAGED,sab_audit_like,audit,selftest_asked cage_soft))
$(eval $(call SABOTAGED,sab_audit_limit,audit,selftest_asked setrlimit))
$(eval $(call SABOTAGED,sab_tool_landlock,tool,cage_landlock_ports))
$(eval $(call SABOTAGED,sab_tool_filter,tool,cage_seccomp))
ifndef SAN
$(OBJ)/test/sab_tool_landlock $(OBJ)/test/sab_tool_filter: \
	LDHARD := $(filter-out -pie,$(LDHARD))
endif
endif
