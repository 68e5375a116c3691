#!/bin/sh
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# The real resolver in its cage, behind the firewall, against a real name
# server in a namespace of its own.
. "$(dirname "$0")/lib.sh"
command -v dnsmasq > /dev/null || skip_all "needs dnsmasq"
own_net
internet
NE_NOTFOUND=2 NE_SERVERS=3 NE_BUSY=5

big=
i=1
while [ $i -le 120 ]; do
	big="$big --host-record=big.test,10.7.0.$i"
	i=$((i + 1))
done
# shellcheck disable=SC2086
serve "$work/dnsmasq.log" dnsmasq --no-daemon --no-resolv --no-hosts --conf-file=/dev/null \
    --user=root --pid-file= --bind-interfaces --listen-address=192.0.2.53 \
    --local=/test/ --address=/ignored.test/ --local-ttl=120 \
    --host-record=plain.test,198.51.100.7,2001:db8::7,120 \
    --host-record=four.test,198.51.100.7,7 \
    --host-record=six.test,2001:db8::7,99999 \
    --host-record=target.test,198.51.100.8,900 \
    --cname=middle.test,target.test,45 --cname=alias.test,middle.test,700 \
    $big
serve "$work/serve" "$OBJ/test/probe" 0 noise 198.51.100.8 53
while ! grep -q serving "$work/serve"; do sleep 0.01; done
i=0
while ! grep -q started "$work/dnsmasq.log" && [ $i -lt 200 ]; do
	sleep 0.02
	i=$((i + 1))
done

cat > "$work/rules" <<'EOF'
uid resolver 4903 dns
ns 192.0.2.53
ns 192.0.2.99
ns 198.51.100.8
apply
EOF
fw_start "$work/rules"
is "$(fw verify)" 1 "the firewall stands"

drive 4903 "$OBJ/libexec/resolver"
d dns 192.0.2.53 > /dev/null
is "$(d begin)" ok "the resolver starts"
is "$(d resolve plain.test)" "err 0 ttl 120 n 2 198.51.100.7 2001:db8::7" \
    "A and AAAA, merged"
is "$(d resolve four.test)" "err 0 ttl 30 n 1 198.51.100.7" \
    "a short life is lengthened to 30 s"
is "$(d resolve six.test)" "err 0 ttl 3600 n 1 2001:db8::7" \
    "a long one is cut to an hour"
is "$(d resolve alias.test)" "err 0 ttl 45 n 1 198.51.100.8" \
    "the least of a chain of aliases counts"
is "$(d resolve big.test)" "err 0 ttl 120 n 32" \
    "a truncated answer comes by TCP, and is bounded"
is "$(d resolve missing.test)" "err $NE_NOTFOUND ttl 30 n 0" "no such name"
for n in 198.51.100.7 a..b -x.test 'x_y.test.' "$(printf %064d 0).test" \
    'a;b.test' 'ä.test'; do
	is "$(d resolve "$n")" "err $NE_NOTFOUND ttl 30 n 0" "no name: $n"
done
is "$(denied_of resolver)" 0 "it went to the name server and nowhere else"

d pid > /dev/null
pid=$reply
sleep 0.5
before=$(grep ctxt "/proc/$pid/status")
sleep 1
is "$(grep ctxt "/proc/$pid/status")" "$before" "it sleeps while idle"
echo "# $(grep -h -e '^Pss:' "/proc/$pid/smaps_rollup" | tr -s ' ')," \
    "$(grep -h -e '^Anonymous:' "/proc/$pid/smaps_rollup" | tr -s ' ')"
anon=$(sed -n 's/^Anonymous: *\([0-9]*\) kB/\1/p' "/proc/$pid/smaps_rollup")
[ "$anon" -le 512 ]
ok $? "less than half a MiB of its own memory"

echo "burst 80 plain.test" >&5
n=0 busy=0 good=0
while [ $n -lt 80 ]; do
	read -r line <&6
	case $line in
	"err 0 "*)		good=$((good + 1)) ;;
	"err $NE_BUSY "*)	busy=$((busy + 1)) ;;
	esac
	n=$((n + 1))
done
is "$good $busy" "64 16" "64 questions at once, the rest hear that it is busy"

is "$(d reload 192.0.2.99 192.0.2.53)" "prepared 0 " "new name servers"
t0=$(date +%s)
is "$(d resolve plain.test)" "err 0 ttl 120 n 2 198.51.100.7 2001:db8::7" \
    "a silent one is passed over"
[ $(($(date +%s) - t0)) -le 4 ]
ok $? "within seconds"
is "$(d reload 198.51.100.8)" "prepared 0 " "a name server gone mad"
is "$(d resolve plain.test)" "err $NE_SERVERS ttl 30 n 0" "is no answer"
is "$(d reload 192.0.2.99)" "prepared 0 " "only a silent one"
t0=$(date +%s)
is "$(d resolve plain.test)" "err $NE_SERVERS ttl 30 n 0" "ends in an error"
[ $(($(date +%s) - t0)) -le 12 ]
ok $? "in bounded time"
is "$(d reload)" "prepared 1 no name server: set resolver { ADDRESS } in the \
firewall block" "a reload without any is refused"
is "$(d reload 203.0.113.2)" "prepared 0 " "one the firewall does not know"
is "$(d resolve plain.test)" "err $NE_SERVERS ttl 30 n 0" "is not reached"
[ "$(denied_of resolver)" -gt 0 ]
ok $? "and counted"
is "$(d reload 192.0.2.53)" "prepared 0 " "back to the first"
is "$(d resolve four.test)" "err 0 ttl 30 n 1 198.51.100.7" "and well again"
is "$(d drain)" drained "it drains"
drive_end
is "$ended" "exit 0" "and ends with its parent, no call blocked"
finish
