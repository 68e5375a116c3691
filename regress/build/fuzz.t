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
# As many at a time as there are processors.
out=$OBJ/fuzz.out
rm -rf "$out"
mkdir -p "$out"
all=
for f in "$OBJ"/fuzz/fz_*; do
	case ${f##*/} in *.*) ;; *) all="$all ${f##*/}" ;; esac
done
echo $all | tr ' ' '\n' | BIN=$OBJ/fuzz OUT=$out FUZZTIME=${FUZZTIME:-5} \
    xargs -P "$(nproc)" -I '{}' sh -c '
	sh regress/fuzz/run.sh "$BIN/{}" > "$OUT/{}" 2>&1 &&
	    : > "$OUT/{}.good"
	:'
for f in $all; do
	if [ -e "$out/$f.good" ]; then
		ok "$(cat "$out/$f")"
	else
		notok "$f" < "$out/$f"
	fi
done
tap_done
