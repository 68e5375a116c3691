#!/bin/sh
# A short run of every fuzzer on its corpus; FUZZTIME seconds each.
. "$(dirname "$0")/../lint/tap.sh"
cd "$top" || exit 1
if ! clang -fsanitize=fuzzer -x c -o /dev/null - 2> /dev/null <<'C'
int LLVMFuzzerTestOneInput(const unsigned char *p, unsigned long n);
int LLVMFuzzerTestOneInput(const unsigned char *p, unsigned long n)
{ (void)p; (void)n; return 0; }
C
then
	skip "fuzzers" "no clang with libFuzzer here"
	tap_done
fi
if ! make -s -j"$(nproc)" OBJ="$OBJ" fuzzers > "$OBJ/fuzz.log" 2>&1; then
	grep -E 'error' "$OBJ/fuzz.log" | head -n 40 | notok "fuzzers build"
	tap_done
fi
for f in "$OBJ"/fuzz/fz_*; do
	case $f in *.*) continue ;; esac
	if FUZZTIME=${FUZZTIME:-5} sh regress/fuzz/run.sh "$f" \
	    > "$OBJ/fuzz.out" 2>&1; then
		ok "$(cat "$OBJ/fuzz.out")"
	else
		notok "${f##*/}" < "$OBJ/fuzz.out"
	fi
done
tap_done
