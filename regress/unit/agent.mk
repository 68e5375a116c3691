# The agent without its main() and, for whole turns, without its patience.
AGENT_SRCS = $(filter-out engines/agent/agent.c,$(agent.SRCS))

t_agent.SRCS = regress/unit/t_agent.c regress/unit/agent_world.c \
	regress/unit/request_check.c \
	$(filter-out engines/agent/backoff.c,$(AGENT_SRCS))
t_agent.LIBS = tcimsg tc
t_agent.PKGS = cmocka libevent_core sqlite3 jansson
$(eval $(call TEST,t_agent))
