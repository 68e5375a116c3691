t_update.SRCS = regress/unit/t_update.c engines/relay/tg/update.c \
	engines/relay/tg/updquote.c \
	engines/relay/tg/updscan.c engines/relay/files/attach.c \
	engines/relay/tg/updfile.c
t_update.LIBS = tc
t_update.PKGS = cmocka jansson
$(eval $(call TEST,t_update))

t_files.SRCS = regress/unit/t_files.c $(addprefix engines/relay/files/,\
	attach.c sniff.c)
t_files.LIBS = tc
t_files.PKGS = cmocka jansson
$(eval $(call TEST,t_files))

t_relayrules.SRCS = regress/unit/t_relayrules.c $(addprefix engines/relay/,\
	access.c tg/apijudge.c tg/backoff.c out/boxbody.c out/boxrule.c \
	cmd/cmdtable.c call/label.c \
	map.c face/sched.c turn/turnfsm.c turn/turntext.c \
	people/names.c people/factors.c \
	people/alike.c people/code.c face/live.c face/reactrule.c \
	ask/action.c ask/visible.c \
	face/draft.c face/help.c) \
	$(wildcard engines/relay/md/*.c) $(screen.PURE)
t_relayrules.LIBS = tchttp tcimsg tc
t_relayrules.PKGS = cmocka jansson md4c libpcre2-8 libcurl libssl \
	libcrypto libevent_core
$(eval $(call TEST,t_relayrules))

t_outbox.SRCS = regress/unit/t_outbox.c $(addprefix engines/relay/,\
	out/outbox.c out/outboxio.c out/outsay.c out/boxbody.c out/boxrule.c \
	tg/backoff.c map.c \
	store/store.c store/storeupd.c store/storeturn.c store/storeout.c \
	store/storeschema.c \
	people/names.c face/draft.c face/storeface.c \
	state/storecopied.c out/boxfile.c files/send.c files/attach.c \
	files/dirs.c) $(patsubst %,engines/common/%.c,\
	storedb storemake storecopy) \
	$(wildcard engines/relay/md/*.c) $(screen.PURE)
t_outbox.LIBS = tcimsg tc
t_outbox.PKGS = cmocka sqlite3 jansson md4c libpcre2-8 libevent_core
$(eval $(call TEST,t_outbox))

t_poll.SRCS = regress/unit/t_poll.c regress/unit/relay_main.c \
	$(addprefix engines/relay/,tg/poll.c \
	tg/backoff.c tg/update.c tg/updquote.c tg/updscan.c store/store.c \
	store/storeupd.c store/storeturn.c store/storeschema.c \
	face/storeface.c state/storecopied.c money/ledger.c files/attach.c \
	tg/updfile.c) \
	$(patsubst %,engines/common/%.c,storedb storemake storecopy)
t_poll.LIBS = tcimsg tc
t_poll.PKGS = cmocka sqlite3 jansson libevent_core
t_poll.LDFLAGS = -Wl,--wrap=msg_send_POLL_STATE
$(eval $(call TEST,t_poll))

t_people.SRCS = regress/unit/t_people.c $(addprefix engines/relay/,access.c \
	cmd/cmdtable.c map.c people/names.c people/factors.c people/alike.c \
	people/code.c)
t_people.LIBS = tcimsg tc
t_people.PKGS = cmocka libevent_core
$(eval $(call TEST,t_people))

# The relay without its main(), its poll and its network.
relay_world = regress/unit/relay_world.c regress/unit/relay_seen.c \
	regress/unit/relay_main.c \
	$(filter-out engines/relay/relay.c engines/relay/tg/api.c \
	engines/relay/tg/poll.c engines/relay/slice.c engines/relay/cmd/ctl.c,\
	$(relay.SRCS))

t_relay.SRCS = regress/unit/t_relay.c $(relay_world)
t_relay.LIBS = tchttp tcimsg tc
t_relay.PKGS = cmocka $(relay.PKGS)
$(eval $(call TEST,t_relay))

t_queue.SRCS = regress/unit/t_queue.c $(relay_world)
t_queue.LIBS = $(t_relay.LIBS)
t_queue.PKGS = $(t_relay.PKGS)
$(eval $(call TEST,t_queue))

t_relaylinks.SRCS = regress/unit/t_relaylinks.c $(relay_world)
t_relaylinks.LIBS = tchttp tcimsg tc
t_relaylinks.PKGS = cmocka $(relay.PKGS)
$(eval $(call TEST,t_relaylinks))

t_relaypeople.SRCS = regress/unit/t_relaypeople.c $(relay_world)
t_relaypeople.LIBS = tchttp tcimsg tc
t_relaypeople.PKGS = cmocka $(relay.PKGS)
$(eval $(call TEST,t_relaypeople))

t_ask.SRCS = regress/unit/t_ask.c $(addprefix engines/relay/,\
	ask/visible.c ask/action.c ask/cardtext.c)
t_ask.LIBS = tcimsg tc
t_ask.PKGS = cmocka jansson
$(eval $(call TEST,t_ask))

t_careful.SRCS = regress/unit/t_careful.c $(addprefix engines/relay/ask/,\
	careful.c shellwords.c)
t_careful.LIBS = tcimsg tc
t_careful.PKGS = cmocka jansson
$(eval $(call TEST,t_careful))

t_askrun.SRCS = regress/unit/t_askrun.c $(relay_world)
t_askrun.LIBS = $(t_relay.LIBS)
t_askrun.PKGS = $(t_relay.PKGS)
t_askrun.LDFLAGS = -Wl,--wrap=now_ms,--wrap=wall_ms
$(eval $(call TEST,t_askrun))

t_request.SRCS = regress/unit/t_request.c $(relay_world)
t_request.LIBS = $(t_relay.LIBS)
t_request.PKGS = $(t_relay.PKGS)
t_request.LDFLAGS = $(t_askrun.LDFLAGS)
$(eval $(call TEST,t_request))

t_askpress.SRCS = regress/unit/t_askpress.c $(relay_world)
t_askpress.LIBS = $(t_relay.LIBS)
t_askpress.PKGS = $(t_relay.PKGS)
$(eval $(call TEST,t_askpress))

t_money.SRCS = regress/unit/t_money.c $(relay_world)
t_money.LIBS = $(t_relay.LIBS)
t_money.PKGS = $(t_relay.PKGS)
$(eval $(call TEST,t_money))

t_face.SRCS = regress/unit/t_face.c $(relay_world)
t_face.LIBS = $(t_relay.LIBS)
t_face.PKGS = $(t_relay.PKGS)
$(eval $(call TEST,t_face))

t_relayfiles.SRCS = regress/unit/t_relayfiles.c $(relay_world)
t_relayfiles.LIBS = $(t_relay.LIBS)
t_relayfiles.PKGS = $(t_relay.PKGS)
t_relayfiles.LDFLAGS = \
	-Wl,--wrap=wall_ms,--wrap=turn_save,--wrap=fsync,--wrap=collectio_step
$(eval $(call TEST,t_relayfiles))
