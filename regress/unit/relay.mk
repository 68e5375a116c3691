t_update.SRCS = regress/unit/t_update.c engines/relay/update.c \
	engines/relay/updscan.c
t_update.LIBS = tc
t_update.PKGS = cmocka jansson
$(eval $(call TEST,t_update))

t_relayrules.SRCS = regress/unit/t_relayrules.c $(addprefix engines/relay/,\
	access.c apijudge.c backoff.c boxbody.c boxrule.c cmdtable.c label.c \
	map.c sched.c turnfsm.c turntext.c updscan.c) \
	$(wildcard engines/relay/markdown.c engines/relay/md*.c)
t_relayrules.LIBS = tchttp tcimsg tc
t_relayrules.PKGS = cmocka jansson md4c libcurl libssl libcrypto libevent_core
$(eval $(call TEST,t_relayrules))
