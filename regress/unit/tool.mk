# The tools without their walls, each call in a child.
TOOL_SRCS = $(filter-out %/tool.c %/confine.c,$(tool.SRCS))

t_tool.SRCS = regress/unit/t_tool.c regress/unit/tool_world.c \
	engines/runner/parse.c $(TOOL_SRCS)
t_tool.LIBS = tcimsg tc
t_tool.PKGS = cmocka jansson libpcre2-8
$(eval $(call TEST,t_tool))
