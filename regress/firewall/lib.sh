# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# TAP, and a network of two namespaces: this one, where the family would live,
# and an "internet" with addresses of every kind.  Sourced by the tests here,
# which need root.

here=$(cd "$(dirname "$0")" && pwd)
OBJ=${OBJ:-$here/../../obj}
tests=0
failed=0
pids=
work=

skip_all() {
	echo "1..0 # SKIP $1"
	exit 0
}

ok() {	# status, what
	tests=$((tests + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $tests - $2"
	else
		echo "not ok $tests - $2"
		failed=$((failed + 1))
	fi
}

is() {	# got, wanted, what
	if [ "$1" = "$2" ]; then
		ok 0 "$3"
	else
		ok 1 "$3"
		echo "#      got: $1"
		echo "# expected: $2"
	fi
}

finish() {
	echo "1..$tests"
	cleanup
	trap - EXIT
	[ "$failed" -eq 0 ]
	exit
}

cleanup() {
	for p in $pids; do
		kill "$p" 2> /dev/null
	done
	[ -n "$work" ] && rm -rf "$work"
	work=
}

# Starts the script again in a network namespace of its own.
own_net() {
	[ "$(id -u)" -eq 0 ] || skip_all "needs root"
	command -v ip > /dev/null && command -v nft > /dev/null ||
	    skip_all "needs ip and nft"
	if [ -z "${TC_OWN_NET:-}" ]; then
		unshare -n true 2> /dev/null ||
		    skip_all "network namespaces cannot be made here"
		TC_OWN_NET=1 exec unshare -n "$0"
	fi
	work=$(mktemp -d)
	trap cleanup EXIT INT TERM
	ip link set lo up
	probe_err=$(nft 'add table inet probe { flags owner; }' 2>&1) ||
	    skip_all "no owned nftables tables here: $probe_err"
}

# The other side of a cable: $inet is a process that lives there.
internet() {
	unshare -n sleep 600 &
	inet=$!
	pids="$pids $inet"
	while [ "$(readlink /proc/$inet/ns/net)" = \
	    "$(readlink /proc/self/ns/net)" ]; do sleep 0.01; done
	ip link add cable0 type veth peer name cable1
	ip link set cable1 netns "$inet"
	ip addr add 203.0.113.1/24 dev cable0
	ip -6 addr add 2001:db8:1::1/64 dev cable0 nodad
	ip link set cable0 up
	outside ip link set lo up
	outside ip addr add 203.0.113.2/24 dev cable1
	outside ip -6 addr add 2001:db8:1::2/64 dev cable1 nodad
	outside ip link set cable1 up
	for a in 198.51.100.7 198.51.100.8 192.0.2.53 169.254.169.254 \
	    169.254.170.2 100.100.100.200 168.63.129.16 10.9.9.9 100.64.1.1; do
		outside ip addr add "$a/32" dev lo
	done
	for a in 2001:db8::7 2001:db8::8 fd00:ec2::254 fd20:ce::254 \
	    fd12::53; do
		outside ip -6 addr add "$a/128" dev lo nodad
	done
	ip route add default via 203.0.113.2
	ip -6 route add default via 2001:db8:1::2
}

outside() {
	nsenter -t "$inet" -n -- "$@"
}

# A server out there; its words go to a file.
serve() {	# file, command...
	serve_out=$1
	shift
	nsenter -t "$inet" -n -- "$@" > "$serve_out" 2>&1 &
	pids="$pids $!"
}

# One command to fwtool, one line back.
fw() {
	echo "$*" >&7
	IFS= read -r reply <&8
	echo "$reply"
}

fw_start() {	# input file
	mkfifo "$work/in" "$work/out"
	"$OBJ/test/fwtool" < "$work/in" > "$work/out" &
	fwpid=$!
	pids="$pids $fwpid"
	exec 7> "$work/in" 8< "$work/out"
	while read -r line; do
		fw "$line" > /dev/null
	done < "$1"
}

try() {	# uid kind addr port
	"$OBJ/test/probe" "$@"
}

denied_of() {	# engine
	fw counters | tr ' ' '\n' | sed -n "s/^$1=//p"
}

# One command to an engine under engdrive, one line back.
d() {
	echo "$*" >&5
	IFS= read -r reply <&6
	echo "$reply"
}

drive() {	# uid, program, then commands from stdin
	rm -f "$work/din" "$work/dout"
	mkfifo "$work/din" "$work/dout"
	"$OBJ/test/engdrive" "$@" < "$work/din" > "$work/dout" \
	    2>> "$work/log" &
	drivepid=$!
	pids="$pids $drivepid"
	exec 5> "$work/din" 6< "$work/dout"
}

# Ends the engine; what became of it is in $ended.
drive_end() {
	exec 5>&-
	IFS= read -r ended <&6
	exec 6<&-
}
