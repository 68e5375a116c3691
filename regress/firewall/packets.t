#!/bin/sh
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# What each uid can and cannot reach, with real packets over IPv4 and IPv6.
. "$(dirname "$0")/lib.sh"
own_net
internet

for p in 443 80; do
	serve "$work/serve.$p" "$OBJ/test/probe" 0 serve :: $p
done
for a in 192.0.2.53 fd12::53; do
	serve "$work/serve.$a" "$OBJ/test/probe" 0 serve $a 53
done
"$OBJ/test/probe" 0 serve :: 443 > "$work/serve.in" &
pids="$pids $!"
for f in 443 80 192.0.2.53 fd12::53 in; do
	while ! grep -q serving "$work/serve.$f"; do sleep 0.01; done
done

cat > "$work/rules" <<'EOF'
uid relay 4901 pinned
uid gate 4902 pinned
uid resolver 4903 dns
uid agent 4904 none
uid tool 4905 tool
uid egress 4906 pinned
ns 192.0.2.53
ns fd12::53
ns 127.0.0.11
private 10.9.9.9/32 443
private 127.0.0.1/32 443
private 10.9.9.0/24 80 egress
private fd12::/64 80 egress
private 203.0.113.1/32 443 egress
EOF
fw_start "$work/rules"
is "$(try 4901 tcp 198.51.100.7 443)" ok "before the table everything is open"
is "$(fw apply)" ok "the table is applied"
is "$(fw verify)" 1 "the kernel says it is there and ours"

# --- refused until pinned, at once, and counted
is "$(try 4901 tcp 198.51.100.7 443)" ECONNREFUSED "relay: not pinned, IPv4"
is "$(try 4901 tcp 2001:db8::7 443)" ECONNREFUSED "relay: not pinned, IPv6"
is "$(denied_of relay)" 2 "both were counted"
is "$(denied_of gate)" 0 "on the relay's counter only"
is "$(fw pin relay 198.51.100.7 443 60)" ok "pin IPv4"
is "$(fw pin relay 2001:db8::7 443 60)" ok "pin IPv6"
is "$(try 4901 tcp 198.51.100.7 443)" ok "relay: pinned, IPv4"
is "$(try 4901 tcp 2001:db8::7 443)" ok "relay: pinned, IPv6"
is "$(try 4901 tcp 198.51.100.7 80)" ECONNREFUSED "the port is part of a pin"
is "$(try 4901 tcp 198.51.100.8 443)" ECONNREFUSED "so is the address"
is "$(try 4902 tcp 198.51.100.7 443)" ECONNREFUSED "and the engine"
is "$(try 4901 udp 198.51.100.7 443)" EPERM "a pin is TCP only"
is "$(try 4901 udp 192.0.2.53 53)" EPERM "port 53 is the resolver's"

# --- the resolver
is "$(try 4903 udp 192.0.2.53 53)" ok "resolver: UDP 53, IPv4"
is "$(try 4903 tcp 192.0.2.53 53)" ok "resolver: TCP 53"
is "$(try 4903 udp fd12::53 53)" ok "resolver: UDP 53, IPv6"
is "$(try 4903 udp 127.0.0.11 53)" ECONNREFUSED \
    "resolver: a loopback name server is open (nobody listens)"
is "$(denied_of resolver)" 0 "none of it counted as denied"
is "$(try 4903 udp 198.51.100.7 53)" EPERM "resolver: no other server"
is "$(try 4903 tcp 192.0.2.53 443)" ECONNREFUSED "resolver: no other port"
is "$(try 4901 udp 127.0.0.11 53)" EPERM "relay: not the loopback server"

# --- agent and tool
for u in 4904 4905; do
	is "$(try $u tcp 198.51.100.7 443)" ECONNREFUSED "$u: no TCP, IPv4"
	is "$(try $u tcp 2001:db8::7 443)" ECONNREFUSED "$u: no TCP, IPv6"
	is "$(try $u tcp 127.0.0.1 443)" ECONNREFUSED "$u: no loopback"
	is "$(try $u tcp ::1 443)" ECONNREFUSED "$u: no IPv6 loopback"
	is "$(try $u udp 192.0.2.53 53)" EPERM "$u: no DNS"
done

