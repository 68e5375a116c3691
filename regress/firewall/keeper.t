#!/bin/sh
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# The table outlives its maker while somebody holds a duplicate of the
# descriptor, needs no capability but one, and a failed start leaves nothing.
. "$(dirname "$0")/lib.sh"
own_net

cat > "$work/rules" <<'EOF'
uid relay 4901 pinned
apply
EOF

# A child that inherited the duplicate is the keeper.
mkfifo "$work/hold"
( exec 9<> "$work/hold"
  "$OBJ/test/fwhold" 4910 < "$work/rules" > "$work/held" ) &
pids="$pids $!"
while ! grep -q held "$work/held" 2> /dev/null; do sleep 0.01; done
keeper=$(sed -n 's/^held //p' "$work/held")
maker=$(sed -n 's/^maker //p' "$work/held")
grep -q '^CapEff:.0*$' "/proc/$keeper/status"
ok $? "the keeper has no capability"
kill -9 "$maker"
while kill -0 "$maker" 2> /dev/null; do sleep 0.01; done
sleep 0.1
nft list table inet telclaude > /dev/null 2>&1
ok $? "the table outlives the maker's SIGKILL"
is "$(try 4901 tcp 127.0.0.1 9)" ECONNREFUSED "nothing listens there anyway"
nft list counter inet telclaude relay | grep -q 'packets 1 '
ok $? "but it was the table that refused"
kill "$keeper"
while kill -0 "$keeper" 2> /dev/null; do sleep 0.01; done
i=0
while nft list table inet telclaude > /dev/null 2>&1 && [ $i -lt 100 ]; do
	sleep 0.02
	i=$((i + 1))
done
nft list table inet telclaude > /dev/null 2>&1
ok $((! $?)) "it goes with the keeper"

# --- one capability is enough; none is a clear refusal
if command -v setpriv > /dev/null; then
	( cat "$work/rules"; echo verify; echo "pin relay 198.51.100.7 443 9"
	  echo counters; echo close ) |
	    setpriv --reuid 4911 --regid 4911 --clear-groups \
	    --inh-caps -all,+net_admin --ambient-caps -all,+net_admin \
	    "$OBJ/test/fwtool" > "$work/cap"
	is "$(tr '\n' ' ' < "$work/cap")" "ok ok 1 ok relay=0 ok closed " \
	    "everything works with CAP_NET_ADMIN alone"
	( cat "$work/rules"; echo verify ) |
	    setpriv --reuid 4911 --regid 4911 --clear-groups \
	    --inh-caps -all --ambient-caps -all \
	    "$OBJ/test/fwtool" > "$work/nocap"
	grep -q 'error .*CAP_NET_ADMIN is missing' "$work/nocap"
	ok $? "without it the reason is named"
fi

# --- a table of the name that is not ours
nft add table inet telclaude
"$OBJ/test/fwtool" < "$work/rules" > "$work/taken"
grep -q 'error .*has a table "telclaude" already' "$work/taken"
ok $? "a foreign table of the name stops the start"
is "$(nft list table inet telclaude | wc -l)" 2 "and is left as it was"
nft delete table inet telclaude

# --- what is refused before the kernel hears of it
refused() {	# what, pattern, lines...
	what=$1; pattern=$2; shift 2
	( for l in "$@"; do echo "$l"; done; echo apply; echo verify ) |
	    "$OBJ/test/fwtool" > "$work/bad"
	grep -q "^error .*$pattern" "$work/bad"
	ok $? "refused: $what"
	is "$(sed -n '/^[01]$/p' "$work/bad")" 0 "and no table is there"
}
refused "a rule on root" "never touches" "uid relay 0 pinned"
refused "two rows of one uid" "share a uid" \
    "uid relay 4901 pinned" "uid gate 4901 pinned"
refused "a name that is none" "no usable name" "uid Relay;x 4901 pinned"
refused "name servers that stay closed" "every name server" \
    "uid resolver 4903 dns" "ns 169.254.169.254" "ns fe80::1"
refused "a private endpoint without port" "no port" \
    "uid relay 4901 pinned" "private 10.0.0.0/8 0"

# --- how long it takes: told, not judged
( i=1
  while [ $i -le 12 ]; do
	echo "uid e$i $((4900 + i)) pinned"
	i=$((i + 1))
  done; echo "time 100"; echo close ) | "$OBJ/test/fwtool" > "$work/time"
line=$(sed -n 's/ ok$//p' "$work/time")
echo "# 12 engines: $line"
echo "$line" | grep -q '^apply [0-9]* us.*pin [0-9]*\.'
ok $? "a set of engines is applied and pinned, over and over"
finish
