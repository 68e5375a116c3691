#!/bin/sh
# gcc -fanalyzer over our own sources: no finding is the baseline.
. "$(dirname "$0")/../lint/tap.sh"
cd "$top" || exit 1
if ! gcc -fanalyzer -fsyntax-only -x c /dev/null 2> /dev/null; then
	skip "gcc -fanalyzer finds nothing" "no gcc with -fanalyzer here"
	tap_done
fi
make -s -k -j"$(nproc)" OBJ="$OBJ/analyzer" OPT="-O1" \
    XCFLAGS="-fanalyzer -Wno-error" all > "$OBJ/analyzer.log" 2>&1
# What bison writes is not ours to mend.
grep -E 'warning:' "$OBJ/analyzer.log" | grep -v "^$OBJ/" | sort -u |
    empty "gcc -fanalyzer finds nothing"
tap_done
