#!/bin/sh
# Each fuzzer for FUZZTIME seconds on its corpus; new inputs go to a scratch
# directory, never into the tree.  Exit 1 and the crashing input on failure.
set -u
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
bad=0
for f in "$@"; do
	name=${f##*/fz_}
	mkdir -p "$work/$name"
	if "$f" -max_total_time="${FUZZTIME:-30}" -timeout=10 \
	    -rss_limit_mb=2048 -artifact_prefix="$work/$name/crash-" \
	    "$work/$name" "regress/fuzz/corpus/$name" \
	    > "$work/$name.log" 2>&1; then
		echo "ok   $name: $(grep -o 'Done [0-9]* runs' "$work/$name.log")"
	else
		bad=1
		echo "FAIL $name"
		tail -n 30 "$work/$name.log"
		for c in "$work/$name"/crash-*; do
			[ -f "$c" ] && echo "input (base64):" && base64 "$c"
		done
	fi
done
exit $bad
