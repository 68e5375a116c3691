#!/bin/sh
# The demonstration itself: five facts seen, nothing left behind.

. "$(dirname "$0")/../lint/tap.sh"
cd "$top" || exit 1
if [ "$(id -u)" != 0 ]; then
	skip "the demonstration" "needs root"
	tap_done
fi
out=$(mktemp)
trap 'rm -f "$out" "$tap_file"' EXIT
OBJ=$OBJ /usr/bin/python3 regress/demo/demo.py < /dev/null > "$out" 2>&1
status=$?
if grep -q '^demo: needs' "$out"; then
	skip "the demonstration" "$(sed -n 's/^demo: //p' "$out")"
	tap_done
fi
if [ $status -eq 0 ]; then ok "exit 0"; else notok "exit 0" < "$out"; fi
for line in '5 of 5 facts seen' \
    'ended: 0 processes, 0 tables, 0 files left' \
    'refused by the kernel' 'Connection refused, counter'; do
	if grep -qF "$line" "$out"; then ok "$line"; else notok "$line" < "$out"; fi
done
tap_done
