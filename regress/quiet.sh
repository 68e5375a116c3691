#!/bin/sh
# Runs one test.  prove -e calls it.  A test that fails shows on standard
# error what was not ok and why; one that succeeds shows nothing there.
out=$(mktemp)
err=$(mktemp)
trap 'rm -f "$out" "$err"' EXIT
"$@" > "$out" 2> "$err"
status=$?
cat "$out"
if [ "$status" -ne 0 ] || grep -q '^not ok' "$out"; then
	echo >&2
	awk '/^not ok/ { show = 1 } /^ok/ { show = 0 }
	    show && n < 120 { print; n++ }' "$out" >&2
	tail -n 60 "$err" >&2
fi
exit "$status"
