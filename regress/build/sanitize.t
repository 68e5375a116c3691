#!/bin/sh
# Unit tests under AddressSanitizer and UndefinedBehaviorSanitizer.
. "$(dirname "$0")/../lint/tap.sh"
cd "$top" || exit 1
san=$OBJ/san
if ! make -s -j"$(nproc)" OBJ="$san" SAN=1 build-tests > "$OBJ/san.log" 2>&1; then
	grep -E 'error|warning' "$OBJ/san.log" | head -n 40 |
	    notok "everything builds with sanitizers"
	tap_done
fi
ok "everything builds with sanitizers"
export CMOCKA_MESSAGE_OUTPUT=TAP UBSAN_OPTIONS=print_stacktrace=1
export ASAN_OPTIONS=detect_leaks=1:abort_on_error=0
# As many at a time as there are processors.
out=$OBJ/san.out
rm -rf "$out"
mkdir -p "$out"
tests=$(make -s OBJ="$san" SAN=1 print-tests)
echo "$tests" | tr ' ' '\n' | OUT=$out xargs -P "$(nproc)" -I '{}' sh -c '
	timeout 300 "{}" > "$OUT/$(basename "{}")" 2>&1 &&
	    : > "$OUT/$(basename "{}").clean"
	:'
for t in $tests; do
	if [ -e "$out/${t##*/}.clean" ]; then
		ok "${t##*/} is clean"
	else
		tail -n 40 "$out/${t##*/}" | notok "${t##*/} is clean"
	fi
done
tap_done
