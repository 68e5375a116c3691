#!/bin/sh
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# Who can take the table away, what a pin's end does to a stream, reload.
. "$(dirname "$0")/lib.sh"
own_net
internet
serve "$work/serve" "$OBJ/test/probe" 0 serve :: 443
while ! grep -q serving "$work/serve"; do sleep 0.01; done

cat > "$work/rules" <<'EOF'
uid relay 4901 pinned
uid gate 4902 pinned
uid agent 4904 none
EOF
fw_start "$work/rules"
is "$(fw apply)" ok "the table is applied"
is "$(nft list table inet telclaude | grep -c 'flags owner')" 1 \
    "nft shows it, owned"

# --- root cannot remove it
nft flush ruleset
is "$(fw verify)" 1 "nft flush ruleset leaves it"
for c in 'delete table inet telclaude' 'flush table inet telclaude' \
    'add rule inet telclaude uid_agent accept' \
    'flush chain inet telclaude uid_agent' \
    'add element inet telclaude relay4 { 198.51.100.7 . 443 }' \
    'delete chain inet telclaude decide'; do
	nft "$c" 2> /dev/null
	ok $((! $?)) "refused to root: nft $c"
done
is "$(fw verify)" 1 "it still stands"
is "$(try 4904 tcp 198.51.100.7 443)" ECONNREFUSED "and refuses"

# --- a second one of the name
echo apply | "$OBJ/test/fwtool" > "$work/second"
grep -q '^error .*another telclauded' "$work/second"
ok $? "a second telclauded is told so"
is "$(fw verify)" 1 "and does not disturb the first"

# --- a pin that ends
is "$(fw pin relay 198.51.100.7 443 1)" ok "a pin of one second"
mkfifo "$work/sin" "$work/sout"
"$OBJ/test/probe" 4901 stream 198.51.100.7 443 < "$work/sin" > "$work/sout" &
pids="$pids $!"
exec 5> "$work/sin" 6< "$work/sout"
read -r line <&6
is "$line" ok "a stream is opened"
echo one >&5; read -r line <&6
is "$line" one "it carries bytes"
sleep 1.3
is "$(try 4901 tcp 198.51.100.7 443)" ECONNREFUSED \
    "the pin has ended: no new connection"
echo two >&5; read -r line <&6
is "$line" two "the stream lives on"
is "$(fw pin relay 198.51.100.7 443 2)" ok "pinned again"
sleep 1.3
is "$(fw pin relay 198.51.100.7 443 2)" ok "and again, before it ended"
sleep 1.3
is "$(try 4901 tcp 198.51.100.7 443)" ok "which made it live longer"

# --- reload
is "$(fw pin relay 2001:db8::7 443 60)" ok "a long pin"
is "$(fw pin gate 198.51.100.7 443 60)" ok "and one of gate"
try 4904 tcp 198.51.100.7 443 > /dev/null
n=$(denied_of agent)
fw reset > /dev/null
fw uid relay 4901 pinned > /dev/null
fw uid agent 4904 none > /dev/null
fw uid late 4906 pinned > /dev/null
is "$(fw apply)" ok "a reload that drops gate and adds late"
is "$(denied_of agent)" "$n" "counters go on"
is "$(try 4901 tcp 2001:db8::7 443)" ok "pins of those that stay are kept"
is "$(try 4906 tcp 198.51.100.7 443)" ECONNREFUSED "the new row is closed"
is "$(fw pin late 198.51.100.7 443 60)" ok "and can be opened"
is "$(try 4906 tcp 198.51.100.7 443)" ok "and then is"
is "$(nft list table inet telclaude | grep -c gate)" 0 "nothing of gate is left"
echo three >&5; read -r line <&6
is "$line" three "the stream did not notice"
exec 5>&- 6<&-

# --- a refused reload changes nothing
nft -s list table inet telclaude > "$work/was"
fw uid relay 4907 pinned > /dev/null
case $(fw apply) in
error*share*)	ok 0 "two rows of one name are refused" ;;
*)		ok 1 "two rows of one name are refused" ;;
esac
nft -s list table inet telclaude > "$work/is"
cmp -s "$work/was" "$work/is"
ok $? "and the table is as it was"

# --- the end
fw keep > /dev/null
fw reset > /dev/null
echo close >&7
read -r line <&8
is "$line" closed "closed"
nft list table inet telclaude > /dev/null 2>&1
ok $((! $?)) "the table is gone"
is "$(try 4904 tcp 198.51.100.7 443)" ok "and with it the walls"
finish
