# The agent without its main() and, for whole turns, without its patience.
AGENT_SRCS = $(filter-out engines/agent/agent.c engines/agent/keep.c,$(agent.SRCS))

t_agent.SRCS = regress/unit/t_agent.c regress/unit/agent_world.c \
	regress/unit/request_check.c \
	$(filter-out engines/agent/backoff.c,$(AGENT_SRCS))
t_agent.LIBS = tcimsg tc
t_agent.PKGS = cmocka libevent_core sqlite3 jansson
$(eval $(call TEST,t_agent))

t_agentparts.SRCS = regress/unit/t_agentparts.c engines/agent/sse.c \
	engines/agent/reply.c engines/agent/content.c engines/agent/cost.c \
	engines/agent/estimate.c \
	engines/agent/backoff.c engines/agent/verdict.c \
	engines/agent/tools.c engines/agent/request.c engines/agent/prompt.c
t_agentparts.LIBS = tcimsg tc
t_agentparts.PKGS = cmocka jansson libevent_core
$(eval $(call TEST,t_agentparts))

t_agentreal.SRCS = regress/unit/t_agentreal.c regress/unit/agent_world.c \
	regress/unit/request_check.c \
	$(filter-out engines/agent/backoff.c,$(AGENT_SRCS))
t_agentreal.LIBS = tcimsg tc
t_agentreal.PKGS = cmocka libevent_core sqlite3 jansson
$(eval $(call TEST,t_agentreal))
$(OBJ)/test/t_agentreal: | $(OBJ)/libexec/agent

t_agentorder.SRCS = regress/unit/t_agentorder.c regress/unit/agent_world.c \
	regress/unit/request_check.c \
	$(filter-out engines/agent/backoff.c,$(AGENT_SRCS))
t_agentorder.LIBS = tcimsg tc
t_agentorder.PKGS = cmocka libevent_core sqlite3 jansson
$(eval $(call TEST,t_agentorder))

t_agentbounds.SRCS = regress/unit/t_agentbounds.c regress/unit/agent_world.c \
	regress/unit/request_check.c \
	$(filter-out engines/agent/backoff.c,$(AGENT_SRCS))
t_agentbounds.LIBS = tcimsg tc
t_agentbounds.PKGS = cmocka libevent_core sqlite3 jansson
$(eval $(call TEST,t_agentbounds))

t_agentcache.SRCS = regress/unit/t_agentcache.c regress/unit/agent_world.c \
	regress/unit/request_check.c regress/fakes/api_cache.c \
	$(filter-out engines/agent/backoff.c,$(AGENT_SRCS))
t_agentcache.LIBS = tcimsg tc
t_agentcache.PKGS = cmocka libevent_core sqlite3 jansson
$(eval $(call TEST,t_agentcache))
