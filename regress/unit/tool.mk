# The tools without their walls, each call in a child.
TOOL_SRCS = $(filter-out %/tool.c %/confine.c %/selftest.c,$(tool.SRCS))

t_tool.SRCS = regress/unit/t_tool.c regress/unit/tool_world.c \
	engines/runner/parse.c $(TOOL_SRCS)
t_tool.LIBS = tcimsg tc
t_tool.PKGS = cmocka jansson libpcre2-8
$(eval $(call TEST,t_tool))

t_runner.SRCS = regress/unit/t_runner.c engines/runner/rjob.c \
	engines/runner/parse.c
t_runner.LIBS = tcimsg tc
t_runner.PKGS = cmocka libevent_core
$(eval $(call TEST,t_runner))

t_fetch.SRCS = regress/unit/t_fetch.c $(FETCH_HTML)
t_fetch.LIBS = tc
t_fetch.PKGS = cmocka libcurl
$(eval $(call TEST,t_fetch))
