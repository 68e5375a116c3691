# Compiler, warnings, hardening.  CC=clang works; SAN=1 builds with ASan and
# UBSan and the cages off; TRACE=1 makes cages name the call they stop.

VERSION	= 0.1
PREFIX	?= /usr/local
DESTDIR	?=
SBINDIR	= $(PREFIX)/sbin
LIBEXEC	= $(PREFIX)/libexec/telclaude
MANDIR	= $(PREFIX)/share/man
EXAMPLEDIR = $(PREFIX)/share/telclaude
SYSCONFDIR ?= /etc/telclaude

ifeq ($(origin CC),default)
CC	= gcc
endif
AR	= gcc-ar
ifneq ($(findstring clang,$(CC)),)
AR	= ar
endif
BISON	?= bison
PKGCONF	?= pkg-config

WARN	= -Wall -Wextra -Werror -Wshadow -Wpointer-arith -Wcast-qual \
	  -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition \
	  -Wwrite-strings -Wundef -Wvla -Wformat=2 -Wimplicit-fallthrough \
	  -Wsign-compare -Wnull-dereference -Wno-missing-field-initializers
ifeq ($(findstring clang,$(CC)),)
WARN	+= -Wno-zero-length-bounds -Wlogical-op -Wduplicated-cond
endif

# FORTIFY needs optimisation; CET exists on x86 only.
HARDEN	= -fPIE -fstack-protector-strong -fstack-clash-protection \
	  -D_FORTIFY_SOURCE=3 -ftrivial-auto-var-init=zero
ifneq ($(findstring x86_64,$(shell $(CC) -dumpmachine)),)
HARDEN	+= -fcf-protection=full
endif
ifneq ($(findstring clang,$(CC)),)
HARDEN	+= -enable-trivial-auto-var-init-zero-knowing-it-will-be-removed-from-clang
endif
LDHARD	= -pie -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code \
	  -Wl,--as-needed -Wl,--gc-sections

CSTD	= -std=c17 -D_GNU_SOURCE
OPT	?= -O2 -g
ifdef SAN
HARDEN	= -fPIE -fsanitize=address,undefined -fno-sanitize-recover=undefined \
	  -fno-omit-frame-pointer -DTC_SANITIZE
LDHARD	= -pie -fsanitize=address,undefined
endif
ifdef TRACE
HARDEN	+= -DTC_CAGE_TRACE
endif
CFLAGS	= $(CSTD) $(OPT) $(WARN) $(HARDEN) -ffunction-sections \
	  -fdata-sections $(XCFLAGS)
CPPFLAGS = -I. -I$(OBJ) -DTC_VERSION='"$(VERSION)"' \
	  -DTC_LIBEXEC='"$(LIBEXEC)"' -DTC_SYSCONFDIR='"$(SYSCONFDIR)"'
LDFLAGS	= $(LDHARD) $(XLDFLAGS)

# A static program in an empty root has no use for the name service that parts
# of libevent and c-ares would ask; the linker would warn of it.
comma	= ,
STATICPIE = -static-pie $(if $(findstring --no-warnings,$(shell \
	ld --help)),-Wl$(comma)--no-warnings)
