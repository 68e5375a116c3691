#!/bin/sh
# The compiled filters equal the reviewed ones: a wider cage is a diff in
# regress/confinement/golden.  `sh regress/confinement/golden.t update' there.

. "$(dirname "$0")/../lint/tap.sh"
cd "$top" || exit 1
gen=$OBJ/host/cagegen
dir=regress/confinement/golden
if [ "$(uname -m)" != x86_64 ]; then
	skip "filters equal the golden ones" "golden filters are for x86_64"
	tap_done
fi
if [ "${1:-}" = update ]; then
	rm -f "$dir"/*.pfc
	for c in $("$gen" list); do "$gen" pfc "$c" > "$dir/$c.pfc"; done
	exit 0
fi
for c in $("$gen" list); do
	if "$gen" pfc "$c" | cmp -s - "$dir/$c.pfc"; then
		ok "$c"
	else
		"$gen" pfc "$c" | diff "$dir/$c.pfc" - | head -n 40 | notok "$c"
	fi
done
for f in "$dir"/*.pfc; do
	c=${f##*/}
	"$gen" list | grep -qx "${c%.pfc}" || echo "$f is of no cage"
done | empty "no golden file is left over"
tap_done
