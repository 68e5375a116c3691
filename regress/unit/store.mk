# The relay's store, and how a database is opened, migrated, copied, kept.
STORE.SRCS = regress/unit/store_world.c \
	$(addprefix engines/relay/,store/store.c store/storeupd.c \
	store/storeturn.c store/storeout.c \
	store/storeschema.c) $(wildcard engines/relay/state/store*.c) \
	$(patsubst %,engines/common/%.c,storedb storemake storecopy keepclock)
t_store.SRCS = regress/unit/t_store.c $(STORE.SRCS)
t_store.LIBS = tc
t_store.PKGS = cmocka sqlite3 libevent_core
$(eval $(call TEST,t_store))

# What can be wrong with the file.
t_storefault.SRCS = regress/unit/t_storefault.c $(STORE.SRCS)
t_storefault.LIBS = tc
t_storefault.PKGS = cmocka sqlite3 libevent_core
$(eval $(call TEST,t_storefault))

t_agentkeep.SRCS = regress/unit/t_agentkeep.c regress/unit/store_world.c \
	engines/agent/store.c \
	$(patsubst %,engines/common/%.c,storedb storemake storecopy)
t_agentkeep.LIBS = tc
t_agentkeep.PKGS = cmocka sqlite3 libevent_core
$(eval $(call TEST,t_agentkeep))
