#!/bin/sh
# The whole tree with clang, warnings as errors.
. "$(dirname "$0")/../lint/tap.sh"
cd "$top" || exit 1
if ! command -v clang > /dev/null 2>&1; then
	skip "clang builds everything" "no clang here"
	tap_done
fi
if make -s -j"$(nproc)" OBJ="$OBJ/clang" CC=clang build-tests > "$OBJ/clang.log" 2>&1; then
	ok "clang builds everything without a warning"
else
	grep -E 'error|warning' "$OBJ/clang.log" | head -n 40 |
	    notok "clang builds everything without a warning"
fi
tap_done
