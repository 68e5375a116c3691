# Templates.  A directory's Makefile sets NAME.SRCS (paths from the top),
# NAME.LIBS (our archives), NAME.PKGS (pkg-config names), NAME.CFLAGS and
# calls one of them:
#   $(eval $(call LIB,name))	 $(OBJ)/lib/libname.a
#   $(eval $(call PROG,name))	 $(OBJ)/bin/name, installed to sbin
#   $(eval $(call ENGINE,name))	 $(OBJ)/libexec/name
#   $(eval $(call TEST,name))	 $(OBJ)/test/name, run by `make unit'
#   $(eval $(call TOOLPROG,name)) $(OBJ)/test/name, built with the tests only
#   $(eval $(call HOSTPROG,name)) $(OBJ)/host/name, run during the build

# V=1 shows whole commands.
say	= $(if $(V),,@echo "  $(1) $(2)"; )

.SUFFIXES:
.DELETE_ON_ERROR:
DEPS	=
PROGS	=
SBIN	=
LIBEXECS =
TESTS	=
TESTPROGS =
MANPAGES =

objs	= $(patsubst %.c,$(OBJ)/%.o,$(filter-out $(OBJ)/%,$(1))) \
	  $(patsubst $(OBJ)/%.c,$(OBJ)/gen/%.o,$(filter $(OBJ)/%,$(1)))
pkgcf	= $(if $(1),$(shell $(PKGCONF) --cflags $(1)))
pkgld	= $(if $(1),$(shell $(PKGCONF) --libs $(1)))

$(OBJ)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,cc,$<)$(CC) $(CPPFLAGS) $(CFLAGS) $(XPKG) -MMD -MP -c -o $@ $<
$(OBJ)/gen/%.o: $(OBJ)/%.c
	@mkdir -p $(@D)
	$(call say,cc,$<)$(CC) $(CPPFLAGS) $(CFLAGS) $(XPKG) -MMD -MP -c -o $@ $<

define COMMON
DEPS	+= $$(patsubst %.o,%.d,$$(call objs,$$($(1).SRCS)))
$$(call objs,$$($(1).SRCS)): XPKG += $$($(1).CFLAGS)
endef

define LIB
$(call COMMON,$(1))
$$(OBJ)/lib/lib$(1).a: $$(call objs,$$($(1).SRCS))
	@mkdir -p $$(@D)
	@rm -f $$@
	$$(call say,ar,$$@)$$(AR) rcs $$@ $$^
endef

define LINKED
$(call COMMON,$(1))
$(2)/$(1): $$(call objs,$$($(1).SRCS)) \
    $$(patsubst %,$$(OBJ)/lib/lib%.a,$$($(1).LIBS))
	@mkdir -p $$(@D)
	$$(call say,ld,$$@)$$(CC) $$(CFLAGS) $$(LDFLAGS) $$($(1).LDFLAGS) -o $$@ \
	    $$(call objs,$$($(1).SRCS)) \
	    $$(patsubst %,$$(OBJ)/lib/lib%.a,$$($(1).LIBS)) \
	    $$(call pkgld,$$($(1).PKGS)) $$($(1).LDLIBS)
endef

define PROG
$(call LINKED,$(1),$$(OBJ)/bin)
PROGS	+= $$(OBJ)/bin/$(1)
SBIN	+= $$(OBJ)/bin/$(1)
endef
define ENGINE
$(call LINKED,$(1),$$(OBJ)/libexec)
PROGS	+= $$(OBJ)/libexec/$(1)
LIBEXECS += $$(OBJ)/libexec/$(1)
endef
define TEST
$(call LINKED,$(1),$$(OBJ)/test)
TESTS	+= $$(OBJ)/test/$(1)
endef
define TOOLPROG
$(call LINKED,$(1),$$(OBJ)/test)
TESTPROGS += $$(OBJ)/test/$(1)
endef
define HOSTPROG
$(call LINKED,$(1),$$(OBJ)/host)
endef

# $(eval $(call FUZZ,fz_name)): NAME.SRCS are all C sources, compiled at once
# with libFuzzer and both sanitizers; corpus in regress/fuzz/corpus/name.
FUZZERS	=
FUZZCC	?= clang
define FUZZ
$$(OBJ)/fuzz/$(1): $$($(1).SRCS) $$(wildcard imsg/*.def)
	@mkdir -p $$(@D)
	$$(call say,fuzz,$$@)$$(FUZZCC) $$(CPPFLAGS) $$(CSTD) -g -O1 -DTC_SANITIZE -DTC_FUZZ \
	    -fsanitize=fuzzer,address,undefined \
	    -fno-sanitize-recover=undefined -o $$@ $$($(1).SRCS) \
	    $$(call pkgcf,$$($(1).PKGS)) $$(call pkgld,$$($(1).PKGS))
FUZZERS	+= $$(OBJ)/fuzz/$(1)
endef
