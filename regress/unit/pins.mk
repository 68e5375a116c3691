t_pins.SRCS = regress/unit/t_pins.c
t_pins.LIBS = tcparent tcfw tcconf tceng tcimsg tc
t_pins.PKGS = cmocka libcap-ng libevent_core libnftnl libmnl libpcre2-8
$(eval $(call TEST,t_pins))
