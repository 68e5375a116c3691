#!/bin/sh
# Runs one test; what it said on standard error is shown, as diagnostics,
# only when it failed.  prove -e calls it.
err=$(mktemp)
trap 'rm -f "$err"' EXIT
"$@" 2> "$err"
status=$?
[ "$status" -eq 0 ] || tail -n 200 "$err" | sed 's/^/# /'
exit "$status"
