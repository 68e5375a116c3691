# telclauded: every target starts here; parts are in mk/ and in one short
# Makefile a directory.  A machine without make starts from mk/bootstrap.

OBJ	?= obj
include mk/config.mk
include mk/rules.mk

all:

include imsg/Makefile
include telclauded/lib/Makefile
include telclauded/Makefile
include telclauded/ctl/Makefile
include firewall/Makefile
include parent/Makefile
include engines/common/Makefile
include $(wildcard engines/[!c]*/Makefile)
include man/Makefile
include dist/Makefile
include $(wildcard regress/*/Makefile)
include regress/Makefile

all: $(PROGS) $(MANPAGES)

clean:
	rm -rf $(OBJ)

help:
	@echo "make           build into $(OBJ)"
	@echo "make install   PREFIX=$(PREFIX) DESTDIR="
	@echo "make uninstall"
	@echo "make regress   all tests (root)"
	@echo "make demo      the family against fakes, in namespaces of its own"
	@echo "make run       the real thing, foreground (root, two variables)"
	@echo "make bench fuzz lint clean"

.PHONY: all clean help
-include $(DEPS)
