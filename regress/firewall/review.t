#!/bin/sh
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# Another table's address translation, as Docker's for its name server: what
# we allow still works behind it, and what we deny is not opened by it.
. "$(dirname "$0")/lib.sh"
own_net
internet

serve "$work/serve.443" "$OBJ/test/probe" 0 serve :: 443
serve "$work/serve.80" "$OBJ/test/probe" 0 serve :: 80
"$OBJ/test/probe" 0 serve 127.0.0.11 45053 > "$work/serve.dns" &
pids="$pids $!"
for f in 443 80 dns; do
	while ! grep -q serving "$work/serve.$f"; do sleep 0.01; done
done
cat > "$work/rules" <<'EOF'
uid gate 4902 pinned
uid resolver 4903 dns
ns 127.0.0.11
EOF
fw_start "$work/rules"
is "$(fw apply)" ok "the table is applied"
is "$(try 4903 tcp 127.0.0.11 53)" ECONNREFUSED \
    "A7: nobody listens at the container's name server yet"
nft -f - <<'EOF'
table ip docker {
	chain out {
		type nat hook output priority -100;
		ip daddr 127.0.0.11 tcp dport 53 dnat to 127.0.0.11:45053
		ip daddr 198.51.100.8 tcp dport 443 dnat to 198.51.100.7:443
		ip daddr 198.51.100.7 tcp dport 80 dnat to 169.254.169.254:80
	}
}
EOF
before=$(denied_of resolver)
is "$(try 4903 tcp 127.0.0.11 53)" ok \
    "A7: rewritten to a high port behind us, it is the resolver's to reach"
is "$(denied_of resolver)" "$before" "A7: and nothing of it was denied"
is "$(try 4902 tcp 127.0.0.11 53)" ECONNREFUSED "A7: and nobody else's"
is "$(fw pin gate 198.51.100.7 443 60)" ok "gate may reach one address"
is "$(try 4902 tcp 198.51.100.7 443)" ok "and does"
is "$(try 4902 tcp 198.51.100.8 443)" ECONNREFUSED \
    "A7: another one, that would be rewritten to it, stays closed"
is "$(try 0 tcp 198.51.100.8 443)" ok "which others reach so"
is "$(fw pin gate 198.51.100.7 80 60)" ok "gate may reach its port 80 too"
is "$(try 4902 tcp 198.51.100.7 80)" ECONNREFUSED \
    "A7: which is rewritten to metadata, and is looked at again"
nft delete table ip docker
is "$(try 4902 tcp 198.51.100.7 80)" ok "without that it is reached"

# --- what others accept before us is not accepted
nft -f - <<'EOF'
table inet friend {
	chain out {
		type filter hook output priority -200;
		meta skuid 4902 accept
	}
}
EOF
is "$(try 4902 tcp 198.51.100.8 443)" ECONNREFUSED \
    "an accept in another's table opens nothing"
nft delete table inet friend
finish