# --- metadata stays closed, pinned or private or not
for a in 169.254.169.254 169.254.170.2 100.100.100.200 168.63.129.16 \
    fd00:ec2::254 fd20:ce::254; do
	for u in 4901 4902 4904 4905; do
		is "$(try $u tcp $a 80)" ECONNREFUSED "$u: metadata $a"
	done
	is "$(try 4903 udp $a 53)" EPERM "resolver: metadata $a port 53"
	is "$(fw pin relay $a 80 60)" "error Operation not permitted" \
	    "metadata $a cannot be pinned"
done

# --- private ranges
is "$(fw pin relay 100.64.1.1 443 60)" "error Operation not permitted" \
    "a private address cannot be pinned"
is "$(fw pin relay 10.9.9.9 80 60)" "error Operation not permitted" \
    "nor another port of a private endpoint"
is "$(fw pin relay 10.9.9.9 443 60)" ok "the endpoint itself can"
is "$(try 4901 tcp 10.9.9.9 443)" ok "and is reached"

# --- this host itself
is "$(fw pin relay 203.0.113.1 443 60)" ok "our own public address, pinned"
is "$(try 4901 tcp 203.0.113.1 443)" ECONNREFUSED \
    "is closed all the same: it is this host"
is "$(fw pin relay 127.0.0.1 443 60)" ok "a loopback private endpoint, pinned"
is "$(try 4901 tcp 127.0.0.1 443)" ok "is open"
is "$(try 4902 tcp 127.0.0.1 443)" ECONNREFUSED "to that engine only"

# --- an endpoint that one row has
is "$(fw pin egress 10.9.9.9 80 60)" ok "egress: its endpoint, IPv4"
is "$(fw pin egress fd12::53 80 60)" ok "egress: its endpoint, IPv6"
is "$(try 4906 tcp 10.9.9.9 80)" ok "egress: reached, IPv4"
is "$(try 4906 tcp fd12::53 80)" ok "egress: reached, IPv6"
is "$(fw pin gate 10.9.9.9 80 60)" "error Operation not permitted" \
    "it is not the gate's"
is "$(fw pin gate fd12::53 80 60)" "error Operation not permitted" \
    "nor over IPv6"
is "$(fw pin egress 203.0.113.1 443 60)" ok "egress: this host, by a line"
is "$(try 4906 tcp 203.0.113.1 443)" ok "egress: reached"
is "$(fw pin gate 203.0.113.1 443 60)" ok "gate: the same address, pinned"
is "$(try 4902 tcp 203.0.113.1 443)" ECONNREFUSED "gate: closed, it is us"
is "$(fw unpin egress 10.9.9.9 80)" ok "a pin is taken back"
is "$(try 4906 tcp 10.9.9.9 80)" ECONNREFUSED "and is closed at once"
is "$(fw unpin egress 10.9.9.9 80)" ok "taking it back twice is no error"
is "$(try 4906 tcp fd12::53 80)" ok "the other stays"

# --- nobody of ours answers a stranger's connection
if command -v setpriv > /dev/null; then
	for u in 4901 4999; do
		setpriv --reuid $u --regid $u --clear-groups \
		    "$OBJ/test/probe" 0 serve :: 1$u > "$work/serve.$u" &
		pids="$pids $!"
		while ! grep -q serving "$work/serve.$u"; do sleep 0.01; done
	done
	is "$(outside timeout 1 "$OBJ/test/probe" 0 tcp 203.0.113.1 14999)" \
	    ok "another user's listener answers"
	is "$(outside timeout 1 "$OBJ/test/probe" 0 tcp 203.0.113.1 14901)" \
	    "" "the relay's would not"
fi

# --- everybody else
for a in 198.51.100.7 2001:db8::7 127.0.0.1 ::1 169.254.169.254; do
	p=443
	is "$(try 0 tcp $a $p)" ok "root reaches $a as ever"
	is "$(try 4999 tcp $a $p)" ok "another user reaches $a as ever"
done
before=$(fw counters)
try 4999 udp 198.51.100.7 53 > /dev/null
is "$(fw counters)" "$before" "and nothing of theirs is counted"
is "$(cat /proc/sys/net/netfilter/nf_conntrack_count 2> /dev/null ||
    echo 0)" 0 "connection tracking stays off"

# --- rewriting by others before us does not open metadata
nft -f - <<'EOF'
table ip evil {
	chain out {
		type nat hook output priority -100;
		ip daddr 198.51.100.7 tcp dport 443 dnat to 169.254.169.254:80
	}
}
EOF
is "$(try 4901 tcp 198.51.100.7 443)" ECONNREFUSED \
    "a pinned address rewritten to metadata is refused on its way out"
nft delete table ip evil
finish
